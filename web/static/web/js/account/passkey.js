/**
 * Passkeys: a form asks the device for a credential and sends it. All words stand in the form, hidden.
 * @module flagdown/account/passkey
 */

/** @param {string} text base64url @returns {ArrayBuffer} */
function bytes(text) {
  const raw = atob(text.replace(/-/g, '+').replace(/_/g, '/'))
  return Uint8Array.from(raw, (letter) => letter.charCodeAt(0)).buffer
}

/** @param {ArrayBuffer | null} [buffer] @returns {string | null} base64url */
function text(buffer) {
  if (!buffer) return null
  let raw = ''
  for (const byte of new Uint8Array(buffer)) raw += String.fromCharCode(byte)
  return btoa(raw).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
}

/** @typedef {{id: string, type: 'public-key', transports?: AuthenticatorTransport[]}} Known */

/** @param {Known[]} [known] @returns {PublicKeyCredentialDescriptor[] | undefined} */
const descriptors = (known) => known?.map((each) => ({ ...each, id: bytes(each.id) }))

/** A passkey on this device that can log in alone. @param {any} options @returns {Promise<PublicKeyCredential>} */
async function create({ publicKey }) {
  const made = await navigator.credentials.create({
    publicKey: {
      ...publicKey,
      challenge: bytes(publicKey.challenge),
      user: { ...publicKey.user, id: bytes(publicKey.user.id) },
      excludeCredentials: descriptors(publicKey.excludeCredentials),
      authenticatorSelection: {
        ...publicKey.authenticatorSelection,
        residentKey: 'required',
        requireResidentKey: true,
        userVerification: 'required',
      },
    },
  })
  return /** @type {PublicKeyCredential} */ (made)
}

/** @param {any} options @returns {Promise<PublicKeyCredential>} */
async function get({ publicKey }) {
  const found = await navigator.credentials.get({
    publicKey: {
      ...publicKey,
      challenge: bytes(publicKey.challenge),
      allowCredentials: descriptors(publicKey.allowCredentials),
    },
  })
  return /** @type {PublicKeyCredential} */ (found)
}

/** As the server reads it. @param {PublicKeyCredential} credential */
function written(credential) {
  const answer = /** @type {AuthenticatorAttestationResponse & AuthenticatorAssertionResponse} */ (credential.response)
  const response = answer.attestationObject
    ? {
        attestationObject: text(answer.attestationObject),
        transports: answer.getTransports ? answer.getTransports() : [],
      }
    : {
        authenticatorData: text(answer.authenticatorData),
        signature: text(answer.signature),
        userHandle: text(answer.userHandle),
      }
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: { clientDataJSON: text(answer.clientDataJSON), ...response },
  })
}

/** What the server wants signed: in the page, or asked for now. @param {HTMLFormElement} form @returns {Promise<any>} */
async function wanted(form) {
  const { options, ask } = form.dataset
  if (options) return JSON.parse(document.getElementById(options)?.textContent || '{}')
  const answer = await fetch(ask || '', { headers: { Accept: 'application/json' }, credentials: 'same-origin' })
  if (!answer.ok) throw new TypeError(`HTTP ${answer.status}`)
  return (await answer.json()).request_options
}

/** @param {HTMLFormElement} form */
function serve(form) {
  /** @param {string} name @returns {HTMLElement} */
  const part = (name) => /** @type {HTMLElement} */ (form.querySelector(`[data-part="${name}"]`))
  /** @param {string} [name] the one that is shown */
  const show = (name) => {
    for (const each of ['working', 'stopped', 'known', 'offline', 'absent']) part(each).hidden = each !== name
  }
  const go = /** @type {HTMLButtonElement} */ (part('go'))
  if (!window.PublicKeyCredential) {
    go.disabled = true
    show('absent')
    return
  }
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    if (go.disabled) return
    go.disabled = true
    show('working')
    try {
      const options = await wanted(form)
      const credential = await (form.dataset.passkey === 'create' ? create(options) : get(options))
      const field = /** @type {HTMLInputElement} */ (form.elements.namedItem('credential'))
      field.value = written(credential)
      form.submit()
    } catch (error) {
      const name = error instanceof Error ? error.name : ''
      show(name === 'InvalidStateError' ? 'known' : name === 'TypeError' ? 'offline' : 'stopped')
      go.disabled = false
    }
  })
}

for (const form of document.querySelectorAll('form[data-passkey]')) serve(/** @type {HTMLFormElement} */ (form))
// Back from the next page: the button works again.
window.addEventListener('pageshow', () => {
  for (const go of document.querySelectorAll('form[data-passkey] [data-part="go"]')) {
    if (window.PublicKeyCredential) /** @type {HTMLButtonElement} */ (go).disabled = false
  }
})

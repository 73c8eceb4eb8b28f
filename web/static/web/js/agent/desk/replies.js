/**
 * Canned replies as this phone has them: fetched when they have changed, kept for when there is no line. And the sheet
 * in which an agent writes her own.
 * @module flagdown/agent/desk/replies
 */
import { maybe, part, say, store, toast, uuid } from 'flagdown/dom'
import { explain, t } from 'flagdown/i18n'
import { languageName, settings } from 'flagdown/agent/words'

/**
 * @typedef {object} Reply
 * @property {string} id
 * @property {boolean} own
 * @property {string | null} desk
 * @property {string | null} topic
 * @property {string} language
 * @property {string} shortcut
 * @property {string} title
 * @property {string} text
 */

const KEY = `fd.agent.canned.${settings.agent}`
const PATH = 'agent/canned-replies'
const FRESH_MS = 60_000
const FIELDS = ['shortcut', 'title', 'text', 'language']

export class Replies {
  /**
   * @param {object} with_
   * @param {import('flagdown/api').Api} with_.api
   * @param {(error: unknown) => boolean} with_.signedOut
   */
  constructor({ api, signedOut }) {
    this.api = api
    this.signedOut = signedOut
    /** @type {{version: string, replies: Reply[]}} */
    this.have = store.get(KEY) || { version: '', replies: [] }
    this.askedAt = -Infinity
    /** told when others have come */
    this.came = () => {}
    this.sheet = /** @type {HTMLDialogElement} */ (document.getElementById('replies-sheet'))
    this.form = /** @type {HTMLFormElement} */ (part(this.sheet, 'form'))
    /** the one that is written anew, or '' */
    this.editing = ''
    this.name = uuid()
    this.busy = false
    part(this.sheet, 'add').addEventListener('click', () => this.edit(null))
    part(this.sheet, 'back').addEventListener('click', () => this.#list())
    part(this.sheet, 'delete').addEventListener('click', () => this.#delete())
    this.form.addEventListener('submit', (event) => {
      event.preventDefault()
      this.#save()
    })
  }

  /** @returns {Reply[]} */
  get all() {
    return this.have.replies
  }

  /** Ask whether they have changed, at most once a minute. @param {boolean} [now] */
  async refresh(now = false) {
    if (!now && performance.now() - this.askedAt < FRESH_MS) return
    this.askedAt = performance.now()
    try {
      const { version } = this.have
      const fresh = await this.api.get(PATH, { headers: version ? { 'If-None-Match': `"${version}"` } : {} })
      this.have = fresh
      store.set(KEY, fresh)
      this.came()
    } catch (error) {
      const e = /** @type {import('flagdown/api').ApiError} */ (error)
      if (e.status === 304 || this.signedOut(e)) return
      // What was fetched last is good enough; the next look asks again.
      this.askedAt = -Infinity
    }
  }

  /** Open the sheet with her own. */
  manage() {
    this.#list()
    if (!this.sheet.open) this.sheet.showModal()
  }

  #list() {
    const own = this.all.filter((reply) => reply.own)
    part(this.sheet, 'list-view').hidden = false
    this.form.hidden = true
    part(this.sheet, 'none').hidden = own.length > 0
    part(this.sheet, 'own').replaceChildren(
      ...own.map((reply) => {
        const template = /** @type {HTMLTemplateElement} */ (document.getElementById('own-reply'))
        const row = /** @type {HTMLElement} */ (/** @type {HTMLElement} */ (template.content.firstElementChild).cloneNode(true))
        say(row, 'shortcut', `/${reply.shortcut}`)
        say(row, 'tag', languageName(reply.language))
        say(row, 'text', reply.title || reply.text)
        part(row, 'edit').addEventListener('click', () => this.edit(reply))
        return row
      }),
    )
  }

  /** @param {Reply | null} reply */
  edit(reply) {
    this.editing = reply?.id || ''
    this.name = uuid()
    for (const field of FIELDS) this.#field(field).value = reply ? String(reply[/** @type {keyof Reply} */ (field)]) : ''
    this.#wrong({})
    part(this.sheet, 'list-view').hidden = true
    part(this.sheet, 'delete').hidden = !reply
    this.form.hidden = false
    this.#field('shortcut').focus()
  }

  /** @param {string} name @returns {HTMLInputElement} */
  #field(name) {
    return /** @type {HTMLInputElement} */ (this.form.elements.namedItem(name))
  }

  /** @param {Record<string, string[]>} errors */
  #wrong(errors) {
    for (const field of FIELDS) {
      this.#field(field).setAttribute('aria-invalid', String(Boolean(errors[field])))
      const place = maybe(this.form, `wrong-${field}`)
      if (place) place.textContent = (errors[field] || []).join(' ')
    }
    const first = FIELDS.find((field) => errors[field])
    if (first) this.#field(first).focus()
  }

  async #save() {
    if (this.busy) return
    const body = Object.fromEntries(FIELDS.map((field) => [field, this.#field(field).value.trim()]))
    body.shortcut = body.shortcut.replace(/^\//, '')
    await this.#tried(async () => {
      if (this.editing) await this.api.put(`${PATH}/${this.editing}`, body)
      else await this.api.post(PATH, { ...body, client_id: this.name })
    })
  }

  async #delete() {
    if (this.busy) return
    await this.#tried(() => this.api.call('DELETE', `${PATH}/${this.editing}`).catch((error) => {
      // Gone already, by another device.
      if (error.status !== 404) throw error
    }))
  }

  /** @param {() => Promise<void>} change */
  async #tried(change) {
    this.busy = true
    part(this.form, 'save').setAttribute('aria-busy', 'true')
    try {
      await change()
      await this.refresh(true)
      this.#list()
      part(this.sheet, 'add').focus()
    } catch (error) {
      if (this.signedOut(error)) return
      const e = /** @type {import('flagdown/api').ApiError} */ (error)
      this.#wrong(e.errors || {})
      if (!Object.keys(e.errors || {}).length) toast(explain(e), { tone: 'bad' })
    } finally {
      this.busy = false
      part(this.form, 'save').removeAttribute('aria-busy')
    }
  }
}

/**
 * A document that is too large is told before it is sent: on a slow line that would cost minutes.
 * @module flagdown/join/document
 */
const form = /** @type {HTMLFormElement} */ (document.getElementById('document'))
const input = /** @type {HTMLInputElement} */ (document.getElementById('id_file'))
const problem = /** @type {HTMLElement} */ (document.getElementById('id_file_error'))

const look = () => {
  const file = input.files?.[0]
  const large = Boolean(file && file.size > Number(form.dataset.max))
  problem.textContent = large ? problem.dataset.large || '' : ''
  input.setAttribute('aria-invalid', String(large))
  return !large
}
input.addEventListener('change', look)
form.addEventListener('submit', (event) => {
  if (look()) return
  event.preventDefault()
  input.focus()
})

/**
 * The page that checks work records: a link brings its record behind the #, which no server sees until it is asked.
 * @module flagdown/verify/main
 */
const form = /** @type {HTMLFormElement} */ (document.getElementById('verify'))
const record = /** @type {HTMLTextAreaElement} */ (document.getElementById('record'))

function brought() {
  if (location.hash.length < 2) return
  record.value = location.hash.slice(1)
  // Gone from the address: a reload asks nothing anew, and it is not left in the history.
  history.replaceState(null, '', location.pathname)
  form.requestSubmit()
}

addEventListener('hashchange', brought)
brought()

export {}

/**
 * What somebody writes into a form stays on this device until it is sent: a lost page loses no words.
 * @module flagdown/account/draft
 */

for (const each of document.querySelectorAll('textarea[data-draft]')) {
  const field = /** @type {HTMLTextAreaElement} */ (each)
  const key = `fd.draft.${field.dataset.draft}`
  try {
    if (!field.value) field.value = localStorage.getItem(key) || ''
    field.addEventListener('input', () => {
      try {
        localStorage.setItem(key, field.value)
      } catch {}
    })
  } catch {} // storage that is blocked: then the page alone remembers
}

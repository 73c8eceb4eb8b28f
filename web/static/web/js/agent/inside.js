/**
 * Parts of the page that come later: markup, style and words of a view, fetched when it is first looked at.
 * @module flagdown/agent/inside
 */
import { ApiError } from 'flagdown/api'
import { learn } from 'flagdown/i18n'

// A line that is silently gone would hold it for ever.
const PATIENCE_MS = 15_000

/**
 * Fetch what is inside, and how it looks, and put it into its place.
 * @param {string} address where it is
 * @param {(inside: DocumentFragment) => void} place
 * @throws {ApiError} when the server refuses it, or its style does not come; what the browser throws when no answer comes
 */
export async function inside(address, place) {
  const answer = await fetch(address, { redirect: 'manual', signal: AbortSignal.timeout(PATIENCE_MS) })
  // Signed out, it would be the log-in's page.
  if (!answer.ok) throw new ApiError({ status: answer.type === 'opaqueredirect' ? 401 : answer.status })
  // A part of our own page, in which nothing stands that anybody wrote.
  const part = document.createElement('template')
  part.innerHTML = await answer.text()
  const sheet = /** @type {HTMLLinkElement} */ (part.content.querySelector('link'))
  const words = /** @type {HTMLElement} */ (part.content.querySelector('script[type="application/json"]'))
  await new Promise((resolve, reject) => {
    sheet.addEventListener('load', resolve)
    sheet.addEventListener('error', () => {
      sheet.remove()
      reject(new ApiError({ status: 0 }))
    })
    document.head.append(sheet)
  })
  learn(JSON.parse(words.textContent || '{}'))
  words.remove()
  const sheets = part.content.querySelectorAll('dialog.sheet')
  place(part.content)
  // A tap outside a sheet closes it, as everywhere.
  for (const each of sheets) each.addEventListener('click', (event) => event.target === each && /** @type {HTMLDialogElement} */ (each).close())
}

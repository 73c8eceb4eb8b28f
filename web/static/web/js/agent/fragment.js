/**
 * A part of the app that comes when it is opened: markup, words and style in one answer, without figures.
 * @module flagdown/agent/fragment
 */
import { ApiError } from 'flagdown/api'
import { learn } from 'flagdown/i18n'

// A line that is silently gone would hold it for ever.
const PATIENCE_MS = 15_000

/**
 * Fetch it, and put it into its place once its style is here.
 * @param {string} address @param {Element} room
 * @throws {ApiError} when the server refuses it, or its style does not come; what the browser throws when no answer comes
 */
export async function furnish(address, room) {
  const answer = await fetch(address, { redirect: 'manual', signal: AbortSignal.timeout(PATIENCE_MS) })
  // Signed out, it would be the log-in's page.
  if (!answer.ok) throw new ApiError({ status: answer.type === 'opaqueredirect' ? 401 : answer.status })
  // A part of our own page, in which nothing stands that anybody wrote.
  const inside = document.createElement('template')
  inside.innerHTML = await answer.text()
  const words = inside.content.querySelector('script[type="application/json"]')
  await Promise.all([...inside.content.querySelectorAll('link')].map(styled))
  learn(JSON.parse(words?.textContent || '{}'))
  words?.remove()
  room.replaceChildren(inside.content)
}

/** @param {HTMLLinkElement} sheet */
function styled(sheet) {
  return new Promise((resolve, reject) => {
    sheet.addEventListener('load', resolve)
    sheet.addEventListener('error', () => {
      sheet.remove()
      reject(new ApiError({ status: 0 }))
    })
    document.head.append(sheet)
  })
}

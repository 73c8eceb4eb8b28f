/**
 * Draws what the ticket's state means for the customer. Takes facts, touches only the page.
 * @module flagdown/chat/panels
 */
import { announce, face, part, say } from 'flagdown/dom'
import { t } from 'flagdown/i18n'
import { wait } from 'flagdown/time'

/** @typedef {import('flagdown/api').Ticket} Ticket */

const root = part(document, 'title').closest('main') || document.body
const desk = part(document, 'title').textContent || ''
let said = ''
/** when the first estimate for this ticket runs out, ms @type {{id: string, until: number} | null} */
let promise = null

/** @param {Ticket | null} ticket null: the welcome @param {{now: number, left?: string}} facts `left`: who was here before */
export function draw(ticket, { now, left = '' }) {
  const state = ticket?.state || 'welcome'
  root.dataset.state = state
  const ended = state === 'resolved' || state === 'abandoned'
  const agent = state === 'active' ? ticket?.agent || null : null

  part(root, 'desk-mark').hidden = Boolean(agent)
  part(root, 'agent-face').hidden = !agent
  if (agent) face(part(part(root, 'agent-face'), 'face'), agent)
  say(root, 'title', agent ? agent.name : desk)
  say(root, 'subtitle', t(ended ? 'sub.ended' : `sub.${state}`, { desk }))

  part(root, 'welcome').hidden = Boolean(ticket)
  part(root, 'panel-assistant').hidden = state !== 'assistant'
  part(root, 'panel-waiting').hidden = state !== 'waiting'
  part(root, 'leave').hidden = !ticket || ended
  if (ticket && state === 'waiting') waiting(ticket, now, left)
  else promise = null
  end(ticket, ended)
}

/** @param {Ticket} ticket @param {number} now @param {string} left */
function waiting(ticket, now, left) {
  const place = ticket.position || 1
  const seconds = ticket.estimated_wait_s
  const known = seconds !== null && seconds !== undefined
  if (promise?.id !== ticket.id) promise = known ? { id: ticket.id, until: now + Math.max(seconds, 30) * 1000 } : null
  const late = promise !== null && now > promise.until

  say(root, 'place', place === 1 ? t('place.next') : String(place))
  say(root, 'place-label', t(place === 1 ? 'place.next.label' : 'place.label'))
  say(root, 'wait', !known ? t('wait.unknown') : seconds < 20 ? t('wait.soon') : capital(wait(seconds, 'short')))
  say(root, 'wait-label', t(known ? 'wait.label' : 'wait.unknown.label'))
  say(root, 'then', left ? t('then.back', { name: left }) : t(!known ? 'then.unknown' : late ? 'then.late' : 'then.normal'))

  const line = known ? t('say.place', { n: place, wait: wait(seconds) }) : t('say.place.open', { n: place })
  if (line !== said) announce(line)
  said = line
}

/** @param {Ticket | null} ticket @param {boolean} ended */
function end(ticket, ended) {
  const card = part(root, 'end')
  const fresh = ended && card.hidden
  card.hidden = !ended
  if (!ticket || !ended) return
  say(root, 'end-title', t(`end.${ticket.state}`))
  say(root, 'end-text', t(`end.${ticket.state}.text`))
  if (fresh) announce(t(`end.${ticket.state}`))
  if (fresh) part(root, 'rating-more').hidden = true
  rated(ticket.state === 'resolved', Boolean(ticket.rated))
}

/** @param {boolean} possible @param {boolean} done */
export function rated(possible, done) {
  part(root, 'rating').hidden = !possible || done
  part(root, 'rated').hidden = !possible || !done
  say(root, 'rated-text', t('rate.thanks'))
}

/** The first message is on its way. */
export function opening() {
  root.dataset.state = 'opening'
  say(root, 'subtitle', t('sub.opening'))
  part(root, 'welcome').hidden = true
  part(root, 'end').hidden = true
}

/** A note above the greeting, e.g. why a conversation could not be continued. @param {string} text */
export function note(text) {
  const el = part(root, 'welcome-note')
  el.hidden = !text
  el.textContent = text
}

const capital = (/** @type {string} */ text) => text.charAt(0).toLocaleUpperCase() + text.slice(1)

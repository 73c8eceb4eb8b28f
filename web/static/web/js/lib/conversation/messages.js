/**
 * How messages are drawn: one bubble, days and groups, and whether they were sent and read.
 * @module flagdown/conversation/messages
 */
import { t } from 'flagdown/i18n'
import { clock, day, dayKey } from 'flagdown/time'
import { clone, part, say } from 'flagdown/dom'
import { linkify, safeUrl } from 'flagdown/conversation/links'

/** @typedef {import('flagdown/api').Message} Message */
/** @typedef {import('flagdown/outbox').Item} Item */
/** @typedef {Pick<Message, 'sender' | 'text' | 'at' | 'client_id'> & Partial<Message>} Drawable */

const GROUP_MS = 5 * 60_000

/**
 * Draw a message, or what has changed about it.
 * @param {HTMLElement} el @param {Drawable} message
 * @param {{me: 'customer' | 'agent', peer: string, item?: Item}} facts `item`: it is unconfirmed, and how that goes
 */
export function fill(el, message, { me, peer, item }) {
  const own = message.sender === me
  el.dataset.sender = own ? 'me' : message.sender === 'system' ? 'system' : 'them'
  el.dataset.role = message.sender
  el.dataset.at = message.at
  el.dataset.pending = String(message.seq === undefined && message.sender !== 'system')
  if (message.seq) el.dataset.seq = String(message.seq)
  const name = own ? t('you') : message.sender === 'assistant' ? t('assistant') : message.sender === 'system' ? '' : peer
  part(el, 'who').textContent = name ? t('says', { name }) + ' ' : ''
  const bubble = part(el, 'bubble')
  // Untouched when nothing changed: a confirmed message must not be read out a second time.
  if (bubble.textContent !== message.text) bubble.replaceChildren(linkify(message.text))
  for (const file of message.attachments || []) {
    const url = safeUrl(file.url || '')
    if (!url) continue
    const link = clone('fd-attachment')
    link.setAttribute('href', url)
    link.textContent = file.name || url
    bubble.append(link)
  }
  const time = part(el, 'time')
  time.textContent = clock(message.at)
  time.setAttribute('datetime', message.at)
  const failed = item?.state === 'failed'
  el.dataset.failed = String(failed)
  part(el, 'fail').hidden = !failed
  if (failed) {
    const ended = item?.problem?.status === 409
    part(el, 'again').hidden = ended
    say(el, 'fail-text', [t(ended ? 'unsent.ended' : 'unsent.failed'), ended ? '' : item?.problem?.detail].filter(Boolean).join(' '))
  }
  el.dataset.tries = String(item?.tries || 0)
}

/** Day lines, and groups of one sender. @param {HTMLElement} log */
export function group(log) {
  /** @type {HTMLElement | null} */
  let previous = null
  let lastDay = ''
  const today = dayKey(new Date())
  for (const el of /** @type {HTMLElement[]} */ ([...log.children])) {
    if (el.classList.contains('cv-day')) {
      const next = /** @type {HTMLElement | null} */ (el.nextElementSibling)
      if (!next?.dataset.at || dayKey(next.dataset.at) !== el.dataset.day || el.dataset.day === lastDay) el.remove()
      else lastDay = el.dataset.day || ''
      if (el.parentNode) previous = null
      continue
    }
    const at = el.dataset.at || ''
    if (dayKey(at) !== lastDay) {
      // A conversation of today alone needs no date.
      if (lastDay || dayKey(at) !== today) {
        const line = clone('fd-day')
        line.dataset.day = dayKey(at)
        say(line, 'text', day(at))
        log.insertBefore(line, el)
      }
      lastDay = dayKey(at)
      previous = null
    }
    const joined =
      previous !== null && previous.dataset.role === el.dataset.role && Date.parse(at) - Date.parse(previous.dataset.at || '') < GROUP_MS
    el.dataset.first = String(!joined)
    el.dataset.last = 'true'
    if (joined && previous) previous.dataset.last = 'false'
    previous = el
  }
}

/** The marks under the last own message, and under those on their way. @param {HTMLElement} log @param {number} peerRead seq */
export function marks(log, peerRead) {
  let lastOwn = null
  for (const el of /** @type {NodeListOf<HTMLElement>} */ (log.querySelectorAll('[data-sender="me"]'))) {
    if (part(el, 'mark').textContent) say(el, 'mark', '')
    delete el.dataset.mark
    if (el.dataset.pending === 'true') {
      if (el.dataset.failed === 'true') continue
      const offline = navigator.onLine === false
      el.dataset.mark = 'pending'
      say(el, 'mark', t(offline ? 'unsent.offline' : Number(el.dataset.tries) > 1 ? 'unsent.retrying' : 'sending'))
    } else lastOwn = el
  }
  if (!lastOwn) return
  const read = Number(lastOwn.dataset.seq) <= peerRead
  lastOwn.dataset.mark = read ? 'read' : 'sent'
  say(lastOwn, 'mark', t(read ? 'read' : 'sent'))
}

/**
 * How the agent's page names things: languages, topics, people, waits.
 * @module flagdown/agent/words
 */
import { config } from 'flagdown/dom'
import { language, t } from 'flagdown/i18n'
import { duration } from 'flagdown/time'

/** @typedef {import('flagdown/agent/shapes').AgentTicket} AgentTicket */
/**
 * @typedef {object} Config what the page was rendered with
 * @property {string} agent
 * @property {string} login
 * @property {string} earnings where the inside of the earnings is
 * @property {string} reach where the inside of the check of this phone is
 * @property {string} worker where the service worker is
 * @property {string} work where the inside of her work is
 * @property {string} desk where what a conversation needs is
 * @property {import('flagdown/agent/shapes').PresenceState} presence
 * @property {number} capacity
 * @property {number} load
 * @property {string} socket
 * @property {{slug: string, name: string, desk: string}[]} queues
 * @property {{id: string, name: string}[]} colleagues
 * @property {string[]} supervised keys of the desks where somebody takes what is for supervisors
 */

/** where the browser keeps whether she saves data */
export const SAVING = 'fd.agent.saving'

/** @type {Config} */
export const settings = config('agent-config')

const names = new Intl.DisplayNames(language, { type: 'language' })
const list = new Intl.ListFormat(language, { type: 'unit', style: 'narrow' })

/** "German" for "de". @param {string | null | undefined} code @returns {string} */
export function languageName(code) {
  if (!code) return ''
  try {
    const name = names.of(code) || code
    return name.charAt(0).toLocaleUpperCase(language) + name.slice(1)
  } catch {
    return code
  }
}

/** @param {{topic?: string | null, topic_name?: string, desk?: any}} of @returns {string} */
export function topicName({ topic, topic_name, desk }) {
  if (topic_name) return topic_name
  const known = settings.queues.find((queue) => queue.slug === topic && (!desk?.key || queue.desk === desk.key))
  if (known) return known.name
  const plain = (topic || t('offer.title')).replace(/[-_]+/g, ' ')
  return plain.charAt(0).toLocaleUpperCase(language) + plain.slice(1)
}

/** @param {AgentTicket} ticket @returns {string} */
export const customerName = (ticket) => ticket.customer?.name || t('guest')

/** "German · Returns". @param {{topic?: string | null, topic_name?: string, language?: string | null}} of @returns {string} */
export const about = (of) => [languageName(of.language), topicName(of)].filter(Boolean).join(' · ')

/** @type {Record<string, string>} why a conversation left → which words */
const LEFT = {
  closed: 'closed',
  resolved: 'resolved',
  released: 'reassigned',
  transferred: 'reassigned',
  'returned by a supervisor': 'reassigned',
  'agent lost': 'lost',
  'agent left': 'reassigned',
  silent: 'silent',
}

/** Why it is no longer hers. @param {AgentTicket} ticket @param {string} reason @param {number} now ms @returns {string} */
export function farewell(ticket, reason, now) {
  const time = ticket.owed_since ? duration(Math.max(1, (now - Date.parse(ticket.owed_since)) / 1000)) : ''
  if (reason === 'silent' && time) return t('talk.left.silent_for', { time })
  return t(`talk.left.${LEFT[reason] || 'other'}`)
}

/** @param {string[]} parts @returns {string} */
export const joined = (parts) => list.format(parts)

/** "1 min 5 s": a wait that has passed. @param {number} seconds @returns {string} */
export function waited(seconds) {
  const s = Math.max(0, Math.floor(seconds))
  if (s < 60) return duration(s, 'short')
  if (s >= 3600) return [duration(Math.floor(s / 3600) * 3600, 'narrow'), duration(Math.floor((s % 3600) / 60) * 60, 'narrow')].join(' ')
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`
}

const factor = new Intl.NumberFormat(language, { maximumFractionDigits: 2 })

/** "×1.25": against the usual pay. @param {number} rate @returns {string} */
export const times = (rate) => `×${factor.format(rate)}`

/**
 * Times as people say them, by Intl.
 * @module flagdown/time
 */
import { language, t } from 'flagdown/i18n'

const clockFormat = new Intl.DateTimeFormat(language, { hour: 'numeric', minute: '2-digit' })
const dayFormat = new Intl.DateTimeFormat(language, { weekday: 'long', day: 'numeric', month: 'long' })
const relativeFormat = new Intl.RelativeTimeFormat(language, { numeric: 'auto' })

/** @typedef {Date | string | number} Moment a Date, an ISO 8601 text, or milliseconds */

/** @param {Moment} at @returns {Date} */
export const date = (at) => (at instanceof Date ? at : new Date(at))

/** Time of day: "14:05". @param {Moment} at @returns {string} */
export const clock = (at) => clockFormat.format(date(at))

/** Key of the local day, equal for two moments of the same day. @param {Moment} at @returns {string} */
export const dayKey = (at) => date(at).toDateString()

/** "today", "yesterday", or the date. @param {Moment} at @param {number} [now] ms @returns {string} */
export function day(at, now = Date.now()) {
  const midnight = (/** @type {Moment} */ m) => date(m).setHours(0, 0, 0, 0)
  const days = Math.round((midnight(new Date(at instanceof Date ? at.getTime() : at)) - midnight(new Date(now))) / 864e5)
  const said = days > -2 && days < 1 ? relativeFormat.format(days, 'day') : dayFormat.format(date(at))
  return said.charAt(0).toLocaleUpperCase(language) + said.slice(1)
}

/** "5 minutes ago", "now". @param {Moment} at @param {number} [now] ms @returns {string} */
export function relative(at, now = Date.now()) {
  const s = (date(at).getTime() - now) / 1000
  const size = Math.abs(s)
  if (size < 45) return relativeFormat.format(0, 'second')
  if (size < 3570) return relativeFormat.format(Math.round(s / 60), 'minute')
  if (size < 84600) return relativeFormat.format(Math.round(s / 3600), 'hour')
  return relativeFormat.format(Math.round(s / 86400), 'day')
}

/**
 * A length of time in whole units: "40 seconds", "3 minutes", "2 hours".
 * @param {number} seconds @param {'long' | 'short' | 'narrow'} [width] @returns {string}
 */
export function duration(seconds, width = 'long') {
  const s = Math.max(0, seconds)
  const [value, unit] = s < 60 ? [Math.round(s), 'second'] : s < 5400 ? [Math.round(s / 60), 'minute'] : [Math.round(s / 3600), 'hour']
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: width }).format(value)
}

/**
 * A wait, honestly vague: "any moment now", "about 4 minutes". Seconds are rounded up, never down.
 * @param {number} seconds @param {'long' | 'short'} [width] @returns {string}
 */
export function wait(seconds, width = 'long') {
  if (seconds < 20) return t('soon')
  return t('about', { duration: duration(seconds < 60 ? 60 : Math.ceil(seconds / 60) * 60, width) })
}

/** "1:05", for countdowns; never below zero. @param {number} seconds @returns {string} */
export function countdown(seconds) {
  const s = Math.max(0, Math.ceil(seconds))
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`
}

/**
 * Keep every `<time data-relative datetime="…">` below `root` up to date, once a minute.
 * @param {ParentNode} [root] @returns {() => void} stops it
 */
export function keepRelative(root = document) {
  const draw = () => {
    for (const el of root.querySelectorAll('time[data-relative]')) {
      el.textContent = relative(el.getAttribute('datetime') || '')
    }
  }
  draw()
  const timer = setInterval(draw, 60_000)
  return () => clearInterval(timer)
}

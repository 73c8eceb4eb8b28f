/**
 * Her own work: today or a week, what it took, what customers thought. To know by, and for nothing else. Loaded when it
 * is looked at.
 * @module flagdown/agent/work
 */
import { part, say } from 'flagdown/dom'
import { language, t } from 'flagdown/i18n'
import { duration } from 'flagdown/time'
import { Copies } from 'flagdown/agent/copies'
import { inside } from 'flagdown/agent/inside'
import { Records } from 'flagdown/agent/records'
import { Shifts } from 'flagdown/agent/shifts'

/** @typedef {{accepted: number, declined: number, missed: number, not_counted: number}} Offers */
/** @typedef {{conversations: number, online_s: number, waited_s: number, offers: Offers, acceptance: number | null, rating: number | null, ratings: number, handle_s: number | null, first_reply_s: number | null, in_time: number | null}} Sums */
/** @typedef {Sums & {date: string}} Day */

const DAY_MS = 86_400_000
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC'
const weekday = new Intl.DateTimeFormat(language, { weekday: 'short', timeZone: 'UTC' })
const longDay = new Intl.DateTimeFormat(language, { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'UTC' })
const shortDay = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short', timeZone: 'UTC' })
const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 })
const mean = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 2 })

/** @param {string} date @param {number} days @returns {string} */
const shifted = (date, days) => new Date(Date.parse(`${date}T00:00Z`) + days * DAY_MS).toISOString().slice(0, 10)
/** @param {string} date */
const at = (date) => new Date(`${date}T00:00Z`)
/** @param {number | null} seconds */
const time = (seconds) => (seconds === null ? '–' : duration(seconds, 'narrow'))

export class Work {
  /**
   * @param {object} with_
   * @param {import('flagdown/api').Api} with_.api
   * @param {() => void} with_.again asks once more, and says so when that fails
   * @param {(error: unknown) => boolean} with_.signedOut
   * @param {string} with_.at where its inside is
   * @returns {Promise<Work>}
   * @throws {import('flagdown/api').ApiError} when it does not come
   */
  static async open({ at: address, ...with_ }) {
    await inside(address, (it) => part(/** @type {HTMLElement} */ (document.getElementById('work')), 'room').replaceChildren(it))
    return new Work(with_)
  }

  /**
   * @param {object} with_
   * @param {import('flagdown/api').Api} with_.api
   * @param {() => void} with_.again
   * @param {(error: unknown) => boolean} with_.signedOut
   */
  constructor({ api, again, signedOut }) {
    this.api = api
    this.again = again
    this.el = /** @type {HTMLElement} */ (document.getElementById('work'))
    this.copies = new Copies(part(this.el, 'data'), { api, signedOut })
    this.shifts = new Shifts(part(this.el, 'room'), { api, signedOut })
    this.records = new Records(part(this.el, 'room'), { api, signedOut })
    /** The Monday she looks at; '' is this week's. */
    this.monday = ''
    this.asked = 0
    /** @type {any} */
    this.answer = null
    part(this.el, 'earlier').addEventListener('click', () => this.#turn(-7))
    part(this.el, 'later').addEventListener('click', () => this.#turn(7))
    for (const radio of this.el.querySelectorAll('input[name="work-span"]')) radio.addEventListener('change', () => this.#draw())
  }

  /** Ask, and draw. @throws {import('flagdown/api').ApiError} when it could not be had */
  async look() {
    const mine = ++this.asked
    const range = this.monday ? `&from=${this.monday}&to=${shifted(this.monday, 6)}` : ''
    const [answer] = await Promise.all([this.api.get(`agent/work?zone=${encodeURIComponent(zone)}${range}`), this.shifts.look(), this.records.look(), this.copies.look()])
    if (mine !== this.asked) return
    this.answer = answer
    this.#draw()
  }

  /** @param {number} days */
  #turn(days) {
    this.monday = shifted(this.monday || this.answer?.week.first, days)
    if (this.monday === this.answer?.week.first) this.monday = ''
    this.again()
  }

  #draw() {
    if (!this.answer) return
    const chosen = /** @type {HTMLInputElement | null} */ (this.el.querySelector('input[name="work-span"]:checked'))?.value
    const isDay = chosen !== 'range'
    const span = this.monday ? this.answer.range : this.answer.week
    /** @type {Sums} */
    const sums = isDay ? this.answer.today : span
    part(this.el, 'week-box').hidden = isDay
    say(this.el, 'week', this.monday ? `${shortDay.format(at(span.first))} – ${shortDay.format(at(span.last))}` : t('work.week'))
    part(this.el, 'later').style.visibility = this.monday ? '' : 'hidden'
    this.#bars(span.days)
    say(this.el, 'conversations', String(sums.conversations))
    say(this.el, 'online', sums.online_s < 60 ? '–' : time(sums.online_s))
    say(this.el, 'waited', sums.online_s < 60 ? '–' : time(sums.waited_s))
    say(this.el, 'handle', time(sums.handle_s))
    say(this.el, 'reply', time(sums.first_reply_s))
    say(this.el, 'in-time', sums.in_time === null ? '–' : percent.format(sums.in_time))
    const { accepted, declined, missed, not_counted } = sums.offers
    const counted = accepted + declined + missed
    say(this.el, 'acceptance', sums.acceptance === null ? '–' : percent.format(sums.acceptance))
    say(this.el, 'offers', counted ? [t('work.of', { accepted, counted }), declined + missed ? t('work.declined', { declined, missed }) : ''].filter(Boolean).join(' · ') : '')
    say(this.el, 'not-counted', not_counted ? t('work.not_counted', { n: not_counted }) : '')
    say(this.el, 'rating', sums.rating === null ? '–' : mean.format(sums.rating))
    say(this.el, 'ratings', sums.ratings ? t('work.ratings', { n: sums.ratings }) : '')
    this.#comments(this.answer.comments.filter((/** @type {{date: string}} */ each) => !isDay || each.date === this.answer.today.date))
  }

  /** @param {Day[]} days */
  #bars(days) {
    const most = Math.max(...days.map((day) => day.conversations), 1)
    part(this.el, 'bars').replaceChildren(
      ...days.map((day) => {
        const item = this.#clone('bar')
        item.dataset.today = String(day.date === this.answer.today.date)
        part(item, 'fill').style.blockSize = day.conversations ? `${Math.max(4, (100 * day.conversations) / most)}%` : '0'
        say(item, 'sum', day.conversations ? String(day.conversations) : '')
        say(item, 'name', weekday.format(at(day.date)))
        const said = t('work.bar', { n: day.conversations, day: longDay.format(at(day.date)) })
        say(item, 'said', day.online_s < 60 ? said : t('work.bar.online', { said, time: duration(day.online_s) }))
        return item
      }),
    )
  }

  /** @param {{date: string, score: number, comment: string}[]} comments */
  #comments(comments) {
    part(this.el, 'no-comments').hidden = comments.length > 0
    part(this.el, 'comments').replaceChildren(
      ...comments.map((each) => {
        const item = this.#clone('comment')
        say(item, 'score', t('work.score', { score: each.score }))
        say(item, 'when', shortDay.format(at(each.date)))
        say(item, 'words', each.comment)
        return item
      }),
    )
  }

  /** @param {string} name a template inside the section @returns {HTMLElement} */
  #clone(name) {
    const template = /** @type {HTMLTemplateElement} */ (this.el.querySelector(`template[data-part="${name}"]`))
    return /** @type {HTMLElement} */ (/** @type {HTMLElement} */ (template.content.firstElementChild).cloneNode(true))
  }
}

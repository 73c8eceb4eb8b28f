/**
 * What she has earned: today large, the week as bars, and every line explains itself. Loaded when it is looked at.
 * @module flagdown/agent/earnings
 */
import { part, say, toast } from 'flagdown/dom'
import { explain, language, money, t } from 'flagdown/i18n'
import { duration } from 'flagdown/time'
import { inside } from 'flagdown/agent/inside'
import { Payouts } from 'flagdown/agent/payouts'

/** @typedef {import('flagdown/api').Money} Money */
/** @typedef {{earned: Money[], tips: Money[], conversations: number, online_s: number, hourly: Money[]}} Sums */
/** @typedef {Sums & {date: string}} Day */
/** @typedef {{id: string, at: string, title: string, amount: Money, lines: {text: string, amount: Money}[]}} Line */
/** @typedef {{id: number, title: string, topic_name: string | null, ends_at: string, target: number, done: number, reward: Money, joined: boolean, reached_at: string | null, is_over: boolean}} Quest */

const DAY_MS = 86_400_000
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC'
// Days come as dates without a time: they are drawn as they are, in no zone.
const weekday = new Intl.DateTimeFormat(language, { weekday: 'short', timeZone: 'UTC' })
const longDay = new Intl.DateTimeFormat(language, { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'UTC' })
const shortDay = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short', timeZone: 'UTC' })
const moment = new Intl.DateTimeFormat(language, { weekday: 'short', hour: 'numeric', minute: '2-digit' })

/** @param {string} date @param {number} days @returns {string} */
const shifted = (date, days) => new Date(Date.parse(`${date}T00:00Z`) + days * DAY_MS).toISOString().slice(0, 10)
/** @param {string} date */
const at = (date) => new Date(`${date}T00:00Z`)

export class Earnings {
  /**
   * Fetch what is inside, and how it looks, and put it into its place.
   * @param {object} with_
   * @param {import('flagdown/api').Api} with_.api
   * @param {() => void} with_.again asks once more, and says so when that fails
   * @param {(error: unknown) => boolean} with_.signedOut
   * @param {string} with_.at where it is
   * @returns {Promise<Earnings>}
   * @throws {import('flagdown/api').ApiError} when it does not come
   */
  static async open({ api, again, signedOut, at: address }) {
    await inside(address, (it) => part(/** @type {HTMLElement} */ (document.getElementById('earnings')), 'room').replaceChildren(it))
    return new Earnings({ api, again, signedOut })
  }

  /**
   * @param {object} with_
   * @param {import('flagdown/api').Api} with_.api
   * @param {() => void} with_.again asks once more, and says so when that fails
   * @param {(error: unknown) => boolean} with_.signedOut
   */
  constructor({ api, again, signedOut }) {
    this.api = api
    this.again = again
    this.signedOut = signedOut
    this.el = /** @type {HTMLElement} */ (document.getElementById('earnings'))
    this.payouts = new Payouts(part(this.el, 'room'), { api, signedOut, again })
    /** The Monday she looks at; '' is this week's. */
    this.monday = ''
    /** The day whose lines are shown; '' is all of the week. */
    this.day = ''
    this.asked = 0
    this.kept = false
    /** @type {any} */
    this.answer = null
    part(this.el, 'earlier').addEventListener('click', () => this.#turn(-7))
    part(this.el, 'later').addEventListener('click', () => this.#turn(7))
  }

  /** Ask, and draw. Hints that come meanwhile are asked for once more. @throws {import('flagdown/api').ApiError} when they could not be had */
  async look() {
    const mine = ++this.asked
    const range = this.monday ? `&first=${this.monday}&last=${shifted(this.monday, 6)}` : ''
    const [answer] = await Promise.all([this.api.get(`agent/earnings?zone=${encodeURIComponent(zone)}${range}`), this.payouts.look()])
    if (mine !== this.asked) return
    this.answer = answer
    this.#draw()
    if (!this.kept) {
      // By it the day's floor is worked out when the day is over.
      this.kept = true
      this.api.put('agent/earnings/zone', { zone }).catch(() => (this.kept = false))
    }
  }

  /** @param {number} days */
  #turn(days) {
    this.monday = shifted(this.monday || this.answer?.week.first, days)
    if (this.monday === this.answer?.week.first) this.monday = ''
    this.day = ''
    this.again()
  }

  #draw() {
    const { today, week, range, lines, floor, quests } = this.answer
    const [first, ...others] = today.earned
    const usual = week.earned[0] || range.earned[0] || this.answer.balance[0]
    say(this.el, 'sum', first ? money(first) : usual ? money({ amount: '0', currency: usual.currency }) : '0')
    say(this.el, 'more', others.map((/** @type {Money} */ each) => `+ ${money(each)}`).join(' '))
    say(this.el, 'count', String(today.conversations))
    say(this.el, 'online', today.online_s < 60 ? '–' : duration(today.online_s, 'narrow'))
    say(this.el, 'hourly', today.hourly[0] ? money(today.hourly[0]) : '–')

    const now = !this.monday
    const shown = now ? week : range
    say(this.el, 'week', now ? t('earnings.week') : `${shortDay.format(at(shown.first))} – ${shortDay.format(at(shown.last))}`)
    say(this.el, 'week-sum', shown.earned.map(money).join(' + '))
    part(this.el, 'later').style.visibility = now ? 'hidden' : ''
    this.#bars(shown.days)
    part(this.el, 'floor').hidden = !floor
    if (floor) say(this.el, 'floor-words', floor.words)
    this.#quests(quests)
    const whole = new Set(this.day ? [this.day] : shown.days.map((/** @type {Day} */ each) => each.date))
    this.#lines(lines.filter((/** @type {Line} */ each) => whole.has(this.#date(each.at))))
    say(this.el, 'lines-title', this.day ? longDay.format(at(this.day)) : t('earnings.lines'))
  }

  /** The day of a moment, as she lives it. @param {string} when @returns {string} */
  #date(when) {
    return new Intl.DateTimeFormat('sv', { timeZone: zone }).format(new Date(when))
  }

  /** @param {Day[]} days */
  #bars(days) {
    const currency = days.flatMap((day) => day.earned)[0]?.currency
    /** @param {Day} day */
    const sum = (day) => Number(day.earned.find((each) => each.currency === currency)?.amount || 0)
    const most = Math.max(...days.map(sum), 0)
    part(this.el, 'bars').replaceChildren(
      ...days.map((day) => {
        const item = this.#clone('bar')
        const button = /** @type {HTMLButtonElement} */ (item.querySelector('button'))
        const amount = sum(day)
        part(item, 'fill').style.blockSize = most > 0 ? `${Math.max(amount > 0 ? 3 : 0, (100 * amount) / most)}%` : '0'
        say(item, 'amount', amount ? short(amount) : '')
        say(item, 'name', weekday.format(at(day.date)))
        say(item, 'said', `${longDay.format(at(day.date))}: ${day.earned.map(money).join(' + ') || t('earnings.nothing')}`)
        button.setAttribute('aria-pressed', String(this.day === day.date))
        button.dataset.today = String(day.date === this.answer.today.date)
        button.addEventListener('click', () => {
          this.day = this.day === day.date ? '' : day.date
          this.#draw()
          const again = /** @type {HTMLElement | undefined} */ (part(this.el, 'bars').querySelectorAll('button')[days.indexOf(day)])
          again?.focus()
        })
        return item
      }),
    )
  }

  /** @param {Line[]} lines */
  #lines(lines) {
    const list = part(this.el, 'lines')
    const open = new Set([...list.querySelectorAll('details[open]')].map((each) => /** @type {HTMLElement} */ (each).dataset.id))
    list.replaceChildren(
      ...lines.map((line) => {
        const item = this.#clone('line')
        const details = /** @type {HTMLDetailsElement} */ (item.querySelector('details'))
        details.dataset.id = line.id
        details.open = open.has(line.id)
        details.dataset.plain = String(!line.lines.length)
        say(item, 'title', line.title)
        say(item, 'at', moment.format(new Date(line.at)))
        say(item, 'amount', money(line.amount))
        part(item, 'parts').replaceChildren(
          ...line.lines.map((each) => {
            const row = this.#clone('of')
            say(row, 'text', each.text)
            say(row, 'amount', money(each.amount))
            return row
          }),
        )
        return item
      }),
    )
    part(this.el, 'none').hidden = lines.length > 0
  }

  /** @param {Quest[]} quests */
  #quests(quests) {
    part(this.el, 'quests').replaceChildren(
      ...quests.map((quest) => {
        const item = this.#clone('quest')
        say(item, 'title', quest.title)
        say(item, 'reward', money(quest.reward))
        say(item, 'about', t(quest.topic_name ? 'quest.about_topic' : 'quest.about', { n: quest.target, topic: quest.topic_name || '', until: shortDay.format(new Date(quest.ends_at)) }))
        part(item, 'fill').style.inlineSize = `${(100 * quest.done) / quest.target}%`
        say(item, 'progress', quest.reached_at ? t('quest.reached') : quest.joined ? t('quest.progress', { done: quest.done, target: quest.target }) : t('quest.free'))
        part(item, 'bar-box').hidden = !quest.joined
        const join = part(item, 'join')
        join.hidden = quest.joined || quest.is_over
        join.addEventListener('click', () => this.#join(quest.id))
        return item
      }),
    )
  }

  /** @param {number} id */
  async #join(id) {
    try {
      await this.api.post(`agent/quests/${id}/join`, {})
      toast(t('quest.joined'), { tone: 'good' })
    } catch (error) {
      if (!this.signedOut(error)) toast(explain(error), { tone: 'bad' })
    }
    this.again()
  }

  /** @param {string} name a template inside the section @returns {HTMLElement} */
  #clone(name) {
    const template = /** @type {HTMLTemplateElement} */ (this.el.querySelector(`template[data-part="${name}"]`))
    return /** @type {HTMLElement} */ (/** @type {HTMLElement} */ (template.content.firstElementChild).cloneNode(true))
  }
}

const compact = new Intl.NumberFormat(language, { maximumFractionDigits: 0, notation: 'compact' })
const exact = new Intl.NumberFormat(language, { maximumFractionDigits: 1 })
/** Above a bar there is room for four signs. @param {number} amount @returns {string} */
const short = (amount) => (amount < 10 ? exact : compact).format(amount)

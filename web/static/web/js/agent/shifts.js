/**
 * When she plans to work: a week, and single days on which it is another. It binds her to nothing.
 * @module flagdown/agent/shifts
 */
import { part, say, toast } from 'flagdown/dom'
import { explain, language, t } from 'flagdown/i18n'

/** @typedef {{date: string, begins: string | null, ends: string | null}} Dated */

const PATH = 'agent/shifts'
const longDay = new Intl.DateTimeFormat(language, { weekday: 'short', day: 'numeric', month: 'long', timeZone: 'UTC' })
const weekday = new Intl.DateTimeFormat(language, { weekday: 'long', timeZone: 'UTC' })
// 1 January 2024 was a Monday.
const nameOf = (/** @type {number} */ day) => weekday.format(new Date(Date.UTC(2024, 0, 1 + day)))

export class Shifts {
  /** @param {HTMLElement} room @param {{api: import('flagdown/api').Api, signedOut: (error: unknown) => boolean}} with_ */
  constructor(room, { api, signedOut }) {
    this.room = room
    this.api = api
    this.signedOut = signedOut
    this.el = part(room, 'shifts')
    /** What she has changed is not drawn over before it is kept. */
    this.dirty = false
    this.busy = false
    /** @type {Dated[]} */
    this.dates = []
    /** @type {HTMLElement[]} */
    this.rows = [...Array(7).keys()].map((day) => this.#row(day))
    part(this.el, 'shifts-week').append(...this.rows)
    part(this.el, 'shifts-form').addEventListener('input', () => (this.dirty = true))
    part(this.el, 'shifts-form').addEventListener('submit', (event) => {
      event.preventDefault()
      this.#save()
    })
    part(this.el, 'shifts-off').addEventListener('click', () => {
      const date = /** @type {HTMLInputElement} */ (part(this.el, 'shifts-date'))
      if (!date.value) return date.focus()
      this.dates = [...this.dates.filter((each) => each.date !== date.value), { date: date.value, begins: null, ends: null }].sort((a, b) => a.date.localeCompare(b.date))
      date.value = ''
      this.dirty = true
      this.#dated()
    })
  }

  /** Ask, and draw. @throws {import('flagdown/api').ApiError} */
  async look() {
    const plan = await this.api.get(PATH)
    if (!this.dirty) this.#draw(plan)
  }

  /** @param {{weekly: {weekday: number, begins: string, ends: string}[], exceptions: Dated[]}} plan */
  #draw(plan) {
    this.rows.forEach((row, day) => {
      const planned = plan.weekly.find((each) => each.weekday === day)
      const on = /** @type {HTMLInputElement} */ (part(row, 'on'))
      on.checked = Boolean(planned)
      row.dataset.on = String(on.checked)
      if (!planned) return
      for (const name of /** @type {('begins' | 'ends')[]} */ (['begins', 'ends'])) /** @type {HTMLInputElement} */ (part(row, name)).value = planned[name]
    })
    this.dates = plan.exceptions
    this.#dated()
  }

  #dated() {
    part(this.el, 'shifts-dates').replaceChildren(
      ...this.dates.map((each) => {
        const item = this.#clone('shift-date')
        const how = each.begins && each.ends ? t('shifts.at', { begins: each.begins, ends: each.ends }) : t('shifts.off')
        say(item, 'said', `${longDay.format(new Date(`${each.date}T00:00Z`))}: ${how}`)
        part(item, 'remove').addEventListener('click', () => {
          this.dates = this.dates.filter((other) => other !== each)
          this.dirty = true
          this.#dated()
        })
        return item
      }),
    )
  }

  /** @param {number} day */
  #row(day) {
    const row = this.#clone('shift-row')
    const name = nameOf(day)
    say(row, 'day', name)
    part(row, 'begins').setAttribute('aria-label', t('shifts.from', { day: name }))
    part(row, 'ends').setAttribute('aria-label', t('shifts.to', { day: name }))
    const on = /** @type {HTMLInputElement} */ (part(row, 'on'))
    on.addEventListener('change', () => (row.dataset.on = String(on.checked)))
    return row
  }

  async #save() {
    if (this.busy) return
    this.busy = true
    say(this.el, 'shifts-wrong', '')
    const value = (/** @type {HTMLElement} */ row, /** @type {string} */ name) => /** @type {HTMLInputElement} */ (part(row, name)).value.slice(0, 5)
    const weekly = this.rows.flatMap((row, day) => (row.dataset.on === 'true' ? [{ weekday: day, begins: value(row, 'begins'), ends: value(row, 'ends') }] : []))
    try {
      const plan = await this.api.put(PATH, { weekly, exceptions: this.dates })
      this.dirty = false
      this.#draw(plan)
      toast(t('shifts.kept'), { tone: 'good' })
    } catch (error) {
      if (!this.signedOut(error)) say(this.el, 'shifts-wrong', explain(error))
    } finally {
      this.busy = false
    }
  }

  /** @param {string} name @returns {HTMLElement} */
  #clone(name) {
    const template = /** @type {HTMLTemplateElement} */ (this.room.querySelector(`template[data-part="${name}"]`))
    return /** @type {HTMLElement} */ (/** @type {HTMLElement} */ (template.content.firstElementChild).cloneNode(true))
  }
}

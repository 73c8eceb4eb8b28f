/**
 * After the rating, where the desk takes tips: choose an amount, give it, once. Loaded when somebody has rated.
 * @module flagdown/chat/tip
 */
import { announce, part, say } from 'flagdown/dom'
import { explain, money, t } from 'flagdown/i18n'

/** @typedef {import('flagdown/api').Money} Money */
/** @typedef {{amounts: Money[], tip: Money | null}} Offer */

export class Tip {
  /**
   * @param {HTMLFormElement} form
   * @param {object} with_
   * @param {import('flagdown/api').Api} with_.api
   * @param {(fresh: boolean) => void} with_.shown it has become visible, or larger
   */
  constructor(form, { api, shown }) {
    this.el = form
    this.api = api
    this.shown = shown
    this.path = ''
    this.name = ''
    /** @type {Offer} */
    this.offer = { amounts: [], tip: null }
    form.addEventListener('change', () => this.#button())
    part(form, 'tip-none').addEventListener('click', () => (form.hidden = true))
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      this.#give()
    })
  }

  /**
   * Ask what may be given for this conversation, and show it. Rejects with what the API's client throws.
   * @param {string} path @param {string} name who answered
   */
  async look(path, name) {
    this.path = path
    this.name = name
    const offer = await this.api.get(path)
    if (this.path !== path) return
    this.offer = offer
    this.#draw()
  }

  #draw() {
    const { amounts, tip } = this.offer
    const fresh = this.el.hidden
    this.el.hidden = !amounts.length && !tip
    part(this.el, 'tip-ask').hidden = !amounts.length
    const given = part(this.el, 'tip-given')
    given.hidden = !tip
    say(this.el, 'tip-problem', '')
    if (tip) say(given, 'tip-thanks', t(this.name ? 'tip.given' : 'tip.given.nameless', { amount: money(tip), name: this.name }))
    if (!amounts.length) return
    say(this.el, 'tip-title', t(this.name ? 'tip.title' : 'tip.title.nameless', { name: this.name }))
    const first = /** @type {HTMLTemplateElement} */ (part(this.el, 'tip-amount'))
    part(this.el, 'tip-amounts').replaceChildren(
      ...amounts.map((each) => {
        const label = /** @type {HTMLElement} */ (/** @type {HTMLElement} */ (first.content.firstElementChild).cloneNode(true))
        const input = /** @type {HTMLInputElement} */ (label.querySelector('input'))
        input.value = each.amount
        say(label, 'tip-money', money(each))
        return label
      }),
    )
    this.#button()
    if (fresh) this.shown(true)
  }

  /** @returns {Money | undefined} */
  get #chosen() {
    const value = new FormData(this.el).get('tip')
    return this.offer.amounts.find((each) => each.amount === value)
  }

  #button() {
    const chosen = this.#chosen
    const give = /** @type {HTMLButtonElement} */ (part(this.el, 'tip-give'))
    give.hidden = !chosen
    if (chosen) give.textContent = t('tip.give', { amount: money(chosen) })
    if (chosen) this.shown(false)
  }

  async #give() {
    const chosen = this.#chosen
    const give = /** @type {HTMLButtonElement} */ (part(this.el, 'tip-give'))
    if (!chosen || give.disabled) return
    give.disabled = true
    const path = this.path
    try {
      const offer = await this.api.post(path, { amount: chosen.amount })
      if (this.path !== path) return
      this.offer = offer
      this.#draw()
      part(this.el, 'tip-thanks').focus()
      announce(part(this.el, 'tip-thanks').textContent || '')
    } catch (error) {
      const problem = explain(error)
      // Given from another tab, or no longer taken here: what is true now is shown, with the reason.
      if (/** @type {import('flagdown/api').ApiError} */ (error).status === 409) await this.look(path, this.name).catch(() => undefined)
      if (!this.offer.tip) say(this.el, 'tip-problem', problem)
    } finally {
      give.disabled = false
    }
  }
}

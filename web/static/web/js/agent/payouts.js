/**
 * Getting the money out: what there is, where it goes, asking for it, what became of it, and papers to keep.
 * @module flagdown/agent/payouts
 */
import { part, say, toast, uuid } from 'flagdown/dom'
import { explain, language, money, t } from 'flagdown/i18n'

/** @typedef {import('flagdown/api').Money} Money */
/** @typedef {import('flagdown/api').ApiError} ApiError */
/** @typedef {{balance: Money, minimum: Money}} Available */
/** @typedef {{kind: string, holder: string, last4: string}} Destination */
/** @typedef {{id: string, money: Money, state: string, weekly: boolean, destination: Destination, note: string, requested_at: string, settled_at: string | null}} Payout */
/** @typedef {{available: Available[], destination: Destination | null, stripe: boolean, weekday: number, payouts: Payout[]}} Page */
/** @typedef {{period: string, currency: string, totals: {kind: string, money: Money}[]}} Month */

const SHOWN = 3
const OUT = new Set(['payout', 'paid', 'payout-back'])
const day = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short' })
const weekday = new Intl.DateTimeFormat(language, { weekday: 'long', timeZone: 'UTC' })
const monthName = new Intl.DateTimeFormat(language, { month: 'long', year: 'numeric', timeZone: 'UTC' })
// 1 January 2024 was a Monday.
const dayName = (/** @type {number} */ n) => weekday.format(Date.UTC(2024, 0, n))

export class Payouts {
  /**
   * @param {HTMLElement} el the room that holds it
   * @param {object} with_
   * @param {import('flagdown/api').Api} with_.api
   * @param {(error: unknown) => boolean} with_.signedOut
   * @param {() => void} with_.again something has changed: look at everything once more
   */
  constructor(el, { api, signedOut, again }) {
    this.el = el
    this.api = api
    this.signedOut = signedOut
    this.again = again
    /** @type {Page | null} */
    this.page = null
    /** @type {Available | null} what the sheet is open for */
    this.wanted = null
    // One intent keeps its number: sent twice, it is one payout.
    this.clientId = ''
    this.all = false
    this.asked = 0
    this.busy = false
    this.dialog = /** @type {HTMLDialogElement} */ (part(el, 'payout-sheet'))
    this.form = /** @type {HTMLFormElement} */ (this.dialog.querySelector('form'))
    this.papers = /** @type {HTMLDetailsElement} */ (part(el, 'papers'))
    part(el, 'payout-cancel').addEventListener('click', () => this.dialog.close())
    part(el, 'payout-change').addEventListener('click', () => this.#where(true))
    part(el, 'payouts-more').addEventListener('click', () => {
      this.all = true
      this.#draw()
    })
    this.form.addEventListener('submit', (event) => {
      event.preventDefault()
      this.#send()
    })
    this.form.addEventListener('change', () => this.#kind())
    // She may go elsewhere by the phone's back, or by an offer: a sheet left open would hold the whole page.
    addEventListener('hashchange', () => this.dialog.close())
    this.papers.addEventListener('toggle', () => this.papers.open && this.#statements())
  }

  /** Ask, and draw. @throws {ApiError} when it could not be had */
  async look() {
    const mine = ++this.asked
    const page = await this.api.get('agent/payouts')
    if (mine !== this.asked) return
    this.page = page
    this.#draw()
    if (this.papers.open) await this.#statements()
  }

  #draw() {
    const page = /** @type {Page} */ (this.page)
    part(this.el, 'available').replaceChildren(
      ...page.available.map((each) => {
        const item = this.#clone('there')
        const button = /** @type {HTMLButtonElement} */ (part(item, 'ask'))
        const enough = Number(each.balance.amount) > 0 && Number(each.balance.amount) >= Number(each.minimum.amount)
        say(item, 'there-amount', money(each.balance))
        button.hidden = !enough
        button.addEventListener('click', () => this.#open(each))
        say(item, 'there-rule', enough ? this.#rule(each) : t('payout.least', { least: money(each.minimum) }))
        return item
      }),
    )
    const shown = this.all ? page.payouts : page.payouts.slice(0, SHOWN)
    part(this.el, 'payouts').hidden = !page.payouts.length
    part(this.el, 'payouts-more').hidden = shown.length === page.payouts.length
    part(this.el, 'payouts-list').replaceChildren(...shown.map((each) => this.#payout(each)))
  }

  /** When it is paid without her doing anything, and where to. @param {Available} each @returns {string} */
  #rule(each) {
    const { weekday: on, destination } = /** @type {Page} */ (this.page)
    if (!destination) return t('payout.nowhere')
    const where = this.#account(destination)
    return on ? t('payout.weekly', { day: dayName(on), least: money(each.minimum), where }) : t('payout.asked', { where })
  }

  /** @param {Destination} to @returns {string} */
  #account(to) {
    return t(to.kind === 'stripe' ? 'payout.stripe' : 'payout.bank', { last4: to.last4 })
  }

  /** @param {Payout} payout @returns {HTMLElement} */
  #payout(payout) {
    const item = this.#clone('payout')
    item.dataset.state = payout.state
    say(item, 'payout-amount', money(payout.money))
    const when = day.format(new Date(payout.settled_at || payout.requested_at))
    say(item, 'payout-about', `${when} · ${this.#account(payout.destination)}`)
    say(item, 'payout-state', t(`payout.${payout.state}`))
    say(item, 'payout-note', payout.note)
    part(item, 'payout-note').hidden = !payout.note
    const back = part(item, 'payout-back')
    back.hidden = !(payout.state === 'requested' || payout.state === 'held')
    back.addEventListener('click', () => this.#back(payout))
    return item
  }

  /** @param {Payout} payout */
  async #back(payout) {
    try {
      await this.api.post(`agent/payouts/${payout.id}/cancel`)
      toast(t('payout.back.done', { amount: money(payout.money) }), { tone: 'good' })
      // Its button goes away with it.
      part(this.el, 'payouts-title').focus()
    } catch (error) {
      if (this.signedOut(error)) return
      toast(explain(error), { tone: 'bad' })
    }
    this.again()
  }

  // ---- asking -----------------------------------------------------------------------------------

  /** @param {string} name @returns {HTMLInputElement} */
  #input(name) {
    return /** @type {HTMLInputElement} */ (this.form.elements.namedItem(name))
  }

  /** @param {Available} available */
  #open(available) {
    this.wanted = available
    this.clientId = uuid()
    this.form.reset()
    this.#input('amount').value = available.balance.amount
    say(this.dialog, 'payout-currency', available.balance.currency)
    say(this.dialog, 'payout-have', t('payout.have', { there: money(available.balance), least: money(available.minimum) }))
    this.#problems({})
    this.#where(!this.page?.destination)
    this.dialog.showModal()
    this.#input(this.page?.destination ? 'amount' : 'holder').focus()
  }

  /** Show the account, or where to write another. @param {boolean} writing */
  #where(writing) {
    const to = this.page?.destination
    part(this.dialog, 'payout-known').hidden = writing
    part(this.dialog, 'payout-account').hidden = !writing
    part(this.dialog, 'payout-kinds').hidden = !this.page?.stripe
    if (to) say(this.dialog, 'payout-where', `${to.holder} · ${this.#account(to)}`)
    this.#kind()
    if (writing && this.dialog.open) this.#input('holder').focus()
  }

  get #stripe() {
    return Boolean(this.page?.stripe) && new FormData(this.form).get('kind') === 'stripe'
  }

  #kind() {
    const writing = !part(this.dialog, 'payout-account').hidden
    for (const [name, on] of Object.entries({ holder: true, iban: !this.#stripe, bic: !this.#stripe, stripe_account: this.#stripe })) {
      const input = this.#input(name)
      input.disabled = !writing || !on
      const field = /** @type {HTMLElement} */ (input.closest('.field'))
      field.hidden = !on
    }
  }

  async #send() {
    if (this.busy || !this.wanted) return
    this.busy = true
    const go = part(this.dialog, 'payout-go')
    go.setAttribute('aria-disabled', 'true')
    this.#problems({})
    try {
      if (!part(this.dialog, 'payout-account').hidden) {
        const fields = this.#stripe ? ['holder', 'stripe_account'] : ['holder', 'iban', ...(this.#input('bic').value.trim() ? ['bic'] : [])]
        const body = Object.fromEntries(fields.map((name) => [name, this.#input(name).value.trim()]))
        const destination = await this.api.put('agent/payout-destination', body)
        if (this.page) this.page.destination = destination
        this.#where(false)
      }
      const { currency } = this.wanted.balance
      const made = await this.api.post('agent/payouts', { client_id: this.clientId, currency, amount: this.#input('amount').value.trim().replace(',', '.') })
      this.dialog.close()
      toast(t('payout.done', { amount: money(made.money) }), { tone: 'good' })
      this.again()
    } catch (error) {
      if (this.signedOut(error)) return
      const e = /** @type {ApiError} */ (error)
      const known = Object.keys(e.errors || {}).some((name) => this.form.elements.namedItem(name))
      this.#problems(known ? e.errors : {}, known ? '' : explain(error))
      // Refused, not lost: what she sends next is another wish.
      if (e.status >= 400 && e.status < 500) this.clientId = uuid()
    } finally {
      this.busy = false
      go.removeAttribute('aria-disabled')
    }
  }

  /** @param {Record<string, string[]>} errors @param {string} [all] */
  #problems(errors, all = '') {
    for (const slot of /** @type {NodeListOf<HTMLElement>} */ (this.form.querySelectorAll('[data-for]'))) {
      const name = slot.dataset.for || ''
      slot.textContent = (errors[name] || []).join(' ')
      this.#input(name).setAttribute('aria-invalid', String(Boolean(errors[name])))
    }
    say(this.dialog, 'payout-problem', all)
    const first = Object.keys(errors)[0]
    if (first) this.#input(first)?.focus()
  }

  // ---- papers -----------------------------------------------------------------------------------

  async #statements() {
    try {
      const { months } = await this.api.get('agent/statements')
      this.#papers(months)
    } catch (error) {
      if (!this.signedOut(error)) say(this.el, 'papers-none', explain(error))
      part(this.el, 'papers-none').hidden = false
    }
  }

  /** @param {Month[]} months */
  #papers(months) {
    /** @type {Map<string, {period: string, currency: string, title: string, sum: number}>} */
    const papers = new Map()
    for (const { period, currency, totals } of months) {
      const sum = totals.filter(({ kind }) => !OUT.has(kind)).reduce((all, { money: of }) => all + Number(of.amount), 0)
      const year = period.slice(0, 4)
      const key = `${year} ${currency}`
      // A year's stands above its months.
      const whole = papers.get(key) || { period: year, currency, title: t('paper.year', { year }), sum: 0 }
      papers.set(key, { ...whole, sum: whole.sum + sum })
      papers.set(`${period} ${currency}`, { period, currency, title: monthName.format(new Date(`${period}-01T00:00Z`)), sum })
    }
    part(this.el, 'papers-none').hidden = papers.size > 0
    say(this.el, 'papers-none', t('paper.none'))
    part(this.el, 'papers-list').replaceChildren(
      ...[...papers.values()].map(({ period, currency, title, sum }) => {
        const item = this.#clone('paper')
        item.dataset.whole = String(period.length === 4)
        say(item, 'paper-title', title)
        say(item, 'paper-sum', money({ amount: String(sum), currency }))
        for (const as of ['pdf', 'csv']) {
          const link = /** @type {HTMLAnchorElement} */ (part(item, as))
          link.href = `/api/v1/agent/statements/file?${new URLSearchParams({ period, currency, as })}`
          link.setAttribute('aria-label', t('paper.get', { title, as: as.toUpperCase() }))
        }
        return item
      }),
    )
  }

  /** @param {string} name a template inside the room @returns {HTMLElement} */
  #clone(name) {
    const template = /** @type {HTMLTemplateElement} */ (this.el.querySelector(`template[data-part="${name}"]`))
    return /** @type {HTMLElement} */ (/** @type {HTMLElement} */ (template.content.firstElementChild).cloneNode(true))
  }
}

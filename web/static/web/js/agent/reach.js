/**
 * Is this phone fit for a shift? The network, the line, what rings while the app is closed, the sound, the clock; each
 * with what to do about it. Fetched when it is opened.
 * @module flagdown/agent/reach
 */
import { part, say, store } from 'flagdown/dom'
import { t } from 'flagdown/i18n'
import { duration } from 'flagdown/time'
import { inside } from 'flagdown/agent/inside'
import { Push } from 'flagdown/agent/push'
import { registered } from 'flagdown/agent/worker'
import { SAVING } from 'flagdown/agent/words'

/** @typedef {'busy' | 'good' | 'fair' | 'bad' | 'ask'} How */

const ASKED = 10
const PATIENCE_MS = 4000
const SLOW_MS = 700
// A phone's clock is always off by a little.
const CLOCK_MS = 30_000

export class Reach {
  /**
   * Fetch the sheet and put it into the page.
   * @param {object} with_
   * @param {string} with_.at where the inside is
   * @param {import('flagdown/api').Api} with_.api
   * @param {import('flagdown/socket').Socket} with_.socket
   * @param {import('flagdown/agent/attention').Attention} with_.attention
   * @throws {import('flagdown/api').ApiError} when it does not come
   */
  static async open(with_) {
    await inside(with_.at, (it) => document.body.append(it))
    return new Reach(with_)
  }

  /** @param {{api: import('flagdown/api').Api, socket: import('flagdown/socket').Socket, attention: import('flagdown/agent/attention').Attention}} with_ */
  constructor({ api, socket, attention }) {
    this.api = api
    this.socket = socket
    this.push = new Push({ api })
    this.sheet = /** @type {HTMLDialogElement} */ (document.getElementById('reach-sheet'))
    /** one check at a time: an older one's findings are not drawn */
    this.turn = 0
    const on = (/** @type {string} */ name, /** @type {() => unknown} */ act) => part(this.sheet, name).addEventListener('click', act)
    on('again', () => this.check())
    on('ring', () => {
      attention.unlock()
      setTimeout(() => attention.once(), 60)
    })
    on('push-on', () => this.#pushing(() => this.push.on()))
    on('push-off', () => this.#pushing(() => this.push.off().then(() => /** @type {const} */ ('off')), 'reach.push.turned_off'))
    on('push-test', () => this.#test())
    const saving = /** @type {HTMLInputElement} */ (part(this.sheet, 'saving'))
    saving.checked = Boolean(store.get(SAVING))
    saving.addEventListener('change', () => store.set(SAVING, saving.checked))
    // An offer or the phone's back leads elsewhere: a sheet left open would hold the whole page.
    addEventListener('hashchange', () => this.sheet.close())
  }

  show() {
    if (!this.sheet.open) this.sheet.showModal()
    part(this.sheet, 'verdict-text').focus()
    return this.check()
  }

  async check() {
    const turn = ++this.turn
    this.#verdict('busy')
    for (const name of ['network', 'line', 'push']) this.#found(name, 'busy')
    const found = await Promise.all([this.#network(), this.#line(), this.#pushed()])
    if (turn !== this.turn) return
    this.#clock()
    this.#verdict(found.includes('bad') ? 'bad' : found.includes('fair') ? 'fair' : 'good')
  }

  /** @param {How} how */
  #verdict(how) {
    part(this.sheet, 'verdict').dataset.how = how
    say(this.sheet, 'verdict-text', t(`reach.${how}`))
    say(this.sheet, 'verdict-more', how === 'busy' ? '' : t(`reach.${how}.more`))
  }

  /** @template {How} H @param {string} name @param {H} how @param {string} [words] @returns {H} */
  #found(name, how, words) {
    const row = /** @type {HTMLElement} */ (this.sheet.querySelector(`[data-check="${name}"]`))
    row.dataset.how = how
    if (words !== undefined) say(row, name, words)
    return how
  }

  /** How long a small question takes, and how many get lost. */
  async #network() {
    /** @type {number[]} */
    const took = []
    let lost = 0
    for (let i = 0; i < ASKED; i++) {
      const at = performance.now()
      try {
        const answer = await fetch('/healthz', { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS) })
        if (!answer.ok) throw new Error(String(answer.status))
        took.push(performance.now() - at)
      } catch {
        lost += 1
        // A dead network is known after three.
        if (lost === 3 && !took.length) break
      }
    }
    if (!took.length) return this.#found('network', 'bad', t('reach.network.none'))
    const ms = Math.round(took.sort((a, b) => a - b)[Math.floor(took.length / 2)])
    if (lost) return this.#found('network', lost > ASKED / 3 ? 'bad' : 'fair', t('reach.network.lossy', { n: lost, of: ASKED }))
    if (ms > SLOW_MS) return this.#found('network', 'fair', t('reach.network.slow', { time: duration(ms / 1000) }))
    return this.#found('network', 'good', t('reach.network.good', { ms }))
  }

  #line() {
    if (this.socket.state !== 'open') return this.#found('line', 'bad', t('reach.line.bad'))
    return this.socket.polling ? this.#found('line', 'fair', t('reach.line.poll')) : this.#found('line', 'good', t('reach.line.good'))
  }

  async #pushed() {
    try {
      await registered()
      return this.#reach(await this.push.state())
    } catch {
      return this.#reach('none')
    }
  }

  /** @param {import('flagdown/agent/push').Reach} state @param {string} [words] @returns {How} */
  #reach(state, words = t(`reach.push.${state}`)) {
    part(this.sheet, 'install').hidden = state !== 'install'
    part(this.sheet, 'push-on').hidden = state !== 'off'
    part(this.sheet, 'push-test').hidden = part(this.sheet, 'push-off').hidden = state !== 'on'
    return this.#found('push', state === 'on' ? 'good' : 'fair', words)
  }

  /** @param {() => Promise<import('flagdown/agent/push').Reach>} act @param {string} [words] */
  async #pushing(act, words) {
    try {
      const state = await act()
      this.#reach(state, words && t(words))
      if (state === 'on') await this.#test()
    } catch {
      this.#found('push', 'bad', t('reach.push.failed'))
    }
  }

  async #test() {
    const button = /** @type {HTMLButtonElement} */ (part(this.sheet, 'push-test'))
    button.disabled = true
    this.#found('push', 'busy', t('reach.push.testing'))
    try {
      const ms = await this.push.test()
      this.#found('push', 'good', t('reach.push.came', { seconds: Math.round(ms / 100) / 10 }))
    } catch (error) {
      this.#found('push', 'bad', t(/** @type {Error} */ (error).message === 'too late' ? 'reach.push.lost' : 'reach.push.failed'))
    } finally {
      button.disabled = false
    }
  }

  /** A wrong clock is worth a word, for everything here goes by ours. */
  #clock() {
    const { offset } = this.socket
    const off = Math.abs(offset) > CLOCK_MS
    const row = /** @type {HTMLElement} */ (this.sheet.querySelector('[data-check="clock"]'))
    row.hidden = !off
    if (off) say(row, 'clock', t(offset < 0 ? 'reach.clock.ahead' : 'reach.clock.behind', { time: duration(Math.abs(offset) / 1000) }))
  }
}

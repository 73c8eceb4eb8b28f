/**
 * Wrap-up: the time after a conversation in which its place is still taken. One bar, with the end in sight.
 * @module flagdown/agent/wrapups
 */
import { announce, part, say, toast } from 'flagdown/dom'
import { explain, t } from 'flagdown/i18n'
import { countdown } from 'flagdown/time'

// After its end the server has this long to say so.
const LATE_MS = 2500

export class WrapUps {
  /**
   * @param {object} with_
   * @param {import('flagdown/api').Api} with_.api
   * @param {import('flagdown/socket').Socket} with_.socket
   * @param {import('flagdown/agent/state').State} with_.state
   * @param {(error: unknown) => boolean} with_.signedOut
   * @param {() => void | Promise<void>} with_.refresh
   */
  constructor({ api, socket, state, signedOut, refresh }) {
    this.api = api
    this.socket = socket
    this.state = state
    this.signedOut = signedOut
    this.refresh = refresh
    this.app = /** @type {HTMLElement} */ (document.getElementById('app'))
    this.el = /** @type {HTMLElement} */ (document.getElementById('wrap-up'))
    this.shown = ''
    this.busy = false
    part(this.el, 'done').addEventListener('click', () => this.#go('wrapped'))
    part(this.el, 'extend').addEventListener('click', () => this.#go('extend'))
    state.addEventListener('change', () => this.draw())
    setInterval(() => this.shown && this.draw(), 500)
  }

  draw() {
    const [wrap, ...more] = this.state.wraps
    const before = this.shown
    this.shown = wrap?.ticket || ''
    // Who stands on its buttons when it goes stands on the content, not on nothing.
    if (!wrap && this.el.contains(document.activeElement)) document.getElementById('stage')?.focus({ preventScroll: true })
    this.el.hidden = !wrap
    this.app.dataset.wrapping = String(Boolean(wrap))
    if (!wrap) return
    const left = Date.parse(wrap.until) - this.socket.now()
    if (left < -LATE_MS) {
      this.state.unwrap(wrap.ticket)
      this.refresh()
      return
    }
    say(this.el, 'what', t('wrap.of', { name: wrap.customer?.name || t('guest') }))
    say(this.el, 'topic', [wrap.topic_name, more.length ? t('offer.more', { n: more.length }) : ''].filter(Boolean).join(' · '))
    say(this.el, 'left', countdown(left / 1000))
    part(this.el, 'extend').hidden = !wrap.may_extend
    if (wrap.ticket !== before) announce(t('wrap.said', { name: wrap.customer?.name || t('guest'), time: countdown(left / 1000) }))
  }

  /** @param {'wrapped' | 'extend'} act */
  async #go(act) {
    const ticket = this.shown
    if (this.busy || !ticket) return
    this.busy = true
    const button = part(this.el, act === 'extend' ? 'extend' : 'done')
    button.setAttribute('aria-busy', 'true')
    try {
      const answer = await this.api.post(`agent/tickets/${ticket}/${act}`)
      if (act === 'wrapped') this.state.unwrap(ticket)
      else if (answer?.until) {
        this.state.wrap({ ticket, until: answer.until, may_extend: Boolean(answer.may_extend) })
        part(this.el, 'done').focus()
      }
    } catch (error) {
      const e = /** @type {import('flagdown/api').ApiError} */ (error)
      if (this.signedOut(e)) return
      // It was over before the tap arrived: nothing to explain.
      if (act === 'wrapped' && (e.status === 409 || e.status === 404)) this.state.unwrap(ticket)
      else toast(explain(e), { tone: e.status === 409 ? 'info' : 'bad' })
    } finally {
      this.busy = false
      button.removeAttribute('aria-busy')
      this.refresh()
    }
  }
}

/**
 * The switch and what surrounds it: online, pause with a reason, finish then stop, offline; the question whether she
 * is still there; who accepts for her; and the overview's words.
 * @module flagdown/agent/presence
 */
import { announce, ask, part, say, toast } from 'flagdown/dom'
import { explain, language, money, t } from 'flagdown/i18n'
import { clock } from 'flagdown/time'

/** @typedef {import('flagdown/agent/shapes').PresenceState} PresenceState */

const PAUSES = ['break', 'meal', 'training', 'technical', 'other']
const byId = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id))

export class PresencePanel {
  /**
   * @param {object} with_
   * @param {import('flagdown/api').Api} with_.api
   * @param {import('flagdown/agent/state').State} with_.state
   * @param {import('flagdown/agent/attention').Attention} with_.attention
   * @param {(error: unknown) => boolean} with_.signedOut
   * @param {() => void} with_.refresh
   */
  constructor({ api, state, attention, signedOut, refresh }) {
    this.api = api
    this.state = state
    this.attention = attention
    this.signedOut = signedOut
    this.refresh = refresh
    this.app = byId('app')
    this.switch = byId('switch')
    this.busy = false
    this.switch.addEventListener('click', () => this.toggle())
    byId('pause').addEventListener('click', () => this.pause())
    byId('finish').addEventListener('click', () => this.set('finishing'))
    byId('stop').addEventListener('click', () => this.stop())
    this.missed = /** @type {HTMLDialogElement} */ (byId('missed-sheet'))
    this.asked = false
    byId('missed-go').addEventListener('click', () => this.set('online'))
    this.auto = /** @type {HTMLInputElement} */ (byId('auto-accept'))
    this.auto.addEventListener('change', () => this.#automatic(this.auto.checked))
    state.addEventListener('change', () => this.draw())
  }

  /** Whether offers are accepted for her. @param {boolean} wanted */
  async #automatic(wanted) {
    this.auto.setAttribute('aria-busy', 'true')
    try {
      const answer = await this.api.put('agent/settings', { auto_accept: wanted })
      this.state.autoAccept = Boolean(answer?.auto_accept)
    } catch (error) {
      if (!this.signedOut(error)) toast(explain(error), { tone: 'bad' })
    } finally {
      this.auto.removeAttribute('aria-busy')
      this.state.changed()
    }
  }

  toggle() {
    if (this.state.presence !== 'online') return this.set('online')
    return this.stop()
  }

  /** Going offline hands open conversations back: that is worth a question. */
  stop() {
    return this.state.conversations > 0 ? this.#stopping() : this.set('offline')
  }

  async #stopping() {
    say(byId('stop-sheet'), 'title', t('open.conversations', { n: this.state.conversations }))
    const choice = await ask('stop-sheet')
    if (choice) await this.set(/** @type {PresenceState} */ (choice))
  }

  async pause() {
    const reason = await ask('pause-sheet')
    if (reason) await this.set('paused', reason)
  }

  /** @param {PresenceState} presence @param {string} [reason] */
  async set(presence, reason) {
    if (this.busy) return
    this.#working(true)
    try {
      const answer = await this.api.put('agent/presence', reason ? { presence, reason } : { presence })
      this.state.setPresence(answer?.presence ?? presence, answer?.reason ?? reason ?? '', answer?.since)
      if ((answer?.presence ?? presence) !== presence) this.told(answer.presence, answer.reason || '')
      else announce(t(`presence.${presence}`))
      this.refresh()
    } catch (error) {
      if (this.signedOut(error)) return
      const e = /** @type {import('flagdown/api').ApiError} */ (error)
      if (e.status === 409 && typeof e.state === 'string') this.state.setPresence(/** @type {PresenceState} */ (e.state))
      toast(explain(e), { tone: 'bad' })
    } finally {
      this.#working(false)
    }
  }

  /** The server changed it. @param {PresenceState} presence @param {string} reason */
  changed(presence, reason) {
    const before = this.state.presence
    const was = this.state.reason
    this.state.setPresence(presence, reason)
    if (!this.busy && before !== presence) this.told(presence, reason, was)
  }

  /** @param {PresenceState} presence @param {string} reason @param {string} [was] the reason before */
  told(presence, reason, was = '') {
    if (reason === 'suspended') return location.assign('/agent/suspension/')
    if (reason === 'missed') return // it is asked on the screen
    if (['lost', 'finished'].includes(reason)) toast(t(`presence.why.${reason}`), { seconds: 12 })
    else if (was === 'lost' || reason === 'back') toast(t('presence.why.back'), { tone: 'good' })
    else toast(t('presence.why.other', { status: t(`presence.${presence}`) }))
  }

  /** Two offers ran out: ask, once, and let her say it later if she closes the question. @param {boolean} missed */
  #ask(missed) {
    if (missed && !this.asked) {
      this.missed.showModal()
      part(this.missed, 'title').focus()
      this.attention.blip()
    } else if (!missed && this.missed.open) this.missed.close()
    this.asked = missed
  }

  /** @param {boolean} busy */
  #working(busy) {
    this.busy = busy
    this.switch.setAttribute('aria-busy', String(busy))
  }

  draw() {
    const { presence, reason, since, capacity, load, today } = this.state
    const { app } = this
    const words = this.switch.contains(document.activeElement)
    app.dataset.presence = presence
    app.dataset.room = load === 0 ? 'empty' : load < capacity ? 'some' : load > capacity ? 'over' : 'full'
    this.switch.setAttribute('aria-checked', String(presence === 'online'))
    // The button that was pressed may have left; the switch is its neighbour.
    const focused = document.activeElement
    if (!words && focused instanceof HTMLElement && focused.closest('.dock-row') && getComputedStyle(focused).visibility === 'hidden') this.switch.focus()
    this.attention.awake(presence !== 'offline')
    const pause = t(`pause.${PAUSES.includes(reason) ? reason : 'other'}`)
    const missed = presence === 'paused' && reason === 'missed'
    say(app, 'paused', missed ? t('missed.text') : t('pause.since', { reason: pause, time: clock(since || Date.now()) }) + '.')
    this.#ask(missed)
    // The page may be an older one that was kept for opening without a network.
    if (this.state.booted) byId('suspended').hidden = !this.state.suspended
    if (!this.auto.hasAttribute('aria-busy')) this.auto.checked = this.state.autoAccept
    const { conversations } = this.state
    say(app, 'finishing', t('finishing.left', { n: conversations }))
    say(app, 'places', t('places', { n: load, of: capacity }))
    const dots = part(app, 'dots')
    const shown = Math.max(capacity, load)
    while (dots.children.length > shown) dots.lastElementChild?.remove()
    while (dots.children.length < shown) dots.append(document.createElement('i'))
    Array.from(dots.children).forEach((dot, i) => {
      dot.classList.toggle('taken', i < load)
      dot.classList.toggle('over', i >= capacity)
    })
    const [earned] = /** @type {import('flagdown/api').Money[]} */ (today.earned || [])
    say(/** @type {HTMLElement} */ (app.querySelector('.to-earnings')), 'earned', earned ? money(earned) : '')
    for (const tile of /** @type {NodeListOf<HTMLElement>} */ (app.querySelectorAll('[data-today]'))) {
      const value = today[tile.dataset.today || '']
      const number = tile.querySelector('dd')
      const text = typeof value === 'number' ? (tile.dataset.today === 'rating' ? figure : whole).format(value) : '–'
      if (number && number.textContent !== text) number.textContent = text
    }
  }
}

const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 })
const figure = new Intl.NumberFormat(language, { maximumFractionDigits: 1 })

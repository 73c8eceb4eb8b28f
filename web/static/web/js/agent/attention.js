/**
 * Getting a person's attention: ring, vibration, the tab's title, the icon's badge; and keeping the screen awake.
 * @module flagdown/agent/attention
 */
import { store } from 'flagdown/dom'
import { t } from 'flagdown/i18n'

const MUTED = 'fd.agent.muted'
const RING_MS = 2400

export class Attention {
  constructor() {
    this.muted = Boolean(store.get(MUTED))
    /** @type {AudioContext | null} */
    this.audio = null
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.ringing = undefined
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.blinking = undefined
    /** @type {any} */
    this.lock = null
    this.wantLock = false
    this.count = 0
    // Browsers let a page sound only after the person has touched it once.
    for (const type of ['pointerdown', 'keydown']) addEventListener(type, () => this.unlock(), { passive: true })
    document.addEventListener('visibilitychange', () => this.wantLock && this.awake(true))
  }

  /** @param {boolean} muted */
  mute(muted) {
    this.muted = muted
    store.set(MUTED, muted)
  }

  unlock() {
    try {
      this.audio ??= new AudioContext()
      if (this.audio.state === 'suspended') this.audio.resume().catch(() => {})
    } catch {}
  }

  /** An offer is on the screen (or no longer). @param {boolean} on */
  ring(on) {
    if (!on) {
      clearInterval(this.ringing)
      this.ringing = undefined
      if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(0)
      this.title()
      return
    }
    if (this.ringing) return
    this.once()
    this.ringing = setInterval(() => this.once(), RING_MS)
    this.title()
  }

  /** One ring: two rising pairs of notes. */
  once() {
    this.tones([
      [784, 0, 0.16],
      [1047, 0.15, 0.22],
      [784, 0.5, 0.16],
      [1319, 0.65, 0.34],
    ])
    if (navigator.userActivation?.hasBeenActive !== false) navigator.vibrate?.([180, 90, 180, 90, 320])
  }

  /** A message came in somewhere that is not looked at. */
  blip() {
    this.tones([
      [660, 0, 0.09],
      [880, 0.09, 0.14],
    ], 0.09)
  }

  /** Somebody waits for an answer: three low notes, and a short shake. */
  nudge() {
    this.tones([
      [523, 0, 0.12],
      [523, 0.18, 0.12],
      [659, 0.36, 0.2],
    ], 0.16)
    if (navigator.userActivation?.hasBeenActive !== false) navigator.vibrate?.([120, 80, 120])
  }

  /** @param {[number, number, number][]} notes Hz, start and length in seconds @param {number} [volume] */
  tones(notes, volume = 0.22) {
    if (this.muted || !this.audio || this.audio.state !== 'running') return
    const { audio } = this
    for (const [pitch, start, length] of notes) {
      const at = audio.currentTime + start
      const gain = audio.createGain()
      gain.gain.setValueAtTime(0, at)
      gain.gain.linearRampToValueAtTime(volume, at + 0.012)
      gain.gain.exponentialRampToValueAtTime(0.001, at + length)
      const note = audio.createOscillator()
      note.type = 'triangle'
      note.frequency.value = pitch
      note.connect(gain).connect(audio.destination)
      note.start(at)
      note.stop(at + length + 0.02)
    }
  }

  /** @param {number} unread */
  unread(unread) {
    if (unread === this.count) return
    this.count = unread
    this.title()
  }

  title() {
    clearInterval(this.blinking)
    const calm = this.count ? t('title.unread', { n: this.count }) : t('title')
    const badge = this.count + (this.ringing ? 1 : 0)
    const app = /** @type {any} */ (navigator)
    if (badge) app.setAppBadge?.(badge)?.catch?.(() => {})
    else app.clearAppBadge?.()?.catch?.(() => {})
    document.title = calm
    if (!this.ringing) return
    document.title = t('title.offer')
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return
    let on = true
    this.blinking = setInterval(() => {
      on = !on
      document.title = on ? t('title.offer') : calm
    }, 1000)
  }

  /** Keep the screen on while she is online. @param {boolean} on */
  async awake(on) {
    this.wantLock = on
    try {
      if (!on) {
        await this.lock?.release()
        this.lock = null
      } else if (document.visibilityState === 'visible' && (!this.lock || this.lock.released)) {
        this.lock = await /** @type {any} */ (navigator).wakeLock?.request('screen')
      }
    } catch {} // a low battery may refuse it
  }
}

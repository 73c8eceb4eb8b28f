/**
 * The composer: what is being written, kept as a draft, measured, and handed on when it is sent. A text leaves it only
 * for a place where it is safe.
 * @module flagdown/conversation/composer
 */
import { t } from 'flagdown/i18n'
import { part, store, uuid } from 'flagdown/dom'

export const MAX_CHARS = 20_000
const TYPING_EVERY_MS = 3000
const DRAFT_MS = 250
const hasKeyboard = matchMedia('(hover: hover) and (pointer: fine)')

export class Composer {
  /**
   * @param {HTMLElement} root holds the parts `composer`, `input`, `send` and `limit`
   * @param {object} does
   * @param {(text: string, client_id: string) => boolean} does.send whether the text is safe elsewhere
   * @param {() => void} does.typing at most every three seconds while somebody types
   * @param {AbortSignal} signal ends the listening
   */
  constructor(root, { send, typing }, signal) {
    this.root = root
    this.does = { send, typing }
    this.enabled = true
    this.draftKey = ''
    this.typedAt = 0
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined
    this.listen(signal)
  }

  /** Begin (again) to hear the person. @param {AbortSignal} signal */
  listen(signal) {
    part(this.root, 'composer').addEventListener('submit', (event) => this.#submit(event), { signal })
    this.input.addEventListener('input', () => this.#typed(), { signal })
    this.input.addEventListener('keydown', (event) => this.#key(event), { signal })
    addEventListener('pagehide', () => this.keepDraft(), { signal })
    this.measure()
  }

  /** @returns {HTMLTextAreaElement} */
  get input() {
    return /** @type {HTMLTextAreaElement} */ (part(this.root, 'input'))
  }

  /** What stands in it. @type {string} */
  get text() {
    return this.input.value
  }

  set text(value) {
    this.input.value = value
    this.keepDraft()
    this.measure()
  }

  /** @param {{enabled?: boolean, placeholder?: string, sendLabel?: string, draftKey?: string}} options */
  set({ enabled, placeholder, sendLabel, draftKey }) {
    if (enabled !== undefined) {
      this.enabled = enabled
      this.input.readOnly = !enabled
      part(this.root, 'composer').dataset.disabled = String(!enabled)
    }
    if (placeholder !== undefined) this.input.placeholder = placeholder
    if (sendLabel !== undefined) part(this.root, 'send').setAttribute('aria-label', sendLabel)
    if (draftKey !== undefined) this.#take(draftKey)
    this.measure()
  }

  /** Write the draft down. */
  keepDraft() {
    if (!this.draftKey) return
    if (this.text) store.set(this.draftKey, this.text)
    else store.remove(this.draftKey)
  }

  /** As tall as its text; says when that is too long. */
  measure() {
    const { input, text } = this
    input.style.setProperty('block-size', 'auto')
    if (input.scrollHeight) input.style.setProperty('block-size', `${Math.min(input.scrollHeight + 2, 160)}px`)
    const length = text.length < MAX_CHARS - 500 ? text.length : Array.from(text).length
    const over = length - MAX_CHARS
    const limit = part(this.root, 'limit')
    limit.hidden = over < -500
    if (!limit.hidden) limit.textContent = over > 0 ? t('too_long', { n: over }) : t('nearly_long', { n: -over })
    limit.dataset.over = String(over > 0)
    part(this.root, 'send').setAttribute('aria-disabled', String(over > 0 || !text.trim() || !this.enabled))
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault()
    const text = this.text.trim()
    if (!text || !this.enabled || Array.from(this.text).length > MAX_CHARS) {
      this.input.focus()
      return
    }
    this.typedAt = 0
    if (!this.does.send(text, uuid())) return
    this.text = ''
    this.input.focus()
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return
    if (!hasKeyboard.matches && !event.ctrlKey && !event.metaKey) return
    event.preventDefault()
    const form = part(this.root, 'composer')
    if (form instanceof HTMLFormElement) form.requestSubmit()
  }

  #typed() {
    this.measure()
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.keepDraft(), DRAFT_MS)
    const now = Date.now()
    if (this.text.trim() && now - this.typedAt >= TYPING_EVERY_MS) {
      this.typedAt = now
      this.does.typing()
    }
  }

  /** Another place for the draft, and what stands there. @param {string} key */
  #take(key) {
    if (key === this.draftKey) return
    this.keepDraft()
    this.draftKey = key
    const draft = store.get(key)
    // What is being typed right now is newer than any draft.
    if (typeof draft === 'string' && draft && !this.text.trim()) this.text = draft
    else this.keepDraft()
  }
}

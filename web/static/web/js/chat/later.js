/**
 * Nobody can come soon: the customer chooses, to keep waiting here or to have the answers by e-mail. Either way the
 * place in line stays, and the choice may be changed as long as she waits.
 * @module flagdown/chat/later
 */
import { announce, part, say, store } from 'flagdown/dom'
import { explain, t } from 'flagdown/i18n'

/** @typedef {import('flagdown/api').Ticket} Ticket */

const KNOWN = 'fd.email'

export class Later {
  /**
   * @param {HTMLElement} root the panel
   * @param {(email: string) => Promise<void>} leave tells the server, and draws its answer
   * @param {(error: unknown) => boolean} settled whether an error was taken care of elsewhere
   */
  constructor(root, leave, settled) {
    this.el = root
    this.leave = leave
    this.settled = settled
    this.input = /** @type {HTMLInputElement} */ (part(root, 'later-email'))
    this.form = /** @type {HTMLFormElement} */ (part(root, 'later-form'))
    this.ticket = ''
    this.email = ''
    this.writing = false
    this.busy = false
    /** she said that she waits on: the choice stays at hand, and no longer asks */
    this.waits = false
    part(root, 'later-stay').addEventListener('click', () => this.#stay())
    part(root, 'later-mail').addEventListener('click', () => this.#write())
    part(root, 'later-change').addEventListener('click', () => this.#write())
    part(root, 'later-back').addEventListener('click', () => this.#back())
    part(root, 'later-none').addEventListener('click', () => this.#send(''))
    this.form.addEventListener('submit', (event) => {
      event.preventDefault()
      const email = this.input.value.trim()
      if (email && this.input.checkValidity()) return this.#send(email)
      this.#problem(t('later.invalid'))
      this.input.focus()
    })
    this.input.addEventListener('input', () => this.#problem(''))
  }

  /** @param {Ticket | null} ticket */
  draw(ticket) {
    const later = ticket?.state === 'waiting' ? ticket.later : null
    const fresh = ticket?.id !== this.ticket
    if (fresh) {
      this.ticket = ticket?.id || ''
      this.writing = this.waits = false
    }
    this.email = later?.email || ''
    const hidden = !(later?.offered || this.email)
    if (this.el.hidden && !hidden && !this.email) announce(t('later.say'))
    this.el.hidden = hidden
    this.#view()
  }

  #view() {
    const view = this.writing ? 'write' : this.email ? 'kept' : this.waits ? 'waits' : 'choice'
    this.el.dataset.view = view
    say(this.el, 'later-text', t(view === 'kept' ? 'later.kept' : view === 'waits' ? 'later.waits' : 'later.offered', { email: this.email }))
    part(this.el, 'later-choice').hidden = view === 'write' || view === 'kept'
    part(this.el, 'later-stay').hidden = view !== 'choice'
    part(this.el, 'later-change').hidden = view !== 'kept'
    this.form.hidden = view !== 'write'
    part(this.el, 'later-none').hidden = !this.email
    part(this.el, 'later-back').hidden = Boolean(this.email)
  }

  #stay() {
    this.waits = true
    this.#view()
    part(this.el, 'later-mail').focus()
  }

  #write() {
    this.writing = true
    this.input.value = this.input.value || this.email || store.get(KNOWN) || ''
    this.#problem('')
    this.#view()
    this.input.focus()
  }

  #back() {
    this.writing = false
    this.#view()
    part(this.el, this.email ? 'later-change' : 'later-mail').focus()
  }

  /** @param {string} text */
  #problem(text) {
    say(this.el, 'later-problem', text)
    this.input.setAttribute('aria-invalid', String(Boolean(text)))
  }

  /** @param {string} email '' takes an earlier one back */
  async #send(email) {
    if (this.busy) return
    this.busy = true
    part(this.el, 'later-send').setAttribute('aria-disabled', 'true')
    try {
      await this.leave(email)
      if (email) store.set(KNOWN, email)
      this.writing = false
      this.waits = !email
      this.#view()
      announce(t(email ? 'later.kept' : 'later.none', { email }))
      part(this.el, email ? 'later-change' : 'later-mail').focus()
    } catch (error) {
      if (!this.settled(error)) this.#problem(explain(error))
    } finally {
      this.busy = false
      part(this.el, 'later-send').removeAttribute('aria-disabled')
    }
  }
}

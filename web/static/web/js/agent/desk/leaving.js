/**
 * Resolving, returning and handing over wait for five seconds, with "Undo" in sight. Until then nobody is told. What
 * waits is kept in this browser and survives a reload and a lost line; it is sent by a name (`client_id`), so that it
 * is never done twice.
 * @module flagdown/agent/desk/leaving
 */
import { part, say, store, toast, uuid } from 'flagdown/dom'
import { explain, t } from 'flagdown/i18n'
import { customerName, settings } from 'flagdown/agent/words'

/** @typedef {'resolve' | 'release' | 'transfer'} Act */
/**
 * @typedef {object} Wish
 * @property {string} ticket
 * @property {Act} act
 * @property {Record<string, any>} body with its `client_id`
 * @property {string} name whose conversation it is
 * @property {number} due ms
 * @property {boolean} [sent] it is on its way: nothing can be taken back any more
 */

export const UNDO_MS = 5000
const CAP_MS = 8000
const PREFIX = `fd.leaving.${settings.agent}.`

export class Leaving {
  /**
   * @param {object} with_
   * @param {import('flagdown/api').Api} with_.api
   * @param {import('flagdown/socket').Socket} with_.socket
   * @param {import('flagdown/agent/state').State} with_.state
   * @param {import('flagdown/agent/note').HandOverNote} with_.note
   * @param {(error: unknown) => boolean} with_.signedOut
   * @param {() => void | Promise<void>} with_.refresh
   * @param {(act: Act, ticket: string, won: boolean) => void | Promise<void>} with_.done `won`: it was our doing
   */
  constructor({ api, socket, state, note, signedOut, refresh, done }) {
    this.api = api
    this.state = state
    this.note = note
    this.signedOut = signedOut
    this.refresh = refresh
    this.done = done
    this.el = /** @type {HTMLElement} */ (document.getElementById('undo'))
    /** @type {Map<string, HTMLElement>} */
    this.rows = new Map()
    /** @type {Map<string, ReturnType<typeof setTimeout>>} */
    this.timers = new Map()
    /** @type {Set<string>} */
    this.busy = new Set()
    /** @type {Map<string, number>} */
    this.tries = new Map()
    for (const key of store.keys(PREFIX)) this.#wait(store.get(key))
    socket.addEventListener('ready', () => this.#hurry(false))
    socket.addEventListener('message.posted', (event) => {
      const { ticket_id, message } = /** @type {CustomEvent} */ (event).detail
      if (message.sender === 'customer') this.#heard(ticket_id)
    })
    // A page that is hidden may never run a timer again.
    addEventListener('pagehide', () => this.#hurry(true))
    document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && this.#hurry(true))
  }

  /** Let go of a conversation, in five seconds. @param {Act} act @param {string} ticket @param {Record<string, any>} body */
  start(act, ticket, body) {
    const talk = this.state.talks.get(ticket)
    if (!talk || store.get(PREFIX + ticket)) return
    const seen = act === 'resolve' ? { seen: talk.ticket.last_seq } : {}
    /** @type {Wish} */
    const wish = { ticket, act, body: { ...body, ...seen, client_id: uuid() }, name: customerName(talk.ticket), due: Date.now() + UNDO_MS }
    store.set(PREFIX + ticket, wish)
    this.#wait(wish)
  }

  /** @param {Wish} wish */
  #wait(wish) {
    const { ticket, act, name } = wish
    const words = t(`undo.${act}`, { name })
    this.state.leaving.set(ticket, words)
    const talk = this.state.talks.get(ticket)
    if (talk) talk.ended = words
    this.state.changed()
    const left = Math.min(UNDO_MS, Math.max(0, wish.due - Date.now()))
    if (left > 0 && !wish.sent) this.#show(wish, words, left)
    this.timers.set(ticket, setTimeout(() => this.#send(ticket), left))
  }

  /** @param {Wish} wish @param {string} words @param {number} left ms */
  #show({ ticket }, words, left) {
    const template = /** @type {HTMLTemplateElement} */ (document.getElementById('undo-row'))
    const row = /** @type {HTMLElement} */ (/** @type {HTMLElement} */ (template.content.firstElementChild).cloneNode(true))
    say(row, 'text', words)
    part(row, 'bar').style.animationDuration = `${left}ms`
    part(row, 'undo').addEventListener('click', () => this.undo(ticket))
    this.rows.set(ticket, row)
    this.el.append(row)
  }

  /** Take it back: nobody knows of it. @param {string} ticket */
  undo(ticket) {
    const wish = /** @type {Wish | null} */ (store.get(PREFIX + ticket))
    if (!wish || wish.sent || this.busy.has(ticket)) return
    this.#forget(ticket)
    location.hash = `#/t/${ticket}`
  }

  /** She is not answered with an end. @param {string} ticket */
  #heard(ticket) {
    const wish = /** @type {Wish | null} */ (store.get(PREFIX + ticket))
    if (wish?.act !== 'resolve' || wish.sent || this.busy.has(ticket)) return
    this.#forget(ticket)
    toast(t('undo.heard', { name: wish.name }))
  }

  /** It waits no longer, and the conversation is as it was. @param {string} ticket */
  #forget(ticket) {
    clearTimeout(this.timers.get(ticket))
    store.remove(PREFIX + ticket)
    this.rows.get(ticket)?.remove()
    this.rows.delete(ticket)
    this.tries.delete(ticket)
    this.state.leaving.delete(ticket)
    const talk = this.state.talks.get(ticket)
    if (talk) talk.ended = ''
    this.state.recount()
    this.state.changed()
  }

  /** Send what was to be sent; with `all` also what could still be undone. @param {boolean} all */
  #hurry(all) {
    for (const key of store.keys(PREFIX)) {
      const wish = /** @type {Wish} */ (store.get(key))
      if (all || wish.sent || wish.due <= Date.now()) this.#send(wish.ticket)
    }
  }

  /** @param {string} ticket */
  async #send(ticket) {
    const wish = /** @type {Wish | null} */ (store.get(PREFIX + ticket))
    if (this.busy.has(ticket)) return
    // Another page of hers undid it, or did it.
    if (!wish) return this.#forget(ticket)
    this.busy.add(ticket)
    clearTimeout(this.timers.get(ticket))
    // From here on it may have arrived, whatever we hear of it.
    store.set(PREFIX + ticket, { ...wish, sent: true })
    this.rows.get(ticket)?.remove()
    this.rows.delete(ticket)
    const { act, body } = wish
    try {
      await this.api.post(`agent/tickets/${ticket}/${act}`, body, { keepalive: true, retries: 0, timeout: 10_000 })
      this.#forget(ticket)
      this.note.forget(ticket)
      await this.done(act, ticket, true)
    } catch (error) {
      if (this.signedOut(error)) return
      const e = /** @type {import('flagdown/api').ApiError} */ (error)
      if (e.temporary ?? true) {
        const tries = (this.tries.get(ticket) || 0) + 1
        this.tries.set(ticket, tries)
        const wait = Math.max((e.retryAfter || 0) * 1000, 300 + Math.random() * Math.min(CAP_MS, 1000 * 2 ** tries))
        this.timers.set(ticket, setTimeout(() => this.#send(ticket), wait))
        return
      }
      this.#forget(ticket)
      toast(explain(e), { tone: e.status === 409 ? 'info' : 'bad' })
      // Refused for what stands in it, or because the customer wrote: it is hers as before.
      if ((e.status === 409 && e.state !== 'active') || e.status === 404) await this.done(act, ticket, false)
      else await this.refresh()
    } finally {
      this.busy.delete(ticket)
    }
  }
}

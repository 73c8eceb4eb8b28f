/**
 * The hand-over note: what was said, what was promised, what comes next. Saved as she writes; without a line it is
 * kept in this browser and saved once there is one.
 * Dispatches `change`.
 * @module flagdown/agent/note
 */
import { store } from 'flagdown/dom'

/** @typedef {import('flagdown/agent/shapes').Note} Note */
/** @typedef {'' | 'saving' | 'saved' | 'kept'} Kept '' nothing to say; `kept` in this browser only */

export const FIELDS = /** @type {(keyof Note)[]} */ (['said', 'promised', 'next_step'])
const PREFIX = 'fd.agent.baton.'
const REST_MS = 700

export class HandOverNote extends EventTarget {
  /**
   * @param {object} with_
   * @param {import('flagdown/api').Api} with_.api
   * @param {import('flagdown/agent/state').State} with_.state
   * @param {(error: unknown) => boolean} with_.signedOut
   */
  constructor({ api, state, signedOut }) {
    super()
    this.api = api
    this.state = state
    this.signedOut = signedOut
    /** @type {Map<string, Kept>} */
    this.kept = new Map()
    /** @type {Set<string>} */
    this.busy = new Set()
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined
    addEventListener('pagehide', () => this.flush())
  }

  /** What stands in it now, saved or not. @param {string} ticket @returns {Note} */
  get(ticket) {
    return { ...this.state.talks.get(ticket)?.ticket.own_baton, ...store.get(PREFIX + ticket) }
  }

  /** @param {string} ticket @param {keyof Note} field @param {string} text */
  set(ticket, field, text) {
    store.set(PREFIX + ticket, { ...store.get(PREFIX + ticket), [field]: text })
    this.#tell(ticket, 'saving')
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.save(ticket), REST_MS)
  }

  /** Save what is not. @param {string} ticket */
  async save(ticket) {
    const draft = store.get(PREFIX + ticket)
    if (!draft || this.busy.has(ticket)) return
    this.busy.add(ticket)
    try {
      const fresh = await this.api.put(`agent/tickets/${ticket}/baton`, draft, { keepalive: true })
      const talk = this.state.talks.get(ticket)
      if (talk && fresh?.own_baton) talk.ticket.own_baton = fresh.own_baton
      if (JSON.stringify(store.get(PREFIX + ticket)) === JSON.stringify(draft)) store.remove(PREFIX + ticket)
      this.#tell(ticket, 'saved')
    } catch (error) {
      const e = /** @type {import('flagdown/api').ApiError} */ (error)
      if (this.signedOut(e)) return
      // It is somebody else's now: nobody would read it here.
      if (e.status === 404 || e.status === 409) this.forget(ticket)
      else {
        this.#tell(ticket, 'kept')
        setTimeout(() => this.save(ticket), 5000 + Math.random() * 5000)
      }
    } finally {
      this.busy.delete(ticket)
      if (this.kept.get(ticket) === 'saved' && store.get(PREFIX + ticket)) this.save(ticket)
    }
  }

  /** Save everything that was kept without a line. */
  flush() {
    for (const key of store.keys(PREFIX)) this.save(key.slice(PREFIX.length))
  }

  /** The conversation went on with what stood in it. @param {string} ticket */
  forget(ticket) {
    store.remove(PREFIX + ticket)
    this.#tell(ticket, '')
  }

  /** @param {string} ticket @param {Kept} kept */
  #tell(ticket, kept) {
    this.kept.set(ticket, kept)
    this.dispatchEvent(new Event('change'))
  }
}

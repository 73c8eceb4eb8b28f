/**
 * Answers on their way to the server: one after the other, the latest of each question, until they are there.
 * They wait in the browser meanwhile, so that a reload on a broken line loses none.
 * @module flagdown/join/saver
 */
import { store } from 'flagdown/dom'

/** @typedef {string | string[] | null} Answer */

const AGAIN_MS = 3000

export class Saver {
  /**
   * @param {object} with_
   * @param {string} with_.name of what is kept in the browser
   * @param {(place: number, answer: Answer) => Promise<any>} with_.send
   * @param {(state: 'saving' | 'saved' | 'offline') => void} with_.tell
   * @param {(place: number, error: import('flagdown/api').ApiError) => boolean} with_.refused whether it is to be dropped
   */
  constructor({ name, send, tell, refused }) {
    this.name = name
    this.send = send
    this.tell = tell
    this.refused = refused
    /** @type {Map<number, Answer>} */
    this.waiting = new Map(Object.entries(store.get(name) || {}).map(([place, answer]) => [Number(place), answer]))
    this.busy = false
    addEventListener('online', () => this.go())
  }

  /** Keep it in the browser; `go` sends it. @param {number} place @param {Answer} answer */
  put(place, answer) {
    this.waiting.delete(place)
    this.waiting.set(place, answer)
    this.#keep()
    this.tell('saving')
  }

  /** Forget what waits: it goes another way, or it is over. */
  clear() {
    this.waiting.clear()
    this.#keep()
  }

  /** Send what waits. */
  async go() {
    if (this.busy) return
    this.busy = true
    while (this.waiting.size) {
      const [place, answer] = /** @type {[number, Answer]} */ (this.waiting.entries().next().value)
      this.tell('saving')
      try {
        await this.send(place, answer)
        this.#done(place, answer)
      } catch (error) {
        const e = /** @type {import('flagdown/api').ApiError} */ (error)
        if (!e.temporary && this.refused(place, e)) this.#done(place, answer)
        else {
          this.tell('offline')
          setTimeout(() => this.go(), AGAIN_MS)
          break
        }
      }
    }
    this.busy = false
    if (!this.waiting.size) this.tell('saved')
  }

  /** @param {number} place @param {Answer} answer */
  #done(place, answer) {
    // Changed while it was on its way, it goes again.
    if (this.waiting.get(place) === answer) this.waiting.delete(place)
    this.#keep()
  }

  #keep() {
    if (this.waiting.size) store.set(this.name, Object.fromEntries(this.waiting))
    else store.remove(this.name)
  }
}

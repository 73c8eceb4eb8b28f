/**
 * What was written and is not yet confirmed. Kept in a vault until the server has it, across reloads and
 * restarts; sent in order per conversation; a repeat is harmless because every item carries its `client_id`.
 * @module flagdown/outbox
 */
import { uuid } from 'flagdown/dom'
import { Vault } from 'flagdown/vault'

/**
 * @typedef {object} Item
 * @property {string} client_id
 * @property {string} path API path of the POST, e.g. `chat/tickets/…/messages`
 * @property {string} text
 * @property {number} at ms, also the order
 * @property {'pending' | 'failed'} state `failed`: the server refused it for good; the text is kept for the person
 * @property {number} tries
 * @property {{status: number, detail: string}} [problem]
 */

const CAP_MS = 8_000

/**
 * Dispatches `sent` {item, message}, `changed` {item} (failed, or another try), `unauthorized` {item}.
 */
export class Outbox extends EventTarget {
  /**
   * @param {{api: import('flagdown/api').Api, scope: string}} options `scope` separates desks and agents in one browser
   */
  constructor({ api, scope }) {
    super()
    this.api = api
    /** @type {Vault<Item>} */
    this.vault = new Vault(`fd.outbox.${scope}.`)
    this.vault.load().then((found) => {
      for (const item of found) this.#tell('changed', { item })
      if (found.length) this.flush()
    })
    /** paths being sent now @type {Set<string>} */
    this.busy = new Set()
    /** @type {Map<string, ReturnType<typeof setTimeout>>} */
    this.timers = new Map()
    this.lastAt = 0
    addEventListener('online', () => this.flush())
  }

  /**
   * Keep a message and start sending it.
   * @param {string} path @param {string} text @param {string} [client_id] @returns {Item}
   */
  add(path, text, client_id = uuid()) {
    this.lastAt = Math.max(Date.now(), this.lastAt + 1)
    /** @type {Item} */
    const item = { client_id, path, text, at: this.lastAt, state: 'pending', tries: 0 }
    this.#keep(item)
    this.flush()
    return item
  }

  /** Unconfirmed items, oldest first. @param {string} [path] only of this conversation @returns {Item[]} */
  items(path) {
    return this.vault
      .all()
      .filter((item) => !path || item.path === path)
      .sort((a, b) => a.at - b.at)
  }

  /** Send everything that can be sent; at once, whatever wait was planned. Call it on each socket `ready`. */
  flush() {
    for (const path of new Set(this.items().map((item) => item.path))) this.#send(path)
  }

  /** The person says: try again. @param {string} client_id */
  retry(client_id) {
    const item = this.vault.get(client_id)
    if (!item) return
    item.state = 'pending'
    item.tries = 0
    delete item.problem
    this.#keep(item)
    this.#tell('changed', { item })
    this.#send(item.path)
  }

  /** Forget an item (confirmed elsewhere, or taken back to edit). @param {string} client_id @returns {Item | null} */
  take(client_id) {
    const item = this.vault.get(client_id)
    this.vault.remove(client_id)
    return item
  }

  /** @param {string} path */
  async #send(path) {
    if (this.busy.has(path)) return
    this.busy.add(path)
    clearTimeout(this.timers.get(path))
    try {
      for (;;) {
        const item = this.items(path).find((each) => each.state === 'pending')
        if (!item || !(await this.#one(item))) return
      }
    } finally {
      this.busy.delete(path)
    }
  }

  /** @param {Item} item @returns {Promise<boolean>} whether the next one may go */
  async #one(item) {
    try {
      const message = await this.api.post(item.path, { client_id: item.client_id, text: item.text }, { retries: 0, timeout: 10_000 })
      this.take(item.client_id)
      this.#tell('sent', { item, message })
      return true
    } catch (error) {
      const e = /** @type {import('flagdown/api').ApiError} */ (error)
      if (!this.vault.get(item.client_id)) return true // confirmed through the socket meanwhile
      item.tries += 1
      if (e.status === 401) {
        this.#keep(item)
        this.#tell('unauthorized', { item })
        return false
      }
      if (e.temporary ?? true) {
        this.#keep(item)
        this.#tell('changed', { item })
        const wait = Math.max((e.retryAfter || 0) * 1000, 300 + Math.random() * Math.min(CAP_MS, 1000 * 2 ** Math.min(item.tries, 6)))
        this.timers.set(item.path, setTimeout(() => this.#send(item.path), wait))
        return false
      }
      item.state = 'failed'
      item.problem = { status: e.status, detail: e.detail }
      this.#keep(item)
      this.#tell('changed', { item })
      return true
    }
  }

  /** @param {Item} item */
  #keep(item) {
    this.vault.put(item)
  }

  /** @param {string} type @param {object} detail */
  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }))
  }
}

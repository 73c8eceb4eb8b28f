/**
 * What must not be lost between a keystroke and the server: kept in IndexedDB, which a dead battery leaves whole.
 *
 * Writing there takes a moment, and a page may be gone in the next; so what is new is noted in localStorage first, which
 * is written at once, until IndexedDB has it. Where there is no IndexedDB (a frame of another site's may have none), it
 * stays there.
 * @module flagdown/vault
 */
import { store } from 'flagdown/dom'

const NAME = 'flagdown'
const ROOM = 'kept'

/** @param {IDBRequest} request @returns {Promise<any>} */
const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

/** @type {Promise<IDBDatabase> | null} */
let opened = null
function database() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1)
    request.onupgradeneeded = () => request.result.createObjectStore(ROOM)
    done(request).then(resolve, reject)
  })
  return opened
}

/** @param {IDBTransactionMode} mode @param {(room: IDBObjectStore) => void} act @returns {Promise<void>} once it is on the disk */
async function transaction(mode, act) {
  const made = (await database()).transaction(ROOM, mode, { durability: 'strict' })
  act(made.objectStore(ROOM))
  made.commit?.()
  await new Promise((resolve, reject) => {
    made.oncomplete = resolve
    made.onabort = made.onerror = () => reject(made.error)
  })
}

/** @template {{client_id: string}} T */
export class Vault {
  /** @param {string} prefix whose it is: what begins otherwise is not touched */
  constructor(prefix) {
    this.prefix = prefix
    /** @type {Map<string, T>} */
    this.map = new Map(store.keys(prefix).flatMap((key) => (store.get(key) ? [[key, store.get(key)]] : [])))
    /** what was removed before it was read: an older page's must not bring it back @type {Set<string>} */
    this.gone = new Set()
  }

  /** Read what earlier pages kept. @returns {Promise<T[]>} what was not known yet */
  async load() {
    /** @type {T[]} */
    const found = []
    try {
      const room = (await database()).transaction(ROOM).objectStore(ROOM)
      const range = IDBKeyRange.bound(this.prefix, this.prefix + '\uffff')
      const [keys, items] = await Promise.all([done(room.getAllKeys(range)), done(room.getAll(range))])
      keys.forEach((/** @type {string} */ key, /** @type {number} */ i) => {
        if (this.map.has(key) || this.gone.has(key)) return
        this.map.set(key, items[i])
        found.push(items[i])
      })
    } catch {}
    return found
  }

  /** @param {string} client_id @returns {T | null} */
  get(client_id) {
    return this.map.get(this.prefix + client_id) || null
  }

  /** @returns {T[]} */
  all() {
    return [...this.map.values()]
  }

  /** @param {T} item kept before this returns */
  put(item) {
    const key = this.prefix + item.client_id
    this.map.set(key, item)
    store.set(key, item)
    const written = JSON.stringify(item)
    transaction('readwrite', (room) => room.put(item, key)).then(
      // Changed again meanwhile, it is the next one's to say so.
      () => JSON.stringify(store.get(key)) === written && store.remove(key),
      () => {},
    )
  }

  /** @param {string} client_id */
  remove(client_id) {
    const key = this.prefix + client_id
    this.map.delete(key)
    this.gone.add(key)
    store.remove(key)
    transaction('readwrite', (room) => room.delete(key)).catch(() => {})
  }
}

/**
 * A socket that comes back. Events are hints: after each `ready` the page fetches its state and only then trusts them.
 * @module flagdown/socket
 */

/** @typedef {'idle' | 'connecting' | 'open' | 'waiting' | 'offline' | 'stopped'} SocketState */

const BACKOFF_MS = 800
const BACKOFF_CAP_MS = 10_000
const CONNECT_MS = 12_000
const PONG_MS = 10_000

/**
 * Dispatches:
 * - `ready` after each (re)connect and authentication;
 * - `state`, with `detail` the new SocketState;
 * - `refused`, with `detail` 4401 or 4403: it stops, the page must get a new token or tell the person;
 * - one event per server frame, named by its `type` (`message.posted`, `ticket.changed`, …), with `detail` the frame.
 */
export class Socket extends EventTarget {
  /**
   * @param {object} options
   * @param {() => string | null | Promise<string | null>} options.address the `ws:` address that the API gave
   * @param {() => string | null} [options.token] absent or null: the session cookie authenticates
   */
  constructor({ address, token = () => null }) {
    super()
    this.address = address
    this.token = token
    /** @type {SocketState} */
    this.state = 'idle'
    /** server clock minus ours, ms */
    this.offset = 0
    /** @type {WebSocket | import('flagdown/poll').Poll | null} */
    this.ws = null
    /** how often in a row no WebSocket came through at all */
    this.blocked = 0
    this.heard = false
    this.attempt = 0
    this.heartbeat = 20_000
    this.bestRtt = Infinity
    this.pingSent = 0
    /** @type {Record<string, ReturnType<typeof setTimeout> | undefined>} */
    this.timers = {}
    /** whether the line is one of questions and answers, where no socket comes through */
    this.polling = false
    this.onOnline = () => {
      // Another network may let WebSockets through.
      if (!this.polling) this.blocked = 0
      this.wake()
    }
    this.onOffline = () => this.#set('offline')
    this.onVisible = () => document.visibilityState === 'visible' && this.wake()
  }

  /** Connect, and stay connected until `stop`. */
  start() {
    if (this.state !== 'idle' && this.state !== 'stopped') return
    addEventListener('online', this.onOnline)
    addEventListener('offline', this.onOffline)
    document.addEventListener('visibilitychange', this.onVisible)
    this.#connect()
  }

  /** Close for good (sign-out, end of session). */
  stop() {
    removeEventListener('online', this.onOnline)
    removeEventListener('offline', this.onOffline)
    document.removeEventListener('visibilitychange', this.onVisible)
    this.#set('stopped')
    this.#drop()
  }

  /** The server's time now, ms; for countdowns. @returns {number} */
  now() {
    return Date.now() + this.offset
  }

  /** Send a client frame. @param {{type: string} & Record<string, unknown>} frame @returns {boolean} false when not connected */
  send(frame) {
    if (this.state !== 'open' || this.ws?.readyState !== WebSocket.OPEN) return false
    this.ws.send(JSON.stringify(frame))
    return true
  }

  /** The network or the person is back: check a live connection, or reconnect without waiting. */
  wake() {
    if (this.state === 'stopped' || this.state === 'idle') return
    if (this.state === 'open') this.#ping(4000)
    else if (this.state !== 'connecting') {
      this.attempt = 0
      this.#connect()
    }
  }

  async #connect() {
    this.#drop()
    this.#set('connecting')
    this.heard = false
    /** @type {string | null} */
    let address = null
    try {
      address = await this.address()
    } catch {}
    if (this.state !== 'connecting') return
    if (!address) return this.#again()
    /** @type {WebSocket | import('flagdown/poll').Poll} */
    let ws
    try {
      // Blocked twice in a row, the next try is by plain requests; when these fail too, it is the network.
      this.polling = this.blocked > 1
      ws = this.polling ? new (await import('flagdown/poll')).Poll(address) : new WebSocket(address)
    } catch {
      this.blocked = 0
      return this.#again()
    }
    if (this.state !== 'connecting') return ws.close()
    this.ws = ws
    this.timers.connect = setTimeout(() => this.#lost(ws), CONNECT_MS)
    ws.onopen = () => {
      const token = this.token()
      ws.send(JSON.stringify(token ? { type: 'auth', token } : { type: 'auth' }))
    }
    ws.onmessage = (/** @type {{data: unknown}} */ event) => this.ws === ws && this.#receive(event.data)
    ws.onclose = (/** @type {{code: number}} */ event) => this.#lost(ws, event.code)
  }

  /** @param {unknown} data */
  #receive(data) {
    let frame
    try {
      frame = JSON.parse(String(data))
    } catch {
      return
    }
    clearTimeout(this.timers.pong)
    this.heard = true
    if (frame.type === 'ready') {
      clearTimeout(this.timers.connect)
      this.heartbeat = (frame.heartbeat_s || 20) * 1000
      this.bestRtt = Infinity
      const at = Date.parse(frame.server_time)
      if (!Number.isNaN(at)) this.offset = at - Date.now()
      this.#set('open')
      // A connection counts as good only after it has lasted: a server that accepts and drops must not be hammered.
      this.timers.good = setTimeout(() => (this.attempt = 0), 10_000)
      this.timers.ping = setInterval(() => this.#ping(PONG_MS), this.heartbeat)
      this.#ping(PONG_MS)
      this.dispatchEvent(new CustomEvent('ready', { detail: frame }))
      return
    }
    if (frame.type === 'pong') {
      this.#clock(frame.server_time, Date.now() - this.pingSent)
      return
    }
    if (typeof frame.type === 'string') this.dispatchEvent(new CustomEvent(frame.type, { detail: frame }))
  }

  /** @param {string} serverTime @param {number} rtt ms; the shortest round trip knows best */
  #clock(serverTime, rtt) {
    const at = Date.parse(serverTime)
    if (Number.isNaN(at) || rtt > this.bestRtt * 1.5) return
    this.bestRtt = Math.min(rtt, this.bestRtt)
    this.offset = at + rtt / 2 - Date.now()
  }

  /** @param {number} patience ms until silence means lost */
  #ping(patience) {
    const ws = this.ws
    if (!ws || ws.readyState !== WebSocket.OPEN) return
    this.pingSent = Date.now()
    ws.send('{"type":"ping"}')
    clearTimeout(this.timers.pong)
    this.timers.pong = setTimeout(() => this.#lost(ws), patience)
  }

  /** @param {WebSocket | import('flagdown/poll').Poll} ws @param {number} [code] */
  #lost(ws, code) {
    if (this.ws !== ws) return
    // Who was heard is not blocked. By requests, it stays with them while they work.
    if (this.polling) this.blocked = this.state === 'open' ? 2 : 0
    // A refusal may be a server that starts; who hears nothing for so long is behind something that swallows it.
    else this.blocked = this.heard || (code || 0) >= 4000 ? 0 : this.blocked + (code === undefined ? 2 : 1)
    this.#drop()
    if (this.state === 'stopped') return
    if (code === 4401 || code === 4403) {
      this.stop()
      this.dispatchEvent(new CustomEvent('refused', { detail: code }))
      return
    }
    this.#again(code === 4429 ? 15_000 : 0)
  }

  /** Full jitter: everyone who lost the same server comes back at a different moment. @param {number} [atLeast] ms */
  #again(atLeast = 0) {
    if (navigator.onLine === false) return this.#set('offline')
    const delay = atLeast + Math.random() * Math.min(BACKOFF_CAP_MS, BACKOFF_MS * 2 ** this.attempt)
    this.attempt = Math.min(this.attempt + 1, 10)
    this.#set('waiting')
    this.timers.again = setTimeout(() => this.#connect(), delay)
  }

  #drop() {
    for (const name of Object.keys(this.timers)) {
      clearTimeout(this.timers[name])
      clearInterval(this.timers[name])
    }
    const ws = this.ws
    this.ws = null
    if (!ws) return
    ws.onopen = ws.onmessage = ws.onclose = null
    try {
      ws.close(1000)
    } catch {}
  }

  /** @param {SocketState} state */
  #set(state) {
    if (this.state === state || (this.state === 'stopped' && state === 'offline')) return
    if (state === 'offline') this.#drop()
    this.state = state
    this.dispatchEvent(new CustomEvent('state', { detail: state }))
  }
}

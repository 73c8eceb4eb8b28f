/**
 * What a WebSocket is to `flagdown/socket`, by plain requests: for networks that let nothing else through.
 * One request always waits for what the server has to say; what is said to it goes in others beside.
 * @module flagdown/poll
 */

const PATIENCE_MS = 30_000
// A request that fails is asked again: only then the line is lost.
const TRIES = 3

export class Poll {
  /** @param {string} address of the WebSocket */
  constructor(address) {
    this.address = address.replace(/^ws/, 'http')
    /** @type {number} as a WebSocket's */
    this.readyState = WebSocket.CONNECTING
    /** @type {(() => void) | null} */
    this.onopen = null
    /** @type {((event: {data: string}) => void) | null} */
    this.onmessage = null
    /** @type {((event: {code: number}) => void) | null} */
    this.onclose = null
    this.session = ''
    this.last = 0
    /** @type {object[]} */
    this.out = []
    this.sending = false
    this.abort = new AbortController()
    queueMicrotask(() => {
      this.readyState = WebSocket.OPEN
      this.onopen?.()
      this.#listen()
    })
  }

  /** @param {string} frame */
  send(frame) {
    this.out.push(JSON.parse(frame))
    if (this.session) this.#say()
  }

  close() {
    this.readyState = WebSocket.CLOSED
    this.abort.abort()
  }

  async #listen() {
    let failed = 0
    while (this.readyState === WebSocket.OPEN) {
      try {
        // The first one brings what is said already.
        await this.#ask(this.session ? { session: this.session, after: this.last } : { frames: this.out.splice(0), wait: false })
        failed = 0
        this.#say()
      } catch (error) {
        failed += 1
        if (/** @type {any} */ (error)?.final || failed === TRIES || !this.session) return this.#end(1006)
        await new Promise((done) => setTimeout(done, Math.random() * 1000 * failed))
      }
    }
  }

  async #say() {
    if (this.sending) return
    this.sending = true
    try {
      while (this.out.length && this.readyState === WebSocket.OPEN) {
        // Lost on the way, a ping is missed and the line counts as lost: nothing here is worth saying twice.
        await this.#ask({ session: this.session, after: this.last, frames: this.out.splice(0, 32), wait: false }).catch(() => {})
      }
    } finally {
      this.sending = false
    }
  }

  /** @param {{session?: string, after?: number, frames?: object[], wait?: boolean}} body */
  async #ask(body) {
    const response = await fetch(this.address, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      credentials: 'include',
      signal: AbortSignal.any ? AbortSignal.any([this.abort.signal, AbortSignal.timeout(PATIENCE_MS)]) : this.abort.signal,
    })
    if (!response.ok) throw Object.assign(new Error(String(response.status)), { final: response.status < 500 })
    const { session, last, frames, closed } = await response.json()
    this.session = session
    // Two answers may cross: what one has brought the other does not bring again.
    const known = this.last - (last - frames.length)
    this.last = Math.max(this.last, last)
    for (const frame of frames.slice(Math.max(0, known))) this.onmessage?.({ data: JSON.stringify(frame) })
    if (closed) this.#end(closed)
  }

  /** @param {number} code */
  #end(code) {
    if (this.readyState !== WebSocket.OPEN) return
    this.close()
    this.onclose?.({ code })
  }
}

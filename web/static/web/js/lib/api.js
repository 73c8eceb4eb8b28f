/**
 * The public HTTP contract, from a browser. One method per verb; everything that goes wrong is an ApiError.
 * @module flagdown/api
 */

/** @typedef {'assistant' | 'waiting' | 'active' | 'resolved' | 'abandoned'} TicketState */
/** @typedef {{name: string, photo?: string | null}} Person */
/**
 * @typedef {object} Ticket
 * @property {string} id
 * @property {TicketState} state
 * @property {string | null} [topic]
 * @property {string | null} [topic_name]
 * @property {string | null} [language]
 * @property {number | null} [position] place in line, 1 is next
 * @property {number | null} [estimated_wait_s]
 * @property {Person | null} [agent]
 * @property {number} last_seq
 * @property {string} [as_of] when this was read; a later reading is truer
 * @property {number} [read_seq] how far the other side has read
 * @property {number} [own_read_seq] how far this side has read
 * @property {string} opened_at
 * @property {string | null} [ended_at]
 * @property {boolean} [rated]
 * @property {{offered: boolean, email: string | null}} [later] answers by e-mail: whether she may choose them, and where to
 */
/**
 * @typedef {object} Message
 * @property {number} seq gapless per ticket, from 1
 * @property {string} id
 * @property {string | null} client_id
 * @property {'customer' | 'agent' | 'assistant' | 'system'} sender
 * @property {string} text
 * @property {{name?: string, url?: string}[]} [attachments]
 * @property {string} at ISO 8601
 */
/** @typedef {{amount: string, currency: string}} Money */

/** A refused or failed call. `status` 0: no answer came (`type` is then "network" or "timeout"). */
export class ApiError extends Error {
  /** @param {{status: number, type?: string, title?: string, detail?: string, errors?: Record<string, string[]>, state?: any, retryAfter?: number | null, body?: any}} problem */
  constructor(problem) {
    super(problem.detail || problem.title || `HTTP ${problem.status}`)
    this.name = 'ApiError'
    /** HTTP status, or 0 */
    this.status = problem.status
    /** problem type (RFC 9457), or "network" / "timeout" */
    this.type = problem.type || 'about:blank'
    this.title = problem.title || ''
    /** words for a person, in the server's language */
    this.detail = problem.detail || ''
    /** @type {Record<string, string[]>} messages per field */
    this.errors = problem.errors || {}
    /** the true state, when a race was lost (409) */
    this.state = problem.state
    /** seconds to wait, when the server said so (429, 503) */
    this.retryAfter = problem.retryAfter ?? null
    /** the whole problem document */
    this.body = problem.body
  }

  /** Would the same call later have a chance? @returns {boolean} */
  get temporary() {
    return [0, 408, 425, 429, 500, 502, 503, 504].includes(this.status)
  }
}

/** @typedef {{retries?: number, timeout?: number, signal?: AbortSignal, keepalive?: boolean, headers?: Record<string, string>}} CallOptions */

const pause = (/** @type {number} */ ms) => new Promise((done) => setTimeout(done, ms))

/**
 * `new Api({token: () => session.token})` for bearer tokens, `new Api({csrf: true})` for the session cookie.
 */
export class Api {
  /** @param {{base?: string, token?: () => string | null | undefined, csrf?: boolean, timeout?: number}} [options] `timeout` in ms */
  constructor({ base = '/api/v1/', token, csrf = false, timeout = 15_000 } = {}) {
    this.base = base
    this.token = token
    this.csrf = csrf
    this.timeout = timeout
  }

  /** @param {string} path below the base, e.g. `chat/tickets/…` @param {CallOptions} [options] @returns {Promise<any>} */
  get(path, options) {
    return this.call('GET', path, undefined, options)
  }

  /**
   * A body with a `client_id` may be repeated (the server answers with the first result), so only such a call is.
   * @param {string} path @param {object} [body] @param {CallOptions} [options] @returns {Promise<any>}
   */
  post(path, body = {}, options) {
    return this.call('POST', path, body, options)
  }

  /** @param {string} path @param {object} [body] @param {CallOptions} [options] @returns {Promise<any>} */
  put(path, body = {}, options) {
    return this.call('PUT', path, body, options)
  }

  /**
   * @param {string} method @param {string} path @param {any} [body] @param {CallOptions} [options]
   * @returns {Promise<any>} parsed JSON, or null for an empty answer
   * @throws {ApiError}
   */
  async call(method, path, body, options = {}) {
    const repeatable = method !== 'POST' || Boolean(body?.client_id || body?.ticket?.client_id)
    const retries = options.retries ?? (repeatable ? 2 : 0)
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#once(method, path, body, options)
      } catch (error) {
        const e = /** @type {ApiError} */ (error)
        const again = repeatable && attempt < retries && [0, 408, 502, 503, 504].includes(e.status)
        if (!again || options.signal?.aborted || (e.retryAfter || 0) > 5) throw e
        await pause(Math.max((e.retryAfter || 0) * 1000, Math.random() * 600 * 2 ** attempt))
      }
    }
  }

  /** @param {string} method @param {string} path @param {any} body @param {CallOptions} options */
  async #once(method, path, body, options) {
    const abort = new AbortController()
    const stop = () => abort.abort()
    const timer = setTimeout(stop, options.timeout ?? this.timeout)
    options.signal?.addEventListener('abort', stop)
    /** @type {Record<string, string>} */
    const headers = { Accept: 'application/json', ...options.headers }
    if (body !== undefined) headers['Content-Type'] = 'application/json'
    const token = this.token?.()
    if (token) headers.Authorization = `Bearer ${token}`
    if (this.csrf && method !== 'GET') headers['X-CSRFToken'] = csrfToken()
    try {
      const response = await fetch(path.startsWith('/') ? path : this.base + path, {
        method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
        credentials: this.csrf ? 'same-origin' : 'omit',
        signal: abort.signal,
        keepalive: options.keepalive,
        cache: 'no-store',
      })
      const text = await response.text()
      const data = text ? parse(text) : null
      if (response.ok) return data
      throw new ApiError({
        ...(data && typeof data === 'object' ? data : {}),
        status: response.status,
        retryAfter: seconds(response.headers.get('Retry-After')),
        body: data,
      })
    } catch (error) {
      if (error instanceof ApiError) throw error
      const timedOut = abort.signal.aborted && !options.signal?.aborted
      throw new ApiError({ status: 0, type: timedOut ? 'timeout' : 'network' })
    } finally {
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', stop)
    }
  }
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** @param {string | null} header Retry-After: seconds or a date */
function seconds(header) {
  if (!header) return null
  const n = Number(header)
  return Number.isFinite(n) ? n : Math.max(0, (Date.parse(header) - Date.now()) / 1000) || null
}

function csrfToken() {
  const meta = document.querySelector('meta[name="csrf-token"]')?.getAttribute('content')
  const cookie = /(?:^|;\s*)flagdown_csrf=([^;]+)/.exec(document.cookie)
  return (cookie && decodeURIComponent(cookie[1])) || meta || ''
}

/**
 * `<fd-conversation>`: one conversation, for the customer's page and for the agent's. It draws messages in the order
 * of their `seq`, notices gaps and fetches what is missing, shows unconfirmed ones from the outbox, and holds the
 * composer. It knows the contract's messages and nothing about who is allowed what.
 *
 * Markup: server-rendered `{% include "web/_conversation.html" %}` inside the element, or none (it clones
 * `<template id="fd-conversation">`). The page needs `_conversation_templates.html` and the `lib` strings.
 *
 * Life: `attach({…})` → it loads. On socket `ready`: `sync()`. On frames: `receive`, `peerRead`, `peerTyping`.
 *
 * Events (bubbling):
 * - `fd-submit` {text, client_id}: before a message goes to the outbox; preventDefault() to handle it elsewhere;
 * - `fd-typing`: at most every 3 s while the person types;
 * - `fd-posted` {message}: own message confirmed;
 * - `fd-unread` {count}: messages of the other side not yet seen;
 * - `fd-problem` {error, item}: a message was refused for good, or loading was refused (401, 403, 404).
 * @module flagdown/conversation/element
 */
import { Composer } from 'flagdown/conversation/composer'
import { fill, group, marks } from 'flagdown/conversation/messages'
import { t } from 'flagdown/i18n'
import { clone, maybe, part, say } from 'flagdown/dom'

/** @typedef {import('flagdown/api').Message} Message */
/** @typedef {import('flagdown/outbox').Item} Item */
/** @typedef {import('flagdown/conversation/messages').Drawable} Drawable */
/** @typedef {{el: HTMLElement, message: Drawable}} Drawn */
/**
 * @typedef {object} Attachment what `attach` needs
 * @property {import('flagdown/api').Api} api
 * @property {import('flagdown/outbox').Outbox} outbox
 * @property {string} base API path of the ticket, e.g. `chat/tickets/<id>`; messages are at `<base>/messages`
 * @property {'customer' | 'agent'} me
 * @property {string} [draftKey] where an unfinished text is kept; the ticket's path when absent
 * @property {number} [lastSeq] of the ticket; long conversations start near it
 * @property {string | null} [peer] name of the other side
 * @property {number} [peerReadSeq] how far the other side has read (`read_seq` of the ticket)
 * @property {number} [ownReadSeq] how far this side has read (`own_read_seq`)
 */

const PAGE = 200
const TYPING_SHOWN_MS = 6000

export class Conversation extends HTMLElement {
  /** @type {Attachment | null} */
  #at = null
  /** confirmed, by seq; contiguous from #low + 1 to #high @type {Map<number, Drawn>} */
  #messages = new Map()
  /** confirmed but beyond a gap @type {Map<number, Message>} */
  #early = new Map()
  /** unconfirmed, by client_id @type {Map<string, Drawn>} */
  #pending = new Map()
  #low = 0
  #high = 0
  #peerRead = 0
  #readSent = 0
  #unread = 0
  #fetching = false
  #again = false
  /** follow the end of the log */
  #stick = true
  #top = 0
  #many = false
  #ready = false
  /** @type {Record<string, ReturnType<typeof setTimeout> | undefined>} */
  #timers = {}
  /** @type {AbortController | null} */
  #listeners = null
  /** @type {ResizeObserver | null} */
  #resize = null
  /** @type {Composer | null} */
  #writing = null

  connectedCallback() {
    if (!maybe(this, 'log')) this.append(clone('fd-conversation'))
    if (this.#listeners) return
    this.#listeners = new AbortController()
    const { signal } = this.#listeners
    if (this.#writing) this.#writing.listen(signal)
    else this.#writing = new Composer(this, { send: (text, id) => this.#send(text, id), typing: () => this.#emit('fd-typing', {}) }, signal)
    const scroll = part(this, 'scroll')
    scroll.addEventListener('scroll', () => this.#scrolled(), { signal, passive: true })
    part(this, 'chip').addEventListener('click', () => this.toBottom(true), { signal })
    part(this, 'earlier').addEventListener('click', () => this.#earlier(), { signal })
    document.addEventListener('visibilitychange', () => this.#seen(), { signal })
    addEventListener('focus', () => this.#seen(), { signal })
    this.#resize = new ResizeObserver(() => this.#stick && part(this, 'log').childElementCount > 0 && this.toBottom())
    this.#resize.observe(scroll)
  }

  disconnectedCallback() {
    this.#writing?.keepDraft()
    this.#listeners?.abort()
    this.#listeners = null
    this.#resize?.disconnect()
  }

  // ------------------------------------------------------------------------------------------ for the page

  /**
   * Show a conversation; replaces whatever was shown. Unconfirmed messages in the outbox appear at once.
   * @param {Attachment} options
   */
  attach(options) {
    this.detach()
    this.#at = options
    this.#low = this.#high = Math.max(0, (options.lastSeq || 0) - PAGE)
    this.#peerRead = options.peerReadSeq || 0
    this.#readSent = options.ownReadSeq || 0
    this.#composer.set({ draftKey: options.draftKey || `fd.draft.${options.base}` })
    const { outbox } = options
    const life = new AbortController()
    this.#life = life
    outbox.addEventListener('sent', (e) => this.#sent(/** @type {CustomEvent} */ (e).detail), { signal: life.signal })
    outbox.addEventListener('changed', (e) => this.#changed(/** @type {CustomEvent} */ (e).detail.item), { signal: life.signal })
    addEventListener('offline', () => this.#marks(), { signal: life.signal })
    addEventListener('online', () => this.#marks(), { signal: life.signal })
    for (const item of outbox.items(this.#path)) this.#drawItem(item)
    this.toBottom()
    return this.sync()
  }
  /** @type {AbortController | null} */
  #life = null

  /** Forget the conversation; the composer's text stays. */
  detach() {
    this.#life?.abort()
    this.#life = null
    this.#at = null
    for (const name of Object.keys(this.#timers)) clearTimeout(this.#timers[name])
    this.#timers = {}
    const log = part(this, 'log')
    log.setAttribute('aria-live', 'off')
    log.replaceChildren()
    this.#messages.clear()
    this.#early.clear()
    this.#pending.clear()
    this.#low = this.#high = this.#peerRead = this.#readSent = 0
    this.#setUnread(0)
    this.#ready = false
    this.#stick = true
    part(this, 'typing').hidden = true
    part(this, 'earlier').hidden = true
  }

  /** Fetch everything after what is known. Call on each socket `ready`; safe to call at any time. */
  async sync() {
    if (!this.#at) return
    if (this.#fetching) {
      this.#again = true
      return
    }
    const at = this.#at
    this.#fetching = true
    clearTimeout(this.#timers.sync)
    try {
      do {
        this.#again = false
        for (;;) {
          const answer = await at.api.get(`${at.base}/messages?after=${this.#high}&limit=${PAGE}`)
          if (this.#at !== at) return
          this.#together(answer.messages)
          if (!answer.messages.length || this.#high >= answer.last_seq) break
        }
      } while (this.#again)
      this.#loaded()
    } catch (error) {
      if (this.#at !== at) return
      const e = /** @type {import('flagdown/api').ApiError} */ (error)
      if ([401, 403, 404].includes(e.status)) this.#emit('fd-problem', { error: e })
      else {
        if (!this.#ready) this.setNote(t('load.failed'), 'bad')
        this.#timers.sync = setTimeout(() => this.sync(), Math.max((e.retryAfter || 0) * 1000, 3000 + Math.random() * 4000))
      }
    } finally {
      if (this.#at === at) this.#fetching = false
      else {
        this.#fetching = false
        if (this.#at) this.sync()
      }
    }
  }

  /** A `message.posted` arrived. @param {Message} message */
  receive(message) {
    if (!this.#at) return
    this.#accept(message)
    if (this.#early.size) this.sync()
  }

  /** The other side has read up to here. @param {number} seq */
  peerRead(seq) {
    if (seq <= this.#peerRead) return
    this.#peerRead = seq
    this.#marks()
  }

  /** The other side is typing. */
  peerTyping() {
    const typing = part(this, 'typing')
    say(this, 'typing-text', t('typing', { name: this.peer }))
    typing.hidden = false
    clearTimeout(this.#timers.typing)
    this.#timers.typing = setTimeout(() => (typing.hidden = true), TYPING_SHOWN_MS)
  }

  /** Nobody types any more (the other side left). */
  peerStopped() {
    part(this, 'typing').hidden = true
  }

  /** Name of the other side; used from the next message on. @type {string} */
  get peer() {
    return this.#at?.peer || t(this.#at?.me === 'agent' ? 'customer' : 'agent')
  }

  set peer(name) {
    if (this.#at) this.#at.peer = name
  }

  /** One line above the composer, always at its place: '' clears it. @param {string} text @param {'info' | 'bad'} [tone] */
  setNote(text, tone = 'info') {
    say(this, 'note', text)
    part(this, 'line').dataset.tone = text ? tone : ''
  }

  /** @returns {Composer} */
  get #composer() {
    if (!this.#writing) throw new Error('not in a page yet')
    return this.#writing
  }

  /** @param {{enabled?: boolean, placeholder?: string, sendLabel?: string, draftKey?: string}} options */
  setComposer(options) {
    this.#composer.set(options)
  }

  /** What stands in the composer. @type {string} */
  get text() {
    return this.#composer.text
  }

  set text(value) {
    this.#composer.text = value
  }

  /** Empty the composer after its text is safe elsewhere. */
  clear() {
    this.text = ''
  }

  focusComposer() {
    this.#composer.input.focus()
  }

  /** Last seq known without a gap. */
  get lastSeq() {
    return this.#high
  }

  /** Draw a message that is on its way by another route (the first one opens the ticket). @param {{client_id: string, text: string}} message */
  showPending({ client_id, text }) {
    this.#drawPending({ sender: this.#at?.me || 'customer', text, at: new Date().toISOString(), client_id })
  }

  /** A quiet line in the middle of the log, e.g. that a person joined. @param {string} text @param {string} [at] */
  notice(text, at = new Date().toISOString()) {
    const el = clone('fd-message')
    this.#fill(el, { sender: 'system', text, at, client_id: null })
    el.dataset.notice = ''
    part(this, 'log').insertBefore(el, this.#firstPending())
    this.#group()
    if (this.#stick) this.toBottom()
  }

  /** @param {boolean} [smooth] */
  toBottom(smooth = false) {
    const scroll = part(this, 'scroll')
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches
    scroll.scrollTo({ top: scroll.scrollHeight, behavior: smooth && !calm ? 'smooth' : 'instant' })
    this.#stick = true
    this.#top = scroll.scrollTop
    this.#seen()
  }

  // ------------------------------------------------------------------------------------------ messages

  get #path() {
    return `${this.#at?.base}/messages`
  }

  /** @param {Message} message */
  #accept(message) {
    if (message.seq <= this.#high) return this.#repeated(message)
    if (message.seq > this.#high + 1) {
      this.#early.set(message.seq, message)
      return
    }
    this.#append(message)
    for (let next = this.#early.get(this.#high + 1); next; next = this.#early.get(this.#high + 1)) {
      this.#early.delete(next.seq)
      this.#append(next)
    }
  }

  /** It stands here already: what the outbox still had of it is done with. @param {Message} message */
  #repeated({ client_id }) {
    const waiting = client_id && this.#pending.get(client_id)
    if (!waiting) return
    this.#pending.delete(client_id)
    this.#at?.outbox.take(client_id)
    waiting.el.remove()
    this.#group()
  }

  /** Many at once: grouped and scrolled once, not for each. @param {Message[]} messages */
  #together(messages) {
    this.#look()
    this.#many = true
    try {
      for (const message of messages) this.#accept(message)
    } finally {
      this.#many = false
    }
    this.#arranged()
  }

  #arranged() {
    this.#group()
    if (this.#stick) this.toBottom()
    else this.#chip()
  }

  /** @param {Message} message the one after #high */
  #append(message) {
    if (!this.#many) this.#look()
    this.#high = message.seq
    const own = message.sender === this.#at?.me
    const log = part(this, 'log')
    const waiting = own && message.client_id ? this.#pending.get(message.client_id) : undefined
    const el = waiting?.el || clone('fd-message')
    if (waiting && message.client_id) {
      this.#pending.delete(message.client_id)
      this.#at?.outbox.take(message.client_id)
    }
    this.#fill(el, message)
    const before = this.#firstPending()
    // Moving an element would be read out again, so it moves only when it is not where it belongs.
    if (el.parentNode !== log || (before && el.nextElementSibling !== before)) log.insertBefore(el, before)
    this.#messages.set(message.seq, { el, message })
    if (!own && message.sender !== 'system') {
      part(this, 'typing').hidden = true
      // Who answers has read what stood before; the server does not say so separately.
      if (message.sender !== 'assistant') this.#peerRead = Math.max(this.#peerRead, message.seq)
      if (this.#ready) this.#setUnread(this.#unread + 1)
    }
    if (!this.#many) this.#arranged()
    if (own) this.#emit('fd-posted', { message })
  }

  /** @returns {HTMLElement | null} */
  #firstPending() {
    for (const { el } of this.#pending.values()) if (el.parentNode) return el
    return null
  }

  /** @param {Item} item */
  #drawItem(item) {
    this.#drawPending({ sender: this.#at?.me || 'customer', text: item.text, at: new Date(item.at).toISOString(), client_id: item.client_id }, item)
  }

  /** @param {Drawable & {client_id: string | null}} message @param {Item} [item] */
  #drawPending(message, item) {
    const id = message.client_id || ''
    let drawn = this.#pending.get(id)
    if (!drawn) {
      drawn = { el: clone('fd-message'), message }
      this.#pending.set(id, drawn)
      part(this, 'log').append(drawn.el)
      const { el } = drawn
      part(el, 'again').addEventListener('click', () => this.#at?.outbox.retry(id))
      part(el, 'edit').addEventListener('click', () => this.#takeBack(id))
    }
    this.#fill(drawn.el, message, item)
    this.#group()
    this.toBottom()
  }

  /** @param {string} id */
  #takeBack(id) {
    const item = this.#at?.outbox.take(id)
    const drawn = this.#pending.get(id)
    drawn?.el.remove()
    this.#pending.delete(id)
    const text = item?.text ?? drawn?.message.text ?? ''
    this.text = this.text ? `${text}\n${this.text}` : text
    this.#group()
    this.focusComposer()
  }

  /** @param {{item: Item, message: Message}} detail */
  #sent({ item, message }) {
    if (!this.#at || item.path !== this.#path) return
    this.#accept(message)
    if (this.#early.size) this.sync()
  }

  /** @param {Item} item */
  #changed(item) {
    if (!this.#at || item.path !== this.#path) return
    this.#drawItem(item)
    if (item.state === 'failed') {
      this.#emit('fd-problem', { error: item.problem, item })
    }
  }

  /** @param {HTMLElement} el @param {Drawable} message @param {Item} [item] */
  #fill(el, message, item) {
    fill(el, message, { me: this.#at?.me || 'customer', peer: this.peer, item })
  }

  #group() {
    group(part(this, 'log'))
    this.#marks()
  }

  #marks() {
    marks(part(this, 'log'), this.#peerRead)
  }

  #loaded() {
    if (this.#ready) return
    this.#ready = true
    this.setNote('')
    part(this, 'earlier').hidden = this.#low === 0
    let unread = 0
    for (const [seq, { el }] of this.#messages) if (seq > this.#readSent && el.dataset.sender === 'them') unread += 1
    this.#setUnread(unread)
    this.toBottom()
    // From here on new messages are read out; the history was not.
    part(this, 'log').setAttribute('aria-live', 'polite')
    this.#seen()
  }

  async #earlier() {
    const at = this.#at
    if (!at) return
    const button = /** @type {HTMLButtonElement} */ (part(this, 'earlier'))
    button.disabled = true
    const scroll = part(this, 'scroll')
    const fromEnd = scroll.scrollHeight - scroll.scrollTop
    const log = part(this, 'log')
    try {
      const after = Math.max(0, this.#low - PAGE)
      const answer = await at.api.get(`${at.base}/messages?after=${after}&limit=${this.#low - after}`)
      if (this.#at !== at) return
      log.setAttribute('aria-live', 'off')
      const first = log.firstChild
      for (const message of answer.messages) {
        if (message.seq > this.#low || this.#messages.has(message.seq)) continue
        const el = clone('fd-message')
        this.#fill(el, message)
        log.insertBefore(el, first)
        this.#messages.set(message.seq, { el, message })
      }
      this.#low = after
      this.#group()
      button.hidden = after === 0
      scroll.scrollTop = scroll.scrollHeight - fromEnd
    } catch (error) {
      if (this.#at === at) this.setNote(t('load.failed'), 'bad')
    } finally {
      button.disabled = false
      setTimeout(() => log.setAttribute('aria-live', 'polite'), 500)
    }
  }

  // ------------------------------------------------------------------------------------------ seen, unread

  /** At the end: follow. Moved up: stop following. Still on the way down (a smooth scroll): as before. */
  #look() {
    const scroll = part(this, 'scroll')
    if (scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 48) this.#stick = true
    else if (scroll.scrollTop < this.#top - 2) this.#stick = false
    this.#top = scroll.scrollTop
  }

  #scrolled() {
    this.#look()
    if (this.#stick) this.#seen()
    this.#chip()
  }

  #chip() {
    const chip = part(this, 'chip')
    const show = !this.#stick && this.#messages.size > 0
    chip.hidden = !show
    if (show) say(this, 'chip-text', this.#unread ? t('new_messages', { n: this.#unread }) : t('to_bottom'))
    chip.dataset.new = String(this.#unread > 0)
  }

  /** Somebody looks at the end of the log: tell the other side, once per new seq. */
  #seen() {
    const looking = this.#stick && document.visibilityState === 'visible' && document.hasFocus() && this.offsetParent !== null
    if (!this.#at || !this.#ready || !looking) return
    this.#setUnread(0)
    let seq = 0
    for (let s = this.#high; s > Math.max(this.#low, this.#readSent) && !seq; s--) {
      if (this.#messages.get(s)?.el.dataset.sender === 'them') seq = s
    }
    if (!seq || this.#timers.read) return
    const at = this.#at
    this.#timers.read = setTimeout(async () => {
      this.#timers.read = undefined
      if (this.#at !== at) return
      try {
        await at.api.post(`${at.base}/read`, { seq })
        this.#readSent = Math.max(this.#readSent, seq)
        if (this.#high > seq) this.#seen()
      } catch {} // a mark only; the next message brings it along
    }, 400)
  }

  /** @param {number} count */
  #setUnread(count) {
    if (count === this.#unread) return
    this.#unread = count
    this.#chip()
    this.#emit('fd-unread', { count })
  }

  /** @param {string} text @param {string} client_id @returns {boolean} whether it is in the outbox */
  #send(text, client_id) {
    if (!this.#emit('fd-submit', { text, client_id }) || !this.#at) return false
    this.#drawItem(this.#at.outbox.add(this.#path, text, client_id))
    return true
  }

  /** @param {string} type @param {object} detail @returns {boolean} false when prevented */
  #emit(type, detail) {
    return this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, cancelable: true }))
  }
}

customElements.define('fd-conversation', Conversation)

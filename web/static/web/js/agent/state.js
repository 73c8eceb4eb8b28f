/**
 * What this page knows of its agent: presence, places, offers, conversations. It draws nothing and calls nobody.
 * An answer of `GET agent/me` is the truth of the moment it was asked for; what events said after that moment wins.
 * Dispatches `change`, at most once per turn.
 * @module flagdown/agent/state
 */
import { t } from 'flagdown/i18n'

/** @typedef {import('flagdown/api').Message} Message */
/** @typedef {import('flagdown/agent/shapes').AgentTicket} AgentTicket */
/** @typedef {import('flagdown/agent/shapes').Offer} Offer */
/** @typedef {import('flagdown/agent/shapes').Talk} Talk */
/** @typedef {import('flagdown/agent/shapes').PresenceState} PresenceState */
/** @typedef {import('flagdown/agent/shapes').WrapUp} WrapUp */
/** @typedef {import('flagdown/agent/shapes').CallIn} CallIn */

export const TYPING_MS = 6000

export class State extends EventTarget {
  /** @param {{presence: PresenceState, capacity: number, load: number}} first what the page was rendered with */
  constructor({ presence, capacity, load }) {
    super()
    this.presence = presence
    this.reason = ''
    /** @type {string | null} */
    this.since = null
    this.capacity = capacity
    this.load = load
    /** @type {Record<string, number | null>} */
    this.today = {}
    /** @type {Map<string, Talk>} */
    this.talks = new Map()
    /** @type {Map<string, Offer & {heardAt: number}>} */
    this.offers = new Map()
    /** the conversation on the screen */
    this.open = ''
    this.booted = false
    /** offers that are over, and when we heard it @type {Map<string, number>} */
    this.over = new Map()
    this.presenceAt = 0
    this.pending = false
    this.autoAccept = false
    this.suspended = false
    /** times after a conversation in which its place is still taken, by ticket @type {Map<string, WrapUp>} */
    this.wrapping = new Map()
    /** @type {CallIn[]} */
    this.callIns = []
    /** how many places each conversation takes, where an offer said so @type {Map<string, number>} */
    this.slots = new Map()
    /** conversations that were hers: a wrap-up's name @type {Map<string, AgentTicket>} */
    this.past = new Map()
    /** conversations that she lets go of in a moment, and how that is said @type {Map<string, string>} */
    this.leaving = new Map()
  }

  changed() {
    if (this.pending) return
    this.pending = true
    queueMicrotask(() => {
      this.pending = false
      this.dispatchEvent(new Event('change'))
    })
  }

  /** Conversations that are hers, oldest first; one that just ended stays while it is on the screen. */
  get list() {
    return [...this.talks.values()].sort((a, b) => (a.ticket.assigned_at || '').localeCompare(b.ticket.assigned_at || ''))
  }

  get unread() {
    return this.list.reduce((sum, talk) => sum + talk.unread, 0)
  }

  /** Open conversations, idle ones included. */
  get conversations() {
    return this.booted ? this.list.filter((talk) => !talk.ended).length : this.load
  }

  /** Places that nobody takes. */
  get free() {
    return Math.max(0, this.capacity - this.load)
  }

  /** Wrap-ups, the one that ends first in front. */
  get wraps() {
    return [...this.wrapping.values()].sort((a, b) => a.until.localeCompare(b.until))
  }

  /** Live offers, the one that runs out first in front. */
  get queue() {
    return [...this.offers.values()].sort((a, b) => a.expires_at.localeCompare(b.expires_at))
  }

  /**
   * Take over an answer of `GET agent/me`.
   * @param {any} me @param {number} askedAt performance.now() when it was asked for
   * @returns {AgentTicket[]} conversations whose messages after `own_read_seq` are not known here
   */
  take(me, askedAt) {
    if (this.presenceAt <= askedAt) this.setPresence(me.presence?.state ?? me.presence, me.reason ?? me.presence?.reason ?? '', me.since ?? null, askedAt)
    this.capacity = me.capacity ?? this.capacity
    this.today = me.today || {}
    /** @type {AgentTicket[]} */
    const unknown = []
    const ids = new Set()
    for (const ticket of me.tickets || []) {
      ids.add(ticket.id)
      const known = this.talks.get(ticket.id)
      if (known && (known.ended ? known.touched > askedAt : false)) continue
      const talk = this.assign(ticket, askedAt)
      if (!known || ticket.last_seq > talk.seen) unknown.push(ticket)
    }
    for (const [id, talk] of this.talks) {
      if (!ids.has(id) && talk.touched <= askedAt && !talk.ended) this.leave(id, t('talk.left.other'), askedAt)
    }
    const offers = new Set()
    for (const offer of me.offers || []) {
      if ((this.over.get(offer.id) ?? -1) > askedAt) continue
      offers.add(offer.id)
      this.offer(offer, askedAt)
    }
    for (const [id, offer] of this.offers) if (!offers.has(id) && offer.heardAt <= askedAt) this.offers.delete(id)
    this.autoAccept = Boolean(me.auto_accept)
    this.suspended = Boolean(me.suspended)
    this.wrapping = new Map((me.wrapping || []).map((/** @type {WrapUp} */ wrap) => [wrap.ticket, wrap]))
    this.callIns = me.call_ins || []
    // An offer holds its places too, but she has not taken them: when it ends, nothing of hers has changed.
    const offered = (me.offers || []).reduce((/** @type {number} */ sum, /** @type {Offer} */ offer) => sum + (offer.slots || 1), 0)
    this.load = Math.max(0, (me.load ?? this.load) - offered)
    this.booted = true
    this.changed()
    return unknown
  }

  /** @param {PresenceState} presence @param {string} [reason] @param {string | null} [since] @param {number} [at] */
  setPresence(presence, reason = '', since = null, at = performance.now()) {
    if (this.presence !== presence || this.reason !== reason) this.since = since || new Date().toISOString()
    else this.since = since || this.since
    this.presence = presence
    this.reason = reason
    this.presenceAt = at
    this.changed()
  }

  /** @param {Offer} offer @param {number} [heardAt] */
  offer(offer, heardAt = performance.now()) {
    const known = this.offers.get(offer.id)
    // What was waited is counted from when we first heard it.
    this.offers.set(offer.id, { ...known, ...offer, heardAt: known?.heardAt ?? heardAt, waited_s: known?.waited_s ?? offer.waited_s })
    this.slots.set(offer.ticket, offer.slots || 1)
    this.changed()
  }

  /** @param {string} id @returns {(Offer & {heardAt: number}) | undefined} the offer, if it was on the screen */
  endOffer(id) {
    const offer = this.offers.get(id)
    this.over.set(id, performance.now())
    if (this.over.size > 200) this.over.delete(this.over.keys().next().value || '')
    this.offers.delete(id)
    this.changed()
    return offer
  }

  /** @param {AgentTicket} ticket @param {number} [at] @returns {Talk} */
  assign(ticket, at = performance.now()) {
    let talk = this.talks.get(ticket.id)
    if (talk) {
      talk.ticket = { ...talk.ticket, ...ticket }
      talk.ended = this.leaving.get(ticket.id) || ''
      talk.touched = Math.max(talk.touched, at)
      if (ticket.idle !== undefined) this.recount()
    } else {
      talk = { ticket, unread: 0, preview: null, seen: 0, typingUntil: 0, ended: this.leaving.get(ticket.id) || '', touched: at }
      this.talks.set(ticket.id, talk)
      this.recount()
    }
    this.changed()
    return talk
  }

  /** The conversation is no longer hers. @param {string} id @param {string} words why @param {number} [at] @returns {Talk | undefined} */
  leave(id, words, at = performance.now()) {
    const talk = this.talks.get(id)
    if (!talk) return undefined
    talk.ended = words
    this.past.set(id, talk.ticket)
    if (this.past.size > 20) this.past.delete(this.past.keys().next().value || '')
    talk.touched = at
    talk.unread = 0
    if (this.open !== id) this.talks.delete(id)
    this.recount()
    this.changed()
    return talk
  }

  /** Which conversation is on the screen, or ''. @param {string} id */
  show(id) {
    const before = this.talks.get(this.open)
    this.open = id
    if (before?.ended && before.ticket.id !== id && !this.leaving.has(before.ticket.id)) this.talks.delete(before.ticket.id)
    const talk = this.talks.get(id)
    if (talk) talk.unread = 0
    this.changed()
  }

  /** @param {string} id @param {Message[]} messages ascending @param {boolean} counted whether unread ones are counted here */
  heard(id, messages, counted) {
    const talk = this.talks.get(id)
    if (!talk) return
    for (const message of messages) {
      if (message.seq <= talk.seen) continue
      talk.seen = message.seq
      talk.ticket.last_seq = Math.max(talk.ticket.last_seq, message.seq)
      if (message.sender === 'system') continue
      talk.preview = { text: message.text, own: message.sender === 'agent' }
      if (message.sender !== 'customer') {
        if (message.at > (talk.ticket.owed_since || '')) Object.assign(talk.ticket, { owed_since: null, hand_over_at: null, nudges: 0 })
        continue
      }
      talk.ticket.owed_since ??= message.at
      talk.typingUntil = 0
      if (counted && message.seq > (talk.ticket.own_read_seq || 0)) talk.unread += 1
    }
    this.changed()
  }

  /** @param {string} id */
  typing(id) {
    const talk = this.talks.get(id)
    if (!talk) return
    talk.typingUntil = Date.now() + TYPING_MS
    setTimeout(() => this.changed(), TYPING_MS + 50)
    this.changed()
  }

  /** A conversation is over, and its place still taken for a while. @param {WrapUp} wrap */
  wrap(wrap) {
    const of = this.talks.get(wrap.ticket)?.ticket || this.past.get(wrap.ticket)
    this.wrapping.set(wrap.ticket, { ...this.wrapping.get(wrap.ticket), ...(of && { topic_name: of.topic_name, customer: of.customer }), ...wrap })
    this.recount()
    this.changed()
  }

  /** @param {string} ticket its place is free */
  unwrap(ticket) {
    if (!this.wrapping.delete(ticket)) return
    this.recount()
    this.changed()
  }

  /** Somebody waits who could not be answered without her. @param {CallIn} call */
  callIn(call) {
    this.callIns = [...this.callIns.filter((each) => each.id !== call.id), call]
    this.changed()
  }

  /** A guess until the server says it: what is hers and not idle, and what she wraps up. */
  recount() {
    const taken = [...this.talks.values()].filter((talk) => !talk.ended && !talk.ticket.idle).map((talk) => talk.ticket.id)
    this.load = [...taken, ...this.wrapping.keys()].reduce((sum, id) => sum + (this.slots.get(id) || 1), 0)
  }
}

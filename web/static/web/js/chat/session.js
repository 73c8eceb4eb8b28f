/**
 * What this browser remembers of a customer at one desk: token, socket address, the ticket, and the first message
 * while it is on its way. Survives reload and a closed tab.
 * @module flagdown/chat/session
 */
import { store, uuid } from 'flagdown/dom'

/** @typedef {import('flagdown/api').Ticket} Ticket */
/** @typedef {{token: string, socket: string, ticket: Ticket | null}} Session */
/** @typedef {{client_id: string, text: string, topic?: string, language?: string, human?: boolean}} TicketBody */
/** @typedef {{client_id: string, name?: string, ticket: TicketBody}} Opening the first message, until the server has it */

export class Memory {
  /** @param {string} desk public key */
  constructor(desk) {
    this.desk = desk
    this.key = `fd.session.${desk}`
    this.openingKey = `fd.opening.${desk}`
    this.draftKey = `fd.draft.${desk}`
    this.nameKey = 'fd.name'
  }

  /** @returns {Session | null} */
  get session() {
    return store.get(this.key)
  }

  /** @param {Session | null} value */
  set session(value) {
    if (value) store.set(this.key, value)
    else store.remove(this.key)
  }

  /** @param {Ticket | null} ticket */
  keepTicket(ticket) {
    const session = this.session
    if (session) this.session = { ...session, ticket }
  }

  /** @returns {Opening | null} */
  get opening() {
    return store.get(this.openingKey)
  }

  /** @param {Opening | null} value */
  set opening(value) {
    if (value) store.set(this.openingKey, value)
    else store.remove(this.openingKey)
  }

  /** @type {string} */
  get name() {
    return store.get(this.nameKey) || ''
  }

  set name(value) {
    store.set(this.nameKey, value)
  }

  /**
   * Write down a first message before it is sent, so that even a crash repeats the same one.
   * @param {string} text @param {string} client_id @param {{topic: string, name: string}} chosen @returns {Opening}
   */
  open(text, client_id, { topic, name }) {
    /** @type {TicketBody} */
    // No assistant answers yet, so nobody is kept from a person: straight into the line.
    const ticket = { client_id, text, human: true }
    if (topic) ticket.topic = topic
    const language = (navigator.language || '').split('-')[0].toLowerCase()
    if (/^[a-z]{2,3}$/.test(language)) ticket.language = language
    /** @type {Opening} */
    const opening = { client_id: uuid(), ticket }
    if (name) opening.name = name.slice(0, 80)
    this.opening = opening
    return opening
  }
}

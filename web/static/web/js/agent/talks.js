/**
 * The conversations: the bar of faces, the one on the screen, and what is known about its customer.
 * @module flagdown/agent/talks
 */
import 'flagdown/conversation/element'
import { clone, face, maybe, part, say, store } from 'flagdown/dom'
import { t } from 'flagdown/i18n'
import { clock, countdown } from 'flagdown/time'
import { Above, due } from 'flagdown/agent/above'
import { SAVING, about, customerName, joined, languageName, topicName, waited } from 'flagdown/agent/words'

/** @typedef {import('flagdown/agent/shapes').Talk} Talk */
/** @typedef {import('flagdown/conversation/element').Conversation} Conversation */

const hasKeyboard = matchMedia('(hover: hover) and (pointer: fine)')
const byId = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id))

export class Talks {
  /**
   * @param {object} with_
   * @param {import('flagdown/api').Api} with_.api
   * @param {import('flagdown/outbox').Outbox} with_.outbox
   * @param {import('flagdown/socket').Socket} with_.socket
   * @param {import('flagdown/agent/state').State} with_.state
   * @param {(error: unknown) => boolean} with_.signedOut
   */
  constructor({ api, outbox, socket, state, signedOut }) {
    this.api = api
    this.outbox = outbox
    this.socket = socket
    this.state = state
    this.signedOut = signedOut
    this.el = byId('talk')
    this.list = byId('conversations')
    this.details = byId('details')
    /** @type {Map<string, HTMLElement>} */
    this.rows = new Map()
    /** @type {Map<string, Conversation>} */
    this.frames = new Map()
    this.above = new Above({ el: this.el, api, outbox, signedOut })
    part(this.el, 'end-ok').addEventListener('click', () => (location.hash = '#/'))
    state.addEventListener('change', () => this.draw())
    setInterval(() => this.#tick(), 1000)
  }

  /** Count what is unread and show the last words, without opening the conversation. @param {import('flagdown/agent/shapes').AgentTicket} ticket */
  async preview(ticket) {
    if (this.frame(ticket.id)) return
    const after = Math.max(0, Math.min(ticket.own_read_seq ?? ticket.last_seq, ticket.last_seq - 1))
    try {
      const answer = await this.api.get(`agent/tickets/${ticket.id}/messages?after=${after}&limit=100`)
      this.state.heard(ticket.id, answer.messages, !this.frame(ticket.id))
    } catch (error) {
      this.signedOut(error)
    }
  }

  /** @param {string} id @returns {Conversation | undefined} */
  frame(id) {
    return this.frames.get(id)
  }

  /** Open the conversation's element, made on first use and then kept: changing over is instant. @param {string} id */
  open(id) {
    const talk = this.state.talks.get(id)
    if (!talk) return
    let frame = this.frames.get(id)
    for (const [other, el] of this.frames) el.hidden = other !== id
    if (!frame) {
      frame = /** @type {Conversation} */ (document.createElement('fd-conversation'))
      frame.className = 'talk-frame'
      this.frames.set(id, frame)
      part(this.el, 'frames').append(frame)
      frame.addEventListener('fd-typing', () => store.get(SAVING) || this.socket.send({ type: 'typing', ticket: id }))
      frame.addEventListener('fd-unread', (event) => {
        const now = this.state.talks.get(id)
        if (now) now.unread = /** @type {CustomEvent} */ (event).detail.count
        this.state.changed()
      })
      frame.addEventListener('fd-posted', (event) => this.state.heard(id, [/** @type {CustomEvent} */ (event).detail.message], false))
      frame.addEventListener('fd-problem', (event) => this.#problem(id, /** @type {CustomEvent} */ (event).detail))
      const { ticket } = talk
      frame.attach({
        api: this.api,
        outbox: this.outbox,
        base: `agent/tickets/${id}`,
        me: 'agent',
        lastSeq: ticket.last_seq,
        peer: customerName(ticket),
        peerReadSeq: ticket.read_seq,
      })
      frame.setComposer({ placeholder: t('talk.write_to', { name: customerName(ticket) }) })
    }
    frame.hidden = false
    // Seen again: it scrolls to its end and tells the customer that it was read.
    requestAnimationFrame(() => frame.toBottom())
    if (hasKeyboard.matches && !talk.ended) frame.focusComposer()
    else byId('stage').focus({ preventScroll: true })
  }

  /** @param {string} id @param {{error: any, item?: any}} detail */
  #problem(id, { error, item }) {
    if (error?.status === 401) this.signedOut(error)
    else if (!item && (error?.status === 403 || error?.status === 404)) this.state.leave(id, t('talk.left.other'))
  }

  draw() {
    const { state } = this
    const talks = state.list
    const wanted = new Set(talks.map((talk) => talk.ticket.id))
    for (const [id, row] of this.rows) {
      if (wanted.has(id)) continue
      row.remove()
      this.rows.delete(id)
    }
    for (const [id, frame] of this.frames) {
      if (wanted.has(id)) continue
      frame.detach()
      frame.remove()
      this.frames.delete(id)
    }
    talks.forEach((talk, i) => {
      const row = this.#row(talk)
      if (this.list.children[i] !== row) this.list.insertBefore(row, this.list.children[i] || null)
    })
    const { free } = state
    while (this.list.children.length > talks.length + free) this.list.lastElementChild?.remove()
    while (this.list.children.length < talks.length + free) this.list.append(clone('agent-free'))
    say(byId('bar'), 'count', talks.length ? String(talks.length) : '')
    this.#shown(state.talks.get(state.open))
  }

  /** @param {Talk} talk */
  #row(talk) {
    const { ticket } = talk
    let row = this.rows.get(ticket.id)
    if (!row) {
      row = clone('agent-conversation')
      this.rows.set(ticket.id, row)
      row.querySelector('a')?.setAttribute('href', `#/t/${ticket.id}`)
    }
    const name = customerName(ticket)
    const link = /** @type {HTMLElement} */ (row.firstElementChild)
    if (row.dataset.name !== name) face(part(row, 'face'), { name })
    row.dataset.name = name
    row.dataset.ended = String(Boolean(talk.ended))
    row.dataset.unread = String(talk.unread > 0)
    say(row, 'name', name)
    say(row, 'about', about(ticket))
    const typing = talk.typingUntil > Date.now()
    row.dataset.typing = String(typing)
    const idle = Boolean(ticket.idle) && !talk.ended
    row.dataset.idle = String(idle)
    this.#due(row, talk)
    const { preview } = talk
    say(row, 'preview', idle ? t('talk.idle') : typing ? t('talk.typing') : preview ? (preview.own ? t('talk.own', { text: preview.text }) : preview.text) : t('talk.new'))
    const badge = part(row, 'badge')
    badge.hidden = !talk.unread
    const count = talk.unread > 99 ? '99+' : String(talk.unread)
    if (badge.textContent !== count) badge.textContent = count
    const here = this.state.open === ticket.id
    if (here) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
    const more = [talk.unread ? t('talk.unread', { n: talk.unread }) : '', idle ? t('talk.idle') : '', row.dataset.due === 'true' ? t('talk.due') : '']
    const label = joined([name, about(ticket), ...more.filter(Boolean)])
    if (link.getAttribute('aria-label') !== label) link.setAttribute('aria-label', label)
    return row
  }

  /** How long until a colleague gets it, where she was asked for an answer. @param {HTMLElement} row @param {Talk} talk */
  #due(row, talk) {
    const left = talk.ended ? null : due(talk.ticket, this.socket.now())
    row.dataset.due = String(left !== null)
    say(row, 'due', left === null ? '' : left === Infinity ? '!' : countdown(left))
  }

  #tick() {
    for (const talk of this.state.talks.values()) {
      if (!talk.ticket.nudges) continue
      const row = this.rows.get(talk.ticket.id)
      if (row) this.#due(row, talk)
      if (this.state.open === talk.ticket.id) this.above.tick(talk.ticket, Boolean(talk.ended), this.socket.now())
    }
  }

  /** @param {Talk | undefined} talk */
  #shown(talk) {
    byId('app').dataset.ended = String(Boolean(talk?.ended))
    if (!talk) return
    const { ticket } = talk
    const name = customerName(ticket)
    for (const root of [this.el, this.details]) {
      face(/** @type {HTMLElement} */ (root.querySelector(':scope > [data-part="face"], :scope > header > [data-part="face"]')), { name })
    }
    say(this.el, 'name', name)
    say(this.el, 'about', about(ticket))
    this.above.draw(ticket, Boolean(talk.ended), this.socket.now())
    const d = this.details
    say(d, 'name', name)
    say(d, 'topic', topicName(ticket))
    say(d, 'language', languageName(ticket.language))
    say(d, 'desk', ticket.desk?.name || '–')
    const from = ticket.waiting_since || ticket.opened_at
    say(d, 'waited', ticket.assigned_at && from ? waited((Date.parse(ticket.assigned_at) - Date.parse(from)) / 1000) : '–')
    say(d, 'since', ticket.assigned_at ? clock(ticket.assigned_at) : '–')
    const frame = this.frames.get(ticket.id)
    const ended = Boolean(talk.ended)
    const end = part(this.el, 'end')
    this.el.dataset.ended = String(ended)
    if (ended) say(this.el, 'end-text', talk.ended)
    end.hidden = !ended
    if (frame && maybe(frame, 'input')) frame.setComposer({ enabled: !ended })
  }
}

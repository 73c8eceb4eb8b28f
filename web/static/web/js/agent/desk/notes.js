/**
 * Internal notes: drawn among the messages by their time, written in the composer once it is switched over, sent by
 * the outbox. Only colleagues see them.
 * @module flagdown/agent/desk/notes
 */
import { announce, maybe, part, say, toast } from 'flagdown/dom'
import { t } from 'flagdown/i18n'
import { clock } from 'flagdown/time'

/** @typedef {import('flagdown/conversation/element').Conversation} Conversation */
/** @typedef {{seq?: number, client_id: string, from: string, own: boolean, text: string, at: string}} Note */

const PAGE = 200
const path = (/** @type {string} */ ticket) => `agent/tickets/${ticket}/notes`

export class Notes {
  /**
   * @param {object} with_
   * @param {import('flagdown/api').Api} with_.api
   * @param {import('flagdown/outbox').Outbox} with_.outbox
   * @param {import('flagdown/socket').Socket} with_.socket
   * @param {import('flagdown/agent/talks').Talks} with_.talks
   * @param {(error: unknown) => boolean} with_.signedOut
   */
  constructor({ api, outbox, socket, talks, signedOut }) {
    this.api = api
    this.outbox = outbox
    this.talks = talks
    this.signedOut = signedOut
    /** what is known, by ticket and client_id @type {Map<string, Map<string, Note>>} */
    this.known = new Map()
    socket.addEventListener('note.posted', (event) => {
      const { ticket_id, note } = /** @type {CustomEvent} */ (event).detail
      this.#take(ticket_id, [note])
    })
    outbox.addEventListener('sent', (event) => {
      const { item, message } = /** @type {CustomEvent} */ (event).detail
      const ticket = this.#of(item.path)
      if (ticket) this.#take(ticket, [message])
    })
    outbox.addEventListener('changed', (event) => {
      const { item } = /** @type {CustomEvent} */ (event).detail
      const ticket = this.#of(item.path)
      if (ticket && item.state === 'failed') this.#refused(ticket, item)
    })
    document.addEventListener('fd-submit', (event) => this.#submit(/** @type {CustomEvent} */ (event)))
  }

  /** The conversation is on the screen: draw its notes, and ask for newer ones. @param {string} ticket @param {Conversation} frame */
  async look(ticket, frame) {
    const log = part(frame, 'log')
    if (!log.dataset.notes) {
      log.dataset.notes = 'true'
      // Earlier messages may come, and newer ones: each note stands at its time.
      new MutationObserver(() => this.#place(frame)).observe(log, { childList: true })
    }
    this.#draw(ticket)
    try {
      const known = [...(this.known.get(ticket)?.values() || [])]
      let after = Math.max(0, ...known.map((note) => note.seq || 0))
      for (;;) {
        const { notes } = await this.api.get(`${path(ticket)}?after=${after}&limit=${PAGE}`)
        this.#take(ticket, notes)
        if (notes.length < PAGE) return
        after = notes[notes.length - 1].seq
      }
    } catch (error) {
      // Without a line they come with the next look; what is written here is kept by the outbox.
      this.signedOut(error)
    }
  }

  /** Whether what is written there is a note. @param {Element} frame */
  writes(frame) {
    return part(frame, 'composer').dataset.note === 'true'
  }

  /** Switch the composer over. @param {Conversation} frame */
  turn(frame) {
    const composer = part(frame, 'composer')
    const on = composer.dataset.note !== 'true'
    composer.dataset.note = String(on)
    part(frame, 'note-on').hidden = !on
    part(part(frame, 'tools'), 'note').setAttribute('aria-pressed', String(on))
    const send = part(frame, 'send')
    const input = part(frame, 'input')
    send.dataset.label ??= send.getAttribute('aria-label') || ''
    send.setAttribute('aria-label', on ? t('note.send') : send.dataset.label)
    if (on) input.setAttribute('aria-describedby', (part(frame, 'note-on').id = `note-on-${frame.dataset.desk}`))
    else input.removeAttribute('aria-describedby')
    announce(t(on ? 'note.on' : 'note.off'))
    frame.focusComposer()
  }

  /** @param {CustomEvent} event */
  #submit(event) {
    const frame = /** @type {Conversation} */ (event.target)
    if (event.defaultPrevented || !frame.dataset.desk || !this.writes(frame)) return
    event.preventDefault()
    const { text, client_id } = event.detail
    this.outbox.add(path(frame.dataset.desk), text, client_id)
    frame.clear()
    // The next words are the customer's again: nothing meant for colleagues slips out, and nothing else hides.
    this.turn(frame)
    this.#draw(frame.dataset.desk)
    frame.toBottom()
  }

  /** @param {string} route @returns {string} the ticket, if it is the way of notes */
  #of(route) {
    return /^agent\/tickets\/([\w-]+)\/notes$/.exec(route)?.[1] || ''
  }

  /** @param {string} ticket @param {Note[]} notes */
  #take(ticket, notes) {
    const known = this.known.get(ticket) || new Map()
    this.known.set(ticket, known)
    for (const note of notes) known.set(note.client_id, note)
    this.#draw(ticket)
  }

  /** It was refused for good: its words are the writer's again. @param {string} ticket @param {import('flagdown/outbox').Item} item */
  #refused(ticket, item) {
    this.outbox.take(item.client_id)
    toast(item.problem?.detail || t('note.refused'), { tone: 'bad' })
    const frame = this.talks.frame(ticket)
    if (!frame) return
    frame.text = [item.text, frame.text].filter(Boolean).join('\n')
    maybe(frame, `note-${item.client_id}`)?.remove()
  }

  /** @param {string} ticket */
  #draw(ticket) {
    const frame = this.talks.frame(ticket)
    if (!frame?.dataset.desk) return
    const log = part(frame, 'log')
    const known = [...(this.known.get(ticket)?.values() || [])]
    const sent = new Set(known.map((note) => note.client_id))
    const waiting = this.outbox.items(path(ticket)).filter((item) => !sent.has(item.client_id))
    /** @type {Note[]} */
    const own = waiting.map((item) => ({ client_id: item.client_id, from: '', own: true, text: item.text, at: new Date(item.at).toISOString() }))
    for (const note of [...known, ...own]) {
      const name = `note-${note.client_id}`
      const template = /** @type {HTMLTemplateElement} */ (document.getElementById('desk-note'))
      const el = maybe(log, name) || /** @type {HTMLElement} */ (/** @type {HTMLElement} */ (template.content.firstElementChild).cloneNode(true))
      const isNew = !el.isConnected
      el.dataset.part = name
      el.dataset.at = note.at
      el.dataset.kept = String(note.seq !== undefined)
      say(el, 'note-from', note.own ? t('you') : note.from)
      say(el, 'note-time', note.seq === undefined ? t('sending') : clock(note.at))
      say(el, 'note-text', note.text)
      if (isNew) log.append(el)
    }
    this.#place(frame)
  }

  /** Each at its time; moved only when one stands wrong, or this would never end. @param {Conversation} frame */
  #place(frame) {
    const log = part(frame, 'log')
    const all = /** @type {HTMLElement[]} */ ([...log.children]).filter((el) => el.dataset.at)
    const isNote = (/** @type {HTMLElement} */ el) => el.classList.contains('desk-note')
    const at = (/** @type {HTMLElement} */ el) => Date.parse(el.dataset.at || '')
    const notes = all.filter(isNote).sort((a, b) => at(a) - at(b))
    if (!notes.length) return
    // What is on its way has the phone's time, and stands at the end in any case.
    const others = all.filter((el) => !isNote(el))
    const next = notes.map((note) => others.find((el) => el.dataset.pending !== 'true' && at(el) > at(note)) || null)
    const wanted = [...others.flatMap((el) => [...notes.filter((_, i) => next[i] === el), el]), ...notes.filter((_, i) => !next[i])]
    if (wanted.every((el, i) => el === all[i])) return
    notes.forEach((note, i) => log.insertBefore(note, next[i]))
  }
}

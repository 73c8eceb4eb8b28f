/**
 * What the socket says, and what the page makes of it. Events are hints: whatever they leave open is asked for.
 * @module flagdown/agent/events
 */
import { announce, toast } from 'flagdown/dom'
import { t } from 'flagdown/i18n'
import { customerName, farewell } from 'flagdown/agent/words'

/** @typedef {import('flagdown/agent/shapes').AgentTicket} AgentTicket */

/**
 * @param {object} page
 * @param {import('flagdown/socket').Socket} page.socket
 * @param {import('flagdown/agent/state').State} page.state
 * @param {import('flagdown/agent/attention').Attention} page.attention
 * @param {import('flagdown/agent/talks').Talks} page.talks
 * @param {import('flagdown/agent/board').Board} page.board
 * @param {import('flagdown/agent/offer/screen').OfferScreen} page.offers
 * @param {import('flagdown/agent/presence').PresencePanel} page.presence
 * @param {() => void | Promise<void>} page.refresh
 * @param {(ticket: AgentTicket) => void} page.arrived a conversation is hers without a tap on this page
 */
export function listen({ socket, state, attention, talks, board, offers, presence, refresh, arrived }) {
  /** @param {string} type @param {(frame: any) => void} handle */
  const on = (type, handle) => socket.addEventListener(type, (event) => handle(/** @type {CustomEvent} */ (event).detail))

  on('offer.made', ({ offer }) => {
    if (!state.over.has(offer.id)) state.offer(offer)
  })
  on('offer.changed', ({ offer }) => {
    if (!state.over.has(offer.id)) state.offer(offer)
  })
  on('offer.ended', ({ offer_id, state: how, reason }) => {
    offers.ended(offer_id, how, reason || '')
    board.hint()
  })

  on('ticket.assigned', ({ ticket }) => {
    const known = state.talks.has(ticket.id)
    state.assign(ticket)
    board.gone(ticket.id)
    if (!known && !offers.busy && !board.claiming) arrived(ticket)
    else if (!known) talks.preview(ticket)
  })
  on('ticket.changed', ({ ticket }) => {
    const talk = state.talks.get(ticket.id)
    if (!talk) return board.hint()
    if ((ticket.as_of ?? '') < (talk.ticket.as_of ?? '')) return
    const was = talk.ticket.idle
    if (ticket.state === 'active') state.assign(ticket)
    else left(ticket.id, ticket.state === 'waiting' ? 'transferred' : 'closed')
    // A place came free, or is taken again: how many there are now is the server's to say.
    if (ticket.idle !== undefined && ticket.idle !== was) refresh()
  })
  on('ticket.left', ({ ticket_id, reason }) => {
    board.gone(ticket_id)
    board.hint()
    // "taken" is news from the board, and reaches the one who took it too.
    if (reason !== 'taken') left(ticket_id, reason)
  })
  on('ticket.nudged', ({ ticket_id, nth, hand_over_at }) => {
    const talk = state.talks.get(ticket_id)
    if (!talk || talk.ended) return
    Object.assign(talk.ticket, { nudges: nth, hand_over_at, owed_since: talk.ticket.owed_since || new Date(socket.now()).toISOString() })
    talk.touched = performance.now()
    state.changed()
    attention.nudge()
    const words = t('nudge.waits', { name: customerName(talk.ticket) })
    if (state.open === ticket_id) announce(words, true)
    else toast(words)
  })

  on('message.posted', ({ ticket_id, message }) => {
    const talk = state.talks.get(ticket_id)
    if (!talk) return
    const frame = talks.frame(ticket_id)
    const looked = state.open === ticket_id && document.visibilityState === 'visible' && document.hasFocus()
    if (message.sender === 'customer' && message.seq > talk.seen && !looked) {
      attention.blip()
      if (state.open !== ticket_id) announce(t('talk.said', { name: customerName(talk.ticket), text: message.text }))
    }
    state.heard(ticket_id, [message], !frame)
    frame?.receive(message)
  })
  on('message.read', ({ ticket_id, seq }) => {
    const talk = state.talks.get(ticket_id)
    if (talk) talk.ticket.read_seq = Math.max(talk.ticket.read_seq || 0, seq)
    talks.frame(ticket_id)?.peerRead(seq)
  })
  on('typing', ({ ticket_id }) => {
    state.typing(ticket_id)
    talks.frame(ticket_id)?.peerTyping()
  })

  on('wrap_up.started', ({ ticket_id, until, may_extend }) => {
    state.wrap({ ticket: ticket_id, until, may_extend })
    refresh()
  })
  on('wrap_up.ended', ({ ticket_id }) => {
    state.unwrap(ticket_id)
    refresh()
  })
  on('presence.changed', ({ presence: to, reason }) => presence.changed(to, reason || ''))
  on('call_in', ({ call_in }) => {
    state.callIn(call_in)
    // An answer that is under way was read before it, and would take it off again.
    refresh()
    if (state.presence === 'offline') attention.blip()
  })

  /** @param {string} id @param {string} reason */
  function left(id, reason) {
    const talk = state.talks.get(id)
    if (!talk || talk.ended) return
    const ours = state.open === id
    const words = farewell(talk.ticket, reason, socket.now())
    state.leave(id, words)
    if (!ours) toast(t('talk.said', { name: customerName(talk.ticket), text: words }))
    refresh()
  }
}

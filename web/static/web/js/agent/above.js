/**
 * What stands above a conversation: who had it before and what she left, the earlier conversation it goes on from,
 * and how long an answer may still take before a colleague gets it.
 * @module flagdown/agent/above
 */
import { part, say, toast } from 'flagdown/dom'
import { t } from 'flagdown/i18n'
import { clock, countdown } from 'flagdown/time'
import { FIELDS } from 'flagdown/agent/note'
import { customerName } from 'flagdown/agent/words'

/** @typedef {import('flagdown/agent/shapes').AgentTicket} AgentTicket */
/** @typedef {import('flagdown/conversation/element').Conversation} Conversation */

/**
 * Seconds until somebody else gets it; Infinity when nobody will, null when she was not asked for the answer.
 * @param {AgentTicket} ticket @param {number} now ms
 */
export function due(ticket, now) {
  if (!ticket.nudges || !ticket.owed_since) return null
  return ticket.hand_over_at ? Math.max(0, (Date.parse(ticket.hand_over_at) - now) / 1000) : Infinity
}

export class Above {
  /**
   * @param {object} with_
   * @param {HTMLElement} with_.el the conversation's section
   * @param {import('flagdown/api').Api} with_.api
   * @param {import('flagdown/outbox').Outbox} with_.outbox
   * @param {(error: unknown) => boolean} with_.signedOut
   */
  constructor({ el, api, outbox, signedOut }) {
    this.el = el
    this.api = api
    this.outbox = outbox
    this.signedOut = signedOut
    this.baton = /** @type {HTMLDetailsElement} */ (part(el, 'baton'))
    /** cards that were folded, by ticket @type {Set<string>} */
    this.folded = new Set()
    this.ticket = ''
    this.follows = ''
    this.sheet = /** @type {HTMLDialogElement} */ (document.getElementById('past-sheet'))
    this.past = /** @type {Conversation} */ (document.getElementById('past'))
    this.baton.addEventListener('toggle', () => {
      if (this.baton.open) this.folded.delete(this.ticket)
      else this.folded.add(this.ticket)
    })
    part(el, 'past').addEventListener('click', () => this.#read())
    this.sheet.addEventListener('close', () => this.past.detach())
    this.past.addEventListener('fd-problem', (event) => {
      const { error } = /** @type {CustomEvent} */ (event).detail
      this.sheet.close()
      if (!signedOut(error)) toast(t('past.gone'))
    })
  }

  /** @param {AgentTicket} ticket @param {boolean} ended @param {number} now ms */
  draw(ticket, ended, now) {
    const changed = this.ticket !== ticket.id
    this.ticket = ticket.id
    const { baton, note } = ticket
    this.baton.hidden = !(baton || note)
    if (changed) this.baton.open = !this.folded.has(ticket.id)
    say(this.el, 'baton-from', baton?.from ? t('baton.from', { name: baton.from }) : t('baton.note'))
    say(this.el, 'baton-why', baton ? [clock(baton.at), t(`baton.why.${WHY[baton.reason] || 'other'}`)].join(' · ') : '')
    for (const field of FIELDS) {
      const text = baton?.[field] || ''
      part(this.el, `${field}-box`).hidden = !text
      say(this.el, field, text)
    }
    part(this.el, 'note-box').hidden = !note
    say(this.el, 'note', note || '')
    this.follows = ticket.follows || ''
    part(this.el, 'past').hidden = !this.follows
    this.tick(ticket, ended, now)
  }

  /** The time until a colleague gets it passes without any event. @param {AgentTicket} ticket @param {boolean} ended @param {number} now ms */
  tick(ticket, ended, now) {
    const left = ended ? null : due(ticket, now)
    part(this.el, 'nudge').hidden = left === null
    if (left === null) return
    say(this.el, 'nudge-text', t('nudge.waits', { name: customerName(ticket) }))
    say(this.el, 'nudge-left', left === Infinity ? '' : left > 0 ? t('nudge.left', { time: countdown(left) }) : t('nudge.now'))
  }

  /** The earlier conversation, to read only. */
  #read() {
    const { past } = this
    this.sheet.showModal()
    past.attach({
      api: this.api,
      outbox: this.outbox,
      base: `agent/tickets/${this.follows}`,
      me: 'agent',
      peer: part(this.el, 'name').textContent,
      ownReadSeq: Infinity, // it is over: nobody is told that it is read again
    })
    past.setComposer({ enabled: false })
  }
}

/** @type {Record<string, string>} why somebody else had to go on → which words */
const WHY = {
  'agent lost': 'lost',
  silent: 'silent',
  released: 'released',
  transferred: 'transferred',
  'returned by a supervisor': 'returned',
  'agent left': 'left',
}

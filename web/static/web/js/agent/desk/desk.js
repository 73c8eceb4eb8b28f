/**
 * What only a conversation needs, fetched with the first one: the sheet for how it goes on, what waits for five
 * seconds, canned replies, internal notes, and what is known about the customer.
 * @module flagdown/agent/desk/desk
 */
import { part, toast } from 'flagdown/dom'
import { t } from 'flagdown/i18n'
import { About } from 'flagdown/agent/desk/about'
import { Actions } from 'flagdown/agent/desk/actions'
import { Canned } from 'flagdown/agent/desk/canned'
import { Leaving } from 'flagdown/agent/desk/leaving'
import { Notes } from 'flagdown/agent/desk/notes'
import { Replies } from 'flagdown/agent/desk/replies'
import { inside } from 'flagdown/agent/inside'
import { farewell, settings } from 'flagdown/agent/words'

/** @typedef {import('flagdown/conversation/element').Conversation} Conversation */

/**
 * @typedef {object} Page what the page gives to its desk
 * @property {import('flagdown/api').Api} api
 * @property {import('flagdown/outbox').Outbox} outbox
 * @property {import('flagdown/socket').Socket} socket
 * @property {import('flagdown/agent/state').State} state
 * @property {import('flagdown/agent/talks').Talks} talks
 * @property {import('flagdown/agent/note').HandOverNote} note
 * @property {(error: unknown) => boolean} signedOut
 * @property {() => void | Promise<void>} refresh
 * @property {() => void} route
 */

export class Desk {
  /** @param {Page} page @returns {Promise<Desk>} */
  static async open(page) {
    await inside(settings.desk, (part) => document.body.append(part))
    return new Desk(page)
  }

  /** @param {Page} page */
  constructor(page) {
    const { state, socket, refresh, route } = page
    this.page = page
    const leaving = new Leaving({
      ...page,
      done: async (act, id, won) => {
        const talk = state.talks.get(id)
        if (talk) state.leave(id, farewell(talk.ticket, act === 'resolve' ? 'resolved' : 'transferred', socket.now()))
        await refresh()
        if (!won) return
        const n = state.today.conversations
        toast(t(act === 'resolve' && n ? 'done.resolve.today' : `done.${act}`, { n: n || 0 }), { tone: 'good' })
      },
    })
    this.actions = new Actions({
      ...page,
      leave: (act, ticket, body) => {
        leaving.start(act, ticket, body)
        location.hash = '#/'
        route()
      },
    })
    this.replies = new Replies(page)
    this.about = new About(page)
    this.notes = new Notes(page)
    this.canned = new Canned({ ...page, replies: this.replies, about: this.about })
    // Colleagues are told as they are: what waits to be filled in is for customers alone.
    this.canned.spares = (frame) => this.notes.writes(frame)
  }

  /** A conversation is on the screen. @param {string} id */
  opened(id) {
    const frame = this.page.talks.frame(id)
    if (!frame) return
    if (!frame.dataset.desk) this.#furnish(frame, id)
    this.notes.look(id, frame)
    this.about.know(id)
    this.replies.refresh().then(() => this.canned.look())
  }

  /** The tools of its composer. @param {Conversation} frame @param {string} id */
  #furnish(frame, id) {
    frame.dataset.desk = id
    const template = /** @type {HTMLTemplateElement} */ (document.getElementById('desk-tools'))
    const tools = /** @type {DocumentFragment} */ (document.importNode(template.content, true))
    const composer = part(frame, 'composer')
    const row = part(tools, 'tools')
    const more = part(tools, 'more')
    row.id = `tools-${id}`
    more.setAttribute('aria-controls', row.id)
    more.addEventListener('click', () => {
      row.hidden = !row.hidden
      more.setAttribute('aria-expanded', String(!row.hidden))
    })
    part(row, 'replies').addEventListener('click', () => this.canned.begin(frame))
    part(row, 'note').addEventListener('click', () => this.notes.turn(frame))
    part(row, 'about').addEventListener('click', () => this.about.show(id))
    const strip = /** @type {HTMLTemplateElement} */ (document.getElementById('desk-note-on'))
    composer.before(row, document.importNode(strip.content, true))
    composer.prepend(more)
  }
}

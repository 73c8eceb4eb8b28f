/**
 * About this customer: what the host site says, where she came from, and what was said before. Only while she is talked
 * with, and to read only.
 * @module flagdown/agent/desk/about
 */
import { part, say } from 'flagdown/dom'
import { explain, language, t } from 'flagdown/i18n'
import { clock, day } from 'flagdown/time'
import { customerName, joined, languageName, topicName } from 'flagdown/agent/words'

/** @typedef {import('flagdown/agent/shapes').AgentTicket} AgentTicket */
/** @typedef {import('flagdown/conversation/element').Conversation} Conversation */
/** @typedef {{name: string, email: string | null, verified: boolean, locale: string, attributes: {name: string, value: string}[], page: string, device: string, since: string, conversations: number}} Known */
/** @typedef {{id: string, opened_at: string, state: string, topic_name: string, language: string, disposition: string, last_seq: number, agents: string[]}} Earlier */

const locales = new Intl.DisplayNames(language, { type: 'language' })

export class About {
  /**
   * @param {object} with_
   * @param {import('flagdown/api').Api} with_.api
   * @param {import('flagdown/outbox').Outbox} with_.outbox
   * @param {import('flagdown/agent/state').State} with_.state
   * @param {(error: unknown) => boolean} with_.signedOut
   */
  constructor({ api, outbox, state, signedOut }) {
    this.api = api
    this.outbox = outbox
    this.state = state
    this.signedOut = signedOut
    this.me = document.getElementById('me-title')?.textContent || ''
    /** @type {Map<string, Known>} */
    this.known = new Map()
    this.sheet = /** @type {HTMLDialogElement} */ (document.getElementById('about-sheet'))
    this.pastSheet = /** @type {HTMLDialogElement} */ (document.getElementById('past-sheet'))
    this.past = /** @type {Conversation} */ (document.getElementById('past'))
    this.ticket = ''
    this.last = ''
    part(this.sheet, 'more').addEventListener('click', () => this.#more())
    state.addEventListener('change', () => {
      // It is somebody else's conversation now, and so is what is known.
      for (const id of this.known.keys()) if (!state.talks.has(id)) this.known.delete(id)
      if (this.sheet.open && this.state.talks.get(this.ticket)?.ended !== '') this.sheet.close()
    })
  }

  /** Ask what is known, once for each conversation. @param {string} ticket @returns {Promise<Known | null>} */
  async know(ticket) {
    const known = this.known.get(ticket)
    if (known) return known
    try {
      const fresh = await this.api.get(`agent/tickets/${ticket}/customer`)
      this.known.set(ticket, fresh)
      return fresh
    } catch (error) {
      if (!this.signedOut(error) && this.sheet.open) say(this.sheet, 'failed', explain(error))
      return null
    }
  }

  /** What canned replies may name. @param {AgentTicket} ticket @returns {Record<string, string>} */
  values(ticket) {
    const said = Object.fromEntries((this.known.get(ticket.id)?.attributes || []).map(({ name, value }) => [name, value]))
    return { ...said, customer: ticket.customer?.name || '', agent: this.me, desk: ticket.desk?.name || '', topic: topicName(ticket) }
  }

  /** @param {string} id */
  async show(id) {
    const talk = this.state.talks.get(id)
    if (!talk || talk.ended) return
    this.ticket = id
    this.last = ''
    say(this.sheet, 'title', customerName(talk.ticket))
    say(this.sheet, 'failed', '')
    part(this.sheet, 'facts').replaceChildren()
    part(this.sheet, 'list').replaceChildren()
    part(this.sheet, 'none').hidden = part(this.sheet, 'more').hidden = true
    say(this.sheet, 'who', '')
    this.sheet.showModal()
    const known = await this.know(id)
    if (!known || this.ticket !== id) return
    say(this.sheet, 'who', t(known.verified ? 'about.verified' : 'about.guest'))
    part(this.sheet, 'who').dataset.verified = String(known.verified)
    /** @type {[string, string][]} */
    const facts = [
      [t('about.email'), known.email || ''],
      ...known.attributes.map(({ name, value }) => /** @type {[string, string]} */ ([name.replace(/_+/g, ' '), value])),
      [t('about.page'), known.page.replace(/^https?:\/\//, '')],
      [t('about.device'), known.device],
      [t('about.locale'), localeName(known.locale)],
      [t('about.since'), day(known.since)],
    ]
    part(this.sheet, 'facts').replaceChildren(
      ...facts
        .filter(([, value]) => value)
        .map(([name, value]) => {
          const row = this.#clone('about-fact')
          say(row, 'name', name)
          say(row, 'value', value)
          return row
        }),
    )
    await this.#more()
  }

  async #more() {
    const { ticket } = this
    const button = /** @type {HTMLButtonElement} */ (part(this.sheet, 'more'))
    button.disabled = true
    try {
      const before = this.last ? `&before=${this.last}` : ''
      const { conversations, more } = await this.api.get(`agent/tickets/${ticket}/history?limit=10${before}`)
      if (this.ticket !== ticket) return
      for (const each of conversations) part(this.sheet, 'list').append(this.#row(ticket, each))
      this.last = conversations.at(-1)?.id || this.last
      button.hidden = !more
      part(this.sheet, 'none').hidden = Boolean(this.last)
      say(this.sheet, 'failed', '')
    } catch (error) {
      if (this.signedOut(error)) return
      say(this.sheet, 'failed', explain(error))
      button.hidden = false
    } finally {
      button.disabled = false
    }
  }

  /** @param {string} ticket @param {Earlier} each */
  #row(ticket, each) {
    const row = this.#clone('about-earlier')
    say(row, 'when', `${day(each.opened_at)}, ${clock(each.opened_at)}`)
    const how = each.state === 'abandoned' ? t('about.left') : each.disposition ? t(`about.${HOW.has(each.disposition) ? each.disposition : 'other'}`) : t('about.closed')
    say(row, 'what', [each.topic_name, languageName(each.language), how].join(' · '))
    say(row, 'by', each.agents.length ? t('about.by', { names: joined(each.agents) }) : '')
    row.querySelector('button')?.addEventListener('click', () => this.#read(ticket, each))
    return row
  }

  /** The earlier conversation, to read only. @param {string} ticket @param {Earlier} each */
  #read(ticket, each) {
    this.pastSheet.showModal()
    this.past.attach({
      api: this.api,
      outbox: this.outbox,
      base: `agent/tickets/${ticket}/history/${each.id}`,
      me: 'agent',
      peer: this.known.get(ticket)?.name || t('guest'),
      lastSeq: each.last_seq,
      ownReadSeq: Infinity, // it is over: nobody is told that it is read again
    })
    this.past.setComposer({ enabled: false })
  }

  /** @param {string} id @returns {HTMLElement} */
  #clone(id) {
    const template = /** @type {HTMLTemplateElement} */ (document.getElementById(id))
    return /** @type {HTMLElement} */ (/** @type {HTMLElement} */ (template.content.firstElementChild).cloneNode(true))
  }
}

const HOW = new Set(['solved', 'answered', 'no_answer', 'not_possible', 'spam'])

/** "German (Germany)". @param {string} locale */
function localeName(locale) {
  try {
    return locale ? locales.of(locale) || locale : ''
  } catch {
    return locale
  }
}

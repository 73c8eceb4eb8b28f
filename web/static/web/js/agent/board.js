/**
 * The open board: waiting conversations that fit, first come, first served.
 * @module flagdown/agent/board
 */
import { clone, part, say, toast } from 'flagdown/dom'
import { explain, t } from 'flagdown/i18n'
import { duration } from 'flagdown/time'
import { about, languageName, topicName, waited } from 'flagdown/agent/words'

/** @typedef {{id: string, topic?: string, topic_name?: string, language?: string, desk?: any, waited_s?: number, waiting_since?: string, expected_minutes?: number}} Waiting */

const EVERY_MS = 10_000

export class Board {
  /**
   * @param {object} with_
   * @param {import('flagdown/api').Api} with_.api
   * @param {import('flagdown/socket').Socket} with_.socket
   * @param {import('flagdown/agent/state').State} with_.state
   * @param {(ticket: import('flagdown/agent/shapes').AgentTicket) => void} with_.claimed
   * @param {(error: unknown) => boolean} with_.signedOut
   * @param {() => void} with_.refresh
   */
  constructor({ api, socket, state, claimed, signedOut, refresh }) {
    this.api = api
    this.socket = socket
    this.state = state
    this.claimed = claimed
    this.signedOut = signedOut
    this.refresh = refresh
    this.el = /** @type {HTMLElement} */ (document.getElementById('board'))
    /** @type {Map<string, {el: HTMLElement, ticket: Waiting, from: number}>} */
    this.rows = new Map()
    this.asking = false
    this.again = false
    this.claiming = ''
    setInterval(() => this.look(), EVERY_MS)
    setInterval(() => this.#waits(), 1000)
    state.addEventListener('change', () => this.#hint())
    document.addEventListener('visibilitychange', () => this.look())
    addEventListener('resize', () => this.rows.size === 0 && this.hint())
  }

  /** Ask soon; hints come in bursts. */
  hint() {
    clearTimeout(this.soon)
    this.soon = setTimeout(() => this.look(), 300 + Math.random() * 500)
  }
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  soon = undefined

  /** Ask what waits, if anybody looks. @param {boolean} [anyway] */
  async look(anyway = false) {
    // Online, the overview's count is worth a look even while the list itself is not on the screen.
    const counted = this.state.presence === 'online' && document.getElementById('home')?.offsetParent != null
    if (document.visibilityState !== 'visible' || !(anyway || counted || this.el.offsetParent !== null)) return
    if (this.asking) {
      this.again = true
      return
    }
    this.asking = true
    try {
      const answer = await this.api.get('agent/open-tickets', { retries: 0 })
      this.#draw(answer.tickets || answer.results || [])
    } catch (error) {
      if (!this.signedOut(error) && !this.rows.size) this.#empty(true)
    } finally {
      this.asking = false
      if (this.again) {
        this.again = false
        this.hint()
      }
    }
  }

  /** @param {string} id it went to somebody */
  gone(id) {
    if (this.rows.has(id)) this.#remove(id)
  }

  /** @param {Waiting[]} tickets */
  #draw(tickets) {
    const list = part(this.el, 'list')
    const ids = new Set(tickets.map((ticket) => ticket.id))
    for (const id of this.rows.keys()) if (!ids.has(id) && id !== this.claiming) this.#remove(id)
    tickets.forEach((ticket, i) => {
      let row = this.rows.get(ticket.id)
      const past = ticket.waited_s ?? (ticket.waiting_since ? (this.socket.now() - Date.parse(ticket.waiting_since)) / 1000 : 0)
      const from = Date.now() - past * 1000
      if (!row) {
        const el = clone('agent-waiting')
        row = { el, ticket, from }
        this.rows.set(ticket.id, row)
        part(el, 'claim').addEventListener('click', () => this.claim(ticket.id))
      }
      row.ticket = ticket
      if (Math.abs(row.from - from) > 1500) row.from = from
      say(row.el, 'topic', topicName(ticket))
      const minutes = ticket.expected_minutes ? t('about', { duration: duration(Math.round(ticket.expected_minutes) * 60, 'short') }) : ''
      say(row.el, 'about', [languageName(ticket.language), minutes].filter(Boolean).join(' · '))
      part(row.el, 'claim').setAttribute('aria-label', t('board.claim', { what: about(ticket) }))
      if (list.children[i] !== row.el) list.insertBefore(row.el, list.children[i] || null)
    })
    this.#waits()
    this.#hint()
    this.#empty(false)
  }

  /** @param {string} id */
  #remove(id) {
    const row = this.rows.get(id)
    this.rows.delete(id)
    if (!row) return
    // Whoever stood on its button goes on from the next one.
    if (row.el.contains(document.activeElement)) {
      const next = row.el.nextElementSibling || row.el.previousElementSibling
      ;(next ? part(next, 'claim') : document.getElementById('board-title'))?.focus()
    }
    row.el.remove()
    this.#empty(false)
  }

  /** @param {boolean} failed */
  #empty(failed) {
    const n = this.rows.size
    part(this.el, 'empty').hidden = n > 0
    part(this.el, 'quiet').hidden = failed
    part(this.el, 'failed').hidden = !failed
    const count = n ? t('board.count', { n }) : ''
    say(this.el, 'count', count)
    const link = document.querySelector('.to-the-board')
    if (link instanceof HTMLElement) {
      link.dataset.count = String(n)
      const line = part(link, 'board-count')
      line.dataset.calm ??= line.textContent || ''
      say(link, 'board-count', count || line.dataset.calm)
    }
  }

  #waits() {
    for (const { el, from } of this.rows.values()) say(el, 'waited', t('board.waited', { time: waited((Date.now() - from) / 1000) }))
  }

  #hint() {
    const { presence, load, capacity } = this.state
    const text = presence !== 'online' ? t('board.not_online') : load >= capacity ? t('board.full') : ''
    const hint = part(this.el, 'hint')
    hint.hidden = !text
    if (hint.textContent !== text) hint.textContent = text
    for (const { el } of this.rows.values()) part(el, 'claim').setAttribute('aria-disabled', String(Boolean(text)))
  }

  /** @param {string} id */
  async claim(id) {
    const row = this.rows.get(id)
    if (!row || this.claiming) return
    const { presence, load, capacity } = this.state
    if (presence !== 'online' || load >= capacity) {
      toast(t(presence !== 'online' ? 'board.not_online' : 'board.full'))
      return
    }
    this.claiming = id
    const button = part(row.el, 'claim')
    button.setAttribute('aria-busy', 'true')
    try {
      const ticket = await this.api.post(`agent/tickets/${id}/claim`)
      this.claiming = ''
      this.#remove(id)
      this.claimed(ticket)
    } catch (error) {
      this.claiming = ''
      button.removeAttribute('aria-busy')
      if (this.signedOut(error)) return
      const e = /** @type {import('flagdown/api').ApiError} */ (error)
      if (e.status === 404 || (e.status === 409 && e.state !== 'waiting')) {
        const mine = ['offline', 'paused', 'finishing'].includes(e.state)
        toast(t(mine ? 'board.not_online' : e.state === 'full' ? 'board.full' : 'board.taken'))
        if (!mine && e.state !== 'full') this.#remove(id)
      } else toast(explain(e), { tone: e.status === 409 ? 'info' : 'bad' })
      this.refresh()
      this.look()
    }
  }
}

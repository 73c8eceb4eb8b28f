/**
 * Her signed work records: make one, show it, take it back.
 * @module flagdown/agent/records
 */
import { part, say, toast, uuid } from 'flagdown/dom'
import { explain, language, t } from 'flagdown/i18n'

/** @typedef {{id: string, issued_at: string, revoked_at: string | null, token: string, link: string}} WorkRecord */

const PATH = 'agent/work-records'
const moment = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short' })

export class Records {
  /** @param {HTMLElement} room @param {{api: import('flagdown/api').Api, signedOut: (error: unknown) => boolean}} with_ */
  constructor(room, { api, signedOut }) {
    this.api = api
    this.signedOut = signedOut
    this.room = room
    this.el = part(room, 'record')
    this.busy = false
    // The same until it is done: a lost answer makes no second one.
    this.name = uuid()
    part(this.el, 'issue').addEventListener('click', () =>
      this.#try(async () => {
        await this.api.post(PATH, { client_id: this.name })
        this.name = uuid()
        toast(t('work.record.made'), { tone: 'good' })
      }),
    )
  }

  /** Ask, and draw. @throws {import('flagdown/api').ApiError} */
  async look() {
    const { records } = await this.api.get(PATH)
    part(this.el, 'records').replaceChildren(...records.filter((/** @type {WorkRecord} */ each) => !each.revoked_at).map((/** @type {WorkRecord} */ each) => this.#row(each)))
  }

  /** @param {WorkRecord} each */
  #row(each) {
    const template = /** @type {HTMLTemplateElement} */ (this.room.querySelector('template[data-part="record-row"]'))
    const row = /** @type {HTMLElement} */ (/** @type {HTMLElement} */ (template.content.firstElementChild).cloneNode(true))
    say(row, 'when', t('work.record.at', { when: moment.format(new Date(each.issued_at)) }))
    part(row, 'open').setAttribute('href', each.link)
    part(row, 'save').setAttribute('href', `data:application/jose,${each.token}`)
    part(row, 'copy').addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(each.link)
        toast(t('work.record.copied'), { tone: 'good' })
      } catch {
        // Not allowed here: the page itself has an address that can be copied.
        open(each.link, '_blank', 'noopener')
      }
    })
    part(row, 'revoke').addEventListener('click', () =>
      this.#try(async () => {
        await this.api.post(`${PATH}/${each.id}/revoke`)
        toast(t('work.record.revoked'))
      }),
    )
    return row
  }

  /** @param {() => Promise<void>} change */
  async #try(change) {
    if (this.busy) return
    this.busy = true
    try {
      await change()
      await this.look()
    } catch (error) {
      if (!this.signedOut(error)) toast(explain(error), { tone: 'bad' })
    } finally {
      this.busy = false
    }
  }
}

/**
 * A copy of everything that is kept about her: asked for here, put together elsewhere, fetched here.
 * @module flagdown/agent/copies
 */
import { part, say, toast, uuid } from 'flagdown/dom'
import { explain, language, t } from 'flagdown/i18n'

const PATH = 'agent/exports'
const AGAIN_MS = 3000
const moment = new Intl.DateTimeFormat(language, { weekday: 'long', hour: 'numeric', minute: '2-digit' })

export class Copies {
  /** @param {HTMLElement} el @param {{api: import('flagdown/api').Api, signedOut: (error: unknown) => boolean}} with_ */
  constructor(el, { api, signedOut }) {
    this.el = el
    this.api = api
    this.signedOut = signedOut
    this.name = uuid()
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined
    part(el, 'data-ask').addEventListener('click', () => this.#ask())
  }

  /** Ask, and draw. @throws {import('flagdown/api').ApiError} */
  async look() {
    clearTimeout(this.timer)
    const { exports } = await this.api.get(PATH)
    const [latest] = exports
    const ready = exports.find((/** @type {{ready_at: string | null}} */ each) => each.ready_at)
    const waits = Boolean(latest && !latest.ready_at)
    say(this.el, 'data-state', waits ? t('work.data.waits') : ready ? t('work.data.ready', { when: moment.format(new Date(ready.expires_at)) }) : '')
    const get = part(this.el, 'data-get')
    get.hidden = !ready
    if (ready) get.setAttribute('href', `${this.api.base}${PATH}/${ready.id}/file`)
    part(this.el, 'data-ask').hidden = waits
    if (waits && this.el.offsetParent) this.timer = setTimeout(() => this.look().catch((error) => this.signedOut(error)), AGAIN_MS)
  }

  async #ask() {
    try {
      await this.api.post(PATH, { client_id: this.name })
      this.name = uuid()
      await this.look()
    } catch (error) {
      if (!this.signedOut(error)) toast(explain(error), { tone: 'bad' })
    }
  }
}

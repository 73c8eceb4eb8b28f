/**
 * Off duty, and a language runs short: who waits, what it pays, and one button.
 * @module flagdown/agent/callins
 */
import { announce, part, say } from 'flagdown/dom'
import { t } from 'flagdown/i18n'
import { languageName, times } from 'flagdown/agent/words'

// Somebody else may have come meanwhile: nobody says so, so it is asked.
const EVERY_MS = 60_000

export class CallIns {
  /**
   * @param {object} with_
   * @param {import('flagdown/agent/state').State} with_.state
   * @param {import('flagdown/agent/presence').PresencePanel} with_.presence
   * @param {() => void | Promise<void>} with_.refresh
   */
  constructor({ state, presence, refresh }) {
    this.state = state
    this.el = /** @type {HTMLElement} */ (document.getElementById('call-in'))
    this.said = ''
    part(this.el, 'come').addEventListener('click', () => presence.set('online'))
    state.addEventListener('change', () => this.draw())
    setInterval(() => !this.el.hidden && document.visibilityState === 'visible' && refresh(), EVERY_MS)
  }

  draw() {
    const calls = this.state.presence === 'offline' ? this.state.callIns : []
    this.el.hidden = !calls.length
    if (!calls.length) {
      this.said = ''
      return
    }
    // The language that most wait for.
    /** @type {Map<string, import('flagdown/agent/shapes').CallIn[]>} */
    const groups = new Map()
    for (const call of calls) groups.set(call.language || '', [...(groups.get(call.language || '') || []), call])
    const [[language, waiting]] = [...groups].sort((a, b) => b[1].length - a[1].length)
    const rate = Math.max(...waiting.map((call) => Number(call.pay_multiplier || 1)))
    const who = language ? t('call.short', { language: languageName(language) }) : t('call.short.any')
    const many = t('call.waiting', { n: waiting.length })
    say(this.el, 'short', who)
    say(this.el, 'waiting', many)
    part(this.el, 'rate').hidden = !(rate > 1)
    say(this.el, 'rate', t('call.rate', { rate: times(rate) }))
    const line = `${who} ${many}`
    if (line !== this.said) announce(line)
    this.said = line
  }
}

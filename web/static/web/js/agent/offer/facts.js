/**
 * What an offer says: pay, topic, language, how long it takes and has waited, and why she is asked.
 * @module flagdown/agent/offer/facts
 */
import { clone, part, say } from 'flagdown/dom'
import { money, t } from 'flagdown/i18n'
import { duration } from 'flagdown/time'
import { languageName, times, topicName, waited } from 'flagdown/agent/words'

/** @typedef {import('flagdown/agent/shapes').Offer & {heardAt: number}} Offer */

/** @param {HTMLElement} el @param {Offer} offer @param {number} more how many others wait behind it */
export function fill(el, offer, more) {
  const pill = part(el, 'more')
  pill.hidden = more < 1
  if (more > 0) pill.textContent = t('offer.more', { n: more })
  const pay = part(el, 'pay')
  pay.hidden = !offer.pay
  // What she may expect is what she decides by; what is sure stands below.
  const expected = offer.quote?.expected
  const surer = Boolean(offer.pay && expected && Number(expected.amount) > Number(offer.pay.amount))
  if (offer.pay) pay.textContent = money(surer && expected ? expected : offer.pay)
  pay.dataset.long = String((pay.textContent || '').length > 6)
  badge(el, 'least', surer && offer.pay ? t('offer.least', { amount: money(offer.pay) }) : '')
  el.dataset.pay = String(Boolean(offer.pay))
  const rate = Number(offer.pay_multiplier || 1)
  badge(el, 'rate', rate > 1 ? times(rate) : '', t('offer.rate', { rate: times(rate) }))
  const slots = offer.slots || 1
  badge(el, 'slots', slots > 1 ? t('offer.slots', { n: slots }) : '')
  part(el, 'badges').hidden = !(rate > 1 || slots > 1 || surer)
  part(el, 'shared').hidden = !offer.broadcast
  say(el, 'topic', topicName(offer))
  const desk = typeof offer.desk === 'string' ? offer.desk : offer.desk?.name || ''
  say(el, 'desk', desk)
  part(el, 'desk').hidden = !desk
  say(el, 'language', languageName(offer.language))
  part(el, 'minutes-box').hidden = !offer.expected_minutes
  if (offer.expected_minutes) say(el, 'minutes', duration(Math.max(1, Math.round(offer.expected_minutes)) * 60, 'short'))
  drawWait(el, offer)
  const reasons = (offer.reasons || []).map((reason) => (typeof reason === 'string' ? reason : reason?.text || '')).filter(Boolean)
  part(el, 'why').hidden = !reasons.length
  const key = reasons.join('\n')
  const list = part(el, 'reasons')
  if (list.dataset.key !== key) {
    list.dataset.key = key
    list.replaceChildren(
      ...reasons.slice(0, 4).map((reason) => {
        const item = clone('agent-reason')
        say(item, 'text', reason)
        return item
      }),
    )
  }
}

/** @param {HTMLElement} root @param {string} name @param {string} text '' hides it @param {string} [label] what a screen reader says instead */
function badge(root, name, text, label = '') {
  const el = part(root, name)
  el.hidden = !text
  say(el, `${name}-text`, text)
  if (label) say(el, `${name}-said`, label)
}

/** The customer waits on while it stands here. @param {HTMLElement} el @param {Offer} offer */
export function drawWait(el, offer) {
  say(el, 'waited', waited((offer.waited_s || 0) + (performance.now() - offer.heardAt) / 1000))
}

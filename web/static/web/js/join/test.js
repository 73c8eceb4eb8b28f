/**
 * A test: the server's clock, answers kept one by one, and the end. Without a script the form does all of it.
 * @module flagdown/join/test
 */
import { Api } from 'flagdown/api'
import { announce, ask, config, say } from 'flagdown/dom'
import { explain, t } from 'flagdown/i18n'
import { countdown } from 'flagdown/time'
import { byButtons } from 'flagdown/join/order'
import { Saver } from 'flagdown/join/saver'

/** @typedef {import('flagdown/join/saver').Answer} Answer */

const TYPING_MS = 700
const TOLD_AT_S = [300, 60]

const given = config('test-config')
const api = new Api({ csrf: true })
const form = /** @type {HTMLFormElement} */ (document.getElementById('test'))
const items = /** @type {HTMLElement[]} */ ([...form.querySelectorAll('[data-place]')])
const saved = /** @type {HTMLElement} */ (document.getElementById('saved'))
const timer = /** @type {HTMLElement} */ (document.getElementById('clock'))

// Counted from the server's moment by the clock that nobody sets.
let aheadMs = given.now - performance.now()
const leftS = () => (given.until - (performance.now() + aheadMs)) / 1000

/** @param {HTMLElement} item @returns {Answer} */
function answerOf(item) {
  const fields = /** @type {(HTMLInputElement & HTMLSelectElement)[]} */ ([...item.querySelectorAll('input, select, textarea')])
  if (item.dataset.kind === 'single') return fields.find((field) => field.checked)?.value || null
  if (item.dataset.kind === 'several') return fields.filter((field) => field.checked).map((field) => field.value)
  if (item.dataset.kind === 'ordering') {
    if (fields.some((field) => !field.value)) return null
    const rows = /** @type {HTMLElement[]} */ ([...item.querySelectorAll('[data-option]')])
    return rows.map((row) => row.dataset.option || '')
  }
  return fields[0].value.trim() || null
}

const isOpen = (/** @type {HTMLElement} */ item) => !answerOf(item)?.length

const saver = new Saver({
  name: `fd.test.${given.attempt}`,
  send: async (place, answer) => {
    const kept = await api.put(`join/attempts/${given.attempt}/answers/${place}`, { answer })
    aheadMs = Date.parse(kept.server_time) - performance.now()
  },
  tell: (state) => {
    saved.dataset.state = state
    const words = t(`test.${state}`)
    if (saved.textContent !== words) saved.textContent = words
  },
  refused: (place, error) => {
    if (error.status === 409 || error.status === 404) {
      over()
      return true
    }
    const item = items.find((each) => each.dataset.place === String(place))
    if (item && error.status === 400) say(item, 'problem', explain(error))
    return error.status === 400
  },
})

// What a broken line kept back before the page was loaded anew: it is shown as it was given, and sent.
for (const [place, answer] of saver.waiting) {
  const item = items.find((each) => each.dataset.place === String(place))
  if (!item) continue
  const fields = /** @type {HTMLInputElement[]} */ ([...item.querySelectorAll('input, textarea')])
  for (const field of fields) {
    if (field.type === 'radio' || field.type === 'checkbox') field.checked = [answer].flat().includes(field.value)
    else field.value = String(answer || '')
  }
  const order = item.querySelector('.join-order')
  if (order && Array.isArray(answer)) {
    for (const id of answer) order.append(rowOf(order, id))
    for (const [n, select] of [...order.querySelectorAll('select')].entries()) select.value = String(n + 1)
  }
}

for (const item of items) {
  const keep = () => {
    say(item, 'problem', '')
    saver.put(Number(item.dataset.place), answerOf(item))
    saver.go()
  }
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let typing
  item.addEventListener('input', (event) => {
    const field = /** @type {HTMLInputElement} */ (event.target)
    if (field.type !== 'text' && field.tagName !== 'TEXTAREA') return
    // Kept here with each letter, sent when she pauses.
    saver.put(Number(item.dataset.place), answerOf(item))
    clearTimeout(typing)
    typing = setTimeout(keep, TYPING_MS)
  })
  item.addEventListener('change', () => {
    clearTimeout(typing)
    keep()
  })
  const order = /** @type {HTMLElement | null} */ (item.querySelector('.join-order'))
  if (order) byButtons(order, keep)
}

let ended = false

/** The server says that it is over: look at how it went. */
function over() {
  if (ended) return
  ended = true
  saver.clear()
  saved.textContent = t('test.over')
  location.reload()
}

form.addEventListener('submit', async (event) => {
  if (ended) return
  event.preventDefault()
  const open = items.filter(isOpen)
  const sure = /** @type {HTMLElement} */ (document.getElementById('sure'))
  say(sure, 'open', open.length ? t('test.open', { n: open.length }) : t('test.all'))
  if ((await ask('sure')) === 'yes') hand()
  else open[0]?.scrollIntoView({ block: 'center' })
})

/** Hand in all that the page holds, by the form. */
function hand() {
  if (ended) return
  ended = true
  saver.clear()
  form.submit()
}

let told = leftS()
function tick() {
  const left = leftS()
  timer.textContent = countdown(left)
  timer.dataset.short = String(left < 60)
  for (const mark of TOLD_AT_S) if (told > mark && left <= mark) announce(t('test.left', { n: Math.round(mark / 60) }))
  told = left
  if (left <= 0 && !ended) {
    saved.textContent = t('test.over')
    hand()
  }
}
setInterval(tick, 500)
tick()
saver.go()

/** @param {Element} order @param {string} id */
function rowOf(order, id) {
  return /** @type {HTMLElement} */ (order.querySelector(`[data-option="${CSS.escape(id)}"]`))
}

/**
 * The agent's page: joins socket, state and views, and decides what is on the screen.
 * @module flagdown/agent/main
 */
import { Api } from 'flagdown/api'
import { announce, ask, face, part, say, store, toast } from 'flagdown/dom'
import { explain, t } from 'flagdown/i18n'
import { Outbox } from 'flagdown/outbox'
import { Socket } from 'flagdown/socket'
import { Attention } from 'flagdown/agent/attention'
import { Board } from 'flagdown/agent/board'
import { listen } from 'flagdown/agent/events'
import { HandOverNote } from 'flagdown/agent/note'
import { OfferScreen } from 'flagdown/agent/offer/screen'
import { PresencePanel } from 'flagdown/agent/presence'
import { State } from 'flagdown/agent/state'
import { Talks } from 'flagdown/agent/talks'
import { WrapUps } from 'flagdown/agent/wrapups'
import { customerName, settings } from 'flagdown/agent/words'

/** @typedef {import('flagdown/agent/shapes').AgentTicket} AgentTicket */

// Without a socket the page asks this often; events are hints, so it misses nothing but the second.
const POLL_MS = 5000
const KEEP_MS = 6000
const byId = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id))

const app = byId('app')
const api = new Api({ csrf: true })
const state = new State(settings)
const attention = new Attention()
const outbox = new Outbox({ api, scope: settings.agent })
let address = settings.socket
const socket = new Socket({ address: () => address })

/** The page that the service worker keeps for opening without a network is hers alone. */
const forgetPage = async () => void (await window.caches?.delete('flagdown-agent-shell'))

let leaving = false
/** Signed out: to the log-in, and back. What was typed is kept. @param {unknown} error @returns {boolean} */
function signedOut(error) {
  const status = /** @type {any} */ (error)?.status
  if (status !== 401) return false
  if (!leaving) {
    leaving = true
    forgetPage()
    socket.stop()
    location.assign(settings.login + encodeURIComponent(location.hash))
  }
  return true
}

/** @type {Promise<void> | null} */
let refreshing = null
let askAgain = false
let retry = 0
/** Ask the server for all that is hers. One question at a time; asked meanwhile, it is asked once more. @returns {Promise<void>} */
function refresh() {
  if (refreshing) {
    askAgain = true
    return refreshing
  }
  refreshing = question().finally(() => {
    refreshing = null
    if (askAgain) {
      askAgain = false
      refresh()
    }
  })
  return refreshing
}

async function question() {
  clearTimeout(retry)
  const askedAt = performance.now()
  try {
    const me = await api.get('agent/me')
    if (me.id !== settings.agent) {
      // Somebody else has logged in here since the page was kept.
      await forgetPage()
      return location.reload()
    }
    address = me.socket || address
    if (socket.state !== 'open' && me.server_time) socket.offset = Date.parse(me.server_time) - Date.now()
    const first = !state.booted
    const before = new Set(state.talks.keys())
    const unknown = state.take(me, askedAt)
    if (first) route()
    failing = false
    net()
    for (const ticket of unknown) {
      if (first || before.has(ticket.id) || offers.busy || board.claiming) talks.preview(ticket)
      else arrived(ticket)
    }
  } catch (error) {
    if (signedOut(error)) return
    const e = /** @type {import('flagdown/api').ApiError} */ (error)
    failing = e.status !== 0
    net()
    if (!state.booted && e.status === 429) toast(explain(e))
    retry = window.setTimeout(refresh, Math.max((e.retryAfter || 0) * 1000, 2000 + Math.random() * 3000))
  }
}

// ---- what is on the screen --------------------------------------------------------------------------

/** The address decides: `#/`, `#/board`, `#/earnings`, `#/work`, `#/t/<id>`. */
function route() {
  const id = /^#\/t\/([\w-]+)$/.exec(location.hash)?.[1] || ''
  if (id && !state.talks.has(id)) {
    if (state.booted) location.replace('#/')
    return
  }
  const view = id ? 'talk' : /^#\/(board|earnings|work)$/.exec(location.hash)?.[1] || 'home'
  const changed = app.dataset.view !== view || state.open !== id
  app.dataset.view = view
  byId('home').hidden = view === 'talk'
  byId('talk').hidden = view !== 'talk'
  for (const room in ROOMS) byId(room).hidden = view !== room
  state.show(id)
  if (id) {
    talks.open(id)
    atDesk().then((it) => it.opened(id), signedOut)
  } else if (changed && document.activeElement !== byId('switch')) (document.getElementById(`${view}-title`) || byId('stage')).focus({ preventScroll: true })
  if (changed) look()
  if (changed && view === 'board') board.look()
  else if (changed) board.hint()
}

/** Views that are fetched when they are first looked at. @type {Record<string, (at: any) => Promise<{look: () => Promise<void>}>>} */
const ROOMS = {
  earnings: (page) => import('flagdown/agent/earnings').then(({ Earnings }) => Earnings.open(page)),
  work: (page) => import('flagdown/agent/work').then(({ Work }) => Work.open(page)),
}
/** @type {Map<string, Promise<{look: () => Promise<void>}>>} */
const rooms = new Map()
let lookRetry = 0
/** Ask for what such a view shows, if she looks at one, and draw it. */
async function look() {
  clearTimeout(lookRetry)
  const view = app.dataset.view || ''
  if (!ROOMS[view]) return
  const failed = part(byId(view), 'failed')
  try {
    const room = rooms.get(view) || ROOMS[view]({ api, again: look, signedOut, at: settings[/** @type {'work'} */ (view)] })
    rooms.set(view, room)
    const drawn = await room.catch((error) => {
      rooms.delete(view)
      throw error
    })
    if (app.dataset.view === view) await drawn.look()
    failed.hidden = true
  } catch (error) {
    if (signedOut(error)) return
    failed.hidden = false
    lookRetry = window.setTimeout(look, POLL_MS)
  }
}
// Bookings come in bursts, a conversation's and a quest's together.
let earnedSoon = 0
function earnedMore() {
  clearTimeout(earnedSoon)
  earnedSoon = window.setTimeout(() => {
    refresh()
    look()
  }, 150)
}

/** @type {Promise<import('flagdown/agent/desk/desk').Desk> | null} */
let desk = null
/** What only a conversation needs comes with the first one. */
function atDesk() {
  desk ||= import('flagdown/agent/desk/desk')
    .then(({ Desk }) => Desk.open({ api, outbox, socket, state, talks, note, signedOut, refresh, route }))
    .catch((error) => {
      desk = null
      throw error
    })
  return desk
}
for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-open="actions"]'))) {
  button.addEventListener('click', () =>
    atDesk().then(
      (it) => it.actions.open(/** @type {any} */ (button.dataset.act || 'resolve')),
      (error) => signedOut(error) || toast(explain(error), { tone: 'bad' }),
    ),
  )
}

/** @param {AgentTicket} ticket she has it now, by her own hand */
function take(ticket) {
  state.assign(ticket)
  location.hash = `#/t/${ticket.id}`
  announce(t('offer.accepted', { name: customerName(ticket) }))
  talks.preview(ticket)
  refresh()
}

/** It is hers without a tap here: accepted for her, on another device, or given by a supervisor. @param {AgentTicket} ticket */
function arrived(ticket) {
  // What she did not tap for must be heard like an offer.
  if (state.autoAccept) attention.once()
  else attention.blip()
  toast(t('talk.assigned', { name: customerName(ticket) }))
  // Who writes to somebody else is not torn away.
  if (state.autoAccept && !state.open) location.hash = `#/t/${ticket.id}`
  talks.preview(ticket)
  refresh()
}

let failing = false
/** One line that is always there says how the connection is. */
function net() {
  const now = failing && socket.state !== 'offline' ? 'failed' : socket.state
  const shown = now === 'open' ? 'open' : now === 'failed' ? 'failed' : now === 'offline' ? 'offline' : now === 'waiting' || (now === 'connecting' && connectedOnce) ? 'waiting' : 'connecting'
  app.dataset.net = shown
  say(byId('net'), 'text', t(`agent.net.${shown}`))
}

let connectedOnce = false
const presence = new PresencePanel({ api, state, attention, signedOut, refresh })
const talks = new Talks({ api, outbox, socket, state, signedOut })
const note = new HandOverNote({ api, state, signedOut })
new WrapUps({ api, socket, state, signedOut, refresh })
const board = new Board({ api, socket, state, claimed: take, signedOut, refresh })
const offers = new OfferScreen({ api, socket, state, attention, accepted: take, signedOut, refresh })
/** @type {Promise<void> | null} */
let called = null
// Few are ever called in while they are off duty: what shows it comes with the first call.
state.addEventListener('change', () => {
  if (called || !state.callIns.length) return
  called = import('flagdown/agent/callins')
    .then(({ CallIns }) => new CallIns({ state, presence, refresh }).draw())
    .catch(() => void (called = null))
})

// ---- events: hints -----------------------------------------------------------------------------------

/** @param {string} type @param {(frame: any) => void} handle */
const on = (type, handle) => socket.addEventListener(type, (event) => handle(/** @type {CustomEvent} */ (event).detail))

on('state', (to) => {
  net()
  // First subscribe, then fetch; where no socket comes, fetch all the same.
  if (!state.booted && (to === 'waiting' || to === 'offline')) refresh()
})
on('ready', () => {
  connectedOnce = true
  refresh()
  outbox.flush()
  note.flush()
  for (const talk of state.list) talks.frame(talk.ticket.id)?.sync()
  // What she let go of before this page was loaded, or where its line broke.
  if (state.open || store.keys('fd.leaving.').length) atDesk().then((it) => state.open && it.opened(state.open), signedOut)
  board.hint()
  look()
})
on('earnings.changed', earnedMore)
on('refused', (code) => {
  if (code === 4401) signedOut({ status: 401 })
  else {
    failing = true
    net()
  }
})
listen({ socket, state, attention, talks, board, offers, presence, refresh, arrived })

// ---- the rest of the page ----------------------------------------------------------------------------

const sound = byId('sound')
function drawSound() {
  sound.setAttribute('aria-pressed', String(!attention.muted))
  sound.setAttribute('aria-label', t('sound.on'))
  sound.title = t(attention.muted ? 'sound.switch_on' : 'sound.switch_off')
}
sound.addEventListener('click', () => {
  attention.mute(!attention.muted)
  drawSound()
  toast(t(attention.muted ? 'sound.off' : 'sound.on'))
  if (!attention.muted) attention.blip()
})
drawSound()

/** @type {Promise<import('flagdown/agent/reach').Reach> | null} */
let reach = null
/** Is this phone fit for a shift? What looks at it is fetched the first time. */
async function check() {
  const account = /** @type {HTMLDialogElement} */ (byId('me-sheet'))
  attention.unlock()
  account.close()
  reach ||= import('flagdown/agent/reach').then(({ Reach }) => Reach.open({ at: settings.reach, api, socket, attention }))
  try {
    await (await reach).show()
  } catch (error) {
    reach = null
    if (!signedOut(error)) toast(explain({ status: 0 }), { tone: 'bad' })
  }
}
byId('check').addEventListener('click', check)
byId('me-check').addEventListener('click', check)

const me = part(byId('me-sheet'), 'face')
const name = byId('me-title').textContent
face(part(byId('me'), 'face'), { name })
face(me, { name })
byId('me').addEventListener('click', () => ask('me-sheet'))

byId('skip').addEventListener('click', (event) => {
  event.preventDefault()
  byId(app.dataset.view === 'board' ? 'board-title' : 'stage').focus()
})

state.addEventListener('change', () => {
  attention.unread(state.unread)
  if (state.open && !state.talks.has(state.open)) location.replace('#/')
})
outbox.addEventListener('unauthorized', () => signedOut({ status: 401 }))
addEventListener('hashchange', route)
// A tap outside a sheet closes it, as everywhere.
for (const sheet of document.querySelectorAll('dialog.sheet')) {
  sheet.addEventListener('click', (event) => event.target === sheet && /** @type {HTMLDialogElement} */ (sheet).close())
}
setInterval(() => {
  if (socket.state !== 'open' && document.visibilityState === 'visible' && navigator.onLine !== false) refresh()
}, POLL_MS)
setInterval(() => state.changed(), 60_000)

route()
state.changed()
net()
board.hint()
socket.start()
setTimeout(() => state.booted || refresh(), 2500)
// Not before she can work: what makes the app open without a network is fetched while nothing else is.
socket.addEventListener('ready', () => setTimeout(() => import('flagdown/agent/worker').then(({ keep }) => keep({ api, refresh })).catch(() => {}), KEEP_MS), { once: true })
// The next one at this browser may be somebody else.
document.querySelector('#me-sheet form[method="post"]')?.addEventListener('submit', forgetPage)

/**
 * The customer's page. The server's ticket is the truth; this module fetches it after each connect, draws it, and
 * sends what the customer does. Nothing typed is ever lost: first messages, later ones and drafts are all on disk.
 * @module flagdown/chat/main
 */
import { Api, ApiError } from 'flagdown/api'
import { Conversation } from 'flagdown/conversation/element'
import { announce, ask, config, part, say, toast } from 'flagdown/dom'
import { explain, t } from 'flagdown/i18n'
import { Outbox } from 'flagdown/outbox'
import { Socket } from 'flagdown/socket'
import { Later } from 'flagdown/chat/later'
import { draw, note, opening as drawOpening, rated } from 'flagdown/chat/panels'
import { Memory } from 'flagdown/chat/session'

/** @typedef {import('flagdown/api').Ticket} Ticket */
/** @typedef {import('flagdown/chat/session').Opening} Opening */

/** @type {{desk: string, name: string, color: string, embed: boolean, parent: string}} */
const settings = config('fd-config')
const memory = new Memory(settings.desk)
const api = new Api({ token: () => memory.session?.token })
const outbox = new Outbox({ api, scope: settings.desk })
const root = document.getElementById('chat') || document.body
const conversation = /** @type {Conversation} */ (document.getElementById('conversation'))
const title = document.title
const POLL_MS = 8000

/** @type {Ticket | null} */
let ticket = null
/** @type {Socket | null} */
let socket = null
/** an event newer than a fetch that is under way wins @type {number} */
let news = 0
let left = ''
let sending = false
/** @type {ReturnType<typeof setTimeout> | undefined} */
let openTimer

const now = () => socket?.now() ?? Date.now()
const isOpen = (/** @type {Ticket | null} */ it) => it !== null && it.state !== 'resolved' && it.state !== 'abandoned'
const path = () => `chat/tickets/${ticket?.id}`

// -------------------------------------------------------------------------------------------- state

/**
 * Take the server's word for where the conversation stands.
 * @param {Ticket | null} fresh @param {{quiet?: boolean}} [options] `quiet`: a picture from disk, tell nobody
 */
function show(fresh, { quiet = false } = {}) {
  const before = ticket
  ticket = fresh
  const same = before?.id === fresh?.id
  if (same && before?.agent && fresh?.state === 'waiting') left = before.agent.name
  if (!fresh || !same || fresh.state === 'active') left = ''
  draw(fresh, { now: now(), left })
  later.draw(fresh)

  if (!fresh) conversation.detach()
  else if (!same) {
    conversation.attach({
      api,
      outbox,
      base: path(),
      me: 'customer',
      draftKey: memory.draftKey,
      lastSeq: fresh.last_seq,
      peer: fresh.agent?.name,
      peerReadSeq: fresh.read_seq,
      ownReadSeq: fresh.own_read_seq,
    })
  } else {
    if (fresh.last_seq > conversation.lastSeq) conversation.sync()
    conversation.peerRead(fresh.read_seq || 0)
  }
  if (fresh?.agent) conversation.peer = fresh.agent.name
  if (fresh?.state !== 'active') conversation.peerStopped()
  if (same && fresh?.state === 'active' && fresh.agent && (before?.state !== 'active' || before.agent?.name !== fresh.agent.name)) {
    const words = t('joined', { name: fresh.agent.name })
    conversation.notice(words)
    if (!quiet) announce(words)
  }
  if (same && isOpen(before) && !isOpen(fresh)) {
    resetRating()
    requestAnimationFrame(() => conversation.toBottom(true))
  }
  if (fresh?.state !== before?.state) requestAnimationFrame(() => conversation.toBottom())
  composer()
  tipping()
  memory.keepTicket(fresh)
  frame?.conversation(isOpen(fresh))
}

function composer() {
  const state = ticket?.state
  const first = !isOpen(ticket)
  const key = !state ? 'first' : first ? 'again' : state === 'waiting' || state === 'assistant' ? 'waiting' : 'message'
  conversation.setComposer({ placeholder: t(`placeholder.${key}`), sendLabel: t(first ? 'send.first' : 'send') })
}

/** Fetch the ticket; an event that came meanwhile is newer, so fetch again then. */
async function refresh() {
  if (!ticket || !memory.session) return
  for (let tries = 0; tries < 3; tries++) {
    const seen = news
    const id = /** @type {string} */ (ticket.id)
    try {
      const fresh = await api.get(`chat/tickets/${id}`)
      if (ticket?.id !== id) return
      if (seen !== news && tries < 2) continue
      show(fresh)
      return
    } catch (error) {
      return failed(error)
    }
  }
}

/** @param {unknown} error */
function failed(error) {
  if (!(error instanceof ApiError)) throw error
  if (error.status === 401) return expired()
  if (error.status === 404 && !sending) return forget()
  if (!error.temporary) toast(explain(error), { tone: 'bad' })
}

/** The token is no longer good: begin anew, with everything that was not sent in the composer. */
function expired() {
  const unsent = ticket ? outbox.items(`${path()}/messages`) : []
  for (const item of unsent) outbox.take(item.client_id)
  if (unsent.length) conversation.text = [...unsent.map((item) => item.text), conversation.text].filter(Boolean).join('\n')
  forget()
}

function forget() {
  stopSocket()
  memory.session = null
  show(null)
  note(t('expired'))
}

// -------------------------------------------------------------------------------------------- live

function startSocket() {
  const session = memory.session
  if (!session || socket) return
  /** @type {Socket} */
  const live = new Socket({ address: () => address(live), token: () => memory.session?.token || null })
  socket = live
  live.addEventListener('state', () => connection())
  live.addEventListener('ready', () => {
    refresh()
    conversation.sync()
    outbox.flush()
  })
  live.addEventListener('refused', () => expired())
  on(live, 'ticket.changed', (frame) => {
    if (frame.ticket.id !== ticket?.id) return
    // Two events may overtake each other on their way: the later reading is true.
    if (frame.ticket.as_of < (ticket?.as_of ?? '')) return
    news += 1
    show({ ...ticket, ...frame.ticket })
  })
  on(live, 'message.posted', (frame) => {
    if (!frame.ticket_id || frame.ticket_id === ticket?.id) conversation.receive(frame.message)
  })
  on(live, 'message.read', (frame) => {
    if (!frame.ticket_id || frame.ticket_id === ticket?.id) conversation.peerRead(frame.seq)
  })
  on(live, 'typing', () => ticket?.state === 'active' && conversation.peerTyping())
  live.start()
}

/**
 * Where to connect. After some failures the server is asked anew: it may have moved since.
 * @param {Socket} live @returns {Promise<string | null>}
 */
async function address(live) {
  const session = memory.session
  if (session && live.attempt > 0 && live.attempt % 3 === 0) {
    try {
      const answer = await api.post('chat/sessions', { desk: settings.desk })
      if (answer.socket && memory.session) memory.session = { ...memory.session, token: answer.token, socket: answer.socket }
    } catch {} // the old address is still worth a try
  }
  return memory.session?.socket || null
}

function stopSocket() {
  socket?.stop()
  socket = null
  connection()
}

/** @param {Socket} live @param {string} type @param {(frame: any) => void} act */
function on(live, type, act) {
  live.addEventListener(type, (event) => act(/** @type {CustomEvent} */ (event).detail))
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let lostTimer
/** One line above the composer says when the connection is gone; short gaps are nobody's business. */
function connection() {
  clearTimeout(lostTimer)
  const offline = navigator.onLine === false
  const lost = offline || (socket !== null && socket.state !== 'open' && socket.state !== 'idle')
  if (!lost) return conversation.setNote('')
  if (offline) conversation.setNote(t('live.offline'), 'bad')
  else lostTimer = setTimeout(() => conversation.setNote(t('live.lost'), 'bad'), 2500)
}

// Where sockets cannot pass, the page still moves, only slower.
setInterval(() => {
  if (!isOpen(ticket) || socket?.state === 'open' || navigator.onLine === false || document.hidden) return
  refresh()
  conversation.sync()
}, POLL_MS)

// The expected wait passes without any event.
setInterval(() => ticket?.state === 'waiting' && draw(ticket, { now: now(), left }), 5000)

// -------------------------------------------------------------------------------------------- first message

/** @param {Opening} opening */
async function open(opening) {
  if (sending) return
  sending = true
  clearTimeout(openTimer)
  const slow = setTimeout(() => conversation.setNote(t(navigator.onLine === false ? 'open.offline' : 'open.slow'), 'bad'), 4000)
  try {
    const fresh = memory.session ? await openTicket(opening) : await openSession(opening)
    memory.opening = null
    note('')
    show(fresh)
    if (fresh.client_id === undefined || fresh.client_id === opening.ticket.client_id) conversation.showPending(opening.ticket)
    else outbox.add(`${path()}/messages`, opening.ticket.text, opening.ticket.client_id)
    conversation.sync()
    startSocket()
    connection()
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    if (error.status === 401 && memory.session) {
      memory.session = null
      openTimer = setTimeout(() => open(opening), 0)
    } else if (error.temporary) {
      conversation.setNote(t(navigator.onLine === false ? 'open.offline' : 'open.slow'), 'bad')
      openTimer = setTimeout(() => open(opening), Math.max((error.retryAfter || 0) * 1000, 1500 + Math.random() * 3000))
    } else {
      memory.opening = null
      show(ticket && !isOpen(ticket) ? ticket : null)
      conversation.text = [opening.ticket.text, conversation.text].filter(Boolean).join('\n')
      const why = explain(error)
      toast(`${t('open.failed')} ${why}`, { tone: 'bad' })
      conversation.setNote('')
    }
  } finally {
    clearTimeout(slow)
    sending = false
  }
}

/** @param {Opening} opening @returns {Promise<any>} the ticket */
async function openSession(opening) {
  const answer = await api.post('chat/sessions', {
    desk: settings.desk,
    client_id: opening.client_id,
    locale: (navigator.language || '').slice(0, 35),
    page: document.referrer.slice(0, 4000),
    ...(opening.name ? { name: opening.name } : {}),
    ticket: opening.ticket,
  })
  memory.session = { token: answer.token, socket: answer.socket, ticket: answer.ticket }
  return answer.ticket
}

/** @param {Opening} opening @returns {Promise<any>} */
async function openTicket(opening) {
  return api.post('chat/tickets', opening.ticket)
}

conversation.addEventListener('fd-submit', (event) => {
  if (isOpen(ticket) && !memory.opening) return
  event.preventDefault()
  if (memory.opening) return // the first one is on its way; the text stays
  const { text, client_id } = /** @type {CustomEvent} */ (event).detail
  const name = nameField.value.trim()
  const topic = /** @type {HTMLInputElement | null} */ (document.querySelector('input[name="topic"]:checked'))?.value || ''
  const opening = memory.open(text, client_id, { topic, name })
  memory.name = name
  conversation.clear()
  begin(opening)
})

/** @param {Opening} opening */
function begin(opening) {
  if (ticket) {
    ticket = null
    conversation.detach()
  }
  drawOpening()
  conversation.showPending(opening.ticket)
  open(opening)
}

addEventListener('online', () => memory.opening && open(memory.opening))

// -------------------------------------------------------------------------------------------- what the customer does

/** @param {string} name @param {(button: HTMLButtonElement) => Promise<void>} act */
function button(name, act) {
  const el = /** @type {HTMLButtonElement} */ (part(root, name))
  let busy = false
  el.addEventListener('click', async () => {
    if (busy) return
    busy = true
    // Not `disabled`: a dialog that closes gives the focus back to its button, and that one could not take it.
    el.setAttribute('aria-disabled', 'true')
    try {
      await act(el)
    } catch (error) {
      await settle(error)
    } finally {
      busy = false
      el.removeAttribute('aria-disabled')
    }
  })
}

/** A refused action: 409 means that the world moved on, so look again; anything else is said. @param {unknown} error */
async function settle(error) {
  if (!(error instanceof ApiError)) throw error
  if (error.status === 409) await refresh()
  else if (error.status === 401) expired()
  else toast(explain(error), { tone: 'bad' })
}

button('human', async () => {
  show(await api.post(`${path()}/human`))
  announce(t('human.asked'))
})

const later = new Later(
  part(root, 'later'),
  async (email) => show(await api.post(`${path()}/later`, { email })),
  (error) => {
    // 400 is about what was typed, and said beside it; a lost network or a busy server too.
    const moved = error instanceof ApiError && [401, 409].includes(error.status)
    if (moved) settle(error)
    return moved
  },
)

button('leave', async () => {
  say(document, 'close-text', t(ticket?.state === 'active' ? 'close.active' : 'close.waiting'))
  if ((await ask('confirm-close')) !== 'close' || !ticket) return
  const answer = await api.post(`${path()}/close`)
  if (answer?.state) show(answer)
  else await refresh()
  part(root, 'end-title').focus()
})

button('restart', async () => {
  show(null)
  conversation.focusComposer()
})

const stars = part(root, 'stars')
const rating = /** @type {HTMLFormElement} */ (part(root, 'rating'))
const score = () => Number(new FormData(rating).get('score') || 0)
rating.addEventListener('change', () => {
  stars.dataset.value = String(score() || '')
  say(root, 'star-word', score() ? t(`rate.${score()}`) : '')
  part(root, 'rating-more').hidden = !score()
  conversation.toBottom()
})
rating.addEventListener('submit', async (event) => {
  event.preventDefault()
  if (!score()) return
  const send = /** @type {HTMLButtonElement} */ (part(root, 'rate'))
  send.disabled = true
  const comment = String(new FormData(rating).get('comment') || '').trim()
  try {
    await api.post(`${path()}/rating`, { score: score(), ...(comment ? { comment } : {}) })
    if (ticket) memory.keepTicket((ticket = { ...ticket, rated: true }))
    rated(true, true)
    tipping()
  } catch (error) {
    await settle(error)
  } finally {
    send.disabled = false
  }
})

const tip = /** @type {HTMLFormElement} */ (part(root, 'tip'))
/** @type {Promise<import('flagdown/chat/tip').Tip> | null} */
let tips = null
/** the conversation whose tip is shown */
let tipped = ''
/** She has rated: where the desk takes tips she may add one. What shows it is fetched then. */
function tipping() {
  const id = ticket?.state === 'resolved' && ticket.rated ? ticket.id : ''
  if (id === tipped) return
  tipped = id
  tip.hidden = true
  if (!id || !ticket) return
  const name = ticket.agent?.name || ''
  const where = `${path()}/tip`
  tips ||= import('flagdown/chat/tip')
    .then(({ Tip }) => new Tip(tip, { api, shown: () => requestAnimationFrame(() => conversation.toBottom()) }))
    .catch((error) => {
      tips = null
      throw error
    })
  // It is no more than an offer: without it nothing is missing, and the next look asks again.
  tips.then((it) => it.look(where, name)).catch(() => (tipped = ''))
}

function resetRating() {
  rating.reset()
  stars.dataset.value = ''
  say(root, 'star-word', '')
}

conversation.addEventListener('fd-typing', () => {
  if (ticket?.state === 'active') socket?.send({ type: 'typing', ticket: ticket.id })
})
conversation.addEventListener('fd-unread', (event) => {
  const n = /** @type {CustomEvent} */ (event).detail.count
  document.title = n ? t('title.unread', { n, title }) : title
  frame?.unread(n)
})
conversation.addEventListener('fd-problem', (event) => {
  const { error, item } = /** @type {CustomEvent} */ (event).detail
  if (error.status === 401) expired()
  else if (error.status === 404 && !item) forget()
  else if (error.status === 409) refresh()
})
outbox.addEventListener('unauthorized', () => expired())

// -------------------------------------------------------------------------------------------- begin

/** Loaded only inside the widget: a page of its own has nobody to talk to. @type {import('flagdown/chat/frame').Frame | null} */
const frame = !settings.embed ? null : new (await import('flagdown/chat/frame')).Frame(settings, (visible) => {
  if (!visible) return
  conversation.toBottom()
  if (matchMedia('(hover: hover)').matches) conversation.focusComposer()
})
if (frame) {
  part(root, 'close-frame').addEventListener('click', () => frame.close())
  addEventListener('keydown', (event) => event.key === 'Escape' && !document.querySelector('dialog[open]') && frame.close())
}

const nameField = /** @type {HTMLInputElement} */ (document.getElementById('name'))
if (!nameField.value) nameField.value = memory.name
conversation.setComposer({ draftKey: memory.draftKey })

function boot() {
  const session = memory.session
  if (session?.ticket) {
    show(session.ticket, { quiet: true })
    startSocket()
    refresh()
  } else composer()
  if (memory.opening) begin(memory.opening)
  else if (!ticket && !settings.embed && matchMedia('(hover: hover) and (pointer: fine)').matches) conversation.focusComposer()
}

// Another tab of the same browser opened, ended or lost the conversation: follow it.
addEventListener('storage', (event) => {
  if (event.key !== memory.key || sending) return
  const session = memory.session
  if ((session?.ticket?.id || null) === (ticket?.id || null) && session?.ticket?.state === ticket?.state) return
  if (!session) stopSocket()
  show(session?.ticket || null, { quiet: true })
  startSocket()
})
addEventListener('offline', connection)
addEventListener('online', connection)

boot()
root.dataset.ready = 'true'

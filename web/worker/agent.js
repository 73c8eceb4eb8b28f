// The agent app's service worker: the app opens without a network, and rings while it is closed.
//
// It keeps the page and what it is made of, and nothing that a customer wrote. What the API says is never kept:
// an old truth is worse than none.
'use strict'

const SHELL = 'flagdown-agent-shell'
const PARTS = 'flagdown-agent-parts'
const HOME = '/agent/'
const ANSWER = '/api/v1/agent/push/answer'
// Pages of the app that hold words and markup alone: what they show comes from the API.
const FRAGMENTS = new Set(JSON.parse('__FRAGMENTS__'))
// A hashed name never means anything else.
const HASHED = /\.[0-9a-f]{12}\.\w+$/
const PARTS_KEPT = 160
const FETCH_MS = 15_000

self.addEventListener('install', () => self.skipWaiting())
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))

// ---- opening without a network ----------------------------------------------------------------------

self.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== self.location.origin) return
  if (request.mode === 'navigate') {
    if (url.pathname === HOME) event.respondWith(home(event))
  } else if (HASHED.test(url.pathname)) event.respondWith(part(request))
  else if (FRAGMENTS.has(url.pathname)) event.respondWith(fragment(event))
})

// The kept page at once, and a newer one for the next time: on a slow network nobody waits for what is the same.
async function home(event) {
  const kept = await (await caches.open(SHELL)).match(HOME)
  if (!kept) return fetch(event.request)
  event.waitUntil(renew().catch(() => {}))
  return kept
}

async function part(request) {
  const cache = await caches.open(PARTS)
  const kept = await cache.match(request.url)
  if (kept) return kept
  const answer = await fetch(request)
  if (answer.ok && answer.type === 'basic') await cache.put(request.url, answer.clone())
  return answer
}

async function fragment(event) {
  const cache = await caches.open(SHELL)
  const kept = await cache.match(event.request.url)
  const fresh = fetch(event.request).then(async (answer) => {
    if (answer.ok && answer.type === 'basic') await cache.put(event.request.url, answer.clone())
    return answer
  })
  if (!kept) return fresh
  event.waitUntil(fresh.catch(() => {}))
  return kept
}

// Fetch the page again, and everything it names, and only then let it replace the one before: half an app is none.
async function renew(saving = false) {
  const answer = await fetch(HOME, { redirect: 'manual', credentials: 'same-origin', cache: 'no-store', signal: AbortSignal.timeout(FETCH_MS) })
  if (answer.type === 'opaqueredirect' || answer.status === 403) return forget()
  if (!answer.ok) return
  const page = await answer.clone().text()
  const early = named(page, /(?:href|src)="(\/static\/[^"]+)"/g)
  await keep(early)
  await (await caches.open(SHELL)).put(HOME, answer)
  const all = named(page, /"(\/static\/[^"]+)"/g)
  // What she may never open is not worth her data.
  if (!saving && !self.navigator.connection?.saveData) await keep(all)
  await tidy(new Set(all))
}

function named(page, pattern) {
  return [...new Set([...page.matchAll(pattern)].map((found) => found[1]))].filter((path) => HASHED.test(path))
}

async function keep(paths) {
  const cache = await caches.open(PARTS)
  const missing = []
  for (const path of paths) if (!(await cache.match(path))) missing.push(path)
  await cache.addAll(missing)
}

async function tidy(wanted) {
  const cache = await caches.open(PARTS)
  const keys = await cache.keys()
  let over = keys.length - PARTS_KEPT
  for (const key of keys) {
    if (over <= 0) return
    if (wanted.has(new URL(key.url).pathname)) continue
    await cache.delete(key)
    over -= 1
  }
}

// Signed out: the next one at this browser may be somebody else.
const forget = () => caches.delete(SHELL)

self.addEventListener('message', (event) => {
  const { type, saving } = event.data || {}
  if (type === 'keep') event.waitUntil(renew(saving).catch(() => {}))
})

// ---- ringing while it is closed -----------------------------------------------------------------------

self.addEventListener('push', (event) => event.waitUntil(pushed(event.data?.json())))
self.addEventListener('notificationclick', (event) => event.waitUntil(pressed(event.notification, event.action)))

const windows = () => self.clients.matchAll({ type: 'window', includeUncontrolled: true })
const pause = (ms) => new Promise((done) => setTimeout(done, ms))

async function pushed(push) {
  if (!push) return
  const open = (await windows()).filter((page) => new URL(page.url).pathname === HOME)
  for (const page of open) page.postMessage({ type: 'push', kind: push.kind })
  // The app is before her eyes and rings itself. Safari takes the permission from who stays silent.
  const seen = open.some((page) => page.visibilityState === 'visible') && !/^((?!Chrom|Android).)*Safari/.test(self.navigator.userAgent)
  if (!seen || push.kind === 'test') await show(push)
  const said = await tell(push, 'shown')
  if (push.kind !== 'offer') return
  if (said.state === 'accepted') return show(push, push.said.accepted, { ticket: said.ticket })
  if (said.status) return // no network: it stays, and a press is tried again
  if (said.state !== 'pending') return quiet(push.tag)
  await over(push, Date.parse(said.expires_at) - Date.parse(said.server_time))
}

// An offer that nobody may answer any more must not lie about.
async function over(push, left) {
  await pause(Math.min(Math.max(left, 0), 60_000))
  const [still] = await self.registration.getNotifications({ tag: push.tag })
  if (still?.data.push.token === push.token && !still.data.said) still.close()
}

async function quiet(tag) {
  for (const each of await self.registration.getNotifications({ tag })) each.close()
}

// `body` instead of the push's own is how it ended.
function show(push, body, more = {}) {
  const urgent = push.kind === 'offer' && !body
  return self.registration.showNotification(push.title, {
    body: body || push.body,
    tag: push.tag,
    icon: '__ICON__',
    badge: '__BADGE__',
    data: { push, said: Boolean(body), ...more },
    renotify: true,
    requireInteraction: urgent,
    vibrate: urgent ? [180, 90, 180, 90, 320] : [120, 80, 120],
    actions: body ? [] : Object.entries(push.actions).map(([action, title]) => ({ action, title })),
  })
}

async function pressed(notification, action) {
  const { push, ticket } = notification.data
  notification.close()
  if (ticket) return show_page(`${HOME}#/t/${ticket}`)
  if (action !== 'accept' && action !== 'decline') return show_page(push.url)
  const said = await tell(push, action)
  if (said.ticket) return show_page(`${HOME}#/t/${said.ticket}`)
  if (said.status === 409 || said.status === 401) return show(push, push.said.gone)
  if (said.status) return show(push, push.said.failed)
}

// Say it with the push's own token: a cookie may be long gone. Tried again while there is a point in it.
async function tell(push, answer) {
  for (let turn = 0; ; turn++) {
    try {
      const response = await fetch(ANSWER, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ token: push.token, answer }),
        credentials: 'omit',
        signal: AbortSignal.timeout(6000),
      })
      if (response.ok) return await response.json()
      if (response.status < 500 || turn > 1) return { status: response.status }
    } catch {
      if (turn > 1) return { status: 599 }
    }
    await pause(700 * 2 ** turn * Math.random() + 300)
  }
}

async function show_page(url) {
  for (const page of await windows()) {
    if (new URL(page.url).pathname !== HOME) continue
    page.postMessage({ type: 'open', hash: new URL(url, self.location.origin).hash })
    return page.focus()
  }
  return self.clients.openWindow(url)
}

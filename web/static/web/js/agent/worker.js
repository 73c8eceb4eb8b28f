/**
 * The app without a network, and while it is closed: its service worker is told what to keep, and says what it heard.
 * @module flagdown/agent/worker
 */
import { store } from 'flagdown/dom'
import { Push } from 'flagdown/agent/push'
import { SAVING, settings } from 'flagdown/agent/words'

/** The service worker, once it works; nothing where there can be none. @returns {Promise<ServiceWorkerRegistration | undefined>} */
export async function registered() {
  const { serviceWorker } = navigator
  if (!serviceWorker) return undefined
  await serviceWorker.register(settings.worker, { scope: '/agent/' })
  return serviceWorker.ready
}

/**
 * @param {object} page
 * @param {import('flagdown/api').Api} page.api
 * @param {() => void} page.refresh a push says that something is new
 */
export async function keep({ api, refresh }) {
  const ready = await registered()
  if (!ready) return
  navigator.serviceWorker.addEventListener('message', ({ data }) => {
    if (data?.type === 'push') refresh()
    if (data?.type === 'open' && data.hash) location.hash = data.hash
  })
  ready.active?.postMessage({ type: 'keep', saving: Boolean(store.get(SAVING)) })
  const push = new Push({ api })
  // A subscription that ran out, or one made with another key of ours, is made anew; who never wanted it is not asked.
  if ((await push.state()) === 'on') await push.keep()
}

/**
 * Waking this phone while the app is closed: the permission, the subscription, and whether a push comes through.
 * @module flagdown/agent/push
 */
import { store } from 'flagdown/dom'

/** @typedef {'on' | 'off' | 'blocked' | 'install' | 'none' | 'unset'} Reach `install`: first put it on the home screen; `unset`: not set up here */

const KNOWN = 'fd.agent.push'
const TEST_MS = 15_000
// A push service may keep a browser waiting for ever.
const SUBSCRIBE_MS = 20_000

const iOS = /iPhone|iPad/.test(navigator.userAgent) || (navigator.platform === 'MacIntel' && navigator.maxTouchPoints > 1)
const installed = matchMedia('(display-mode: standalone)').matches || Boolean(/** @type {any} */ (navigator).standalone)

export class Push {
  /** @param {{api: import('flagdown/api').Api}} with_ */
  constructor({ api }) {
    this.api = api
    /** the subscription's id on the server */
    this.id = ''
  }

  /** @returns {Promise<ServiceWorkerRegistration | undefined>} */
  async registration() {
    return navigator.serviceWorker?.getRegistration('/agent/')
  }

  /** How this phone can be reached now. @returns {Promise<Reach>} */
  async state() {
    if (iOS && !installed) return 'install'
    const registration = await this.registration()
    if (!registration?.pushManager || !('Notification' in window)) return 'none'
    if (Notification.permission === 'denied') return 'blocked'
    const subscription = await registration.pushManager.getSubscription()
    return subscription && Notification.permission === 'granted' ? 'on' : 'off'
  }

  /** Ask for the permission and subscribe. @returns {Promise<Reach>} @throws what the browser or the API says */
  async on() {
    if ((await Notification.requestPermission()) !== 'granted') return Notification.permission === 'denied' ? 'blocked' : 'off'
    return this.keep()
  }

  /** Make sure that the server knows this browser; another key of ours needs another subscription. @returns {Promise<Reach>} */
  async keep() {
    const registration = await this.registration()
    if (!registration) return 'none'
    const { key } = await this.api.get('agent/push')
    if (!key) return 'unset'
    const { pushManager } = registration
    let subscription = await pushManager.getSubscription()
    if (subscription && store.get(KNOWN) !== key) {
      await subscription.unsubscribe()
      subscription = null
    }
    subscription ??= await within(SUBSCRIBE_MS, pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }))
    const { endpoint, keys } = subscription.toJSON()
    const made = await this.api.post('agent/push/subscriptions', { endpoint, keys, device: device() })
    store.set(KNOWN, key)
    this.id = made.id
    return 'on'
  }

  /** Push a test to here. @returns {Promise<number>} ms until it came through @throws {Error} when it did not */
  async test() {
    if (!this.id) await this.keep()
    const at = performance.now()
    const came = new Promise((resolve) => {
      const heard = (/** @type {MessageEvent} */ event) => {
        if (event.data?.type !== 'push' || event.data.kind !== 'test') return
        navigator.serviceWorker.removeEventListener('message', heard)
        resolve(performance.now() - at)
      }
      navigator.serviceWorker.addEventListener('message', heard)
    })
    await this.api.post(`agent/push/subscriptions/${this.id}/test`)
    return within(TEST_MS, came)
  }

  /** Never wake this phone again. */
  async off() {
    if (!this.id) await this.keep()
    await this.api.call('DELETE', `agent/push/subscriptions/${this.id}`)
    this.id = ''
    store.remove(KNOWN)
    const subscription = await (await this.registration())?.pushManager.getSubscription()
    await subscription?.unsubscribe()
  }
}

/** @template T @param {number} ms @param {Promise<T>} work @returns {Promise<T>} */
function within(ms, work) {
  return Promise.race([work, new Promise((_, reject) => setTimeout(() => reject(new Error('too late')), ms))])
}

/** What she would call it: "Chrome, Android". */
function device() {
  const agent = navigator.userAgent
  const browser = /Edg/.test(agent) ? 'Edge' : /SamsungBrowser/.test(agent) ? 'Samsung Internet' : /Firefox|FxiOS/.test(agent) ? 'Firefox' : /Chrome|CriOS/.test(agent) ? 'Chrome' : 'Safari'
  const system = /Android/.test(agent) ? 'Android' : iOS ? 'iOS' : /Windows/.test(agent) ? 'Windows' : /Mac/.test(agent) ? 'macOS' : 'Linux'
  return `${browser}, ${system}`
}

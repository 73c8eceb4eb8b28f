/**
 * The offer that takes the screen: what it is, how long it stands, accept or decline. Its time runs from when it was
 * drawn here. Several at once: the one on the screen stays until it is over, the others are counted.
 * @module flagdown/agent/offer/screen
 */
import { announce, part, say, toast } from 'flagdown/dom'
import { explain, t } from 'flagdown/i18n'
import { drawWait, fill } from 'flagdown/agent/offer/facts'
import { Ring } from 'flagdown/agent/offer/ring'
import { about } from 'flagdown/agent/words'

/** @typedef {import('flagdown/api').ApiError} ApiError */
/** @typedef {import('flagdown/agent/shapes').Offer & {heardAt: number}} Offer */

// A tap or key that was meant for what was on the screen before must not decide.
const GUARD_MS = 450
// After the last second the server has this long to say how it ended.
const LATE_MS = 2500
const MILESTONES = [10, 5]
// Who lets the app accept sees an offer only when the server has not done so within this time.
const AUTO_MS = 2500
/** What page-wide news is read from; inside an open dialog the rest of the page is silent. */
const NEWS = ['fd-toasts', 'fd-status', 'fd-alert']

export class OfferScreen {
  /**
   * @param {object} with_
   * @param {import('flagdown/api').Api} with_.api
   * @param {import('flagdown/socket').Socket} with_.socket
   * @param {import('flagdown/agent/state').State} with_.state
   * @param {import('flagdown/agent/attention').Attention} with_.attention
   * @param {(ticket: import('flagdown/agent/shapes').AgentTicket) => void} with_.accepted
   * @param {(error: unknown) => boolean} with_.signedOut whether the error was that, and is taken care of
   * @param {() => void | Promise<void>} with_.refresh
   */
  constructor({ api, socket, state, attention, accepted, signedOut, refresh }) {
    this.api = api
    this.socket = socket
    this.state = state
    this.attention = attention
    this.accepted = accepted
    this.signedOut = signedOut
    this.refresh = refresh
    this.el = /** @type {HTMLDialogElement} */ (document.getElementById('offer'))
    this.shown = ''
    this.openedAt = 0
    this.busy = false
    this.ring = new Ring(part(this.el, 'run'))
    /** offers that were drawn and said to be, and when by the server's clock, ms @type {Map<string, number>} */
    this.drawn = new Map()
    /** offers that the server is to accept by itself @type {Set<string>} */
    this.automatic = new Set()
    this.said = Infinity
    this.lastLeft = -1
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.timer = undefined
    this.acceptButton = /** @type {HTMLButtonElement} */ (document.getElementById('accept'))
    this.acceptButton.addEventListener('click', () => this.accept())
    document.getElementById('decline')?.addEventListener('click', () => this.#asking(true))
    document.getElementById('decline-back')?.addEventListener('click', () => this.#asking(false))
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (this.el.querySelectorAll('[data-reason]'))) {
      button.addEventListener('click', () => this.decline(button.dataset.reason || ''))
    }
    // Only an answer or the clock ends an offer; Escape goes back from the reasons.
    this.el.addEventListener('cancel', (event) => {
      event.preventDefault()
      this.#asking(false)
    })
    this.el.addEventListener('close', () => this.shown && this.#show())
    document.addEventListener('visibilitychange', () => this.#time())
    state.addEventListener('change', () => this.draw())
    socket.addEventListener('ready', () => {
      this.drawn.clear()
      this.#deliver(this.shown)
    })
  }

  /** Show the most urgent offer, or go away. */
  draw() {
    for (const offer of this.state.queue) this.#leaveToServer(offer)
    const queue = this.state.queue.filter((offer) => !this.automatic.has(offer.id))
    // What is being read stays, also when another one runs out earlier.
    const offer = queue.find((each) => each.id === this.shown) || queue[0]
    if (!offer) {
      if (this.shown) this.#hide()
      return
    }
    const fresh = offer.id !== this.shown
    if (fresh) this.#asking(false)
    this.shown = offer.id
    fill(this.el, offer, queue.length - 1)
    if (fresh) {
      this.busy = false
      this.#set(false)
      this.openedAt = performance.now()
      this.lastLeft = -1
      this.said = Infinity
      say(this.el, 'note', '')
    }
    if (!this.el.open) this.#show()
    this.#time(fresh)
    if (fresh) {
      part(this.el, 'title').focus({ preventScroll: true })
      this.el.scrollTop = 0
      this.attention.ring(true)
      this.#deliver(offer.id)
      announce(t('offer.said', { what: about(offer), n: Math.max(0, Math.round(this.#left(offer) / 1000)) }), true)
    }
  }

  /**
   * She lets the app accept for her: the offer is confirmed and not drawn. It is when the server does not take it.
   * @param {Offer} offer
   */
  #leaveToServer(offer) {
    const { id } = offer
    if (!this.state.autoAccept || this.drawn.has(id) || this.automatic.has(id) || id === this.shown) return
    this.#send(id)
    if (!this.drawn.has(id)) return // no line: it is shown like any other
    this.automatic.add(id)
    setTimeout(() => {
      this.automatic.delete(id)
      this.draw()
    }, AUTO_MS)
  }

  #show() {
    this.el.showModal()
    for (const id of NEWS) this.el.append(document.getElementById(id) || '')
  }

  #hide() {
    this.shown = ''
    this.busy = false
    clearInterval(this.timer)
    this.timer = undefined
    this.ring.clear()
    this.attention.ring(false)
    for (const id of NEWS) document.body.append(document.getElementById(id) || '')
    if (this.el.open) this.el.close()
  }

  /** @param {Offer} offer full time to answer, ms */
  #total(offer) {
    if (offer.timeout_s) return offer.timeout_s * 1000
    return Math.max(1, Date.parse(offer.expires_at) - Date.parse(offer.made_at || offer.expires_at))
  }

  /**
   * What is left to answer, ms. Drawn here, it has its whole time from that moment; the server's word about when
   * it ends is truer as soon as it comes. Without a line nobody hears that it was drawn, and its first time runs out.
   * @param {Offer} offer
   */
  #left(offer) {
    const now = this.socket.now()
    const drawn = this.drawn.get(offer.id) ?? (this.shown === offer.id && this.socket.state === 'open' ? now : undefined)
    return (drawn !== undefined && !offer.delivered_at ? drawn + this.#total(offer) : Date.parse(offer.expires_at)) - now
  }

  /** Start or correct the ring. @param {boolean} [fresh] */
  #time(fresh = false) {
    const offer = this.state.offers.get(this.shown)
    if (!offer) return
    this.ring.set(this.#total(offer), this.#left(offer), fresh)
    this.timer ??= setInterval(() => this.#tick(), 200)
    this.#tick()
  }

  #tick() {
    const offer = this.state.offers.get(this.shown)
    if (!offer) return
    const ms = this.#left(offer)
    const left = Math.max(0, Math.min(Math.ceil(ms / 1000), Math.ceil(this.#total(offer) / 1000)))
    this.ring.set(this.#total(offer), ms)
    if (left !== this.lastLeft) {
      this.lastLeft = left
      say(this.el, 'left', String(left))
      this.el.dataset.urgent = String(left <= 5)
      drawWait(this.el, offer)
      const milestone = MILESTONES.find((s) => left <= s && this.said > s && left > s - 3)
      if (milestone) {
        if (this.said !== Infinity || this.openedAt < performance.now() - 1500) announce(t('offer.left', { n: left }), true)
        this.said = milestone
      }
    }
    if (ms < -LATE_MS && !this.busy) {
      this.state.endOffer(offer.id)
      toast(t(offer.delivered_at || this.drawn.has(offer.id) ? 'offer.expired' : 'offer.undelivered'))
      this.refresh()
    }
  }

  /** Tell the server that it stands on this screen: from here its time counts. @param {string} id */
  #deliver(id) {
    if (!id) return
    requestAnimationFrame(() => this.shown === id && this.#send(id))
    // A page in the background draws no frames, yet it rings.
    if (document.visibilityState === 'hidden') this.#send(id)
  }

  /** @param {string} id */
  #send(id) {
    if (this.drawn.has(id) || !this.socket.send({ type: 'offer.delivered', offer: id })) return
    this.drawn.set(id, this.socket.now())
    if (this.drawn.size > 50) this.drawn.delete(this.drawn.keys().next().value || '')
  }

  /** @param {boolean} on */
  #asking(on) {
    const was = !part(this.el, 'decline').hidden
    this.el.dataset.asking = String(on)
    part(this.el, 'decline').hidden = !on
    part(this.el, 'choose').hidden = on
    if (on) /** @type {HTMLElement | null} */ (this.el.querySelector('[data-reason]'))?.focus()
    else if (was) document.getElementById('decline')?.focus()
  }

  /** @param {boolean} busy */
  #set(busy) {
    this.busy = busy
    this.acceptButton.setAttribute('aria-busy', String(busy))
    for (const button of this.el.querySelectorAll('button')) if (!button.closest('.toasts')) button.setAttribute('aria-disabled', String(busy))
  }

  async accept() {
    const offer = this.state.offers.get(this.shown)
    if (!offer || this.busy || performance.now() - this.openedAt < GUARD_MS) return
    this.#set(true)
    this.attention.ring(false)
    for (;;) {
      try {
        const ticket = await this.api.post(`agent/offers/${offer.id}/accept`, {}, { timeout: 8000 })
        this.busy = false
        this.state.endOffer(offer.id)
        this.accepted(ticket)
        return
      } catch (error) {
        const e = /** @type {ApiError} */ (error)
        if (this.signedOut(e)) return
        // No answer may mean that it was accepted: ask again while there is time, the server decides once.
        if (e.status === 0 && this.#left(offer) > -LATE_MS) {
          say(this.el, 'note', t('offer.retry'))
          await new Promise((done) => setTimeout(done, 700))
          continue
        }
        // Our own yes, whose answer the network lost: it counts.
        if (e.status === 409 && e.state === 'accepted') await this.refresh()
        this.busy = false
        const talk = e.status === 409 && this.state.talks.get(offer.ticket)
        if (talk && !talk.ended) {
          this.state.endOffer(offer.id)
          this.accepted(talk.ticket)
        } else this.#failed(offer, e)
        return
      }
    }
  }

  /** @param {string} reason */
  async decline(reason) {
    const offer = this.state.offers.get(this.shown)
    if (!offer || this.busy) return
    this.#set(true)
    try {
      await this.api.post(`agent/offers/${offer.id}/decline`, reason ? { reason } : {}, { timeout: 8000 })
      this.busy = false
      this.state.endOffer(offer.id)
      toast(t('offer.declined'))
    } catch (error) {
      this.busy = false
      if (!this.signedOut(error)) this.#failed(offer, /** @type {ApiError} */ (error))
    }
  }

  /** @param {Offer} offer @param {ApiError} e */
  #failed(offer, e) {
    this.#set(false)
    if (e.status === 409 || e.status === 404) {
      this.state.endOffer(offer.id)
      toast(ended(e.state || 'rescinded', offer.broadcast ? 'taken' : ''))
      this.refresh()
      return
    }
    say(this.el, 'note', explain(e))
    if (this.shown === offer.id) this.attention.ring(true)
  }

  /** The server says how an offer ended. @param {string} id @param {string} state @param {string} reason */
  ended(id, state, reason) {
    const mine = this.busy && this.shown === id
    if (mine && state === 'accepted') return // our own answer is on its way
    const offer = this.state.endOffer(id)
    if (!offer || mine || (state === 'accepted' && this.automatic.has(id))) return
    toast(ended(state, reason))
  }
}

/** @param {string} state @param {string} reason @returns {string} */
function ended(state, reason) {
  const key = { accepted: 'elsewhere', declined: 'declined', expired: 'expired' }[state] || REASONS[reason] || 'rescinded'
  return t(`offer.${key}`)
}

/** @type {Record<string, string>} why an offer was withdrawn → which words */
const REASONS = { taken: 'taken', claimed: 'taken', 'customer left': 'customer_left', 'not delivered': 'undelivered' }

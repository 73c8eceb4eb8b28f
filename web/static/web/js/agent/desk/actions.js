/**
 * One sheet for how a conversation goes on: resolve it, return it to the queue, hand it over, or write down what the
 * next person must know.
 * @module flagdown/agent/desk/actions
 */
import { part, say, store } from 'flagdown/dom'
import { t } from 'flagdown/i18n'
import { FIELDS } from 'flagdown/agent/note'
import { settings } from 'flagdown/agent/words'

/** @typedef {'resolve' | 'release' | 'transfer' | 'note'} Act */

export class Actions {
  /**
   * @param {object} with_
   * @param {import('flagdown/outbox').Outbox} with_.outbox
   * @param {import('flagdown/agent/state').State} with_.state
   * @param {import('flagdown/agent/note').HandOverNote} with_.note
   * @param {(act: import('flagdown/agent/desk/leaving').Act, ticket: string, body: Record<string, string | boolean>) => void} with_.leave
   */
  constructor({ outbox, state, note, leave }) {
    this.outbox = outbox
    this.state = state
    this.handOver = note
    this.leave = leave
    this.el = /** @type {HTMLDialogElement} */ (document.getElementById('actions'))
    this.form = /** @type {HTMLFormElement} */ (document.getElementById('actions-form'))
    this.ticket = ''
    this.form.addEventListener('change', () => this.#draw())
    this.form.addEventListener('submit', (event) => {
      event.preventDefault()
      this.go()
    })
    part(this.el, 'cancel').addEventListener('click', () => this.el.close())
    this.note.addEventListener('input', () => store.set(this.#key, this.note.value))
    for (const field of FIELDS) {
      const input = this.#field(field)
      input.addEventListener('input', () => note.set(this.ticket, field, input.value))
    }
    note.addEventListener('change', () => this.#saved())
    state.addEventListener('change', () => {
      if (this.el.open && this.state.talks.get(this.ticket)?.ended !== '') this.el.close()
    })
  }

  get note() {
    return /** @type {HTMLTextAreaElement} */ (document.getElementById('act-note'))
  }

  /** @param {string} name @returns {HTMLTextAreaElement} */
  #field(name) {
    return /** @type {HTMLTextAreaElement} */ (document.getElementById(`baton-${name}`))
  }

  get #key() {
    return `fd.agent.note.${this.ticket}`
  }

  /** @returns {Act} */
  get act() {
    return /** @type {Act} */ (new FormData(this.form).get('act'))
  }

  /** @param {Act} act */
  open(act) {
    const talk = this.state.talks.get(this.state.open)
    if (!talk || talk.ended) return
    this.ticket = talk.ticket.id
    const { desk, topic } = talk.ticket
    const option = (/** @type {string} */ value, /** @type {string} */ name) => {
      const el = document.createElement('option')
      el.value = value
      el.textContent = name
      return el
    }
    const queues = settings.queues.filter((queue) => (!desk || queue.desk === desk.key) && queue.slug !== topic)
    part(this.el, 'queues').replaceChildren(...queues.map((queue) => option(`queue:${queue.slug}`, queue.name)))
    part(this.el, 'colleagues').replaceChildren(...settings.colleagues.map((each) => option(`agent:${each.id}`, each.name)))
    const supervised = !desk || settings.supervised.includes(desk.key)
    part(this.el, 'supervisors').replaceChildren(...(supervised ? [option('supervisor:true', t('action.supervisor'))] : []))
    for (const group of ['queues', 'colleagues', 'supervisors']) part(this.el, group).hidden = !part(this.el, group).children.length
    const radio = /** @type {HTMLInputElement | null} */ (this.form.querySelector(`input[value="${act}"]`))
    if (radio) radio.checked = true
    this.note.value = store.get(this.#key) || ''
    const written = this.handOver.get(this.ticket)
    for (const field of FIELDS) this.#field(field).value = written[field] || ''
    this.#saved()
    say(this.el, 'error', '')
    this.#draw()
    this.el.showModal()
    radio?.focus()
  }

  #draw() {
    this.el.dataset.act = this.act
    say(this.el, 'title', t(`action.${this.act}`))
    say(this.el, 'go', t(this.act === 'note' ? 'action.note.done' : `action.${this.act}`))
  }

  #saved() {
    const kept = this.handOver.kept.get(this.ticket) || ''
    say(this.el, 'kept', kept ? t(`note.${kept}`) : '')
  }

  go() {
    const { act, ticket } = this
    if (act === 'note') {
      this.handOver.save(ticket)
      this.el.close()
      return
    }
    const data = new FormData(this.form)
    /** @type {Record<string, string | boolean>} */
    const body = {}
    if (act === 'resolve') {
      const note = this.note.value.trim()
      if (note) body.note = note
      body.disposition = String(data.get('disposition'))
    } else {
      // Empty ones too: what was rubbed out is not to be handed over.
      for (const field of FIELDS) body[field] = this.#field(field).value.trim()
    }
    if (act === 'transfer') {
      const [kind, id] = String(data.get('destination') || '').split(/:(.*)/)
      if (!id) return
      body[kind] = kind === 'supervisor' || id
    }
    // What is still on its way would be refused once the conversation is over.
    const paths = ['messages', 'notes'].map((kind) => `agent/tickets/${ticket}/${kind}`)
    if (paths.some((path) => this.outbox.items(path).some((item) => item.state === 'pending'))) {
      this.outbox.flush()
      say(this.el, 'error', t('action.unsent'))
      return
    }
    say(this.el, 'error', '')
    store.remove(this.#key)
    this.el.close()
    this.leave(act, ticket, body)
  }
}

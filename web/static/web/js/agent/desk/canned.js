/**
 * "/" at the start of a line: a list of canned replies, narrowed down by what is typed on. The one that is chosen takes
 * the place of what was typed, with its placeholders filled in; what nobody could fill in is marked.
 * @module flagdown/agent/desk/canned
 */
import { announce, part, say } from 'flagdown/dom'
import { t } from 'flagdown/i18n'
import { languageName } from 'flagdown/agent/words'

/** @typedef {import('flagdown/conversation/element').Conversation} Conversation */
/** @typedef {import('flagdown/agent/desk/replies').Reply} Reply */

const MOST = 30
const TYPED = 40
const PLACEHOLDER = /\{(\w{1,40})\}/

export class Canned {
  /**
   * @param {object} with_
   * @param {import('flagdown/agent/state').State} with_.state
   * @param {import('flagdown/agent/desk/replies').Replies} with_.replies
   * @param {import('flagdown/agent/desk/about').About} with_.about
   */
  constructor({ state, replies, about }) {
    this.state = state
    this.replies = replies
    this.about = about
    this.el = /** @type {HTMLElement} */ (document.getElementById('canned'))
    this.list = part(this.el, 'list')
    /** @type {Conversation | null} */
    this.frame = null
    /** @type {Reply[]} */
    this.shown = []
    this.at = 0
    this.start = 0
    /** where a "/" stands that she wants as it is */
    this.left = -1
    /** the text that was sent back once because something in it is not filled in */
    this.warned = ''
    /** @type {(frame: Conversation) => boolean} whether what is written there goes to nobody outside */
    this.spares = () => false
    part(this.el, 'manage').addEventListener('click', () => {
      this.close()
      replies.manage()
    })
    // A tap on the list keeps the keyboard where it is.
    this.el.addEventListener('pointerdown', (event) => event.preventDefault())
    document.addEventListener('input', (event) => this.#typed(event.target))
    // Who was faster than the line sees them as they come.
    replies.came = () => this.el.hidden || this.#typed(this.input)
    // Before the composer hears the key: Enter chooses here and sends there.
    document.addEventListener('keydown', (event) => this.#key(event), true)
    document.addEventListener('focusout', (event) => event.target === this.input && !this.el.contains(/** @type {Node | null} */ (event.relatedTarget)) && this.close())
    document.addEventListener('fd-submit', (event) => this.#guard(/** @type {CustomEvent} */ (event)), true)
    addEventListener('hashchange', () => this.close())
  }

  /** @returns {HTMLTextAreaElement | null} */
  get input() {
    return this.frame && /** @type {HTMLTextAreaElement} */ (part(this.frame, 'input'))
  }

  /** As if she had typed "/" on a line of its own. @param {Conversation} frame */
  begin(frame) {
    const input = /** @type {HTMLTextAreaElement} */ (part(frame, 'input'))
    input.focus()
    input.setSelectionRange(input.value.length, input.value.length)
    write(input, input.value && !input.value.endsWith('\n') ? '\n/' : '/')
  }

  /** @param {EventTarget | null} input */
  #typed(input) {
    if (!(input instanceof HTMLTextAreaElement) || input.dataset.part !== 'input') return
    const frame = /** @type {Conversation | null} */ (input.closest('fd-conversation[data-desk]'))
    if (!frame || input.readOnly) return
    this.frame = frame
    const caret = input.selectionStart
    const start = input.value.lastIndexOf('\n', caret - 1) + 1
    const typed = input.value.slice(start, caret)
    if (input.value[start] !== '/') this.left = -1
    if (!typed.startsWith('/') || typed.length > TYPED || input.selectionEnd !== caret || this.left === start) return this.close()
    this.start = start
    this.#draw(typed.slice(1))
  }

  /** @param {string} typed */
  #draw(typed) {
    const found = this.#find(typed)
    const before = this.shown[this.at]?.id
    this.shown = found
    this.at = Math.max(0, found.findIndex((reply) => reply.id === before))
    const known = new Map([...this.list.children].map((el) => [/** @type {HTMLElement} */ (el).dataset.id, el]))
    this.list.replaceChildren(
      ...found.map((reply) => {
        const old = known.get(reply.id)
        if (old) return old
        const template = /** @type {HTMLTemplateElement} */ (document.getElementById('canned-option'))
        const option = /** @type {HTMLElement} */ (/** @type {HTMLElement} */ (template.content.firstElementChild).cloneNode(true))
        option.id = `canned-${reply.id}`
        option.dataset.id = reply.id
        say(option, 'shortcut', `/${reply.shortcut}`)
        say(option, 'title', reply.title)
        say(option, 'text', reply.text)
        say(option, 'tag', reply.language === this.ticket?.language ? '' : languageName(reply.language))
        option.addEventListener('click', () => this.#choose(reply))
        return option
      }),
    )
    const none = !found.length
    part(this.el, 'none').hidden = !none
    say(this.el, 'none', t(this.replies.all.length ? 'canned.nothing' : 'canned.empty'))
    const input = /** @type {HTMLTextAreaElement} */ (this.input)
    if (this.el.hidden || this.el.parentNode !== part(/** @type {Conversation} */ (this.frame), 'foot')) {
      part(/** @type {Conversation} */ (this.frame), 'foot').prepend(this.el)
      this.el.hidden = false
      input.setAttribute('aria-controls', this.list.id)
      input.setAttribute('aria-autocomplete', 'list')
      input.setAttribute('aria-haspopup', 'listbox')
    }
    announce(t('canned.count', { n: found.length }))
    this.#mark()
  }

  /** The conversation on the screen. */
  get ticket() {
    return this.state.talks.get(this.frame?.dataset.desk || '')?.ticket
  }

  /** What fits this conversation and what is typed: the best first. @param {string} typed @returns {Reply[]} */
  #find(typed) {
    const { ticket } = this
    const words = typed.trim().toLowerCase().split(/\s+/).filter(Boolean)
    const fits = this.replies.all.filter((reply) => (reply.own || reply.desk === ticket?.desk?.key) && (!reply.topic || reply.topic === ticket?.topic))
    const spoken = (/** @type {Reply} */ reply) => (reply.language === ticket?.language ? 0 : reply.language ? 2 : 1)
    // Of one reply in several languages only the best is of use.
    const best = fits.filter((reply) => !fits.some((other) => other !== reply && other.shortcut === reply.shortcut && other.own === reply.own && other.topic === reply.topic && spoken(other) < spoken(reply) && spoken(reply) === 2))
    const rank = (/** @type {Reply} */ reply) => {
      const places = [reply.shortcut, reply.title, reply.text].map((text) => text.toLowerCase())
      if (!words.every((word) => places.some((place) => place.includes(word)))) return -1
      const first = words[0] || ''
      return places[0].startsWith(first) ? 0 : places[0].includes(first) ? 1 : places[1].includes(first) ? 2 : 3
    }
    return best
      .map((reply) => ({ reply, rank: rank(reply), spoken: spoken(reply) }))
      .filter((each) => each.rank >= 0)
      .sort((a, b) => a.rank - b.rank || a.spoken - b.spoken || a.reply.shortcut.localeCompare(b.reply.shortcut))
      .slice(0, MOST)
      .map((each) => each.reply)
  }

  #mark() {
    const options = [...this.list.children]
    options.forEach((option, i) => option.setAttribute('aria-selected', String(i === this.at)))
    const now = options[this.at]
    const input = this.input
    if (now) {
      input?.setAttribute('aria-activedescendant', now.id)
      now.scrollIntoView({ block: 'nearest' })
    } else input?.removeAttribute('aria-activedescendant')
  }

  close() {
    if (this.el.hidden) return
    this.el.hidden = true
    for (const name of ['aria-controls', 'aria-autocomplete', 'aria-haspopup', 'aria-activedescendant']) this.input?.removeAttribute(name)
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (this.el.hidden || event.target !== this.input || event.isComposing || event.keyCode === 229) return
    const { key } = event
    const many = this.shown.length
    if (key === 'Escape') {
      // What was typed stays as it is.
      this.left = this.start
      this.close()
    } else if ((key === 'ArrowDown' || key === 'ArrowUp') && many) {
      this.at = (this.at + (key === 'ArrowDown' ? 1 : many - 1)) % many
      this.#mark()
    } else if ((key === 'Enter' || key === 'Tab') && many && !event.shiftKey) this.#choose(this.shown[this.at])
    else return
    event.preventDefault()
    event.stopImmediatePropagation()
  }

  /** @param {Reply} reply */
  #choose(reply) {
    const { frame, input, ticket } = this
    if (!frame || !input || !ticket) return
    const text = fill(reply.text, this.about.values(ticket))
    const { start } = this
    this.close()
    input.focus()
    input.setSelectionRange(start, input.selectionEnd)
    write(input, text)
    const open = PLACEHOLDER.exec(text)
    if (!open) return
    this.#ask(frame, input, start + open.index, open)
  }

  /** Mark what is to be filled in, and say so. @param {Conversation} frame @param {HTMLTextAreaElement} input @param {number} at @param {RegExpExecArray} open */
  #ask(frame, input, at, open) {
    input.focus()
    input.setSelectionRange(at, at + open[0].length)
    frame.setNote(t('canned.fill', { name: open[1] }), 'bad')
    input.addEventListener('input', () => PLACEHOLDER.test(input.value) || frame.setNote(''), { once: true })
  }

  /** Nothing leaves with a gap in it unless she says so twice. @param {CustomEvent} event */
  #guard(event) {
    const frame = /** @type {Conversation} */ (event.target)
    if (!frame.dataset.desk || this.spares(frame)) return
    const input = /** @type {HTMLTextAreaElement} */ (part(frame, 'input'))
    const open = PLACEHOLDER.exec(input.value)
    if (!open || this.warned === input.value) {
      if (open) frame.setNote('')
      this.warned = ''
      return
    }
    event.preventDefault()
    event.stopPropagation()
    this.warned = input.value
    this.#ask(frame, input, open.index, open)
    frame.setNote(t('canned.unfilled', { name: open[1] }), 'bad')
  }
}

/** @param {string} text @param {Record<string, string>} values @returns {string} */
function fill(text, values) {
  return text.replace(/\{(\w{1,40})\}/g, (whole, name) => (Object.hasOwn(values, name) && values[name]) || whole)
}

/** In the place of what is selected, so that it can be taken back like anything that was typed. @param {HTMLTextAreaElement} input @param {string} text */
function write(input, text) {
  if (document.execCommand('insertText', false, text)) return
  input.setRangeText(text, input.selectionStart, input.selectionEnd, 'end')
  input.dispatchEvent(new Event('input', { bubbles: true }))
}

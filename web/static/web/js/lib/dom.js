/**
 * Small tools every page needs: templates, storage that cannot throw, toasts, announcements, dialogs.
 * Markup lives in Django templates; nothing here or above ever parses HTML.
 * @module flagdown/dom
 */
import { t } from 'flagdown/i18n'

/**
 * Clone the one element inside `<template id>`.
 * @param {string} id @returns {HTMLElement}
 */
export function clone(id) {
  const template = document.getElementById(id)
  if (!(template instanceof HTMLTemplateElement) || !template.content.firstElementChild) throw new Error(`no template #${id}`)
  return /** @type {HTMLElement} */ (document.importNode(template.content.firstElementChild, true))
}

/**
 * The element marked `data-part="name"` in `root` (or `root` itself).
 * @param {ParentNode} root @param {string} name @returns {HTMLElement}
 */
export function part(root, name) {
  const found = maybe(root, name)
  if (!found) throw new Error(`no part ${name}`)
  return found
}

/** As `part`, or null. @param {ParentNode} root @param {string} name @returns {HTMLElement | null} */
export function maybe(root, name) {
  if (root instanceof HTMLElement && root.dataset.part === name) return root
  return root.querySelector(`[data-part="${name}"]`)
}

/** Set text of a part, touching the page only when it changes. @param {ParentNode} root @param {string} name @param {string} text */
export function say(root, name, text) {
  const el = part(root, name)
  if (el.textContent !== text) el.textContent = text
}

/** What a `{{ config|json_script:id }}` holds. @param {string} id @returns {any} */
export const config = (id) => JSON.parse(document.getElementById(id)?.textContent || '{}')

/** A UUID v4, also on plain http where `crypto.randomUUID` does not exist. @returns {string} */
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID()
  const b = crypto.getRandomValues(new Uint8Array(16))
  b[6] = (b[6] & 0x0f) | 0x40
  b[8] = (b[8] & 0x3f) | 0x80
  const hex = Array.from(b, (x) => x.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/**
 * localStorage that never throws: blocked (third-party frames), full or missing, it works on in memory.
 */
export const store = {
  /** @type {Map<string, string>} */
  memory: new Map(),
  /** @param {string} key @returns {any} parsed value, or null */
  get(key) {
    let raw = this.memory.get(key) ?? null
    try {
      raw = localStorage.getItem(key) ?? raw
    } catch {}
    try {
      return raw === null ? null : JSON.parse(raw)
    } catch {
      return null
    }
  },
  /** @param {string} key @param {unknown} value */
  set(key, value) {
    const raw = JSON.stringify(value)
    try {
      localStorage.setItem(key, raw)
      this.memory.delete(key)
    } catch {
      this.memory.set(key, raw)
    }
  },
  /** @param {string} key */
  remove(key) {
    this.memory.delete(key)
    try {
      localStorage.removeItem(key)
    } catch {}
  },
  /** All keys with this beginning. @param {string} prefix @returns {string[]} */
  keys(prefix) {
    const found = new Set(this.memory.keys())
    try {
      for (let i = 0; i < localStorage.length; i++) found.add(localStorage.key(i) || '')
    } catch {}
    return [...found].filter((key) => key.startsWith(prefix))
  },
}

/**
 * A short notice at the edge of the screen, read out by screen readers. Problems stay until dismissed.
 * Needs `{% include "web/_toasts.html" %}` in the page (base.html has it).
 * @param {string} text @param {{tone?: 'info' | 'good' | 'bad', seconds?: number}} [options]
 */
export function toast(text, { tone = 'info', seconds = tone === 'bad' ? 12 : 5 } = {}) {
  const region = document.getElementById('fd-toasts')
  if (!region) return
  for (const old of region.children) if (part(old, 'text').textContent === text) old.remove()
  const el = clone('fd-toast')
  el.dataset.tone = tone
  say(el, 'text', text)
  const away = () => el.remove()
  const button = part(el, 'dismiss')
  button.setAttribute('aria-label', t('dismiss'))
  button.addEventListener('click', away)
  region.append(el)
  while (region.children.length > 3) region.firstElementChild?.remove()
  setTimeout(away, seconds * 1000)
}

/** Say something to screen readers only. @param {string} text @param {boolean} [urgent] */
export function announce(text, urgent = false) {
  const region = document.getElementById(urgent ? 'fd-alert' : 'fd-status')
  if (!region) return
  region.textContent = ''
  setTimeout(() => (region.textContent = text), 60)
}

/**
 * Open `<dialog id>` and wait for the answer: the `value` of the button that closed it, '' when dismissed.
 * Buttons live in `<form method="dialog">`. Focus returns to where it was.
 * @param {string} id @returns {Promise<string>}
 */
export function ask(id) {
  const dialog = document.getElementById(id)
  if (!(dialog instanceof HTMLDialogElement)) throw new Error(`no dialog #${id}`)
  dialog.returnValue = ''
  dialog.showModal()
  return new Promise((done) => {
    const waiting = new AbortController()
    /** @param {string} answer */
    const answered = (answer) => {
      waiting.abort()
      done(answer)
    }
    // `close` alone would be too late: it comes after the focus is back where it was, and a key pressed in
    // between would find the asker still busy with this question.
    dialog.addEventListener('cancel', () => answered(''), { signal: waiting.signal })
    dialog.addEventListener(
      'submit',
      (event) => answered(/** @type {HTMLButtonElement | null} */ (event.submitter)?.value || ''),
      { signal: waiting.signal },
    )
    // While the dialog is open, a `close` is the belated one of the question before.
    dialog.addEventListener('close', () => dialog.open || answered(dialog.returnValue), { signal: waiting.signal })
  })
}

/** Up to two initials of a name, for a face without a photo. @param {string} name @returns {string} */
export function initials(name) {
  const words = name.trim().split(/\s+/).filter(Boolean)
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : words
  return letters.map((word) => Array.from(word)[0] || '').join('').toLocaleUpperCase()
}

/**
 * Draw a face into an element made from `<template id="fd-face">` or `{% include "web/_face.html" %}`.
 * The colour is chosen by the name, always the same for the same person.
 * @param {HTMLElement} el @param {{name?: string | null, photo?: string | null} | null} who
 */
export function face(el, who) {
  const name = who?.name || ''
  const img = part(el, 'photo')
  const letters = part(el, 'initials')
  let hash = 0
  for (const c of name) hash = (hash * 31 + (c.codePointAt(0) || 0)) >>> 0
  el.dataset.hue = String(hash % 6)
  letters.textContent = initials(name)
  const photo = who?.photo || ''
  img.hidden = !photo
  letters.hidden = Boolean(photo)
  if (photo) {
    img.onerror = () => {
      img.hidden = true
      letters.hidden = false
    }
    img.setAttribute('src', photo)
  } else img.removeAttribute('src')
}

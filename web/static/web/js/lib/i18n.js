/**
 * Words come from the server (`{% strings … %}`), already in the reader's language. Modules hold none of their own.
 * @module flagdown/i18n
 */

/** @typedef {{forms: string[], pick?: string}} Counted all forms of a counted text; `pick[n]` is the form for n */

const element = document.getElementById('fd-strings')
/** @type {Record<string, string | Counted>} */
const words = element ? JSON.parse(element.textContent || '{}') : {}

/** Words of a part of the page that came later. @param {Record<string, string | Counted>} more */
export const learn = (more) => void Object.assign(words, more)

/** The language of the page, for Intl. */
export const language = document.documentElement.lang || 'en'

/**
 * A text by its key. `{name}` places are filled from `values`; a counted text is chosen by `values.n`.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 * @returns {string} the key itself when the text is missing, so that a gap is seen and nothing breaks
 */
export function t(key, values = {}) {
  let text = words[key]
  if (text === undefined) return key
  if (typeof text !== 'string') {
    const n = Math.abs(Math.trunc(Number(values.n) || 0))
    const at = n < 200 ? n : 100 + (n % 100)
    text = text.forms[text.pick ? Number(text.pick[at]) : n === 1 ? 0 : 1]
  }
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name]
    if (value === undefined) return whole
    return typeof value === 'number' ? number.format(value) : value
  })
}

const number = new Intl.NumberFormat(language)

/** @param {import('flagdown/api').Money} pay @returns {string} */
export function money({ amount, currency }) {
  try {
    return new Intl.NumberFormat(language, { style: 'currency', currency }).format(Number(amount))
  } catch {
    return `${amount} ${currency}`
  }
}

/**
 * What went wrong, in plain words, with what to do next.
 * @param {unknown} error usually an ApiError
 * @returns {string}
 */
export function explain(error) {
  const e = /** @type {Partial<import('flagdown/api').ApiError>} */ (error || {})
  const fields = e.errors ? Object.values(e.errors).flat().filter((line) => typeof line === 'string') : []
  if (e.status === 0) return t(e.type === 'timeout' ? 'error.timeout' : 'error.offline')
  if (e.status === 429) return t('error.busy', { n: Math.max(1, Math.ceil(e.retryAfter || 5)) })
  if (e.status === 401) return t('error.signed_out')
  if (e.status === 404) return t('error.gone')
  if (e.status === 413) return t('error.too_large')
  if (e.status && e.status >= 500) return t('error.server')
  if (fields.length) return fields.join(' ')
  if (e.detail) return e.detail
  if (e.status === 403) return t('error.forbidden')
  if (e.status === 409) return t('error.conflict')
  return t('error.unknown')
}

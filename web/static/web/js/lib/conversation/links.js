/**
 * Addresses in a text, as links. Made by DOM calls only: nothing that somebody wrote is ever parsed as HTML.
 * @module flagdown/conversation/links
 */

const LINK = /\bhttps?:\/\/[^\s<>"'`]+/gi

/**
 * Text with its http(s) addresses as links, made by DOM calls only.
 * @param {string} text @returns {DocumentFragment}
 */
export function linkify(text) {
  const out = document.createDocumentFragment()
  let done = 0
  for (const match of text.matchAll(LINK)) {
    let address = match[0]
    // Punctuation after an address belongs to the sentence; a closing bracket only when it was opened before it.
    for (;;) {
      const last = address.slice(-1)
      if (/[.,;:!?…*_~]/.test(last)) address = address.slice(0, -1)
      else if (last === ')' && !address.includes('(')) address = address.slice(0, -1)
      else if (last === ']' && !address.includes('[')) address = address.slice(0, -1)
      else break
    }
    const url = safeUrl(address)
    if (!url) continue
    out.append(text.slice(done, match.index))
    const link = document.createElement('a')
    link.href = url
    link.target = '_blank'
    link.rel = 'noopener noreferrer nofollow'
    link.textContent = address
    out.append(link)
    done = match.index + address.length
  }
  out.append(text.slice(done))
  return out
}

/** The address when it is http or https without a hidden login, else ''. @param {string} address @returns {string} */
export function safeUrl(address) {
  try {
    const url = new URL(address, location.origin)
    return /^https?:$/.test(url.protocol) && !url.username && !url.password ? url.href : ''
  } catch {
    return ''
  }
}

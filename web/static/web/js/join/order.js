/**
 * An order by buttons: up and down instead of numbers. Without a script the numbers serve.
 * @module flagdown/join/order
 */
import { clone, part } from 'flagdown/dom'
import { t } from 'flagdown/i18n'

/**
 * @param {HTMLElement} list
 * @param {() => void} changed is told after each move
 */
export function byButtons(list, changed) {
  const rows = () => /** @type {HTMLElement[]} */ ([...list.children])
  const draw = () => {
    for (const [n, row] of rows().entries()) {
      const select = /** @type {HTMLSelectElement} */ (row.querySelector('select'))
      select.value = String(n + 1)
      part(row, 'up').toggleAttribute('disabled', n === 0)
      part(row, 'down').toggleAttribute('disabled', n === rows().length - 1)
    }
  }
  const answered = rows().every((row) => row.querySelector('select')?.value)
  for (const row of rows()) {
    const select = /** @type {HTMLSelectElement} */ (row.querySelector('select'))
    const text = row.querySelector('span')?.textContent || ''
    const moves = clone('order-buttons')
    select.hidden = true
    row.append(moves)
    for (const way of ['up', 'down']) {
      const button = part(moves, way)
      button.setAttribute('aria-label', t(`test.${way}`, { text }))
      button.addEventListener('click', () => {
        if (way === 'up') row.previousElementSibling?.before(row)
        else row.nextElementSibling?.after(row)
        draw()
        changed()
        const again = /** @type {HTMLButtonElement} */ (button)
        if (again.disabled) part(moves, way === 'up' ? 'down' : 'up').focus()
        else again.focus()
      })
    }
  }
  draw()
  // Untouched, it is no answer: an order that nobody chose must not count as one.
  if (!answered) for (const row of rows()) /** @type {HTMLSelectElement} */ (row.querySelector('select')).value = ''
}

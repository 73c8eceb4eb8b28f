/**
 * The application: the phone knows its time zone, and rows of languages come one after the other.
 * @module flagdown/join/apply
 */
const zone = /** @type {HTMLSelectElement | null} */ (document.getElementById('id_time_zone'))
if (zone && !zone.value) {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone
  if ([...zone.options].some((option) => option.value === here)) zone.value = here
}

const rows = /** @type {HTMLElement[]} */ ([...document.querySelectorAll('.join-row')])
/** @param {HTMLElement} row */
const filled = (row) => [...row.querySelectorAll('select')].some((select) => select.value)
const draw = () => {
  const last = rows.reduce((found, row, n) => (filled(row) ? n : found), -1)
  rows.forEach((row, n) => (row.hidden = n > last + 1))
}
for (const row of rows) row.addEventListener('change', draw)
draw()

/**
 * The ring around the seconds: it moves smoothly by the server's clock, and once a second for who wants no motion.
 * @module flagdown/agent/offer/ring
 */

const calm = matchMedia('(prefers-reduced-motion: reduce)')
const DRIFT_MS = 120

export class Ring {
  /** @param {HTMLElement} run the circle that runs out */
  constructor(run) {
    this.run = run
    /** @type {Animation | null} */
    this.animation = null
    this.total = 1
  }

  /**
   * @param {number} total full time, ms
   * @param {number} left of it, ms; more than `total` stands full
   * @param {boolean} [anew] another offer: nothing of the last one's motion counts
   */
  set(total, left, anew = false) {
    const gone = Math.max(0, total - left)
    if (calm.matches) {
      this.run.style.setProperty('stroke-dashoffset', String(Math.min(1, gone / total)))
      return
    }
    const drift = this.animation && this.total === total ? Math.abs(Number(this.animation.currentTime) - gone) : Infinity
    if (!anew && drift <= DRIFT_MS) return
    this.clear()
    this.total = total
    this.animation = this.run.animate({ strokeDashoffset: [0, 1] }, { duration: total, fill: 'both' })
    this.animation.currentTime = gone
  }

  clear() {
    this.animation?.cancel()
    this.animation = null
  }
}

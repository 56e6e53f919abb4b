// The virtual clock. It is a timeout provider for the library and serves the scripted functions too,
// so that all timers of a trace are one sequence, ordered by (due, creation).

/** A trace did something without end. */
export class GuardError extends Error {}

const MAX_FIRED = 20_000

export class Clock {
  now
  /** How many instants had more than one timer due: where (due, creation) decided. */
  ties = 0
  #timers = new Map()
  #lastId = 0
  #sequence = 0
  #fired = 0
  #reverseTies

  constructor(t0, { reverseTies = false } = {}) {
    this.now = t0
    this.#reverseTies = reverseTies
  }

  setTimeout = (callback, delay) => this.#arm(callback, delay, undefined)

  setInterval = (callback, delay) => this.#arm(callback, delay, delay)

  clearTimeout = (id) => {
    this.#timers.delete(id)
  }

  clearInterval = this.clearTimeout

  /** Moves the clock on; `drain` runs the microtasks to their end after each timer. */
  async advance(ms, drain) {
    const target = this.now + ms
    for (let timer = this.#next(target); timer; timer = this.#next(target)) {
      if (++this.#fired > MAX_FIRED) {
        throw new GuardError(`more than ${MAX_FIRED} timers fired`)
      }
      this.now = Math.max(this.now, timer.due)
      if (timer.interval === undefined) {
        this.#timers.delete(timer.id)
        timer.callback()
      } else {
        timer.callback()
        // An interval that its own callback cleared must not come back.
        if (this.#timers.get(timer.id) === timer) {
          timer.due += timer.interval
          timer.sequence = ++this.#sequence
        }
      }
      await drain()
    }
    this.now = target
  }

  #arm(callback, delay, interval) {
    const id = ++this.#lastId
    const wait = delay > 0 ? delay : 0
    this.#timers.set(id, {
      id,
      callback,
      interval,
      due: this.now + wait,
      sequence: ++this.#sequence,
    })
    return id
  }

  #next(target) {
    let first
    let tied = false
    for (const timer of this.#timers.values()) {
      if (timer.due > target) continue
      if (first === undefined || timer.due < first.due) {
        first = timer
        tied = false
      } else if (timer.due === first.due) {
        tied = true
        if (timer.sequence < first.sequence !== this.#reverseTies) first = timer
      }
    }
    if (tied) this.ties++
    return first
  }
}

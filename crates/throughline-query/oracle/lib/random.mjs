// Seeded choices. The same seed gives the same trace on every machine.

export class Random {
  #state

  /** Seeds are numbers; several are mixed into one. */
  constructor(...seeds) {
    this.#state = 0x9e3779b9
    for (const seed of seeds) {
      this.#state = (this.#state ^ Math.imul(seed | 0, 0x85ebca6b)) >>> 0
      this.#next()
      this.#state = Math.imul(this.#state ^ (this.#state >>> 13), 0xc2b2ae35) >>> 0
    }
  }

  /** An integer from 0 to n - 1. */
  int(n) {
    return this.#next() % n
  }

  chance(p) {
    return this.#next() / 0x1_0000_0000 < p
  }

  pick(list) {
    return list[this.int(list.length)]
  }

  /** `[[weight, value], …]` */
  weighted(choices) {
    const total = choices.reduce((sum, [weight]) => sum + weight, 0)
    let left = (this.#next() / 0x1_0000_0000) * total
    for (const [weight, value] of choices) {
      left -= weight
      if (left < 0) return value
    }
    return choices.at(-1)[1]
  }

  /** A few of the list, in their order, at least one. */
  some(list) {
    const chosen = list.filter(() => this.chance(0.4))
    return chosen.length > 0 ? chosen : [this.pick(list)]
  }

  // mulberry32
  #next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return (t ^ (t >>> 14)) >>> 0
  }
}

// How often generated traces make use of what, and whether that is often enough.

import { generate } from '../generate.mjs'
import { featuresOf, LEAST, REQUIRED } from './features.mjs'

/** Gives the shares by feature, rarest first, and which of the required ones are too rare. */
export function coverage(count, seed) {
  const uses = new Map(REQUIRED.map((feature) => [feature, 0]))
  for (let i = 0; i < count; i++) {
    for (const feature of featuresOf(generate(seed, i))) {
      uses.set(feature, (uses.get(feature) ?? 0) + 1)
    }
  }
  const shares = [...uses].map(([feature, n]) => [feature, n / count]).sort((a, b) => a[1] - b[1])
  const required = new Set(REQUIRED)
  return {
    shares: shares.filter(([feature]) => required.has(feature)),
    rare: shares.filter(([feature, share]) => required.has(feature) && share < LEAST),
  }
}

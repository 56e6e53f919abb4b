// Expectations that can be relied upon: what would come out differently with other microtask timing
// is no expectation but a race.

import { runTrace } from './run.mjs'

export class RaceError extends Error {}

/**
 * Runs a trace, then again with random microtask delays. Gives `{expect, tieSensitive?}`;
 * `tieSensitive` tells that the order of timers due at the same instant mattered (it is defined, but
 * worth knowing when a comparison fails).
 */
export async function expectation(trace, { jitters = 1, ties = false } = {}) {
  const { expect, ties: tied } = await runTrace(trace)
  if (jitters === 0 && !ties) return { expect }
  const text = JSON.stringify(expect)
  for (let jitter = 1; jitter <= jitters; jitter++) {
    const again = await runTrace(trace, { jitter })
    const step = firstDifference(expect, again.expect, text)
    if (step !== undefined) {
      throw new RaceError(`step ${step} depends on the order of microtasks`)
    }
  }
  if (!ties || tied === 0) return { expect }
  const reversed = await runTrace(trace, { reverseTies: true })
  const tieSensitive = firstDifference(expect, reversed.expect, text) !== undefined
  return { expect, ...(tieSensitive && { tieSensitive }) }
}

/**
 * Everything that comes out of a trace: as it is, and with each of so many patterns of microtask delays.
 * More than one if it races.
 */
export async function outcomes(trace, { jitters = 1 } = {}) {
  const { expect } = await runTrace(trace)
  const all = new Map([[JSON.stringify(expect), expect]])
  for (let jitter = 1; jitter <= jitters; jitter++) {
    const { expect: again } = await runTrace(trace, { jitter })
    all.set(JSON.stringify(again), again)
  }
  return [...all.values()]
}

export function firstDifference(a, b, text = JSON.stringify(a)) {
  if (JSON.stringify(b) === text) return undefined
  return a.steps.findIndex((step, i) => JSON.stringify(step) !== JSON.stringify(b.steps[i]))
}

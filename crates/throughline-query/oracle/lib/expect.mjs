// Expectations that can be relied upon: what would come out differently with other microtask timing
// is no expectation but a race.

import { PATTERNS, runTrace } from './run.mjs'

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
 * Everything that comes out of a trace: as it is, and with each pattern of microtask delays, or the first
 * `jitters` of them; each with the number of a pattern. More than one if it races. With `at` the delays are those of
 * one operation, and `plan` has the patterns of others.
 */
export async function outcomes(trace, { jitters = PATTERNS, plan = {}, at } = {}) {
  const all = new Map()
  const add = async (jitter) => {
    const how = at === undefined ? { jitter } : { plan: jitter ? { ...plan, [at]: jitter } : plan }
    const { expect } = await runTrace(trace, how)
    const text = JSON.stringify(expect)
    if (!all.has(text)) all.set(text, { expect, jitter })
  }
  for (let jitter = 0; jitter <= jitters; jitter++) await add(jitter || undefined)
  return [...all.values()]
}

export function firstDifference(a, b, text = JSON.stringify(a)) {
  if (JSON.stringify(b) === text) return undefined
  return a.steps.findIndex((step, i) => JSON.stringify(step) !== JSON.stringify(b.steps[i]))
}

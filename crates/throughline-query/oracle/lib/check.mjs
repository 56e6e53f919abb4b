// What has to hold for the hand-written traces as a whole.

import { AREAS, authored } from './areas.mjs'
import { firstDifference, outcomes } from './expect.mjs'
import { runTrace } from './run.mjs'
import { canonical } from './values.mjs'

const JITTERS = 5

/** Gives a list of complaints. */
export async function check(areas = AREAS) {
  const complaints = []
  const seen = { ids: new Map(), pins: new Map(), operations: new Map() }
  let count = 0
  for (const area of areas) {
    for (const trace of await authored(area)) {
      count++
      const complain = (what) => complaints.push(`${trace.id}: ${what}`)
      once(seen.ids, trace.id, trace.id, complain, 'the id')
      once(seen.pins, trace.pins, trace.id, complain, 'what it pins')
      once(seen.operations, canonical(trace.ops), trace.id, complain, 'the operations')
      if (trace.area !== area) complain(`is in ${area}`)
      for (const name of unusedFunctions(trace)) complain(`does not use ${name}`)
      await tryRun(trace, complain)
    }
  }
  for (const trace of await authored('races')) {
    const { length } = await outcomes(trace)
    if (length === 1) complaints.push(`${trace.id}: was not found to race`)
  }
  return { complaints, count }
}

function once(map, value, id, complain, what) {
  if (!value) complain(`lacks ${what}`)
  else if (map.has(value)) complain(`has ${what} of ${map.get(value)}`)
  else map.set(value, id)
}

function unusedFunctions({ fns, header, ops }) {
  const text = JSON.stringify({ header, ops })
  return Object.keys(fns).filter((name) => !text.includes(`{"$fn":${JSON.stringify(name)}}`))
}

async function tryRun(trace, complain) {
  try {
    const { expect } = await runTrace(trace)
    const text = JSON.stringify(expect)
    if (text !== canonical(expect)) complain('its expectation is not in canonical form')
    for (let jitter = 11; jitter < 11 + JITTERS; jitter++) {
      const { expect: again } = await runTrace(trace, { jitter })
      const step = firstDifference(expect, again, text)
      if (step !== undefined) complain(`step ${step} depends on the order of microtasks`)
    }
    for (const [i, step] of expect.steps.entries()) {
      if (step.throw?.$err.name === 'TypeError') complain(`step ${i}: ${step.throw.$err.message}`)
    }
  } catch (error) {
    complain(error.message)
  }
}

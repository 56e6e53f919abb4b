// Commands over standard input, one JSON object a line; answers one a line. A trace that fails is an
// answer like any other: the process goes on.

import { createInterface } from 'node:readline'
import { generate } from '../generate.mjs'
import { expectation, outcomes, RaceError } from './expect.mjs'
import { featuresOf, LEAST, REQUIRED } from './features.mjs'

const MAX_ATTEMPTS = 50

export async function serve(input, write) {
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    if (line.trim() === '') continue
    try {
      await answer(JSON.parse(line), write)
    } catch (error) {
      await write({ error: String(error?.message ?? error) })
    }
  }
}

async function answer(command, write) {
  switch (command.cmd) {
    case 'gen':
      for (let i = command.from; i < command.from + command.count; i++) {
        const { trace, ...rest } = await generated(command.seed, i, command)
        await write({ trace, ...rest, ...(trace && { features: [...featuresOf(trace)] }) })
      }
      return
    case 'required':
      return write({ features: REQUIRED, least: LEAST })
    case 'run':
      return write(await ran(command.trace, command))
    case 'outcomes':
      return write({ outcomes: await outcomes(command.trace, command) })
    default:
      return write({ error: `no command ${command.cmd}` })
  }
}

/**
 * Traces that race are replaced by others of the same number, and so are those in which the library
 * breaks. How many were, `replaced` tells.
 */
export async function generated(seed, index, { jitters, ties } = {}) {
  const replaced = {}
  const count = (why) => void (replaced[why] = (replaced[why] ?? 0) + 1)
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const trace = generate(seed, index, attempt)
    try {
      const answer = await expectation(trace, { jitters, ties })
      if (!breaks(answer.expect)) return { trace, ...answer, replaced }
      count('broken')
    } catch (error) {
      if (!(error instanceof RaceError)) return { trace, error: error.message, replaced }
      count('racy')
    }
  }
  return { error: `no trace for ${seed}/${index}`, replaced }
}

/** A TypeError is thrown by no trace, but in the library: by an infinite observer of data without pages. */
const breaks = (expect) => JSON.stringify(expect).includes('"name":"TypeError"')

async function ran(trace, { jitters, ties }) {
  try {
    return await expectation(trace, { jitters, ties })
  } catch (error) {
    return { error: error.message, ...(error instanceof RaceError && { racy: true }) }
  }
}

// The areas of hand-written traces, in the order they are read best. `author/<area>.mjs` is their
// source; `traces/` and `expected/` are written from it.

import { readFile } from 'node:fs/promises'

export const AREAS = [
  'client-data',
  'client-fetch',
  'client-filters',
  'client-defaults',
  'client-env',
  'query',
  'query-cache',
  'retry',
  'cancel',
  'observer',
  'observer-options',
  'observer-refetch',
  'observer-result',
  'queries-observer',
  'infinite',
  'stream',
  'mutation',
  'mutation-observer',
  'mutation-cache',
  'hydration',
  'persist',
  'server',
  // What not every port has; each in a file of its own, to be left out as a whole.
  'untyped',
  'optimistic',
  'hashing',
  'persister',
]

export const root = new URL('../', import.meta.url)

/** The traces of an area, from their source. */
export async function authored(area) {
  const { default: traces } = await import(new URL(`author/${area}.mjs`, root))
  return traces
}

export async function readLines(path) {
  const text = await readFile(new URL(path, root), 'utf8').catch(() => '')
  return text.split('\n').filter((line) => line !== '')
}

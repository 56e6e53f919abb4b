// Vectors of pure functions (FORMAT.md, §10).

import { hashKey, partialMatchKey, replaceEqualDeep } from '@tanstack/query-core'
import { removeOldestQuery } from '@tanstack/query-persist-client-core'
import { VECTORS } from '../author/vectors.mjs'
import { root } from './areas.mjs'
import { decode, encode, TraceError } from './values.mjs'

// Not among what the package exports.
const { timeUntilStale } = await import(
  new URL('node_modules/@tanstack/query-core/build/modern/utils.js', root)
)

const FUNCTIONS = {
  hashKey,
  partialMatchKey,
  replaceEqualDeep: (a, b) => {
    const result = replaceEqualDeep(a, b)
    // Of equal primitives either could be said; it is the old one.
    return Object.is(result, a) ? 'a' : Object.is(result, b) ? 'b' : 'new'
  },
  timeUntilStale: (updatedAt, staleTime, now) => {
    const { now: real } = Date
    Date.now = () => now
    try {
      return timeUntilStale(updatedAt, staleTime)
    } finally {
      Date.now = real
    }
  },
  removeOldestQuery: (persistedClient) =>
    removeOldestQuery({ persistedClient })?.clientState.queries.map((query) => query.queryHash),
}

export function keyVectors() {
  return Object.entries(VECTORS).flatMap(([f, inputs]) =>
    // Not sorted: the order of fields is part of some inputs.
    Object.entries(inputs).map(([slug, given]) => ({
      id: `${f}/${slug}`,
      f,
      in: given,
      ...outcome(FUNCTIONS[f], given),
    })),
  )
}

function outcome(f, given) {
  try {
    return { out: encode(f(...inputs(given))) }
  } catch (error) {
    return { throws: error.name }
  }
}

function inputs(given) {
  const values = []
  for (const json of given) values.push(decode(json, (tagged) => special(tagged, values)))
  return values.map(withHoles)
}

class Instance {
  constructor(fields) {
    Object.assign(this, fields)
  }
}

function special(tagged, values) {
  const [[tag, content]] = Object.entries(tagged)
  switch (tag) {
    case '$map':
      return new Map(content)
    case '$set':
      return new Set(content)
    case '$function':
      return () => {}
    case '$symbol':
      return Symbol('s')
    case '$bigint':
      return BigInt(content)
    case '$class':
      return new Instance(content)
    case '$bare':
      return Object.assign(Object.create(null), content)
    case '$toJSON':
      return { toJSON: () => content }
    case '$hole':
      return HOLE
    case '$same':
      return values[content]
    case '$part':
      return values[content[0]][content[1]]
    case '$deep': {
      let value = { end: true }
      for (let depth = 0; depth < content; depth++) value = { d: value }
      return value
    }
  }
  throw new TraceError(`no tag ${tag}`)
}

const HOLE = Symbol('hole')

function withHoles(value) {
  if (!Array.isArray(value) || !value.includes(HOLE)) return value
  const holed = new Array(value.length)
  value.forEach((item, i) => {
    if (item !== HOLE) holed[i] = item
  })
  return holed
}

// Values as they stand in traces and expectations: JSON, and tags for what JSON lacks.

import { isCancelledError } from '@tanstack/query-core'

/** The trace itself is wrong: nothing that was observed. */
export class TraceError extends Error {}

const NUMBERS = { NaN, Infinity, '-Infinity': -Infinity, '-0': -0 }

/** The name of the tag if `json` is a tagged value. */
export function tagOf(json) {
  if (json === null || typeof json !== 'object' || Array.isArray(json)) return undefined
  const keys = Object.keys(json)
  return keys.length === 1 && keys[0].startsWith('$') ? keys[0] : undefined
}

/** A fresh value of what is written. `special` may answer for tags that are not plain values. */
export function decode(json, special) {
  if (json === null || typeof json !== 'object') return json
  if (Array.isArray(json)) return json.map((item) => decode(item, special))
  switch (tagOf(json)) {
    case undefined: {
      const value = {}
      for (const key of Object.keys(json)) value[key] = decode(json[key], special)
      return value
    }
    case '$undef':
      return undefined
    case '$num':
      return NUMBERS[json.$num]
    case '$date':
      return new Date(json.$date)
    case '$err':
      return makeError(json.$err.message, json.$err.name)
    default:
      if (special) return special(json)
      throw new TraceError(`a tag that does not belong here: ${JSON.stringify(json)}`)
  }
}

export function makeError(message, name) {
  const error = new Error(message)
  if (name !== undefined && name !== 'Error') error.name = name
  return error
}

/** What is written for a value; object keys sorted, so that equal values are written equally. */
export function encode(value) {
  switch (typeof value) {
    case 'undefined':
      return { $undef: 1 }
    case 'number':
      if (Number.isFinite(value) && !Object.is(value, -0)) return value
      return { $num: Object.is(value, -0) ? '-0' : String(value) }
    case 'object':
      break
    case 'function':
      return { $fn: value.label ?? value.name }
    case 'symbol':
      return { $skip: 1 }
    default:
      return value
  }
  if (value === null) return null
  if (Array.isArray(value)) return Array.from(value, encode)
  if (value instanceof Date) return { $date: value.getTime() }
  if (value instanceof Error) return encodeError(value)
  const json = {}
  for (const key of Object.keys(value).sort()) json[key] = encode(value[key])
  return json
}

function encodeError(error) {
  if (!isCancelledError(error)) return { $err: { message: error.message, name: error.name } }
  const json = { message: error.message, name: 'CancelledError' }
  if (error.revert) json.revert = true
  if (error.silent) json.silent = true
  return { $err: json }
}

const texts = new WeakMap()

/**
 * JSON with sorted keys: two values are equal iff their canonical text is. Remembered, since what a
 * trace writes is asked for in each of its runs; `json` must not change any more.
 */
export function canonical(json) {
  if (json === null || typeof json !== 'object') return JSON.stringify(json)
  let text = texts.get(json)
  if (text === undefined) texts.set(json, (text = JSON.stringify(sortKeys(json))))
  return text
}

export function sortKeys(json) {
  if (json === null || typeof json !== 'object') return json
  if (Array.isArray(json)) return json.map(sortKeys)
  const sorted = {}
  for (const key of Object.keys(json).sort()) sorted[key] = sortKeys(json[key])
  return sorted
}

/** Equality by value. */
export function equal(a, b) {
  if (a === b) return true
  return canonical(encode(a)) === canonical(encode(b))
}

/** A deep copy of plain data; errors, dates and instances stay as they are. */
export function copy(value) {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(copy)
  if (Object.getPrototypeOf(value) !== Object.prototype) return value
  const result = {}
  for (const key of Object.keys(value)) result[key] = copy(value[key])
  return result
}

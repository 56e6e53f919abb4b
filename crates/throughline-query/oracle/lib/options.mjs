// Options and filters: from what a trace writes to what the library takes.

import { skipToken } from '@tanstack/query-core'
import { KIND_OF_OPTION } from './functions.mjs'
import { tagOf } from './values.mjs'

export function decodeOptions(run, json = {}) {
  const options = {}
  for (const name of Object.keys(json)) options[name] = decodeOption(run, name, json[name])
  // Calls find their query by the identity of the key: one key under two hashes is two keys.
  if (json.queryHash || json.queryKeyHashFn) {
    options.queryKey = run.intern(json.queryKey, json.queryHash ?? 'hashed')
  }
  return options
}

function decodeOption(run, name, json) {
  switch (tagOf(json)) {
    case '$fn':
      return run.fn(KIND_OF_OPTION[name], json.$fn, name)
    case '$skip':
      return skipToken
    case '$persister':
      return run.persisters.get(json.$persister).persisterFn
    default:
      return run.intern(json)
  }
}

/** `undefined` stays undefined: the library tells "no filters" from "empty filters" only by keys. */
export function decodeFilters(run, json, kind = 'queryPredicate') {
  if (json === undefined) return undefined
  const filters = {}
  for (const name of Object.keys(json)) {
    filters[name] =
      name === 'predicate' ? run.fn(kind, json.predicate.$fn, kind) : run.intern(json[name])
  }
  return filters
}

/** Default options of the client. */
export function decodeDefaults(run, json = {}) {
  const defaults = {}
  if (json.queries) defaults.queries = decodeOptions(run, json.queries)
  if (json.mutations) defaults.mutations = decodeOptions(run, json.mutations)
  if (json.dehydrate) defaults.dehydrate = decodeDehydrate(run, json.dehydrate)
  if (json.hydrate) defaults.hydrate = decodeHydrate(run, json.hydrate)
  return defaults
}

export function decodeDehydrate(run, { queries, mutations, redact, serialize }) {
  const options = {}
  if (queries) options.shouldDehydrateQuery = run.fn('queryPredicate', queries.$fn, 'queries')
  if (mutations) {
    options.shouldDehydrateMutation = run.fn('mutationPredicate', mutations.$fn, 'mutations')
  }
  if (redact !== undefined) options.shouldRedactErrors = () => redact
  if (serialize) options.serializeData = (data) => ({ w: data })
  return options
}

export function decodeHydrate(run, { queries, mutations, deserialize }) {
  const options = {}
  if (queries) options.queries = decodeOptions(run, queries)
  if (mutations) options.mutations = decodeOptions(run, mutations)
  if (deserialize) options.deserializeData = (data) => data.w
  return options
}

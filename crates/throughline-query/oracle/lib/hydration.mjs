// Dehydrated states: kept in slots, written in expectations, and read from traces.

import { hashKey } from '@tanstack/query-core'
import { difference, MUTATION_STATE, projectState, QUERY_STATE } from './base.mjs'
import { copy, decode, encode, makeError, sortKeys } from './values.mjs'

/** A copy to keep: data deep, promises alive unless `json`. */
export function keep(state, json) {
  return {
    mutations: state.mutations.map((mutation) => ({
      ...mutation,
      state: copy(mutation.state),
    })),
    queries: state.queries.map(({ promise, ...query }) => ({
      ...query,
      state: copy(query.state),
      ...(promise && !json && { promise }),
    })),
  }
}

/** How a dehydrated state is written in an expectation. */
export function writeState(state) {
  return sortKeys({
    mutations: state.mutations.map(({ state: mutation, ...rest }) => ({
      ...encode(defined(rest)),
      state: difference(mutation, MUTATION_STATE),
    })),
    queries: state.queries.map(({ state: query, promise, ...rest }) => ({
      ...encode(defined(rest)),
      ...(promise && { promise: true }),
      state: projectState(query),
    })),
  })
}

/** How what lies in a store is written: a client record, an item, or anything else. */
export function writeStored(value) {
  if (value === undefined) return encode(undefined)
  if (value?.clientState) {
    return { ...encode(value), clientState: writeState(value.clientState) }
  }
  if (value?.state) return { ...encode(value), state: projectState(value.state) }
  return encode(value)
}

/** A dehydrated state as a trace writes it, made whole. */
export function readState(run, { queries = [], mutations = [] }) {
  return {
    mutations: mutations.map((mutation) => ({
      ...decode(mutation),
      state: { ...MUTATION_STATE, ...decode(mutation.state ?? {}) },
    })),
    queries: queries.map((query) => readQuery(run, query)),
  }
}

export function readQuery(run, { promise, ...query }) {
  const decoded = decode(query)
  return {
    ...decoded,
    queryHash: decoded.queryHash ?? hashKey(decoded.queryKey),
    dehydratedAt: decoded.dehydratedAt ?? run.now,
    state: { ...QUERY_STATE, ...decoded.state },
    ...(promise && { promise: makePromise(run, promise) }),
  }
}

/** What lies in a store, as a trace writes it. */
export function readStored(run, value) {
  if (value?.clientState) {
    return { ...decode(value), clientState: readState(run, value.clientState) }
  }
  if (value?.state) {
    const decoded = decode(value)
    return { ...decoded, state: { ...QUERY_STATE, ...decoded.state } }
  }
  return typeof value === 'string' ? value : decode(value)
}

function makePromise(run, spec) {
  if ('sync' in spec) return arrived(decode(spec.sync))
  if (spec.never) return new Promise(() => {})
  const finish = () => {
    if (spec.err !== undefined) throw makeError(spec.err)
    return decode(spec.ok)
  }
  const promise =
    spec.after === undefined ? Promise.resolve().then(finish) : run.sleep(spec.after).then(finish)
  promise.catch(() => {})
  return promise
}

/** A thenable that answers at once, as some frameworks hand over what has arrived already. */
function arrived(value) {
  return { then: (resolve) => Promise.resolve(resolve(value)) }
}

function defined(object) {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined))
}

// The constants that results and snapshots are written as differences from (FORMAT.md, §8.3, §8.4).

import { encode } from './values.mjs'

export const RESULT = {
  data: undefined,
  dataUpdatedAt: 0,
  error: null,
  errorUpdateCount: 0,
  errorUpdatedAt: 0,
  failureCount: 0,
  failureReason: null,
  fetchStatus: 'idle',
  isEnabled: true,
  isError: false,
  isFetched: false,
  isFetchedAfterMount: false,
  isFetching: false,
  isInitialLoading: false,
  isLoading: false,
  isLoadingError: false,
  isPaused: false,
  isPending: true,
  isPlaceholderData: false,
  isRefetchError: false,
  isRefetching: false,
  isStale: true,
  isSuccess: false,
  status: 'pending',
}

/** What results of infinite observers have besides; in others these fields do not exist. */
export const INFINITE_RESULT = {
  hasNextPage: false,
  hasPreviousPage: false,
  isFetchNextPageError: false,
  isFetchPreviousPageError: false,
  isFetchingNextPage: false,
  isFetchingPreviousPage: false,
}

export const MUTATION_STATE = {
  context: undefined,
  data: undefined,
  error: null,
  failureCount: 0,
  failureReason: null,
  isPaused: false,
  status: 'idle',
  submittedAt: 0,
  variables: undefined,
}

export const MUTATION_RESULT = {
  ...MUTATION_STATE,
  isError: false,
  isIdle: true,
  isPending: false,
  isSuccess: false,
}

export const QUERY_STATE = {
  data: undefined,
  dataUpdateCount: 0,
  dataUpdatedAt: 0,
  error: null,
  errorUpdateCount: 0,
  errorUpdatedAt: 0,
  fetchFailureCount: 0,
  fetchFailureReason: null,
  fetchMeta: null,
  fetchStatus: 'idle',
  isInvalidated: false,
  status: 'pending',
}

export const QUERY = {
  ...QUERY_STATE,
  observers: 0,
  isActive: false,
  isStale: true,
  isDisabled: true,
  gcTime: 300_000,
}

export const MUTATION = { ...MUTATION_STATE, gcTime: 300_000 }

const names = new Map()

/** The fields of `value` that differ from `base`, encoded, in order of name. */
export function difference(value, base) {
  let keys = names.get(base)
  if (!keys) names.set(base, (keys = Object.keys(base).sort()))
  const result = {}
  for (const key of keys) {
    const field = value[key]
    if (field === base[key]) continue
    result[key] = encode(field)
  }
  return result
}

const ALL_RESULT = { ...INFINITE_RESULT, ...RESULT }

/** An observer's result. */
export function projectResult(result) {
  return difference(result, result.hasNextPage === undefined ? RESULT : ALL_RESULT)
}

/** A query's state; the fetch's meta by its direction. */
export function projectState(state) {
  return difference(readable(state), QUERY_STATE)
}

export function readable(state) {
  const direction = state.fetchMeta?.fetchMore?.direction
  return direction ? { ...state, fetchMeta: direction } : state
}

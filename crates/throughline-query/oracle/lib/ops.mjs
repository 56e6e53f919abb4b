// The operations (FORMAT.md, §7): one function each, by name.

import {
  dehydrate,
  focusManager,
  hydrate,
  InfiniteQueryObserver,
  MutationObserver,
  onlineManager,
  QueriesObserver,
  QueryObserver,
} from '@tanstack/query-core'
import {
  persistQueryClient,
  persistQueryClientRestore,
  persistQueryClientSave,
} from '@tanstack/query-persist-client-core'
import { difference, MUTATION_RESULT, projectResult, projectState } from './base.mjs'
import { GuardError } from './clock.mjs'
import { updated } from './functions.mjs'
import { keep, readState, readStored, writeState, writeStored } from './hydration.mjs'
import {
  decodeDefaults,
  decodeDehydrate,
  decodeFilters,
  decodeHydrate,
  decodeOptions,
} from './options.mjs'
import { copy, decode, encode, TraceError } from './values.mjs'

/** What an operation returned: its value, and how it is written. */
const returned = (value, ret = encode(value)) => ({ value: copy(value), ret })

/**
 * Performs an operation; gives `{ret?, throw?}` and, for callbacks, the `value` it returned. Only
 * operations that move the clock are asynchronous, and those cannot be nested.
 */
export function perform(run, op, pid, nested = false) {
  const operation = OPERATIONS[op.op]
  if (!operation) throw new TraceError(`no operation ${op.op}`)
  run.countOp()
  try {
    const outcome = operation(run, op, op.as ?? pid) ?? {}
    if (nested || typeof outcome.then === 'function') return outcome
    delete outcome.value
    return outcome
  } catch (error) {
    if (error instanceof TraceError || error instanceof GuardError) throw run.fail(error)
    return { throw: encode(error) }
  }
}

function need(map, id, what) {
  const found = map.get(id)
  if (found === undefined) throw new TraceError(`no ${what} ${JSON.stringify(id)}`)
  return found
}

const nothing = (promise) => promise.then(() => undefined)

/** Those of the fields that are there. */
function given(op, ...names) {
  const result = {}
  for (const name of names) if (op[name] !== undefined) result[name] = op[name]
  return result
}

// ---- environment

const environment = {
  adv: (run, { ms }) => run.clock.advance(ms, run.drain),
  flush: (run) => run.clock.advance(0, run.drain),
  focus: (_run, { v }) => focusManager.setFocused(v ?? undefined),
  online: (_run, { v }) => onlineManager.setOnline(v),
  server: (run, { v }) => void (run.isServer = v),
  mount: (run) => {
    run.mounts++
    run.client.mount()
  },
  unmount: (run) => {
    run.mounts--
    run.client.unmount()
  },
}

// ---- client

const updaterOf = (op) => (op.updater ? (old) => updated(op.updater, old) : () => decode(op.value))

function maybe(value) {
  return value === undefined ? {} : returned(value)
}

/** An operation that takes options and settles. */
const fetching =
  (method) =>
  (run, { options }, pid) => {
    run.settles(pid, run.client[method](decodeOptions(run, options)))
  }

const ensuring =
  (method) =>
  (run, { options, revalidateIfStale }, pid) => {
    const decoded = decodeOptions(run, options)
    if (revalidateIfStale !== undefined) decoded.revalidateIfStale = revalidateIfStale
    run.settles(pid, run.client[method](decoded))
  }

const refetching = (method) => (run, op, pid) => {
  const filters = decodeFilters(run, op.filters)
  run.settles(pid, run.client[method](filters, given(op, 'cancelRefetch', 'throwOnError')))
}

const client = {
  defaults: (run, { options }) => run.client.setDefaultOptions(decodeDefaults(run, options)),
  qdefaults: (run, { key, options }) =>
    run.client.setQueryDefaults(run.intern(key), decodeOptions(run, options)),
  mdefaults: (run, { key, options }) =>
    run.client.setMutationDefaults(run.intern(key), decodeOptions(run, options)),
  getQDefaults: (run, { key }) => returned(run.client.getQueryDefaults(run.intern(key))),
  getMDefaults: (run, { key }) => returned(run.client.getMutationDefaults(run.intern(key))),
  set: (run, op) =>
    maybe(run.client.setQueryData(run.intern(op.key), updaterOf(op), given(op, 'updatedAt'))),
  setMany: (run, op) =>
    returned(
      run.client.setQueriesData(
        decodeFilters(run, op.filters ?? {}),
        updaterOf(op),
        given(op, 'updatedAt'),
      ),
    ),
  get: (run, { key }) => returned(run.client.getQueryData(run.intern(key))),
  getMany: (run, { filters = {} }) =>
    returned(run.client.getQueriesData(decodeFilters(run, filters))),
  state: (run, { key }) => {
    const state = run.client.getQueryState(run.intern(key))
    return returned(state, state ? projectState(state) : encode(undefined))
  },
  fetch: fetching('fetchQuery'),
  prefetch: fetching('prefetchQuery'),
  query: fetching('query'),
  ensure: ensuring('ensureQueryData'),
  fetchInf: fetching('fetchInfiniteQuery'),
  prefetchInf: fetching('prefetchInfiniteQuery'),
  queryInf: fetching('infiniteQuery'),
  ensureInf: ensuring('ensureInfiniteQueryData'),
  invalidate: (run, op, pid) => {
    let filters = decodeFilters(run, op.filters)
    if (op.refetchType !== undefined) filters = { ...filters, refetchType: op.refetchType }
    const options = given(op, 'cancelRefetch', 'throwOnError')
    run.settles(pid, run.client.invalidateQueries(filters, options))
  },
  refetch: refetching('refetchQueries'),
  reset: refetching('resetQueries'),
  remove: (run, { filters }) => run.client.removeQueries(decodeFilters(run, filters)),
  cancel: (run, op, pid) => {
    const options = given(op, 'revert', 'silent')
    run.settles(pid, run.client.cancelQueries(decodeFilters(run, op.filters), options))
  },
  isFetching: (run, { filters }) => returned(run.client.isFetching(decodeFilters(run, filters))),
  isMutating: (run, { filters }) =>
    returned(run.client.isMutating(decodeFilters(run, filters, 'mutationPredicate'))),
  find: (run, { filters }) => returned(run.queryCache.find(decodeFilters(run, filters))?.queryHash),
  findAll: (run, { filters }) =>
    returned(run.queryCache.findAll(decodeFilters(run, filters)).map((q) => q.queryHash)),
  mfind: (run, { filters = {} }) =>
    returned(run.mutationCache.find(decodeFilters(run, filters, 'mutationPredicate'))?.mutationId),
  mfindAll: (run, { filters }) =>
    returned(
      run.mutationCache
        .findAll(decodeFilters(run, filters, 'mutationPredicate'))
        .map((m) => m.mutationId),
    ),
  resume: (run, _op, pid) => run.settles(pid, nothing(run.client.resumePausedMutations())),
  clear: (run) => run.client.clear(),
}

// ---- query observers

/** Three fields tell enough of the result that a refetch gives; its emission has them all. */
const settledResult = ({ status, data, error }) => ({
  $result: difference({ status, data, error }, SETTLED),
})
const SETTLED = { status: 'pending', data: undefined, error: null }

const resultOf = (result) => ({ $result: projectResult(result) })

const pageTurning = (method) => (run, op, pid) => {
  const { observer } = need(run.observers, op.id, 'observer')
  run.settles(pid, observer[method](given(op, 'cancelRefetch', 'throwOnError')), settledResult)
}

const observers = {
  'obs.new': (run, { id, options, inf }) => {
    const Observer = inf ? InfiniteQueryObserver : QueryObserver
    const observer = new Observer(run.client, decodeOptions(run, options))
    run.observers.set(id, { observer, listeners: new Map() })
  },
  'obs.sub': (run, { id, as = '' }) => {
    const { observer, listeners } = need(run.observers, id, 'observer')
    const subject = as === '' ? id : `${id}/${as}`
    const listener = (result) =>
      run.emitted('emit', subject, [result], (same) => ({
        r: projectResult(result),
        ...(same.length > 0 && { same: true }),
        t: run.now,
      }))
    // Subscribing may throw; then there is nothing to unsubscribe.
    listeners.set(as, () => {})
    listeners.set(as, observer.subscribe(listener))
  },
  'obs.unsub': (run, { id, as = '' }) => {
    const { listeners } = need(run.observers, id, 'observer')
    need(listeners, as, 'listener')()
    listeners.delete(as)
  },
  'obs.opts': (run, { id, options }) =>
    need(run.observers, id, 'observer').observer.setOptions(decodeOptions(run, options)),
  'obs.refetch': pageTurning('refetch'),
  'obs.next': pageTurning('fetchNextPage'),
  'obs.prev': pageTurning('fetchPreviousPage'),
  'obs.read': (run, { id }) => {
    const result = need(run.observers, id, 'observer').observer.getCurrentResult()
    return { ret: resultOf(result) }
  },
  'obs.track': (run, { id, props }) => {
    const { observer } = need(run.observers, id, 'observer')
    for (const prop of props) observer.trackProp(prop)
  },
  'obs.optimistic': (run, { id, options, mode = 'optimistic' }) => {
    const { observer } = need(run.observers, id, 'observer')
    const defaulted = run.client.defaultQueryOptions(decodeOptions(run, options))
    defaulted._optimisticResults = mode
    return { ret: resultOf(observer.getOptimisticResult(defaulted)) }
  },
}

// ---- queries observers

const combineOf = (run, { id, combine }) =>
  combine ? run.fn('combine', combine.$fn, 'combine', id) : undefined

const groupOptions = (run, op) => ({ combine: combineOf(run, op) })

const decodeQueries = (run, queries) => queries.map((options) => decodeOptions(run, options))

const groups = {
  'qs.new': (run, op) => {
    const queries = decodeQueries(run, op.queries)
    const observer = new QueriesObserver(run.client, queries, groupOptions(run, op))
    // The constructor forgets `combine`; what uses it (the adapters) sets the queries again anyway.
    if (op.combine) observer.setQueries(queries, groupOptions(run, op))
    run.groups.set(op.id, { observer, unsubscribe: undefined })
  },
  'qs.sub': (run, { id }) => {
    const group = need(run.groups, id, 'queries observer')
    group.unsubscribe = group.observer.subscribe((results) =>
      run.emitted('qs', id, results, (same) => ({
        ...(run.combined.has(id) && { c: encode(run.combined.get(id)) }),
        r: results.map(projectResult),
        ...(same.length > 0 && { same }),
        t: run.now,
      })),
    )
  },
  'qs.unsub': (run, { id }) => need(run.groups, id, 'queries observer').unsubscribe?.(),
  'qs.set': (run, op) => {
    const { observer } = need(run.groups, op.id, 'queries observer')
    if (!op.combine) run.combined.delete(op.id)
    observer.setQueries(decodeQueries(run, op.queries), groupOptions(run, op))
  },
  'qs.read': (run, { id }) => ({
    ret: need(run.groups, id, 'queries observer').observer.getCurrentResult().map(resultOf),
  }),
  'qs.optimistic': (run, op) => {
    const { observer } = need(run.groups, op.id, 'queries observer')
    const queries = decodeQueries(run, op.queries).map((options) => ({
      ...run.client.defaultQueryOptions(options),
      _optimisticResults: 'optimistic',
    }))
    const [results, combine] = observer.getOptimisticResult(queries, combineOf(run, op))
    return {
      ret: {
        ...(op.combine && { combined: encode(combine()) }),
        results: results.map(resultOf),
      },
    }
  },
}

// ---- mutations

const mutationResult = (result) => ({ $result: difference(result, MUTATION_RESULT) })

const mutations = {
  'mut.new': (run, { id, options }) => {
    const observer = new MutationObserver(run.client, decodeOptions(run, options))
    run.mutationObservers.set(id, { observer, unsubscribe: undefined })
  },
  'mut.sub': (run, { id }) => {
    const mutation = need(run.mutationObservers, id, 'mutation observer')
    mutation.unsubscribe = mutation.observer.subscribe((result) =>
      run.record('memit', id, { r: difference(result, MUTATION_RESULT), t: run.now }),
    )
  },
  'mut.unsub': (run, { id }) =>
    need(run.mutationObservers, id, 'mutation observer').unsubscribe?.(),
  'mut.mutate': (run, op, pid) => {
    const { observer } = need(run.mutationObservers, op.id, 'mutation observer')
    const { callbacks, learn } = run.callCallbacks(op)
    run.onMutationAdded = learn
    const promise = observer.mutate(decode(op.vars), callbacks)
    run.onMutationAdded = undefined
    run.settles(pid, promise)
  },
  'mut.reset': (run, { id }) =>
    need(run.mutationObservers, id, 'mutation observer').observer.reset(),
  'mut.opts': (run, { id, options }) =>
    need(run.mutationObservers, id, 'mutation observer').observer.setOptions(
      decodeOptions(run, options),
    ),
  'mut.read': (run, { id }) => {
    const { observer } = need(run.mutationObservers, id, 'mutation observer')
    return { ret: mutationResult(observer.getCurrentResult()) }
  },
  'mut.exec': (run, { options, vars }, pid) => {
    const mutation = run.mutationCache.build(run.client, decodeOptions(run, options))
    run.settles(pid, mutation.execute(decode(vars)))
  },
  mremove: (run, { m }) => {
    const mutation = run.mutationCache.getAll().find(({ mutationId }) => mutationId === m)
    if (mutation) run.mutationCache.remove(mutation)
  },
}

// ---- hydration

const hydration = {
  dehydrate: (run, { slot, json = false, ...how }) => {
    const state = dehydrate(run.client, decodeDehydrate(run, how))
    const kept = keep(state, json)
    run.slots.set(slot, kept)
    for (const { promise, queryHash } of kept.queries) {
      if (promise) run.settles(`${slot}:${queryHash}`, promise)
    }
    return { ret: writeState(kept) }
  },
  hydrate: (run, { slot, state, ...how }) => {
    const given = state ? readState(run, state) : keep(need(run.slots, slot, 'slot'), false)
    const { deserializeData, ...defaults } = decodeHydrate(run, how)
    hydrate(run.client, given, {
      defaultOptions: { ...defaults, ...(deserializeData && { deserializeData }) },
    })
  },
}

// ---- persistence

const persisting = (run, { store, buster, maxAge, queries, mutations }) => ({
  queryClient: run.client,
  persister: need(run.stores, store, 'store'),
  ...(buster !== undefined && { buster }),
  ...(maxAge !== undefined && { maxAge: decode(maxAge) }),
  // A save takes predicates for these, a restore default options.
  queries,
  mutations,
})

const persister = (run, { persister }) => need(run.persisters, persister, 'persister')

const persistence = {
  'persist.save': (run, op, pid) => {
    const { queries, mutations, ...rest } = persisting(run, op)
    const dehydrateOptions = decodeDehydrate(run, { queries, mutations })
    run.settles(pid, persistQueryClientSave({ ...rest, dehydrateOptions }))
  },
  'persist.restore': (run, op, pid) => {
    const { queries, mutations, ...rest } = persisting(run, op)
    const hydrateOptions = { defaultOptions: decodeHydrate(run, { queries, mutations }) }
    run.settles(pid, nothing(persistQueryClientRestore({ ...rest, hydrateOptions })))
  },
  'persist.attach': (run, op, pid) => {
    const [detach, restored] = persistQueryClient(persisting(run, op))
    run.attached.set(op.id, detach)
    run.settles(pid, restored)
  },
  'persist.detach': (run, { id }) => need(run.attached, id, 'persistence')(),
  'store.put': (run, { store, item, value }) =>
    need(run.stores, store, 'store').put(item, readStored(run, value)),
  'store.del': (run, { store, item }) => need(run.stores, store, 'store').delete(item),
  'store.corrupt': (run, { store, item }) => need(run.stores, store, 'store').corrupt(item),
  'store.get': (run, { store, item }) => {
    const value = need(run.stores, store, 'store').peek(item)
    return returned(value, writeStored(value))
  },
  'store.keys': (run, { store }) => returned(need(run.stores, store, 'store').keys),
  'pp.gc': (run, op, pid) => run.settles(pid, persister(run, op).persisterGc()),
  'pp.restore': (run, op, pid) => {
    const filters = decodeFilters(run, given(op, 'queryKey', 'exact'))
    run.settles(pid, persister(run, op).restoreQueries(run.client, filters))
  },
  'pp.remove': (run, op, pid) => {
    const filters = decodeFilters(run, given(op, 'queryKey', 'exact'))
    run.settles(pid, persister(run, op).removeQueries(filters))
  },
  'pp.save': (run, op, pid) =>
    run.settles(pid, persister(run, op).persistQueryByKey(run.intern(op.key), run.client)),
  'pp.load': (run, op, pid) => {
    const { queryHash } = run.client.defaultQueryOptions({ queryKey: run.intern(op.key) })
    run.settles(pid, persister(run, op).retrieveQuery(queryHash))
  },
}

export const OPERATIONS = {
  ...environment,
  ...client,
  ...observers,
  ...groups,
  ...mutations,
  ...hydration,
  ...persistence,
}

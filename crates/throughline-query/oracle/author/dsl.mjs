// Shorthands to write traces with. What they give is the format of FORMAT.md and nothing else.

/** The traces of one area: `write` is given a function that adds one. */
export function area(name, write) {
  const traces = []
  write((slug, pins, { header = {}, fns = {}, ops }) => {
    traces.push({
      v: 1,
      id: `${name}/${slug}`,
      area: name,
      pins,
      header,
      fns: Object.fromEntries(Object.entries(fns).map(([key, fn]) => [key, withSteps(fn)])),
      ops: ops.flat(Infinity),
    })
  })
  return traces
}

const withSteps = (fn) => (Array.isArray(fn) ? { steps: fn } : fn)

// ---- values

export const $ = ($fn) => ({ $fn })
export const undef = { $undef: 1 }
export const Forever = { $num: 'Infinity' }
export const skip = { $skip: 1 }
export const arg = (name) => ({ $arg: name })

// ---- steps of functions

const timed = (step, after) => (after === undefined ? step : { ...step, after })
export const ok = (value, after) => timed({ ok: value }, after)
export const err = (message, after) => timed({ err: message }, after)
export const never = { never: true }
/** A step that gives the function's echo. */
export const echo = (after) => timed({}, after)
export const chunks = (...list) => ({ stream: list })

// ---- functions in place

export const dyn = (condition, then, otherwise) =>
  $({ dyn: { if: condition, then, else: otherwise } })
export const select = (how, log) => $(log === undefined ? { select: how } : { select: how, log })
export const pred = (spec) => $({ pred: spec })
export const next = (spec) => $(spec)

// ---- options

export const q = (queryKey, queryFn, rest = {}) => ({
  queryKey,
  ...(queryFn && { queryFn: $(queryFn) }),
  ...rest,
})
export const m = (mutationFn, rest = {}) => ({
  ...(mutationFn && { mutationFn: $(mutationFn) }),
  ...rest,
})
/** Options of an infinite query that counts pages up to `until`. */
export const pages = (queryKey, queryFn, rest = {}, until) => ({
  queryKey,
  queryFn: $(queryFn),
  initialPageParam: 0,
  getNextPageParam: $({ of: 'param', add: 1, ...(until !== undefined && { until }) }),
  ...rest,
})
/** Page parameters that go down to `until`. */
export const down = (until) => $({ of: 'param', add: -1, ...(until !== undefined && { until }) })

// ---- operations

const maker =
  (op, ...names) =>
  (...args) => {
    const made = { op }
    names.forEach((name, i) => {
      if (args[i] !== undefined) made[name] = args[i]
    })
    return { ...made, ...args[names.length] }
  }

export const adv = maker('adv', 'ms')
export const flush = maker('flush')
export const focus = maker('focus', 'v')
export const online = maker('online', 'v')
export const mount = maker('mount')
export const unmount = maker('unmount')
export const server = maker('server', 'v')

export const defaults = maker('defaults', 'options')
export const qdefaults = maker('qdefaults', 'key', 'options')
export const mdefaults = maker('mdefaults', 'key', 'options')
export const getQDefaults = maker('getQDefaults', 'key')
export const getMDefaults = maker('getMDefaults', 'key')
export const set = maker('set', 'key', 'value')
export const update = maker('set', 'key', 'updater')
export const setMany = maker('setMany', 'filters', 'value')
export const updateMany = maker('setMany', 'filters', 'updater')
export const get = maker('get', 'key')
export const getMany = maker('getMany', 'filters')
export const state = maker('state', 'key')
export const fetch = maker('fetch', 'options')
export const prefetch = maker('prefetch', 'options')
export const query = maker('query', 'options')
export const ensure = maker('ensure', 'options')
export const fetchInf = maker('fetchInf', 'options')
export const prefetchInf = maker('prefetchInf', 'options')
export const queryInf = maker('queryInf', 'options')
export const ensureInf = maker('ensureInf', 'options')
export const invalidate = maker('invalidate', 'filters')
export const refetch = maker('refetch', 'filters')
export const reset = maker('reset', 'filters')
export const remove = maker('remove', 'filters')
export const cancel = maker('cancel', 'filters')
export const isFetching = maker('isFetching', 'filters')
export const isMutating = maker('isMutating', 'filters')
export const find = maker('find', 'filters')
export const findAll = maker('findAll', 'filters')
export const mfind = maker('mfind', 'filters')
export const mfindAll = maker('mfindAll', 'filters')
export const resume = maker('resume')
export const clear = maker('clear')

export const obs = maker('obs.new', 'id', 'options')
export const inf = (id, options) => ({ op: 'obs.new', id, options, inf: true })
export const sub = maker('obs.sub', 'id')
export const unsub = maker('obs.unsub', 'id')
export const opts = maker('obs.opts', 'id', 'options')
export const again = maker('obs.refetch', 'id')
export const nextPage = maker('obs.next', 'id')
export const prevPage = maker('obs.prev', 'id')
export const read = maker('obs.read', 'id')
export const track = maker('obs.track', 'id', 'props')
export const optimistic = maker('obs.optimistic', 'id', 'options')
/** A new observer and its listener. */
export const watch = (id, options) => [obs(id, options), sub(id)]
export const watchInf = (id, options) => [inf(id, options), sub(id)]

export const qs = maker('qs.new', 'id', 'queries')
export const qsSub = maker('qs.sub', 'id')
export const qsUnsub = maker('qs.unsub', 'id')
export const qsSet = maker('qs.set', 'id', 'queries')
export const qsRead = maker('qs.read', 'id')
export const qsOptimistic = maker('qs.optimistic', 'id', 'queries')
export const watchAll = (id, queries, rest) => [qs(id, queries, rest), qsSub(id)]
export const combine = (spec) => ({ combine: $({ combine: spec }) })

export const mut = maker('mut.new', 'id', 'options')
export const mutSub = maker('mut.sub', 'id')
export const mutUnsub = maker('mut.unsub', 'id')
export const mutate = maker('mut.mutate', 'id', 'vars')
export const mutReset = maker('mut.reset', 'id')
export const mutOpts = maker('mut.opts', 'id', 'options')
export const mutRead = maker('mut.read', 'id')
export const exec = maker('mut.exec', 'options', 'vars')
export const mremove = maker('mremove', 'm')
export const watchMut = (id, options) => [mut(id, options), mutSub(id)]

export const dehydrate = maker('dehydrate', 'slot')
export const hydrate = maker('hydrate', 'slot')
export const hydrateState = maker('hydrate', 'state')
/** A query of a dehydrated state. */
export const dry = (queryKey, queryState = {}, rest = {}) => ({
  queryKey,
  state: queryState,
  ...rest,
})

export const save = maker('persist.save', 'store')
export const restore = maker('persist.restore', 'store')
export const attach = maker('persist.attach', 'id', 'store')
export const detach = maker('persist.detach', 'id')
export const put = maker('store.put', 'store', 'value')
export const putItem = maker('store.put', 'store', 'item', 'value')
export const del = maker('store.del', 'store', 'item')
export const corrupt = maker('store.corrupt', 'store', 'item')
export const stored = maker('store.get', 'store', 'item')
export const storedKeys = maker('store.keys', 'store')
export const ppGc = maker('pp.gc', 'persister')
export const ppRestore = maker('pp.restore', 'persister', 'queryKey', 'exact')
export const ppRemove = maker('pp.remove', 'persister', 'queryKey', 'exact')
export const ppSave = maker('pp.save', 'persister', 'key')
export const ppLoad = maker('pp.load', 'persister', 'key')

// ---- headers

export const withDefaults = (options) => ({ client: { defaults: options } })
export const withCallbacks = (cacheCallbacks) => ({ client: { cacheCallbacks } })
export const allQueryCallbacks = { query: { onSuccess: true, onError: true, onSettled: true } }
export const allMutationCallbacks = {
  mutation: { onMutate: true, onSuccess: true, onError: true, onSettled: true },
}

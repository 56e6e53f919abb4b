// What a trace makes use of: operations, options, filters, and what functions can do.

const OPTION_HOLDERS = new Set(['options', 'queries', 'mutations'])

export function featuresOf(trace) {
  const features = new Set()
  for (const op of trace.ops) fromOperation(op, features)
  for (const spec of Object.values(trace.fns)) fromFunction(spec, features)
  fromHeader(trace.header, features)
  return features
}

function fromHeader(header, features) {
  for (const name of Object.keys(header)) features.add(`header.${name}`)
  for (const { after } of Object.values(header.stores ?? {})) {
    features.add(after === undefined ? 'store:at once' : 'store:slow')
  }
  const { defaults, cacheCallbacks } = header.client ?? {}
  for (const kind of ['queries', 'mutations']) {
    if (defaults?.[kind]) fromOptions(defaults[kind], features)
  }
  for (const kind of ['query', 'mutation']) {
    for (const [name, spec] of Object.entries(cacheCallbacks?.[kind] ?? {})) {
      features.add(`cache.${kind}.${name}`)
      if (typeof spec === 'object') fromFunction(spec, features)
    }
  }
}

function fromOperation(op, features) {
  features.add(`op:${op.op}`)
  if (op.op === 'focus' || op.op === 'online') features.add(`${op.op} ${op.v}`)
  for (const [name, value] of Object.entries(op)) {
    if (name === 'op' || name === 'id' || name === 'key') continue
    if (name === 'filters') fromFilters(value, features)
    else if (name === 'queries' && Array.isArray(value)) {
      for (const options of value) fromOptions(options, features)
    } else if (OPTION_HOLDERS.has(name) && !value.$fn) {
      fromOptions(value, features)
      for (const part of ['queries', 'mutations'])
        if (value[part]) fromOptions(value[part], features)
    } else if (value?.$fn && typeof value.$fn === 'object') fromFunction(value.$fn, features)
    if (name === 'state') fromState(value, features)
    if (name === 'updater') features.add(`updater:${Object.keys(value)[0]}`)
    if (!OPTION_HOLDERS.has(name)) features.add(`${op.op}.${name}`)
  }
}

function fromState({ queries = [], mutations = [] }, features) {
  if (mutations.length > 0) features.add('hydrated mutation')
  for (const { promise } of queries) {
    if (!promise) features.add('hydrated data')
    else features.add('sync' in promise ? 'arrived promise' : 'hydrated promise')
    if (promise?.err) features.add('rejected promise')
  }
}

function fromFilters(filters, features) {
  for (const [name, value] of Object.entries(filters)) {
    features.add(`filter:${name}`)
    if (name === 'predicate') features.add(`pred:${Object.keys(value.$fn.pred)[0]}`)
  }
}

function fromOptions(options, features) {
  for (const [name, value] of Object.entries(options)) {
    if (name === 'queries' || name === 'mutations') continue
    features.add(`opt:${name}`)
    if (value?.$undef) features.add('undefined option')
    if (value?.$skip) features.add('skipToken')
    if (value === 'static') features.add('static')
    if (name === 'retry' || name === 'retryDelay') features.add(`${name} ${typeof value}`)
    const spec = value?.$fn
    if (spec === undefined || typeof spec === 'string') continue
    if (spec.dyn) {
      features.add(`dyn:${name}`)
      features.add(`if:${Object.keys(spec.dyn.if)[0]}`)
    } else {
      features.add(`fn:${name}`)
      fromFunction(spec, features)
    }
  }
}

function fromFunction(spec, features) {
  for (const step of spec.steps ?? []) {
    for (const name of Object.keys(step)) features.add(`step:${name}`)
    if (step.end?.err) features.add('stream error')
  }
  if (spec.of) {
    features.add(`page function:${spec.of}`)
    features.add(spec.add > 0 ? 'next page' : 'previous page')
    if (spec.until !== undefined) features.add('last page')
    if (spec.end) features.add('last page by null')
  }
  for (const name of ['readSignal', 'echo', 'run', 'await', 'async', 'throw', 'returns', 'log']) {
    if (spec[name] !== undefined) features.add(`fn.${name}`)
  }
  if (spec.echo) features.add(`echo:${spec.echo}`)
  if (spec.stream) {
    features.add(`stream:${spec.stream.refetchMode ?? 'reset'}`)
    if (spec.stream.reducer) features.add('stream reducer')
  }
  for (const kind of ['select', 'sharing', 'placeholder', 'retry', 'delay', 'combine']) {
    if (spec[kind] !== undefined) features.add(`${kind}:${nameOf(spec[kind])}`)
  }
  for (const op of spec.run ?? []) {
    features.add(`nested:${op.op}`)
    fromOperation(op, features)
  }
}

const nameOf = (how) => (typeof how === 'string' ? how : Object.keys(how)[0])

/** The share of generated traces that each of these has to occur in. */
export const LEAST = 0.01

/** What generated traces have to make use of. */
export const REQUIRED = [
  ...[
    ...['adv', 'flush', 'focus', 'online', 'mount', 'unmount'],
    ...['defaults', 'qdefaults', 'mdefaults', 'set', 'setMany', 'get', 'getMany', 'state'],
    ...['fetch', 'prefetch', 'ensure', 'query', 'fetchInf', 'prefetchInf', 'queryInf', 'ensureInf'],
    ...['invalidate', 'refetch', 'reset', 'remove', 'cancel', 'isFetching', 'isMutating', 'resume'],
    ...['clear', 'find', 'findAll', 'mfind', 'mfindAll'],
    ...['obs.new', 'obs.sub', 'obs.unsub', 'obs.opts', 'obs.refetch', 'obs.next', 'obs.prev'],
    ...['obs.read', 'obs.track', 'qs.new', 'qs.sub', 'qs.unsub', 'qs.set', 'qs.read'],
    ...['mut.new', 'mut.sub', 'mut.unsub', 'mut.mutate', 'mut.reset', 'mut.opts', 'mut.read'],
    ...['mut.exec', 'mremove', 'dehydrate', 'hydrate', 'persist.save', 'persist.restore'],
    ...['persist.attach', 'persist.detach', 'store.put', 'store.del', 'store.corrupt'],
    'store.get',
  ].map((name) => `op:${name}`),
  ...[
    ...['queryKey', 'queryFn', 'enabled', 'staleTime', 'gcTime', 'retry', 'retryDelay'],
    ...['retryOnMount', 'networkMode', 'refetchOnMount', 'refetchOnWindowFocus'],
    ...['refetchOnReconnect', 'refetchInterval', 'refetchIntervalInBackground', 'select'],
    ...['placeholderData', 'initialData', 'initialDataUpdatedAt', 'structuralSharing'],
    ...['notifyOnChangeProps', 'throwOnError', 'meta', 'initialPageParam', 'getNextPageParam'],
    ...['getPreviousPageParam', 'maxPages', 'pages', 'mutationKey', 'mutationFn', 'scope'],
    ...['onMutate', 'onSuccess', 'onError', 'onSettled'],
  ].map((name) => `opt:${name}`),
  ...[
    ...['enabled', 'staleTime', 'refetchInterval', 'refetchOnMount', 'refetchOnWindowFocus'],
    'refetchOnReconnect',
  ].map((name) => `dyn:${name}`),
  ...['hasData', 'dataEq', 'status', 'minUpdates', 'minErrors'].map((name) => `if:${name}`),
  ...['focus true', 'focus false', 'focus null', 'online true', 'online false'],
  ...['retry boolean', 'retry number', 'retryDelay number'],
  ...['param', 'page', 'count'].map((name) => `page function:${name}`),
  ...['next page', 'previous page', 'last page', 'last page by null'],
  ...['store:at once', 'store:slow'],
  ...['queryKey', 'exact', 'type', 'stale', 'fetchStatus', 'predicate'].map((n) => `filter:${n}`),
  ...['mutationKey', 'status'].map((name) => `filter:${name}`),
  ...['keyAt', 'status', 'hasData', 'observers', 'paused', 'varsEq'].map((name) => `pred:${name}`),
  ...['append', 'merge', 'inc', 'const', 'same', 'undef'].map((name) => `updater:${name}`),
  ...['set.value', 'set.updatedAt', 'invalidate.refetchType', 'invalidate.cancelRefetch'],
  ...['invalidate.throwOnError', 'refetch.cancelRefetch', 'refetch.throwOnError'],
  ...['reset.cancelRefetch', 'cancel.revert', 'cancel.silent', 'ensure.revalidateIfStale'],
  ...['obs.refetch.cancelRefetch', 'obs.refetch.throwOnError', 'obs.next.cancelRefetch'],
  ...['obs.prev.cancelRefetch', 'obs.sub.as', 'qs.set.combine', 'qs.new.combine'],
  ...['mut.mutate.onSuccess', 'mut.mutate.onError', 'mut.mutate.onSettled'],
  ...['dehydrate.redact', 'dehydrate.json', 'hydrate.slot', 'hydrate.state'],
  ...['persist.save.buster', 'persist.restore.buster', 'persist.restore.maxAge'],
  ...['onSuccess', 'onError', 'onSettled'].flatMap((n) => [
    `cache.query.${n}`,
    `cache.mutation.${n}`,
  ]),
  'cache.mutation.onMutate',
  ...['after', 'ok', 'err', 'never', 'stream', 'end'].map((name) => `step:${name}`),
  ...['readSignal', 'echo', 'run', 'await', 'async', 'throw', 'returns', 'log'].map(
    (n) => `fn.${n}`,
  ),
  ...['key', 'n', 'page', 'meta', 'vars'].map((name) => `echo:${name}`),
  ...['hydrated mutation', 'hydrated data', 'hydrated promise', 'arrived promise'],
  ...['reset', 'append', 'replace'].map((name) => `stream:${name}`),
  ...['stream reducer', 'stream error', 'undefined option', 'skipToken', 'static'],
  ...['id', 'len', 'throw', 'pages', 'pick', 'wrap', 'throwEq'].map((name) => `select:${name}`),
  ...['keepPrevious', 'prevKey', 'wrapPrev', 'const'].map((name) => `placeholder:${name}`),
  ...['keepOld', 'next', 'equal'].map((name) => `sharing:${name}`),
  ...['until', 'onlyErr'].map((name) => `retry:${name}`),
  ...['list', 'exp'].map((name) => `delay:${name}`),
  ...['each', 'all', 'count', 'list'].map((name) => `combine:${name}`),
  ...['set', 'get', 'cancel', 'invalidate', 'refetch', 'remove'].map((name) => `nested:${name}`),
  ...['t0', 'server', 'online', 'focused', 'stores', 'client'].map((name) => `header.${name}`),
]

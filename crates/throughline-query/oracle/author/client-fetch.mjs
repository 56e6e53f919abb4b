// fetchQuery, prefetchQuery, ensureQueryData and query.

import {
  $,
  adv,
  area,
  cancel,
  dyn,
  echo,
  ensure,
  err,
  fetch,
  get,
  invalidate,
  mount,
  never,
  obs,
  ok,
  online,
  opts,
  prefetch,
  q,
  qdefaults,
  query,
  read,
  select,
  set,
  skip,
  state,
  sub,
  undef,
  unsub,
  watch,
  withDefaults,
} from './dsl.mjs'

const k = ['k']

export default area('client-fetch', (t) => {
  t('fetch', 'fetchQuery calls the function and resolves with the data', {
    fns: { f: [ok('v', 10)] },
    ops: [fetch(q(k, 'f')), state(k), adv(10), state(k)],
  })
  t('fetch-key', 'the function gets the key and the meta', {
    fns: { f: { steps: [echo()], echo: 'key' }, g: { steps: [echo()], echo: 'meta' } },
    ops: [
      fetch(q(['k', { id: 1 }], 'f')),
      fetch(q(['m'], 'g', { meta: { x: 1 } })),
      fetch(q(['n'], 'g')),
    ],
  })
  t('fetch-fresh', 'fetchQuery does not call the function while the data is fresh', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      fetch(q(k, 'f', { staleTime: 100 })),
      adv(99),
      fetch(q(k, 'f', { staleTime: 100 })),
      adv(1),
      fetch(q(k, 'f', { staleTime: 100 })),
    ],
  })
  t('fetch-stale-default', 'without staleTime data is stale in the very moment it arrives', {
    fns: { f: [ok(1), ok(2)] },
    ops: [fetch(q(k, 'f')), fetch(q(k, 'f')), state(k)],
  })
  t('fetch-static', 'static data is never fetched again, not even when invalidated', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      fetch(q(k, 'f', { staleTime: 'static' })),
      invalidate({ queryKey: k }),
      adv(10),
      fetch(q(k, 'f', { staleTime: 'static' })),
      state(k),
    ],
  })
  t(
    'fetch-infinite-stale-time',
    'data with an infinite staleTime is fetched again once invalidated',
    {
      fns: { f: [ok(1), ok(2)] },
      ops: [
        fetch(q(k, 'f', { staleTime: { $num: 'Infinity' } })),
        fetch(q(k, 'f', { staleTime: { $num: 'Infinity' } })),
        invalidate({ queryKey: k }),
        fetch(q(k, 'f', { staleTime: { $num: 'Infinity' } })),
      ],
    },
  )
  t('fetch-dynamic-stale-time', 'staleTime may be a function of the query', {
    fns: { f: [ok(1), ok(2), ok(3)] },
    ops: [
      fetch(q(k, 'f', { staleTime: dyn({ dataEq: 1 }, 0, 1000) })),
      fetch(q(k, 'f', { staleTime: dyn({ dataEq: 1 }, 0, 1000) })),
      fetch(q(k, 'f', { staleTime: dyn({ dataEq: 1 }, 0, 1000) })),
    ],
  })
  t('fetch-set-data', 'fetchQuery takes set data while it is fresh', {
    fns: { f: [ok('f')] },
    ops: [
      set(k, 'set'),
      fetch(q(k, 'f', { staleTime: 50 })),
      adv(50),
      fetch(q(k, 'f', { staleTime: 50 })),
    ],
  })
  t('fetch-no-retry', 'fetchQuery does not retry by default', {
    fns: { f: [err('E'), ok(1)] },
    ops: [fetch(q(k, 'f')), adv(10_000), state(k)],
  })
  t('fetch-retry-asked', 'fetchQuery retries if told to', {
    fns: { f: [err('E'), ok(1)] },
    ops: [fetch(q(k, 'f', { retry: 1, retryDelay: 10 })), state(k), adv(10), state(k)],
  })
  t('fetch-retry-default', 'a default of the client makes fetchQuery retry', {
    header: withDefaults({ queries: { retry: 1, retryDelay: 10 } }),
    fns: { f: [err('E'), ok(1)] },
    ops: [fetch(q(k, 'f')), adv(10)],
  })
  t('fetch-retry-undefined', 'an explicitly undefined retry counts as none given: no retry', {
    header: withDefaults({ queries: { retry: 1, retryDelay: 10 } }),
    fns: { f: [err('E'), ok(1)] },
    ops: [fetch(q(k, 'f', { retry: undef })), adv(10), state(k)],
  })
  t('fetch-dedup', 'two fetches at a time share one call', {
    fns: { f: [ok(1, 10), ok(2, 10)] },
    ops: [fetch(q(k, 'f')), adv(5), fetch(q(k, 'f')), adv(5)],
  })
  t('fetch-dedup-options', 'the second of two fetches at a time leaves the options of the first', {
    fns: { f: [ok('f', 10)], g: [ok('g', 1)] },
    ops: [fetch(q(k, 'f')), fetch(q(k, 'g')), adv(10), fetch(q(k, undefined)), adv(10)],
  })
  t('fetch-options-replace', 'the options of a fetch replace those of the query', {
    fns: { f: [ok('f', 1)], g: [ok('g', 1)] },
    ops: [fetch(q(k, 'f')), adv(1), fetch(q(k, 'g')), adv(1), state(k)],
  })
  t('fetch-joins-observer', 'a fetch joins what an observer has started', {
    fns: { f: [ok(1, 10)] },
    ops: [...watch('o', q(k, 'f')), adv(4), fetch(q(k, 'f')), adv(6)],
  })
  t('fetch-missing-fn', 'without a function a fetch fails and says so', {
    ops: [fetch(q(k, undefined)), state(k)],
  })
  t(
    'fetch-missing-fn-observer',
    'a fetch without a function takes the options of the first observer that has one',
    {
      fns: { f: [ok('f', 5)] },
      ops: [
        ...watch('p', q(k, undefined, { enabled: false })),
        ...watch('o', q(k, 'f', { enabled: false })),
        fetch(q(k, undefined)),
        adv(5),
      ],
    },
  )
  t('fetch-missing-fn-unsubscribed', 'an observer without listeners lends no function', {
    fns: { f: [ok('f')] },
    ops: [obs('o', q(k, 'f')), fetch(q(k, undefined))],
  })
  t('fetch-skip-token', 'the skip token is no function to fetch with', {
    ops: [fetch(q(k, undefined, { queryFn: skip })), state(k)],
  })
  t('fetch-undefined', 'a function that gives undefined has failed', {
    fns: { f: [ok(undef)] },
    ops: [fetch(q(['k', 1], 'f')), state(['k', 1])],
  })
  t('fetch-undefined-keeps-data', 'undefined instead of data keeps the data there was', {
    fns: { f: [ok(undef)] },
    ops: [set(k, 'old'), fetch(q(k, 'f')), state(k)],
  })
  t('fetch-null', 'null is a result', {
    fns: { f: [ok(null)] },
    ops: [fetch(q(k, 'f')), state(k)],
  })
  t('fetch-error-then-ok', 'a fetch after a failed one starts over', {
    fns: { f: [err('E', 1), ok('v', 10)] },
    ops: [fetch(q(k, 'f')), adv(1), fetch(q(k, 'f')), state(k), adv(10), state(k)],
  })
  t('fetch-error-keeps-data', 'a failed refetch keeps the data and flags it invalid', {
    fns: { f: [ok('v'), err('E', 5)] },
    ops: [fetch(q(k, 'f')), fetch(q(k, 'f')), state(k), adv(5), state(k)],
  })
  t('fetch-initial-data', 'fetchQuery with initialData still fetches when that is stale', {
    fns: { f: [ok('f', 5)] },
    ops: [fetch(q(k, 'f', { initialData: 'i' })), state(k), adv(5)],
  })
  t('fetch-initial-data-fresh', 'fetchQuery resolves with fresh initialData', {
    fns: { f: [ok('f', 5)] },
    ops: [fetch(q(k, 'f', { initialData: 'i', staleTime: 100 })), state(k), adv(5)],
  })
  t('fetch-gc', 'a fetched query is collected gcTime after its fetch ended', {
    fns: { f: [ok('f', 30)] },
    ops: [fetch(q(k, 'f', { gcTime: 10 })), adv(39), get(k), adv(1), get(k)],
  })
  t('fetch-gc-zero', 'with gcTime 0 a fetched query goes with the next timer', {
    fns: { f: [ok('f')] },
    ops: [fetch(q(k, 'f', { gcTime: 0 })), get(k), adv(0), get(k)],
  })
  t('fetch-select-ignored', 'fetchQuery does not select', {
    fns: { f: [ok({ a: 1 })] },
    ops: [fetch(q(k, 'f', { select: select({ pick: 'a' }) }))],
  })
  t('fetch-disabled-ignored', 'fetchQuery fetches though enabled is false', {
    fns: { f: [ok(1)] },
    ops: [fetch(q(k, 'f', { enabled: false })), state(k)],
  })
  t('fetch-offline', 'a fetch while offline is paused until online, then goes on', {
    fns: { f: [ok(1, 5)] },
    ops: [
      mount(),
      online(false),
      fetch(q(k, 'f')),
      state(k),
      adv(10),
      online(true),
      adv(5),
      state(k),
    ],
  })
  t('prefetch', 'prefetchQuery resolves with nothing', {
    fns: { f: [ok(1, 5)] },
    ops: [prefetch(q(k, 'f')), adv(5), get(k)],
  })
  t('prefetch-error', 'prefetchQuery swallows the error', {
    fns: { f: [err('E', 5)] },
    ops: [prefetch(q(k, 'f')), adv(5), state(k)],
  })
  t('prefetch-gc', 'a prefetched query without observers is collected', {
    fns: { f: [ok(1)] },
    ops: [prefetch(q(k, 'f', { gcTime: 20 })), adv(20), state(k)],
  })
  t('prefetch-then-observe', 'an observer of a prefetched query starts with its data', {
    fns: { f: [ok(1, 5), ok(2, 5)] },
    ops: [prefetch(q(k, 'f')), adv(5), ...watch('o', q(k, 'f', { staleTime: 100 })), read('o')],
  })
  t('prefetch-fresh', 'prefetchQuery does nothing while the data is fresh', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      set(k, 0),
      prefetch(q(k, 'f', { staleTime: 10 })),
      adv(10),
      prefetch(q(k, 'f', { staleTime: 10 })),
      get(k),
    ],
  })
  t('ensure-cached', 'ensureQueryData gives cached data, however stale', {
    fns: { f: [ok('f')] },
    ops: [set(k, 'old'), adv(1_000), ensure(q(k, 'f')), state(k)],
  })
  t('ensure-missing', 'ensureQueryData fetches what is missing', {
    fns: { f: [ok('f', 5)] },
    ops: [ensure(q(k, 'f')), adv(5), ensure(q(k, 'f'))],
  })
  t('ensure-falsy', 'falsy cached data is data to ensure', {
    fns: { f: [ok('f')] },
    ops: [set(k, 0), ensure(q(k, 'f')), set(['n'], null), ensure(q(['n'], 'f'))],
  })
  t(
    'ensure-revalidate',
    'with revalidateIfStale the cached data is given and fetched anew behind it',
    {
      fns: { f: [ok('new', 5)] },
      ops: [set(k, 'old'), adv(1), ensure(q(k, 'f'), { revalidateIfStale: true }), adv(5), get(k)],
    },
  )
  t('ensure-revalidate-fresh', 'with revalidateIfStale fresh data is left alone', {
    fns: { f: [ok('new', 5)] },
    ops: [
      set(k, 'old'),
      ensure(q(k, 'f', { staleTime: 10 }), { revalidateIfStale: true }),
      adv(5),
      get(k),
    ],
  })
  t('ensure-revalidate-error', 'a failing revalidation is not the caller’s concern', {
    fns: { f: [err('E', 5)] },
    ops: [set(k, 'old'), ensure(q(k, 'f'), { revalidateIfStale: true }), adv(5), state(k)],
  })
  t('ensure-initial', 'ensureQueryData gives initialData without a call', {
    fns: { f: [ok('f', 5)] },
    ops: [ensure(q(k, 'f', { initialData: 'i' })), adv(5), state(k)],
  })
  t('ensure-static', 'ensureQueryData leaves static data alone even when told to revalidate', {
    fns: { f: [ok('new', 5)] },
    ops: [
      set(k, 'old'),
      ensure(q(k, 'f', { staleTime: 'static' }), { revalidateIfStale: true }),
      adv(5),
      get(k),
    ],
  })
  t('ensure-from-defaults', 'ensureQueryData takes the function from the defaults', {
    fns: { f: [ok('f')] },
    ops: [qdefaults(k, { queryFn: $('f') }), ensure(q(k))],
  })
  t('query', 'query resolves with the data', {
    fns: { f: [ok('v', 10)] },
    ops: [query(q(k, 'f')), adv(10), state(k)],
  })
  t('query-select', 'query selects; the cache keeps the whole', {
    fns: { f: [ok({ a: 1, b: 2 }, 5)] },
    ops: [query(q(k, 'f', { select: select({ pick: 'b' }) })), adv(5), get(k)],
  })
  t('query-select-cached', 'query selects from cached data, too', {
    fns: { f: [ok('f')] },
    ops: [set(k, [1, 2, 3]), query(q(k, 'f', { staleTime: 10, select: select('len', 'log') }))],
  })
  t('query-select-throws', 'a selection that throws rejects the query and leaves the cache alone', {
    fns: { f: [ok('v')] },
    ops: [query(q(k, 'f', { select: select('throw') })), state(k)],
  })
  t('query-fresh', 'query does not call the function while the data is fresh', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      query(q(k, 'f', { staleTime: 10 })),
      adv(9),
      query(q(k, 'f', { staleTime: 10 })),
      adv(1),
      query(q(k, 'f', { staleTime: 10 })),
    ],
  })
  t('query-no-retry', 'query does not retry by default', {
    fns: { f: [err('E'), ok(1)] },
    ops: [query(q(k, 'f')), adv(5_000), state(k)],
  })
  t('query-static-refetch', 'query with static staleTime takes what there is', {
    fns: { f: [ok('f')] },
    ops: [set(k, 'set'), invalidate({ queryKey: k }), query(q(k, 'f', { staleTime: 'static' }))],
  })
  t('query-disabled', 'query fetches though enabled is false', {
    fns: { f: [ok('f')] },
    ops: [query(q(k, 'f', { enabled: false }))],
  })
  t(
    'query-skip-token',
    'query with the skip token gives cached data if that is fresh and fails if not',
    {
      ops: [
        set(k, 1),
        query(q(k, undefined, { queryFn: skip, staleTime: 10 })),
        adv(10),
        query(q(k, undefined, { queryFn: skip, staleTime: 10 })),
      ],
    },
  )
  t(
    'fetch-silent-replacement',
    'a fetch outlives a refetch that replaces it and resolves with the new data',
    {
      fns: { f: [ok('one', 10), ok('two', 10)] },
      ops: [
        set(k, 0),
        fetch(q(k, 'f')),
        adv(5),
        { op: 'refetch', filters: { queryKey: k } },
        adv(5),
        adv(5),
      ],
    },
  )
  t('fetch-unmount-paused', 'leaving a query paused before its first data reverts it', {
    fns: { f: [ok(1, 5)] },
    ops: [
      mount(),
      online(false),
      ...watch('o', q(k, 'f')),
      state(k),
      unsub('o'),
      state(k),
      online(true),
      adv(10),
      state(k),
    ],
  })
  t('fetch-never-gc', 'a query that fetches for ever is not collected', {
    fns: { f: [never] },
    ops: [
      prefetch(q(k, 'f', { gcTime: 10 })),
      adv(100),
      state(k),
      cancel({ queryKey: k }),
      adv(9),
      state(k),
      adv(1),
      state(k),
    ],
  })
  t('fetch-dedup-other-meta', 'the meta of the options in force is passed', {
    fns: { f: { steps: [echo(5)], echo: 'meta' } },
    ops: [
      fetch(q(k, 'f', { meta: { n: 1 } })),
      adv(5),
      fetch(q(k, 'f', { meta: { n: 2 } })),
      adv(5),
    ],
  })
  t(
    'observer-options-used-by-refetch',
    'options set by an observer are those of the next refetch',
    {
      fns: { f: [ok('f', 1)], g: [ok('g', 1)] },
      ops: [
        ...watch('o', q(k, 'f', { staleTime: 1000 })),
        adv(1),
        opts('o', q(k, 'g', { staleTime: 1000 })),
        { op: 'refetch', filters: { queryKey: k } },
        adv(1),
        sub('o', { as: 'b' }),
        unsub('o'),
        get(k),
      ],
    },
  )
})

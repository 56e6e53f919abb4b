// Invalidating, refetching, resetting, removing, and what filters match.

import {
  adv,
  area,
  cancel,
  clear,
  dyn,
  err,
  fetch,
  find,
  findAll,
  focus,
  get,
  getMany,
  invalidate,
  isFetching,
  mount,
  never,
  obs,
  ok,
  online,
  opts,
  pred,
  prefetch,
  q,
  read,
  refetch,
  remove,
  reset,
  set,
  skip,
  state,
  sub,
  unsub,
  watch,
} from './dsl.mjs'

const k = ['k']

export default area('client-filters', (t) => {
  // ---- invalidate

  t('invalidate-active', 'invalidating marks all matches and refetches the active ones', {
    fns: { f: [ok(1), ok(2, 5)] },
    ops: [
      ...watch('o', q(['k', 1], 'f', { staleTime: 1000 })),
      prefetch(q(['k', 2], 'f')),
      invalidate({ queryKey: k }),
      state(['k', 2]),
      adv(5),
      state(['k', 1]),
    ],
  })
  t('invalidate-none', 'refetchType none only marks', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      ...watch('o', q(k, 'f', { staleTime: 1000 })),
      invalidate({ queryKey: k }, { refetchType: 'none' }),
      read('o'),
    ],
  })
  t('invalidate-inactive', 'refetchType inactive refetches only what nobody observes', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      ...watch('o', q(['k', 1], 'f', { staleTime: 1000 })),
      prefetch(q(['k', 2], 'f')),
      invalidate({ queryKey: k }, { refetchType: 'inactive' }),
      getMany({}),
    ],
  })
  t('invalidate-all', 'refetchType all refetches both', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      ...watch('o', q(['k', 1], 'f', { staleTime: 1000 })),
      prefetch(q(['k', 2], 'f')),
      invalidate({ queryKey: k }, { refetchType: 'all' }),
      getMany({}),
    ],
  })
  t('invalidate-type-filter', 'without refetchType the type of the filter says what is refetched', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      ...watch('o', q(['k', 1], 'f', { staleTime: 1000 })),
      prefetch(q(['k', 2], 'f')),
      invalidate({ queryKey: k, type: 'inactive' }),
      state(['k', 1]),
      state(['k', 2]),
    ],
  })
  t('invalidate-everything', 'invalidating without filters is for all', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      ...watch('o', q(['a'], 'f', { staleTime: 1000 })),
      set(['b'], 1),
      invalidate(),
      state(['b']),
    ],
  })
  t('invalidate-exact', 'an exact filter leaves longer keys alone', {
    ops: [
      set(k, 1),
      set(['k', 1], 2),
      invalidate({ queryKey: k, exact: true }),
      state(k),
      state(['k', 1]),
    ],
  })
  t('invalidate-twice', 'an invalid query is not marked again', {
    ops: [set(k, 1), invalidate({ queryKey: k }), invalidate({ queryKey: k })],
  })
  t('invalidate-disabled', 'a disabled observer does not make its query refetch', {
    fns: { f: [ok('f')] },
    ops: [
      set(k, 1),
      ...watch('o', q(k, 'f', { enabled: false })),
      invalidate({ queryKey: k }),
      read('o'),
      state(k),
    ],
  })
  t('invalidate-disabled-all', 'not even with refetchType all', {
    fns: { f: [ok('f')] },
    ops: [
      set(k, 1),
      ...watch('o', q(k, 'f', { enabled: false })),
      invalidate({ queryKey: k }, { refetchType: 'all' }),
      state(k),
    ],
  })
  t('invalidate-static', 'static data is marked but not refetched', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      ...watch('o', q(k, 'f', { staleTime: 'static' })),
      invalidate({ queryKey: k }),
      read('o'),
      state(k),
    ],
  })
  t(
    'invalidate-static-one-of-two',
    'one static observer suffices to keep a query from refetching',
    {
      fns: { f: [ok(1), ok(2)] },
      ops: [
        ...watch('o', q(k, 'f', { staleTime: 'static' })),
        ...watch('p', q(k, 'f', { staleTime: 1000 })),
        invalidate({ queryKey: k }),
        adv(1),
        read('p'),
      ],
    },
  )
  t('invalidate-fetching', 'invalidating cancels a running refetch and starts anew', {
    fns: { f: [ok(1), ok(2, 10), ok(3, 10)] },
    ops: [
      ...watch('o', q(k, 'f')),
      refetch({ queryKey: k }),
      adv(5),
      invalidate({ queryKey: k }),
      adv(5),
      adv(5),
    ],
  })
  t('invalidate-no-cancel', 'with cancelRefetch false a running refetch is waited for', {
    fns: { f: [ok(1), ok(2, 10), ok(3, 10)] },
    ops: [
      ...watch('o', q(k, 'f')),
      refetch({ queryKey: k }),
      adv(5),
      invalidate({ queryKey: k }, { cancelRefetch: false }),
      adv(5),
      state(k),
      adv(10),
    ],
  })
  t('invalidate-first-fetch', 'a first fetch is never cancelled by an invalidation', {
    fns: { f: [ok(1, 10), ok(2, 10)] },
    ops: [
      ...watch('o', q(k, 'f')),
      adv(5),
      invalidate({ queryKey: k }),
      state(k),
      adv(5),
      state(k),
    ],
  })
  t('invalidate-error-swallowed', 'a failing refetch does not reject the invalidation', {
    fns: { f: [ok(1), err('E', 5)] },
    ops: [...watch('o', q(k, 'f', { retry: false })), invalidate({ queryKey: k }), adv(5)],
  })
  t('invalidate-error-thrown', 'with throwOnError it does', {
    fns: { f: [ok(1), err('E', 5)] },
    ops: [
      ...watch('o', q(k, 'f', { retry: false })),
      invalidate({ queryKey: k }, { throwOnError: true }),
      adv(5),
    ],
  })
  t(
    'invalidate-then-mount',
    'an invalidated query is fetched when an observer comes, however fresh its data',
    {
      fns: { f: [ok('new', 5)] },
      ops: [
        set(k, 'old'),
        invalidate({ queryKey: k }),
        ...watch('o', q(k, 'f', { staleTime: 10_000 })),
        adv(5),
      ],
    },
  )
  t('invalidate-predicate', 'a predicate narrows what is invalidated', {
    ops: [
      set(['k', 1], 1),
      set(['k', 2], 2),
      invalidate({ predicate: pred({ keyAt: [1, 2] }) }),
      state(['k', 1]),
      state(['k', 2]),
    ],
  })
  t(
    'invalidate-stale-filter',
    'the filter stale is asked before the mark is set, and again for the refetch',
    {
      fns: { f: [ok(1), ok(2)] },
      ops: [
        ...watch('o', q(['k', 1], 'f', { staleTime: 1000 })),
        ...watch('p', q(['k', 2], 'f')),
        invalidate({ stale: true }),
        state(['k', 1]),
        invalidate({ stale: false }),
      ],
    },
  )
  t('invalidate-offline', 'invalidating while offline resolves at once; the fetch is paused', {
    fns: { f: [ok(1), ok(2, 5)] },
    ops: [
      mount(),
      ...watch('o', q(k, 'f')),
      online(false),
      invalidate({ queryKey: k }),
      state(k),
      online(true),
      adv(5),
    ],
  })
  t('invalidate-offline-throw', 'a paused refetch resolves at once even with throwOnError', {
    fns: { f: [ok(1), err('E', 5)] },
    ops: [
      mount(),
      ...watch('o', q(k, 'f', { retry: false })),
      online(false),
      invalidate({ queryKey: k }, { throwOnError: true }),
      online(true),
      adv(5),
      state(k),
    ],
  })
  t(
    'invalidate-without-data',
    'a failed query is invalid already; not the next fetch but its success clears that',
    {
      fns: { f: [err('E'), ok(1, 5)] },
      ops: [
        fetch(q(k, 'f')),
        state(k),
        invalidate({ queryKey: k }),
        fetch(q(k, 'f')),
        state(k),
        adv(5),
        state(k),
      ],
    },
  )
  t('invalidate-unsubscribed', 'an observer without listeners does not make a query active', {
    fns: { f: [ok(1)] },
    ops: [set(k, 0), obs('o', q(k, 'f')), invalidate({ queryKey: k }), state(k)],
  })

  // ---- refetch

  t('refetch-all', 'refetching takes inactive queries, too', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      prefetch(q(['a'], 'f')),
      ...watch('o', q(['b'], 'f', { staleTime: 1000 })),
      refetch(),
      getMany({}),
    ],
  })
  t('refetch-fresh', 'refetching does not care about freshness', {
    fns: { f: [ok(1), ok(2)] },
    ops: [...watch('o', q(k, 'f', { staleTime: 1000 })), refetch({ queryKey: k }), read('o')],
  })
  t('refetch-active', 'a filter can hold it to active queries', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      prefetch(q(['a'], 'f')),
      ...watch('o', q(['b'], 'f', { staleTime: 1000 })),
      refetch({ type: 'active' }),
      getMany({}),
    ],
  })
  t('refetch-inactive', 'or to inactive ones', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      prefetch(q(['a'], 'f')),
      ...watch('o', q(['b'], 'f', { staleTime: 1000 })),
      refetch({ type: 'inactive' }),
      getMany({}),
    ],
  })
  t('refetch-stale', 'or to stale ones: without observers only what is invalid is stale', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      prefetch(q(['a'], 'f')),
      prefetch(q(['b'], 'f')),
      invalidate({ queryKey: ['b'] }),
      adv(100),
      refetch({ stale: true }),
      getMany({}),
    ],
  })
  t('refetch-stale-observed', 'an observed query is stale as its observers say', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      ...watch('o', q(['a'], 'f', { staleTime: 1000 })),
      ...watch('p', q(['b'], 'f')),
      refetch({ stale: true }),
      getMany({}),
    ],
  })
  t(
    'refetch-set-data',
    'set data counts as fetched, so it is refetched, and fails for want of a function',
    {
      ops: [set(k, 1), refetch({ queryKey: k }), state(k), adv(7000), state(k)],
    },
  )
  t('refetch-initial-only', 'a query with nothing but initialData and no observer is disabled', {
    fns: { f: [ok('f')] },
    ops: [obs('o', q(k, 'f', { initialData: 'i' })), refetch({ queryKey: k }), state(k)],
  })
  t('refetch-disabled', 'a query with only disabled observers is not refetched', {
    fns: { f: [ok(1)] },
    ops: [
      set(k, 0),
      ...watch('o', q(k, 'f', { enabled: false })),
      refetch({ queryKey: k }),
      state(k),
    ],
  })
  t('refetch-disabled-and-enabled', 'one enabled observer among disabled ones suffices', {
    fns: { f: [ok(1)] },
    ops: [
      set(k, 0),
      ...watch('o', q(k, 'f', { enabled: false })),
      ...watch('p', q(k, 'f', { staleTime: 1000 })),
      refetch({ queryKey: k }),
      state(k),
    ],
  })
  t('refetch-skip-token', 'a query whose function is the skip token is not refetched', {
    ops: [
      set(k, 0),
      obs('o', q(k, undefined, { queryFn: skip })),
      refetch({ queryKey: k }),
      state(k),
    ],
  })
  t('refetch-static', 'a query whose observer says static is not refetched', {
    fns: { f: [ok(1), ok(2)] },
    ops: [...watch('o', q(k, 'f', { staleTime: 'static' })), refetch({ queryKey: k }), state(k)],
  })
  t('refetch-static-unobserved', 'without observers nothing is static', {
    fns: { f: [ok(1), ok(2)] },
    ops: [prefetch(q(k, 'f', { staleTime: 'static' })), refetch({ queryKey: k }), state(k)],
  })
  t('refetch-static-pending', 'a static query without data is refetched', {
    fns: { f: [err('E'), ok(1)] },
    ops: [
      ...watch('o', q(k, 'f', { staleTime: 'static', retry: false })),
      refetch({ queryKey: k }),
      state(k),
    ],
  })
  t('refetch-error', 'refetching swallows errors', {
    fns: { f: [ok(1), err('E', 5)] },
    ops: [prefetch(q(k, 'f')), refetch({ queryKey: k }), adv(5), state(k)],
  })
  t('refetch-error-thrown', 'refetching with throwOnError rejects with the first error', {
    fns: { f: [ok(1), err('E1', 10)], g: [ok(1), err('E2', 5)] },
    ops: [
      prefetch(q(['a'], 'f')),
      prefetch(q(['b'], 'g')),
      refetch({}, { throwOnError: true }),
      adv(5),
      adv(5),
    ],
  })
  t('refetch-waits', 'refetching resolves when the last fetch is done', {
    fns: { f: [ok(1), ok(2, 10)], g: [ok(1), ok(2, 5)] },
    ops: [prefetch(q(['a'], 'f')), prefetch(q(['b'], 'g')), refetch(), adv(5), adv(5)],
  })
  t('refetch-twice', 'a second refetch cancels the first; both resolve with the second', {
    fns: { f: [ok(1), ok(2, 10), ok(3, 10)] },
    ops: [prefetch(q(k, 'f')), refetch(), adv(5), refetch(), adv(5), adv(5), get(k)],
  })
  t('refetch-twice-no-cancel', 'not with cancelRefetch false', {
    fns: { f: [ok(1), ok(2, 10), ok(3, 10)] },
    ops: [
      prefetch(q(k, 'f')),
      refetch(),
      adv(5),
      refetch({}, { cancelRefetch: false }),
      adv(5),
      adv(5),
      get(k),
    ],
  })
  t('refetch-none-matching', 'refetching nothing resolves at once', {
    ops: [refetch({ queryKey: k })],
  })
  t('refetch-paused', 'a refetch of a paused query joins it', {
    fns: { f: [ok(1), ok(2, 5)] },
    ops: [
      mount(),
      prefetch(q(k, 'f')),
      online(false),
      refetch({}, { cancelRefetch: false }),
      refetch({}, { cancelRefetch: false }),
      online(true),
      adv(5),
    ],
  })

  // ---- reset

  t('reset-initial', 'resetting goes back to the initial state', {
    fns: { f: [ok(1)] },
    ops: [fetch(q(k, 'f')), reset({ queryKey: k }), state(k)],
  })
  t('reset-initial-data', 'resetting goes back to initialData', {
    fns: { f: [ok('f')] },
    ops: [fetch(q(k, 'f', { initialData: 'i' })), get(k), reset({ queryKey: k }), state(k)],
  })
  t('reset-active', 'resetting refetches active queries though their data was fresh', {
    fns: { f: [ok(1), ok(2, 5)] },
    ops: [...watch('o', q(k, 'f', { staleTime: 1000 })), reset({ queryKey: k }), adv(5)],
  })
  t('reset-disabled', 'a disabled observer is shown the initial state and nothing is fetched', {
    fns: { f: [ok(1)] },
    ops: [
      set(k, 0),
      ...watch('o', q(k, 'f', { enabled: false })),
      reset({ queryKey: k }),
      read('o'),
    ],
  })
  t('reset-fetching', 'resetting silently cancels what runs', {
    fns: { f: [ok(1, 10), ok(2, 10)] },
    ops: [...watch('o', q(k, 'f')), adv(5), reset({ queryKey: k }), adv(5), adv(5)],
  })
  t('reset-fetching-inactive', 'a fetch nobody observes rejects as silently cancelled', {
    fns: { f: [ok(1, 10)] },
    ops: [fetch(q(k, 'f')), adv(5), reset({ queryKey: k }), adv(5), state(k)],
  })
  t('reset-matched-only', 'only the queries that were reset are refetched', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      ...watch('o', q(['a'], 'f', { staleTime: 1000 })),
      ...watch('p', q(['b'], 'f', { staleTime: 1000 })),
      reset({ queryKey: ['a'] }),
      getMany({}),
    ],
  })
  t('reset-error', 'resetting an error starts over', {
    fns: { f: [err('E'), ok(1, 5)] },
    ops: [...watch('o', q(k, 'f', { retry: false })), reset({ queryKey: k }), adv(5), state(k)],
  })
  t('reset-keeps-gc', 'a reset query without observers is not collected: its timer is gone', {
    fns: { f: [ok(1)] },
    ops: [fetch(q(k, 'f', { gcTime: 10 })), reset({ queryKey: k }), adv(100), state(k)],
  })
  t('reset-later-initial', 'initialData that came later is what a reset goes back to', {
    fns: { f: [ok('f', 5)] },
    ops: [
      obs('o', q(k, 'f', { enabled: false })),
      obs('p', q(k, 'f', { enabled: false, initialData: 'later' })),
      set(k, 'set'),
      reset({ queryKey: k }),
      state(k),
    ],
  })
  t('reset-throw', 'resetting with throwOnError rejects', {
    fns: { f: [ok(1), err('E', 5)] },
    ops: [
      ...watch('o', q(k, 'f', { retry: false })),
      reset({ queryKey: k }, { throwOnError: true }),
      adv(5),
    ],
  })
  t(
    'reset-counts',
    'resetting sets the counts to zero, so isFetchedAfterMount can be false again',
    {
      fns: { f: [ok(1), never] },
      ops: [...watch('o', q(k, 'f')), read('o'), reset({ queryKey: k }), read('o')],
    },
  )

  // ---- remove, clear

  t('remove-exact', 'removing with exact takes one', {
    ops: [set(k, 1), set(['k', 1], 2), remove({ queryKey: k, exact: true }), getMany({})],
  })
  t('remove-all', 'removing without filters takes all', {
    ops: [set(['a'], 1), set(['b'], 2), remove(), getMany({})],
  })
  t('remove-fetching', 'a fetch of a removed query rejects as silently cancelled', {
    fns: { f: [ok(1, 10)] },
    ops: [fetch(q(k, 'f')), adv(5), remove({ queryKey: k }), adv(5), state(k)],
  })
  t('remove-inactive', 'removing inactive queries leaves observed ones', {
    fns: { f: [ok(1)] },
    ops: [...watch('o', q(['a'], 'f')), set(['b'], 2), remove({ type: 'inactive' }), getMany({})],
  })
  t('remove-then-fetch', 'a fetch of a removed key is a new query', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      fetch(q(k, 'f')),
      remove({ queryKey: k }),
      fetch(q(k, 'f', { staleTime: 1000 })),
      state(k),
    ],
  })
  t('remove-observed-focus', 'an observer of a removed query does not refetch on focus', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      mount(),
      ...watch('o', q(k, 'f')),
      remove(),
      focus(false),
      focus(true),
      adv(10),
      read('o'),
    ],
  })
  t('remove-observed-unsubscribe', 'the last listener of a removed query leaves without harm', {
    fns: { f: [ok(1), ok(2, 5)] },
    ops: [...watch('o', q(k, 'f')), remove(), unsub('o'), sub('o'), adv(5)],
  })
  t('clear', 'clearing empties the cache and cancels what runs', {
    fns: { f: [ok(1, 10)] },
    ops: [set(['a'], 1), fetch(q(['b'], 'f')), clear(), getMany({}), adv(10), getMany({})],
  })

  // ---- filters

  t('filter-prefix', 'a filter key matches by prefix', {
    ops: [
      set(['a'], 1),
      set(['a', 1], 2),
      set(['a', 1, 'x'], 3),
      set(['b', 'a'], 4),
      findAll({ queryKey: ['a'] }),
      findAll({ queryKey: ['a', 1] }),
      findAll({ queryKey: [] }),
    ],
  })
  t('filter-longer', 'a filter key longer than the key does not match', {
    ops: [set(['a'], 1), findAll({ queryKey: ['a', 1] }), findAll({ queryKey: ['a', null] })],
  })
  t('filter-object', 'objects in a filter key match by the fields they have', {
    ops: [
      set(['a', { x: 1, y: 2 }], 1),
      set(['a', { x: 1 }], 2),
      set(['a', { x: { z: 1, w: 2 } }], 3),
      findAll({ queryKey: ['a', { x: 1 }] }),
      findAll({ queryKey: ['a', {}] }),
      findAll({ queryKey: ['a', { x: { w: 2 } }] }),
      findAll({ queryKey: ['a', { y: 2, x: 1 }] }),
    ],
  })
  t('filter-nested-array', 'arrays within a key match by prefix, too', {
    ops: [
      set(['a', [1, 2, 3]], 1),
      findAll({ queryKey: ['a', [1, 2]] }),
      findAll({ queryKey: ['a', [2]] }),
      findAll({ queryKey: ['a', []] }),
    ],
  })
  t('filter-null', 'null matches only null', {
    ops: [
      set(['a', null], 1),
      set(['a', { x: 1 }], 2),
      findAll({ queryKey: ['a', null] }),
      findAll({ queryKey: ['a', {}] }),
    ],
  })
  t('filter-exact-object', 'an exact filter compares hashes: the order of fields does not matter', {
    ops: [
      set(['a', { x: 1, y: 2 }], 1),
      findAll({ queryKey: ['a', { y: 2, x: 1 }], exact: true }),
      findAll({ queryKey: ['a', { x: 1 }], exact: true }),
    ],
  })
  t('filter-fetch-status', 'fetchStatus is a filter', {
    fns: { f: [never] },
    ops: [
      mount(),
      fetch(q(['a'], 'f')),
      online(false),
      fetch(q(['b'], 'f')),
      set(['c'], 1),
      findAll({ fetchStatus: 'fetching' }),
      findAll({ fetchStatus: 'paused' }),
      findAll({ fetchStatus: 'idle' }),
    ],
  })
  t('filter-type', 'active is observed by somebody enabled; the rest is inactive', {
    fns: { f: [never] },
    ops: [
      ...watch('o', q(['on'], 'f')),
      ...watch('p', q(['off'], 'f', { enabled: false })),
      obs('r', q(['unsubscribed'], 'f')),
      set(['set'], 1),
      findAll({ type: 'active' }),
      findAll({ type: 'inactive' }),
      findAll({ type: 'all' }),
    ],
  })
  t('filter-type-dynamic', 'a dynamic enabled is asked anew each time', {
    fns: { f: [ok(1)] },
    ops: [
      ...watch('o', q(k, 'f', { enabled: dyn({ hasData: true }, true, false) })),
      findAll({ type: 'active' }),
      set(k, 1),
      findAll({ type: 'active' }),
    ],
  })
  t('filter-stale', 'staleness of the unobserved: without data or invalid', {
    fns: { f: [never] },
    ops: [
      set(['fresh'], 1),
      set(['invalid'], 2),
      invalidate({ queryKey: ['invalid'] }),
      prefetch(q(['pending'], 'f')),
      findAll({ stale: true }),
      findAll({ stale: false }),
    ],
  })
  t('filter-stale-disabled', 'a disabled observer’s query is not stale, even without data', {
    ops: [
      ...watch('o', q(k, undefined, { enabled: false })),
      findAll({ stale: true }),
      findAll({ stale: false }),
    ],
  })
  t('filter-and', 'filters are joined by and', {
    fns: { f: [never] },
    ops: [
      ...watch('o', q(['k', 1], 'f')),
      set(['k', 2], 1),
      findAll({
        queryKey: k,
        type: 'inactive',
        stale: false,
        fetchStatus: 'idle',
        predicate: pred({ hasData: true }),
      }),
      findAll({ queryKey: k, type: 'active', stale: false }),
    ],
  })
  t('find-exact', 'find is exact unless told otherwise', {
    ops: [
      set(['a', 1], 1),
      set(['a', 2], 2),
      find({ queryKey: ['a'] }),
      find({ queryKey: ['a'], exact: false }),
      find({ queryKey: ['a', 2] }),
    ],
  })
  t('find-predicate', 'find takes the first in order of creation', {
    ops: [
      set(['a', 1], 1),
      set(['a', 2], 2),
      find({ queryKey: ['a'], exact: false, predicate: pred({ hasData: true }) }),
    ],
  })
  t('is-fetching', 'isFetching counts what fetches, not what is paused', {
    fns: { f: [ok(1, 10)] },
    ops: [
      mount(),
      prefetch(q(['a'], 'f')),
      prefetch(q(['b', 1], 'f')),
      isFetching(),
      isFetching({ queryKey: ['b'] }),
      online(false),
      prefetch(q(['c'], 'f')),
      isFetching(),
      adv(10),
      isFetching(),
    ],
  })
  t('is-fetching-override', 'a fetchStatus in the filter of isFetching is overruled', {
    fns: { f: [never] },
    ops: [
      prefetch(q(['a'], 'f')),
      set(['b'], 1),
      isFetching({ fetchStatus: 'idle' }),
      isFetching({ type: 'active' }),
      isFetching({ exact: true, queryKey: ['a'] }),
    ],
  })
  t(
    'opts-key-then-invalidate',
    'an observer that moved on makes its new query active and its old one inactive',
    {
      fns: { f: [ok(1)] },
      ops: [
        ...watch('o', q(['a'], 'f')),
        opts('o', q(['b'], 'f')),
        findAll({ type: 'active' }),
        invalidate(),
        state(['a']),
      ],
    },
  )
  t(
    'cancel-then-invalidate',
    'cancelled before its first data, an active query is refetched by an invalidation',
    {
      fns: { f: [ok(1, 10), ok(2, 10)] },
      ops: [
        ...watch('o', q(k, 'f')),
        adv(5),
        cancel({ queryKey: k }),
        state(k),
        invalidate({ queryKey: k }),
        adv(10),
      ],
    },
  )
})

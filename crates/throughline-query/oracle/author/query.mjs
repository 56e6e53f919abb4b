// The life of a query: states, collection, deduplication, initial data.

import {
  $,
  adv,
  again,
  allQueryCallbacks,
  area,
  cancel,
  echo,
  err,
  fetch,
  find,
  flush,
  Forever,
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
  read,
  refetch,
  remove,
  reset,
  set,
  state,
  sub,
  undef,
  unsub,
  watch,
  withCallbacks,
} from './dsl.mjs'

const k = ['k']

export default area('query', (t) => {
  t('initial', 'a query starts pending and idle', { ops: [obs('o', q(k)), state(k), read('o')] })
  t('gc-never-fetched', 'a query that was only built is collected, too', {
    ops: [obs('o', q(k, undefined, { gcTime: 20 })), adv(19), state(k), adv(1), state(k)],
  })
  t('gc-default', 'without a gcTime a query lives five minutes', {
    ops: [set(k, 1), adv(299_999), get(k), adv(1), get(k)],
  })
  t('gc-observed', 'an observed query is not collected', {
    fns: { f: [ok(1)] },
    ops: [...watch('o', q(k, 'f', { gcTime: 10 })), adv(100), state(k)],
  })
  t('gc-after-unsubscribe', 'the last observer’s leaving starts the time', {
    fns: { f: [ok(1)] },
    ops: [
      ...watch('o', q(k, 'f', { gcTime: 10 })),
      adv(100),
      unsub('o'),
      adv(9),
      state(k),
      adv(1),
      state(k),
    ],
  })
  t('gc-resubscribe', 'coming back in time stops it', {
    fns: { f: [ok(1)] },
    ops: [
      ...watch('o', q(k, 'f', { gcTime: 10, staleTime: 1000 })),
      unsub('o'),
      adv(9),
      sub('o'),
      adv(50),
      state(k),
    ],
  })
  t('gc-two-observers', 'it starts only when the last of two has left', {
    fns: { f: [ok(1)] },
    ops: [
      ...watch('o', q(k, 'f', { gcTime: 10 })),
      ...watch('p', q(k, 'f', { gcTime: 10, refetchOnMount: false })),
      unsub('o'),
      adv(50),
      state(k),
      unsub('p'),
      adv(10),
      state(k),
    ],
  })
  t(
    'gc-while-fetching',
    'a query is not collected while it fetches; the end of the fetch starts the time anew',
    {
      fns: { f: [ok(1, 50)] },
      ops: [
        ...watch('o', q(k, 'f', { gcTime: 10 })),
        unsub('o'),
        adv(30),
        state(k),
        adv(20),
        state(k),
        adv(9),
        state(k),
        adv(1),
        state(k),
      ],
    },
  )
  t('gc-set-does-not-restart', 'setting data does not start the time anew', {
    ops: [obs('o', q(k, undefined, { gcTime: 20 })), adv(15), set(k, 1), adv(5), get(k)],
  })
  t('gc-paused', 'a paused query is not collected', {
    header: { online: false },
    fns: { f: [ok(1)] },
    ops: [prefetch(q(k, 'f', { gcTime: 10 })), adv(100), state(k)],
  })
  t('gc-zero-observed', 'with gcTime 0 the data lives as long as an observer', {
    fns: { f: [ok(1)] },
    ops: [
      ...watch('o', q(k, 'f', { gcTime: 0 })),
      adv(10),
      unsub('o'),
      state(k),
      flush(),
      state(k),
    ],
  })
  t(
    'gc-moved-observer',
    'an observer that moves to another key leaves its old query to be collected',
    {
      fns: { f: [ok(1)] },
      ops: [
        ...watch('o', q(['a'], 'f', { gcTime: 10 })),
        opts('o', q(['b'], 'f', { gcTime: 10 })),
        adv(10),
        state(['a']),
        state(['b']),
      ],
    },
  )

  // ---- initial data

  t(
    'initial-data',
    'initialData makes a query a success from the start, without counting as fetched',
    {
      ops: [obs('o', q(k, undefined, { initialData: { a: 1 } })), state(k), read('o')],
    },
  )
  t('initial-data-fn', 'initialData may be a function', {
    ops: [obs('o', q(k, undefined, { initialData: $({ initial: 'made' }) })), state(k)],
  })
  t('initial-data-falsy', 'falsy initialData is data', {
    ops: [
      obs('a', q(['a'], undefined, { initialData: 0 })),
      obs('b', q(['b'], undefined, { initialData: null })),
      state(['a']),
      state(['b']),
    ],
  })
  t('initial-data-undefined', 'undefined initialData is none', {
    ops: [
      obs('a', q(['a'], undefined, { initialData: undef })),
      obs(
        'b',
        q(['b'], undefined, {
          initialData: $({ initial: undef }),
          initialDataUpdatedAt: 5,
        }),
      ),
      state(['a']),
      state(['b']),
    ],
  })
  t('initial-data-stale', 'initialData is stale at once without staleTime and fetched on mount', {
    fns: { f: [ok('f', 5)] },
    ops: [...watch('o', q(k, 'f', { initialData: 'i' })), adv(5)],
  })
  t('initial-data-fresh', 'with staleTime it is taken for fetched now', {
    fns: { f: [ok('f', 5)] },
    ops: [...watch('o', q(k, 'f', { initialData: 'i', staleTime: 10 })), adv(11), read('o')],
  })
  t('initial-data-at', 'initialDataUpdatedAt tells its age', {
    fns: { f: [ok('f', 5)] },
    ops: [
      ...watch(
        'o',
        q(['old'], 'f', {
          initialData: 'i',
          initialDataUpdatedAt: 999_000,
          staleTime: 100,
        }),
      ),
      ...watch(
        'p',
        q(['new'], 'f', {
          initialData: 'i',
          initialDataUpdatedAt: 999_950,
          staleTime: 100,
        }),
      ),
      adv(5),
    ],
  })
  t('initial-data-at-zero', 'initialDataUpdatedAt 0 is old as can be', {
    fns: { f: [ok('f', 5)] },
    ops: [
      ...watch('o', q(k, 'f', { initialData: 'i', initialDataUpdatedAt: 0, staleTime: 100 })),
      state(k),
      adv(5),
    ],
  })
  t('initial-data-at-fn', 'it may be a function', {
    ops: [
      obs('o', q(k, undefined, { initialData: 'i', initialDataUpdatedAt: $({ initialAt: 77 }) })),
      state(k),
    ],
  })
  t('initial-data-existing', 'initialData does not replace data that is there', {
    ops: [set(k, 'set'), obs('o', q(k, undefined, { initialData: 'i' })), state(k)],
  })
  t('initial-data-later', 'initialData that comes later fills a query without data', {
    fns: { f: [never] },
    ops: [...watch('o', q(k, 'f')), obs('p', q(k, 'f', { initialData: 'late' })), state(k)],
  })
  t('initial-data-after-error', 'also one that has failed', {
    fns: { f: [err('E')] },
    ops: [
      ...watch('o', q(k, 'f', { retry: false })),
      obs('p', q(k, 'f', { initialData: 'late', retry: false })),
      state(k),
      read('o'),
    ],
  })
  t('initial-data-key-change', 'each new query of an observer is filled', {
    fns: { f: [ok('f', 5)] },
    ops: [
      ...watch('o', q(['a'], 'f', { initialData: 'i', staleTime: 100 })),
      opts('o', q(['b'], 'f', { initialData: 'i', staleTime: 100 })),
      read('o'),
      get(['b']),
    ],
  })
  t('initial-data-refetch-error', 'initialData survives a failed fetch', {
    fns: { f: [err('E', 5)] },
    ops: [...watch('o', q(k, 'f', { initialData: 'i', retry: false })), adv(5), state(k)],
  })

  // ---- fetching

  t('success', 'a success: counts, times, no error', {
    fns: { f: [ok({ a: 1 }, 10)] },
    ops: [...watch('o', q(k, 'f')), adv(10), state(k)],
  })
  t('success-after-error', 'success after an error keeps the error count and its time', {
    fns: { f: [err('E', 5), ok(1, 5)] },
    ops: [...watch('o', q(k, 'f', { retry: false })), adv(5), again('o'), adv(5), state(k)],
  })
  t('error-after-success', 'an error after success keeps data and its time', {
    fns: { f: [ok(1, 5), err('E', 5)] },
    ops: [...watch('o', q(k, 'f', { retry: false })), adv(5), again('o'), adv(5), state(k), read('o')],
  })
  t('error-twice', 'each failed fetch counts once', {
    fns: { f: [err('E1', 5), err('E2', 5)] },
    ops: [...watch('o', q(k, 'f', { retry: false })), adv(5), again('o'), adv(5), state(k), again('o'), adv(5)],
  })
  t('refetch-clears-failures', 'a new fetch forgets the failures of the last', {
    fns: { f: [err('E'), never] },
    ops: [...watch('o', q(k, 'f', { retry: false })), again('o'), state(k)],
  })
  t('refetch-keeps-error-with-data', 'a refetch keeps the error status while there is data', {
    fns: { f: [ok(1), err('E'), never] },
    ops: [...watch('o', q(k, 'f', { retry: false })), again('o'), again('o'), state(k), read('o')],
  })
  t('refetch-drops-error-without-data', 'and drops it while there is none', {
    fns: { f: [err('E'), never] },
    ops: [...watch('o', q(k, 'f', { retry: false })), read('o'), again('o'), read('o')],
  })
  t('error-name', 'errors are passed through as they are', {
    fns: { f: [{ err: 'broken', name: 'HttpError' }] },
    ops: [fetch(q(k, 'f')), state(k), get(k)],
  })
  t('dedup-observers', 'two observers make one call', {
    fns: { f: [ok(1, 10)] },
    ops: [...watch('o', q(k, 'f')), adv(5), ...watch('p', q(k, 'f')), adv(5)],
  })
  t(
    'dedup-late-options',
    'the options of the second observer are those of the query, though its function is not called',
    {
      fns: { f: [ok('f', 10)], g: [ok('g', 10)] },
      ops: [...watch('o', q(k, 'f')), ...watch('p', q(k, 'g')), adv(10), refetch(), adv(10)],
    },
  )
  t('options-of-last-observer', 'retry is as the last observer says', {
    fns: { f: [err('E', 5), ok(1)] },
    ops: [
      ...watch('o', q(k, 'f', { retry: 1, retryDelay: 10 })),
      obs('p', q(k, 'f', { retry: false })),
      again('p'),
      adv(5),
      adv(10),
      state(k),
    ],
  })
  t('call-context', 'the function is given meta as the query has it at the call', {
    fns: { f: { steps: [echo(5)], echo: 'meta' } },
    ops: [
      ...watch('o', q(k, 'f', { meta: { n: 1 } })),
      opts('o', q(k, 'f', { meta: { n: 2 } })),
      adv(5),
      again('o'),
      adv(5),
    ],
  })
  t('sharing-kept', 'a refetch with an equal result keeps the reference', {
    fns: { f: [ok({ a: [1, { b: 2 }] }), ok({ a: [1, { b: 2 }] })] },
    ops: [...watch('o', q(k, 'f')), adv(10), again('o')],
  })
  t('sharing-off', 'unless sharing is off', {
    fns: { f: [ok({ a: 1 }), ok({ a: 1 })] },
    ops: [...watch('o', q(k, 'f', { structuralSharing: false })), again('o')],
  })
  t('sharing-primitive', 'equal primitives are the same without any sharing', {
    fns: { f: [ok('x'), ok('x')] },
    ops: [...watch('o', q(k, 'f', { structuralSharing: false })), adv(1), again('o')],
  })
  t('sharing-function', 'a sharing function gets old and new', {
    fns: { f: [ok({ a: 1 }), ok({ a: 1 }), ok({ a: 2 })] },
    ops: [
      ...watch('o', q(k, 'f', { structuralSharing: $({ sharing: 'equal' }) })),
      again('o'),
      again('o'),
    ],
  })
  t('sharing-keep-old', 'a sharing function may refuse the new', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      ...watch('o', q(k, 'f', { structuralSharing: $({ sharing: 'keepOld' }) })),
      again('o'),
      state(k),
    ],
  })
  t(
    'invalidate-during-first-fetch',
    'an invalidation during the first fetch is gone with its success',
    {
      fns: { f: [ok(1, 10)] },
      ops: [
        ...watch('o', q(k, 'f', { staleTime: 1000 })),
        invalidate({}, { refetchType: 'none' }),
        state(k),
        adv(10),
        state(k),
      ],
    },
  )
  t('unsubscribe-during-fetch', 'a fetch that nobody waits for any more runs to its end', {
    fns: { f: [ok(1, 10)] },
    ops: [...watch('o', q(k, 'f')), unsub('o'), adv(10), state(k)],
  })
  t('unsubscribe-resubscribe', 'coming back during the fetch joins it', {
    fns: { f: [ok(1, 10), ok(2)] },
    ops: [...watch('o', q(k, 'f')), adv(5), unsub('o'), sub('o'), adv(5), state(k)],
  })
  t('mount-while-error', 'mounting a query in error fetches again', {
    fns: { f: [err('E'), ok(1, 5)] },
    ops: [fetch(q(k, 'f')), ...watch('o', q(k, 'f')), adv(5)],
  })
  t('find-after-collect', 'a collected query is found no more; its key makes a new one', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      fetch(q(k, 'f', { gcTime: 5 })),
      adv(5),
      find({ queryKey: k }),
      fetch(q(k, 'f')),
      state(k),
    ],
  })
  t(
    'offline-collected-observer',
    'an observer subscribed to nothing keeps its result when the query is collected',
    {
      fns: { f: [ok(1), ok(2, 5)] },
      ops: [
        ...watch('o', q(k, 'f', { gcTime: 5, staleTime: 1000 })),
        unsub('o'),
        adv(5),
        read('o'),
        sub('o'),
        read('o'),
        adv(5),
      ],
    },
  )
  t('fetch-meta', 'what else the state tells of a plain fetch: no meta', {
    fns: { f: [never] },
    ops: [fetch(q(k, 'f')), state(k), set(k, 1), refetch(), state(k)],
  })
  t(
    'reset-with-initial-after-set',
    'a reset after later initialData emits the way back and the new fetch',
    {
      fns: { f: [ok('f', 5)] },
      ops: [
        ...watch('o', q(k, 'f', { initialData: 'i', staleTime: 1000 })),
        set(k, 'set'),
        reset(),
        adv(5),
      ],
    },
  )
  t('callbacks-once', 'the cache’s callbacks run once for each fetch, not for sets', {
    header: withCallbacks(allQueryCallbacks),
    fns: { f: [ok(1, 5), err('E', 5)] },
    ops: [...watch('o', q(k, 'f', { retry: false })), adv(5), set(k, 2), again('o'), adv(5)],
  })
  t('callbacks-retry', 'they do not run for failed attempts', {
    header: withCallbacks(allQueryCallbacks),
    fns: { f: [err('E', 5), ok(1, 5)] },
    ops: [...watch('o', q(k, 'f', { retryDelay: 10 })), adv(5), adv(15)],
  })
  t('callbacks-cancel', 'a revert or a silent cancel calls none; a plain cancel is an error', {
    header: withCallbacks(allQueryCallbacks),
    fns: { f: [ok(1, 10)] },
    ops: [
      prefetch(q(['a'], 'f')),
      cancel({ queryKey: ['a'] }),
      prefetch(q(['b'], 'f')),
      remove({ queryKey: ['b'] }),
      prefetch(q(['c'], 'f')),
      cancel({ queryKey: ['c'] }, { revert: false }),
      adv(10),
    ],
  })
  t(
    'callbacks-raw-data',
    'onSuccess gets the data as fetched though the cache keeps the shared one',
    {
      header: withCallbacks(allQueryCallbacks),
      fns: { f: [ok({ a: 1 }), ok({ a: 2 })] },
      ops: [
        ...watch('o', q(k, 'f', { structuralSharing: $({ sharing: 'keepOld' }) })),
        again('o'),
        get(k),
      ],
    },
  )
  t('paused-then-removed', 'removing a paused query rejects its fetch', {
    header: { online: false },
    fns: { f: [ok(1)] },
    ops: [mount(), fetch(q(k, 'f')), remove(), online(true), adv(10), get(k)],
  })
  t('stale-time-forever', 'an infinite staleTime never goes stale by time', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      ...watch('o', q(k, 'f', { staleTime: Forever, gcTime: Forever })),
      adv(10_000_000),
      read('o'),
      unsub('o'),
      sub('o'),
    ],
  })
})

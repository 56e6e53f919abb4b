// Observers: subscribing, fetching on mount, staleness, timers.

import {
  adv,
  again,
  area,
  dyn,
  err,
  fetch,
  focus,
  Forever,
  invalidate,
  mount,
  obs,
  ok,
  opts,
  prefetch,
  q,
  read,
  set,
  skip,
  state,
  sub,
  unsub,
  watch,
} from './dsl.mjs'

const k = ['k']

export default area('observer', (t) => {
  // ---- subscribing and mounting

  t('subscribe-fetches', 'the first listener makes an observer fetch', {
    fns: { f: [ok(1, 5)] },
    ops: [obs('o', q(k, 'f')), adv(10), sub('o'), adv(5)],
  })
  t('subscribe-second', 'a second listener does not, and hears only of what comes', {
    fns: { f: [ok(1, 5), ok(2)] },
    ops: [...watch('o', q(k, 'f')), adv(5), sub('o', { as: 'b' }), again('o')],
  })
  t('unsubscribe-one', 'a listener that left hears no more; the other does', {
    fns: { f: [ok(1, 5)] },
    ops: [
      obs('o', q(k, 'f')),
      sub('o', { as: 'a' }),
      sub('o', { as: 'b' }),
      unsub('o', { as: 'a' }),
      adv(5),
    ],
  })
  t('unsubscribe-all', 'with the last listener the observer leaves its query', {
    fns: { f: [ok(1, 5)] },
    ops: [...watch('o', q(k, 'f')), unsub('o'), adv(5), read('o'), state(k)],
  })
  t('resubscribe-stale', 'a new first listener fetches again if stale', {
    fns: { f: [ok(1), ok(2, 5)] },
    ops: [...watch('o', q(k, 'f')), unsub('o'), adv(1), sub('o'), adv(5)],
  })
  t('resubscribe-fresh', 'and not if fresh, but it sees what happened meanwhile', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      ...watch('o', q(k, 'f', { staleTime: 100 })),
      unsub('o'),
      set(k, 'set'),
      sub('o'),
      read('o'),
    ],
  })
  t('mount-off', 'refetchOnMount false leaves stale data alone', {
    fns: { f: [ok('f')] },
    ops: [set(k, 'old'), adv(10), ...watch('o', q(k, 'f', { refetchOnMount: false })), read('o')],
  })
  t('mount-off-no-data', 'but without data it fetches', {
    fns: { f: [ok('f')] },
    ops: [...watch('o', q(k, 'f', { refetchOnMount: false }))],
  })
  t('mount-always', 'refetchOnMount always fetches fresh data', {
    fns: { f: [ok('f')] },
    ops: [set(k, 'fresh'), ...watch('o', q(k, 'f', { refetchOnMount: 'always', staleTime: 100 }))],
  })
  t('mount-always-static', 'refetchOnMount always does not fetch static data', {
    fns: { f: [ok('f')] },
    ops: [
      set(k, 'fixed'),
      ...watch('o', q(k, 'f', { refetchOnMount: 'always', staleTime: 'static' })),
      read('o'),
    ],
  })
  t('mount-dynamic', 'refetchOnMount may be a function of the query', {
    fns: { f: [ok('f')] },
    ops: [
      set(['a'], 1),
      set(['b'], 2),
      ...watch('o', q(['a'], 'f', { refetchOnMount: dyn({ dataEq: 1 }, false, true) })),
      ...watch('p', q(['b'], 'f', { refetchOnMount: dyn({ dataEq: 1 }, false, true) })),
    ],
  })
  t('mount-error-retry-off', 'retryOnMount false leaves a failed query without data alone', {
    fns: { f: [err('E'), ok(1)] },
    ops: [fetch(q(k, 'f')), ...watch('o', q(k, 'f', { retryOnMount: false })), read('o')],
  })
  t('mount-error-retry-on', 'by default it is tried again', {
    fns: { f: [err('E'), ok(1, 5)] },
    ops: [fetch(q(k, 'f')), ...watch('o', q(k, 'f', { retryOnMount: true })), read('o'), adv(5)],
  })
  t(
    'mount-error-with-data',
    'a failed query with data is invalid, so it is fetched even with retryOnMount false',
    {
      fns: { f: [err('E'), ok(1, 5)] },
      ops: [
        set(k, 0),
        fetch(q(k, 'f')),
        ...watch('o', q(k, 'f', { retryOnMount: false, staleTime: 1000 })),
        adv(5),
      ],
    },
  )
  t('mount-retry-dynamic', 'retryOnMount may be a function', {
    fns: { f: [err('E'), err('E'), ok(1)] },
    ops: [
      fetch(q(k, 'f')),
      ...watch('o', q(k, 'f', { retry: false, retryOnMount: dyn({ minErrors: 2 }, false, true) })),
      unsub('o'),
      sub('o'),
      read('o'),
    ],
  })
  t('mount-fetching', 'mounting on a running fetch joins it', {
    fns: { f: [ok(1, 10)] },
    ops: [prefetch(q(k, 'f')), adv(5), ...watch('o', q(k, 'f')), adv(5)],
  })
  t('mount-invalidated', 'mounting refetches what is invalid', {
    fns: { f: [ok(1, 5)] },
    ops: [set(k, 0), invalidate(), ...watch('o', q(k, 'f', { staleTime: Forever })), adv(5)],
  })
  t('two-observers-different-stale', 'each observer has its own idea of staleness', {
    fns: { f: [ok(1)] },
    ops: [
      ...watch('o', q(k, 'f', { staleTime: 10 })),
      ...watch('p', q(k, 'f', { staleTime: 100 })),
      read('o'),
      adv(11),
      read('o'),
      read('p'),
    ],
  })

  // ---- staleness and its timer

  t('stale-timer', 'an observer tells staleness one millisecond after staleTime', {
    fns: { f: [ok(1)] },
    ops: [...watch('o', q(k, 'f', { staleTime: 100 })), adv(100), read('o'), adv(1), read('o')],
  })
  t('stale-timer-rest', 'data that is there already has only its rest to run', {
    fns: { f: [ok(1)] },
    ops: [
      set(k, 0),
      adv(40),
      ...watch('o', q(k, 'f', { staleTime: 100 })),
      adv(60),
      read('o'),
      adv(1),
      read('o'),
    ],
  })
  t('stale-timer-restart', 'new data starts it anew', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      ...watch('o', q(k, 'f', { staleTime: 100 })),
      adv(90),
      again('o'),
      adv(50),
      read('o'),
      adv(51),
    ],
  })
  t('stale-timer-options', 'a new staleTime sets it anew', {
    fns: { f: [ok(1)] },
    ops: [
      ...watch('o', q(k, 'f', { staleTime: 100 })),
      adv(20),
      opts('o', q(k, 'f', { staleTime: 50 })),
      adv(30),
      read('o'),
      adv(1),
      read('o'),
    ],
  })
  t('stale-longer-options', 'a longer staleTime makes stale data fresh again', {
    fns: { f: [ok(1)] },
    ops: [
      ...watch('o', q(k, 'f', { staleTime: 10 })),
      adv(50),
      opts('o', q(k, 'f', { staleTime: 100 })),
      read('o'),
      adv(51),
      read('o'),
    ],
  })
  t('stale-only-state', 'going stale does not fetch', {
    fns: { f: [ok(1), ok(2)] },
    ops: [...watch('o', q(k, 'f', { staleTime: 10 })), adv(1000)],
  })
  t('stale-none-when-unsubscribed', 'without listeners there is no timer', {
    fns: { f: [ok(1)] },
    ops: [...watch('o', q(k, 'f', { staleTime: 10 })), unsub('o'), adv(50), read('o'), sub('o')],
  })
  t('stale-static', 'static never goes stale, whatever happens', {
    fns: { f: [ok(1)] },
    ops: [...watch('o', q(k, 'f', { staleTime: 'static' })), adv(1_000), invalidate(), read('o')],
  })
  t('stale-invalidated', 'invalid is stale at once', {
    fns: { f: [ok(1)] },
    ops: [...watch('o', q(k, 'f', { staleTime: 100 })), invalidate({}, { refetchType: 'none' })],
  })
  t('stale-dynamic', 'the staleTime of an observer may be a function of the query', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      ...watch('o', q(k, 'f', { staleTime: dyn({ dataEq: 1 }, 10, 100) })),
      adv(11),
      again('o'),
      adv(50),
      read('o'),
      adv(51),
    ],
  })
  t('stale-disabled', 'a disabled observer is never stale', {
    ops: [
      ...watch('o', q(k, undefined, { enabled: false })),
      read('o'),
      set(k, 1),
      adv(10),
      read('o'),
    ],
  })
  t('stale-future-data', 'data from the future is fresh until then', {
    fns: { f: [ok(1)] },
    ops: [
      set(k, 0, { updatedAt: 1_000_500 }),
      ...watch('o', q(k, 'f')),
      adv(500),
      read('o'),
      adv(1),
      read('o'),
    ],
  })

  // ---- interval

  t('interval', 'refetchInterval fetches again and again, counted from the last change of state', {
    fns: { f: [ok(1, 3), ok(2, 3), ok(3, 3)] },
    ops: [
      ...watch('o', q(k, 'f', { refetchInterval: 10 })),
      adv(3),
      adv(10),
      adv(3),
      adv(10),
      adv(3),
    ],
  })
  t('interval-immediate', 'with a function that answers at once it counts from the answer', {
    fns: { f: [ok(1), ok(2), ok(3), ok(4)] },
    ops: [...watch('o', q(k, 'f', { refetchInterval: 10 })), adv(35)],
  })
  t('interval-slow', 'a tick during a fetch joins it', {
    fns: { f: [ok(1, 25)] },
    ops: [...watch('o', q(k, 'f', { refetchInterval: 10 })), adv(25), adv(10), adv(25)],
  })
  t('interval-fresh', 'an interval does not care about freshness', {
    fns: { f: [ok(1), ok(2)] },
    ops: [...watch('o', q(k, 'f', { refetchInterval: 10, staleTime: Forever })), adv(10)],
  })
  t('interval-static', 'not even static data', {
    fns: { f: [ok(1), ok(2)] },
    ops: [...watch('o', q(k, 'f', { refetchInterval: 10, staleTime: 'static' })), adv(10)],
  })
  t('interval-set-restarts', 'a set counts as a change: the interval starts over', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      ...watch('o', q(k, 'f', { refetchInterval: 10 })),
      adv(8),
      set(k, 'set'),
      adv(8),
      state(k),
      adv(2),
      state(k),
    ],
  })
  t('interval-unfocused', 'ticks without focus are passed over', {
    fns: { f: [ok(1), ok(2), ok(3)] },
    ops: [
      mount(),
      ...watch('o', q(k, 'f', { refetchInterval: 10, refetchOnWindowFocus: false })),
      focus(false),
      adv(25),
      focus(true),
      adv(5),
      state(k),
    ],
  })
  t('interval-background', 'unless they are asked for', {
    header: { focused: false },
    fns: { f: [ok(1), ok(2)] },
    ops: [
      ...watch('o', q(k, 'f', { refetchInterval: 10, refetchIntervalInBackground: true })),
      adv(10),
    ],
  })
  t('interval-focus-refetch', 'a refetch on focus starts the interval over', {
    fns: { f: [ok(1), ok(2), ok(3)] },
    ops: [
      mount(),
      ...watch('o', q(k, 'f', { refetchInterval: 10 })),
      focus(false),
      adv(15),
      focus(true),
      adv(9),
      adv(1),
    ],
  })
  t('interval-disabled', 'a disabled observer has no interval', {
    fns: { f: [ok(1)] },
    ops: [...watch('o', q(k, 'f', { refetchInterval: 10, enabled: false })), adv(50)],
  })
  t('interval-zero', 'neither 0 nor false nor Infinity is an interval', {
    fns: { f: [ok(1)] },
    ops: [
      ...watch('a', q(['a'], 'f', { refetchInterval: 0 })),
      ...watch('b', q(['b'], 'f', { refetchInterval: false })),
      ...watch('c', q(['c'], 'f', { refetchInterval: Forever })),
      adv(1000),
    ],
  })
  t('interval-unsubscribe', 'it ends with the last listener', {
    fns: { f: [ok(1), ok(2)] },
    ops: [...watch('o', q(k, 'f', { refetchInterval: 10 })), unsub('o'), adv(50), state(k)],
  })
  t('interval-options-on', 'it can be switched on by options', {
    fns: { f: [ok(1), ok(2)] },
    ops: [...watch('o', q(k, 'f')), adv(7), opts('o', q(k, 'f', { refetchInterval: 10 })), adv(10)],
  })
  t('interval-options-off', 'and off', {
    fns: { f: [ok(1), ok(2), ok(3)] },
    ops: [
      ...watch('o', q(k, 'f', { refetchInterval: 10 })),
      adv(10),
      opts('o', q(k, 'f')),
      adv(50),
      state(k),
    ],
  })
  t('interval-options-same', 'options with the same interval do not start it over', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      ...watch('o', q(k, 'f', { refetchInterval: 10 })),
      adv(6),
      opts('o', q(k, 'f', { refetchInterval: 10, meta: { a: 1 } })),
      adv(4),
    ],
  })
  t('interval-options-changed', 'options with another do', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      ...watch('o', q(k, 'f', { refetchInterval: 10 })),
      adv(6),
      opts('o', q(k, 'f', { refetchInterval: 5 })),
      adv(4),
      adv(1),
    ],
  })
  t('interval-dynamic', 'an interval may be a function of the query', {
    fns: { f: [ok(1), ok(2), ok('done'), ok(4)] },
    ops: [
      ...watch('o', q(k, 'f', { refetchInterval: dyn({ dataEq: 'done' }, false, 10) })),
      adv(50),
      state(k),
    ],
  })
  t('interval-dynamic-error', 'asked after errors, too', {
    fns: { f: [err('E'), ok(1)] },
    ops: [
      ...watch(
        'o',
        q(k, 'f', { retry: false, refetchInterval: dyn({ status: 'error' }, 10, false) }),
      ),
      adv(10),
      adv(50),
      state(k),
    ],
  })
  t('interval-two-observers', 'each observer has its own', {
    fns: { f: [ok(1), ok(2), ok(3), ok(4), ok(5)] },
    ops: [
      ...watch('o', q(k, 'f', { refetchInterval: 10 })),
      ...watch('p', q(k, 'f', { refetchInterval: 15, refetchOnMount: false })),
      adv(31),
      state(k),
    ],
  })
  t('interval-key-change', 'it goes on for the new query', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      ...watch('o', q(['a'], 'f', { refetchInterval: 10 })),
      adv(5),
      opts('o', q(['b'], 'f', { refetchInterval: 10 })),
      adv(10),
      state(['a']),
      state(['b']),
    ],
  })
  t('interval-error', 'failures do not end it', {
    fns: { f: [ok(1), err('E'), ok(2)] },
    ops: [...watch('o', q(k, 'f', { refetchInterval: 10, retry: false })), adv(20)],
  })
  t('interval-retry', 'a tick during retries joins them', {
    fns: { f: [ok(1), err('E'), ok(2)] },
    ops: [
      ...watch('o', q(k, 'f', { refetchInterval: 10, retryDelay: 35 })),
      adv(10),
      adv(34),
      adv(1),
      state(k),
    ],
  })

  // ---- reading

  t('read-before', 'before any listener the result is that of the query as it is', {
    fns: { f: [ok(1)] },
    ops: [set(k, 'there'), obs('o', q(k, 'f')), read('o')],
  })
  t('read-pending-idle', 'without listeners a new query is pending and idle', {
    ops: [obs('o', q(k)), read('o')],
  })
  t('skip-token', 'the skip token disables an observer', {
    ops: [...watch('o', q(k, undefined, { queryFn: skip })), read('o')],
  })
  t('skip-token-refetch', 'refetching with it fails', {
    ops: [...watch('o', q(k, undefined, { queryFn: skip, retry: false })), again('o'), read('o')],
  })
  t('skip-token-enabled', 'it beats enabled true', {
    ops: [...watch('o', q(k, undefined, { queryFn: skip, enabled: true })), read('o')],
  })
  t('skip-token-to-fn', 'a function in its place enables and fetches', {
    fns: { f: [ok(1, 5)] },
    ops: [...watch('o', q(k, undefined, { queryFn: skip })), opts('o', q(k, 'f')), adv(5)],
  })
  t('enabled-dynamic', 'enabled may be a function of the query', {
    fns: { f: [ok(1)] },
    ops: [
      ...watch('o', q(k, 'f', { enabled: dyn({ hasData: true }, false, true) })),
      read('o'),
      unsub('o'),
      sub('o'),
    ],
  })
  t('disabled', 'a disabled observer does not fetch and is pending, idle, not enabled', {
    fns: { f: [ok(1)] },
    ops: [...watch('o', q(k, 'f', { enabled: false })), read('o'), adv(10)],
  })
  t('disabled-refetch', 'but refetch works', {
    fns: { f: [ok(1, 5)] },
    ops: [...watch('o', q(k, 'f', { enabled: false })), again('o'), adv(5), read('o')],
  })
  t('disabled-sees-others', 'and it sees what others fetch', {
    fns: { f: [ok(1, 5)] },
    ops: [...watch('o', q(k, 'f', { enabled: false })), fetch(q(k, 'f')), adv(5)],
  })
  t('error-without-data', 'an error without data is a loading error', {
    fns: { f: [err('E', 5)] },
    ops: [...watch('o', q(k, 'f', { retry: false })), adv(5)],
  })
  t('error-with-data', 'an error with data is a refetch error', {
    fns: { f: [ok(1), err('E', 5)] },
    ops: [...watch('o', q(k, 'f', { retry: false })), again('o'), adv(5)],
  })
  t('same-instant', 'all that happens at one instant is told in order', {
    fns: { f: [ok(1), ok(2), ok(3)] },
    ops: [...watch('o', q(k, 'f')), again('o'), set(k, 'set'), again('o')],
  })
})

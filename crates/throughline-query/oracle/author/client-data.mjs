// Reading and writing data through the client.

import {
  $,
  adv,
  again,
  area,
  dyn,
  err,
  fetch,
  get,
  getMany,
  invalidate,
  obs,
  ok,
  opts,
  pred,
  q,
  qdefaults,
  read,
  refetch,
  remove,
  set,
  setMany,
  state,
  sub,
  undef,
  unsub,
  update,
  updateMany,
  watch,
  withDefaults,
} from './dsl.mjs'

const k = ['k']
/** Only looks on. */
const off = q(k, undefined, { enabled: false })

export default area('client-data', (t) => {
  t('set-creates', 'setting data creates the query as success, without a fetch', {
    ops: [set(k, 'v'), state(k), get(k)],
  })
  t('set-returns-data', 'set returns the data that is in the cache afterwards', {
    ops: [set(k, { a: 1 }), update(k, { merge: { b: 2 } })],
  })
  t(
    'get-nothing',
    'data of a query that is not there is undefined, and asking does not create it',
    {
      ops: [get(k), state(k), getMany({})],
    },
  )
  t('updater-sees-old', 'an updater gets the old data', {
    ops: [set(k, 1), update(k, { inc: 2 }), get(k)],
  })
  t('updater-sees-undefined', 'an updater of a query that is not there gets undefined', {
    ops: [update(k, { append: 'x' }), get(k)],
  })
  t('updater-undefined-new', 'an updater that gives undefined creates nothing', {
    ops: [update(k, { undef: true }), state(k)],
  })
  t(
    'updater-undefined-old',
    'an updater that gives undefined leaves the query and its time alone',
    {
      ops: [set(k, 1), adv(10), update(k, { undef: true }), state(k)],
    },
  )
  t('value-undefined', 'setting undefined is no setting', {
    ops: [set(k, 1), adv(10), set(k, undef), state(k)],
  })
  t('value-null', 'null is data', { ops: [set(k, null), state(k), get(k)] })
  t('value-falsy', 'zero, the empty string and false are data', {
    ops: [set(['z'], 0), set(['e'], ''), set(['f'], false), getMany({})],
  })
  t('updated-at', 'a given updatedAt is the time of the data', {
    ops: [set(k, 1, { updatedAt: 5 }), state(k)],
  })
  t('updated-at-zero', 'updatedAt 0 is kept, not taken for none', {
    fns: { f: [ok('f', 5)] },
    ops: [
      set(k, 1, { updatedAt: 0 }),
      state(k),
      ...watch('o', q(k, 'f', { staleTime: 1000 })),
      read('o'),
    ],
  })
  t('updated-at-default', 'without updatedAt the data is as old as the call', {
    ops: [adv(25), set(k, 1), adv(25), set(k, 2), state(k)],
  })
  t('equal-value-shares', 'setting an equal value keeps the reference but counts as an update', {
    ops: [...watch('o', off), set(k, { a: [1] }), adv(5), set(k, { a: [1] }), state(k)],
  })
  t('other-value-replaces', 'setting another value is a new reference', {
    ops: [...watch('o', off), set(k, { a: [1] }), set(k, { a: [2] })],
  })
  t('no-sharing', 'without structural sharing an equal value is a new reference', {
    ops: [
      ...watch('o', q(k, undefined, { enabled: false, structuralSharing: false })),
      set(k, { a: 1 }),
      set(k, { a: 1 }),
    ],
  })
  t(
    'sharing-of-last-options',
    'structural sharing of a set is as the options last given to the query say',
    {
      ops: [
        qdefaults(k, { structuralSharing: false }),
        ...watch('o', off),
        set(k, { a: 1 }),
        set(k, { a: 1 }),
        ...watch('p', q(k, undefined, { enabled: false, structuralSharing: true })),
        set(k, { a: 1 }),
      ],
    },
  )
  t('sharing-function', 'a sharing function decides what the data becomes', {
    ops: [
      ...watch(
        'o',
        q(k, undefined, { enabled: false, structuralSharing: $({ sharing: 'keepOld' }) }),
      ),
      set(k, 1),
      set(k, 2),
      state(k),
    ],
  })
  t('same-reference', 'an updater that gives the very same value still updates the time', {
    ops: [...watch('o', off), set(k, { a: 1 }), adv(10), update(k, { same: true }), state(k)],
  })
  t('set-counts', 'every set counts as a data update', {
    ops: [set(k, 1), set(k, 2), set(k, 2), state(k)],
  })
  t('set-clears-error', 'a set clears error and invalidation but not the failure count', {
    fns: { f: [err('E')] },
    ops: [fetch(q(k, 'f')), state(k), set(k, 1), state(k)],
  })
  t('set-clears-invalidation', 'a set makes an invalidated query valid', {
    ops: [set(k, 1), invalidate({ queryKey: k }), state(k), set(k, 2), state(k)],
  })
  t(
    'set-while-fetching',
    'a set during a fetch is a success that goes on fetching; the fetch overwrites it',
    {
      fns: { f: [ok('fetched', 10)] },
      ops: [...watch('o', q(k, 'f')), adv(5), set(k, 'set'), read('o'), adv(5)],
    },
  )
  t('set-while-fetching-older', 'a fetch overwrites a set whose updatedAt lies after it', {
    fns: { f: [ok('fetched', 10)] },
    ops: [...watch('o', q(k, 'f')), set(k, 'set', { updatedAt: 2_000_000 }), adv(10), state(k)],
  })
  t(
    'set-while-fetching-then-error',
    'a fetch that fails after a set leaves the set data as error',
    {
      fns: { f: [err('E', 10)] },
      ops: [...watch('o', q(k, 'f', { retry: false })), set(k, 'set'), adv(10), state(k)],
    },
  )
  t('set-between-retries', 'a set between attempts keeps the failure count and the retry goes on', {
    fns: { f: [err('E', 10), ok('second', 10)] },
    ops: [
      ...watch('o', q(k, 'f', { retryDelay: 100 })),
      adv(50),
      set(k, 'set'),
      state(k),
      adv(100),
    ],
  })
  t('set-notifies-observer', 'an observer hears of a set at once', {
    fns: { f: [ok('f')] },
    ops: [...watch('o', q(k, 'f', { staleTime: 1000 })), set(k, 'new')],
  })
  t('set-disabled-observer', 'a disabled observer shows set data as not stale', {
    ops: [...watch('o', q(k, undefined, { enabled: false })), set(k, 1), read('o')],
  })
  t('set-uses-defaults', 'a query made by a set takes the defaults of its key', {
    header: withDefaults({ queries: { gcTime: 50, meta: { m: 1 } } }),
    ops: [set(k, 1), adv(49), get(k), adv(1), get(k)],
  })
  t(
    'set-initial-data-default',
    'initialData in the defaults: the updater does not see it, the set wins',
    {
      header: withDefaults({ queries: { initialData: 'initial' } }),
      ops: [update(k, { append: 'x' }), state(k)],
    },
  )
  t('set-many-existing', 'setMany touches what is there and creates nothing', {
    ops: [
      set(['k', 1], 1),
      set(['k', 2], 2),
      set(['x'], 3),
      setMany({ queryKey: k }, 9),
      getMany({}),
    ],
  })
  t('set-many-updater', 'setMany with an updater sees each old value', {
    ops: [set(['k', 1], 1), set(['k', 2], 2), updateMany({ queryKey: k }, { inc: 10 })],
  })
  t('set-many-none', 'setMany without a match gives an empty list', {
    ops: [set(['x'], 1), setMany({ queryKey: k }, 2), getMany({})],
  })
  t('set-many-updated-at', 'setMany passes updatedAt on', {
    ops: [
      set(['k', 1], 1),
      set(['k', 2], 2),
      setMany({ queryKey: k }, 3, { updatedAt: 7 }),
      state(['k', 1]),
      state(['k', 2]),
    ],
  })
  t(
    'set-many-undefined',
    'setMany with an updater that gives undefined changes nothing and says undefined',
    {
      ops: [
        set(['k', 1], 1),
        adv(5),
        updateMany({ queryKey: k }, { undef: true }),
        state(['k', 1]),
      ],
    },
  )
  t('set-many-pending', 'setMany reaches queries without data', {
    fns: { f: [ok('f', 50)] },
    ops: [...watch('o', q(k, 'f')), setMany({ queryKey: k }, 'set'), adv(50)],
  })
  t('set-many-predicate', 'setMany takes a predicate', {
    ops: [
      set(['k', 1], 1),
      set(['k', 2], 2),
      setMany({ predicate: pred({ keyAt: [1, 2] }) }, 'hit'),
      getMany({}),
    ],
  })
  t('set-many-inactive', 'setMany of inactive queries leaves observed ones alone', {
    ops: [
      set(['k', 1], 1),
      set(['k', 2], 2),
      ...watch('o', q(['k', 1], undefined, { staleTime: 1000 })),
      setMany({ type: 'inactive' }, 9),
      getMany({}),
    ],
  })
  t('get-many', 'getMany gives keys and data in order of creation', {
    fns: { f: [ok('f', 10)] },
    ops: [
      set(['b'], 2),
      set(['a'], 1),
      fetch(q(['c'], 'f')),
      getMany({}),
      getMany({ queryKey: ['a'] }),
    ],
  })
  t('get-many-predicate', 'getMany takes a predicate', {
    ops: [
      set(['a', 1], 1),
      set(['a', 2], 2),
      getMany({ queryKey: ['a'], predicate: pred({ dataEq: 2 }) }),
    ],
  })
  t('get-many-empty-key', 'the empty key matches everything', {
    ops: [set(['a'], 1), set(['b', { x: 1 }], 2), getMany({ queryKey: [] })],
  })
  t('key-objects', 'the order of object fields in a key does not matter', {
    ops: [
      set(['k', { a: 1, b: 2 }], 1),
      get(['k', { b: 2, a: 1 }]),
      set(['k', { b: 2, a: 1 }], 2),
      getMany({}),
    ],
  })
  t('key-types', 'numbers and strings in keys are different', {
    ops: [
      set(['k', 1], 'n'),
      set(['k', '1'], 's'),
      set(['k', true], 'b'),
      set(['k', null], 'z'),
      getMany({}),
    ],
  })
  t('key-nested', 'nested key objects are sorted all the way down', {
    ops: [
      set(['k', { o: { y: 1, x: [{ q: 1, p: 2 }] } }], 1),
      get(['k', { o: { x: [{ p: 2, q: 1 }], y: 1 } }]),
    ],
  })
  t('state-of-error', 'the state tells a failed fetch with its counts and times', {
    fns: { f: [err('E', 20)] },
    ops: [fetch(q(k, 'f')), adv(20), state(k)],
  })
  t(
    'select-shares-over-set',
    'an observer whose selection does not change is not notified of a set but for the time',
    {
      ops: [
        ...watch('o', q(k, undefined, { enabled: false, select: $({ select: { pick: 'a' } }) })),
        set(k, { a: { x: 1 }, b: 1 }),
        set(k, { a: { x: 1 }, b: 2 }),
        adv(10),
        set(k, { a: { x: 1 }, b: 3 }),
      ],
    },
  )
  t(
    'removed-while-observed',
    'an observer of a removed query keeps its result and ignores sets until it refetches',
    {
      fns: { f: [ok('one', 5), ok('two', 5)] },
      ops: [
        ...watch('o', q(k, 'f', { staleTime: 100_000 })),
        adv(5),
        remove({ queryKey: k }),
        read('o'),
        set(k, 'set'),
        read('o'),
        again('o'),
        adv(5),
      ],
    },
  )
  t(
    'removed-then-options',
    'an observer of a removed query finds the new one when its options are set',
    {
      fns: { f: [ok('one', 5), ok('two', 5)] },
      ops: [
        ...watch('o', q(k, 'f', { staleTime: 100_000 })),
        adv(5),
        remove({ queryKey: k }),
        set(k, 'set'),
        opts('o', q(k, 'f', { staleTime: 100_000 })),
        read('o'),
        set(k, 'again'),
      ],
    },
  )
  t('set-and-dynamic-enabled', 'a set that makes an observer enabled does not by itself fetch', {
    fns: { f: [ok('f', 5)] },
    ops: [
      ...watch('o', q(k, 'f', { enabled: dyn({ hasData: true }, true, false) })),
      adv(5),
      set(k, 'set'),
      adv(5),
      refetch({ queryKey: k }),
      adv(5),
    ],
  })
  t('set-after-unsubscribe', 'a set after the last listener left is seen when it comes back', {
    fns: { f: [ok('f', 5)] },
    ops: [
      ...watch('o', q(k, 'f', { staleTime: 1000 })),
      adv(5),
      unsub('o'),
      set(k, 'set'),
      read('o'),
      sub('o'),
    ],
  })
  t('set-unsubscribed-observer', 'an observer without listeners does not follow the query', {
    ops: [obs('o', q(k, undefined, { enabled: false })), set(k, 1), read('o'), sub('o'), read('o')],
  })
})

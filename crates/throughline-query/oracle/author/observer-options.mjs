// Observers whose options change: other keys, switching on and off, placeholders.

import {
  $,
  adv,
  again,
  area,
  dyn,
  err,
  fetch,
  findAll,
  Forever,
  get,
  invalidate,
  never,
  obs,
  ok,
  opts,
  q,
  read,
  remove,
  reset,
  select,
  set,
  state,
  sub,
  undef,
  unsub,
  watch,
} from './dsl.mjs'

const k = ['k']
const keepPrevious = $({ placeholder: 'keepPrevious' })

export default area('observer-options', (t) => {
  // ---- keys

  t('key-change', 'another key: pending again, then the other data', {
    fns: { f: [ok('a', 5)], g: [ok('b', 5)] },
    ops: [...watch('o', q(['a'], 'f')), adv(5), opts('o', q(['b'], 'g')), read('o'), adv(5)],
  })
  t('key-back', 'and back: the first data, refetched', {
    fns: { f: [ok('a', 5), ok('a2', 5)], g: [ok('b', 5)] },
    ops: [
      ...watch('o', q(['a'], 'f')),
      adv(5),
      opts('o', q(['b'], 'g')),
      adv(5),
      opts('o', q(['a'], 'f')),
      adv(5),
    ],
  })
  t('key-back-fresh', 'not refetched if fresh', {
    fns: { f: [ok('a', 5)], g: [ok('b', 5)] },
    ops: [
      ...watch('o', q(['a'], 'f', { staleTime: 100 })),
      adv(5),
      opts('o', q(['b'], 'g', { staleTime: 100 })),
      adv(5),
      opts('o', q(['a'], 'f', { staleTime: 100 })),
      read('o'),
    ],
  })
  t('key-equal', 'an equal key is the same key', {
    fns: { f: [ok(1)] },
    ops: [...watch('o', q(['k', { a: 1, b: 2 }], 'f')), opts('o', q(['k', { b: 2, a: 1 }], 'f'))],
  })
  t('key-refetch-on-mount-off', 'refetchOnMount has no say in a change of key', {
    fns: { f: [ok(1), ok(2, 5)] },
    ops: [
      set(['b'], 'old'),
      ...watch('o', q(['a'], 'f', { refetchOnMount: false })),
      opts('o', q(['b'], 'f', { refetchOnMount: false })),
      adv(5),
    ],
  })
  t('key-disabled', 'a disabled observer changes key without a fetch', {
    fns: { f: [ok(1)] },
    ops: [
      set(['b'], 'b'),
      ...watch('o', q(['a'], 'f', { enabled: false })),
      opts('o', q(['b'], 'f', { enabled: false })),
      read('o'),
    ],
  })
  t('key-unsubscribed', 'without listeners a change of key only changes the result', {
    fns: { f: [ok(1)] },
    ops: [set(['b'], 'b'), obs('o', q(['a'], 'f')), opts('o', q(['b'], 'f')), read('o'), sub('o')],
  })
  t('key-error', 'a change of key to one in error fetches it', {
    fns: { f: [ok(1)], g: [err('E'), ok(2, 5)] },
    ops: [
      fetch(q(['b'], 'g')),
      ...watch('o', q(['a'], 'f')),
      opts('o', q(['b'], 'g', { retry: false })),
      read('o'),
      adv(5),
    ],
  })
  t('key-fetched-after-mount', 'isFetchedAfterMount starts over with each key', {
    fns: { f: [ok(1)] },
    ops: [
      ...watch('o', q(['a'], 'f', { staleTime: 100 })),
      read('o'),
      fetch(q(['b'], 'f')),
      opts('o', q(['b'], 'f', { staleTime: 100 })),
      read('o'),
      again('o'),
      read('o'),
    ],
  })
  t('key-old-fetch', 'what the old key’s fetch brings is not shown', {
    fns: { f: [ok('a', 10)], g: [ok('b', 20)] },
    ops: [
      ...watch('o', q(['a'], 'f')),
      adv(5),
      opts('o', q(['b'], 'g')),
      adv(5),
      get(['a']),
      adv(15),
    ],
  })
  t('key-static', 'a change of key to fresh static data does not fetch', {
    fns: { f: [ok(1)] },
    ops: [
      set(['b'], 'b'),
      ...watch('o', q(['a'], 'f', { staleTime: 'static' })),
      adv(50),
      opts('o', q(['b'], 'f', { staleTime: 'static' })),
      read('o'),
    ],
  })

  // ---- enabled

  t('enable', 'switching on fetches what is stale', {
    fns: { f: [ok(1, 5)] },
    ops: [
      ...watch('o', q(k, 'f', { enabled: false })),
      opts('o', q(k, 'f', { enabled: true })),
      adv(5),
    ],
  })
  t('enable-fresh', 'not what is fresh', {
    fns: { f: [ok(1)] },
    ops: [
      set(k, 'set'),
      ...watch('o', q(k, 'f', { enabled: false, staleTime: 100 })),
      opts('o', q(k, 'f', { enabled: true, staleTime: 100 })),
      adv(101),
    ],
  })
  t('enable-unsubscribed', 'without listeners it does nothing', {
    fns: { f: [ok(1)] },
    ops: [
      obs('o', q(k, 'f', { enabled: false })),
      opts('o', q(k, 'f', { enabled: true })),
      adv(5),
      read('o'),
    ],
  })
  t('disable', 'switching off leaves the running fetch alone', {
    fns: { f: [ok(1, 10)] },
    ops: [
      ...watch('o', q(k, 'f')),
      adv(5),
      opts('o', q(k, 'f', { enabled: false })),
      adv(5),
      read('o'),
    ],
  })
  t('disable-invalidate', 'what is switched off is not refetched', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      ...watch('o', q(k, 'f')),
      opts('o', q(k, 'f', { enabled: false })),
      invalidate(),
      read('o'),
      opts('o', q(k, 'f')),
    ],
  })
  t(
    'enable-dynamic',
    'a function that answers differently counts as switching when options are set',
    {
      fns: { f: [ok(1, 5)] },
      ops: [
        ...watch('o', q(k, 'f', { enabled: dyn({ always: true }, false, true) })),
        opts('o', q(k, 'f', { enabled: dyn({ always: true }, true, false) })),
        adv(5),
      ],
    },
  )
  t('enable-static', 'switching on does not refetch static data', {
    fns: { f: [ok(1)] },
    ops: [
      set(k, 'set'),
      ...watch('o', q(k, 'f', { enabled: false, staleTime: 'static' })),
      opts('o', q(k, 'f', { enabled: true, staleTime: 'static' })),
      read('o'),
    ],
  })
  t('enable-error', 'switching on a query in error tries again', {
    fns: { f: [err('E'), ok(1, 5)] },
    ops: [
      fetch(q(k, 'f')),
      ...watch('o', q(k, 'f', { enabled: false })),
      opts('o', q(k, 'f')),
      adv(5),
    ],
  })
  t('options-stale-time-shrinks', 'data that turns stale by options is not fetched for that', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      ...watch('o', q(k, 'f', { staleTime: 100 })),
      adv(10),
      opts('o', q(k, 'f', { staleTime: 5 })),
      read('o'),
    ],
  })
  t('options-fn', 'a new function is not called for its own sake', {
    fns: { f: [ok('f')], g: [ok('g')] },
    ops: [...watch('o', q(k, 'f')), opts('o', q(k, 'g')), again('o')],
  })
  t('options-gc', 'a longer gcTime is taken up', {
    fns: { f: [ok(1)] },
    ops: [
      ...watch('o', q(k, 'f', { gcTime: 10 })),
      opts('o', q(k, 'f', { gcTime: 50 })),
      unsub('o'),
      adv(49),
      state(k),
      adv(1),
      state(k),
    ],
  })
  t('options-removed-query', 'setting options finds a removed query again, as a new one', {
    fns: { f: [ok(1), ok(2, 5)] },
    ops: [...watch('o', q(k, 'f')), remove(), opts('o', q(k, 'f')), adv(5), findAll()],
  })

  // ---- placeholders

  t('placeholder', 'a placeholder is shown as success until the data comes', {
    fns: { f: [ok('real', 5)] },
    ops: [...watch('o', q(k, 'f', { placeholderData: 'fake' })), read('o'), get(k), adv(5)],
  })
  t('placeholder-disabled', 'also by a disabled observer', {
    ops: [...watch('o', q(k, undefined, { enabled: false, placeholderData: 'fake' })), read('o')],
  })
  t('placeholder-falsy', 'falsy placeholders are placeholders, null too', {
    ops: [
      obs('a', q(['a'], undefined, { placeholderData: 0 })),
      obs('b', q(['b'], undefined, { placeholderData: null })),
      obs('c', q(['c'], undefined, { placeholderData: undef })),
      read('a'),
      read('b'),
      read('c'),
    ],
  })
  t('placeholder-with-data', 'not where there is data', {
    ops: [set(k, 'real'), obs('o', q(k, undefined, { placeholderData: 'fake' })), read('o')],
  })
  t('placeholder-with-initial', 'initialData beats it', {
    ops: [
      obs('o', q(k, undefined, { placeholderData: 'fake', initialData: 'initial' })),
      read('o'),
    ],
  })
  t('placeholder-error', 'an error ends it', {
    fns: { f: [err('E', 5)] },
    ops: [...watch('o', q(k, 'f', { placeholderData: 'fake', retry: false })), adv(5), again('o')],
  })
  t('placeholder-failed-attempt', 'a failed attempt does not', {
    fns: { f: [err('E', 5), ok('real')] },
    ops: [
      ...watch('o', q(k, 'f', { placeholderData: 'fake', retryDelay: 10 })),
      adv(5),
      read('o'),
      adv(10),
    ],
  })
  t('placeholder-function', 'a function is given the data of the last key and its query', {
    fns: { f: [ok('one', 5), ok('two', 5)] },
    ops: [
      ...watch('o', q(['a'], 'f', { placeholderData: $({ placeholder: { wrapPrev: 'was' } }) })),
      read('o'),
      adv(5),
      opts('o', q(['b'], 'f', { placeholderData: $({ placeholder: { wrapPrev: 'was' } }) })),
      adv(5),
    ],
  })
  t('placeholder-query', 'the query itself is given, too', {
    fns: { f: [ok('one', 5)] },
    ops: [
      ...watch('o', q(['a', 1], 'f', { placeholderData: $({ placeholder: 'prevKey' }) })),
      adv(5),
      opts('o', q(['b', 2], 'f', { placeholderData: $({ placeholder: 'prevKey' }) })),
      adv(5),
    ],
  })
  t('placeholder-selected', 'a placeholder is selected from', {
    fns: { f: [ok({ a: 2 }, 5)] },
    ops: [
      ...watch('o', q(k, 'f', { placeholderData: { a: 1 }, select: select({ pick: 'a' }, 'log') })),
      adv(5),
    ],
  })
  t('placeholder-memo', 'a placeholder is not selected from again while it stays', {
    fns: { f: [never] },
    ops: [
      ...watch('o', q(k, 'f', { placeholderData: { a: 1 }, select: select({ wrap: 'w' }, 'log') })),
      opts(
        'o',
        q(k, 'f', {
          placeholderData: { a: 1 },
          select: select({ wrap: 'w' }, 'log'),
          meta: { x: 1 },
        }),
      ),
      read('o'),
    ],
  })
  t('placeholder-changed', 'another placeholder is shown', {
    fns: { f: [never] },
    ops: [
      ...watch('o', q(k, 'f', { placeholderData: 'one' })),
      opts('o', q(k, 'f', { placeholderData: 'two' })),
      opts('o', q(k, 'f')),
    ],
  })
  t('placeholder-fn-const', 'a placeholder function is called again only when it is another', {
    fns: { f: [never] },
    ops: [
      ...watch('o', q(k, 'f', { placeholderData: $({ placeholder: { const: { a: 1 } } }) })),
      opts(
        'o',
        q(k, 'f', {
          placeholderData: $({ placeholder: { const: { a: 1 } } }),
          meta: { x: 1 },
        }),
      ),
      opts('o', q(k, 'f', { placeholderData: $({ placeholder: { const: { a: 2 } } }) })),
    ],
  })
  t('placeholder-select-throws', 'a selection that throws on a placeholder is an error', {
    fns: { f: [ok(2, 5)] },
    ops: [
      ...watch('o', q(k, 'f', { placeholderData: 1, select: select({ throwEq: 1 }) })),
      read('o'),
      adv(5),
    ],
  })
  t('placeholder-not-stale', 'a placeholder is stale though staleTime is long', {
    fns: { f: [never] },
    ops: [...watch('o', q(k, 'f', { placeholderData: 1, staleTime: Forever })), read('o')],
  })

  // ---- keeping previous data

  t('keep-previous', 'keepPreviousData shows the old key’s data until the new comes', {
    fns: { f: [ok('one', 5), ok('x')], g: [ok('two', 5)] },
    ops: [
      ...watch('o', q(['a'], 'f', { placeholderData: keepPrevious })),
      adv(5),
      opts('o', q(['b'], 'g', { placeholderData: keepPrevious })),
      read('o'),
      adv(5),
    ],
  })
  t('keep-previous-twice', 'over several keys it is the last that had data', {
    fns: { f: [ok('one', 5)], g: [never], h: [ok('three', 5)] },
    ops: [
      ...watch('o', q(['a'], 'f', { placeholderData: keepPrevious })),
      adv(5),
      opts('o', q(['b'], 'g', { placeholderData: keepPrevious })),
      opts('o', q(['c'], 'h', { placeholderData: keepPrevious })),
      adv(5),
    ],
  })
  t('keep-previous-select', 'it is the data before selection that is kept, and selected anew', {
    fns: { f: [ok({ a: 1 }, 5)], g: [ok({ a: 2 }, 5)] },
    ops: [
      ...watch(
        'o',
        q(['a'], 'f', {
          placeholderData: keepPrevious,
          select: select({ pick: 'a' }, 'log'),
        }),
      ),
      adv(5),
      opts(
        'o',
        q(['b'], 'g', {
          placeholderData: keepPrevious,
          select: select({ pick: 'a' }, 'log'),
        }),
      ),
      adv(5),
    ],
  })
  t('keep-previous-error', 'an error of the new key ends it', {
    fns: { f: [ok('one', 5)], g: [err('E', 5)] },
    ops: [
      ...watch('o', q(['a'], 'f', { placeholderData: keepPrevious, retry: false })),
      adv(5),
      opts('o', q(['b'], 'g', { placeholderData: keepPrevious, retry: false })),
      adv(5),
    ],
  })
  t('keep-previous-cached', 'a key with data needs none', {
    fns: { f: [ok('one', 5)] },
    ops: [
      set(['b'], 'two'),
      ...watch('o', q(['a'], 'f', { placeholderData: keepPrevious, staleTime: 100 })),
      adv(5),
      opts('o', q(['b'], 'f', { placeholderData: keepPrevious, staleTime: 100 })),
      read('o'),
    ],
  })
  t('keep-previous-first', 'at first there is nothing to keep', {
    fns: { f: [ok('one', 5)] },
    ops: [...watch('o', q(k, 'f', { placeholderData: keepPrevious })), read('o'), adv(5)],
  })
  t(
    'keep-previous-later-data',
    'what is kept follows its own query when the placeholder is asked for again',
    {
      fns: { f: [ok('one', 5)], g: [never] },
      ops: [
        ...watch('o', q(['a'], 'f', { placeholderData: keepPrevious })),
        adv(5),
        opts('o', q(['b'], 'g', { placeholderData: keepPrevious })),
        set(['a'], 'changed'),
        read('o'),
        opts('o', q(['c'], 'g', { placeholderData: $({ placeholder: { wrapPrev: 'p' } }) })),
        read('o'),
      ],
    },
  )
  t('keep-previous-same-reference', 'kept data is the same reference', {
    fns: { f: [ok({ a: 1 }, 5)], g: [ok({ a: 1 }, 5)] },
    ops: [
      ...watch('o', q(['a'], 'f', { placeholderData: keepPrevious })),
      adv(5),
      opts('o', q(['b'], 'g', { placeholderData: keepPrevious })),
      adv(5),
    ],
  })
  t(
    'keep-previous-reset',
    'a reset leaves nothing to keep: the last data was that of the query itself',
    {
      fns: { f: [ok('one', 5), ok('two', 5)] },
      ops: [...watch('o', q(k, 'f', { placeholderData: keepPrevious })), adv(5), reset(), adv(5)],
    },
  )
})

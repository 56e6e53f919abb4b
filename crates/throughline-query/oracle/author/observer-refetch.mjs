// refetch of observers, and what several of them do to each other.

import {
  adv,
  again,
  area,
  cancel,
  dyn,
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
  q,
  read,
  refetch,
  reset,
  select,
  set,
  skip,
  state,
  sub,
  undef,
  unsub,
  watch,
} from './dsl.mjs'

const k = ['k']

export default area('observer-refetch', (t) => {
  t('refetch', 'refetch resolves with the result after the fetch', {
    fns: { f: [ok(1, 5), ok(2, 5)] },
    ops: [...watch('o', q(k, 'f')), adv(5), again('o'), adv(5)],
  })
  t('refetch-unsubscribed', 'an observer without listeners refetches, too', {
    fns: { f: [ok(1, 5)] },
    ops: [obs('o', q(k, 'f')), again('o'), adv(5), read('o')],
  })
  t('refetch-error', 'a failing refetch resolves with the error in the result', {
    fns: { f: [err('E', 5)] },
    ops: [obs('o', q(k, 'f', { retry: false })), again('o'), adv(5)],
  })
  t('refetch-throws', 'with throwOnError it rejects', {
    fns: { f: [ok(1), err('E', 5)] },
    ops: [...watch('o', q(k, 'f', { retry: false })), again('o', { throwOnError: true }), adv(5)],
  })
  t(
    'refetch-option-throw-on-error',
    'the option throwOnError of the observer does not make refetch reject',
    {
      fns: { f: [ok(1), err('E', 5)] },
      ops: [...watch('o', q(k, 'f', { retry: false, throwOnError: true })), again('o'), adv(5)],
    },
  )
  t('refetch-offline', 'a refetch offline waits', {
    fns: { f: [ok(1), ok(2, 5)] },
    ops: [
      mount(),
      ...watch('o', q(k, 'f', { refetchOnReconnect: false })),
      online(false),
      again('o'),
      adv(10),
      online(true),
      adv(5),
    ],
  })
  t('refetch-missing-fn', 'a refetch without a function fails after its retries', {
    ops: [
      ...watch('o', q(k, undefined, { enabled: false, retry: 1, retryDelay: 5 })),
      again('o'),
      adv(5),
    ],
  })
  t('refetch-fn-of-other', 'a refetch without a function takes that of another observer', {
    fns: { f: [ok('f', 5)] },
    ops: [
      ...watch('o', q(k, 'f', { enabled: false })),
      ...watch('p', q(k, undefined, { enabled: false })),
      again('p'),
      adv(5),
    ],
  })
  t('refetch-own-options', 'a refetch uses the options of its observer', {
    fns: { f: [ok('f')], g: [ok('g')] },
    ops: [
      ...watch('o', q(k, 'f', { staleTime: 100 })),
      ...watch('p', q(k, 'g', { staleTime: 100 })),
      again('o'),
      get(k),
      again('p'),
      get(k),
      refetch(),
      get(k),
    ],
  })
  t('refetch-selected', 'its result is the selected one', {
    fns: { f: [ok([1, 2], 5)] },
    ops: [obs('o', q(k, 'f', { select: select('len') })), again('o'), adv(5)],
  })
  t(
    'refetch-two-at-once',
    'two refetches at once: the second replaces the first, both resolve with it',
    {
      fns: { f: [ok(0), ok(1, 5), ok(2, 5)] },
      ops: [...watch('o', q(k, 'f')), again('o'), again('o'), adv(5)],
    },
  )
  t('refetch-two-first', 'during the first fetch both join', {
    fns: { f: [ok(1, 5), ok(2, 5)] },
    ops: [obs('o', q(k, 'f')), again('o'), again('o'), adv(5)],
  })
  t(
    'refetch-after-move',
    'a refetch resolves with the result of the key the observer is at by then',
    {
      fns: { f: [ok('a', 10)], g: [ok('b', 5)] },
      ops: [...watch('o', q(['a'], 'f')), again('o'), opts('o', q(['b'], 'g')), adv(5), adv(5)],
    },
  )
  t('refetch-dynamic-disabled', 'a refetch does not ask enabled', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      ...watch('o', q(k, 'f', { enabled: dyn({ hasData: true }, false, true) })),
      again('o'),
      read('o'),
    ],
  })
  t('refetch-query-gone', 'a refetch of a collected query makes a new one', {
    fns: { f: [ok(1), ok(2, 5)] },
    ops: [
      ...watch('o', q(k, 'f', { gcTime: 5 })),
      unsub('o'),
      adv(5),
      again('o'),
      adv(5),
      read('o'),
      get(k),
    ],
  })
  t('observers-share', 'what one observer refetches all see', {
    fns: { f: [ok(1), ok(2, 5)] },
    ops: [
      ...watch('o', q(k, 'f', { staleTime: 10 })),
      ...watch('p', q(k, 'f', { staleTime: 20, select: select({ wrap: 'w' }) })),
      again('o'),
      adv(5),
    ],
  })
  t('observers-order', 'observers are told in the order they came', {
    fns: { f: [ok(1, 5)] },
    ops: [
      ...watch('a', q(k, 'f')),
      ...watch('b', q(k, 'f')),
      ...watch('c', q(k, 'f')),
      unsub('a'),
      sub('a'),
      adv(5),
    ],
  })
  t('observers-disabled-among', 'a disabled one among them sees the data without staleness', {
    fns: { f: [ok(1, 5)] },
    ops: [
      ...watch('o', q(k, 'f', { staleTime: 10 })),
      ...watch('p', q(k, 'f', { enabled: false })),
      adv(5),
      adv(11),
      read('o'),
      read('p'),
    ],
  })
  t('observers-unsubscribe-mid', 'leaving between two others is no trouble', {
    fns: { f: [ok(1, 5), ok(2, 5)] },
    ops: [
      ...watch('a', q(k, 'f')),
      ...watch('b', q(k, 'f')),
      ...watch('c', q(k, 'f')),
      adv(5),
      unsub('b'),
      again('a'),
      adv(5),
    ],
  })
  t('invalidate-and-refetch', 'a refetch clears the invalidation', {
    fns: { f: [ok(1), ok(2, 5)] },
    ops: [
      ...watch('o', q(k, 'f', { staleTime: 100 })),
      invalidate({}, { refetchType: 'none' }),
      again('o'),
      state(k),
      adv(5),
      state(k),
    ],
  })
  t('cancel-refetch-undefined', 'an explicitly undefined cancelRefetch is the default', {
    fns: { f: [ok(0), ok(1, 5), ok(2, 5)] },
    ops: [...watch('o', q(k, 'f')), again('o'), again('o', { cancelRefetch: undef }), adv(5)],
  })
  t('cancel-then-refetch', 'a refetch right after a cancel', {
    fns: { f: [ok(0), ok(1, 5), ok(2, 5)] },
    ops: [...watch('o', q(k, 'f')), again('o'), adv(2), cancel(), again('o'), adv(5)],
  })
  t('never-and-replace', 'a refetch that never ends is replaced', {
    fns: { f: [ok(0), never, ok(2, 5)] },
    ops: [...watch('o', q(k, 'f')), again('o'), adv(100), again('o'), adv(5)],
  })
  t('fetch-beside', 'a fetch beside an observer’s refetch joins it', {
    fns: { f: [ok(0), ok(1, 5), ok(2)] },
    ops: [...watch('o', q(k, 'f')), again('o'), fetch(q(k, 'f')), adv(5), read('o')],
  })
  t('set-during', 'the result of a refetch during which data was set', {
    fns: { f: [ok(0), ok(1, 5)] },
    ops: [...watch('o', q(k, 'f')), again('o'), set(k, 'set'), adv(5)],
  })
  t('elsewhere-then-reset', 'the refetch of an observer that has moved on gives what it sees there after the reset', {
    fns: { f: [ok(1, 50)], g: [ok(2, 50)] },
    ops: [
      ...watch('o', q(k, 'f')),
      unsub('o'),
      ...watch('other', q(['other'], 'g')),
      again('o', { cancelRefetch: false }),
      opts('o', { queryKey: ['other'], queryFn: skip, retry: false }),
      reset({}),
      read('o'),
    ],
  })
})

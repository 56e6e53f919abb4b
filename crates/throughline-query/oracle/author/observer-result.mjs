// What results say, what is worth telling, and selections.

import {
  $,
  adv,
  again,
  area,
  cancel,
  err,
  fetch,
  invalidate,
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
  state,
  sub,
  track,
  undef,
  update,
  watch,
} from './dsl.mjs'

const k = ['k']

export default area('observer-result', (t) => {
  // ---- flags

  t('flags-first', 'the flags of a first fetch', {
    fns: { f: [ok(1, 5)] },
    ops: [obs('o', q(k, 'f')), read('o'), sub('o'), read('o'), adv(5), read('o')],
  })
  t('flags-refetch', 'the flags of a refetch', {
    fns: { f: [ok(1), ok(2, 5)] },
    ops: [...watch('o', q(k, 'f')), again('o'), read('o'), adv(5), read('o')],
  })
  t('flags-paused', 'the flags of a paused first fetch', {
    header: { online: false },
    fns: { f: [ok(1)] },
    ops: [...watch('o', q(k, 'f')), read('o')],
  })
  t('flags-paused-refetch', 'and of a paused refetch', {
    fns: { f: [ok(1)] },
    ops: [...watch('o', q(k, 'f')), online(false), again('o'), read('o')],
  })
  t('flags-error', 'the flags of an error, and while it is tried again', {
    fns: { f: [err('E'), never] },
    ops: [
      ...watch('o', q(k, 'f', { retry: false })),
      read('o'),
      again('o'),
      adv(5),
      read('o'),
      cancel(),
      read('o'),
    ],
  })
  t('flags-error-data', 'the flags of an error with data, and while it is tried again', {
    fns: { f: [ok(1), err('E'), never] },
    ops: [...watch('o', q(k, 'f', { retry: false })), again('o'), read('o'), again('o'), read('o')],
  })
  t(
    'fetched-after-mount',
    'isFetchedAfterMount is about this observer, isFetched about the query',
    {
      fns: { f: [ok(1), ok(2)] },
      ops: [
        fetch(q(k, 'f')),
        ...watch('o', q(k, 'f', { staleTime: 100 })),
        read('o'),
        again('o'),
        read('o'),
      ],
    },
  )
  t('fetched-after-mount-error', 'an error counts, too', {
    fns: { f: [ok(1), err('E')] },
    ops: [
      fetch(q(k, 'f')),
      ...watch('o', q(k, 'f', { staleTime: 100, retry: false })),
      again('o'),
      read('o'),
    ],
  })
  t(
    'fetched-after-mount-created',
    'it counts from the making of the observer, not from its first listener',
    {
      fns: { f: [ok(1)] },
      ops: [obs('o', q(k, 'f', { staleTime: 100 })), fetch(q(k, 'f')), sub('o'), read('o')],
    },
  )
  t('error-counts', 'errorUpdateCount counts failed fetches, failureCount failed attempts', {
    fns: { f: [err('E')] },
    ops: [...watch('o', q(k, 'f', { retry: 1, retryDelay: 5 })), adv(5), again('o'), adv(5)],
  })

  // ---- what is told

  t('notify-all', 'without any restriction every difference is told', {
    fns: { f: [ok(1, 5), ok(1, 5)] },
    ops: [...watch('o', q(k, 'f')), adv(5), again('o'), adv(5), read('o')],
  })
  t('notify-list', 'with a list only changes of its fields are told', {
    fns: { f: [ok(1, 5), ok(1, 5), ok(2, 5)] },
    ops: [
      ...watch('o', q(k, 'f', { notifyOnChangeProps: ['data'] })),
      adv(5),
      again('o'),
      adv(5),
      read('o'),
      again('o'),
      adv(5),
    ],
  })
  t('notify-list-several', 'a list of several', {
    fns: { f: [ok(1, 5), err('E', 5)] },
    ops: [
      ...watch('o', q(k, 'f', { retry: false, notifyOnChangeProps: ['data', 'error'] })),
      adv(5),
      again('o'),
      adv(5),
    ],
  })
  t('notify-empty-list', 'an empty list: nothing is told', {
    fns: { f: [ok(1, 5)] },
    ops: [...watch('o', q(k, 'f', { notifyOnChangeProps: [] })), adv(5), read('o')],
  })
  t('notify-function', 'a function gives the list', {
    fns: { f: [ok(1, 5)] },
    ops: [...watch('o', q(k, 'f', { notifyOnChangeProps: $({ props: ['data'] }) })), adv(5)],
  })
  t('notify-function-all', 'or all', {
    fns: { f: [ok(1, 5)] },
    ops: [
      ...watch('o', q(k, 'f', { notifyOnChangeProps: $({ props: 'all' }) })),
      track('o', ['data']),
      adv(5),
    ],
  })
  t('notify-undefined', 'an explicitly undefined notifyOnChangeProps is none', {
    fns: { f: [ok(1, 5)] },
    ops: [...watch('o', q(k, 'f', { notifyOnChangeProps: undef })), adv(5)],
  })
  t('notify-tracked', 'tracked fields restrict likewise', {
    fns: { f: [ok(1, 5), ok(1, 5)] },
    ops: [obs('o', q(k, 'f')), track('o', ['data']), sub('o'), adv(5), again('o'), adv(5)],
  })
  t('notify-tracked-add', 'tracking more adds to it', {
    fns: { f: [ok(1, 5), ok(1, 5), ok(1, 5)] },
    ops: [
      obs('o', q(k, 'f')),
      track('o', ['data']),
      sub('o'),
      adv(5),
      track('o', ['isFetching']),
      again('o'),
      adv(5),
    ],
  })
  t('notify-all-over-tracked', 'all beats tracking', {
    fns: { f: [ok(1, 5)] },
    ops: [
      obs('o', q(k, 'f', { notifyOnChangeProps: 'all' })),
      track('o', ['data']),
      sub('o'),
      adv(5),
    ],
  })
  t('notify-list-over-tracked', 'a list beats tracking', {
    fns: { f: [ok(1, 5)] },
    ops: [
      obs('o', q(k, 'f', { notifyOnChangeProps: ['status'] })),
      track('o', ['isFetching']),
      sub('o'),
      adv(5),
    ],
  })
  t('notify-error-throw', 'with throwOnError a change of the error is always told', {
    fns: { f: [err('E', 5)] },
    ops: [
      ...watch('o', q(k, 'f', { retry: false, throwOnError: true, notifyOnChangeProps: ['data'] })),
      adv(5),
      again('o'),
    ],
  })
  t('notify-error-no-throw', 'without it is not', {
    fns: { f: [err('E', 5)] },
    ops: [
      ...watch('o', q(k, 'f', { retry: false, notifyOnChangeProps: ['data'] })),
      adv(5),
      read('o'),
    ],
  })
  t('notify-stale', 'going stale is told to who asked for it', {
    fns: { f: [ok(1)] },
    ops: [...watch('o', q(k, 'f', { staleTime: 10, notifyOnChangeProps: ['isStale'] })), adv(11)],
  })
  t('notify-same', 'a set of the very same value at the same instant is no difference', {
    fns: { f: [ok({ a: 1 })] },
    ops: [...watch('o', q(k, 'f')), update(k, { same: true })],
  })
  t('notify-options-change', 'options that change the result are told', {
    fns: { f: [ok([1, 2])] },
    ops: [
      ...watch('o', q(k, 'f', { staleTime: 10 })),
      opts('o', q(k, 'f', { staleTime: 10, select: select('len') })),
      opts('o', q(k, 'f', { staleTime: 10, enabled: false })),
    ],
  })
  t('notify-track-data-at', 'tracking dataUpdatedAt tells of equal data', {
    fns: { f: [ok(1)] },
    ops: [...watch('o', q(k, 'f', { notifyOnChangeProps: ['dataUpdatedAt'] })), adv(5), again('o')],
  })

  // ---- select

  t('select', 'an observer shows the selection', {
    fns: { f: [ok({ a: 1, b: 2 }, 5)] },
    ops: [...watch('o', q(k, 'f', { select: select({ pick: 'b' }, 'log') })), adv(5)],
  })
  t('select-memo', 'the same selection of the same data runs once', {
    fns: { f: [ok({ a: 1 }), ok({ a: 1 })] },
    ops: [
      ...watch('o', q(k, 'f', { select: select({ pick: 'a' }, 'log') })),
      again('o'),
      invalidate({}, { refetchType: 'none' }),
      read('o'),
    ],
  })
  t('select-new-data', 'new data is selected from anew', {
    fns: { f: [ok({ a: 1 }), ok({ a: 2 })] },
    ops: [...watch('o', q(k, 'f', { select: select({ pick: 'a' }, 'log') })), again('o')],
  })
  t('select-new-function', 'another selection runs at once', {
    fns: { f: [ok({ a: 1, b: 2 })] },
    ops: [
      ...watch('o', q(k, 'f', { select: select({ pick: 'a' }, 'one') })),
      opts('o', q(k, 'f', { select: select({ pick: 'b' }, 'two') })),
    ],
  })
  t('select-same-function', 'options with the same selection do not run it', {
    fns: { f: [ok({ a: 1 })] },
    ops: [
      ...watch('o', q(k, 'f', { select: select({ pick: 'a' }, 'log') })),
      opts('o', q(k, 'f', { select: select({ pick: 'a' }, 'log'), meta: { x: 1 } })),
    ],
  })
  t('select-shared', 'a selection that comes out equal keeps its reference', {
    fns: { f: [ok({ a: { x: 1 }, b: 1 }), ok({ a: { x: 1 }, b: 2 })] },
    ops: [
      ...watch('o', q(k, 'f', { select: select({ wrap: 'w' }) })),
      again('o'),
      opts('o', q(k, 'f', { select: select({ pick: 'a' }) })),
      refetch(),
    ],
  })
  t('select-unshared', 'a selection that comes out equal is another without sharing', {
    fns: { f: [ok([1]), ok([1])] },
    ops: [
      ...watch('o', q(k, 'f', { structuralSharing: false, select: select({ wrap: 'w' }) })),
      again('o'),
    ],
  })
  t('select-len', 'an equal number tells only times', {
    fns: { f: [ok([1, 2], 5), ok([3, 4], 5)] },
    ops: [
      ...watch('o', q(k, 'f', { select: select('len'), notifyOnChangeProps: ['data'] })),
      adv(5),
      again('o'),
      adv(5),
    ],
  })
  t('select-throws', 'a selection that throws makes the observer an error, not the query', {
    fns: { f: [ok(1, 5)] },
    ops: [...watch('o', q(k, 'f', { select: select('throw') })), adv(5), state(k), read('o')],
  })
  t('select-throws-other', 'other observers are not concerned', {
    fns: { f: [ok(1, 5)] },
    ops: [
      ...watch('o', q(k, 'f', { select: select('throw') })),
      ...watch('p', q(k, 'f')),
      adv(5),
      read('p'),
    ],
  })
  t('select-throws-later', 'data is then the last good selection', {
    fns: { f: [ok('good', 5), ok('bad', 5), ok('fine', 5)] },
    ops: [
      ...watch('o', q(k, 'f', { select: select({ throwEq: 'bad' }) })),
      adv(5),
      again('o'),
      adv(5),
      read('o'),
      again('o'),
      adv(5),
    ],
  })
  t('select-throws-fixed', 'another selection clears the error', {
    fns: { f: [ok(1)] },
    ops: [
      ...watch('o', q(k, 'f', { select: select('throw') })),
      read('o'),
      opts('o', q(k, 'f', { select: select('id') })),
      read('o'),
    ],
  })
  t('select-throws-stays', 'the error stays while nothing changes', {
    fns: { f: [ok(1), ok(1)] },
    ops: [
      ...watch('o', q(k, 'f', { select: select('throw', 'log') })),
      adv(10),
      again('o'),
      read('o'),
    ],
  })
  t('select-throws-key', 'an error of a selection does not follow to another key', {
    fns: { f: [ok(1, 5), ok(1, 5)] },
    ops: [
      ...watch('o', q(['a'], 'f', { select: select({ throwEq: 1 }) })),
      adv(5),
      opts('o', q(['b'], 'f', { select: select({ throwEq: 1 }) })),
      read('o'),
      adv(5),
    ],
  })
  t('select-throws-removed', 'nor stay after a reset', {
    fns: { f: [ok(1), ok(2, 5)] },
    ops: [...watch('o', q(k, 'f', { select: select({ throwEq: 1 }) })), reset(), read('o'), adv(5)],
  })
  t(
    'select-throws-dropped',
    'taking the selection away leaves its error for good, new data or not',
    {
      fns: { f: [ok(1), ok(2)] },
      ops: [
        ...watch('o', q(k, 'f', { select: select('throw') })),
        opts('o', q(k, 'f')),
        read('o'),
        again('o'),
        read('o'),
      ],
    },
  )
  t('select-pending', 'nothing is selected while there is no data', {
    fns: { f: [never] },
    ops: [...watch('o', q(k, 'f', { select: select('len', 'log') })), adv(5), read('o')],
  })
  t('select-falsy', 'falsy data is selected from', {
    fns: { f: [ok(0)] },
    ops: [...watch('o', q(k, 'f', { select: select({ wrap: 'w' }) }))],
  })
  t('select-set', 'a set is selected from', {
    ops: [
      ...watch('o', q(k, undefined, { enabled: false, select: select('len') })),
      set(k, [1, 2, 3]),
    ],
  })
  t('select-refetch-error', 'the selection stays over an error', {
    fns: { f: [ok([1]), err('E', 5)] },
    ops: [...watch('o', q(k, 'f', { retry: false, select: select('len') })), again('o'), adv(5)],
  })
  t('select-key-equal-data', 'a selection is run anew for another key with equal data', {
    fns: { f: [ok({ a: 1 }, 5)] },
    ops: [
      ...watch('o', q(['a'], 'f', { select: select({ pick: 'a' }, 'log') })),
      adv(5),
      opts('o', q(['b'], 'f', { select: select({ pick: 'a' }, 'log') })),
      adv(5),
    ],
  })
  t('select-two-observers', 'two observers select for themselves', {
    fns: { f: [ok({ a: 1, b: [1] }), ok({ a: 1, b: [1, 2] })] },
    ops: [
      ...watch('o', q(k, 'f', { select: select({ pick: 'a' }), notifyOnChangeProps: ['data'] })),
      ...watch(
        'p',
        q(k, 'f', {
          select: select({ pick: 'b' }),
          notifyOnChangeProps: ['data'],
          refetchOnMount: false,
        }),
      ),
      again('o'),
    ],
  })
  t(
    'select-unsubscribed',
    'an observer without listeners selects when read anew, that is when its options are set',
    {
      fns: { f: [ok([1])] },
      ops: [
        obs('o', q(k, 'f', { select: select('len', 'log') })),
        set(k, [1, 2]),
        read('o'),
        opts('o', q(k, 'f', { select: select('len', 'log') })),
        read('o'),
      ],
    },
  )
})

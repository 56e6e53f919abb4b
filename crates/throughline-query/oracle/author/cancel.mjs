// Cancelling: revert, silent, plain; by hand, by replacement, by leaving.

import {
  adv,
  again,
  allQueryCallbacks,
  area,
  cancel,
  ensure,
  err,
  fetch,
  focus,
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
  query,
  read,
  refetch,
  remove,
  reset,
  set,
  state,
  sub,
  unsub,
  watch,
  withCallbacks,
} from './dsl.mjs'

const k = ['k']

export default area('cancel', (t) => {
  t('revert-first', 'a cancelled first fetch goes back to pending and idle; its promise rejects', {
    fns: { f: [ok(1, 10)] },
    ops: [fetch(q(k, 'f')), adv(5), cancel(), state(k), adv(10), state(k)],
  })
  t('revert-refetch', 'a cancelled refetch goes back to the data; its promise resolves with that', {
    fns: { f: [ok(1), ok(2, 10)] },
    ops: [fetch(q(k, 'f')), fetch(q(k, 'f')), adv(5), cancel(), state(k), adv(10), state(k)],
  })
  t('revert-observer', 'an observer sees the way back', {
    fns: { f: [ok(1), ok(2, 10)] },
    ops: [...watch('o', q(k, 'f')), again('o'), adv(5), cancel(), adv(10)],
  })
  t('revert-observer-first', 'an observer of a cancelled first fetch is pending and idle', {
    fns: { f: [ok(1, 10)] },
    ops: [...watch('o', q(k, 'f')), adv(5), cancel(), read('o'), again('o'), adv(10)],
  })
  t('revert-error', 'a cancelled refetch of an error without data goes back to the error', {
    fns: { f: [err('E'), ok(1, 10)] },
    ops: [
      ...watch('o', q(k, 'f', { retry: false })),
      again('o'),
      read('o'),
      cancel(),
      read('o'),
      state(k),
    ],
  })
  t(
    'revert-keeps-invalid',
    'the way back is to the state when the fetch began, invalid if it was',
    {
      fns: { f: [ok(1), ok(2, 10)] },
      ops: [
        ...watch('o', q(k, 'f', { staleTime: 1000 })),
        invalidate(),
        adv(5),
        cancel(),
        state(k),
      ],
    },
  )
  t('revert-forgets-invalidation', 'an invalidation during the fetch is undone by the way back', {
    fns: { f: [ok(1), ok(2, 10)] },
    ops: [
      ...watch('o', q(k, 'f', { staleTime: 1000 })),
      refetch(),
      adv(5),
      invalidate({}, { refetchType: 'none' }),
      state(k),
      cancel(),
      state(k),
    ],
  })
  t('revert-to-set', 'a set during the fetch is where the way back leads', {
    fns: { f: [ok(1), ok(2, 10)] },
    ops: [
      fetch(q(k, 'f')),
      fetch(q(k, 'f')),
      adv(5),
      set(k, 'set'),
      cancel(),
      state(k),
      adv(10),
      state(k),
    ],
  })
  t('revert-to-set-first', 'also during a first fetch, whose promise then resolves', {
    fns: { f: [ok(1, 10)] },
    ops: [fetch(q(k, 'f')), adv(5), set(k, 'set'), cancel(), state(k)],
  })
  t('revert-failures', 'failures of the cancelled fetch are undone, too', {
    fns: { f: [ok(1), err('E', 5), ok(2)] },
    ops: [
      ...watch('o', q(k, 'f', { retryDelay: 100 })),
      again('o'),
      adv(20),
      state(k),
      cancel(),
      state(k),
    ],
  })
  t('plain-first', 'a cancel without revert is an error', {
    fns: { f: [ok(1, 10)] },
    ops: [fetch(q(k, 'f')), adv(5), cancel({}, { revert: false }), state(k), adv(10)],
  })
  t('plain-refetch', 'of a refetch: an error with data', {
    fns: { f: [ok(1), ok(2, 10)] },
    ops: [
      ...watch('o', q(k, 'f')),
      again('o'),
      adv(5),
      cancel({}, { revert: false }),
      read('o'),
      state(k),
    ],
  })
  t('plain-not-retried', 'it is not retried', {
    fns: { f: [ok(1, 10), ok(2)] },
    ops: [
      ...watch('o', q(k, 'f', { retryDelay: 10 })),
      adv(5),
      cancel({}, { revert: false }),
      adv(100),
      state(k),
    ],
  })
  t('silent-revert', 'silent and revert: the state goes back and the promise rejects silently', {
    fns: { f: [ok(1), ok(2, 10)] },
    ops: [
      fetch(q(k, 'f')),
      fetch(q(k, 'f')),
      adv(5),
      cancel({}, { silent: true }),
      state(k),
      adv(10),
      state(k),
    ],
  })
  t('cancel-idle', 'cancelling what does not run does nothing', {
    ops: [set(k, 1), adv(5), cancel(), state(k)],
  })
  t('cancel-none', 'cancelling nothing resolves at once', { ops: [cancel({ queryKey: k })] })
  t('cancel-never-rejects', 'cancelling never rejects, whatever becomes of the fetch', {
    fns: { f: [err('E', 10)], g: [never] },
    ops: [fetch(q(['a'], 'f')), fetch(q(['b'], 'g')), cancel()],
  })
  t('cancel-some', 'a filter says what is cancelled', {
    fns: { f: [ok(1, 10)] },
    ops: [fetch(q(['a'], 'f')), fetch(q(['b'], 'f')), cancel({ queryKey: ['a'] }), adv(10)],
  })
  t('cancel-paused', 'a paused fetch can be cancelled', {
    header: { online: false },
    fns: { f: [ok(1, 10)] },
    ops: [mount(), fetch(q(k, 'f')), cancel(), state(k), online(true), adv(10), state(k)],
  })
  t('cancel-twice', 'a second cancel does nothing', {
    fns: { f: [ok(1, 10)] },
    ops: [fetch(q(k, 'f')), cancel(), cancel(), state(k)],
  })
  t('cancel-then-fetch', 'a fetch after a cancel starts anew', {
    fns: { f: [ok(1, 10), ok(2, 10)] },
    ops: [fetch(q(k, 'f')), adv(5), cancel(), fetch(q(k, 'f')), adv(5), state(k), adv(5), state(k)],
  })
  t('cancel-disabled', 'the fetch of a disabled observer can be cancelled', {
    fns: { f: [ok(1, 10)] },
    ops: [...watch('o', q(k, 'f', { enabled: false })), again('o'), adv(5), cancel(), read('o')],
  })
  t('cancel-abort-read', 'the signal of a cancelled fetch is aborted', {
    fns: { f: { steps: [ok(1, 10)], readSignal: true } },
    ops: [fetch(q(k, 'f')), adv(5), cancel()],
  })
  t('cancel-gc', 'a cancelled query nobody observes is collected gcTime later', {
    fns: { f: [ok(1, 100)] },
    ops: [fetch(q(k, 'f', { gcTime: 10 })), adv(5), cancel(), adv(9), state(k), adv(1), state(k)],
  })

  // ---- by leaving

  t('leave-abortable', 'leaving an abortable first fetch reverts it', {
    fns: { f: { steps: [ok(1, 10)], readSignal: true } },
    ops: [...watch('o', q(k, 'f')), adv(5), unsub('o'), state(k), adv(10), state(k)],
  })
  t('leave-abortable-refetch', 'leaving an abortable refetch keeps the data', {
    fns: { f: { steps: [ok(1), ok(2, 10)], readSignal: true } },
    ops: [...watch('o', q(k, 'f')), again('o'), adv(5), unsub('o'), state(k), adv(10), state(k)],
  })
  t('leave-abortable-two', 'only the last to leave aborts', {
    fns: { f: { steps: [ok(1, 10)], readSignal: true } },
    ops: [
      ...watch('o', q(k, 'f')),
      ...watch('p', q(k, 'f')),
      unsub('o'),
      adv(5),
      unsub('p'),
      state(k),
    ],
  })
  t('leave-abortable-fetch', 'a fetch that waits for the same call is cancelled with it', {
    fns: { f: { steps: [ok(1, 10)], readSignal: true } },
    ops: [fetch(q(k, 'f')), ...watch('o', q(k, 'f')), adv(5), unsub('o'), adv(10)],
  })
  t('leave-and-return', 'leaving and coming back at once starts an abortable fetch anew', {
    fns: { f: { steps: [ok(1, 10), ok(2, 10)], readSignal: true } },
    ops: [...watch('o', q(k, 'f')), adv(5), unsub('o'), sub('o'), adv(5), adv(5)],
  })
  t('leave-move', 'an observer that moves to another key aborts what it leaves', {
    fns: { f: { steps: [ok(1, 10)], readSignal: true } },
    ops: [...watch('o', q(['a'], 'f')), adv(5), opts('o', q(['b'], 'f')), state(['a']), adv(10)],
  })
  t('leave-move-unabortable', 'unless it cannot be aborted', {
    fns: { f: [ok(1, 10)] },
    ops: [...watch('o', q(['a'], 'f')), adv(5), opts('o', q(['b'], 'f')), adv(5), state(['a'])],
  })
  t('leave-imperative', 'a fetch that was never observed is not aborted by anyone’s leaving', {
    fns: { f: { steps: [ok(1, 10)], readSignal: true } },
    ops: [fetch(q(k, 'f')), obs('o', q(k, 'f')), adv(10), state(k)],
  })

  // ---- by replacement

  t('replace-refetch', 'a refetch of an observer replaces a running one', {
    fns: { f: [ok(1), ok(2, 10), ok(3, 10)] },
    ops: [...watch('o', q(k, 'f')), again('o'), adv(5), again('o'), adv(5), adv(5)],
  })
  t('replace-not', 'with cancelRefetch false it joins', {
    fns: { f: [ok(1), ok(2, 10), ok(3, 10)] },
    ops: [
      ...watch('o', q(k, 'f')),
      again('o'),
      adv(5),
      again('o', { cancelRefetch: false }),
      adv(5),
    ],
  })
  t('replace-first', 'a first fetch is joined in any case', {
    fns: { f: [ok(1, 10), ok(2, 10)] },
    ops: [
      ...watch('o', q(k, 'f')),
      adv(5),
      again('o'),
      again('o', { cancelRefetch: true }),
      adv(5),
    ],
  })
  t('replace-first-after-set', 'a first fetch after data was set is replaced', {
    fns: { f: [ok(1, 10), ok(2, 10)] },
    ops: [
      ...watch('o', q(k, 'f')),
      adv(5),
      set(k, 'set'),
      again('o'),
      adv(5),
      state(k),
      adv(5),
      state(k),
    ],
  })
  t('replace-fails', 'what was replaced rejects as its replacement does', {
    fns: { f: [ok(1, 10), err('E', 10)] },
    ops: [set(k, 0), fetch(q(k, 'f')), adv(5), refetch(), adv(10), state(k)],
  })
  t('replace-cancelled', 'and resolves with the old data if that is cancelled in turn', {
    fns: { f: [ok(1, 10), ok(2, 10)] },
    ops: [set(k, 0), fetch(q(k, 'f')), adv(5), refetch(), adv(2), cancel(), state(k)],
  })
  t('replace-chain', 'a chain of replacements resolves with the last', {
    fns: { f: [ok(1, 10), ok(2, 10), ok(3, 10)] },
    ops: [set(k, 0), fetch(q(k, 'f')), adv(3), refetch(), adv(3), refetch(), adv(10)],
  })
  t('replace-abort', 'the replaced call is aborted', {
    fns: { f: { steps: [ok(1), ok(2, 10), ok(3, 10)], readSignal: true } },
    ops: [...watch('o', q(k, 'f')), again('o'), adv(5), again('o'), adv(10)],
  })
  t(
    'replace-revert-point',
    'cancelling the replacement leads back to before it, which still fetched, but idle',
    {
      fns: { f: [ok(1), ok(2, 10), ok(3, 10)] },
      ops: [
        ...watch('o', q(k, 'f')),
        again('o'),
        adv(5),
        again('o'),
        adv(2),
        cancel(),
        state(k),
        adv(20),
        state(k),
      ],
    },
  )
  t('callbacks-of-replaced', 'a replaced fetch calls no callbacks', {
    header: withCallbacks(allQueryCallbacks),
    fns: { f: [ok(1), ok(2, 10), ok(3, 10)] },
    ops: [...watch('o', q(k, 'f')), again('o'), adv(5), again('o'), adv(10), state(k)],
  })
  t(
    'throw-on-error-cancel',
    'a refetch with throwOnError rejects when its first fetch is cancelled',
    {
      fns: { f: [ok(1, 10)] },
      ops: [obs('o', q(k, 'f')), again('o', { throwOnError: true }), adv(5), cancel()],
    },
  )
  t('refetch-resolves-cancelled', 'without it resolves with what there is', {
    fns: { f: [ok(1, 10)] },
    ops: [obs('o', q(k, 'f')), again('o'), adv(5), cancel()],
  })
  t('query-cancelled', 'query rejects when cancelled before data, resolves with old data after', {
    fns: { f: [ok(1, 10)] },
    ops: [query(q(['a'], 'f')), cancel(), set(['b'], 'old'), query(q(['b'], 'f')), cancel()],
  })
  t('ensure-cancelled', 'ensure rejects when cancelled', {
    fns: { f: [ok(1, 10)] },
    ops: [ensure(q(k, 'f')), cancel()],
  })
  t('prefetch-cancelled', 'prefetch resolves even then', {
    fns: { f: [ok(1, 10)] },
    ops: [prefetch(q(k, 'f')), cancel()],
  })
  t(
    'reset-during-refetch',
    'a reset during a refetch cancels it silently and its waiters get the new fetch',
    {
      fns: { f: [ok(1), ok(2, 10), ok(3, 10)] },
      ops: [...watch('o', q(k, 'f')), refetch(), adv(5), reset(), adv(10)],
    },
  )
  t(
    'remove-during-fetch-observed',
    'removing during the fetch of an observer leaves it fetching for ever',
    {
      fns: { f: [ok(1), ok(2, 10)] },
      ops: [...watch('o', q(k, 'f')), again('o'), adv(5), remove(), adv(10), read('o')],
    },
  )
  t('focus-after-cancel', 'a cancelled first fetch is made up for on focus', {
    fns: { f: [ok(1, 10), ok(2, 10)] },
    ops: [mount(), ...watch('o', q(k, 'f')), cancel(), focus(false), focus(true), adv(10), get(k)],
  })
})

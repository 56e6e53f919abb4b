// Retries of queries: how often, when, and what stops them.

import {
  $,
  adv,
  again,
  area,
  cancel,
  echo,
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
  read,
  remove,
  reset,
  set,
  state,
  sub,
  undef,
  unsub,
  watch,
} from './dsl.mjs'

const k = ['k']
const list = (...delays) => $({ delay: { list: delays } })

export default area('retry', (t) => {
  t('default', 'an observer retries three times, after 1, 2 and 4 seconds', {
    fns: { f: [err('E')] },
    ops: [...watch('o', q(k, 'f')), adv(1000), adv(2000), state(k), adv(4000), state(k)],
  })
  t('default-cap', 'the delay does not grow beyond 30 seconds', {
    fns: { f: [err('E')] },
    ops: [...watch('o', q(k, 'f', { retry: 7 })), adv(31_000), adv(30_000), adv(30_000), state(k)],
  })
  t('none', 'retry false: the first failure is the end', {
    fns: { f: [err('E'), ok(1)] },
    ops: [...watch('o', q(k, 'f', { retry: false })), adv(10_000)],
  })
  t('zero', 'retry 0 is the same', {
    fns: { f: [err('E'), ok(1)] },
    ops: [...watch('o', q(k, 'f', { retry: 0 })), adv(10_000), state(k)],
  })
  t('number', 'retry n makes n + 1 attempts', {
    fns: { f: [err('E1'), err('E2'), err('E3'), ok(1)] },
    ops: [
      ...watch('o', q(k, 'f', { retry: 2, retryDelay: 10 })),
      adv(10),
      adv(10),
      adv(10),
      state(k),
    ],
  })
  t('true', 'retry true goes on for ever', {
    fns: { f: [err('E'), err('E'), err('E'), err('E'), err('E'), ok(1)] },
    ops: [
      ...watch('o', q(k, 'f', { retry: true, retryDelay: 10 })),
      adv(40),
      state(k),
      adv(10),
      state(k),
    ],
  })
  t('function-count', 'a retry function is given the failures so far, from 0', {
    fns: { f: [err('E')] },
    ops: [
      ...watch('o', q(k, 'f', { retry: $({ retry: { until: 2 } }), retryDelay: 10 })),
      adv(100),
      state(k),
    ],
  })
  t('function-error', 'and the error', {
    fns: { f: [err('again'), err('enough'), ok(1)] },
    ops: [
      ...watch('o', q(k, 'f', { retry: $({ retry: { onlyErr: 'again' } }), retryDelay: 10 })),
      adv(100),
      state(k),
    ],
  })
  t('delay-number', 'retryDelay is the pause between failure and next attempt', {
    fns: { f: [err('E', 5), ok(1, 5)] },
    ops: [...watch('o', q(k, 'f', { retryDelay: 100 })), adv(104), adv(1), adv(5)],
  })
  t('delay-zero', 'retryDelay 0 waits for a timer all the same', {
    fns: { f: [err('E'), ok(1)] },
    ops: [...watch('o', q(k, 'f', { retryDelay: 0 })), state(k), { op: 'flush' }, state(k)],
  })
  t('delay-list', 'a delay function is given the failures so far, from 0', {
    fns: { f: [err('E')] },
    ops: [
      ...watch('o', q(k, 'f', { retryDelay: list(10, 20, 30) })),
      adv(10),
      adv(20),
      adv(30),
      state(k),
    ],
  })
  t('delay-exponential', 'as the usual one does', {
    fns: { f: [err('E')] },
    ops: [
      ...watch('o', q(k, 'f', { retryDelay: $({ delay: { exp: [10, 25] } }) })),
      adv(10),
      adv(20),
      adv(25),
      state(k),
    ],
  })
  t('failed-state', 'between attempts the query fetches still and tells the failure', {
    fns: { f: [err('E1'), err('E2'), never] },
    ops: [
      ...watch('o', q(k, 'f', { retryDelay: 10 })),
      read('o'),
      adv(10),
      read('o'),
      adv(10),
      read('o'),
    ],
  })
  t('failed-with-data', 'failures of a refetch leave status and data alone until the last', {
    fns: { f: [ok(1), err('E', 5)] },
    ops: [
      ...watch('o', q(k, 'f', { retry: 1, retryDelay: 10 })),
      again('o'),
      adv(5),
      read('o'),
      adv(15),
      read('o'),
    ],
  })
  t('success-clears', 'a success forgets the failures', {
    fns: { f: [err('E'), ok(1)] },
    ops: [...watch('o', q(k, 'f', { retryDelay: 10 })), adv(10), state(k)],
  })
  t(
    'unsubscribe-stops',
    'when the last listener leaves, a retry that waits is not made: the error comes at its time',
    {
      fns: { f: [err('E'), ok(1)] },
      ops: [
        ...watch('o', q(k, 'f', { retryDelay: 10 })),
        adv(5),
        unsub('o'),
        state(k),
        adv(5),
        state(k),
      ],
    },
  )
  t('unsubscribe-stops-running', 'a running attempt is the last', {
    fns: { f: [err('E', 10), ok(1)] },
    ops: [
      ...watch('o', q(k, 'f', { retryDelay: 10 })),
      adv(5),
      unsub('o'),
      adv(5),
      state(k),
      adv(10),
      state(k),
    ],
  })
  t('unsubscribe-running-ok', 'if it succeeds it counts', {
    fns: { f: [err('E', 10), ok(1, 10)] },
    ops: [...watch('o', q(k, 'f', { retryDelay: 10 })), adv(25), unsub('o'), adv(5), state(k)],
  })
  t('resubscribe-resumes', 'coming back before the end lets the retries go on', {
    fns: { f: [err('E'), ok(1)] },
    ops: [
      ...watch('o', q(k, 'f', { retryDelay: 10 })),
      adv(5),
      unsub('o'),
      sub('o'),
      adv(5),
      state(k),
    ],
  })
  t('fetch-resumes', 'so does a fetch that joins', {
    fns: { f: [err('E'), ok(1)] },
    ops: [
      ...watch('o', q(k, 'f', { retryDelay: 10 })),
      adv(5),
      unsub('o'),
      fetch(q(k, 'f')),
      adv(5),
      state(k),
    ],
  })
  t(
    'abortable-unsubscribe',
    'an abortable fetch is reverted when the last listener leaves, also between attempts',
    {
      fns: { f: { steps: [err('E'), ok(1)], readSignal: true } },
      ops: [
        ...watch('o', q(k, 'f', { retryDelay: 10 })),
        adv(5),
        unsub('o'),
        state(k),
        adv(10),
        state(k),
      ],
    },
  )
  t('abortable-per-attempt', 'what counts is whether this attempt has read the signal', {
    fns: { f: { steps: [err('E'), ok(1, 20)], readSignal: true }, g: [ok('g', 20)] },
    ops: [
      ...watch('o', q(k, 'f', { retryDelay: 10 })),
      opts('o', q(k, 'g', { retryDelay: 10 })),
      adv(15),
      unsub('o'),
      adv(15),
      state(k),
    ],
  })
  t('cancel-between', 'a cancel between attempts ends them', {
    fns: { f: [err('E'), ok(1)] },
    ops: [
      ...watch('o', q(k, 'f', { retryDelay: 10 })),
      adv(5),
      cancel(),
      state(k),
      adv(20),
      state(k),
    ],
  })
  t('refetch-joins-between', 'without data a refetch between attempts joins', {
    fns: { f: [err('E'), ok(1)] },
    ops: [...watch('o', q(k, 'f', { retryDelay: 10 })), adv(5), again('o'), adv(5)],
  })
  t('refetch-replaces-between', 'with data it starts over', {
    fns: { f: [ok(1), err('E'), ok(2, 5)] },
    ops: [
      ...watch('o', q(k, 'f', { retryDelay: 10 })),
      again('o'),
      adv(5),
      again('o'),
      state(k),
      adv(5),
      adv(50),
      state(k),
    ],
  })
  t('reset-between', 'a reset between attempts starts over', {
    fns: { f: [err('E'), ok(1, 5)] },
    ops: [...watch('o', q(k, 'f', { retryDelay: 10 })), adv(5), reset(), state(k), adv(5), adv(20)],
  })
  t('remove-between', 'a removed query is not retried', {
    fns: { f: [err('E'), ok(1)] },
    ops: [prefetch(q(k, 'f', { retry: 1, retryDelay: 10 })), adv(5), remove(), adv(20)],
  })
  t('options-between', 'retry and delay are those of the start of the fetch', {
    fns: { f: [err('E'), err('E'), ok(1)] },
    ops: [
      ...watch('o', q(k, 'f', { retry: 1, retryDelay: 10 })),
      opts('o', q(k, 'f', { retry: 5, retryDelay: 1 })),
      adv(10),
      state(k),
    ],
  })
  t('fn-between', 'but the function is that of the present options', {
    fns: { f: [err('E')], g: [ok('g')] },
    ops: [
      ...watch('o', q(k, 'f', { retryDelay: 10 })),
      opts('o', q(k, 'g', { retryDelay: 10 })),
      adv(10),
      state(k),
    ],
  })
  t('offline-pause', 'offline at the time of a retry: paused; online: goes on at once', {
    fns: { f: [err('E'), ok(1, 5)] },
    ops: [
      mount(),
      ...watch('o', q(k, 'f', { retryDelay: 10 })),
      online(false),
      adv(5),
      read('o'),
      adv(5),
      read('o'),
      adv(100),
      online(true),
      read('o'),
      adv(5),
    ],
  })
  t('offline-and-back', 'offline and back before the time: nothing', {
    fns: { f: [err('E'), ok(1, 5)] },
    ops: [
      mount(),
      ...watch('o', q(k, 'f', { retryDelay: 10 })),
      online(false),
      online(true),
      adv(15),
    ],
  })
  t('paused-unsubscribe', 'leaving a paused retry of a query without data reverts it', {
    fns: { f: [err('E'), ok(1)] },
    ops: [
      mount(),
      ...watch('o', q(k, 'f', { retryDelay: 10 })),
      online(false),
      adv(10),
      unsub('o'),
      state(k),
      online(true),
      adv(10),
      state(k),
    ],
  })
  t(
    'paused-unsubscribe-data',
    'leaving a paused retry of a query with data ends it with its error once continued',
    {
      fns: { f: [ok(1), err('E'), ok(2)] },
      ops: [
        mount(),
        ...watch('o', q(k, 'f', { retryDelay: 10 })),
        again('o'),
        online(false),
        adv(10),
        unsub('o'),
        state(k),
        online(true),
        state(k),
      ],
    },
  )
  t('paused-cancel', 'a paused retry can be cancelled', {
    fns: { f: [err('E'), ok(1)] },
    ops: [
      mount(),
      prefetch(q(k, 'f', { retry: 1, retryDelay: 10 })),
      online(false),
      adv(10),
      cancel(),
      state(k),
      online(true),
      adv(10),
      state(k),
    ],
  })
  t('undefined-data-not-retried', 'undefined data is no failed attempt: it is not retried', {
    fns: { f: [ok(undef), ok(1)] },
    ops: [...watch('o', q(k, 'f', { retryDelay: 10 })), adv(50), state(k)],
  })
  t('counts-after-all', 'four failed attempts are four failures and one error', {
    fns: { f: [err('E')] },
    ops: [
      ...watch('o', q(k, 'f', { retryDelay: 1 })),
      adv(3),
      state(k),
      again('o'),
      adv(3),
      state(k),
    ],
  })
  t('set-after-failures', 'a set after the end of retries leaves the failure count', {
    fns: { f: [err('E')] },
    ops: [...watch('o', q(k, 'f', { retryDelay: 1 })), adv(3), set(k, 'set'), state(k), read('o')],
  })
  t(
    'prefetch-observer-joins',
    'an observer that joins a fetch without retries does not make it retry',
    {
      fns: { f: [err('E', 10), ok(1)] },
      ops: [
        prefetch(q(k, 'f')),
        adv(5),
        ...watch('o', q(k, 'f', { retryDelay: 10 })),
        adv(5),
        adv(10),
        state(k),
      ],
    },
  )
  t('invalidate-during-retries', 'an invalidation between attempts of a first fetch joins it', {
    fns: { f: [err('E'), ok(1)] },
    ops: [...watch('o', q(k, 'f', { retryDelay: 10 })), invalidate(), adv(10), state(k)],
  })
  t('echo-attempts', 'each attempt is a call of its own', {
    fns: { f: { steps: [err('E'), err('E'), echo()], echo: 'n' } },
    ops: [...watch('o', q(k, 'f', { retryDelay: 10 })), adv(20), get(k)],
  })
  t('focus-lost-abort', 'an abortable retry paused without focus is reverted on leaving', {
    fns: { f: { steps: [ok(1), err('E'), ok(2)], readSignal: true } },
    ops: [
      mount(),
      ...watch('o', q(k, 'f', { retryDelay: 10 })),
      again('o'),
      focus(false),
      adv(10),
      unsub('o'),
      state(k),
      focus(true),
      adv(10),
      state(k),
    ],
  })
  t('first-observer-leaves', 'one of two observers leaving changes nothing', {
    fns: { f: [err('E'), ok(1)] },
    ops: [
      ...watch('o', q(k, 'f', { retryDelay: 10 })),
      ...watch('p', q(k, 'f', { retryDelay: 10 })),
      unsub('o'),
      adv(10),
      state(k),
    ],
  })
  t('unobserved-from-start', 'an observer without listeners that refetches retries as any other', {
    fns: { f: [err('E'), ok(1)] },
    ops: [obs('o', q(k, 'f', { retryDelay: 10 })), again('o'), adv(10), read('o')],
  })
})

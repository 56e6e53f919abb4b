// Observers of mutations.

import {
  $,
  adv,
  area,
  echo,
  err,
  exec,
  isMutating,
  m,
  mfindAll,
  mount,
  mremove,
  mut,
  mutate,
  mutOpts,
  mutRead,
  mutReset,
  mutSub,
  mutUnsub,
  ok,
  online,
  undef,
  watchMut,
  withDefaults,
} from './dsl.mjs'

export default area('mutation-observer', (t) => {
  t('idle', 'before any call it is idle', {
    fns: { f: [ok(1)] },
    ops: [...watchMut('o', m('f')), mutRead('o')],
  })
  t('unsubscribed', 'without a listener it still follows its mutation', {
    fns: { f: [ok(1, 5)] },
    ops: [mut('o', m('f')), mutate('o', 1), mutRead('o'), adv(5), mutRead('o')],
  })
  t('subscribe-late', 'a listener that comes later hears only of what comes', {
    fns: { f: [ok(1, 10)] },
    ops: [mut('o', m('f')), mutate('o', 1), adv(5), mutSub('o'), mutRead('o'), adv(5)],
  })
  t('unsubscribe', 'after the listener has left the result stands still', {
    fns: { f: [ok(1, 10)] },
    ops: [...watchMut('o', m('f')), mutate('o', 1), mutUnsub('o'), adv(10), mutRead('o')],
  })
  t('resubscribe', 'and is brought up to date by the next', {
    fns: { f: [ok(1, 10)] },
    ops: [
      ...watchMut('o', m('f')),
      mutate('o', 1),
      mutUnsub('o'),
      adv(10),
      mutSub('o'),
      mutRead('o'),
    ],
  })
  t('second-call', 'a second call replaces the first in the result', {
    fns: { f: [ok('one', 10), ok('two', 5)] },
    ops: [
      ...watchMut('o', m('f')),
      mutate('o', 1),
      adv(2),
      mutate('o', 2),
      mutRead('o'),
      adv(5),
      adv(3),
      mutRead('o'),
    ],
  })
  t('second-after-error', 'a second call after an error starts clean', {
    fns: { f: [err('E', 5), ok('two', 5)] },
    ops: [...watchMut('o', m('f')), mutate('o', 1), adv(5), mutate('o', 2), mutRead('o'), adv(5)],
  })
  t('reset', 'a reset goes back to idle', {
    fns: { f: [ok(1, 5)] },
    ops: [...watchMut('o', m('f')), mutate('o', 1), adv(5), mutReset('o'), mutRead('o')],
  })
  t('reset-pending', 'a reset during the call lets it run on unseen', {
    fns: { f: [ok(1, 5)] },
    ops: [
      ...watchMut('o', m('f', { onSuccess: $({}) })),
      mutate('o', 1, { onSuccess: $({}) }),
      mutReset('o'),
      adv(5),
      mutRead('o'),
      mfindAll(),
    ],
  })
  t('reset-idle', 'a reset of nothing is told all the same', {
    fns: { f: [ok(1)] },
    ops: [...watchMut('o', m('f')), mutReset('o')],
  })
  t('reset-then-mutate', 'after a reset it can be used again', {
    fns: { f: [ok(1, 5), ok(2, 5)] },
    ops: [
      ...watchMut('o', m('f')),
      mutate('o', 1),
      mutReset('o'),
      mutate('o', 2),
      adv(5),
      mutRead('o'),
    ],
  })
  t('reset-error', 'a reset drops the error', {
    fns: { f: [err('E')] },
    ops: [...watchMut('o', m('f')), mutate('o', 1), mutRead('o'), mutReset('o'), mutRead('o')],
  })
  t('options-pending', 'options set while pending are those of the mutation', {
    fns: { f: [ok('f', 5)], g: [ok('g', 5)] },
    ops: [
      ...watchMut('o', m('f', { onSuccess: $({ returns: 'old' }) })),
      mutate('o', 1),
      mutOpts('o', m('g', { onSettled: $({}) })),
      adv(5),
    ],
  })
  t(
    'options-pending-retry',
    'a retry then calls the new function, as often as it was told at the start',
    {
      fns: { f: [err('E', 5)], g: [ok('g', 5)] },
      ops: [
        ...watchMut('o', m('f', { retry: 1, retryDelay: 10 })),
        mutate('o', 1),
        mutOpts('o', m('g')),
        adv(15),
        adv(5),
      ],
    },
  )
  t('options-settled', 'options set after it are for the next call', {
    fns: { f: [ok('f')], g: [ok('g')] },
    ops: [
      ...watchMut('o', m('f')),
      mutate('o', 1),
      mutOpts('o', m('g', { meta: { a: 1 } })),
      mutRead('o'),
      mutate('o', 2),
    ],
  })
  t('options-key', 'another mutation key resets the observer', {
    fns: { f: [ok('f', 5)] },
    ops: [
      ...watchMut('o', m('f', { mutationKey: ['a'] })),
      mutate('o', 1),
      adv(5),
      mutOpts('o', m('f', { mutationKey: ['b'] })),
      mutRead('o'),
    ],
  })
  t('options-key-pending', 'also while pending; the mutation goes on', {
    fns: { f: [ok('f', 5)] },
    ops: [
      ...watchMut('o', m('f', { mutationKey: ['a'] })),
      mutate('o', 1),
      mutOpts('o', m('f', { mutationKey: ['b'] })),
      mutRead('o'),
      adv(5),
      mutRead('o'),
    ],
  })
  t('options-key-same', 'an equal key does not', {
    fns: { f: [ok('f')] },
    ops: [
      ...watchMut('o', m('f', { mutationKey: ['a', { x: 1, y: 2 }] })),
      mutate('o', 1),
      mutOpts('o', m('f', { mutationKey: ['a', { y: 2, x: 1 }] })),
      mutRead('o'),
    ],
  })
  t('options-key-gone', 'nor does taking the key away', {
    fns: { f: [ok('f')] },
    ops: [
      ...watchMut('o', m('f', { mutationKey: ['a'] })),
      mutate('o', 1),
      mutOpts('o', m('f')),
      mutRead('o'),
    ],
  })
  t('options-key-new', 'nor giving one where there was none', {
    fns: { f: [ok('f')] },
    ops: [
      ...watchMut('o', m('f')),
      mutate('o', 1),
      mutOpts('o', m('f', { mutationKey: ['a'] })),
      mutRead('o'),
    ],
  })
  t('options-event', 'options that differ are told to the cache', {
    fns: { f: [ok('f', 5)] },
    ops: [
      mut('o', m('f')),
      mutOpts('o', m('f')),
      mutOpts('o', m('f', { retry: 1 })),
      mutate('o', 1),
      mutOpts('o', m('f', { retry: 2 })),
      adv(5),
    ],
  })
  t('options-meta', 'meta of the mutation is that of the call’s time', {
    fns: { f: { steps: [echo(5)], echo: 'meta' } },
    ops: [
      ...watchMut('o', m('f', { meta: { n: 1 } })),
      mutate('o', 1),
      mutOpts('o', m('f', { meta: { n: 2 } })),
      adv(5),
      mutate('o', 2),
      adv(5),
    ],
  })
  t('observer-events', 'the cache is told of observers coming and going', {
    fns: { f: [ok(1, 5), ok(2, 5)] },
    ops: [
      ...watchMut('o', m('f')),
      mutate('o', 1),
      mutUnsub('o'),
      mutSub('o'),
      mutate('o', 2),
      mutReset('o'),
      adv(5),
    ],
  })
  t('result-flags', 'flags in each state', {
    fns: { f: [ok(1, 5), err('E', 5)] },
    ops: [
      mut('o', m('f')),
      mutRead('o'),
      mutate('o', 1),
      mutRead('o'),
      adv(5),
      mutRead('o'),
      mutate('o', 2),
      adv(5),
      mutRead('o'),
    ],
  })
  t('paused-result', 'a paused mutation in the result', {
    header: { online: false },
    fns: { f: [ok(1, 5)] },
    ops: [mount(), ...watchMut('o', m('f')), mutate('o', 1), online(true), adv(5)],
  })
  t('failed-attempts', 'failed attempts in the result', {
    fns: { f: [err('E1'), err('E2'), ok(1)] },
    ops: [...watchMut('o', m('f', { retry: 2, retryDelay: 5 })), mutate('o', 1), adv(5), adv(5)],
  })
  t('gone-mutation', 'an observer keeps the result of a mutation that was removed', {
    fns: { f: [ok(1)] },
    ops: [...watchMut('o', m('f')), mutate('o', 1), mremove(1), mutRead('o'), mutate('o', 2)],
  })
  t('removed-pending', 'a removed mutation goes on', {
    fns: { f: [ok(1, 5)] },
    ops: [...watchMut('o', m('f')), mutate('o', 1), mremove(1), isMutating(), adv(5), mutRead('o')],
  })
  t('two-observers', 'each call has its own mutation, whoever calls', {
    fns: { f: [ok('a', 5), ok('b', 10)] },
    ops: [
      ...watchMut('o', m('f')),
      ...watchMut('p', m('f')),
      mutate('o', 1),
      mutate('p', 2),
      adv(5),
      adv(5),
    ],
  })
  t('call-callbacks-replaced', 'a call without callbacks takes those of the call before away', {
    fns: { f: [ok('a', 5), ok('b', 5)] },
    ops: [
      ...watchMut('o', m('f')),
      mutate('o', 1, { onSuccess: $({}) }),
      adv(2),
      mutate('o', 2),
      adv(5),
    ],
  })
  t('call-callbacks-late-listener', 'a listener in time makes the callbacks run', {
    fns: { f: [ok('a', 5)] },
    ops: [mut('o', m('f')), mutate('o', 1, { onSuccess: $({}) }), mutSub('o'), adv(5)],
  })
  t('variables-kept', 'variables stay in the result, also of an error', {
    fns: { f: [err('E', 5)] },
    ops: [...watchMut('o', m('f')), mutate('o', { a: [1] }), adv(5), mutRead('o')],
  })
  t('default-options', 'defaults reach the observer', {
    header: withDefaults({ mutations: { meta: { d: 1 } } }),
    fns: { f: { steps: [echo()], echo: 'meta' } },
    ops: [
      ...watchMut('o', m('f')),
      mutate('o', 1),
      mutOpts('o', m('f', { meta: undef })),
      mutate('o', 2),
    ],
  })
  t('opts-scope-lost', 'one that loses its scope on the way still has those behind it wait for their turn', {
    fns: { n: { steps: [echo(52)], echo: 'vars' }, f: [ok(1, 5)] },
    ops: [
      mut('o', m('n', { gcTime: 30, onMutate: $({ await: 27 }), scope: { id: 'S' } })),
      mutate('o', 1),
      mutate('o', 2),
      mutOpts('o', m('f', { gcTime: 30, mutationKey: ['k'] })),
      mutate('o', 3),
      adv(130),
      exec(m('f', { scope: { id: 'S' } }), 4),
      adv(100),
    ],
  })
})

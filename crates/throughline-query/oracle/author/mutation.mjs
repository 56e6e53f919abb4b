// Mutations: states, callbacks and their order, retries, pausing, scopes.

import {
  $,
  adv,
  allMutationCallbacks,
  area,
  arg,
  clear,
  echo,
  err,
  exec,
  Forever,
  get,
  isMutating,
  m,
  mount,
  mremove,
  mut,
  mutate,
  mutRead,
  mutUnsub,
  never,
  ok,
  online,
  q,
  resume,
  undef,
  watch,
  watchMut,
  withCallbacks,
} from './dsl.mjs'

const k = ['k']
const scoped = (fn, id, rest = {}) => m(fn, { scope: { id }, ...rest })
/** All four callbacks, recorded. */
const recorded = { onMutate: $({}), onSuccess: $({}), onError: $({}), onSettled: $({}) }
const after = (ms, rest = {}) => $({ await: ms, ...rest })
const refetches = [{ op: 'invalidate', filters: { queryKey: k } }]

export default area('mutation', (t) => {
  // ---- states

  t('success', 'a mutation: idle, pending, success', {
    fns: { f: [ok('done', 5)] },
    ops: [...watchMut('o', m('f')), mutRead('o'), mutate('o', { id: 1 }), adv(5), mutRead('o')],
  })
  t('error', 'a failing one: idle, pending, error', {
    fns: { f: [err('E', 5)] },
    ops: [...watchMut('o', m('f')), mutate('o', 1), adv(5), mutRead('o')],
  })
  t('undefined-result', 'a mutation may give undefined', {
    fns: { f: [ok(undef, 5)] },
    ops: [...watchMut('o', m('f')), mutate('o', 1), adv(5)],
  })
  t('undefined-variables', 'and take undefined', {
    fns: { f: { steps: [ok(1, 5)] } },
    ops: [...watchMut('o', m('f')), mutate('o', undef), adv(5)],
  })
  t('no-function', 'without a function it fails', { ops: [...watchMut('o', {}), mutate('o', 1)] })
  t('submitted-at', 'submittedAt is the time of the call', {
    fns: { f: [ok(1, 5)] },
    ops: [adv(77), ...watchMut('o', m('f')), mutate('o', 1), adv(5), mutRead('o')],
  })
  t(
    'context-arguments',
    'the function is given the variables, and the meta and key of the mutation',
    {
      fns: {
        f: { steps: [echo()], echo: 'meta' },
        g: { steps: [echo()], echo: 'key' },
        h: { steps: [echo()], echo: 'vars' },
      },
      ops: [
        exec(m('f', { meta: { a: 1 } }), 1),
        exec(m('g', { mutationKey: ['m', 1] }), 1),
        exec(m('h'), { v: 1 }),
      ],
    },
  )
  t('events', 'what the cache tells of a mutation', {
    fns: { f: [ok(1, 5)] },
    ops: [exec(m('f'), 1), adv(5), adv(300_000)],
  })

  // ---- callbacks

  t('callbacks-success', 'the order of callbacks after a success', {
    header: withCallbacks(allMutationCallbacks),
    fns: { f: [ok('done', 5)] },
    ops: [
      ...watchMut('o', m('f', recorded)),
      mutate('o', 1, { onSuccess: $({}), onSettled: $({}), onError: $({}) }),
      adv(5),
    ],
  })
  t('callbacks-error', 'and after an error', {
    header: withCallbacks(allMutationCallbacks),
    fns: { f: [err('E', 5)] },
    ops: [
      ...watchMut('o', m('f', recorded)),
      mutate('o', 1, { onSuccess: $({}), onSettled: $({}), onError: $({}) }),
      adv(5),
      mutRead('o'),
    ],
  })
  t('callbacks-awaited', 'each callback is awaited; the mutation is pending until the last', {
    header: withCallbacks(allMutationCallbacks),
    fns: { f: [ok('done', 5)] },
    ops: [
      ...watchMut('o', m('f', { onMutate: after(10), onSuccess: after(20), onSettled: after(30) })),
      mutate('o', 1, { onSuccess: $({}) }),
      adv(10),
      adv(5),
      mutRead('o'),
      adv(20),
      adv(30),
    ],
  })
  t('callbacks-awaited-error', 'also after an error', {
    fns: { f: [err('E', 5)] },
    ops: [
      ...watchMut('o', m('f', { onError: after(20), onSettled: after(30) })),
      mutate('o', 1, { onError: $({}) }),
      adv(5),
      mutRead('o'),
      adv(20),
      adv(30),
    ],
  })
  t('callbacks-cache-awaited', 'those of the cache are awaited, too', {
    header: withCallbacks({
      mutation: {
        onMutate: { await: 10 },
        onSuccess: { await: 10 },
        onSettled: { await: 10 },
      },
    }),
    fns: { f: [ok('done', 5)] },
    ops: [
      ...watchMut('o', m('f', { onMutate: $({}), onSuccess: $({}), onSettled: $({}) })),
      mutate('o', 1),
      adv(10),
      adv(5),
      adv(10),
      adv(10),
    ],
  })
  t('callbacks-call-not-awaited', 'those of the call are not: they run when the state is set', {
    fns: { f: [ok('done', 5)] },
    ops: [
      ...watchMut('o', m('f')),
      mutate('o', 1, { onSuccess: after(10), onSettled: after(10) }),
      adv(5),
    ],
  })
  t('context', 'what onMutate gives is the context of the others', {
    fns: { f: [ok('done', 5)] },
    ops: [
      ...watchMut('o', m('f', { ...recorded, onMutate: $({ returns: { was: 1 } }) })),
      mutate('o', 1, { onSuccess: $({}), onSettled: $({}) }),
      adv(5),
    ],
  })
  t('context-error', 'the context is there after an error, too', {
    fns: { f: [err('E', 5)] },
    ops: [
      ...watchMut('o', m('f', { ...recorded, onMutate: $({ returns: { was: 1 } }) })),
      mutate('o', 1, { onError: $({}), onSettled: $({}) }),
      adv(5),
    ],
  })
  t('context-async', 'it may come later: the function waits for it', {
    fns: { f: [ok('done', 5)] },
    ops: [
      ...watchMut('o', m('f', { onMutate: after(10, { returns: 'ctx' }), onSuccess: $({}) })),
      mutate('o', 1),
      mutRead('o'),
      adv(10),
      mutRead('o'),
      adv(5),
    ],
  })
  t('context-undefined', 'without a context there is one pending event, with one there are two', {
    fns: { f: [ok('done', 5)] },
    ops: [
      exec(m('f', { onMutate: $({}) }), 1),
      exec(m('f', { onMutate: $({ returns: null }) }), 1),
      adv(5),
    ],
  })
  t('mutate-throws', 'an onMutate that throws: the function is not called, it is an error', {
    header: withCallbacks(allMutationCallbacks),
    fns: { f: [ok('done', 5)] },
    ops: [
      ...watchMut('o', m('f', { ...recorded, onMutate: $({ throw: 'X' }) })),
      mutate('o', 1),
      mutRead('o'),
    ],
  })
  t('mutate-rejects', 'one that rejects later does the same', {
    fns: { f: [ok('done', 5)] },
    ops: [
      ...watchMut('o', m('f', { ...recorded, onMutate: after(10, { throw: 'X' }) })),
      mutate('o', 1),
      adv(10),
      mutRead('o'),
    ],
  })
  t('cache-mutate-throws', 'one of the cache as well, and then the other onMutate is not called', {
    header: withCallbacks({ mutation: { onMutate: { throw: 'X' } } }),
    fns: { f: [ok('done', 5)] },
    ops: [...watchMut('o', m('f', recorded)), mutate('o', 1)],
  })
  t('success-throws', 'an onSuccess that throws makes it an error', {
    header: withCallbacks(allMutationCallbacks),
    fns: { f: [ok('done', 5)] },
    ops: [
      ...watchMut('o', m('f', { ...recorded, onSuccess: $({ throw: 'X' }) })),
      mutate('o', 1, { onSuccess: $({}), onError: $({}), onSettled: $({}) }),
      adv(5),
    ],
  })
  t('cache-success-throws', 'also that of the cache', {
    header: withCallbacks({ mutation: { onSuccess: { throw: 'X' } } }),
    fns: { f: [ok('done', 5)] },
    ops: [...watchMut('o', m('f', recorded)), mutate('o', 1), adv(5)],
  })
  t(
    'settled-throws',
    'an onSettled that throws after success makes it an error, and is called again for that',
    {
      fns: { f: [ok('done', 5)] },
      ops: [
        ...watchMut('o', m('f', { ...recorded, onSettled: $({ throw: 'X' }) })),
        mutate('o', 1),
        adv(5),
      ],
    },
  )
  t('settled-throws-late', 'what the first of its two calls fetched may be over before the second', {
    fns: { f: [ok('done', 5)], g: [ok(1), ok(2, 4), ok(3, 4)] },
    ops: [
      ...watch('q', q(k, 'g')),
      ...watchMut('o', m('f', { onError: after(6), onSettled: $({ run: refetches, throw: 'X' }) })),
      mutate('o', 1),
      adv(5),
      adv(6),
      adv(4),
    ],
  })
  t('settled-throws-early', 'or is given up by it, and fetched anew', {
    fns: { f: [ok('done', 5)], g: { steps: [ok(1), ok(2, 4), ok(3, 4)], readSignal: true } },
    ops: [
      ...watch('q', q(k, 'g')),
      ...watchMut('o', m('f', { onError: after(3), onSettled: $({ run: refetches, throw: 'X' }) })),
      mutate('o', 1),
      adv(5),
      adv(3),
      adv(4),
    ],
  })
  t('settled-throws-retry', 'or waits to be tried again: that is given up, too', {
    fns: { f: [ok('done', 5)], g: [ok(1), err('E', 4), ok(3, 4)] },
    ops: [
      ...watch('q', q(k, 'g', { retry: 1, retryDelay: 50 })),
      ...watchMut('o', m('f', { onError: after(6), onSettled: $({ run: refetches, throw: 'X' }) })),
      mutate('o', 1),
      adv(5),
      adv(6),
      adv(4),
      adv(50),
    ],
  })
  t('success-and-settled-invalidate', 'at one instant the timers decide: the answer came first', {
    header: withCallbacks({ mutation: { onSuccess: { run: refetches, await: 4 } } }),
    fns: { f: [ok('done', 5)], g: [ok(1), ok(2, 4), ok(3, 4)] },
    ops: [
      ...watch('q', q(k, 'g')),
      ...watchMut('o', m('f', { onSettled: $({ run: refetches }) })),
      mutate('o', 1),
      adv(5),
      adv(4),
      adv(4),
    ],
  })
  t('error-throws', 'an onError that throws changes nothing: the first error counts', {
    fns: { f: [err('E', 5)] },
    ops: [
      ...watchMut('o', m('f', { ...recorded, onError: $({ throw: 'X' }) })),
      mutate('o', 1),
      adv(5),
    ],
  })
  t('error-settled-throws', 'nor an onSettled that throws after an error', {
    header: withCallbacks({ mutation: { onError: { throw: 'X' }, onSettled: { throw: 'Y' } } }),
    fns: { f: [err('E', 5)] },
    ops: [
      ...watchMut('o', m('f', { ...recorded, onSettled: $({ throw: 'Z' }) })),
      mutate('o', 1),
      adv(5),
    ],
  })
  t('call-throws', 'callbacks of the call that throw are nobody’s concern', {
    fns: { f: [ok('done', 5)], g: [err('E', 5)] },
    ops: [
      ...watchMut('o', m('f')),
      mutate('o', 1, { onSuccess: $({ throw: 'X' }), onSettled: $({}) }),
      adv(5),
      ...watchMut('p', m('g')),
      mutate('p', 1, { onError: $({ throw: 'X' }), onSettled: $({ throw: 'Y' }) }),
      adv(5),
    ],
  })
  t('call-without-listener', 'callbacks of the call need a listener', {
    fns: { f: [ok('done', 5)] },
    ops: [
      mut('o', m('f', recorded)),
      mutate('o', 1, { onSuccess: $({}), onSettled: $({}) }),
      adv(5),
    ],
  })
  t('call-latest', 'and only the latest call’s are run', {
    fns: { f: [ok('one', 10), ok('two', 5)] },
    ops: [
      ...watchMut('o', m('f', { onSuccess: $({}) })),
      mutate('o', 1, { onSuccess: $({}) }),
      mutate('o', 2, { onSuccess: $({}) }),
      adv(5),
      adv(5),
    ],
  })
  t('call-listener-left', 'not if the listener has left meanwhile', {
    fns: { f: [ok('one', 10)] },
    ops: [
      ...watchMut('o', m('f', { onSuccess: $({}) })),
      mutate('o', 1, { onSuccess: $({}) }),
      mutUnsub('o'),
      adv(10),
      mutRead('o'),
    ],
  })
  t('call-in-callback', 'a callback of the call may mutate again; its own onSettled still comes', {
    fns: { f: [ok('one', 5), ok('two', 5)] },
    ops: [
      ...watchMut('o', m('f')),
      mutate('o', 1, {
        onSuccess: $({ run: [{ op: 'mut.mutate', id: 'o', vars: 2 }] }),
        onSettled: $({}),
      }),
      adv(5),
      adv(5),
    ],
  })
  t('returned-success', 'what onSuccess returns does not change the data', {
    fns: { f: [ok('done')] },
    ops: [...watchMut('o', m('f', { onSuccess: $({ returns: 'other' }) })), mutate('o', 1)],
  })

  // ---- with queries

  t('optimistic', 'the optimistic update: shown at once, made true by the refetch', {
    fns: { list: [ok(['a'], 5), ok(['a', 'B'], 5)], f: [ok('done', 10)] },
    ops: [
      ...watch('q', q(k, 'list')),
      adv(5),
      ...watchMut(
        'o',
        m('f', {
          onMutate: $({
            run: [
              { op: 'cancel', filters: { queryKey: k } },
              { op: 'get', key: k },
              { op: 'set', key: k, updater: { append: arg('vars') } },
            ],
            returns: { prev: arg('ret:1') },
          }),
          onError: $({ run: [{ op: 'set', key: k, value: arg('ctx') }] }),
          onSettled: $({ run: [{ op: 'invalidate', filters: { queryKey: k } }] }),
        }),
      ),
      mutate('o', 'b'),
      adv(10),
      adv(5),
    ],
  })
  t('optimistic-rollback', 'and taken back after an error', {
    fns: { list: [ok(['a'], 5), ok(['a'], 5)], f: [err('E', 10)] },
    ops: [
      ...watch('q', q(k, 'list')),
      adv(5),
      ...watchMut(
        'o',
        m('f', {
          onMutate: $({
            run: [
              { op: 'cancel', filters: { queryKey: k } },
              { op: 'get', key: k },
              { op: 'set', key: k, updater: { append: arg('vars') } },
            ],
            returns: arg('ret:1'),
          }),
          onError: $({ run: [{ op: 'set', key: k, value: arg('ctx') }] }),
          onSettled: $({ run: [{ op: 'invalidate', filters: { queryKey: k } }] }),
        }),
      ),
      mutate('o', 'b'),
      adv(10),
      adv(5),
    ],
  })
  t('optimistic-cancels', 'a refetch under way is cancelled, so that it does not overwrite', {
    fns: { list: [ok(['a']), ok(['stale'], 10)], f: [ok('done', 20)] },
    ops: [
      ...watch('q', q(k, 'list')),
      { op: 'refetch' },
      ...watchMut(
        'o',
        m('f', {
          onMutate: $({
            run: [{ op: 'cancel' }, { op: 'set', key: k, updater: { append: arg('vars') } }],
          }),
        }),
      ),
      mutate('o', 'b'),
      adv(10),
      get(k),
      adv(10),
    ],
  })
  t('success-sets', 'onSuccess may write what the function gave', {
    fns: { f: [ok({ id: 1 }, 5)] },
    ops: [
      ...watchMut(
        'o',
        m('f', { onSuccess: $({ run: [{ op: 'set', key: k, value: arg('data') }] }) }),
      ),
      mutate('o', 1),
      adv(5),
      get(k),
    ],
  })
  t('error-argument', 'callbacks are given the error', {
    fns: { f: [{ err: 'broken', name: 'HttpError', after: 5 }] },
    ops: [
      ...watchMut(
        'o',
        m('f', {
          onError: $({
            run: [{ op: 'set', key: k, value: { why: 'failed', of: arg('vars') } }],
          }),
        }),
      ),
      mutate('o', 1),
      adv(5),
      get(k),
    ],
  })
  t('settled-invalidates', 'an invalidation in onSettled is not awaited unless asked', {
    fns: { f: [ok('done', 5)], list: [ok(1, 50)] },
    ops: [
      ...watch('q', q(k, 'list', { initialData: 0, staleTime: 1000 })),
      ...watchMut('o', m('f', { onSettled: $({ run: [{ op: 'invalidate' }] }) })),
      mutate('o', 1),
      adv(5),
      mutRead('o'),
      adv(50),
    ],
  })

  // ---- retries, pausing

  t('no-retry', 'a mutation is not retried by default', {
    fns: { f: [err('E'), ok(1)] },
    ops: [exec(m('f'), 1), adv(10_000)],
  })
  t('retry', 'it is if told to, with the same variables', {
    fns: { f: { steps: [err('E', 5), echo(5)], echo: 'vars' } },
    ops: [
      ...watchMut('o', m('f', { retry: 1, retryDelay: 10 })),
      mutate('o', { v: 1 }),
      adv(5),
      mutRead('o'),
      adv(15),
    ],
  })
  t('retry-default-delay', 'after a second', {
    fns: { f: [err('E'), ok(1)] },
    ops: [...watchMut('o', m('f', { retry: 1 })), mutate('o', 1), adv(999), adv(1)],
  })
  t('retry-function', 'retry and retryDelay may be functions', {
    fns: { f: [err('again'), err('again'), err('no')] },
    ops: [
      exec(
        m('f', {
          retry: $({ retry: { onlyErr: 'again' } }),
          retryDelay: $({ delay: { list: [5, 10] } }),
        }),
        1,
      ),
      adv(5),
      adv(10),
    ],
  })
  t('retry-fails', 'callbacks run once, after the last attempt', {
    fns: { f: [err('E')] },
    ops: [
      ...watchMut('o', m('f', { ...recorded, retry: 2, retryDelay: 10 })),
      mutate('o', 1),
      adv(20),
      mutRead('o'),
    ],
  })
  t('offline', 'offline it is pending and paused; onMutate has run', {
    header: { online: false },
    fns: { f: [ok('done', 5)] },
    ops: [
      mount(),
      ...watchMut('o', m('f', recorded)),
      mutate('o', 1),
      mutRead('o'),
      isMutating(),
      online(true),
      adv(5),
    ],
  })
  t('offline-mode-always', 'networkMode always does not wait', {
    header: { online: false },
    fns: { f: [ok('done', 5)] },
    ops: [...watchMut('o', m('f', { networkMode: 'always' })), mutate('o', 1), adv(5)],
  })
  t('offline-first', 'offlineFirst makes one attempt', {
    header: { online: false },
    fns: { f: [err('E', 5), ok('done', 5)] },
    ops: [
      mount(),
      ...watchMut('o', m('f', { networkMode: 'offlineFirst', retry: 1, retryDelay: 10 })),
      mutate('o', 1),
      adv(20),
      mutRead('o'),
      online(true),
      adv(5),
    ],
  })
  t('offline-during', 'going offline during the attempt changes nothing', {
    fns: { f: [ok('done', 10)] },
    ops: [mount(), ...watchMut('o', m('f')), mutate('o', 1), online(false), adv(10)],
  })
  t('offline-retry', 'a retry of a mutation waits for the network', {
    fns: { f: [err('E'), ok('done', 5)] },
    ops: [
      mount(),
      ...watchMut('o', m('f', { retry: 1, retryDelay: 10 })),
      mutate('o', 1),
      online(false),
      adv(10),
      mutRead('o'),
      online(true),
      adv(5),
    ],
  })
  t(
    'offline-during-mutate',
    'online while onMutate ran: it is no longer paused when the function is called',
    {
      header: { online: false },
      fns: { f: [ok('done', 5)] },
      ops: [
        mount(),
        ...watchMut('o', m('f', { onMutate: after(10) })),
        mutate('o', 1),
        mutRead('o'),
        adv(5),
        online(true),
        adv(5),
        mutRead('o'),
        adv(5),
      ],
    },
  )
  t('offline-after-start', 'offline while onMutate ran: it pauses before the function', {
    fns: { f: [ok('done', 5)] },
    ops: [
      mount(),
      ...watchMut('o', m('f', { onMutate: after(10) })),
      mutate('o', 1),
      adv(5),
      online(false),
      adv(5),
      mutRead('o'),
      online(true),
      adv(5),
    ],
  })
  t('unfocused', 'without focus it starts all the same', {
    header: { focused: false },
    fns: { f: [ok('done', 5)] },
    ops: [...watchMut('o', m('f')), mutate('o', 1), adv(5), isMutating(), mutRead('o')],
  })
  t('several-paused', 'several paused ones go on together', {
    header: { online: false },
    fns: { f: [ok('a', 10), ok('b', 5)] },
    ops: [mount(), exec(m('f'), 1), exec(m('f'), 2), online(true), adv(5), adv(5)],
  })
  t('resume', 'resuming by hand waits for them all', {
    header: { online: false },
    fns: { f: [ok('a', 10), err('E', 5)] },
    ops: [exec(m('f'), 1), exec(m('f'), 2), online(true), resume(), adv(5), adv(5)],
  })
  t('resume-none', 'resuming nothing resolves at once', { ops: [resume()] })
  t('resume-running', 'what runs is not resumed', {
    fns: { f: [ok('a', 10)] },
    ops: [exec(m('f'), 1), resume(), adv(10)],
  })

  // ---- scopes

  t('scope-serial', 'mutations of one scope run one after the other', {
    fns: { f: [ok('a', 10), ok('b', 10)] },
    ops: [exec(scoped('f', 'S'), 1), exec(scoped('f', 'S'), 2), adv(10), adv(10)],
  })
  t('scope-paused', 'the later ones are pending and paused, their onMutate has run', {
    fns: { f: [ok('a', 10), ok('b', 10)] },
    ops: [
      ...watchMut('o', scoped('f', 'S', recorded)),
      ...watchMut('p', scoped('f', 'S', recorded)),
      mutate('o', 1),
      mutate('p', 2),
      mutRead('p'),
      adv(10),
      adv(10),
    ],
  })
  t('scope-parallel', 'of different scopes, or none, they run together', {
    fns: { f: [ok('a', 10), ok('b', 10), ok('c', 10)] },
    ops: [exec(scoped('f', 'S'), 1), exec(scoped('f', 'T'), 2), exec(m('f'), 3), adv(10)],
  })
  t('scope-error', 'a failure does not stop those behind it', {
    fns: { f: [err('E', 10), ok('b', 10)] },
    ops: [exec(scoped('f', 'S'), 1), exec(scoped('f', 'S'), 2), adv(10), adv(10), isMutating()],
  })
  t('scope-three', 'three in order', {
    fns: { f: { steps: [echo(10)], echo: 'vars' } },
    ops: [
      exec(scoped('f', 'S'), 1),
      exec(scoped('f', 'S'), 2),
      exec(scoped('f', 'S'), 3),
      adv(10),
      adv(10),
      adv(10),
    ],
  })
  t('scope-late', 'one that comes when the first is done runs at once', {
    fns: { f: [ok('a', 10), ok('b', 10)] },
    ops: [exec(scoped('f', 'S'), 1), adv(10), exec(scoped('f', 'S'), 2), adv(10)],
  })
  t('scope-offline', 'offline all wait, and go on in order', {
    header: { online: false },
    fns: { f: { steps: [echo(10)], echo: 'vars' } },
    ops: [
      mount(),
      exec(scoped('f', 'S'), 1),
      exec(scoped('f', 'S'), 2),
      online(true),
      adv(10),
      adv(10),
    ],
  })
  t('scope-callbacks', 'the next begins when the callbacks of the first are done', {
    fns: { f: [ok('a', 10), ok('b', 10)] },
    ops: [
      exec(scoped('f', 'S', { onSettled: after(20) }), 1),
      exec(scoped('f', 'S'), 2),
      adv(10),
      adv(20),
      adv(10),
    ],
  })
  t('scope-retry', 'retries of the first keep the next waiting', {
    fns: { f: [err('E', 10), ok('a', 10), ok('b', 10)] },
    ops: [
      exec(scoped('f', 'S', { retry: 1, retryDelay: 10 }), 1),
      exec(scoped('f', 'S'), 2),
      adv(10),
      adv(10),
      adv(10),
      adv(10),
    ],
  })
  t(
    'scope-removed',
    'removing the first from the cache begins nothing: the next goes on when resumed',
    {
      fns: { f: [never, ok('b', 10), ok('c', 10)] },
      ops: [
        exec(scoped('f', 'S'), 1),
        exec(scoped('f', 'S'), 2),
        mremove(1),
        exec(scoped('f', 'S'), 3),
        adv(20),
        resume(),
        adv(20),
      ],
    },
  )
  t('scope-mutate-throws', 'a first whose onMutate throws lets the next begin', {
    fns: { f: [ok('b', 10)] },
    ops: [
      exec(scoped('f', 'S', { onMutate: after(5, { throw: 'X' }) }), 1),
      exec(scoped('f', 'S'), 2),
      adv(5),
      adv(10),
    ],
  })
  t('scope-async-mutate', 'a first that ends while the next one’s onMutate runs', {
    fns: { f: [ok('a', 5), ok('b', 10)] },
    ops: [
      exec(scoped('f', 'S'), 1),
      exec(scoped('f', 'S', { onMutate: after(20) }), 2),
      adv(5),
      adv(15),
      adv(10),
    ],
  })
  t('scope-going-offline', 'the next waits for the network as well', {
    fns: { f: [ok('a', 10), ok('b', 10)] },
    ops: [
      mount(),
      exec(scoped('f', 'S'), 1),
      exec(scoped('f', 'S'), 2),
      online(false),
      adv(10),
      isMutating(),
      online(true),
      adv(10),
    ],
  })

  // ---- collection

  t('gc', 'a finished mutation is collected gcTime after it was made, if nobody observes it', {
    fns: { f: [ok('a', 5)] },
    ops: [exec(m('f', { gcTime: 20 }), 1), adv(19), isMutating(), adv(1)],
  })
  t('gc-pending', 'a pending one is asked again', {
    fns: { f: [ok('a', 50)] },
    ops: [exec(m('f', { gcTime: 20 }), 1), adv(59), adv(1)],
  })
  t('gc-observed', 'an observed one is kept until its observer goes', {
    fns: { f: [ok('a', 5)] },
    ops: [
      ...watchMut('o', m('f', { gcTime: 20 })),
      mutate('o', 1),
      adv(100),
      mutUnsub('o'),
      adv(19),
      adv(1),
    ],
  })
  t('gc-next-call', 'a new call lets go of the old mutation', {
    fns: { f: [ok('a', 5), ok('b', 5)] },
    ops: [
      ...watchMut('o', m('f', { gcTime: 20 })),
      mutate('o', 1),
      adv(5),
      mutate('o', 2),
      adv(20),
    ],
  })
  t('gc-forever', 'an infinite gcTime keeps it', {
    fns: { f: [ok('a', 5)] },
    ops: [exec(m('f', { gcTime: Forever }), 1), adv(1_000_000)],
  })
  t('gc-default', 'five minutes are the default', {
    fns: { f: [ok('a', 5)] },
    ops: [exec(m('f'), 1), adv(299_999), adv(1)],
  })
  t('clear', 'clearing the cache lets what runs go on unseen', {
    fns: { f: [ok('a', 10)] },
    ops: [...watchMut('o', m('f', recorded)), mutate('o', 1), clear(), adv(10), mutRead('o')],
  })
  t('resume-order', 'what waited to start runs before what waited to try again', {
    fns: { f: [err('E', 5), ok('first'), ok('second')] },
    ops: [
      mount(),
      ...watchMut('retries', m('f', { retry: 1, retryDelay: 10 })),
      mutate('retries', 1),
      adv(5),
      online(false),
      ...watchMut('starts', m('f')),
      mutate('starts', 2),
      adv(10),
      online(true),
    ],
  })
})

// Dehydrating and hydrating.

import {
  $,
  adv,
  area,
  cancel,
  clear,
  dehydrate,
  dry,
  echo,
  err,
  exec,
  fetch,
  fetchInf,
  get,
  getMany,
  hydrate,
  hydrateState,
  invalidate,
  m,
  mdefaults,
  mfindAll,
  mount,
  never,
  nextPage,
  obs,
  ok,
  online,
  pages,
  pred,
  prefetch,
  q,
  qdefaults,
  read,
  refetch,
  reset,
  resume,
  set,
  state,
  watch,
  watchInf,
  withDefaults,
} from './dsl.mjs'

const k = ['k']
const good = (data, at, rest = {}) => ({
  data,
  dataUpdatedAt: at,
  dataUpdateCount: 1,
  status: 'success',
  ...rest,
})
const all = $({ pred: { const: true } })
const paused = (rest = {}) => ({
  status: 'pending',
  isPaused: true,
  variables: 1,
  submittedAt: 999_000,
  ...rest,
})

export default area('hydration', (t) => {
  // ---- dehydrating

  t('dehydrate', 'a success is dehydrated with its whole state', {
    fns: { f: [ok({ a: 1 }, 5)] },
    ops: [fetch(q(['k', { x: 1 }], 'f')), adv(5), adv(10), dehydrate('s')],
  })
  t('dehydrate-empty', 'nothing gives nothing', { ops: [dehydrate('s')] })
  t('dehydrate-success-only', 'by default only successes are', {
    fns: { f: [err('E')], g: [never] },
    ops: [set(['ok'], 1), fetch(q(['error'], 'f')), prefetch(q(['pending'], 'g')), dehydrate('s')],
  })
  t('dehydrate-refetching', 'a success that is being refetched is, as fetching', {
    fns: { f: [ok(1), never] },
    ops: [fetch(q(k, 'f')), refetch(), dehydrate('s')],
  })
  t('dehydrate-predicate', 'a predicate says what is', {
    ops: [
      set(['a'], 1),
      set(['b'], 2),
      dehydrate('s', { queries: $({ pred: { keyAt: [0, 'b'] } }) }),
    ],
  })
  t('dehydrate-default-predicate', 'or that of the client’s defaults', {
    header: withDefaults({ dehydrate: { queries: $({ pred: { keyAt: [0, 'b'] } }) } }),
    ops: [set(['a'], 1), set(['b'], 2), dehydrate('s'), dehydrate('t', { queries: all })],
  })
  t('dehydrate-error', 'an error may be, with its error', {
    fns: { f: [err('E')] },
    ops: [fetch(q(k, 'f')), dehydrate('s', { queries: all })],
  })
  t('dehydrate-meta', 'meta is', {
    fns: { f: [ok(1)] },
    ops: [fetch(q(k, 'f', { meta: { m: 1 } })), dehydrate('s')],
  })
  t('dehydrate-infinite', 'an infinite query says so', {
    fns: { f: { steps: [echo()], echo: 'page' } },
    ops: [fetchInf(pages(['inf'], 'f', { pages: 2 })), dehydrate('s')],
  })
  t('dehydrate-falsy', 'falsy data is data', {
    ops: [set(['z'], 0), set(['n'], null), dehydrate('s')],
  })
  t('dehydrate-serialize', 'data goes through a given function', {
    ops: [set(k, 1), dehydrate('s', { serialize: 'wrap' })],
  })
  t('dehydrate-paused-mutation', 'paused mutations are dehydrated, running ones not', {
    header: { online: false },
    fns: { f: [never] },
    ops: [
      exec(m('f', { mutationKey: ['m'], scope: { id: 'S' }, meta: { a: 1 } }), { v: 1 }),
      exec(m('f', { networkMode: 'always' }), 2),
      dehydrate('s'),
    ],
  })
  t('dehydrate-mutation-context', 'with the context of onMutate', {
    header: { online: false },
    fns: { f: [ok(1)] },
    ops: [exec(m('f', { onMutate: $({ returns: { was: 1 } }) }), 1), dehydrate('s')],
  })
  t('dehydrate-mutation-predicate', 'a predicate says otherwise', {
    fns: { f: [ok(1), err('E')] },
    ops: [
      exec(m('f'), 1),
      exec(m('f'), 2),
      dehydrate('s', { mutations: all }),
      dehydrate('t', { mutations: $({ pred: { status: 'error' } }) }),
    ],
  })
  t('dehydrate-default-mutations', 'or that for mutations of the client’s defaults', {
    header: withDefaults({ dehydrate: { mutations: $({ pred: { const: true } }) } }),
    fns: { f: [ok(1)] },
    ops: [exec(m('f'), 1), dehydrate('s')],
  })
  t('dehydrate-retry-paused', 'a mutation whose retry is paused is', {
    fns: { f: [err('E')] },
    ops: [exec(m('f', { retry: 1, retryDelay: 5 }), 1), online(false), adv(5), dehydrate('s')],
  })
  t('dehydrate-pending', 'a pending query has its promise along', {
    fns: { f: [ok('late', 10)] },
    ops: [prefetch(q(k, 'f')), dehydrate('s', { queries: all }), adv(10)],
  })
  t('dehydrate-pending-serialize', 'which goes through the function, too', {
    fns: { f: [ok('late', 10)] },
    ops: [prefetch(q(k, 'f')), dehydrate('s', { queries: all, serialize: 'wrap' }), adv(10)],
  })
  t('dehydrate-pending-error', 'its error is redacted', {
    fns: { f: [err('secret', 10)] },
    ops: [prefetch(q(k, 'f')), dehydrate('s', { queries: all }), adv(10), state(k)],
  })
  t('dehydrate-pending-unredacted', 'unless told otherwise', {
    fns: { f: [err('secret', 10)] },
    ops: [prefetch(q(k, 'f')), dehydrate('s', { queries: all, redact: false }), adv(10)],
  })
  t('dehydrate-pending-idle', 'a pending query that does not fetch has none', {
    ops: [obs('o', q(k)), dehydrate('s', { queries: all })],
  })
  t('dehydrate-pending-retry', 'the promise outlives failed attempts', {
    fns: { f: [err('E'), ok('late')] },
    ops: [
      prefetch(q(k, 'f', { retry: 1, retryDelay: 5 })),
      dehydrate('s', { queries: all }),
      adv(5),
    ],
  })
  t('dehydrate-pending-cancelled', 'and rejects when the query is cancelled', {
    fns: { f: [ok('late', 10)] },
    ops: [prefetch(q(k, 'f')), dehydrate('s', { queries: all }), cancel()],
  })

  // ---- hydrating queries

  t('hydrate', 'a hydrated query is there as it was, idle', {
    ops: [hydrateState({ queries: [dry(['k', 1], good({ a: 1 }, 999_000))] }), state(['k', 1])],
  })
  t('hydrate-fetching', 'whatever it did', {
    ops: [
      hydrateState({ queries: [dry(k, good(1, 999_000, { fetchStatus: 'fetching' }))] }),
      state(k),
    ],
  })
  t('hydrate-round', 'what was dehydrated comes back after a clear', {
    fns: { f: [ok([1, 2], 5)] },
    ops: [fetch(q(k, 'f')), adv(5), dehydrate('s'), clear(), get(k), hydrate('s'), state(k)],
  })
  t('hydrate-round-json', 'through text as well', {
    fns: { f: [ok([1, 2], 5)] },
    ops: [
      fetch(q(k, 'f')),
      adv(5),
      dehydrate('s', { json: true }),
      clear(),
      hydrate('s'),
      state(k),
    ],
  })
  t('hydrate-fresh', 'an observer takes its age into account', {
    fns: { f: [ok('f', 5)] },
    ops: [
      hydrateState({
        queries: [dry(['new'], good(1, 999_950)), dry(['old'], good(2, 999_000))],
      }),
      ...watch('o', q(['new'], 'f', { staleTime: 100 })),
      ...watch('p', q(['old'], 'f', { staleTime: 100 })),
      adv(5),
    ],
  })
  t('hydrate-newer', 'newer data replaces what is there', {
    ops: [
      set(k, 'mine', { updatedAt: 5 }),
      hydrateState({ queries: [dry(k, good('theirs', 6))] }),
      state(k),
    ],
  })
  t('hydrate-older', 'older does not', {
    ops: [
      set(k, 'mine', { updatedAt: 5 }),
      hydrateState({ queries: [dry(k, good('theirs', 4))] }),
      state(k),
    ],
  })
  t('hydrate-equal', 'nor does equally old', {
    ops: [
      set(k, 'mine', { updatedAt: 5 }),
      hydrateState({ queries: [dry(k, good('theirs', 5))] }),
      state(k),
    ],
  })
  t('hydrate-over-pending', 'data replaces a pending query, whose fetch goes on', {
    fns: { f: [ok('mine', 10)] },
    ops: [
      ...watch('o', q(k, 'f')),
      adv(5),
      hydrateState({ queries: [dry(k, good('theirs', 999_000))] }),
      adv(5),
    ],
  })
  t('hydrate-over-error', 'and an error', {
    fns: { f: [err('E')] },
    ops: [fetch(q(k, 'f')), hydrateState({ queries: [dry(k, good('theirs', 999_000))] }), state(k)],
  })
  t('hydrate-over-invalid', 'newer data comes with its own validity', {
    ops: [
      set(k, 1, { updatedAt: 5 }),
      invalidate(),
      hydrateState({ queries: [dry(k, good(2, 6))] }),
      state(k),
    ],
  })
  t('hydrate-counts', 'counts are those of the hydrated state', {
    ops: [
      set(k, 1, { updatedAt: 5 }),
      set(k, 2, { updatedAt: 5 }),
      hydrateState({
        queries: [dry(k, good(3, 6, { dataUpdateCount: 7, errorUpdateCount: 2 }))],
      }),
      state(k),
    ],
  })
  t('hydrate-observer', 'an observer is told', {
    ops: [
      ...watch('o', q(k, undefined, { enabled: false })),
      hydrateState({ queries: [dry(k, good(1, 999_000))] }),
    ],
  })
  t('hydrate-error', 'an error is hydrated as such', {
    ops: [
      hydrateState({
        queries: [
          dry(k, {
            status: 'error',
            error: { $err: { name: 'Error', message: 'E' } },
            errorUpdateCount: 1,
            errorUpdatedAt: 999_000,
          }),
        ],
      }),
      state(k),
    ],
  })
  t('hydrate-pending', 'a pending state without a promise is a pending query', {
    fns: { f: [ok(1, 5)] },
    ops: [hydrateState({ queries: [dry(k)] }), state(k), ...watch('o', q(k, 'f')), adv(5)],
  })
  t('hydrate-no-function', 'a hydrated query has no function until an observer brings one', {
    fns: { f: [ok('f', 5)] },
    ops: [
      hydrateState({ queries: [dry(k, good(1, 999_000))] }),
      fetch(q(k)),
      ...watch('o', q(k, 'f')),
      adv(5),
    ],
  })
  t('hydrate-meta', 'meta comes along', {
    ops: [
      hydrateState({ queries: [dry(k, good(1, 999_000), { meta: { m: 1 } })] }),
      dehydrate('s'),
    ],
  })
  t('hydrate-infinite', 'an infinite query stays one', {
    fns: { f: { steps: [echo(5)], echo: 'page' } },
    ops: [
      hydrateState({
        queries: [
          dry(['inf'], good({ pages: [0, 1], pageParams: [0, 1] }, 999_000), {
            queryType: 'infinite',
          }),
        ],
      }),
      ...watchInf('o', pages(['inf'], 'f', { staleTime: 10_000 })),
      read('o'),
      nextPage('o'),
      adv(5),
      dehydrate('s'),
    ],
  })
  t('hydrate-gc', 'hydrated queries are collected as any', {
    ops: [
      hydrateState({ queries: [dry(k, good(1, 999_000))] }),
      adv(299_999),
      get(k),
      adv(1),
      get(k),
    ],
  })
  t('hydrate-gc-default', 'with the gcTime given for them', {
    ops: [
      hydrateState({ queries: [dry(k, good(1, 999_000))] }, { queries: { gcTime: 10 } }),
      adv(9),
      get(k),
      adv(1),
      get(k),
    ],
  })
  t('hydrate-client-defaults', 'or that of the client’s hydrate defaults', {
    header: withDefaults({ hydrate: { queries: { gcTime: 10 } }, queries: { gcTime: 20 } }),
    ops: [hydrateState({ queries: [dry(k, good(1, 999_000))] }), adv(10), get(k)],
  })
  t('hydrate-defaults-order', 'given options beat those of the client', {
    header: withDefaults({ hydrate: { queries: { gcTime: 10 } } }),
    ops: [
      hydrateState({ queries: [dry(k, good(1, 999_000))] }, { queries: { gcTime: 30 } }),
      adv(29),
      get(k),
      adv(1),
      get(k),
    ],
  })
  t('hydrate-deserialize', 'hydrated data goes through a given function', {
    ops: [
      hydrateState({ queries: [dry(k, good({ w: 'inner' }, 999_000))] }, { deserialize: 'unwrap' }),
      get(k),
    ],
  })
  t('hydrate-key-defaults', 'defaults of the key hold, too', {
    fns: { f: [ok('f')] },
    ops: [
      qdefaults(k, { queryFn: $('f') }),
      hydrateState({ queries: [dry(k, good(1, 999_000))] }),
      refetch(),
      state(k),
    ],
  })
  t('hydrate-hash-trusted', 'the given hash is trusted', {
    ops: [
      hydrateState({ queries: [dry(k, good(1, 999_000), { queryHash: '["other"]' })] }),
      get(k),
      get(['other']),
    ],
  })
  t('hydrate-several', 'several at once, in order', {
    ops: [
      set(['b'], 'mine'),
      hydrateState({
        queries: [dry(['a'], good(1, 1)), dry(['b'], good(2, 2)), dry(['c'], good(3, 3))],
      }),
      getMany({}),
    ],
  })
  t('hydrate-reset', 'a reset leads to the initial state of options, not to what was hydrated', {
    ops: [hydrateState({ queries: [dry(k, good(1, 999_000))] }), reset(), state(k)],
  })
  t('hydrate-undefined-data', 'a success without data is kept as it is', {
    ops: [hydrateState({ queries: [dry(k, { status: 'success', dataUpdatedAt: 5 })] }), state(k)],
  })

  // ---- promises

  t('promise', 'a promise that is on its way is waited for', {
    ops: [
      hydrateState({ queries: [dry(k, {}, { promise: { after: 10, ok: 'late' } })] }),
      state(k),
      adv(10),
      state(k),
    ],
  })
  t('promise-observer', 'an observer that comes meanwhile joins', {
    fns: { f: [ok('mine', 5)] },
    ops: [
      hydrateState({ queries: [dry(k, {}, { promise: { after: 10, ok: 'late' } })] }),
      ...watch('o', q(k, 'f')),
      adv(10),
    ],
  })
  t('promise-error', 'if it rejects the query is in error', {
    ops: [
      hydrateState({ queries: [dry(k, {}, { promise: { after: 10, err: 'E' } })] }),
      adv(10),
      adv(7000),
      state(k),
    ],
  })
  t('promise-error-observer', 'with a function it is tried with that', {
    fns: { f: [ok('mine', 5)] },
    ops: [
      hydrateState({ queries: [dry(k, {}, { promise: { after: 10, err: 'E' } })] }),
      ...watch('o', q(k, 'f', { retryDelay: 20 })),
      adv(10),
      adv(20),
      adv(5),
    ],
  })
  t('promise-arrived', 'one that has arrived is a success at once, as old as its dehydration', {
    ops: [
      hydrateState({
        queries: [dry(k, {}, { promise: { sync: 'there' }, dehydratedAt: 999_500 })],
      }),
      state(k),
    ],
  })
  t('promise-arrived-newer', 'it replaces older data', {
    ops: [
      set(k, 'mine', { updatedAt: 999_000 }),
      hydrateState({
        queries: [dry(k, {}, { promise: { sync: 'theirs' }, dehydratedAt: 999_500 })],
      }),
      state(k),
    ],
  })
  t('promise-arrived-older', 'but not newer', {
    ops: [
      set(k, 'mine', { updatedAt: 999_900 }),
      hydrateState({
        queries: [dry(k, {}, { promise: { sync: 'theirs' }, dehydratedAt: 999_500 })],
      }),
      state(k),
    ],
  })
  t('promise-arrived-fetching', 'a fetch under way goes on', {
    fns: { f: [ok('mine', 10)] },
    ops: [
      ...watch('o', q(k, 'f')),
      hydrateState({ queries: [dry(k, {}, { promise: { sync: 'theirs' } })] }),
      state(k),
      adv(10),
      state(k),
    ],
  })
  t('promise-existing-data', 'a promise newer than the data there is refetches with it', {
    ops: [
      set(k, 'mine', { updatedAt: 999_000 }),
      hydrateState({ queries: [dry(k, {}, { promise: { after: 10, ok: 'theirs' } })] }),
      state(k),
      adv(10),
      state(k),
    ],
  })
  t('promise-existing-newer', 'one older than it does nothing', {
    ops: [
      set(k, 'mine'),
      hydrateState({
        queries: [dry(k, {}, { promise: { after: 10, ok: 'theirs' }, dehydratedAt: 999_000 })],
      }),
      adv(10),
      state(k),
    ],
  })
  t('promise-existing-pending', 'nor does one for a query that is pending already', {
    fns: { f: [ok('mine', 20)] },
    ops: [
      prefetch(q(k, 'f')),
      hydrateState({ queries: [dry(k, {}, { promise: { after: 10, ok: 'theirs' } })] }),
      adv(10),
      state(k),
      adv(10),
      state(k),
    ],
  })
  t('promise-existing-fetching', 'or being refetched', {
    fns: { f: [ok('mine', 20)] },
    ops: [
      set(k, 'old', { updatedAt: 5 }),
      prefetch(q(k, 'f')),
      hydrateState({ queries: [dry(k, {}, { promise: { after: 10, ok: 'theirs' } })] }),
      adv(10),
      state(k),
      adv(10),
      state(k),
    ],
  })
  t('promise-deserialize', 'what it brings goes through the function', {
    ops: [
      hydrateState(
        { queries: [dry(k, {}, { promise: { after: 10, ok: { w: 'inner' } } })] },
        { deserialize: 'unwrap' },
      ),
      adv(10),
      get(k),
    ],
  })
  t('promise-never', 'one that never comes keeps the query fetching', {
    ops: [
      hydrateState({ queries: [dry(k, {}, { promise: { never: true } })] }),
      adv(1000),
      state(k),
      cancel(),
      state(k),
    ],
  })
  t('promise-invalidate', 'an active query that waits for one joins on invalidation', {
    fns: { f: [ok('mine', 5)] },
    ops: [
      hydrateState({ queries: [dry(k, {}, { promise: { after: 10, ok: 'late' } })] }),
      ...watch('o', q(k, 'f')),
      invalidate(),
      adv(10),
      state(k),
    ],
  })
  t('promise-cancelled', 'one whose fetch was cancelled silently where it came from leaves the query fetching', {
    ops: [
      hydrateState({ queries: [dry(k, {}, { promise: { after: 10, ok: 'late' } })] }),
      dehydrate('s', { queries: all, redact: false }),
      clear(),
      hydrate('s', { queries: { retry: false } }),
      adv(10),
      state(k),
    ],
  })
  t('promise-offline', 'offline even a promise waits', {
    header: { online: false },
    ops: [
      mount(),
      hydrateState({ queries: [dry(k, {}, { promise: { after: 10, ok: 'late' } })] }),
      state(k),
      adv(10),
      online(true),
      state(k),
    ],
  })

  // ---- hydrating mutations

  t('mutation', 'a paused mutation comes back paused', {
    ops: [
      hydrateState({ mutations: [{ mutationKey: ['m'], state: paused() }] }),
      mfindAll({ predicate: pred({ paused: true }) }),
    ],
  })
  t(
    'mutation-resume',
    'resumed it is run with the function of its key’s defaults, without onMutate',
    {
      fns: { f: { steps: [echo(5)], echo: 'vars' } },
      ops: [
        mdefaults(['m'], {
          mutationFn: $('f'),
          onMutate: $({ returns: 'new' }),
          onSuccess: $({}),
          onSettled: $({}),
        }),
        hydrateState({
          mutations: [
            {
              mutationKey: ['m'],
              state: paused({ variables: { v: 1 }, context: 'old' }),
            },
          ],
        }),
        resume(),
        adv(5),
      ],
    },
  )
  t('mutation-no-default', 'without defaults it fails', {
    ops: [
      hydrateState({ mutations: [{ mutationKey: ['m'], state: paused() }] }),
      resume(),
      mfindAll({ status: 'error' }),
    ],
  })
  t('mutation-given-default', 'options given for hydration hold', {
    fns: { f: [ok('a', 5)] },
    ops: [
      hydrateState(
        { mutations: [{ mutationKey: ['m'], state: paused() }] },
        { mutations: { mutationFn: $('f') } },
      ),
      resume(),
      adv(5),
    ],
  })
  t('mutation-client-default', 'and those of the client’s hydrate defaults', {
    header: withDefaults({ hydrate: { mutations: { retry: 1, retryDelay: 5 } } }),
    fns: { f: [err('E'), ok('a')] },
    ops: [
      mdefaults(['m'], { mutationFn: $('f') }),
      hydrateState({ mutations: [{ mutationKey: ['m'], state: paused() }] }),
      resume(),
      adv(5),
    ],
  })
  t('mutation-online', 'coming online resumes it', {
    header: { online: false },
    fns: { f: [ok('a', 5)] },
    ops: [
      mount(),
      mdefaults(['m'], { mutationFn: $('f') }),
      hydrateState({ mutations: [{ mutationKey: ['m'], state: paused() }] }),
      online(true),
      adv(5),
    ],
  })
  t('mutation-scope', 'of one scope they are resumed in order', {
    fns: { f: { steps: [echo(5)], echo: 'vars' } },
    ops: [
      mdefaults(['m'], { mutationFn: $('f') }),
      hydrateState({
        mutations: [1, 2, 3].map((v) => ({
          mutationKey: ['m'],
          scope: { id: 'S' },
          state: paused({ variables: v }),
        })),
      }),
      resume(),
      adv(5),
      adv(5),
      adv(5),
    ],
  })
  t('mutation-round', 'what was paused here comes back after a clear', {
    fns: { f: { steps: [echo(5)], echo: 'vars' } },
    ops: [
      mdefaults(['m'], { mutationFn: $('f'), onSuccess: $({}) }),
      online(false),
      exec({ mutationKey: ['m'], scope: { id: 'S' } }, 'one'),
      exec({ mutationKey: ['m'], scope: { id: 'S' } }, 'two'),
      dehydrate('s'),
      clear(),
      hydrate('s'),
      online(true),
      resume(),
      adv(5),
      adv(5),
    ],
  })
  t('mutation-failed-retry', 'failures so far come along', {
    fns: { f: [ok('a')] },
    ops: [
      mdefaults(['m'], { mutationFn: $('f') }),
      hydrateState({
        mutations: [
          {
            mutationKey: ['m'],
            state: paused({
              failureCount: 2,
              failureReason: { $err: { name: 'Error', message: 'E' } },
            }),
          },
        ],
      }),
      resume(),
    ],
  })
  t('mutation-settled', 'a settled one is not run', {
    ops: [
      hydrateState({
        mutations: [
          {
            mutationKey: ['m'],
            state: { status: 'success', data: 'a', variables: 1, submittedAt: 5 },
          },
        ],
      }),
      resume(),
    ],
  })
  t('mutation-pending-not-paused', 'a pending one that is not paused is not resumed', {
    fns: { f: [ok('a')] },
    ops: [
      mdefaults(['m'], { mutationFn: $('f') }),
      hydrateState({
        mutations: [{ mutationKey: ['m'], state: paused({ isPaused: false }) }],
      }),
      resume(),
    ],
  })
  t('mutation-always-added', 'hydrating twice makes two', {
    ops: [
      hydrateState({ mutations: [{ mutationKey: ['m'], state: paused() }] }),
      hydrateState({ mutations: [{ mutationKey: ['m'], state: paused() }] }),
      mfindAll(),
    ],
  })
  t('mutation-offline-resume', 'resumed offline it stays as it is', {
    header: { online: false },
    fns: { f: [ok('a')] },
    ops: [
      mdefaults(['m'], { mutationFn: $('f') }),
      hydrateState({ mutations: [{ mutationKey: ['m'], state: paused() }] }),
      resume(),
      mfindAll({ predicate: pred({ paused: true }) }),
    ],
  })
  t('mutation-fails', 'a resumed one that fails', {
    fns: { f: [err('E', 5)] },
    ops: [
      mdefaults(['m'], { mutationFn: $('f'), onError: $({}), onSettled: $({}) }),
      hydrateState({
        mutations: [{ mutationKey: ['m'], state: paused({ context: 'old' }) }],
      }),
      resume(),
      adv(5),
    ],
  })
  t('mutation-gc', 'a hydrated one that is paused is not collected', {
    ops: [
      hydrateState(
        { mutations: [{ mutationKey: ['m'], state: paused() }] },
        { mutations: { gcTime: 10 } },
      ),
      adv(100),
      mfindAll(),
    ],
  })
})

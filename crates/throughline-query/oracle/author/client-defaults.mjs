// Default options: of the client, of keys, of mutations.

import {
  $,
  adv,
  area,
  defaults,
  dyn,
  ensure,
  err,
  exec,
  fetch,
  Forever,
  get,
  getMDefaults,
  getQDefaults,
  m,
  mdefaults,
  mut,
  mutate,
  mutRead,
  obs,
  ok,
  opts,
  prefetch,
  q,
  qdefaults,
  query,
  read,
  refetch,
  select,
  set,
  state,
  sub,
  undef,
  unsub,
  watch,
  watchMut,
  withDefaults,
} from './dsl.mjs'

const k = ['k']

export default area('client-defaults', (t) => {
  t('client-default', 'the client’s defaults hold for every query', {
    header: withDefaults({ queries: { staleTime: 100 } }),
    fns: { f: [ok(1), ok(2)] },
    ops: [...watch('o', q(k, 'f')), adv(50), sub('o', { as: 'b' }), fetch(q(k, 'f'))],
  })
  t('call-over-client', 'what a call says beats the client’s defaults', {
    header: withDefaults({ queries: { staleTime: 100 } }),
    fns: { f: [ok(1), ok(2)] },
    ops: [fetch(q(k, 'f')), fetch(q(k, 'f', { staleTime: 0 }))],
  })
  t('undefined-over-client', 'an explicit undefined beats the client’s default', {
    header: withDefaults({ queries: { staleTime: 100 } }),
    fns: { f: [ok(1), ok(2)] },
    ops: [fetch(q(k, 'f')), fetch(q(k, 'f', { staleTime: undef }))],
  })
  t('undefined-over-key', 'and that of the key', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      qdefaults(k, { staleTime: 100 }),
      fetch(q(k, 'f')),
      fetch(q(k, 'f', { staleTime: undef })),
    ],
  })
  t('undefined-in-key', 'an undefined in the defaults of a key beats the client’s default', {
    header: withDefaults({ queries: { staleTime: 100 } }),
    fns: { f: [ok(1), ok(2)] },
    ops: [qdefaults(k, { staleTime: undef }), fetch(q(k, 'f')), fetch(q(k, 'f'))],
  })
  t('undefined-gc', 'an undefined gcTime is the built-in five minutes', {
    header: withDefaults({ queries: { gcTime: 10 } }),
    ops: [obs('o', q(['a'])), obs('p', q(['b'], undefined, { gcTime: undef }))],
  })
  t('undefined-enabled', 'an undefined enabled means enabled', {
    header: withDefaults({ queries: { enabled: false } }),
    fns: { f: [ok(1)] },
    ops: [...watch('o', q(['a'], 'f')), ...watch('p', q(['b'], 'f', { enabled: undef }))],
  })
  t('undefined-query-fn', 'an undefined function hides that of the defaults', {
    fns: { f: [ok(1)] },
    ops: [
      qdefaults(k, { queryFn: $('f') }),
      fetch(q(k)),
      fetch(q(k, undefined, { queryFn: undef })),
    ],
  })
  t('key-default', 'defaults of a key hold for all keys it is a prefix of', {
    fns: { f: [ok(1)] },
    ops: [qdefaults(k, { queryFn: $('f') }), fetch(q(['k', 1, 'x'])), fetch(q(['other']))],
  })
  t('key-default-object', 'prefix here as in filters: objects by the fields they have', {
    fns: { f: [ok(1)] },
    ops: [
      qdefaults(['k', { x: 1 }], { queryFn: $('f') }),
      fetch(q(['k', { x: 1, y: 2 }])),
      fetch(q(['k', { y: 2 }])),
    ],
  })
  t(
    'key-default-after',
    'defaults of a key do not reach queries that are there already, until options are set anew',
    {
      fns: { f: [ok(1)] },
      ops: [
        set(k, 0),
        qdefaults(k, { queryFn: $('f'), gcTime: 500_000 }),
        refetch(),
        adv(7000),
        state(k),
        fetch(q(k)),
        state(k),
      ],
    },
  )
  t('key-order', 'all matching defaults are merged in order of their setting', {
    ops: [
      qdefaults(['k', 1], { staleTime: 1, gcTime: 1, retry: 1 }),
      qdefaults(k, { gcTime: 2, retry: 2 }),
      qdefaults([], { retry: 3 }),
      getQDefaults(['k', 1]),
      getQDefaults(['k']),
      getQDefaults(['x']),
    ],
  })
  t('key-slot', 'setting defaults of a key again replaces them in their old place', {
    ops: [
      qdefaults(['k', 1], { staleTime: 1, gcTime: 1 }),
      qdefaults(k, { staleTime: 2 }),
      qdefaults(['k', 1], { staleTime: 3 }),
      getQDefaults(['k', 1]),
    ],
  })
  t('key-none', 'without a match the defaults are empty', {
    ops: [qdefaults(['a'], { retry: 1 }), getQDefaults(['b'])],
  })
  t('key-over-client', 'defaults of a key beat those of the client', {
    header: withDefaults({ queries: { gcTime: 10, staleTime: 10 } }),
    fns: { f: [ok(1), ok(2)] },
    ops: [
      qdefaults(k, { staleTime: 100 }),
      fetch(q(k, 'f')),
      adv(5),
      state(k),
      adv(4),
      fetch(q(k, 'f')),
    ],
  })
  t('defaults-replace', 'setting the client’s defaults replaces all of them', {
    header: withDefaults({ queries: { staleTime: 100, retry: 1 } }),
    fns: { f: [ok(1), ok(2)] },
    ops: [
      fetch(q(k, 'f')),
      defaults({ queries: { gcTime: 20 } }),
      fetch(q(k, 'f')),
      adv(20),
      get(k),
    ],
  })
  t('observer-later-defaults', 'an observer takes the defaults of the moment its options are set', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      obs('o', q(k, 'f')),
      defaults({ queries: { enabled: false } }),
      sub('o'),
      opts('o', q(k, 'f')),
      read('o'),
    ],
  })
  t('initial-data-default', 'initialData of a key’s defaults fills a new query', {
    ops: [qdefaults(k, { initialData: 'i', initialDataUpdatedAt: 7 }), obs('o', q(k)), state(k)],
  })
  t('meta-default', 'meta comes from defaults, too', {
    header: withDefaults({ queries: { meta: { d: 1 } } }),
    fns: { f: { steps: [{}], echo: 'meta' } },
    ops: [
      fetch(q(['a'], 'f')),
      fetch(q(['b'], 'f', { meta: { own: 1 } })),
      fetch(q(['c'], 'f', { meta: undef })),
    ],
  })
  t('network-mode-always-reconnect', 'refetchOnReconnect is on unless networkMode is always', {
    fns: { f: [ok(1), ok(2)], g: [ok(1), ok(2)] },
    ops: [
      { op: 'mount' },
      ...watch('o', q(['a'], 'f')),
      ...watch('p', q(['b'], 'g', { networkMode: 'always' })),
      { op: 'online', v: false },
      { op: 'online', v: true },
    ],
  })
  t('network-mode-always-reconnect-asked', 'an explicit refetchOnReconnect beats that', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      { op: 'mount' },
      ...watch('o', q(['a'], 'f', { networkMode: 'always', refetchOnReconnect: true })),
      { op: 'online', v: false },
      { op: 'online', v: true },
    ],
  })
  t(
    'gc-is-max',
    'the gcTime of a query is the longest it was ever given, but a running timer is not set anew for that',
    {
      fns: { f: [ok(1)] },
      ops: [
        obs('o', q(k, 'f', { gcTime: 10 })),
        obs('p', q(k, 'f', { gcTime: 100 })),
        opts('p', q(k, 'f', { gcTime: 5 })),
        state(k),
        adv(10),
        get(k),
        adv(90),
        state(k),
      ],
    },
  )
  t('gc-max-rearmed', 'the next timer uses the longest', {
    fns: { f: [ok(1)] },
    ops: [
      ...watch('o', q(k, 'f', { gcTime: 100 })),
      opts('o', q(k, 'f', { gcTime: 10 })),
      unsub('o'),
      adv(99),
      get(k),
      adv(1),
      get(k),
    ],
  })
  t('gc-forever', 'with an infinite gcTime nothing is collected', {
    fns: { f: [ok(1)] },
    ops: [prefetch(q(k, 'f', { gcTime: Forever })), adv(400_000), get(k)],
  })
  t('query-defaults-for-query', 'query takes its selection from the defaults', {
    fns: { f: [ok([1, 2])] },
    ops: [qdefaults(k, { select: select('len') }), query(q(k, 'f')), fetch(q(k, 'f'))],
  })
  t(
    'ensure-stale-time-default',
    'ensure with revalidateIfStale asks the staleTime of the defaults',
    {
      fns: { f: [ok(1), ok(2)] },
      ops: [
        qdefaults(k, { staleTime: 10 }),
        set(k, 0),
        ensure(q(k, 'f'), { revalidateIfStale: true }),
        adv(10),
        ensure(q(k, 'f'), { revalidateIfStale: true }),
        get(k),
      ],
    },
  )

  // ---- mutations

  t('mutation-default', 'the client’s defaults hold for every mutation', {
    header: withDefaults({ mutations: { retry: 1, retryDelay: 10 } }),
    fns: { f: [err('E'), ok(1)] },
    ops: [exec(m('f'), 1), adv(10)],
  })
  t('mutation-key-default', 'defaults of a mutation key give it its function', {
    fns: { f: [ok('done')] },
    ops: [
      mdefaults(['m'], { mutationFn: $('f') }),
      exec({ mutationKey: ['m', 1] }, 1),
      exec({ mutationKey: ['x'] }, 2),
    ],
  })
  t('mutation-key-merge', 'all matching mutation defaults are merged in order', {
    ops: [
      mdefaults(['m', 1], { retry: 1, gcTime: 1 }),
      mdefaults(['m'], { retry: 2 }),
      getMDefaults(['m', 1]),
      getMDefaults(['m']),
      getMDefaults(['n']),
    ],
  })
  t('mutation-no-key', 'a mutation without a key has no defaults of keys', {
    fns: { f: [ok('done')] },
    ops: [mdefaults([], { mutationFn: $('f') }), exec({}, 1), exec({ mutationKey: ['any'] }, 1)],
  })
  t('mutation-undefined', 'an explicit undefined beats the defaults of a mutation key', {
    fns: { f: [ok('done')] },
    ops: [
      mdefaults(['m'], { mutationFn: $('f') }),
      exec({ mutationKey: ['m'], mutationFn: undef }, 1),
    ],
  })
  t(
    'mutation-observer-defaults',
    'a mutation observer takes the defaults of the moment its options are set',
    {
      fns: { f: [ok('done', 5)] },
      ops: [
        ...watchMut('o', { mutationKey: ['m'] }),
        mdefaults(['m'], { mutationFn: $('f') }),
        mutate('o', 1),
        mut('p', { mutationKey: ['m'] }),
        mutate('p', 2),
        adv(5),
        mutRead('p'),
      ],
    },
  )
  t('dynamic-default', 'defaults may be dynamic', {
    header: withDefaults({ queries: { enabled: dyn({ hasData: true }, false, true) } }),
    fns: { f: [ok(1), ok(2)] },
    ops: [...watch('o', q(k, 'f')), read('o'), unsub('o'), sub('o')],
  })
  t('placeholder-default', 'placeholderData may come from defaults', {
    header: withDefaults({ queries: { placeholderData: 'p' } }),
    fns: { f: [ok(1, 5)] },
    ops: [
      ...watch('o', q(k, 'f')),
      adv(5),
      ...watch('x', q(['x'], 'f', { placeholderData: undef })),
    ],
  })
})

// Focus and online: what the client does when they change.

import {
  adv,
  area,
  dyn,
  err,
  fetch,
  focus,
  get,
  invalidate,
  isFetching,
  m,
  mount,
  mutate,
  mutRead,
  ok,
  online,
  opts,
  q,
  read,
  refetch,
  resume,
  set,
  state,
  sub,
  unmount,
  unsub,
  watch,
  watchMut,
} from './dsl.mjs'

const k = ['k']
const blink = [focus(false), focus(true)]
const reconnect = [online(false), online(true)]

export default area('client-env', (t) => {
  // ---- focus

  t('focus-refetches-stale', 'focus refetches a stale query', {
    fns: { f: [ok(1), ok(2, 5)] },
    ops: [mount(), ...watch('o', q(k, 'f')), ...blink, adv(5)],
  })
  t('focus-fresh', 'focus leaves fresh data alone', {
    fns: { f: [ok(1), ok(2)] },
    ops: [mount(), ...watch('o', q(k, 'f', { staleTime: 100 })), ...blink, adv(101), ...blink],
  })
  t('focus-off', 'not with refetchOnWindowFocus false', {
    fns: { f: [ok(1), ok(2)] },
    ops: [mount(), ...watch('o', q(k, 'f', { refetchOnWindowFocus: false })), ...blink],
  })
  t('focus-always', 'with always fresh data is refetched, too', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      mount(),
      ...watch('o', q(k, 'f', { staleTime: 100, refetchOnWindowFocus: 'always' })),
      ...blink,
    ],
  })
  t('focus-static', 'but not static data', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      mount(),
      ...watch('o', q(k, 'f', { staleTime: 'static', refetchOnWindowFocus: 'always' })),
      ...blink,
    ],
  })
  t('focus-dynamic', 'refetchOnWindowFocus may be a function', {
    fns: { f: [ok(1), ok(2), ok(3)] },
    ops: [
      mount(),
      ...watch('o', q(k, 'f', { refetchOnWindowFocus: dyn({ dataEq: 1 }, true, false) })),
      ...blink,
      ...blink,
    ],
  })
  t('focus-disabled', 'focus does not fetch for a disabled observer', {
    fns: { f: [ok(1)] },
    ops: [mount(), ...watch('o', q(k, 'f', { enabled: false })), ...blink],
  })
  t('focus-unmounted', 'a client that is not mounted does not hear of focus', {
    fns: { f: [ok(1), ok(2)] },
    ops: [...watch('o', q(k, 'f')), ...blink, ...reconnect],
  })
  t('focus-unmounted-again', 'nor one that was unmounted as often as mounted', {
    fns: { f: [ok(1), ok(2), ok(3)] },
    ops: [mount(), mount(), ...watch('o', q(k, 'f')), unmount(), ...blink, unmount(), ...blink],
  })
  t('focus-unchanged', 'what is told again is no news, but being told true after never (null) is', {
    fns: { f: [ok(1), ok(2), ok(3)] },
    ops: [
      mount(),
      ...watch('o', q(k, 'f')),
      focus(true),
      focus(true),
      focus(null),
      focus(false),
      focus(false),
      focus(null),
    ],
  })
  t('focus-no-observer', 'focus does not fetch what nobody observes', {
    fns: { f: [ok(1), ok(2)] },
    ops: [mount(), fetch(q(k, 'f')), ...blink],
  })
  t('focus-once-per-query', 'several observers of a query make one fetch', {
    fns: { f: [ok(1), ok(2, 5)] },
    ops: [mount(), ...watch('o', q(k, 'f')), ...watch('p', q(k, 'f')), ...blink, adv(5)],
  })
  t('focus-first-willing', 'the first observer that wants to fetch does so, with its options', {
    fns: { f: [ok('f'), ok('f2')], g: [ok('g', 5)] },
    ops: [
      mount(),
      ...watch('o', q(k, 'f', { refetchOnWindowFocus: false })),
      ...watch('p', q(k, 'g', { refetchOnMount: false })),
      ...blink,
      adv(5),
      get(k),
    ],
  })
  t('focus-while-fetching', 'focus does not restart a running fetch', {
    fns: { f: [ok(1), ok(2, 10)] },
    ops: [mount(), ...watch('o', q(k, 'f')), refetch(), adv(5), ...blink, adv(5)],
  })
  t('focus-error', 'focus refetches a query in error, which is always stale', {
    fns: { f: [err('E'), ok(1, 5)] },
    ops: [mount(), ...watch('o', q(k, 'f', { retry: false, staleTime: 1000 })), ...blink, adv(5)],
  })
  t('focus-invalidated', 'focus refetches what was invalidated', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      mount(),
      ...watch('o', q(k, 'f', { staleTime: 1000 })),
      invalidate({}, { refetchType: 'none' }),
      ...blink,
    ],
  })
  t('focus-lost-while-fetching', 'a first attempt runs on without focus', {
    fns: { f: [ok(1, 10)] },
    ops: [mount(), ...watch('o', q(k, 'f')), focus(false), adv(10)],
  })
  t('focus-start-unfocused', 'a fetch starts without focus', {
    header: { focused: false },
    fns: { f: [ok(1, 10)] },
    ops: [...watch('o', q(k, 'f')), adv(10)],
  })
  t('focus-retry-waits', 'a retry waits for focus', {
    fns: { f: [err('E'), ok(1)] },
    ops: [
      mount(),
      ...watch('o', q(k, 'f', { retryDelay: 10 })),
      focus(false),
      adv(50),
      state(k),
      focus(true),
      adv(1),
      state(k),
    ],
  })
  t('focus-retry-waits-always', 'also with networkMode always', {
    fns: { f: [err('E'), ok(1)] },
    ops: [
      mount(),
      ...watch('o', q(k, 'f', { retryDelay: 10, networkMode: 'always' })),
      focus(false),
      adv(50),
      state(k),
      focus(true),
      state(k),
    ],
  })
  t('focus-retry-back-in-time', 'focus that is back before the delay is over pauses nothing', {
    fns: { f: [err('E'), ok(1)] },
    ops: [
      mount(),
      ...watch('o', q(k, 'f', { retryDelay: 10 })),
      focus(false),
      adv(5),
      focus(true),
      adv(5),
      state(k),
    ],
  })
  t('focus-unmounted-retry', 'an unmounted client leaves a retry paused when focus is back', {
    fns: { f: [err('E'), ok(1)] },
    ops: [
      ...watch('o', q(k, 'f', { retryDelay: 10 })),
      focus(false),
      adv(10),
      focus(true),
      state(k),
      mount(),
      ...blink,
      state(k),
    ],
  })

  // ---- online

  t('online-refetches', 'coming online refetches stale queries', {
    fns: { f: [ok(1), ok(2, 5)] },
    ops: [mount(), ...watch('o', q(k, 'f')), ...reconnect, adv(5)],
  })
  t('online-fresh', 'not fresh ones', {
    fns: { f: [ok(1), ok(2)] },
    ops: [mount(), ...watch('o', q(k, 'f', { staleTime: 100 })), ...reconnect],
  })
  t('online-off', 'not with refetchOnReconnect false', {
    fns: { f: [ok(1), ok(2)] },
    ops: [mount(), ...watch('o', q(k, 'f', { refetchOnReconnect: false })), ...reconnect],
  })
  t('online-always', 'always refetches fresh ones, too', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      mount(),
      ...watch('o', q(k, 'f', { staleTime: 100, refetchOnReconnect: 'always' })),
      ...reconnect,
    ],
  })
  t('online-dynamic', 'refetchOnReconnect may be a function', {
    fns: { f: [ok(1), ok(2), ok(3)] },
    ops: [
      mount(),
      ...watch('o', q(k, 'f', { refetchOnReconnect: dyn({ minUpdates: 2 }, false, true) })),
      ...reconnect,
      ...reconnect,
    ],
  })
  t('online-unchanged', 'being online still is no news', {
    fns: { f: [ok(1), ok(2)] },
    ops: [mount(), ...watch('o', q(k, 'f')), online(true), online(false), online(false)],
  })
  t('online-paused-first', 'a fetch that could not start starts when online', {
    fns: { f: [ok(1, 5)] },
    ops: [
      mount(),
      online(false),
      ...watch('o', q(k, 'f')),
      read('o'),
      isFetching(),
      adv(100),
      online(true),
      adv(5),
    ],
  })
  t('online-paused-off', 'also with refetchOnReconnect false: it is continued, not refetched', {
    fns: { f: [ok(1, 5)] },
    ops: [
      mount(),
      online(false),
      ...watch('o', q(k, 'f', { refetchOnReconnect: false })),
      online(true),
      adv(5),
    ],
  })
  t('online-unmounted-paused', 'an unmounted client leaves it paused', {
    fns: { f: [ok(1, 5)] },
    ops: [
      online(false),
      ...watch('o', q(k, 'f')),
      online(true),
      adv(5),
      state(k),
      mount(),
      ...reconnect,
      adv(5),
      state(k),
    ],
  })
  t('online-lost-while-fetching', 'a running attempt goes on offline', {
    fns: { f: [ok(1, 10)] },
    ops: [mount(), ...watch('o', q(k, 'f')), online(false), adv(10)],
  })
  t('online-retry-waits', 'a retry waits for the network', {
    fns: { f: [err('E', 5), ok(1, 5)] },
    ops: [
      mount(),
      ...watch('o', q(k, 'f', { retryDelay: 10 })),
      online(false),
      adv(50),
      read('o'),
      online(true),
      adv(5),
    ],
  })
  t('online-always-mode', 'networkMode always fetches and retries offline', {
    header: { online: false },
    fns: { f: [err('E', 5), ok(1, 5)] },
    ops: [
      mount(),
      ...watch('o', q(k, 'f', { networkMode: 'always', retryDelay: 10 })),
      adv(20),
      read('o'),
    ],
  })
  t('online-offline-first', 'networkMode offlineFirst makes one attempt offline, retries wait', {
    header: { online: false },
    fns: { f: [err('E', 5), ok(1, 5)] },
    ops: [
      mount(),
      ...watch('o', q(k, 'f', { networkMode: 'offlineFirst', retryDelay: 10 })),
      adv(20),
      read('o'),
      online(true),
      adv(5),
    ],
  })
  t('online-paused-refetch', 'a refetch offline is paused while data is shown', {
    fns: { f: [ok(1), ok(2, 5)] },
    ops: [
      mount(),
      ...watch('o', q(k, 'f')),
      online(false),
      refetch(),
      read('o'),
      online(true),
      adv(5),
    ],
  })
  t('online-paused-cancelRefetch', 'a paused refetch is replaced by another one', {
    fns: { f: [ok(1), ok(2, 5)] },
    ops: [
      mount(),
      ...watch('o', q(k, 'f')),
      online(false),
      refetch(),
      refetch(),
      state(k),
      online(true),
      adv(5),
    ],
  })
  t('online-then-focus', 'paused both ways: online continues a retry only with focus', {
    fns: { f: [err('E'), ok(1)] },
    ops: [
      mount(),
      ...watch('o', q(k, 'f', { retryDelay: 10 })),
      online(false),
      focus(false),
      adv(20),
      online(true),
      state(k),
      focus(true),
      state(k),
    ],
  })
  t('online-interval', 'the first tick of an interval offline is paused, later ones join it', {
    fns: { f: [ok(1), ok(2, 5)] },
    ops: [
      mount(),
      ...watch('o', q(k, 'f', { refetchInterval: 10 })),
      online(false),
      adv(35),
      state(k),
      online(true),
      adv(5),
      adv(10),
    ],
  })

  // ---- mutations and the environment

  t(
    'resume-before-refetch',
    'when online again paused mutations are done before queries are refetched',
    {
      fns: { f: [ok(1), ok(2)], m: [ok('m', 20)] },
      ops: [
        mount(),
        ...watch('o', q(k, 'f')),
        ...watchMut('w', m('m')),
        online(false),
        mutate('w', 1),
        online(true),
        adv(19),
        adv(1),
      ],
    },
  )
  t('resume-before-refetch-error', 'also when they fail', {
    fns: { f: [ok(1), ok(2)], m: [err('E', 20)] },
    ops: [
      mount(),
      ...watch('o', q(k, 'f')),
      ...watchMut('w', m('m')),
      online(false),
      mutate('w', 1),
      online(true),
      adv(19),
      adv(1),
      mutRead('w'),
    ],
  })
  t('focus-resumes-mutation', 'focus continues the paused retry of a mutation', {
    fns: { m: [err('E'), ok('m')] },
    ops: [
      mount(),
      ...watchMut('w', m('m', { retry: 1, retryDelay: 10 })),
      mutate('w', 1),
      focus(false),
      adv(10),
      mutRead('w'),
      focus(true),
      mutRead('w'),
    ],
  })
  t('resume-offline', 'resuming while offline does nothing', {
    fns: { m: [ok('m')] },
    ops: [
      online(false),
      ...watchMut('w', m('m')),
      mutate('w', 1),
      resume(),
      mutRead('w'),
      online(true),
      resume(),
    ],
  })
  t('opts-while-paused', 'new options of a paused query are used when it starts', {
    fns: { f: [ok('f', 5)], g: [ok('g', 5)] },
    ops: [
      mount(),
      online(false),
      ...watch('o', q(k, 'f')),
      opts('o', q(k, 'g')),
      online(true),
      adv(5),
      get(k),
    ],
  })
  t('unsub-while-paused-with-data', 'leaving a query whose refetch is paused leaves it paused', {
    fns: { f: [ok(1), ok(2, 5)] },
    ops: [
      mount(),
      ...watch('o', q(k, 'f')),
      online(false),
      refetch(),
      unsub('o'),
      state(k),
      online(true),
      adv(5),
      state(k),
    ],
  })
  t('mount-late', 'mounting does not by itself refetch or continue anything', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      ...watch('o', q(k, 'f')),
      focus(false),
      focus(true),
      mount(),
      adv(10),
      sub('o', { as: 'b' }),
      unmount(),
      ...blink,
    ],
  })
  t('paused-retry-gets-set', 'data set while a retry is paused does not end it', {
    fns: { f: [err('E'), ok('f', 5)] },
    ops: [
      mount(),
      ...watch('o', q(k, 'f', { retryDelay: 10 })),
      online(false),
      adv(10),
      set(k, 'set'),
      state(k),
      online(true),
      adv(5),
      state(k),
    ],
  })
})

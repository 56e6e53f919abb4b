// Events of the query cache, and its callbacks.

import {
  adv,
  again,
  allQueryCallbacks,
  area,
  cancel,
  clear,
  err,
  fetch,
  find,
  findAll,
  invalidate,
  mount,
  never,
  obs,
  ok,
  online,
  opts,
  pred,
  prefetch,
  q,
  read,
  refetch,
  remove,
  reset,
  select,
  set,
  setMany,
  state,
  sub,
  track,
  undef,
  unsub,
  update,
  watch,
  withCallbacks,
} from './dsl.mjs'

const k = ['k']

export default area('query-cache', (t) => {
  t('events-set', 'a set of a new query: added, then success', { ops: [set(k, 1), set(k, 2)] })
  t('events-fetch', 'a fetch: added, fetch, success', {
    fns: { f: [ok(1, 5)] },
    ops: [fetch(q(k, 'f')), adv(5)],
  })
  t('events-fetch-error', 'a failing fetch: fetch, failed per retry, error', {
    fns: { f: [err('E', 5)] },
    ops: [fetch(q(k, 'f', { retry: 1, retryDelay: 10 })), adv(20)],
  })
  t('events-observer', 'an observer’s life: results and observers come and go', {
    fns: { f: [ok(1, 5)] },
    ops: [
      obs('o', q(k, 'f')),
      sub('o'),
      adv(5),
      sub('o', { as: 'b' }),
      unsub('o'),
      unsub('o', { as: 'b' }),
    ],
  })
  t('events-options', 'observerOptionsUpdated comes with options that differ, and only then', {
    fns: { f: [ok(1)] },
    ops: [
      obs('o', q(k, 'f')),
      opts('o', q(k, 'f')),
      opts('o', q(k, 'f', { staleTime: 10 })),
      opts('o', q(k, 'f', { staleTime: 10 })),
      opts('o', q(['other'], 'f', { staleTime: 10 })),
    ],
  })
  t('events-options-undefined', 'an explicit undefined differs from nothing', {
    fns: { f: [ok(1)] },
    ops: [obs('o', q(k, 'f')), opts('o', q(k, 'f', { meta: undef }))],
  })
  t('events-options-fn', 'options with equal literals and the same functions do not differ', {
    fns: { f: [ok(1)] },
    ops: [
      obs('o', q(k, 'f', { select: select('len'), meta: { a: 1 }, placeholderData: [1] })),
      opts('o', q(k, 'f', { select: select('len'), meta: { a: 1 }, placeholderData: [1] })),
      opts('o', q(k, 'f', { select: select('id'), meta: { a: 1 }, placeholderData: [1] })),
    ],
  })
  t('events-pause', 'a fetch that has to wait: fetch, pause, continue, success', {
    header: { online: false },
    fns: { f: [ok(1, 5)] },
    ops: [mount(), prefetch(q(k, 'f')), online(true), adv(5)],
  })
  t('events-retry-pause', 'a retry that has to wait: failed, pause, continue', {
    fns: { f: [err('E'), ok(1)] },
    ops: [
      mount(),
      prefetch(q(k, 'f', { retry: 1, retryDelay: 10 })),
      online(false),
      adv(10),
      online(true),
    ],
  })
  t('events-invalidate', 'invalidate is told once', {
    ops: [set(k, 1), invalidate(), invalidate()],
  })
  t('events-reset', 'a reset is a setState', { ops: [set(k, 1), reset()] })
  t('events-cancel', 'a revert is a setState', {
    fns: { f: [never] },
    ops: [prefetch(q(k, 'f')), cancel(), state(k)],
  })
  t('events-cancel-replace', 'a replaced fetch tells nothing but the new fetch', {
    fns: { f: [ok(1), ok(2, 10), ok(3, 10)] },
    ops: [prefetch(q(k, 'f')), refetch(), adv(5), refetch(), adv(10)],
  })
  t('events-initial', 'later initialData is a setState', {
    fns: { f: [ok(1)] },
    ops: [obs('o', q(k, 'f')), obs('p', q(k, 'f', { initialData: 'i' }))],
  })
  t('events-remove', 'removed is told once for each', {
    ops: [set(['a'], 1), set(['b'], 2), remove(), remove()],
  })
  t('events-collect', 'collection tells removed', {
    ops: [obs('o', q(k, undefined, { gcTime: 10 })), adv(10)],
  })
  t('events-clear', 'clearing tells removed for all', {
    fns: { f: [never] },
    ops: [set(['a'], 1), prefetch(q(['b'], 'f')), clear()],
  })
  t(
    'events-unnotified',
    'a result that is not worth a listener’s call still tells observerResultsUpdated',
    {
      fns: { f: [ok(1, 5), ok(1, 5)] },
      ops: [
        ...watch('o', q(k, 'f', { notifyOnChangeProps: ['data'] })),
        adv(5),
        again('o'),
        adv(5),
      ],
    },
  )
  t('events-set-many', 'setMany tells success of each', {
    ops: [set(['a', 1], 1), set(['a', 2], 2), setMany({ queryKey: ['a'] }, 0)],
  })
  t('events-moved', 'an observer that moves leaves one query and joins another', {
    fns: { f: [ok(1, 5)] },
    ops: [...watch('o', q(['a'], 'f')), adv(5), opts('o', q(['b'], 'f')), adv(5)],
  })
  t(
    'order-of-creation',
    'queries are kept in order of creation; removing and setting anew moves one to the end',
    {
      ops: [
        set(['a'], 1),
        set(['b'], 2),
        set(['c'], 3),
        remove({ queryKey: ['a'] }),
        set(['a'], 4),
        set(['b'], 5),
        findAll(),
      ],
    },
  )
  t('find-predicates', 'find with a predicate over key and state', {
    ops: [
      set(['a', 1], 1),
      set(['b', 2], 2),
      find({ queryKey: ['a'], exact: false, predicate: pred({ keyAt: [1, 1] }) }),
      findAll({ predicate: pred({ status: 'success' }) }),
      findAll({ predicate: pred({ const: false }) }),
    ],
  })
  t('find-observers', 'a predicate may count observers', {
    fns: { f: [never] },
    ops: [
      ...watch('o', q(['a'], 'f')),
      ...watch('p', q(['a'], 'f')),
      set(['b'], 1),
      findAll({ predicate: pred({ observers: 2 }) }),
      findAll({ predicate: pred({ observers: 0 }) }),
    ],
  })
  t('callback-success', 'onSuccess and onSettled of the cache after a success', {
    header: withCallbacks(allQueryCallbacks),
    fns: { f: [ok({ a: 1 }, 5)] },
    ops: [prefetch(q(k, 'f')), adv(5)],
  })
  t('callback-error', 'onError and onSettled of the cache after an error', {
    header: withCallbacks(allQueryCallbacks),
    fns: { f: [err('E', 5)] },
    ops: [prefetch(q(k, 'f')), adv(5), state(k), adv(300_000)],
  })
  t('callback-error-with-data', 'onSettled after an error gets the data there was', {
    header: withCallbacks(allQueryCallbacks),
    fns: { f: [err('E', 5)] },
    ops: [set(k, 'old'), prefetch(q(k, 'f')), adv(5)],
  })
  t('callback-undefined', 'undefined data is an error for the callbacks, too', {
    header: withCallbacks(allQueryCallbacks),
    fns: { f: [ok(undef)] },
    ops: [prefetch(q(k, 'f'))],
  })
  t('callback-some', 'only what was asked for is called', {
    header: withCallbacks({ query: { onSettled: true } }),
    fns: { f: [ok(1), err('E')] },
    ops: [prefetch(q(k, 'f')), prefetch(q(k, 'f'))],
  })
  t('callback-dedup', 'one call for observers and fetches together', {
    header: withCallbacks(allQueryCallbacks),
    fns: { f: [ok(1, 5)] },
    ops: [...watch('o', q(k, 'f')), fetch(q(k, 'f')), adv(5)],
  })
  t('callback-late', 'a fetch that nobody observes any more still calls back', {
    header: withCallbacks(allQueryCallbacks),
    fns: { f: [ok(1, 5)] },
    ops: [...watch('o', q(k, 'f')), unsub('o'), adv(5)],
  })
  t('track-and-events', 'tracked fields decide on listeners, not on events', {
    fns: { f: [ok(1, 5)] },
    ops: [
      obs('o', q(k, 'f')),
      track('o', ['data']),
      sub('o'),
      adv(5),
      update(k, { same: true }),
      read('o'),
    ],
  })
})

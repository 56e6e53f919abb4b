// Results that are told ahead of subscribing, for rendering.

import {
  $,
  adv,
  area,
  combine,
  err,
  fetch,
  inf,
  obs,
  ok,
  optimistic,
  opts,
  pages,
  q,
  qs,
  qsOptimistic,
  qsRead,
  read,
  select,
  set,
  state,
  sub,
  watch,
  watchAll,
} from './dsl.mjs'

const k = ['k']
const restoring = { mode: 'isRestoring' }

export default area('optimistic', (t) => {
  t('pending', 'before subscribing it is already told that it will fetch', {
    fns: { f: [ok(1)] },
    ops: [obs('o', q(k, 'f')), read('o'), optimistic('o', q(k, 'f')), read('o'), state(k)],
  })
  t('then-subscribe', 'subscribing then tells nothing new', {
    fns: { f: [ok(1, 5)] },
    ops: [obs('o', q(k, 'f')), optimistic('o', q(k, 'f')), sub('o'), adv(5)],
  })
  t('disabled', 'not if it will not', {
    fns: { f: [ok(1)] },
    ops: [obs('o', q(k, 'f', { enabled: false })), optimistic('o', q(k, 'f', { enabled: false }))],
  })
  t('fresh', 'nor with fresh data', {
    fns: { f: [ok(1)] },
    ops: [
      set(k, 0),
      obs('o', q(k, 'f', { staleTime: 10 })),
      optimistic('o', q(k, 'f', { staleTime: 10 })),
    ],
  })
  t('stale', 'stale data will be refetched', {
    fns: { f: [ok(1)] },
    ops: [set(k, 0), obs('o', q(k, 'f')), optimistic('o', q(k, 'f'))],
  })
  t('mount-off', 'not with refetchOnMount false', {
    fns: { f: [ok(1)] },
    ops: [
      set(k, 0),
      obs('o', q(k, 'f', { refetchOnMount: false })),
      optimistic('o', q(k, 'f', { refetchOnMount: false })),
    ],
  })
  t('offline', 'offline it will be paused', {
    header: { online: false },
    fns: { f: [ok(1)] },
    ops: [obs('o', q(k, 'f')), optimistic('o', q(k, 'f'))],
  })
  t('restoring', 'while restoring it is idle', {
    fns: { f: [ok(1)] },
    ops: [obs('o', q(k, 'f')), optimistic('o', q(k, 'f'), restoring)],
  })
  t('error', 'an error without data will be tried again', {
    fns: { f: [err('E')] },
    ops: [fetch(q(k, 'f')), obs('o', q(k, 'f')), optimistic('o', q(k, 'f'))],
  })
  t('error-off', 'not with retryOnMount false', {
    fns: { f: [err('E')] },
    ops: [
      fetch(q(k, 'f')),
      obs('o', q(k, 'f', { retryOnMount: false })),
      optimistic('o', q(k, 'f', { retryOnMount: false })),
    ],
  })
  t('other-key', 'a mounted observer that is about to change key', {
    fns: { f: [ok(1, 5)], g: [ok(2, 5)] },
    ops: [
      ...watch('o', q(['a'], 'f')),
      adv(5),
      optimistic('o', q(['b'], 'g')),
      opts('o', q(['b'], 'g')),
      adv(5),
    ],
  })
  t('other-key-keep', 'with keepPreviousData', {
    fns: { f: [ok(1, 5)], g: [ok(2, 5)] },
    ops: [
      ...watch('o', q(['a'], 'f')),
      adv(5),
      optimistic('o', q(['b'], 'g', { placeholderData: $({ placeholder: 'keepPrevious' }) })),
      opts('o', q(['b'], 'g', { placeholderData: $({ placeholder: 'keepPrevious' }) })),
      adv(5),
    ],
  })
  t('enable', 'a mounted observer that is about to be switched on', {
    fns: { f: [ok(1, 5)] },
    ops: [
      ...watch('o', q(k, 'f', { enabled: false })),
      optimistic('o', q(k, 'f')),
      opts('o', q(k, 'f')),
      adv(5),
    ],
  })
  t('select', 'the selection is told', {
    fns: { f: [ok([1])] },
    ops: [
      set(k, [1, 2]),
      obs('o', q(k, 'f', { select: select('len', 'log') })),
      optimistic('o', q(k, 'f', { select: select('len', 'log') })),
    ],
  })
  t('placeholder', 'and the placeholder', {
    fns: { f: [ok(1)] },
    ops: [
      obs('o', q(k, 'f', { placeholderData: 'p' })),
      optimistic('o', q(k, 'f', { placeholderData: 'p' })),
    ],
  })
  t('creates', 'asking makes the query', {
    fns: { f: [ok(1)] },
    ops: [obs('o', q(['a'], 'f')), optimistic('o', q(['b'], 'f')), state(['b'])],
  })
  t('infinite', 'an infinite observer', {
    fns: { f: { steps: [{}], echo: 'page' } },
    ops: [inf('o', pages(k, 'f')), optimistic('o', pages(k, 'f'))],
  })
  t('queries', 'of several queries', {
    fns: { f: [ok(1)], g: [ok(2)] },
    ops: [
      set(['b'], 2),
      qs('s', [q(['a'], 'f')]),
      qsOptimistic('s', [q(['a'], 'f'), q(['b'], 'g')]),
      qsRead('s'),
    ],
  })
  t('queries-combine', 'combined', {
    fns: { f: [ok(1, 5)], g: [ok(2, 5)] },
    ops: [
      set(['b'], 2),
      qs('s', [q(['a'], 'f'), q(['b'], 'g')], combine({ list: 'data' })),
      qsOptimistic('s', [q(['a'], 'f'), q(['b'], 'g')], combine({ list: 'data' })),
      qsOptimistic('s', [q(['b'], 'g')], combine({ list: 'data' })),
    ],
  })
  t('queries-combine-other', 'with another combine', {
    fns: { f: [ok(1, 5)] },
    ops: [
      ...watchAll('s', [q(['a'], 'f')], combine({ list: 'data' })),
      adv(5),
      qsOptimistic('s', [q(['a'], 'f')], combine({ list: 'status' })),
      qsOptimistic('s', [q(['a'], 'f')], combine({ count: 'isSuccess' })),
    ],
  })
})

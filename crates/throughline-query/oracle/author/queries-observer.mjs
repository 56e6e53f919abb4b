// Observers of several queries.

import {
  $,
  adv,
  area,
  combine,
  err,
  focus,
  getMany,
  invalidate,
  mount,
  ok,
  q,
  qs,
  qsRead,
  qsSet,
  qsSub,
  qsUnsub,
  refetch,
  select,
  set,
  state,
  watch,
  watchAll,
} from './dsl.mjs'

const a = ['a']
const b = ['b']
const c = ['c']

export default area('queries-observer', (t) => {
  t('results', 'it tells the results of all, whenever one changes', {
    fns: { f: [ok(1, 5)], g: [ok(2, 10)] },
    ops: [...watchAll('s', [q(a, 'f'), q(b, 'g')]), adv(5), adv(5), qsRead('s')],
  })
  t('read-before', 'before a listener it can be read', {
    ops: [set(a, 1), qs('s', [q(a), q(b)]), qsRead('s')],
  })
  t('empty', 'of no queries it has no results', { ops: [...watchAll('s', []), qsRead('s')] })
  t('empty-then-some', 'queries may come later', {
    fns: { f: [ok(1, 5)] },
    ops: [...watchAll('s', []), qsSet('s', [q(a, 'f')]), adv(5)],
  })
  t('some-then-empty', 'and go', {
    fns: { f: [ok(1, 5)] },
    ops: [...watchAll('s', [q(a, 'f')]), adv(5), qsSet('s', []), state(a), qsRead('s')],
  })
  t('add', 'a query added is fetched, the others are not', {
    fns: { f: [ok(1), ok(2)], g: [ok(3, 5)] },
    ops: [...watchAll('s', [q(a, 'f')]), qsSet('s', [q(a, 'f'), q(b, 'g')]), adv(5)],
  })
  t('remove', 'a query taken away is observed no more', {
    fns: { f: [ok(1, 1)], g: [ok(2, 2)] },
    ops: [
      ...watchAll('s', [q(a, 'f', { gcTime: 10 }), q(b, 'g', { gcTime: 10 })]),
      adv(2),
      qsSet('s', [q(b, 'g', { gcTime: 10 })]),
      adv(10),
      getMany({}),
    ],
  })
  t('remove-fetching', 'one taken away while it fetches is left as any observer leaves', {
    fns: { f: { steps: [ok(1, 10)], readSignal: true }, g: [ok(2)] },
    ops: [
      ...watchAll('s', [q(a, 'f'), q(b, 'g')]),
      adv(5),
      qsSet('s', [q(b, 'g')]),
      adv(10),
      state(a),
    ],
  })
  t('replace', 'one key for another', {
    fns: { f: [ok(1, 1)], g: [ok(2, 2)], h: [ok(3, 5)] },
    ops: [
      ...watchAll('s', [q(a, 'f'), q(b, 'g')]),
      adv(2),
      qsSet('s', [q(a, 'f'), q(c, 'h')]),
      adv(5),
      state(b),
    ],
  })
  t('reorder', 'another order moves results, and fetches nothing', {
    fns: { f: [ok(1, 1)], g: [ok(2, 2)] },
    ops: [
      ...watchAll('s', [q(a, 'f', { staleTime: 100 }), q(b, 'g', { staleTime: 100 })]),
      adv(2),
      qsSet('s', [q(b, 'g', { staleTime: 100 }), q(a, 'f', { staleTime: 100 })]),
    ],
  })
  t('same-again', 'the same queries again tell nothing', {
    fns: { f: [ok(1, 1)], g: [ok(2, 2)] },
    ops: [
      ...watchAll('s', [q(a, 'f', { staleTime: 100 }), q(b, 'g', { staleTime: 100 })]),
      adv(2),
      qsSet('s', [q(a, 'f', { staleTime: 100 }), q(b, 'g', { staleTime: 100 })]),
    ],
  })
  t('options-change', 'options that change a result are told', {
    fns: { f: [ok([1, 2])] },
    ops: [
      ...watchAll('s', [q(a, 'f', { staleTime: 100 })]),
      adv(1),
      qsSet('s', [q(a, 'f', { staleTime: 100, select: select('len') })]),
    ],
  })
  t('options-enable', 'switching one on fetches it', {
    fns: { f: [ok(1, 5)] },
    ops: [
      ...watchAll('s', [q(a, 'f', { enabled: false })]),
      qsSet('s', [q(a, 'f', { enabled: true })]),
      adv(5),
    ],
  })
  t('options-unsubscribed', 'without listeners new queries are only looked at', {
    fns: { f: [ok(1, 1)], g: [ok(2, 2)] },
    ops: [
      set(b, 'b'),
      qs('s', [q(a, 'f')]),
      qsSet('s', [q(a, 'f'), q(b, 'g')]),
      qsRead('s'),
      qsSub('s'),
      adv(2),
    ],
  })
  t('duplicates', 'the same query twice has two observers and one fetch', {
    fns: { f: [ok(1, 5)] },
    ops: [
      ...watchAll('s', [q(a, 'f'), q(a, 'f', { select: select({ wrap: 'w' }) })]),
      adv(5),
      state(a),
      qsRead('s'),
    ],
  })
  t('duplicates-consumed', 'duplicates are matched in order', {
    fns: { f: [ok(1)] },
    ops: [
      ...watchAll('s', [
        q(a, 'f', { staleTime: 100 }),
        q(a, 'f', { staleTime: 100, select: select({ wrap: 'w' }) }),
      ]),
      adv(1),
      qsSet('s', [q(a, 'f', { staleTime: 100, select: select({ wrap: 'w' }) })]),
      qsRead('s'),
    ],
  })
  t('unsubscribe', 'without listeners all are left', {
    fns: { f: [ok(1, 5)], g: [ok(2)] },
    ops: [
      ...watchAll('s', [q(a, 'f'), q(b, 'g')]),
      qsUnsub('s'),
      adv(5),
      getMany({ type: 'active' }),
      qsRead('s'),
    ],
  })
  t('unsubscribe-abort', 'and aborted where they can be', {
    fns: { f: { steps: [ok(1, 10)], readSignal: true } },
    ops: [...watchAll('s', [q(a, 'f')]), adv(5), qsUnsub('s'), adv(10), state(a)],
  })
  t('error', 'an error of one is its own', {
    fns: { f: [err('E', 5)], g: [ok(1, 10)] },
    ops: [...watchAll('s', [q(a, 'f', { retry: false }), q(b, 'g')]), adv(5), adv(5)],
  })
  t('set-data', 'a set is told', {
    ops: [
      ...watchAll('s', [q(a, undefined, { enabled: false }), q(b, undefined, { enabled: false })]),
      set(a, 1),
      set(b, 2),
    ],
  })
  t('sees-observers', 'what other observers fetch is told', {
    fns: { f: [ok(1, 5)] },
    ops: [...watchAll('s', [q(a, 'f', { enabled: false })]), ...watch('o', q(a, 'f')), adv(5)],
  })
  t('invalidate', 'its queries are active', {
    fns: { f: [ok(1, 1), ok(2, 5)], g: [ok(3, 2), ok(4, 10)] },
    ops: [...watchAll('s', [q(a, 'f'), q(b, 'g')]), adv(2), invalidate(), adv(5), adv(5)],
  })
  t('focus', 'and refetched on focus', {
    fns: { f: [ok(1), ok(2, 5)] },
    ops: [mount(), ...watchAll('s', [q(a, 'f')]), focus(false), focus(true), adv(5)],
  })
  t('static', 'static queries among them stay as they are', {
    fns: { f: [ok(1, 1)], g: [ok(2, 2), ok(3, 5)] },
    ops: [
      ...watchAll('s', [q(a, 'f', { staleTime: 'static' }), q(b, 'g')]),
      adv(2),
      invalidate(),
      adv(5),
    ],
  })
  t(
    'keep-previous',
    'keepPreviousData keeps nothing over a change of key: each key has its own observer here',
    {
      fns: { f: [ok(1)], g: [ok(2, 5)] },
      ops: [
        ...watchAll('s', [q(a, 'f', { placeholderData: $({ placeholder: 'keepPrevious' }) })]),
        adv(1),
        qsSet('s', [q(b, 'g', { placeholderData: $({ placeholder: 'keepPrevious' }) })]),
        adv(5),
      ],
    },
  )

  // ---- combine

  t('combine', 'combine makes one value of the results', {
    fns: { f: [ok(1, 5)], g: [ok(2, 10)] },
    ops: [
      ...watchAll('s', [q(a, 'f'), q(b, 'g')], combine({ each: ['data', 'status'] })),
      adv(5),
      adv(5),
    ],
  })
  t('combine-unchanged', 'listeners hear only if the combined value changed', {
    fns: { f: [ok(1, 5)], g: [ok(2, 10)] },
    ops: [...watchAll('s', [q(a, 'f'), q(b, 'g')], combine({ all: 'isSuccess' })), adv(5), adv(5)],
  })
  t('combine-count', 'a number counts down', {
    fns: { f: [ok(1, 5)], g: [ok(2, 10)] },
    ops: [
      ...watchAll('s', [q(a, 'f'), q(b, 'g')], combine({ count: 'isPending' })),
      adv(5),
      adv(5),
      set(a, 'set'),
    ],
  })
  t('combine-tracks', 'what combine reads is what observers are told of', {
    fns: { f: [ok(1, 5), ok(1, 5)] },
    ops: [
      ...watchAll('s', [q(a, 'f')], combine({ list: 'data' })),
      adv(5),
      refetch(),
      adv(5),
      qsRead('s'),
    ],
  })
  t('combine-equal-data', 'equal new data keeps the combined value', {
    fns: { f: [ok({ x: 1 }, 5), ok({ x: 1 }, 5), ok({ x: 2 }, 5)] },
    ops: [
      ...watchAll('s', [q(a, 'f')], combine({ list: 'data' })),
      adv(5),
      refetch(),
      adv(5),
      refetch(),
      adv(5),
    ],
  })
  t('combine-other', 'another combine is used at once if queries change', {
    fns: { f: [ok(1)], g: [ok(2, 5)] },
    ops: [
      ...watchAll('s', [q(a, 'f', { staleTime: 100 })], combine({ list: 'data' })),
      adv(1),
      qsSet('s', [q(a, 'f', { staleTime: 100 }), q(b, 'g')], combine({ count: 'isSuccess' })),
      adv(5),
    ],
  })
  t('combine-other-same-queries', 'another combine over the same results tells nothing by itself', {
    fns: { f: [ok(1), ok(2)] },
    ops: [
      ...watchAll('s', [q(a, 'f', { staleTime: 100 })], combine({ list: 'data' })),
      adv(1),
      qsSet('s', [q(a, 'f', { staleTime: 100 })], combine({ list: 'status' })),
      refetch(),
    ],
  })
  t('combine-empty', 'combining nothing', {
    ops: [
      ...watchAll('s', [], combine({ list: 'data' })),
      qsSet('s', [], combine({ list: 'data' })),
    ],
  })
  t('combine-remove', 'the combined value shrinks with the queries', {
    fns: { f: [ok(1, 1)], g: [ok(2, 2)] },
    ops: [
      ...watchAll(
        's',
        [q(a, 'f', { staleTime: 100 }), q(b, 'g', { staleTime: 100 })],
        combine({ list: 'data' }),
      ),
      adv(2),
      qsSet('s', [q(b, 'g', { staleTime: 100 })], combine({ list: 'data' })),
    ],
  })
  t('combine-notify-list', 'notifyOnChangeProps of one holds against what combine reads', {
    fns: { f: [ok(1, 5)] },
    ops: [
      ...watchAll(
        's',
        [q(a, 'f', { notifyOnChangeProps: ['status'] })],
        combine({ list: 'isFetching' }),
      ),
      adv(5),
    ],
  })
  t('combine-select', 'combine sees selected data', {
    fns: { f: [ok([1, 2], 5)] },
    ops: [
      ...watchAll('s', [q(a, 'f', { select: select('len') })], combine({ list: 'data' })),
      adv(5),
    ],
  })
  t('combine-reorder', 'reordering changes the combined list', {
    fns: { f: [ok(1, 1)], g: [ok(2, 2)] },
    ops: [
      ...watchAll(
        's',
        [q(a, 'f', { staleTime: 100 }), q(b, 'g', { staleTime: 100 })],
        combine({ list: 'data' }),
      ),
      adv(2),
      qsSet(
        's',
        [q(b, 'g', { staleTime: 100 }), q(a, 'f', { staleTime: 100 })],
        combine({ list: 'data' }),
      ),
    ],
  })
  t('combine-error', 'an error reaches combine', {
    fns: { f: [err('E', 5)] },
    ops: [
      ...watchAll('s', [q(a, 'f', { retry: false })], combine({ each: ['status', 'error'] })),
      adv(5),
    ],
  })
  t('combine-placeholder', 'placeholders reach combine', {
    fns: { f: [ok('real', 5)] },
    ops: [
      ...watchAll(
        's',
        [q(a, 'f', { placeholderData: 'fake' })],
        combine({ each: ['data', 'isPlaceholderData'] }),
      ),
      adv(5),
    ],
  })
})

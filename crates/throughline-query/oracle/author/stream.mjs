// Queries over streams.

import {
  adv,
  again,
  allQueryCallbacks,
  area,
  cancel,
  chunks,
  err,
  fetch,
  get,
  invalidate,
  mount,
  online,
  prefetch,
  q,
  read,
  refetch,
  remove,
  reset,
  select,
  set,
  state,
  sub,
  unsub,
  watch,
  withCallbacks,
} from './dsl.mjs'

const k = ['st']
const stream = (steps, how = {}, rest = {}) => ({ stream: how, steps, ...rest })
const three = (first = 1) => chunks([5, first], [5, first + 1], [5, first + 2])

export default area('stream', (t) => {
  t('chunks', 'each chunk is shown as it comes, as success that still fetches', {
    fns: { f: stream([three()]) },
    ops: [...watch('o', q(k, 'f')), adv(5), adv(5), adv(5), state(k)],
  })
  t('chunks-at-once', 'chunks without delay', {
    fns: { f: stream([chunks([null, 1], [null, 2])]) },
    ops: [...watch('o', q(k, 'f')), state(k)],
  })
  t('empty', 'a stream without chunks gives the empty list', {
    fns: { f: stream([chunks()]) },
    ops: [...watch('o', q(k, 'f')), state(k), read('o')],
  })
  t('empty-initial', 'or the initial value', {
    fns: { f: stream([chunks()], { reducer: 'sum', initialValue: 0 }) },
    ops: [...watch('o', q(k, 'f')), state(k), get(k)],
  })
  t('late-end', 'it fetches until the stream ends', {
    fns: { f: stream([{ stream: [[5, 1]], end: { after: 20 } }]) },
    ops: [...watch('o', q(k, 'f')), adv(5), state(k), adv(20), state(k)],
  })
  t('opening', 'opening the stream may take its time', {
    fns: { f: stream([{ stream: [[null, 1]], after: 10 }]) },
    ops: [...watch('o', q(k, 'f')), adv(9), adv(1)],
  })
  t('opening-fails', 'and fail, and be retried', {
    fns: { f: stream([err('E', 5), three()]) },
    ops: [...watch('o', q(k, 'f', { retryDelay: 10 })), adv(5), state(k), adv(15), adv(10)],
  })
  t(
    'fails-midway',
    'a stream that fails midway keeps its chunks until the retry, which resets as a refetch does',
    {
      fns: { f: stream([{ stream: [[5, 1]], end: { err: 'E' } }, three(10)]) },
      ops: [
        ...watch('o', q(k, 'f', { retryDelay: 10 })),
        adv(5),
        state(k),
        adv(10),
        state(k),
        adv(15),
        state(k),
      ],
    },
  )
  t('fails-for-good', 'a stream that fails for good is an error with the data so far', {
    fns: { f: stream([{ stream: [[5, 1]], end: { after: 5, err: 'E' } }]) },
    ops: [...watch('o', q(k, 'f', { retry: false })), adv(5), adv(5), read('o')],
  })
  t('reducer-sum', 'a reducer folds the chunks', {
    fns: { f: stream([three()], { reducer: 'sum', initialValue: 100 }) },
    ops: [...watch('o', q(k, 'f')), adv(15), state(k)],
  })
  t('reducer-merge', 'into whatever it likes', {
    fns: {
      f: stream([chunks([5, { a: 1 }], [5, { b: 2 }], [5, { a: 3 }])], {
        reducer: 'merge',
        initialValue: {},
      }),
    },
    ops: [...watch('o', q(k, 'f')), adv(15), get(k)],
  })
  t('reducer-last', 'or only the last', {
    fns: { f: stream([three()], { reducer: 'last', initialValue: null }) },
    ops: [...watch('o', q(k, 'f')), adv(10), get(k), adv(5)],
  })
  t('refetch-reset', 'a refetch resets: pending without data, then chunk by chunk', {
    fns: { f: stream([three(), three(10)], { refetchMode: 'reset' }) },
    ops: [...watch('o', q(k, 'f')), adv(15), again('o'), read('o'), adv(5), adv(10), state(k)],
  })
  t('refetch-default', 'which is the default', {
    fns: { f: stream([chunks([null, 1]), chunks([5, 2])]) },
    ops: [...watch('o', q(k, 'f')), refetch(), state(k), adv(5), state(k)],
  })
  t('refetch-append', 'append goes on after what is there', {
    fns: { f: stream([three(), three(10)], { refetchMode: 'append' }) },
    ops: [...watch('o', q(k, 'f')), adv(15), again('o'), read('o'), adv(15), state(k)],
  })
  t('refetch-replace', 'replace shows the old until the new is whole', {
    fns: { f: stream([three(), three(10)], { refetchMode: 'replace' }) },
    ops: [...watch('o', q(k, 'f')), adv(15), again('o'), adv(10), read('o'), adv(5), state(k)],
  })
  t('refetch-replace-reducer', 'with a reducer, too', {
    fns: {
      f: stream([three(), three(10)], {
        refetchMode: 'replace',
        reducer: 'sum',
        initialValue: 0,
      }),
    },
    ops: [...watch('o', q(k, 'f')), adv(15), again('o'), adv(10), get(k), adv(5), get(k)],
  })
  t('refetch-replace-empty', 'replaced by nothing', {
    fns: { f: stream([three(), chunks()], { refetchMode: 'replace' }) },
    ops: [...watch('o', q(k, 'f')), adv(15), again('o'), state(k)],
  })
  t('refetch-append-reducer', 'append folds on', {
    fns: {
      f: stream([three(), three()], {
        refetchMode: 'append',
        reducer: 'sum',
        initialValue: 0,
      }),
    },
    ops: [...watch('o', q(k, 'f')), adv(15), again('o'), adv(15), get(k)],
  })
  t('replace-fails', 'a failing replacement leaves the old', {
    fns: {
      f: stream([three(), { stream: [[5, 10]], end: { err: 'E' } }], {
        refetchMode: 'replace',
      }),
    },
    ops: [...watch('o', q(k, 'f', { retry: false })), adv(15), again('o'), adv(5), state(k)],
  })
  t('reset-initial-data', 'a reset goes to initialData if there is any', {
    fns: { f: stream([chunks([5, 1]), chunks([5, 2])]) },
    ops: [
      ...watch('o', q(k, 'f', { initialData: [0] })),
      adv(5),
      state(k),
      again('o'),
      state(k),
      adv(5),
      state(k),
    ],
  })
  t('cancel', 'a cancelled stream keeps what came: each chunk is a point to go back to', {
    fns: { f: stream([three()]) },
    ops: [...watch('o', q(k, 'f')), adv(7), cancel(), state(k), adv(20), state(k)],
  })
  t('cancel-before', 'cancelled before its first chunk it is pending', {
    fns: { f: stream([three()]) },
    ops: [...watch('o', q(k, 'f')), adv(2), cancel(), state(k), adv(20), state(k)],
  })
  t('leave', 'leaving does not end a stream that reads no signal', {
    fns: { f: stream([three()]) },
    ops: [...watch('o', q(k, 'f')), adv(7), unsub('o'), adv(20), state(k)],
  })
  t('leave-abortable', 'leaving ends one that does', {
    fns: { f: stream([three()], {}, { readSignal: true }) },
    ops: [...watch('o', q(k, 'f')), adv(7), unsub('o'), adv(20), state(k), read('o')],
  })
  t('leave-abortable-return', 'and coming back starts it anew', {
    fns: { f: stream([three(), three(10)], {}, { readSignal: true }) },
    ops: [...watch('o', q(k, 'f')), adv(7), unsub('o'), sub('o'), state(k), adv(20), state(k)],
  })
  t('replaced', 'a refetch during the stream stops the old stream’s writes', {
    fns: { f: stream([three(), three(10)]) },
    ops: [...watch('o', q(k, 'f')), adv(7), again('o'), state(k), adv(20), state(k)],
  })
  t('removed', 'a removed query’s stream stops', {
    fns: { f: stream([three()]) },
    ops: [prefetch(q(k, 'f')), adv(7), remove(), adv(20), state(k)],
  })
  t('reset-during', 'a reset during the stream starts anew', {
    fns: { f: stream([three(), three(10)]) },
    ops: [...watch('o', q(k, 'f')), adv(7), reset(), state(k), adv(15), state(k)],
  })
  t('fetch', 'fetchQuery resolves with the whole', {
    fns: { f: stream([three()]) },
    ops: [fetch(q(k, 'f')), adv(15)],
  })
  t('fetch-data-defined', 'a second fetch during the stream joins it', {
    fns: { f: stream([three(), three(10)]) },
    ops: [fetch(q(k, 'f')), adv(7), fetch(q(k, 'f')), adv(8)],
  })
  t('set-during', 'a set during the stream is appended to', {
    fns: { f: stream([three()]) },
    ops: [...watch('o', q(k, 'f')), adv(5), set(k, ['set']), adv(10), state(k)],
  })
  t('counts', 'every chunk counts as an update, and the end, too', {
    fns: { f: stream([three()]) },
    ops: [fetch(q(k, 'f')), adv(10), state(k), adv(5), state(k)],
  })
  t('callbacks', 'the cache’s callbacks run once, at the end', {
    header: withCallbacks(allQueryCallbacks),
    fns: { f: stream([three()]) },
    ops: [prefetch(q(k, 'f')), adv(10), adv(5)],
  })
  t('select', 'chunks are selected from', {
    fns: { f: stream([three()]) },
    ops: [...watch('o', q(k, 'f', { select: select('len') })), adv(15)],
  })
  t('offline-start', 'a stream offline waits as any fetch', {
    header: { online: false },
    fns: { f: stream([three()]) },
    ops: [mount(), ...watch('o', q(k, 'f')), adv(10), online(true), adv(15)],
  })
  t('invalidate-append', 'an invalidation of an appending stream', {
    fns: { f: stream([chunks([null, 1]), chunks([5, 2])], { refetchMode: 'append' }) },
    ops: [...watch('o', q(k, 'f', { staleTime: 100 })), invalidate(), state(k), adv(5), state(k)],
  })
  t('no-sharing', 'chunks of objects', {
    fns: { f: stream([chunks([5, { id: 1 }], [5, { id: 1 }])]) },
    ops: [...watch('o', q(k, 'f')), adv(10)],
  })
})

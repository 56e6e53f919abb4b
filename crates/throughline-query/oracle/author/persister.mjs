// Persisters of single queries.

import {
  adv,
  again,
  area,
  corrupt,
  del,
  err,
  fetch,
  flush,
  get,
  getMany,
  ok,
  ppGc,
  ppLoad,
  ppRemove,
  ppRestore,
  ppSave,
  putItem,
  q,
  set,
  state,
  stored,
  storedKeys,
  watch,
} from './dsl.mjs'

const k = ['k']
const item = 'tanstack-query-["k"]'
const header = (rest = {}, store = {}) => ({
  stores: { s: store },
  persisters: { p: { store: 's', ...rest } },
})
const persister = { $persister: 'p' }
const good = (data, at = 999_000) => ({
  data,
  dataUpdatedAt: at,
  dataUpdateCount: 1,
  status: 'success',
})
const saved = (queryKey, data, rest = {}) => ({
  buster: '',
  queryKey,
  queryHash: JSON.stringify(queryKey),
  state: good(data),
  ...rest,
})

export default area('persister', (t) => {
  t('save', 'what was fetched is stored by a timer after it', {
    header: header(),
    fns: { f: [ok({ a: 1 }, 5)] },
    ops: [fetch(q(k, 'f', { persister })), adv(5), storedKeys('s'), flush(), stored('s', item)],
  })
  t('restore', 'what is stored is taken instead of a call', {
    header: header({ refetchOnRestore: false }),
    fns: { f: [ok('fetched')] },
    ops: [
      putItem('s', item, saved(k, 'stored')),
      fetch(q(k, 'f', { persister })),
      state(k),
      flush(),
      state(k),
    ],
  })
  t('restore-stale', 'and refetched if stale', {
    header: header(),
    fns: { f: [ok('fetched', 5)] },
    ops: [
      putItem('s', item, saved(k, 'stored')),
      ...watch('o', q(k, 'f', { persister })),
      flush(),
      adv(5),
      flush(),
      stored('s', item),
    ],
  })
  t('restore-fresh', 'not if fresh', {
    header: header(),
    fns: { f: [ok('fetched', 5)] },
    ops: [
      putItem('s', item, saved(k, 'stored')),
      ...watch('o', q(k, 'f', { persister, staleTime: 10_000 })),
      flush(),
      adv(5),
      state(k),
    ],
  })
  t('restore-always', 'with always in any case', {
    header: header({ refetchOnRestore: 'always' }),
    fns: { f: [ok('fetched', 5)] },
    ops: [
      putItem('s', item, saved(k, 'stored')),
      ...watch('o', q(k, 'f', { persister, staleTime: 10_000 })),
      flush(),
      adv(5),
      state(k),
      storedKeys('s'),
    ],
  })
  t('restore-only-first', 'where there is data nothing is restored', {
    header: header(),
    fns: { f: [ok('fetched', 5)] },
    ops: [
      putItem('s', item, saved(k, 'stored')),
      set(k, 'mine'),
      fetch(q(k, 'f', { persister })),
      adv(5),
    ],
  })
  t('expired', 'what is too old is removed, and fetched', {
    header: header({ maxAge: 999 }),
    fns: { f: [ok('fetched')] },
    ops: [putItem('s', item, saved(k, 'stored')), fetch(q(k, 'f', { persister })), storedKeys('s')],
  })
  t('age', 'as old as maxAge is not too old', {
    header: header({ maxAge: 1000 }),
    fns: { f: [ok('fetched')] },
    ops: [
      putItem('s', item, saved(k, 'stored')),
      fetch(q(k, 'f', { persister, staleTime: 100_000 })),
    ],
  })
  t('busted', 'another buster is as too old', {
    header: header({ buster: 'v2' }),
    fns: { f: [ok('fetched')] },
    ops: [
      putItem('s', item, saved(k, 'stored', { buster: 'v1' })),
      fetch(q(k, 'f', { persister })),
      flush(),
      stored('s', item),
    ],
  })
  t('corrupt', 'what cannot be read is removed, and fetched', {
    header: header(),
    fns: { f: [ok('fetched')] },
    ops: [
      putItem('s', item, saved(k, 'stored')),
      corrupt('s', item),
      fetch(q(k, 'f', { persister })),
      storedKeys('s'),
    ],
  })
  t('no-time', 'what was never updated is as too old', {
    header: header(),
    fns: { f: [ok('fetched')] },
    ops: [
      putItem('s', item, { ...saved(k, 'stored'), state: {} }),
      fetch(q(k, 'f', { persister })),
      storedKeys('s'),
    ],
  })
  t('error', 'a failed fetch is not stored', {
    header: header(),
    fns: { f: [err('E')] },
    ops: [fetch(q(k, 'f', { persister })), flush(), storedKeys('s')],
  })
  t('prefix', 'the prefix of items may be another', {
    header: header({ prefix: 'mine' }),
    fns: { f: [ok(1)] },
    ops: [fetch(q(k, 'f', { persister })), flush(), storedKeys('s'), get(k)],
  })
  t('filters', 'filters say what is persisted', {
    header: header({ filters: { queryKey: ['yes'] } }),
    fns: { f: [ok(1)] },
    ops: [
      fetch(q(['yes', 1], 'f', { persister })),
      fetch(q(['no'], 'f', { persister })),
      flush(),
      storedKeys('s'),
    ],
  })
  t('slow', 'a slow store makes the fetch wait', {
    header: header({ refetchOnRestore: false }, { after: 5 }),
    fns: { f: [ok('fetched')] },
    ops: [
      putItem('s', item, saved(k, 'stored')),
      ...watch('o', q(k, 'f', { persister })),
      adv(5),
      flush(),
    ],
  })
  t('offline', 'networkMode is offlineFirst with a persister: the store is asked offline', {
    header: { ...header({ refetchOnRestore: false }), online: false },
    fns: { f: [ok('fetched')] },
    ops: [putItem('s', item, saved(k, 'stored')), ...watch('o', q(k, 'f', { persister })), flush()],
  })
  t('offline-mode', 'unless another is given', {
    header: { ...header(), online: false },
    fns: { f: [ok('fetched')] },
    ops: [
      putItem('s', item, saved(k, 'stored')),
      ...watch('o', q(k, 'f', { persister, networkMode: 'online' })),
      flush(),
    ],
  })
  t('load', 'what is stored can be read', {
    header: header(),
    ops: [putItem('s', item, saved(k, 'stored')), ppLoad('p', k), ppLoad('p', ['x'])],
  })
  t('save-key', 'and a query be stored by hand', {
    header: header(),
    ops: [set(k, 1), ppSave('p', k), stored('s', item), ppSave('p', ['x']), storedKeys('s')],
  })
  t('gc', 'collecting removes what is too old or cannot be read', {
    header: header({ maxAge: 500 }),
    ops: [
      putItem('s', 'tanstack-query-["new"]', {
        ...saved(['new'], 1),
        state: good(1, 999_900),
      }),
      putItem('s', 'tanstack-query-["old"]', saved(['old'], 2)),
      putItem('s', 'tanstack-query-bad', '{'),
      putItem('s', 'other', '{'),
      ppGc('p'),
      storedKeys('s'),
    ],
  })
  t('restore-queries', 'all that is stored can be restored', {
    header: header(),
    ops: [
      putItem('s', 'tanstack-query-["a"]', saved(['a'], 1)),
      putItem('s', 'tanstack-query-["b"]', saved(['b'], 2)),
      putItem('s', 'other', '{'),
      ppRestore('p'),
      getMany({}),
      state(['a']),
    ],
  })
  t('restore-some', 'or what matches a key', {
    header: header(),
    ops: [
      putItem('s', 'tanstack-query-["a"]', saved(['a'], 1)),
      putItem('s', 'tanstack-query-["a",1]', saved(['a', 1], 2)),
      putItem('s', 'tanstack-query-["b"]', saved(['b'], 3)),
      ppRestore('p', ['a'], true),
      getMany({}),
      ppRestore('p', ['a']),
      getMany({}),
    ],
  })
  t('remove-queries', 'and removed likewise', {
    header: header(),
    ops: [
      putItem('s', 'tanstack-query-["a"]', saved(['a'], 1)),
      putItem('s', 'tanstack-query-["a",1]', saved(['a', 1], 2)),
      putItem('s', 'tanstack-query-["b"]', saved(['b'], 3)),
      ppRemove('p', ['a'], true),
      storedKeys('s'),
      ppRemove('p', ['a']),
      storedKeys('s'),
      ppRemove('p'),
      storedKeys('s'),
    ],
  })
  t('refetch', 'every later fetch is stored', {
    header: header(),
    fns: { f: [ok(1, 5), ok(2, 5)] },
    ops: [
      ...watch('o', q(k, 'f', { persister })),
      adv(5),
      flush(),
      stored('s', item),
      again('o'),
      adv(5),
      flush(),
      stored('s', item),
    ],
  })
  t('deleted', 'a deleted item is fetched', {
    header: header(),
    fns: { f: [ok('fetched')] },
    ops: [putItem('s', item, saved(k, 'stored')), del('s', item), fetch(q(k, 'f', { persister }))],
  })
})

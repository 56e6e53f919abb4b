// Hashes of one's own.

import {
  $,
  adv,
  area,
  fetch,
  find,
  findAll,
  get,
  ok,
  q,
  qdefaults,
  set,
  watch,
  withDefaults,
} from './dsl.mjs'

const first = $({ hash: { at: 0 } })
const tagged = $({ hash: { tag: 'x' } })

export default area('hashing', (t) => {
  t('function', 'a function may hash the key', {
    fns: { f: [ok(1)] },
    ops: [fetch(q(['k', 1], 'f', { queryKeyHashFn: tagged })), findAll(), get(['k', 1])],
  })
  t('function-default', 'as a default it holds for reading, too', {
    ops: [
      qdefaults(['k'], { queryKeyHashFn: first }),
      set(['k', 1], 'one'),
      get(['k', 2]),
      set(['k', 2], 'two'),
      get(['k', 1]),
      findAll(),
    ],
  })
  t('function-client', 'or of the client', {
    header: withDefaults({ queries: { queryKeyHashFn: tagged } }),
    ops: [set(['k'], 1), get(['k']), findAll()],
  })
  t('hash', 'a hash may be given', {
    fns: { f: [ok(1)] },
    ops: [fetch(q(['k'], 'f', { queryHash: 'mine' })), findAll(), get(['k'])],
  })
  t('exact', 'an exact filter uses the function of each query', {
    fns: { f: [ok(1)] },
    ops: [
      fetch(q(['k'], 'f', { queryKeyHashFn: tagged })),
      set(['k'], 2),
      findAll({ queryKey: ['k'], exact: true }),
      find({ queryKey: ['k'] }),
    ],
  })
  t('collision', 'keys that hash alike are one query, with the key of the first', {
    fns: { f: [ok(1, 5)], g: [ok(2, 5)] },
    ops: [
      ...watch('o', q(['k', 1], 'f', { queryKeyHashFn: first })),
      ...watch('p', q(['k', 2], 'g', { queryKeyHashFn: first })),
      adv(5),
      findAll({ queryKey: ['k', 1] }),
      findAll({ queryKey: ['k', 2] }),
    ],
  })
})

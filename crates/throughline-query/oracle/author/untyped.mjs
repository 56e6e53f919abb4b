// What a port with types may not even be able to say.

import {
  adv,
  area,
  findAll,
  get,
  getMany,
  obs,
  ok,
  prefetch,
  q,
  set,
  state,
  undef,
} from './dsl.mjs'

const k = ['k']
const num = ($num) => ({ $num })

export default area('untyped', (t) => {
  t('enabled-invalid', 'enabled has to be a boolean or a function', {
    ops: [obs('o', q(k, undefined, { enabled: 'yes' })), state(k)],
  })
  t('enabled-null', 'null is no boolean', { ops: [obs('o', q(k, undefined, { enabled: null }))] })
  t('gc-negative', 'a negative gcTime is as 0', {
    fns: { f: [ok(1)] },
    ops: [prefetch(q(k, 'f', { gcTime: -1 })), get(k), adv(0), get(k)],
  })
  t('key-undefined-field', 'an undefined field in a key object is as if it were not there', {
    ops: [set(['k', { a: 1, b: undef }], 1), get(['k', { a: 1 }]), getMany({})],
  })
  t('key-undefined', 'undefined in a key hashes as null', {
    ops: [set(['k', undef], 1), get(['k', null]), getMany({})],
  })
  t('key-nan', 'so do numbers that are none', {
    ops: [set(['k', num('NaN')], 1), set(['k', num('Infinity')], 2), get(['k', null]), getMany({})],
  })
  t('key-date', 'a date hashes as its text', {
    ops: [set(['k', { $date: 0 }], 1), get(['k', '1970-01-01T00:00:00.000Z'])],
  })
  t('filter-date', 'all dates match each other', {
    ops: [
      set(['k', { $date: 0 }], 1),
      findAll({ queryKey: ['k', { $date: 5 }] }),
      findAll({ queryKey: ['k', { $date: 5 }], exact: true }),
    ],
  })
  t(
    'filter-undefined',
    'an undefined element makes a filter key longer, an undefined field asks for nothing',
    {
      ops: [
        set(['a'], 1),
        set(['a', { x: 1 }], 2),
        findAll({ queryKey: ['a', undef] }),
        findAll({ queryKey: ['a', { y: undef }] }),
        findAll({ queryKey: ['a', { x: 1, z: undef }], exact: true }),
      ],
    },
  )
  t('filter-array-object', 'arrays and objects match each other', {
    ops: [
      set(['k', [1]], 1),
      set(['k', { 0: 1 }], 2),
      findAll({ queryKey: ['k', { 0: 1 }] }),
      findAll({ queryKey: ['k', [1]] }),
    ],
  })
  t('data-dates', 'equal dates are not the same data', {
    fns: { f: [ok({ at: { $date: 5 } }), ok({ at: { $date: 5 } })] },
    ops: [obs('o', q(k, 'f')), { op: 'obs.sub', id: 'o' }, adv(1), { op: 'obs.refetch', id: 'o' }],
  })
  t('silent-cancel', 'a cancel that is silent and does not revert leaves the query fetching', {
    fns: { f: [ok(1, 10), ok(2)] },
    ops: [
      prefetch(q(k, 'f')),
      { op: 'cancel', silent: true, revert: false },
      adv(10),
      state(k),
      prefetch(q(k, 'f')),
      state(k),
    ],
  })
})

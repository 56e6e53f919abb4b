// Saving a whole client to a store and restoring it.

import {
  $,
  adv,
  area,
  attach,
  clear,
  corrupt,
  del,
  detach,
  dry,
  exec,
  fetch,
  get,
  getMany,
  m,
  mdefaults,
  mfindAll,
  ok,
  pred,
  put,
  q,
  remove,
  restore,
  resume,
  save,
  set,
  state,
  stored,
  watch,
} from './dsl.mjs'

const k = ['k']
const stores = { stores: { s: {} } }
const slow = { stores: { s: { after: 5 } } }
const good = (data, at = 999_000) => ({
  data,
  dataUpdatedAt: at,
  dataUpdateCount: 1,
  status: 'success',
})
const record = (rest = {}, queries = [dry(k, good('saved'))], mutations = []) => ({
  timestamp: 999_500,
  buster: '',
  clientState: { queries, mutations },
  ...rest,
})

export default area('persist', (t) => {
  t('save', 'saving writes time, buster and the dehydrated client', {
    header: stores,
    ops: [set(k, { a: 1 }), adv(5), save('s'), stored('s')],
  })
  t('save-buster', 'with a buster', {
    header: stores,
    ops: [set(k, 1), save('s', { buster: 'v1' }), stored('s')],
  })
  t('save-filter', 'what is dehydrated can be chosen', {
    header: stores,
    ops: [
      set(['a'], 1),
      set(['b'], 2),
      save('s', { queries: $({ pred: { keyAt: [0, 'a'] } }) }),
      stored('s'),
    ],
  })
  t('save-slow', 'it resolves when the store is done, with what was there at the call', {
    header: slow,
    ops: [set(k, 1), save('s'), set(k, 2), adv(5), stored('s')],
  })
  t('save-mutation', 'paused mutations are saved', {
    header: { ...stores, online: false },
    fns: { f: [ok(1)] },
    ops: [exec(m('f', { mutationKey: ['m'] }), { v: 1 }), save('s'), stored('s')],
  })
  t('save-over', 'saving again replaces', {
    header: stores,
    ops: [set(['a'], 1), save('s'), remove(), set(['b'], 2), save('s'), stored('s')],
  })
  t('restore', 'restoring hydrates what was saved', {
    header: stores,
    ops: [set(k, { a: 1 }), save('s'), clear(), restore('s'), state(k)],
  })
  t('restore-nothing', 'from nothing, nothing', {
    header: stores,
    ops: [restore('s'), getMany({})],
  })
  t('restore-existing', 'newer data here stays', {
    header: stores,
    ops: [put('s', record()), set(k, 'mine'), restore('s'), get(k)],
  })
  t('restore-slow', 'it takes as long as the store', {
    header: slow,
    ops: [put('s', record()), restore('s'), get(k), adv(5), get(k)],
  })
  t('restore-age', 'maxAge is inclusive: as old as that is not too old', {
    header: stores,
    ops: [put('s', record()), restore('s', { maxAge: 500 }), get(k), stored('s')],
  })
  t('restore-expired', 'older is removed', {
    header: stores,
    ops: [put('s', record()), restore('s', { maxAge: 499 }), get(k), stored('s')],
  })
  t('restore-default-age', 'by default a day', {
    header: { ...stores, t0: 200_000_000 },
    ops: [
      put('s', record({ timestamp: 113_600_000 })),
      restore('s'),
      get(k),
      put('s', record({ timestamp: 113_599_999 })),
      clear(),
      restore('s'),
      get(k),
    ],
  })
  t('restore-busted', 'another buster: removed', {
    header: stores,
    ops: [put('s', record({ buster: 'v1' })), restore('s', { buster: 'v2' }), get(k), stored('s')],
  })
  t('restore-buster', 'the same: restored', {
    header: stores,
    ops: [put('s', record({ buster: 'v1' })), restore('s', { buster: 'v1' }), get(k)],
  })
  t('restore-no-timestamp', 'without a time: removed', {
    header: stores,
    ops: [put('s', record({ timestamp: 0 })), restore('s'), get(k), stored('s')],
  })
  t('restore-corrupt', 'what cannot be read is removed, and the error is passed on', {
    header: stores,
    ops: [put('s', record()), corrupt('s'), restore('s'), get(k), stored('s')],
  })
  t('restore-defaults', 'defaults for hydration can be given', {
    header: stores,
    ops: [put('s', record()), restore('s', { queries: { gcTime: 10 } }), get(k), adv(10), get(k)],
  })
  t('restore-mutation', 'mutations are restored and can be resumed', {
    header: stores,
    fns: { f: { steps: [{ after: 5 }], echo: 'vars' } },
    ops: [
      mdefaults(['m'], { mutationFn: $('f') }),
      put(
        's',
        record(
          {},
          [],
          [
            {
              mutationKey: ['m'],
              state: {
                status: 'pending',
                isPaused: true,
                variables: 'v',
                submittedAt: 999_000,
              },
            },
          ],
        ),
      ),
      restore('s'),
      mfindAll({ predicate: pred({ paused: true }) }),
      resume(),
      adv(5),
    ],
  })
  t('restore-deleted', 'what was deleted is gone', {
    header: stores,
    ops: [put('s', record()), del('s'), restore('s'), get(k)],
  })
  t('restore-observer', 'an observer is told of what is restored, while its own fetch goes on', {
    header: slow,
    fns: { f: [ok('fetched', 10)] },
    ops: [put('s', record()), restore('s'), ...watch('o', q(k, 'f')), adv(5), adv(5)],
  })
  t('attach', 'attached, it restores and then saves at each change', {
    header: stores,
    fns: { f: [ok('fetched', 5)] },
    ops: [
      put('s', record()),
      attach('p', 's'),
      get(k),
      set(['x'], 1),
      stored('s'),
      fetch(q(['y'], 'f')),
      adv(5),
      stored('s'),
    ],
  })
  t('attach-not-before', 'changes during the restoring are not saved', {
    header: slow,
    ops: [attach('p', 's'), set(k, 1), adv(5), stored('s'), set(k, 2), adv(5), stored('s')],
  })
  t('attach-observer-events', 'observers coming and going are no change', {
    header: stores,
    ops: [
      attach('p', 's'),
      ...watch('o', q(k, undefined, { enabled: false })),
      { op: 'obs.unsub', id: 'o' },
    ],
  })
  t('attach-mutations', 'mutations are', {
    header: { ...stores, online: false },
    fns: { f: [ok(1)] },
    ops: [attach('p', 's'), exec(m('f'), 1), stored('s')],
  })
  t('detach', 'detached, it saves no more', {
    header: stores,
    ops: [attach('p', 's'), set(k, 1), detach('p'), set(k, 2), stored('s')],
  })
  t('detach-early', 'detached during the restoring, it restores and never saves', {
    header: slow,
    ops: [
      put('s', record()),
      attach('p', 's'),
      detach('p'),
      adv(5),
      get(k),
      set(['x'], 1),
      adv(5),
      stored('s'),
    ],
  })
  t('attach-expired', 'what is too old is removed, and saving begins', {
    header: stores,
    ops: [put('s', record()), attach('p', 's', { maxAge: 1 }), stored('s'), set(k, 1), stored('s')],
  })
  t('attach-corrupt', 'if restoring fails nothing is saved', {
    header: stores,
    ops: [put('s', record()), corrupt('s'), attach('p', 's'), set(k, 1), stored('s')],
  })
})

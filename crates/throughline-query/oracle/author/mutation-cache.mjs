// The cache of mutations: finding, counting, removing.

import {
  $,
  adv,
  allMutationCallbacks,
  area,
  clear,
  err,
  exec,
  isMutating,
  m,
  mfind,
  mfindAll,
  mremove,
  never,
  ok,
  online,
  pred,
  resume,
  withCallbacks,
} from './dsl.mjs'

const key = (mutationKey, rest = {}) => m('f', { mutationKey, ...rest })

export default area('mutation-cache', (t) => {
  t('find-all', 'all mutations, in order', {
    fns: { f: [never] },
    ops: [exec(key(['a']), 1), exec(key(['b']), 2), exec(m('f'), 3), mfindAll()],
  })
  t('find-prefix', 'a key matches by prefix', {
    fns: { f: [never] },
    ops: [
      exec(key(['a', 1]), 1),
      exec(key(['a', 2]), 2),
      exec(key(['b']), 3),
      mfindAll({ mutationKey: ['a'] }),
      mfindAll({ mutationKey: ['a', 2] }),
    ],
  })
  t('find-exact', 'or exactly', {
    fns: { f: [never] },
    ops: [
      exec(key(['a', 1]), 1),
      exec(key(['a']), 2),
      mfindAll({ mutationKey: ['a'], exact: true }),
    ],
  })
  t('find-object', 'objects by the fields they have, exactly by hash', {
    fns: { f: [never] },
    ops: [
      exec(key(['a', { x: 1, y: 2 }]), 1),
      mfindAll({ mutationKey: ['a', { y: 2 }] }),
      mfindAll({ mutationKey: ['a', { y: 2, x: 1 }], exact: true }),
    ],
  })
  t('find-no-key', 'a mutation without a key matches no key', {
    fns: { f: [never] },
    ops: [exec(m('f'), 1), mfindAll({ mutationKey: [] }), mfindAll({})],
  })
  t('find-empty-key', 'the empty key matches all that have one', {
    fns: { f: [never] },
    ops: [exec(m('f'), 1), exec(key(['a']), 2), mfindAll({ mutationKey: [] })],
  })
  t('find-first', 'find is exact and takes the first', {
    fns: { f: [never] },
    ops: [
      exec(key(['a', 1]), 1),
      exec(key(['a']), 2),
      exec(key(['a']), 3),
      mfind({ mutationKey: ['a'] }),
      mfind({ mutationKey: ['a'], exact: false }),
      mfind({ mutationKey: ['x'] }),
    ],
  })
  t('find-status', 'by status', {
    fns: { f: [ok(1), err('E'), never] },
    ops: [
      exec(m('f'), 1),
      exec(m('f'), 2),
      exec(m('f'), 3),
      mfindAll({ status: 'success' }),
      mfindAll({ status: 'error' }),
      mfindAll({ status: 'pending' }),
      mfindAll({ status: 'idle' }),
    ],
  })
  t('find-predicate', 'by predicate', {
    fns: { f: [never] },
    ops: [
      exec(key(['a', 1]), { v: 1 }),
      exec(key(['a', 2]), { v: 2 }),
      mfindAll({ predicate: pred({ varsEq: { v: 2 } }) }),
      mfindAll({ predicate: pred({ keyAt: [1, 1] }) }),
      mfindAll({ predicate: pred({ status: 'pending' }) }),
    ],
  })
  t('find-paused', 'paused ones by predicate', {
    header: { online: false },
    fns: { f: [never] },
    ops: [
      exec(m('f'), 1),
      exec(m('f', { networkMode: 'always' }), 2),
      mfindAll({ predicate: pred({ paused: true }) }),
      mfindAll({ predicate: pred({ paused: false }) }),
    ],
  })
  t('is-mutating', 'isMutating counts pending ones, paused or not', {
    fns: { f: [ok(1, 5), ok(2, 10)] },
    ops: [
      exec(key(['a']), 1),
      exec(key(['b']), 2),
      isMutating(),
      isMutating({ mutationKey: ['a'] }),
      adv(5),
      isMutating(),
      adv(5),
      isMutating(),
      online(false),
      exec(m('f'), 3),
      isMutating(),
    ],
  })
  t('is-mutating-status', 'a status in its filter is overruled', {
    fns: { f: [ok(1), never] },
    ops: [exec(m('f'), 1), exec(m('f'), 2), isMutating({ status: 'success' })],
  })
  t('remove', 'removing tells removed', {
    fns: { f: [ok(1)] },
    ops: [exec(m('f'), 1), mremove(1), mfindAll()],
  })
  t('remove-scope', 'removing from a scope', {
    fns: { f: [ok(1, 5), ok(2, 5), ok(3, 5)] },
    ops: [
      exec(m('f', { scope: { id: 'S' } }), 1),
      exec(m('f', { scope: { id: 'S' } }), 2),
      exec(m('f', { scope: { id: 'S' } }), 3),
      mremove(2),
      adv(5),
      adv(5),
      mfindAll(),
    ],
  })
  t('remove-last-of-scope', 'removing the only one of a scope frees it', {
    fns: { f: [never, ok(2, 5)] },
    ops: [
      exec(m('f', { scope: { id: 'S' } }), 1),
      mremove(1),
      exec(m('f', { scope: { id: 'S' } }), 2),
      adv(5),
    ],
  })
  t('clear', 'clearing removes all, first from the cache, then in the telling', {
    fns: { f: [ok(1), never] },
    ops: [exec(m('f'), 1), exec(m('f'), 2), clear(), mfindAll()],
  })
  t('clear-scopes', 'and frees the scopes', {
    fns: { f: [never, ok(2, 5)] },
    ops: [
      exec(m('f', { scope: { id: 'S' } }), 1),
      clear(),
      exec(m('f', { scope: { id: 'S' } }), 2),
      adv(5),
    ],
  })
  t('ids', 'mutations are numbered from 1, also after a clear', {
    fns: { f: [ok(1)] },
    ops: [exec(m('f'), 1), exec(m('f'), 2), clear(), exec(m('f'), 3), mfindAll()],
  })
  t('callbacks', 'the callbacks of the cache run for all mutations', {
    header: withCallbacks(allMutationCallbacks),
    fns: { f: [ok('a'), err('E')] },
    ops: [exec(m('f'), 1), exec(m('f'), 2)],
  })
  t('callbacks-context', 'and are given the context', {
    header: withCallbacks(allMutationCallbacks),
    fns: { f: [ok('a', 5)] },
    ops: [exec(m('f', { onMutate: $({ returns: 'ctx' }) }), 1), adv(5)],
  })
  t('callbacks-run', 'and may do things', {
    header: withCallbacks({
      mutation: {
        onSuccess: { run: [{ op: 'set', key: ['k'], value: { $arg: 'data' } }] },
        onMutate: { run: [{ op: 'isMutating' }] },
      },
    }),
    fns: { f: [ok('a', 5)] },
    ops: [exec(m('f'), 1), adv(5)],
  })
  t('continue-settled', 'what is settled is not run again by resuming', {
    fns: { f: [ok('a'), err('E')] },
    ops: [exec(m('f'), 1), exec(m('f'), 2), resume(), mfindAll()],
  })
  t('resume-retry', 'a paused retry is resumed', {
    fns: { f: [err('E'), ok('a', 5)] },
    ops: [
      exec(m('f', { retry: 1, retryDelay: 10 }), 1),
      online(false),
      adv(10),
      online(true),
      resume(),
      adv(5),
    ],
  })
  t('resume-order', 'resumed in the order they were made', {
    header: { online: false },
    fns: { f: { steps: [{ after: 5 }], echo: 'vars' } },
    ops: [exec(m('f'), 'a'), exec(m('f'), 'b'), exec(m('f'), 'c'), online(true), resume(), adv(5)],
  })
})

// Traces whose outcome depends on the order of microtasks. They are never recorded: `check` has to find
// that they race, by delays put into their functions.

import { $, area, m, mutate, err, ok, q, watch, watchMut, withCallbacks } from './dsl.mjs'

const k = ['k']
const refetches = [{ op: 'invalidate', filters: { queryKey: k } }]
const nothing = $({})

export default area('races', (t) => {
  t('settled-throws', 'a prompt fetch between the two calls of an onSettled that throws', {
    fns: { f: [ok('done')], g: [ok(1), ok(2), ok(3)] },
    ops: [
      ...watch('q', q(k, 'g')),
      ...watchMut('o', m('f', { onError: nothing, onSettled: $({ run: refetches, throw: 'X' }) })),
      mutate('o', 1),
    ],
  })
  t('success-and-settled', 'or between the onSuccess of the cache and the onSettled of the options', {
    header: withCallbacks({ mutation: { onSuccess: { run: refetches }, onSettled: {} } }),
    fns: { f: [ok('done')], g: [ok(1), ok(2), ok(3)] },
    ops: [
      ...watch('q', q(k, 'g')),
      ...watchMut('o', m('f', { onSuccess: nothing, onSettled: $({ run: refetches }) })),
      mutate('o', 1),
    ],
  })
  t('success-throws', 'or one that fails between an onSuccess that throws and the onSettled', {
    header: withCallbacks({
      mutation: { onSuccess: { run: refetches, async: true, throw: 'X' }, onSettled: {} },
    }),
    fns: { f: [ok('done')], g: [ok(1), err('E'), ok(3, 5)] },
    ops: [
      ...watch('q', q(k, 'g', { retry: 1 })),
      ...watchMut('o', m('f', { onError: nothing, onSettled: $({ run: refetches }) })),
      mutate('o', 1),
    ],
  })
})

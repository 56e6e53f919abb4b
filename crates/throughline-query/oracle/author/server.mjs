// What is different on a server.

import {
  adv,
  again,
  area,
  dehydrate,
  err,
  exec,
  fetch,
  m,
  obs,
  ok,
  q,
  read,
  server,
  set,
  state,
  watch,
} from './dsl.mjs'

const k = ['k']
const header = { server: true }

export default area('server', (t) => {
  t('no-retry', 'queries are not retried by default', {
    header,
    fns: { f: [err('E'), ok(1)] },
    ops: [...watch('o', q(k, 'f')), adv(10_000), state(k)],
  })
  t('retry-asked', 'unless asked for', {
    header,
    fns: { f: [err('E'), ok(1)] },
    ops: [...watch('o', q(k, 'f', { retry: 1, retryDelay: 5 })), adv(5)],
  })
  t('no-gc', 'nothing is collected by default', {
    header,
    ops: [set(k, 1), adv(1_000_000), state(k)],
  })
  t('gc-asked', 'a gcTime given when a query is made holds', {
    header,
    ops: [obs('o', q(k, undefined, { gcTime: 10 })), adv(10), state(k)],
  })
  t('gc-max', 'a query that once had none keeps for ever', {
    header,
    ops: [set(k, 1), obs('o', q(k, undefined, { gcTime: 10 })), adv(100), state(k)],
  })
  t('no-stale-timer', 'there is no stale timer', {
    header,
    fns: { f: [ok(1)] },
    ops: [...watch('o', q(k, 'f', { staleTime: 10 })), adv(50), read('o'), again('o')],
  })
  t('no-interval', 'nor an interval', {
    header,
    fns: { f: [ok(1)] },
    ops: [...watch('o', q(k, 'f', { refetchInterval: 10 })), adv(50), state(k)],
  })
  t('mutation-gc', 'mutations are not collected either', {
    header,
    fns: { f: [ok(1)] },
    ops: [exec(m('f'), 1), adv(1_000_000), { op: 'mfindAll' }],
  })
  t('fetch', 'fetching is as ever', {
    header,
    fns: { f: [ok(1, 5)] },
    ops: [fetch(q(k, 'f')), adv(5), dehydrate('s')],
  })
  t('becoming-client', 'what is made after it stopped being a server is as in a client', {
    header,
    fns: { f: [err('E')] },
    ops: [
      set(['a'], 1),
      server(false),
      set(['b'], 1),
      ...watch('o', q(['c'], 'f')),
      adv(300_000),
      state(['a']),
      state(['b']),
    ],
  })
})

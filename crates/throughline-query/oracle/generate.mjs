// Random traces from a seed. What is generated stays clear of the declared divergences: cancels that
// are silent without revert, keys that hash alike or match across arrays and objects, dates in data,
// and selections of a part of the data while structural sharing is off (deep sharing would show).

import { Random } from './lib/random.mjs'

const FIELDS = ['data', 'status', 'fetchStatus', 'isStale', 'error', 'isFetching', 'failureCount']

/** The trace number `index` of a seed; `attempt` counts replacements for traces that were refused. */
export function generate(seed, index, attempt = 0) {
  return new Generator(new Random(seed, index, attempt)).trace(`gen/${seed}/${index}`)
}

const fn = ($fn) => ({ $fn })
const UNDEFINED = { $undef: 1 }
const FOREVER = { $num: 'Infinity' }

class Generator {
  #r
  /** The unit of time of this trace. */
  #unit
  #keys
  #fns = {}
  #ops = []
  #observers = new Map()
  #groups = new Map()
  #mutations = new Map()
  #slots = []
  #executed = 0
  #length
  #hasStore
  /** Whether the store is kept in step with the cache. */
  #isAttached = false
  #hasInfinite
  #hasStream

  constructor(random) {
    this.#r = random
    this.#unit = random.pick([10, 100, 1000])
    this.#length = 5 + random.int(36)
    this.#keys = this.#makeKeys()
    this.#hasStore = random.chance(0.2)
    this.#hasInfinite = random.chance(0.36)
    this.#hasStream = random.chance(0.2)
  }

  trace(id) {
    this.#makeFunctions()
    const header = this.#header()
    this.#opening()
    while (this.#ops.length < this.#length) this.#ops.push(...this.#operation())
    const pins = `generated: ${id}`
    return {
      v: 1,
      id,
      area: 'gen',
      pins,
      header,
      fns: this.#fns,
      ops: this.#ops.slice(0, this.#length),
    }
  }

  // ---- what a trace is made of

  #makeKeys() {
    const r = this.#r
    const families = [
      [['a'], ['a', 1], ['a', { x: 1 }], ['a', { x: 1, y: 2 }], ['a', 1, 'c'], ['b']],
      [
        ['a', 1],
        ['a', 2],
        ['a', { x: 1 }],
        ['b', true],
        ['b', null],
      ],
      [['u'], ['u', { id: 1 }], ['u', { id: 1, p: { q: 1 } }], ['u', { id: 2, p: { q: 1 } }]],
      [['a'], ['b'], ['c'], ['a', 'b']],
    ]
    const family = r.pick(families)
    const keys = family.filter(() => r.chance(0.6)).slice(0, 4)
    return keys.length > 0 ? keys : [family[0]]
  }

  #makeFunctions() {
    for (const name of ['f', 'g', 'h']) this.#fns[name] = this.#queryFunction()
    if (this.#hasInfinite) {
      this.#fns.pages = {
        steps: this.#steps(() => ({})),
        echo: this.#r.pick(['page', 'page', 'n']),
        // Without it a cancelled fetch goes on asking for pages, which is declared not to be followed.
        readSignal: true,
      }
    }
    if (this.#hasStream) this.#fns.stream = this.#streamFunction()
    for (const name of ['m', 'n']) this.#fns[name] = this.#mutationFunction()
  }

  /** Times of scripted functions are odd ones out, so that not everything is due at once. */
  #after() {
    const r = this.#r
    return this.#unit * r.pick([0, 1, 1, 2, 3, 5]) + r.pick([0, 1, 2, 3, 4, 6, 7, 8])
  }

  #steps(value) {
    const r = this.#r
    const steps = []
    for (let i = 1 + r.int(4); i > 0; i--) {
      const step = r.weighted([
        [70, () => value()],
        [22, () => ({ err: r.pick(['E1', 'E2']) })],
        [4, () => ({ never: true })],
        [3, () => ({ ok: UNDEFINED })],
        [2, () => ({ ok: null })],
      ])()
      if (!step.never && r.chance(0.75)) step.after = this.#after()
      steps.push(step)
    }
    return steps
  }

  #queryFunction() {
    const r = this.#r
    const base = { steps: this.#steps(() => (r.chance(0.85) ? { ok: this.#data() } : {})) }
    return { ...base, echo: r.pick(['n', 'n', 'key', 'meta']), ...this.#readSignal() }
  }

  #readSignal() {
    return this.#r.chance(0.3) ? { readSignal: true } : {}
  }

  #data() {
    const r = this.#r
    return r.pick([
      { a: 1 },
      { a: 1, b: [1, 2] },
      { a: 2 },
      [1, 2],
      [{ id: 1 }],
      'text',
      7,
      0,
      true,
    ])
  }

  #streamFunction() {
    const r = this.#r
    const reducer = r.pick([undefined, undefined, 'sum', 'concat'])
    const stream = {
      ...(r.chance(0.8) && { refetchMode: r.pick(['reset', 'append', 'replace']) }),
      ...(reducer && { reducer, initialValue: reducer === 'sum' ? 0 : [] }),
    }
    const steps = []
    for (let i = 1 + r.int(3); i > 0; i--) {
      if (r.chance(0.1)) {
        steps.push({ err: 'E1', after: this.#after() })
        continue
      }
      const chunks = []
      for (let k = r.int(4); k > 0; k--) {
        chunks.push([r.chance(0.15) ? null : this.#after(), r.int(5)])
      }
      const step = { stream: chunks }
      if (r.chance(0.3)) step.end = { after: this.#after() }
      if (r.chance(0.2)) step.end = { ...step.end, err: 'E2' }
      if (r.chance(0.2)) step.after = this.#after()
      steps.push(step)
    }
    return { steps, stream, ...this.#readSignal() }
  }

  #mutationFunction() {
    const r = this.#r
    const steps = this.#steps(() => (r.chance(0.5) ? { ok: this.#data() } : {}))
    return { steps, echo: r.pick(['vars', 'n', 'meta', 'key']) }
  }

  #header() {
    const r = this.#r
    const client = {}
    if (r.chance(0.35)) {
      client.defaults = {}
      if (r.chance(0.8)) client.defaults.queries = this.#defaultQueryOptions()
      if (r.chance(0.3)) client.defaults.mutations = this.#plainMutationOptions()
    }
    if (r.chance(0.5)) client.cacheCallbacks = this.#cacheCallbacks()
    return {
      ...(r.chance(0.05) && { t0: r.pick([0, 999_990, 1_700_000_000_000]) }),
      ...(r.chance(0.03) && { server: true }),
      ...(r.chance(0.06) && { online: false }),
      ...(r.chance(0.06) && { focused: false }),
      ...(this.#hasStore && { stores: { s: r.chance(0.5) ? {} : { after: this.#after() } } }),
      ...(Object.keys(client).length > 0 && { client }),
    }
  }

  #cacheCallbacks() {
    const r = this.#r
    const query = {}
    const mutation = {}
    for (const name of ['onSuccess', 'onError', 'onSettled']) {
      if (r.chance(0.6)) query[name] = true
      if (r.chance(0.5)) mutation[name] = r.chance(0.25) ? this.#callback(name) : true
    }
    if (r.chance(0.4)) mutation.onMutate = r.chance(0.25) ? this.#callback('cacheOnMutate') : true
    return { query, mutation }
  }

  #opening() {
    const r = this.#r
    if (r.chance(0.75)) this.#ops.push({ op: 'mount' })
    if (r.chance(0.06)) this.#ops.push(...this.#layeredDefaults())
    for (let i = 1 + r.int(2); i > 0; i--) {
      this.#ops.push(...this.#newObserver())
      if (r.chance(0.85)) this.#ops.push(...this.#subscribe())
    }
    if (r.chance(0.4)) this.#ops.push(...this.#newMutation())
  }

  // ---- options

  #key() {
    return this.#r.pick(this.#keys)
  }

  #time() {
    return this.#unit * this.#r.pick([1, 2, 3, 5, 10])
  }

  /** Every option with its chance; most are absent most of the time. */
  #maybe(choices) {
    const options = {}
    for (const [name, chance, make] of choices) {
      if (!this.#r.chance(chance)) continue
      options[name] = this.#r.chance(0.03) ? UNDEFINED : make()
    }
    return options
  }

  #dynamic(then, otherwise) {
    const r = this.#r
    const condition = r.pick([
      { hasData: true },
      { hasData: false },
      { status: r.pick(['pending', 'error', 'success']) },
      { minUpdates: 1 + r.int(2) },
      { minErrors: 1 },
      { dataEq: { a: 1 } },
    ])
    return fn({ dyn: { if: condition, then, else: otherwise } })
  }

  #refetchOn() {
    const r = this.#r
    return r.weighted([
      [3, () => false],
      [2, () => true],
      [3, () => 'always'],
      [2, () => this.#dynamic(r.pick([true, 'always']), false)],
    ])()
  }

  #retry() {
    const r = this.#r
    return r.weighted([
      [3, () => false],
      [4, () => r.int(4)],
      [1, () => true],
      [2, () => fn({ retry: { until: 1 + r.int(2) } })],
      [2, () => fn({ retry: { onlyErr: 'E1' } })],
    ])()
  }

  #retryDelay() {
    const r = this.#r
    // Never 0: with `retry: true` that would be a loop at one instant.
    const delay = () => 1 + this.#after()
    return r.weighted([
      [4, delay],
      [2, () => fn({ delay: { list: [delay(), delay()] } })],
      [2, () => fn({ delay: { exp: [this.#unit, this.#unit * 5] } })],
    ])()
  }

  #staleTime() {
    const r = this.#r
    return r.weighted([
      [5, () => this.#time()],
      [1, () => 0],
      [1, () => FOREVER],
      [1, () => 'static'],
      [2, () => this.#dynamic(this.#time(), r.pick([0, FOREVER]))],
    ])()
  }

  #gcTime() {
    return this.#r.weighted([
      [5, () => this.#time()],
      [2, () => 0],
      [1, () => FOREVER],
    ])()
  }

  #meta() {
    return this.#r.pick([{ m: 1 }, { m: 2, tag: 'x' }])
  }

  /** Options that make sense for everything that fetches. */
  #fetchOptions() {
    const r = this.#r
    return this.#maybe([
      ['gcTime', 0.15, () => this.#gcTime()],
      ['staleTime', 0.3, () => this.#staleTime()],
      ['retry', 0.35, () => this.#retry()],
      ['retryDelay', 0.35, () => this.#retryDelay()],
      ['networkMode', 0.12, () => r.pick(['online', 'always', 'offlineFirst'])],
      ['meta', 0.1, () => this.#meta()],
      ['initialData', 0.08, () => this.#initialData()],
      ['initialDataUpdatedAt', 0.06, () => r.pick([0, 999_000, fn({ initialAt: 999_990 })])],
      ['structuralSharing', 0.1, () => this.#sharing()],
    ])
  }

  #initialData() {
    const value = this.#data()
    return this.#r.chance(0.5) ? value : fn({ initial: value })
  }

  #sharing() {
    return this.#r.pick([
      false,
      false,
      true,
      fn({ sharing: this.#r.pick(['keepOld', 'next', 'equal']) }),
    ])
  }

  #observerOnlyOptions() {
    const r = this.#r
    return this.#maybe([
      [
        'enabled',
        0.16,
        () =>
          r.weighted([
            [3, false],
            [1, true],
            [2, this.#dynamic(true, false)],
            [1, this.#dynamic(false, true)],
          ]),
      ],
      ['refetchOnMount', 0.12, () => this.#refetchOn()],
      ['refetchOnWindowFocus', 0.12, () => this.#refetchOn()],
      ['refetchOnReconnect', 0.12, () => this.#refetchOn()],
      ['refetchInterval', 0.12, () => this.#interval()],
      ['refetchIntervalInBackground', 0.06, () => r.chance(0.7)],
      ['retryOnMount', 0.06, () => r.pick([false, true, this.#dynamic(true, false)])],
      ['select', 0.16, () => this.#select()],
      ['placeholderData', 0.14, () => this.#placeholder()],
      ['notifyOnChangeProps', 0.12, () => this.#notifyOn()],
      ['throwOnError', 0.06, () => r.chance(0.6)],
    ])
  }

  #interval() {
    const r = this.#r
    // Short intervals over long advances are only slow.
    const interval = this.#unit * r.pick([2, 3, 5]) + r.pick([0, 5, 9])
    return r.chance(0.75) ? interval : this.#dynamic(interval, false)
  }

  #select() {
    const r = this.#r
    const how = r.weighted([
      [2, 'id'],
      [3, 'len'],
      [1, 'throw'],
      [3, { pick: 'a' }],
      [2, { wrap: 'w' }],
      [2, { throwEq: { a: 1 } }],
    ])
    return fn(r.chance(0.3) ? { select: how, log: 'sel' } : { select: how })
  }

  #placeholder() {
    const r = this.#r
    return r.weighted([
      [2, this.#data()],
      [4, fn({ placeholder: 'keepPrevious' })],
      [1, fn({ placeholder: 'prevKey' })],
      [1, fn({ placeholder: { wrapPrev: 'p' } })],
      [1, fn({ placeholder: { const: { a: 9 } } })],
    ])
  }

  #notifyOn() {
    const r = this.#r
    return r.weighted([
      [3, () => r.some(FIELDS)],
      [1, () => 'all'],
      [1, () => fn({ props: r.some(FIELDS) })],
    ])()
  }

  #queryFn() {
    return this.#r.weighted([
      [90, { queryFn: fn(this.#r.pick(['f', 'g', 'h'])) }],
      [3, { queryFn: { $skip: 1 } }],
      [4, {}],
    ])
  }

  #fetchQueryOptions() {
    return { queryKey: this.#key(), ...this.#queryFn(), ...this.#fetchOptions() }
  }

  /** Without deep sharing, a selected part of the data would be the same where a copy is not. */
  #noPartsUnshared(options) {
    const how = options.select?.$fn?.select
    const shared = options.structuralSharing === undefined || options.structuralSharing === true
    if (!shared && (how?.pick || how === 'pages')) delete options.select
    return options
  }

  #observerOptions(kind = 'plain', key = undefined) {
    const r = this.#r
    if (kind === 'infinite') {
      return this.#noPartsUnshared({
        ...this.#infiniteOptions(),
        ...this.#fetchOptionsOf('infinite'),
        ...this.#observerOnlyOptionsOf('infinite'),
      })
    }
    if (kind === 'stream') {
      return {
        queryKey: ['st'],
        queryFn: fn('stream'),
        ...this.#fetchOptionsOf('stream'),
        ...this.#observerOnlyOptionsOf('stream'),
      }
    }
    return this.#noPartsUnshared({
      queryKey: key ?? this.#key(),
      ...this.#queryFn(),
      ...(r.chance(0.8) ? this.#fetchOptions() : {}),
      ...(r.chance(0.85) ? this.#observerOnlyOptions() : {}),
    })
  }

  /** Infinite queries and streams have data of a form of their own. */
  #fetchOptionsOf(kind) {
    const options = this.#fetchOptions()
    delete options.initialData
    delete options.initialDataUpdatedAt
    if (kind === 'infinite' && this.#r.chance(0.06)) {
      options.initialData = { pages: [0], pageParams: [0] }
    }
    if (kind === 'stream') delete options.structuralSharing
    return options
  }

  #observerOnlyOptionsOf(kind) {
    const options = this.#observerOnlyOptions()
    delete options.placeholderData
    delete options.select
    if (this.#r.chance(0.3)) {
      const how =
        kind === 'infinite'
          ? this.#r.pick(['len', 'pages', 'id', 'pages'])
          : this.#r.pick(['len', 'id'])
      options.select = fn({ select: how })
    }
    if (this.#r.chance(0.08)) options.placeholderData = fn({ placeholder: 'keepPrevious' })
    return options
  }

  #infiniteOptions() {
    const r = this.#r
    return {
      queryKey: r.pick([['inf'], ['inf'], ['inf', 2]]),
      queryFn: fn('pages'),
      initialPageParam: r.pick([0, 0, 1, 5]),
      getNextPageParam: fn(this.#pageParam(1)),
      ...(r.chance(0.5) && { getPreviousPageParam: fn(this.#pageParam(-1)) }),
      ...(r.chance(0.25) && { maxPages: 1 + r.int(3) }),
    }
  }

  #pageParam(add) {
    const r = this.#r
    return {
      of: r.pick(['param', 'param', 'page', 'count']),
      add,
      ...(r.chance(0.7) && { until: add > 0 ? r.pick([1, 2, 3, 9]) : r.pick([-3, -1, 0]) }),
      ...(r.chance(0.3) && { end: 'null' }),
    }
  }

  #defaultQueryOptions() {
    const options = { ...this.#fetchOptions(), ...this.#observerOnlyOptions() }
    // The data of infinite queries and streams has its own form, and defaults reach them too.
    for (const name of ['initialData', 'initialDataUpdatedAt', 'placeholderData', 'select'])
      delete options[name]
    delete options.structuralSharing
    if (this.#r.chance(0.1)) options.queryFn = fn('f')
    return options
  }

  // ---- mutations

  #plainMutationOptions() {
    return this.#maybe([
      ['retry', 0.3, () => this.#retry()],
      ['retryDelay', 0.3, () => this.#retryDelay()],
      // Not 0: unobserved and pending, such a mutation asks again and again at one instant.
      ['gcTime', 0.2, () => this.#time()],
      ['networkMode', 0.15, () => this.#r.pick(['online', 'always', 'offlineFirst'])],
      ['meta', 0.15, () => this.#meta()],
    ])
  }

  #mutationOptions() {
    const r = this.#r
    return {
      ...(r.chance(0.95) && { mutationFn: fn(r.pick(['m', 'n'])) }),
      ...(r.chance(0.5) && { mutationKey: r.pick([['m'], ['m', 1], ['k']]) }),
      ...(r.chance(0.4) && { scope: { id: r.pick(['S', 'S', 'T']) } }),
      ...this.#plainMutationOptions(),
      ...this.#mutationCallbacks(),
    }
  }

  #mutationCallbacks() {
    const r = this.#r
    const callbacks = {}
    const key = this.#key()
    if (r.chance(0.35)) {
      // The usual optimistic update, with its way back.
      callbacks.onMutate = fn({
        run: [
          { op: 'cancel', filters: { queryKey: key } },
          { op: 'get', key },
          {
            op: 'set',
            key,
            updater: r.pick([{ append: { $arg: 'vars' } }, { merge: { v: { $arg: 'vars' } } }]),
          },
        ],
        returns: { prev: { $arg: 'ret:1' } },
        ...this.#waiting(),
      })
      callbacks.onError = fn({ run: [{ op: 'set', key, value: { $arg: 'ctx' } }] })
      callbacks.onSettled = fn({
        run: [{ op: 'invalidate', filters: { queryKey: key } }],
        ...this.#waiting(),
      })
      return callbacks
    }
    for (const name of ['onMutate', 'onSuccess', 'onError', 'onSettled']) {
      if (r.chance(0.3)) callbacks[name] = fn(this.#callback(name))
    }
    return callbacks
  }

  #waiting() {
    return this.#r.weighted([
      [5, {}],
      [3, { await: this.#after() }],
      [1, { async: true }],
    ])
  }

  #callback(name) {
    const r = this.#r
    const spec = { ...this.#waiting() }
    if (r.chance(0.5)) spec.run = [this.#nestedOperation(name)]
    if (r.chance(0.12)) spec.throw = 'C'
    if (name === 'onMutate' && r.chance(0.6))
      spec.returns = r.pick([{ c: 1 }, 'ctx', { v: { $arg: 'vars' } }])
    return spec
  }

  #nestedOperation(name) {
    const r = this.#r
    const key = this.#key()
    const argument = name === 'onSuccess' ? { $arg: 'data' } : { $arg: 'vars' }
    return r.pick([
      { op: 'set', key, value: { from: argument } },
      { op: 'set', key, updater: { append: 'n' } },
      { op: 'invalidate', filters: { queryKey: key } },
      { op: 'cancel', filters: { queryKey: key } },
      { op: 'refetch', filters: { queryKey: key } },
      { op: 'remove', filters: { queryKey: key } },
      { op: 'get', key },
      { op: 'isMutating' },
    ])
  }

  // ---- filters

  #filters() {
    const r = this.#r
    if (r.chance(0.2)) return {}
    const filters = this.#maybeFilter()
    return Object.keys(filters).length > 0 ? { filters } : {}
  }

  #maybeFilter() {
    const r = this.#r
    const filters = {}
    if (r.chance(0.7)) {
      filters.queryKey = r.pick([this.#key(), this.#key(), this.#key().slice(0, 1), []])
      if (r.chance(0.3)) filters.exact = true
    }
    if (r.chance(0.15)) filters.type = r.pick(['active', 'inactive', 'all'])
    if (r.chance(0.12)) filters.stale = r.chance(0.5)
    if (r.chance(0.1)) filters.fetchStatus = r.pick(['idle', 'fetching', 'paused'])
    if (r.chance(0.15)) filters.predicate = fn({ pred: this.#predicate() })
    return filters
  }

  #predicate() {
    const r = this.#r
    return r.pick([
      { keyAt: [0, this.#key()[0]] },
      { status: r.pick(['pending', 'success', 'error']) },
      { hasData: r.chance(0.5) },
      { observers: r.int(2) },
    ])
  }

  #mutationFilters() {
    const r = this.#r
    const filters = {}
    if (r.chance(0.5)) filters.mutationKey = r.pick([['m'], ['m', 1], ['k']])
    if (filters.mutationKey && r.chance(0.4)) filters.exact = true
    if (r.chance(0.2)) filters.status = r.pick(['pending', 'success', 'error'])
    if (r.chance(0.3)) {
      filters.predicate = fn({
        pred: r.pick([{ status: 'pending' }, { paused: true }, { paused: true }, { varsEq: 1 }, { varsEq: 1 }]),
      })
    }
    return Object.keys(filters).length > 0 ? { filters } : {}
  }

  // ---- operations

  #operation() {
    const choices = [
      [26, () => this.#advance()],
      [1.5, () => [{ op: 'flush' }]],
      [4, () => [{ op: 'focus', v: this.#r.pick([true, false, false, null]) }]],
      [4, () => [{ op: 'online', v: this.#r.chance(0.55) }]],
      [0.6, () => [{ op: this.#r.pick(['mount', 'unmount', 'mount']) }]],
      [7, () => this.#clientWrite()],
      [4, () => this.#clientRead()],
      [7, () => this.#clientFetch()],
      [9, () => this.#clientFilters()],
      [2.2, () => this.#defaults()],
      [22, () => this.#observerOperation()],
      [4, () => this.#groupOperation()],
      [12, () => this.#mutationOperation()],
      [4.5, () => this.#hydration()],
    ]
    if (this.#hasInfinite) choices.push([11, () => this.#infiniteOperation()])
    if (this.#hasStream) choices.push([7, () => this.#streamOperation()])
    if (this.#hasStore) choices.push([11, () => this.#persistence()])
    return this.#r.weighted(choices)()
  }

  #advance() {
    const r = this.#r
    const unit = this.#unit
    const ms = r.weighted([
      [6, unit * r.pick([1, 2, 3])],
      [3, unit * r.pick([5, 8, 13])],
      [2, unit * r.int(3) + r.int(9)],
      [1, 1],
      [1, unit * 40],
      [0.4, 300_000],
    ])
    // A minute's interval of a tenth of a second is 3000 ticks: too much of the same.
    return [{ op: 'adv', ms: Math.min(ms, unit * 400) }]
  }

  #clientWrite() {
    const r = this.#r
    const update = r.weighted([
      [5, { value: this.#data() }],
      [2, { updater: { append: 1 } }],
      [2, { updater: { merge: { z: r.int(3) } } }],
      [1, { updater: { inc: 1 } }],
      [1, { updater: { undef: true } }],
      [1, { updater: { same: true } }],
      [1, { updater: { const: { a: 1 } } }],
    ])
    const at = r.chance(0.2) ? { updatedAt: r.pick([1, 999_999, 1_000_500]) } : {}
    if (r.chance(0.75)) return [{ op: 'set', key: this.#key(), ...update, ...at }]
    const filters = {
      queryKey: this.#key().slice(0, 1),
      ...(r.chance(0.3) && { type: 'active' }),
    }
    return [{ op: 'setMany', filters, ...update, ...at }]
  }

  #clientRead() {
    const r = this.#r
    return [
      r.weighted([
        [3, () => ({ op: 'get', key: this.#key() })],
        [2, () => ({ op: 'getMany', ...this.#filters() })],
        [2, () => ({ op: 'state', key: this.#key() })],
        [2, () => ({ op: 'isFetching', ...this.#filters() })],
        [2, () => ({ op: 'isMutating', ...this.#mutationFilters() })],
        [1.3, () => ({ op: 'find', filters: { queryKey: this.#key() } })],
        [1.3, () => ({ op: 'findAll', ...this.#filters() })],
        [1.3, () => ({ op: 'mfind', ...this.#mutationFilters() })],
        [1.3, () => ({ op: 'mfindAll', ...this.#mutationFilters() })],
      ])(),
    ]
  }

  #clientFetch() {
    const r = this.#r
    const op = r.weighted([
      [5, 'fetch'],
      [3, 'prefetch'],
      [3, 'ensure'],
      [3, 'query'],
    ])
    const options = this.#fetchQueryOptions()
    if (op === 'query' && r.chance(0.4)) options.select = this.#select()
    if (op !== 'ensure') return [{ op, options }]
    return [{ op, options, ...(r.chance(0.5) && { revalidateIfStale: true }) }]
  }

  #clientFilters() {
    const r = this.#r
    const refetching = {
      ...(r.chance(0.2) && { cancelRefetch: r.chance(0.3) }),
      ...(r.chance(0.15) && { throwOnError: true }),
    }
    return [
      r.weighted([
        [
          6,
          () => ({
            op: 'invalidate',
            ...this.#filters(),
            ...refetching,
            ...(r.chance(0.3) && {
              refetchType: r.pick(['none', 'active', 'inactive', 'all']),
            }),
          }),
        ],
        [4, () => ({ op: 'refetch', ...this.#filters(), ...refetching })],
        [2.5, () => ({ op: 'reset', ...this.#filters(), ...refetching })],
        [2.5, () => ({ op: 'remove', ...this.#filters() })],
        [4, () => ({ op: 'cancel', ...this.#filters(), ...this.#cancelOptions() })],
        [1.2, () => ({ op: 'resume' })],
        [0.7, () => ({ op: 'clear' })],
      ])(),
    ]
  }

  /** Silent without revert would leave the query fetching for ever. */
  #cancelOptions() {
    return this.#r.weighted([
      [5, {}],
      [2, { revert: false }],
      [1, { revert: true }],
      [1, { silent: true }],
    ])
  }

  /** Defaults for a key and for what it begins with, which disagree. */
  #layeredDefaults() {
    const r = this.#r
    const key = this.#key()
    const layers = r.pick([
      [key.slice(0, 1), key],
      [key, []],
      [[], key.slice(0, 1)],
    ])
    return layers.map((key) => ({
      op: 'qdefaults',
      key,
      options: { staleTime: this.#staleTime(), retry: this.#retry(), ...this.#defaultQueryOptions() },
    }))
  }

  #defaults() {
    const r = this.#r
    if (r.chance(0.15)) return this.#layeredDefaults()
    return [
      r.weighted([
        [2, () => ({ op: 'defaults', options: { queries: this.#defaultQueryOptions() } })],
        [
          1,
          () => ({
            op: 'defaults',
            options: {
              queries: this.#defaultQueryOptions(),
              mutations: this.#plainMutationOptions(),
            },
          }),
        ],
        [
          3,
          () => ({
            op: 'qdefaults',
            key: r.pick([this.#key(), this.#key().slice(0, 1)]),
            options: this.#defaultQueryOptions(),
          }),
        ],
        [
          2,
          () => ({
            op: 'mdefaults',
            key: r.pick([['m'], ['m', 1], ['k']]),
            options: {
              ...this.#plainMutationOptions(),
              mutationFn: fn(r.pick(['m', 'n'])),
            },
          }),
        ],
      ])(),
    ]
  }

  #observerOperation() {
    const r = this.#r
    const ids = [...this.#observers.keys()]
    if (ids.length === 0 || (ids.length < 3 && r.chance(0.12))) return this.#newObserver()
    const id = r.pick(ids)
    const observer = this.#observers.get(id)
    return r.weighted([
      [observer.subscribed ? 0.7 : 5, () => this.#subscribe(id)],
      [observer.subscribed ? 3 : 0, () => this.#unsubscribe(id)],
      [5, () => [{ op: 'obs.opts', id, options: this.#observerOptions(observer.kind) }]],
      [4, () => [{ op: 'obs.refetch', id, ...this.#refetchOptions() }]],
      [1.5, () => [{ op: 'obs.read', id }]],
      [0.9, () => [{ op: 'obs.track', id, props: r.some(FIELDS) }]],
    ])()
  }

  #refetchOptions() {
    return {
      ...(this.#r.chance(0.3) && { cancelRefetch: this.#r.chance(0.3) }),
      ...(this.#r.chance(0.15) && { throwOnError: true }),
    }
  }

  #newObserver(kind = 'plain') {
    const id = `o${this.#observers.size + 1}`
    if (this.#observers.size >= 3) return this.#advance()
    this.#observers.set(id, { kind, subscribed: false })
    const options = this.#observerOptions(kind)
    return [{ op: 'obs.new', id, options, ...(kind === 'infinite' && { inf: true }) }]
  }

  #subscribe(id = `o${this.#observers.size}`) {
    const observer = this.#observers.get(id)
    if (!observer.subscribed) {
      observer.subscribed = true
      return [{ op: 'obs.sub', id }]
    }
    if (observer.second) {
      observer.second = false
      return [{ op: 'obs.unsub', id, as: 'b' }]
    }
    observer.second = true
    return [{ op: 'obs.sub', id, as: 'b' }]
  }

  #unsubscribe(id) {
    this.#observers.get(id).subscribed = false
    return [{ op: 'obs.unsub', id }]
  }

  #groupOperation() {
    const r = this.#r
    if (this.#groups.size === 0) {
      this.#groups.set('q', { subscribed: false })
      const made = { op: 'qs.new', id: 'q', ...this.#groupQueries() }
      this.#groups.get('q').subscribed = r.chance(0.85)
      return this.#groups.get('q').subscribed ? [made, { op: 'qs.sub', id: 'q' }] : [made]
    }
    const group = this.#groups.get('q')
    return r.weighted([
      [
        group.subscribed ? 1 : 4,
        () => {
          group.subscribed = !group.subscribed
          return [{ op: group.subscribed ? 'qs.sub' : 'qs.unsub', id: 'q' }]
        },
      ],
      [4, () => [{ op: 'qs.set', id: 'q', ...this.#groupQueries() }]],
      [1.2, () => [{ op: 'qs.read', id: 'q' }]],
    ])()
  }

  #groupQueries() {
    const r = this.#r
    const queries = []
    for (const key of this.#keys) {
      if (r.chance(0.55)) queries.push(this.#observerOptions('plain', key))
    }
    if (r.chance(0.3)) queries.reverse()
    const combine = r.weighted([
      [3, undefined],
      [1, { combine: { each: ['data'] } }],
      [1, { combine: { all: 'isSuccess' } }],
      [1, { combine: { count: 'isPending' } }],
      [1, { combine: { list: 'data' } }],
    ])
    return { queries, ...(combine && { combine: fn(combine) }) }
  }

  #newMutation() {
    const id = `m${this.#mutations.size + 1}`
    this.#mutations.set(id, { subscribed: this.#r.chance(0.8) })
    const made = { op: 'mut.new', id, options: this.#mutationOptions() }
    return this.#mutations.get(id).subscribed ? [made, { op: 'mut.sub', id }] : [made]
  }

  #mutationOperation() {
    const r = this.#r
    const ids = [...this.#mutations.keys()]
    if (ids.length === 0 || (ids.length < 3 && r.chance(0.2))) return this.#newMutation()
    const id = r.pick(ids)
    const mutation = this.#mutations.get(id)
    const vars = r.pick([1, 2, { v: 1 }, 'x', UNDEFINED])
    return r.weighted([
      [8, () => [{ op: 'mut.mutate', id, vars, ...this.#callCallbacks() }]],
      [1, () => [{ op: 'mut.reset', id }]],
      [1.3, () => [{ op: 'mut.opts', id, options: this.#mutationOptions() }]],
      [1, () => [{ op: 'mut.read', id }]],
      [
        mutation.subscribed ? 1 : 2,
        () => {
          mutation.subscribed = !mutation.subscribed
          return [{ op: mutation.subscribed ? 'mut.sub' : 'mut.unsub', id }]
        },
      ],
      [2, () => (this.#executed++, [{ op: 'mut.exec', options: this.#mutationOptions(), vars }])],
      [this.#executed ? 0.8 : 0.3, () => [{ op: 'mremove', m: 1 + r.int(3) }]],
    ])()
  }

  #callCallbacks() {
    const callbacks = {}
    for (const name of ['onSuccess', 'onError', 'onSettled']) {
      if (this.#r.chance(0.2)) callbacks[name] = fn(this.#r.chance(0.15) ? { throw: 'C' } : {})
    }
    return callbacks
  }

  #infiniteOperation() {
    const r = this.#r
    const ids = [...this.#observers].filter(([, o]) => o.kind === 'infinite').map(([id]) => id)
    if (ids.length === 0 && this.#observers.size < 3 && r.chance(0.8)) {
      const made = this.#newObserver('infinite')
      return [...made, ...this.#subscribe()]
    }
    const how = r.pick(['fetchInf', 'prefetchInf', 'queryInf', 'ensureInf'])
    const choices = [
      [2, () => [{ op: how, options: this.#infiniteFetchOptions() }]],
      [1, () => [{ op: 'set', key: ['inf'], value: { pages: [0, 1], pageParams: [0, 1] } }]],
    ]
    if (ids.length > 0) {
      const id = r.pick(ids)
      choices.push(
        [6, () => [{ op: 'obs.next', id, ...this.#refetchOptions() }]],
        [4, () => [{ op: 'obs.prev', id, ...this.#refetchOptions() }]],
        [2, () => [{ op: 'obs.refetch', id, ...this.#refetchOptions() }]],
      )
    }
    return r.weighted(choices)()
  }

  #infiniteFetchOptions() {
    return {
      ...this.#infiniteOptions(),
      ...(this.#r.chance(0.4) && { pages: 1 + this.#r.int(3) }),
      ...this.#fetchOptionsOf('infinite'),
    }
  }

  #streamOperation() {
    const r = this.#r
    const streams = [...this.#observers.values()].filter(({ kind }) => kind === 'stream')
    if (streams.length === 0 && this.#observers.size < 3) {
      const made = this.#newObserver('stream')
      return [...made, ...this.#subscribe()]
    }
    return r.weighted([
      [3, () => [{ op: 'refetch', filters: { queryKey: ['st'] } }]],
      [2, () => [{ op: 'invalidate', filters: { queryKey: ['st'] } }]],
      [1, () => [{ op: 'cancel', filters: { queryKey: ['st'] } }]],
      [1, () => [{ op: 'reset', filters: { queryKey: ['st'] } }]],
      [1, () => [{ op: 'fetch', options: { queryKey: ['st'], queryFn: fn('stream') } }]],
    ])()
  }

  #hydration() {
    const r = this.#r
    if (r.chance(0.35)) {
      const slot = `s${this.#slots.length + 1}`
      this.#slots.push(slot)
      return [
        {
          op: 'dehydrate',
          slot,
          ...(r.chance(0.3) && {
            queries: fn({ pred: r.pick([{ const: true }, { hasData: false }]) }),
          }),
          ...(r.chance(0.25) && { mutations: fn({ pred: { const: true } }) }),
          ...(r.chance(0.2) && { redact: r.chance(0.5) }),
          ...(r.chance(0.2) && { json: true }),
        },
      ]
    }
    const defaults = {
      ...(r.chance(0.3) && { queries: { gcTime: this.#gcTime() } }),
      ...(r.chance(0.2) && { mutations: { retry: r.int(2) } }),
    }
    if (this.#slots.length > 0 && r.chance(0.55)) {
      const hydrated = { op: 'hydrate', slot: r.pick(this.#slots), ...defaults }
      return r.chance(0.5) ? [{ op: 'clear' }, hydrated] : [hydrated]
    }
    return [{ op: 'hydrate', state: this.#state(), ...defaults }]
  }

  #state() {
    const r = this.#r
    const query = {
      queryKey: this.#key(),
      dehydratedAt: r.pick([999_000, 1_000_100, 1_010_000]),
      state: {
        data: this.#data(),
        dataUpdatedAt: r.pick([1, 999_000, 1_000_050]),
        status: 'success',
        dataUpdateCount: 1,
      },
    }
    if (r.chance(0.4)) {
      query.state = {}
      query.promise = r.pick([
        { ok: this.#data() },
        { after: this.#after(), ok: this.#data() },
        { after: this.#after(), err: 'P' },
        { sync: this.#data() },
      ])
    }
    const paused = {
      mutationKey: r.pick([['m'], ['k']]),
      state: { status: 'pending', isPaused: true, variables: 1, submittedAt: 999_000 },
      ...(r.chance(0.4) && { scope: { id: 'S' } }),
    }
    return { queries: [query], ...(r.chance(0.3) && { mutations: [paused] }) }
  }

  #persistence() {
    const r = this.#r
    const buster = r.chance(0.35) ? { buster: r.pick(['v1', 'v2']) } : {}
    return r.weighted([
      [4, () => [{ op: 'persist.save', store: 's', ...buster }]],
      [this.#isAttached ? 5 : 4, () => this.#attachment(buster)],
      [
        3,
        () => {
          const restore = {
            op: 'persist.restore',
            store: 's',
            ...buster,
            ...(r.chance(0.4) && { maxAge: this.#time() }),
          }
          return r.chance(0.5) ? [{ op: 'clear' }, restore] : [restore]
        },
      ],
      [
        2,
        () => [
          {
            op: 'store.put',
            store: 's',
            value: { timestamp: 999_500, buster: '', clientState: this.#stored() },
          },
        ],
      ],
      [1.3, () => [{ op: 'store.del', store: 's' }]],
      [1.3, () => [{ op: 'store.corrupt', store: 's' }]],
      [1.3, () => [{ op: 'store.get', store: 's' }]],
    ])()
  }

  #attachment(buster) {
    if (this.#isAttached) {
      this.#isAttached = false
      return [{ op: 'persist.detach', id: 'p' }]
    }
    this.#isAttached = true
    return [{ op: 'persist.attach', id: 'p', store: 's', ...buster }]
  }

  #stored() {
    const { queries, ...rest } = this.#state()
    for (const query of queries) delete query.promise
    return { queries: queries.filter(({ state }) => state.data !== undefined), ...rest }
  }
}

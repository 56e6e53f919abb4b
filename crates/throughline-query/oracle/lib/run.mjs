// One run of one trace: the client under the virtual clock, and what was seen of it.

import {
  environmentManager,
  focusManager,
  MutationCache,
  notifyManager,
  onlineManager,
  QueryCache,
  QueryClient,
  timeoutManager,
} from '@tanstack/query-core'
import { difference, MUTATION, QUERY, readable } from './base.mjs'
import { Clock, GuardError } from './clock.mjs'
import { callbackArguments, encodeArguments, makeFunction } from './functions.mjs'
import { perform } from './ops.mjs'
import { decodeDefaults, decodeFilters } from './options.mjs'
import { Random } from './random.mjs'
import { makePersister, Store } from './store.mjs'
import { canonical, decode, encode, TraceError } from './values.mjs'

const MAX_OPS = 3_000
const MAX_CALLS = 20_000

/** How many microtasks a random delay has: fewer than one of these. */
const REACHES = [1, 4, 16, 64]

/** So many patterns of delays are drawn at random. Those after them are a table. */
export const DRAWN = 200

/** How many there are. In the table all callbacks take the same number, and so do all query functions. */
const CALLBACKS = 12
const QUERIES = 16
export const PATTERNS = DRAWN + CALLBACKS * QUERIES

/** The run under way. The library's managers are singletons, so there is one run at a time. */
let current

const realNow = Date.now
Date.now = () => (current ? current.clock.now : realNow())
notifyManager.setScheduler((callback) => current.clock.setTimeout(callback, 0))
process.on('unhandledRejection', (error) => current?.unhandled(error))
// Without a listener Node would warn of rejections that somebody takes late.
process.on('rejectionHandled', () => {})

const turn = () => new Promise((resolve) => setImmediate(resolve))

/**
 * Runs a trace and gives its expectation. `jitter`: the number of a pattern of microtask delays to put in;
 * `plan`: the numbers of those for single operations. `reverseTies`: timers due at the same time fire in
 * the opposite order.
 */
export async function runTrace(trace, { jitter, plan = {}, reverseTies = false } = {}) {
  const run = new Run(trace, { jitter, plan, reverseTies })
  current = run
  try {
    const steps = []
    for (const [index, op] of trace.ops.entries()) steps.push(await run.step(op, String(index)))
    return { expect: { id: trace.id, steps, v: 1 }, ties: run.clock.ties }
  } finally {
    run.dispose()
    // What is still under way must not reach into the next run.
    await turn()
    current = undefined
  }
}

const OVER = new GuardError('the run is over')

export class Run {
  clock
  client
  queryCache
  mutationCache
  stores = new Map()
  persisters = new Map()
  observers = new Map()
  groups = new Map()
  mutationObservers = new Map()
  slots = new Map()
  attached = new Map()
  /** By queries observer: what its `combine` gave last. */
  combined = new Map()
  isServer = false
  mounts = 0
  /** What to do when a mutation is added: how one call's callbacks learn their mutation. */
  onMutationAdded = undefined

  #trace
  #record = {}
  #jitter
  #plan
  #jittered = 0
  #random
  #reach = {}
  #steady = {}
  #functions = new Map()
  #interned = new Map()
  #counters = new Map()
  #inFlight = new WeakMap()
  #mutationOf = new WeakMap()
  #emitted = new Map()
  #snapshots = new Map()
  #mutationSnapshots = new Map()
  #ops = 0
  #calls = 0
  #failed = undefined

  constructor(trace, { jitter, plan, reverseTies }) {
    const header = trace.header ?? {}
    this.#trace = trace
    this.#plan = plan
    this.#delayBy(jitter)
    this.clock = new Clock(header.t0 ?? 1_000_000, { reverseTies })
    current = this
    this.isServer = header.server ?? false
    timeoutManager.setTimeoutProvider(this.clock)
    environmentManager.setIsServer(() => this.isServer)
    focusManager.setFocused(header.focused ?? undefined)
    onlineManager.setOnline(header.online ?? true)
    for (const [name, spec] of Object.entries(header.stores ?? {})) {
      this.stores.set(name, new Store(this, name, spec))
    }
    for (const [name, spec] of Object.entries(header.persisters ?? {})) {
      const filters = decodeFilters(this, spec.filters)
      this.persisters.set(name, makePersister(this.stores.get(spec.store), { ...spec, filters }))
    }
    this.#makeClient(header.client ?? {})
  }

  get now() {
    return this.clock.now
  }

  /** Goes over to a pattern of delays. */
  #delayBy(jitter) {
    this.#jitter = jitter
    this.#random = undefined
    this.#reach = {}
    this.#steady = {}
    if (jitter > DRAWN) {
      const at = jitter - DRAWN - 1
      this.#steady = { callback: at % CALLBACKS, query: Math.floor(at / CALLBACKS), mutation: 0 }
    } else if (jitter > 2) {
      const random = new Random(jitter)
      this.#random = random
      const steady = random.chance(0.5)
      for (const what of ['query', 'mutation', 'callback']) {
        const reach = random.pick(REACHES)
        this.#reach[what] = reach
        if (steady) this.#steady[what] = random.int(reach)
      }
    }
  }

  /** One operation of the trace, and all that follows from it at once. */
  async step(op, pid) {
    if (this.#plan[pid] !== undefined) this.#delayBy(this.#plan[pid])
    else if (this.#plan[pid - 1] !== undefined) this.#delayBy(undefined)
    this.#record = {}
    const outcome = await perform(this, op, pid)
    Object.assign(this.#record, outcome)
    await this.drain()
    this.#takeSnapshots()
    if (this.#failed) throw this.#failed
    return sorted(this.#record)
  }

  /**
   * Runs all microtasks. One turn of the event loop does, since nothing but the virtual clock waits
   * for anything else.
   */
  drain = async () => {
    await turn()
    this.#jittered = 0
    if (this.#failed) throw this.#failed
  }

  sleep(ms) {
    return new Promise((resolve) => {
      this.clock.setTimeout(resolve, ms)
    })
  }

  /**
   * A few microtasks, if this run is to show what depends on their number. What starts together is
   * made to finish in the opposite order with jitter 1, far apart with jitter 2, anyhow with others.
   * With these, functions of a kind are slow or prompt together: many callbacks follow one another
   * while one query function runs, so that delays drawn for each alone would hardly ever let it last
   * longer than all of them. In half of the runs all of a kind take the very same number: there are
   * moments that are a single microtask wide, and a table of such numbers comes after what is drawn.
   */
  async jitter(what) {
    if (this.#jitter === undefined) return
    const k = this.#jittered++
    const turned = this.#jitter === 1 ? Math.max(0, 40 - 8 * k) : 8 * k
    let hops = this.#steady[what] ?? this.#random?.int(this.#reach[what]) ?? turned
    for (; hops > 0; hops--) await undefined
  }

  dispose() {
    this.#failed ??= OVER
    for (; this.mounts > 0; this.mounts--) this.client.unmount()
  }

  // ---- what was seen

  record(field, subject, entry) {
    const subjects = (this.#record[field] ??= {})
    ;(subjects[subject] ??= []).push(entry)
  }

  recordNested(pid, outcome) {
    if (Object.keys(outcome).length > 0) (this.#record.nested ??= {})[pid] = outcome
  }

  /** Records how a promise settles; `project` says what to write of its value. */
  settles(pid, promise, project = encode) {
    const settled = (outcome) => {
      ;(this.#record.settled ??= {})[pid] = [this.now, outcome]
    }
    promise.then(
      (value) => settled({ ok: project(value) }),
      (error) => settled({ err: encode(error) }),
    )
  }

  unhandled(error) {
    if (error instanceof GuardError || error instanceof TraceError) this.#failed ??= error
    else (this.#record.unhandled ??= []).push([this.now, encode(error)])
  }

  emitted(field, subject, results, entry) {
    const previous = this.#emitted.get(subject)
    this.#emitted.set(
      subject,
      results.map((result) => result.data),
    )
    const same = previous
      ? results.flatMap(({ data }, i) => (data !== undefined && data === previous[i] ? [i] : []))
      : []
    this.record(field, subject, entry(same))
  }

  #takeSnapshots() {
    const all = this.queryCache.getAll()
    const seen = new Set()
    for (const query of all) {
      seen.add(query.queryHash)
      this.#snapshotQuery(query)
    }
    this.#forget(this.#snapshots, seen, 'snap')
    const mutations = new Set()
    for (const mutation of this.mutationCache.getAll()) {
      mutations.add(mutation.mutationId)
      this.#snapshotMutation(mutation)
    }
    this.#forget(this.#mutationSnapshots, mutations, 'msnap')
  }

  #snapshotQuery(query) {
    const { state, gcTime } = query
    const observers = query.getObserversCount()
    const isActive = query.isActive()
    const isStale = query.isStale()
    const isDisabled = query.isDisabled()
    const before = this.#snapshots.get(query.queryHash)
    // Most queries do not change in a step; this is much cheaper than writing them down.
    if (
      before &&
      before.state === state &&
      before.gcTime === gcTime &&
      before.observers === observers &&
      before.isActive === isActive &&
      before.isStale === isStale &&
      before.isDisabled === isDisabled
    ) {
      return
    }
    const now = { ...readable(state), observers, isActive, isStale, isDisabled, gcTime }
    const json = difference(now, QUERY)
    const text = JSON.stringify(json)
    this.#snapshots.set(query.queryHash, {
      state,
      gcTime,
      observers,
      isActive,
      isStale,
      isDisabled,
      text,
    })
    if (text !== before?.text) (this.#record.snap ??= {})[query.queryHash] = json
  }

  #snapshotMutation(mutation) {
    const { state, gcTime } = mutation
    const before = this.#mutationSnapshots.get(mutation.mutationId)
    if (before && before.state === state && before.gcTime === gcTime) return
    const json = difference({ ...state, gcTime }, MUTATION)
    const text = JSON.stringify(json)
    this.#mutationSnapshots.set(mutation.mutationId, { state, gcTime, text })
    if (text !== before?.text) (this.#record.msnap ??= {})[mutation.mutationId] = json
  }

  #forget(snapshots, seen, field) {
    for (const subject of snapshots.keys()) {
      if (seen.has(subject)) continue
      snapshots.delete(subject)
      ;(this.#record[field] ??= {})[subject] = null
    }
  }

  // ---- functions and literals

  /** The function of a `$fn`: by name, or written in place. */
  fn(kind, nameOrSpec, slot, id) {
    const named = typeof nameOrSpec === 'string'
    const key = `${kind}|${slot}|${id}|${named ? nameOrSpec : canonical(nameOrSpec)}`
    let fn = this.#functions.get(key)
    if (!fn) {
      fn = this.#makeFunction(kind, nameOrSpec, slot, id)
      this.#functions.set(key, fn)
    }
    return fn
  }

  #makeFunction(kind, nameOrSpec, slot, id) {
    const name = typeof nameOrSpec === 'string' ? nameOrSpec : undefined
    const spec = name === undefined ? nameOrSpec : this.#trace.fns?.[name]
    if (spec === undefined || kind === undefined) {
      throw new TraceError(`no function ${JSON.stringify(nameOrSpec)} for ${slot}`)
    }
    const fn = makeFunction(this, kind, spec, name, id ?? slot)
    if (kind !== 'callback') return fn
    const wrapped = (...given) => {
      const context = given.at(-1)
      return this.#runCallback(this.#mutationOf.get(context), slot, slot, given, fn)
    }
    wrapped.label = fn.label
    return wrapped
  }

  /** A literal in options: the same value wherever it is written the same. */
  intern(json, salt = '') {
    if (json === null || typeof json !== 'object') return json
    const key = canonical(json) + salt
    if (!this.#interned.has(key)) this.#interned.set(key, decode(json))
    return this.#interned.get(key)
  }

  // ---- what scripted functions report

  queryCalled(name, context, readSignal) {
    if (++this.#calls > MAX_CALLS) this.#stop(`more than ${MAX_CALLS} calls`)
    const hash = this.#hashOf(context.queryKey)
    const n = this.#count(`query|${name}|${hash}`)
    const call = { fn: name, n, t: this.now }
    const { direction: dir, pageParam } = context
    const paged = dir && { dir, fn: name, n, page: encode(pageParam), t: this.now }
    this.record('calls', hash, paged ?? call)
    const running = { n, fn: name, hash, done: false }
    this.#watchAbort(context, running)
    if (readSignal) void context.signal
    return { n, done: () => void (running.done = true) }
  }

  mutationCalled(name, variables) {
    if (++this.#calls > MAX_CALLS) this.#stop(`more than ${MAX_CALLS} calls`)
    const n = this.#count(`mutation|${name}`)
    this.record('mcalls', name, { n, t: this.now, vars: encode(variables) })
    return n
  }

  /**
   * Watches the fetch's signal without reading `context.signal`, which would count as consuming it:
   * the library keeps the same signal under a symbol.
   */
  #watchAbort(context, running) {
    const signal = context[Object.getOwnPropertySymbols(context)[0]]
    if (!signal) return
    const watched = this.#inFlight.get(signal)
    this.#inFlight.set(signal, running)
    if (watched) return
    signal.addEventListener('abort', () => {
      const { fn, n, hash, done } = this.#inFlight.get(signal)
      if (!done) this.record('aborts', hash, { fn, n, t: this.now })
    })
  }

  #hashOf(queryKey) {
    return this.queryCache.getAll().find((query) => query.queryKey === queryKey)?.queryHash ?? '?'
  }

  #count(counter) {
    const n = (this.#counters.get(counter) ?? 0) + 1
    this.#counters.set(counter, n)
    return n
  }

  countOp() {
    if (++this.#ops > MAX_OPS) this.#stop(`more than ${MAX_OPS} operations`)
  }

  #stop(reason) {
    throw this.fail(new GuardError(reason))
  }

  /** Ends the trace with an error, though the library may swallow it where it is thrown. */
  fail(error) {
    this.#failed ??= error
    return error
  }

  // ---- callbacks

  /** Runs the operations in a callback; gives what they returned. */
  runNested(ops, args, label) {
    if (ops.length === 0) return []
    const k = this.#count(`callback|${label}`)
    const returned = []
    for (const [i, op] of ops.entries()) {
      if (this.#failed) throw this.#failed
      const pid = `${label}/${k}/${i}`
      const outcome = perform(this, this.decodeArguments(op, args, returned), pid, true)
      returned.push(outcome.value)
      delete outcome.value
      this.recordNested(pid, outcome)
    }
    return returned
  }

  /** Puts the written form of arguments in the place of `$arg`. */
  decodeArguments(json, args, returned) {
    if (json === null || typeof json !== 'object') return json
    if (Array.isArray(json)) return json.map((item) => this.decodeArguments(item, args, returned))
    if (typeof json.$arg === 'string') {
      const [name, index] = json.$arg.split(':')
      return encode(name === 'ret' ? returned[Number(index)] : args[name])
    }
    const result = {}
    for (const key of Object.keys(json)) {
      result[key] = this.decodeArguments(json[key], args, returned)
    }
    return result
  }

  decodeNested(json, args, returned) {
    return decode(this.decodeArguments(json, args, returned))
  }

  /** The callbacks of one `mutate` call. */
  callCallbacks(op) {
    const callbacks = {}
    let mutationId
    for (const name of ['onSuccess', 'onError', 'onSettled']) {
      if (!op[name]) continue
      const slot = `call.${name}`
      const spec = typeof op[name].$fn === 'string' ? this.#trace.fns[op[name].$fn] : op[name].$fn
      const label = typeof op[name].$fn === 'string' ? op[name].$fn : undefined
      const fn = makeFunction(this, 'callback', spec, label, slot)
      callbacks[name] = (...given) => this.#runCallback(mutationId, name, slot, given, fn)
    }
    const learn = (mutation) => void (mutationId = mutation.mutationId)
    return { callbacks: Object.keys(callbacks).length > 0 ? callbacks : undefined, learn }
  }

  #runCallback(mutationId, name, label, given, fn) {
    const args = callbackArguments(name, given)
    this.record('cb', `m:${mutationId}`, [this.now, label, encodeArguments(args)])
    const prompt = this.#reach.callback === 1 && this.#steady.callback === undefined
    if (!this.#jitter || prompt || label.startsWith('call.')) return fn(args)
    return (async () => {
      await this.jitter('callback')
      const result = await fn(args)
      await this.jitter('callback')
      return result
    })()
  }

  // ---- the client

  #makeClient({ defaults, cacheCallbacks = {} }) {
    this.queryCache = new QueryCache(this.#queryCallbacks(cacheCallbacks.query ?? {}))
    this.mutationCache = new MutationCache(this.#mutationCallbacks(cacheCallbacks.mutation ?? {}))
    this.client = new QueryClient({
      queryCache: this.queryCache,
      mutationCache: this.mutationCache,
      defaultOptions: decodeDefaults(this, defaults),
    })
    this.queryCache.subscribe((event) => {
      this.record('qev', event.query.queryHash, [this.now, eventName(event)])
    })
    this.mutationCache.subscribe((event) => {
      if (event.type === 'added') this.onMutationAdded?.(event.mutation)
      this.record('mev', event.mutation?.mutationId ?? '-', [this.now, eventName(event)])
    })
  }

  #queryCallbacks(wanted) {
    const callbacks = {}
    if (wanted.onSuccess) {
      callbacks.onSuccess = (data, query) => this.#queryCallback('onSuccess', query, { data })
    }
    if (wanted.onError) {
      callbacks.onError = (error, query) => this.#queryCallback('onError', query, { error })
    }
    if (wanted.onSettled) {
      callbacks.onSettled = (data, error, query) =>
        this.#queryCallback('onSettled', query, { data, error })
    }
    return callbacks
  }

  #queryCallback(name, query, args) {
    this.record('cb', `q:${query.queryHash}`, [this.now, `cache.${name}`, encodeArguments(args)])
  }

  /**
   * All four are always there: the cache's callbacks are the only ones that are told the mutation, so
   * this is where its context gets known, by which the others are told apart.
   */
  #mutationCallbacks(wanted) {
    const callbacks = {}
    for (const name of ['onMutate', 'onSuccess', 'onError', 'onSettled']) {
      const label = `cache.${name}`
      const spec = wanted[name] === true ? {} : wanted[name]
      const fn = spec && makeFunction(this, 'callback', spec, undefined, label)
      callbacks[name] = (...given) => {
        const context = given.pop()
        const { mutationId } = given.pop()
        this.#mutationOf.set(context, mutationId)
        return fn && this.#runCallback(mutationId, name, label, given, fn)
      }
    }
    return callbacks
  }
}

function eventName({ type, action }) {
  return action ? `${type}:${action.type}` : type
}

/** An observation with its fields and their subjects in order; entries are written in order already. */
function sorted(record) {
  const result = {}
  for (const field of Object.keys(record).sort()) {
    const subjects = record[field]
    if (!BY_SUBJECT.has(field)) {
      result[field] = subjects
      continue
    }
    result[field] = {}
    for (const subject of Object.keys(subjects).sort()) result[field][subject] = subjects[subject]
  }
  return result
}

const BY_SUBJECT = new Set([
  'aborts',
  'calls',
  'cb',
  'emit',
  'mcalls',
  'memit',
  'mev',
  'msnap',
  'nested',
  'qev',
  'qs',
  'selects',
  'settled',
  'snap',
  'store',
])

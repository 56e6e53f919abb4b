// TanStack Query's side of the benchmark: one command a line on stdin, one answer a line on stdout.
//
//   node --expose-gc tanstack.mjs   # in the folder that has @tanstack/query-core installed

import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const require = createRequire(join(process.cwd(), 'package.json'))
const { QueryClient, QueryObserver, dehydrate, hydrate } = require('@tanstack/query-core')

const LISTS = 100
const AT = 1_700_000_000_000
const HALF = LISTS / 2
/** In the first half of the entries each list lies together, in the second half they are spread. */
const listOf = (id) => (id < entries / 2 ? Math.floor(id / (entries / LISTS)) : HALF + (id % HALF))
const keyOf = (id) => ['todo', listOf(id), { id }]
// In the order in which both sides write them.
const todoOf = (id) => ({ done: id % 2 === 0, id, title: `Todo number ${id}` })
const everything = { shouldDehydrateQuery: () => true }

let client
let entries = 0
let observers = []
let events = {}
let told = 0
let text = ''
let other

function forget() {
  for (const leave of observers) leave()
  observers = []
  client?.clear()
  other?.clear()
  client = other = undefined
  text = ''
}

function made() {
  const fresh = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity, queryFn: () => new Promise(() => {}) } } })
  fresh.getQueryCache().subscribe((event) => {
    const name = event.type === 'updated' ? event.action.type : event.type
    events[name] = (events[name] ?? 0) + 1
  })
  return fresh
}

function observe(id) {
  const observer = new QueryObserver(client, { queryKey: keyOf(id) })
  return observer.subscribe(() => {
    told += 1
  })
}

/** Every entry is there and fresh; those of the last list have one observer each. */
function fill(count) {
  forget()
  events = {}
  told = 0
  client = made()
  entries = count
  for (let id = 0; id < count; id++) client.setQueryData(keyOf(id), todoOf(id), { updatedAt: AT })
  for (let id = count / 2 + HALF - 1; id < count; id += HALF) observers.push(observe(id))
}

function refresh() {
  for (let id = 0; id < entries; id++) client.setQueryData(keyOf(id), todoOf(id), { updatedAt: AT })
}

/** An id that jumps: 7919 is prime to every size there is. */
const jump = (step) => (step * 7919) % entries
/** An entry that nobody observes. */
const unobserved = (step) => {
  const id = jump(step)
  return listOf(id) === LISTS - 1 ? id - 1 : id
}

/** What each operation does at a step, and a number that tells what came of it. */
const operations = {
  get: (step) => client.getQueryData(keyOf(jump(step))).id,
  set: (step) => {
    const id = unobserved(step)
    return client.setQueryData(keyOf(id), todoOf(id), { updatedAt: AT }).id
  },
  find: (step) => client.getQueryCache().find({ queryKey: keyOf(entries - 1 - (step % 10)) }).state.data.id,
  'find-none': (step) => client.getQueryCache().findAll({ queryKey: ['todo', LISTS + step] }).length,
  'invalidate-none': (step) => {
    client.invalidateQueries({ queryKey: ['todo', LISTS + step] })
    return 0
  },
  'invalidate-percent': (step) => {
    client.invalidateQueries({ queryKey: ['todo', step % HALF] })
    return 0
  },
  'invalidate-spread': (step) => {
    client.invalidateQueries({ queryKey: ['todo', HALF + (step % (HALF - 1))] })
    return 0
  },
  'invalidate-again': () => {
    client.invalidateQueries({ queryKey: ['todo', 0] })
    return 0
  },
  'invalidate-observed': () => {
    client.invalidateQueries({ queryKey: ['todo', LISTS - 1], refetchType: 'none' })
    return 0
  },
  'invalidate-exact': (step) => {
    client.invalidateQueries({ queryKey: keyOf(unobserved(step)), exact: true })
    return 0
  },
  'is-fetching': () => client.isFetching(),
  dehydrate: () => {
    text = JSON.stringify(dehydrate(client))
    return text.length
  },
  hydrate: () => {
    hydrate(other, JSON.parse(text))
    return other.getQueryCache().getAll().length
  },
  'hydrate-read': () => {
    hydrate(other, JSON.parse(text))
    let sum = 0
    for (let id = 0; id < entries; id++) sum += other.getQueryData(keyOf(id)).id
    return sum
  },
}

/** What has to be so before an operation, and after how many steps it has to be made so again. */
const prepared = {
  'invalidate-percent': [refresh, HALF],
  'invalidate-spread': [refresh, HALF - 1],
  'invalidate-observed': [refresh, 1],
  'invalidate-exact': [refresh, 5000],
  hydrate: [() => renew(), 1],
  'hydrate-read': [() => renew(), 1],
}

function renew() {
  if (text === '') text = JSON.stringify(dehydrate(client))
  other?.clear()
  other = made()
}

/** What a stopwatch shows: time on the clock and of the processor, of which the smaller one counts. */
function start() {
  const busy = process.cpuUsage()
  const clock = process.hrtime.bigint()
  return () => {
    const passed = Number(process.hrtime.bigint() - clock)
    const { user, system } = process.cpuUsage(busy)
    return Math.min(passed, (user + system) * 1000)
  }
}

/** Runs steps for about so many milliseconds, and gives nanoseconds a step. */
function time(name, milliseconds) {
  const operation = operations[name]
  const [prepare, most] = prepared[name] ?? [() => {}, Infinity]
  let spent = 0
  let steps = 0
  let size = 1
  do {
    prepare()
    const until = Math.min(size, most)
    const elapsed = start()
    for (let step = 0; step < until; step++) operation(steps + step)
    spent += elapsed()
    steps += until
    size *= 2
  } while (spent < milliseconds * 1e6)
  return { ns: spent / steps, steps }
}

/** The state of every query as it is dehydrated, apart from when that was. */
function digest(of) {
  const hash = createHash('sha256')
  hash.update('{"mutations":[],"queries":[')
  let first = true
  for (const query of dehydrate(of, everything).queries) {
    hash.update((first ? '' : ',') + JSON.stringify({ ...query, dehydratedAt: 0 }))
    first = false
  }
  hash.update(']}')
  return hash.digest('hex')
}

function heap() {
  global.gc()
  global.gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Bytes an entry without data, an entry with data, and an observer on an entry of its own. */
function memory(count) {
  forget()
  entries = count
  const measure = (key, value) => {
    forget()
    client = made()
    const before = heap()
    for (let id = 0; id < count; id++) client.setQueryData(key(id), value(id))
    return (heap() - before) / count
  }
  const bare = measure(keyOf, () => null)
  const short = measure((id) => ['todo', id], () => null)
  const full = measure(keyOf, todoOf)
  const before = heap()
  for (let id = 0; id < count; id++) observers.push(observe(id))
  const observer = (heap() - before) / count
  forget()
  return { bare, short, full, observer }
}

/** One query with so many observers; how long setting its data takes until all have been told. */
function fanOut(count, milliseconds) {
  forget()
  client = made()
  entries = LISTS
  client.setQueryData(keyOf(0), todoOf(0), { updatedAt: AT })
  for (let n = 0; n < count; n++) observers.push(observe(0))
  told = 0
  let steps = 0
  const elapsed = start()
  do {
    steps += 1
    client.setQueryData(keyOf(0), { ...todoOf(0), title: `changed ${steps}` }, { updatedAt: AT + steps })
  } while (elapsed() < milliseconds * 1e6)
  const ns = elapsed() / steps
  if (told !== steps * count) throw new Error(`${told} were told, and not ${steps * count}`)
  forget()
  return { ns, steps }
}

/** Observers that come and subscribe, each to an entry of its own, and leave. */
function comeAndGo(count) {
  fill(count)
  const came = start()
  const all = []
  for (let id = 0; id < count; id++) all.push(observe(id))
  const come = came() / count
  const left = start()
  for (const unsubscribe of all) unsubscribe()
  const leave = left() / count
  const seen = { ...events }
  forget()
  return { come, leave, events: seen }
}

const commands = {
  about: () => ({
    node: process.version,
    tanstack: require('@tanstack/query-core/package.json').version,
  }),
  fill: ({ entries }) => fill(entries) ?? {},
  forget: () => forget() ?? {},
  apply: ({ operation, steps }) => {
    events = {}
    const [prepare, most] = prepared[operation] ?? []
    const until = Math.min(steps, most ?? steps)
    prepare?.()
    events = {}
    told = 0
    let sum = 0
    for (let step = 0; step < until; step++) sum += operations[operation](step)
    return { sum, steps: until, told, events }
  },
  digest: ({ hydrated }) => ({ sha256: digest(hydrated ? other : client) }),
  time: ({ operation, milliseconds }) => time(operation, milliseconds),
  memory: ({ entries }) => memory(entries),
  'fan-out': ({ observers, milliseconds }) => fanOut(observers, milliseconds),
  'come-and-go': ({ entries }) => comeAndGo(entries),
}

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line)
  try {
    // What promises have left for later belongs to the command before.
    const answer = commands[command.cmd](command)
    await new Promise(setImmediate)
    console.log(JSON.stringify({ ok: answer }))
  } catch (error) {
    console.log(JSON.stringify({ error: String(error.stack ?? error) }))
  }
}
process.exit(0)

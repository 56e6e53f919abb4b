// Scripted functions: from a spec to a JavaScript function (FORMAT.md, §4). The place a function is
// used in tells which kind of spec it is. A function is made once per trace, place and spec, because
// the library compares functions by identity.

import {
  experimental_streamedQuery as streamedQuery,
  hashKey,
  keepPreviousData,
} from '@tanstack/query-core'
import { copy, decode, encode, equal, makeError, TraceError } from './values.mjs'

/** Which specs an option takes. */
export const KIND_OF_OPTION = {
  queryFn: 'query',
  mutationFn: 'mutation',
  getNextPageParam: 'nextPage',
  getPreviousPageParam: 'previousPage',
  select: 'select',
  retry: 'retry',
  retryDelay: 'retryDelay',
  enabled: 'dynamic',
  staleTime: 'dynamic',
  refetchInterval: 'dynamic',
  refetchOnMount: 'dynamic',
  refetchOnWindowFocus: 'dynamic',
  refetchOnReconnect: 'dynamic',
  retryOnMount: 'dynamic',
  placeholderData: 'placeholder',
  initialData: 'initialData',
  initialDataUpdatedAt: 'initialDataUpdatedAt',
  structuralSharing: 'sharing',
  notifyOnChangeProps: 'props',
  queryKeyHashFn: 'hash',
  onMutate: 'callback',
  onSuccess: 'callback',
  onError: 'callback',
  onSettled: 'callback',
}

const NEEDS_NAME = new Set(['query', 'mutation'])

/** Makes a function of the given kind; `run` is the trace that runs. */
export function makeFunction(run, kind, spec, name, slot) {
  if (NEEDS_NAME.has(kind) && name === undefined) {
    throw new TraceError(`a ${kind} function needs a name`)
  }
  const fn = makers[kind](spec, run, name, slot)
  fn.label = name ?? spec
  return fn
}

const makers = {
  query: (spec, run, name) => (spec.stream ? streamFunction : queryFunction)(spec, run, name),
  mutation: mutationFunction,
  nextPage: (spec) => (last, pages, param) => pageParam(spec, last, pages, param),
  previousPage: (spec) => (first, pages, param) => pageParam(spec, first, pages, param),
  select: selectFunction,
  retry: ({ retry }) => {
    if ('until' in retry) return (count) => count < retry.until
    if ('onlyErr' in retry) return (_count, error) => error.message === retry.onlyErr
    return () => retry.const
  },
  retryDelay: ({ delay }) => {
    if ('list' in delay) return (count) => delay.list[Math.min(count, delay.list.length - 1)]
    const [base, cap] = delay.exp
    return (count) => Math.min(base * 2 ** count, cap)
  },
  dynamic: ({ dyn }) => {
    const yes = decode(dyn.then)
    const no = decode(dyn.else)
    return (query) => (holds(dyn.if, query) ? yes : no)
  },
  placeholder: ({ placeholder }) => {
    if (placeholder === 'keepPrevious') return keepPreviousData
    if (placeholder === 'prevKey') return (_data, query) => query && copy(query.queryKey)
    if ('wrapPrev' in placeholder) {
      return (data) => (data === undefined ? undefined : { [placeholder.wrapPrev]: data })
    }
    return () => decode(placeholder.const)
  },
  initialData:
    ({ initial }) =>
    () =>
      decode(initial),
  initialDataUpdatedAt:
    ({ initialAt }) =>
    () =>
      decode(initialAt),
  sharing: ({ sharing }) => {
    if (sharing === 'keepOld') return (old, next) => (old === undefined ? next : old)
    if (sharing === 'equal') return (old, next) => (equal(old, next) ? old : next)
    return (_old, next) => next
  },
  props:
    ({ props }) =>
    () =>
      props,
  hash: ({ hash }) =>
    'at' in hash ? (key) => hashKey([key[hash.at]]) : (key) => hash.tag + hashKey(key),
  combine: combineFunction,
  queryPredicate:
    ({ pred }) =>
    (query) =>
      queryMatches(pred, query),
  mutationPredicate:
    ({ pred }) =>
    (mutation) =>
      mutationMatches(pred, mutation),
  callback: (spec, run, name, slot) => callbackFunction(spec, run, name, slot),
}

/** What a step comes to: a promise. `what` is the kind of function it is a step of. */
function settle(run, step, what, produce) {
  const finish = async () => {
    await run.jitter(what)
    if (step.err !== undefined) throw makeError(step.err, step.name)
    return produce()
  }
  if (step.never) return new Promise(() => {})
  if (step.after === undefined) return finish()
  return run.sleep(step.after).then(finish)
}

function stepFor(spec, n) {
  return spec.steps[Math.min(n, spec.steps.length) - 1]
}

function queryFunction(spec, run, name) {
  return (context) => {
    const { n, done } = run.queryCalled(name, context, spec.readSignal)
    const step = stepFor(spec, n)
    const promise = settle(run, step, 'query', () =>
      'ok' in step ? decode(step.ok) : echoOfQuery(run, spec.echo, context, n),
    )
    promise.then(done, done)
    return promise
  }
}

function echoOfQuery(run, echo, context, n) {
  switch (echo) {
    case 'key':
      return copy(context.queryKey)
    case 'n':
      return { n }
    case 'page':
      return copy(context.pageParam) ?? null
    case 'meta':
      return copy(context.meta) ?? null
  }
  throw run.fail(new TraceError('a step with nothing to give'))
}

const REDUCERS = {
  sum: (acc, chunk) => acc + chunk,
  concat: (acc, chunk) => [...acc, chunk],
  last: (_acc, chunk) => chunk,
  merge: (acc, chunk) => ({ ...acc, ...chunk }),
}

function streamFunction(spec, run, name) {
  const { refetchMode, reducer, initialValue } = spec.stream
  return streamedQuery({
    refetchMode,
    ...(reducer && { reducer: REDUCERS[reducer] }),
    ...(initialValue !== undefined && { initialValue: decode(initialValue) }),
    streamFn: async (context) => {
      const { n, done } = run.queryCalled(name, context, spec.readSignal)
      const step = stepFor(spec, n)
      const opening = settle(run, step, 'query', () => chunks(run, step, done))
      opening.catch(done)
      return opening
    },
  })
}

async function* chunks(run, step, done) {
  try {
    for (const [wait, chunk] of step.stream) {
      if (wait === null) await run.jitter('query')
      else await run.sleep(wait)
      yield decode(chunk)
    }
    const end = step.end ?? {}
    if (end.after !== undefined) await run.sleep(end.after)
    if (end.err !== undefined) throw makeError(end.err)
  } finally {
    done()
  }
}

function pageParam(spec, page, pages, param) {
  if ('const' in spec) return decode(spec.const)
  const base = { param, page, count: pages.length }[spec.of]
  if (typeof base !== 'number') return undefined
  const next = base + spec.add
  const beyond = spec.until !== undefined && (spec.add < 0 ? next < spec.until : next > spec.until)
  if (!beyond) return next
  return spec.end === 'null' ? null : undefined
}

function selectFunction(spec, run) {
  const select = selector(spec.select)
  if (spec.log === undefined) return select
  return (data) => {
    try {
      const result = select(data)
      run.record('selects', spec.log, [run.now, { ok: encode(result) }])
      return result
    } catch (error) {
      run.record('selects', spec.log, [run.now, { err: encode(error) }])
      throw error
    }
  }
}

function selector(how) {
  switch (how) {
    case 'id':
      return (data) => data
    case 'len':
      return lengthOf
    case 'throw':
      return () => {
        throw makeError('select')
      }
    case 'pages':
      return (data) => data?.pages ?? data
  }
  if ('pick' in how) return (data) => data?.[how.pick] ?? null
  if ('wrap' in how) return (data) => ({ [how.wrap]: data })
  return (data) => {
    if (equal(data, decode(how.throwEq))) throw makeError('select')
    return data
  }
}

function lengthOf(data) {
  if (Array.isArray(data)) return data.length
  if (Array.isArray(data?.pages)) return data.pages.length
  if (data !== null && typeof data === 'object') return Object.keys(data).length
  return String(data).length
}

/** What an updater makes of the old value. */
export function updated(updater, old) {
  if ('append' in updater) {
    return Array.isArray(old) ? [...old, decode(updater.append)] : [decode(updater.append)]
  }
  if ('merge' in updater) {
    const onto = old !== null && typeof old === 'object' && !Array.isArray(old) ? old : {}
    return { ...onto, ...decode(updater.merge) }
  }
  if ('inc' in updater) return typeof old === 'number' ? old + updater.inc : updater.inc
  if ('const' in updater) return decode(updater.const)
  return updater.same ? old : undefined
}

function holds(condition, { state }) {
  if ('hasData' in condition) return (state.data !== undefined) === condition.hasData
  if ('dataEq' in condition) return equal(state.data, decode(condition.dataEq))
  if ('status' in condition) return state.status === condition.status
  if ('fetchStatus' in condition) return state.fetchStatus === condition.fetchStatus
  if ('minUpdates' in condition) return state.dataUpdateCount >= condition.minUpdates
  if ('minErrors' in condition) return state.errorUpdateCount >= condition.minErrors
  return condition.always
}

function queryMatches(pred, query) {
  if ('keyAt' in pred) return equal(query.queryKey[pred.keyAt[0]], decode(pred.keyAt[1]))
  if ('status' in pred) return query.state.status === pred.status
  if ('hasData' in pred) return (query.state.data !== undefined) === pred.hasData
  if ('observers' in pred) return query.getObserversCount() === pred.observers
  if ('dataEq' in pred) return equal(query.state.data, decode(pred.dataEq))
  return pred.const
}

function mutationMatches(pred, mutation) {
  if ('status' in pred) return mutation.state.status === pred.status
  if ('varsEq' in pred) return equal(mutation.state.variables, decode(pred.varsEq))
  if ('keyAt' in pred) {
    return equal(mutation.options.mutationKey?.[pred.keyAt[0]], decode(pred.keyAt[1]))
  }
  if ('paused' in pred) return mutation.state.isPaused === pred.paused
  return pred.const
}

function combineFunction({ combine }, run, name, id) {
  const output = (value) => {
    run.combined.set(id, value)
    return value
  }
  if ('each' in combine) {
    return (results) =>
      output(results.map((r) => Object.fromEntries(combine.each.map((f) => [f, r[f]]))))
  }
  // All results are read before anything is decided: what is read is what is tracked.
  if ('all' in combine) {
    return (results) => output(results.map((r) => r[combine.all]).every(Boolean))
  }
  if ('count' in combine) {
    return (results) => output(results.map((r) => r[combine.count]).filter(Boolean).length)
  }
  return (results) => output(results.map((r) => r[combine.list]))
}

function mutationFunction(spec, run, name) {
  return (variables, context) => {
    const n = run.mutationCalled(name, variables)
    const step = stepFor(spec, n)
    return settle(run, step, 'mutation', () => {
      if ('ok' in step) return decode(step.ok)
      switch (spec.echo) {
        case 'vars':
          return copy(variables)
        case 'n':
          return { n }
        case 'meta':
          return copy(context.meta) ?? null
        case 'key':
          return copy(context.mutationKey) ?? null
      }
      throw run.fail(new TraceError('a step with nothing to give'))
    })
  }
}

/** A mutation callback. `slot` is where it stands: `onMutate`, `cache.onError`, `call.onSuccess` … */
function callbackFunction(spec, run, name, slot) {
  return (args) => {
    const returned = run.runNested(spec.run ?? [], args, name ?? slot)
    const finish = () => {
      if (spec.throw !== undefined) throw makeError(spec.throw)
      return 'returns' in spec ? run.decodeNested(spec.returns, args, returned) : undefined
    }
    if (spec.await !== undefined) return run.sleep(spec.await).then(finish)
    if (spec.async) return Promise.resolve().then(finish)
    return finish()
  }
}

/** The arguments of a callback as an object, by its name. */
export function callbackArguments(name, given) {
  switch (name) {
    case 'onMutate':
      return { vars: given[0] }
    case 'onSuccess':
      return { data: given[0], vars: given[1], ctx: given[2] }
    case 'onError':
      return { error: given[0], vars: given[1], ctx: given[2] }
    default:
      return { data: given[0], error: given[1], vars: given[2], ctx: given[3] }
  }
}

/** Those of the arguments that are defined, encoded. */
export function encodeArguments(args) {
  const json = {}
  for (const key of Object.keys(args).sort()) {
    if (args[key] !== undefined) json[key] = encode(args[key])
  }
  return json
}

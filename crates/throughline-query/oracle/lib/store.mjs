// Scripted storages: one record for a whole client, and items for per-query persisters.

import { experimental_createQueryPersister } from '@tanstack/query-persist-client-core'
import { decode, encode, makeError } from './values.mjs'

export class Store {
  #run
  #name
  #after
  #items = new Map()
  #client = undefined
  #corrupt = false

  constructor(run, name, { after } = {}) {
    this.#run = run
    this.#name = name
    this.#after = after
  }

  // ---- as a persister of the whole client

  persistClient = (client) => {
    const text = toText(client)
    return this.#access(['persist'], () => {
      this.#client = text
      this.#corrupt = false
    })
  }

  restoreClient = () =>
    this.#access(['restore'], () => {
      if (this.#corrupt) throw makeError('corrupt')
      return parse(this.#client)
    })

  removeClient = () => this.#access(['remove'], () => this.delete())

  // ---- as a storage of items

  getItem = (item) => this.#access(['get', item], () => this.#items.get(item))

  setItem = (item, text) => this.#access(['set', item], () => void this.#items.set(item, text))

  removeItem = (item) => this.#access(['del', item], () => void this.#items.delete(item))

  entries = () => this.#access(['entries'], () => [...this.#items])

  // ---- from the trace, at once and unrecorded

  put(item, value) {
    if (item === undefined) {
      this.#client = toText(value)
      this.#corrupt = false
    } else {
      this.#items.set(item, typeof value === 'string' ? value : toText(value))
    }
  }

  delete(item) {
    if (item === undefined) {
      this.#client = undefined
      this.#corrupt = false
    } else {
      this.#items.delete(item)
    }
  }

  corrupt(item) {
    if (item === undefined) this.#corrupt = true
    else this.#items.set(item, '{')
  }

  peek(item) {
    return parse(item === undefined ? this.#client : this.#items.get(item))
  }

  get keys() {
    return [...this.#items.keys()].sort()
  }

  async #access(what, effect) {
    this.#run.record('store', this.#name, [this.#run.now, ...what])
    // No jitter here: a store does one thing after the other.
    if (this.#after === undefined) await undefined
    else await this.#run.sleep(this.#after)
    return effect()
  }
}

/** What a promise becomes is up to the storage: nothing. Errors are kept, as a good storage would. */
function toText(value) {
  return JSON.stringify(value, (_key, field) => {
    if (field instanceof Error) return encode(field)
    return typeof field?.then === 'function' ? undefined : field
  })
}

function parse(text) {
  if (text === undefined) return undefined
  return JSON.parse(text, (_key, field) => (field?.$err ? decode(field) : field))
}

/** A per-query persister over a store. */
export function makePersister(store, { maxAge, buster, prefix, refetchOnRestore, filters }) {
  return experimental_createQueryPersister({
    storage: store,
    ...(maxAge !== undefined && { maxAge }),
    ...(buster !== undefined && { buster }),
    ...(prefix !== undefined && { prefix }),
    ...(refetchOnRestore !== undefined && { refetchOnRestore }),
    ...(filters !== undefined && { filters }),
  })
}

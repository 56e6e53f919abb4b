// Two ways through TanStack Query, for tests/round_trip.rs. Reads JSON from stdin, writes JSON.
//
// "write" ignores its input: it fills a client with queries and mutations of every kind, and writes it.
// "read" hydrates its input, and writes what the client then has, with every query and mutation.
import { readFileSync } from 'node:fs'
import { InfiniteQueryObserver, QueryClient, dehydrate, hydrate, onlineManager } from '@tanstack/query-core'

const all = { shouldDehydrateQuery: () => true, shouldDehydrateMutation: () => true }
const client = new QueryClient({ defaultOptions: { queries: { retry: false } } })

async function fill() {
  client.setQueryData(['todos', 1, { b: [1, 2.5], a: null }], { id: 1, title: 'Milk "fresh"\n' }, { updatedAt: 1000 })
  client.setQueryData(['null'], null, { updatedAt: 2000 })
  client.setQueryData([], [], { updatedAt: 3000 })
  client.setQueryData(['number', 1e21, -0, 0.1], 1e21, { updatedAt: 4000 })
  client.setQueryData(['invalid'], 'old', { updatedAt: 5000 })
  await client.invalidateQueries({ queryKey: ['invalid'] })
  await client.prefetchQuery({ queryKey: ['failed'], meta: { of: 'test' }, queryFn: () => Promise.reject(new Error('no')) })
  client.setQueryData(['kept after failure'], 1, { updatedAt: 1 })
  await client.prefetchQuery({ queryKey: ['kept after failure'], queryFn: () => Promise.reject(new Error('no')) })
  await client.prefetchInfiniteQuery({
    queryKey: ['pages'],
    queryFn: ({ pageParam }) => ['page', pageParam],
    initialPageParam: 0,
    getNextPageParam: (_page, pages) => pages.length,
    pages: 2,
  })
  void client.prefetchQuery({ queryKey: ['pending'], queryFn: () => new Promise(() => {}) })
  onlineManager.setOnline(false)
  const cache = client.getMutationCache()
  const options = { mutationKey: ['todos', 'add'], scope: { id: 'todos' }, meta: { n: 1 }, mutationFn: async () => 1, onMutate: () => ({ undo: 7 }) }
  void cache.build(client, options).execute({ title: 'Bread' })
  void cache.build(client, { mutationFn: async () => 1 }).execute(undefined)
  await new Promise((resolve) => setTimeout(resolve, 5))
}

if (process.argv.includes('read')) {
  hydrate(client, JSON.parse(readFileSync(0, 'utf8')))
} else {
  await fill()
}
const state = dehydrate(client, all)
// A promise is not JSON: what a server sends without streaming leaves it out.
for (const query of state.queries) delete query.promise
process.stdout.write(JSON.stringify(state))
process.exit(0)

// Infinite queries: pages, directions, refetching, limits.

import {
  $,
  adv,
  again,
  area,
  cancel,
  down,
  echo,
  ensureInf,
  err,
  fetch,
  fetchInf,
  focus,
  get,
  inf,
  invalidate,
  isFetching,
  mount,
  nextPage,
  ok,
  online,
  opts,
  pages,
  prefetchInf,
  prevPage,
  queryInf,
  read,
  refetch,
  remove,
  reset,
  select,
  set,
  state,
  undef,
  unsub,
  watchInf,
} from './dsl.mjs'

const k = ['inf']
const page = (after) => ({ steps: [echo(after)], echo: 'page' })
const list = $({ of: 'param', add: 1, until: 2 })

export default area('infinite', (t) => {
  t('first', 'an infinite query begins with one page', {
    fns: { f: page(5) },
    ops: [...watchInf('o', pages(k, 'f')), adv(5), state(k)],
  })
  t('next', 'fetchNextPage appends a page', {
    fns: { f: page(5) },
    ops: [
      ...watchInf('o', pages(k, 'f')),
      adv(5),
      nextPage('o'),
      read('o'),
      adv(5),
      nextPage('o'),
      adv(5),
    ],
  })
  t('previous', 'fetchPreviousPage prepends one', {
    fns: { f: page(5) },
    ops: [
      ...watchInf('o', pages(k, 'f', { initialPageParam: 5, getPreviousPageParam: down() })),
      adv(5),
      prevPage('o'),
      read('o'),
      adv(5),
    ],
  })
  t('both-ways', 'both ways from the middle', {
    fns: { f: page() },
    ops: [
      ...watchInf('o', pages(k, 'f', { initialPageParam: 5, getPreviousPageParam: down() })),
      nextPage('o'),
      prevPage('o'),
      nextPage('o'),
      state(k),
    ],
  })
  t('next-none', 'without a next page nothing is called and the data stays', {
    fns: { f: page() },
    ops: [...watchInf('o', pages(k, 'f', {}, 0)), read('o'), nextPage('o'), state(k)],
  })
  t('next-null', 'null ends it as undefined does', {
    fns: { f: page() },
    ops: [
      ...watchInf(
        'o',
        pages(k, 'f', {
          getNextPageParam: $({ of: 'param', add: 1, until: 1, end: 'null' }),
        }),
      ),
      nextPage('o'),
      nextPage('o'),
      read('o'),
    ],
  })
  t('previous-none', 'without getPreviousPageParam there is no previous page', {
    fns: { f: page() },
    ops: [...watchInf('o', pages(k, 'f')), prevPage('o'), read('o')],
  })
  t('previous-until', 'previous pages end, too', {
    fns: { f: page() },
    ops: [
      ...watchInf('o', pages(k, 'f', { initialPageParam: 1, getPreviousPageParam: down(0) })),
      prevPage('o'),
      prevPage('o'),
      read('o'),
    ],
  })
  t('null-first-param', 'null is a page parameter to begin with', {
    fns: { f: page() },
    ops: [
      ...watchInf('o', pages(k, 'f', { initialPageParam: null })),
      state(k),
      nextPage('o'),
      read('o'),
    ],
  })
  t('undefined-first-param', 'so is undefined', {
    fns: { f: { steps: [echo()], echo: 'n' } },
    ops: [...watchInf('o', pages(k, 'f', { initialPageParam: undef })), state(k)],
  })
  t('zero-param', 'zero is a page parameter as any', {
    fns: { f: page() },
    ops: [
      ...watchInf('o', pages(k, 'f', { initialPageParam: -1 })),
      nextPage('o'),
      nextPage('o'),
      state(k),
    ],
  })
  t('param-from-page', 'the next parameter may come from the last page', {
    fns: { f: { steps: [ok(10), ok(20), ok(30)] } },
    ops: [
      ...watchInf('o', pages(k, 'f', { getNextPageParam: $({ of: 'page', add: 1 }) })),
      nextPage('o'),
      nextPage('o'),
      state(k),
    ],
  })
  t('param-from-count', 'or from the number of pages', {
    fns: { f: page() },
    ops: [
      ...watchInf('o', pages(k, 'f', { getNextPageParam: $({ of: 'count', add: 0, until: 2 }) })),
      nextPage('o'),
      nextPage('o'),
      nextPage('o'),
      state(k),
    ],
  })
  t('next-first', 'the first fetch by fetchNextPage is a first page', {
    fns: { f: page(5) },
    ops: [inf('o', pages(k, 'f')), nextPage('o'), state(k), adv(5), state(k)],
  })
  t('previous-first', 'the first fetch by fetchPreviousPage, too', {
    fns: { f: page(5) },
    ops: [
      inf('o', pages(k, 'f', { getPreviousPageParam: down() })),
      prevPage('o'),
      adv(5),
      state(k),
    ],
  })

  // ---- refetching

  t('refetch-all', 'a refetch fetches all pages one after the other and shows them at the end', {
    fns: { f: { steps: [ok('a'), ok('b'), ok('c'), ok('A', 5), ok('B', 5), ok('C', 5)] } },
    ops: [
      ...watchInf('o', pages(k, 'f')),
      nextPage('o'),
      nextPage('o'),
      again('o'),
      adv(5),
      state(k),
      adv(5),
      adv(5),
      state(k),
    ],
  })
  t('refetch-first-param', 'it begins with the parameter of the first page it has', {
    fns: { f: page() },
    ops: [
      ...watchInf('o', pages(k, 'f', { initialPageParam: 5, getPreviousPageParam: down() })),
      prevPage('o'),
      again('o'),
      state(k),
    ],
  })
  t('refetch-shrinks', 'it stops where there is no next page any more', {
    fns: { f: { steps: [ok(1), ok(2), ok(3), ok(1), ok(100)] } },
    ops: [
      ...watchInf('o', pages(k, 'f', { getNextPageParam: $({ of: 'page', add: 1, until: 50 }) })),
      nextPage('o'),
      nextPage('o'),
      again('o'),
      state(k),
    ],
  })
  t('refetch-new-params', 'the parameters of later pages are found anew', {
    fns: { f: { steps: [ok(1), ok(2), ok(10), ok(11)] } },
    ops: [
      ...watchInf('o', pages(k, 'f', { getNextPageParam: $({ of: 'page', add: 1 }) })),
      nextPage('o'),
      again('o'),
      state(k),
    ],
  })
  t('refetch-equal-shares', 'equal pages keep the reference', {
    fns: { f: page() },
    ops: [...watchInf('o', pages(k, 'f')), nextPage('o'), adv(5), again('o')],
  })
  t('refetch-retry-page', 'a failed page is retried itself; those before are not fetched again', {
    fns: { f: { steps: [ok('a'), ok('b'), ok('A', 5), err('E', 5), ok('B', 5)] } },
    ops: [
      ...watchInf('o', pages(k, 'f', { retryDelay: 10 })),
      nextPage('o'),
      again('o'),
      adv(10),
      state(k),
      adv(10),
      adv(5),
      state(k),
    ],
  })
  t('refetch-fails', 'if it fails for good the old pages stay', {
    fns: { f: { steps: [ok('a'), ok('b'), ok('A'), err('E')] } },
    ops: [
      ...watchInf('o', pages(k, 'f', { retry: false })),
      nextPage('o'),
      again('o'),
      read('o'),
      state(k),
    ],
  })
  t('refetch-offline', 'offline between pages: the retry waits', {
    fns: { f: { steps: [ok('a'), ok('b'), ok('A', 5), err('E', 5), ok('B', 5)] } },
    ops: [
      mount(),
      ...watchInf('o', pages(k, 'f', { retryDelay: 10 })),
      nextPage('o'),
      again('o'),
      adv(10),
      online(false),
      adv(20),
      state(k),
      online(true),
      adv(5),
      state(k),
    ],
  })
  t('invalidate', 'an invalidation refetches all pages', {
    fns: { f: page(5) },
    ops: [
      ...watchInf('o', pages(k, 'f')),
      adv(5),
      nextPage('o'),
      adv(5),
      invalidate(),
      adv(5),
      adv(5),
    ],
  })
  t('set-data', 'pages can be set', {
    fns: { f: page(5) },
    ops: [
      set(k, { pages: ['x', 'y'], pageParams: [0, 1] }),
      ...watchInf('o', pages(k, 'f', { staleTime: 100 })),
      read('o'),
      nextPage('o'),
      adv(5),
    ],
  })
  t('set-empty', 'no pages at all: a refetch fetches one', {
    fns: { f: page(5) },
    ops: [
      set(k, { pages: [], pageParams: [] }),
      ...watchInf('o', pages(k, 'f')),
      read('o'),
      adv(5),
    ],
  })
  t('set-during', 'pages set during a next page are overwritten by it', {
    fns: { f: page(5) },
    ops: [
      ...watchInf('o', pages(k, 'f')),
      adv(5),
      nextPage('o'),
      set(k, { pages: ['x'], pageParams: [0] }),
      adv(5),
      state(k),
    ],
  })

  // ---- limits

  t('max-pages', 'maxPages drops pages at the other end', {
    fns: { f: page() },
    ops: [
      ...watchInf('o', pages(k, 'f', { maxPages: 2, getPreviousPageParam: down(0) })),
      nextPage('o'),
      nextPage('o'),
      read('o'),
      prevPage('o'),
      read('o'),
    ],
  })
  t('max-pages-one', 'with maxPages 1 there is one page at a time', {
    fns: { f: page() },
    ops: [
      ...watchInf('o', pages(k, 'f', { maxPages: 1, getPreviousPageParam: down(0) })),
      nextPage('o'),
      nextPage('o'),
      prevPage('o'),
      state(k),
    ],
  })
  t('max-pages-zero', 'maxPages 0 is no limit', {
    fns: { f: page() },
    ops: [...watchInf('o', pages(k, 'f', { maxPages: 0 })), nextPage('o'), nextPage('o'), state(k)],
  })
  t('max-pages-refetch', 'a refetch fetches the pages that are there', {
    fns: { f: page() },
    ops: [
      ...watchInf('o', pages(k, 'f', { maxPages: 2, getPreviousPageParam: down(0) })),
      nextPage('o'),
      nextPage('o'),
      again('o'),
      state(k),
    ],
  })
  t('max-pages-lowered', 'a lower limit holds from the next page on', {
    fns: { f: page() },
    ops: [
      ...watchInf('o', pages(k, 'f', { staleTime: 100 })),
      nextPage('o'),
      nextPage('o'),
      opts('o', pages(k, 'f', { staleTime: 100, maxPages: 2 })),
      state(k),
      nextPage('o'),
      state(k),
    ],
  })

  // ---- flags, cancelling

  t('flags', 'fetching a next page is no refetching', {
    fns: { f: page(5) },
    ops: [
      ...watchInf('o', pages(k, 'f', { getPreviousPageParam: down() })),
      read('o'),
      adv(5),
      nextPage('o'),
      read('o'),
      adv(5),
      prevPage('o'),
      read('o'),
      adv(5),
      again('o'),
      read('o'),
    ],
  })
  t('flags-error', 'a failed next page is no refetch error', {
    fns: { f: { steps: [ok('a'), err('E', 5), ok('b', 5)] } },
    ops: [
      ...watchInf('o', pages(k, 'f', { retry: false })),
      nextPage('o'),
      adv(5),
      read('o'),
      nextPage('o'),
      read('o'),
      adv(5),
      read('o'),
    ],
  })
  t('flags-error-previous', 'nor a failed previous page', {
    fns: { f: { steps: [ok('a'), err('E', 5)] } },
    ops: [
      ...watchInf('o', pages(k, 'f', { retry: false, getPreviousPageParam: down() })),
      prevPage('o'),
      adv(5),
      read('o'),
    ],
  })
  t('flags-after', 'a refetch after it is one again', {
    fns: { f: { steps: [ok('a'), ok('b'), err('E')] } },
    ops: [...watchInf('o', pages(k, 'f', { retry: false })), nextPage('o'), again('o'), read('o')],
  })
  t('next-cancels-refetch', 'fetchNextPage replaces a running refetch', {
    fns: { f: page(5) },
    ops: [
      ...watchInf('o', pages(k, 'f')),
      adv(5),
      again('o'),
      adv(2),
      nextPage('o'),
      adv(5),
      state(k),
    ],
  })
  t('next-joins', 'with cancelRefetch false it joins it, and no next page comes', {
    fns: { f: page(5) },
    ops: [
      ...watchInf('o', pages(k, 'f')),
      adv(5),
      again('o'),
      adv(2),
      nextPage('o', { cancelRefetch: false }),
      adv(5),
      state(k),
    ],
  })
  t('next-twice', 'a second fetchNextPage replaces the first: one page comes', {
    fns: { f: page(5) },
    ops: [
      ...watchInf('o', pages(k, 'f')),
      adv(5),
      nextPage('o'),
      adv(2),
      nextPage('o'),
      adv(5),
      state(k),
    ],
  })
  t('next-during-first', 'during the first page it joins', {
    fns: { f: page(5) },
    ops: [...watchInf('o', pages(k, 'f')), adv(2), nextPage('o'), adv(5), state(k)],
  })
  t('next-then-previous', 'fetchPreviousPage replaces fetchNextPage', {
    fns: { f: page(5) },
    ops: [
      ...watchInf('o', pages(k, 'f', { initialPageParam: 5, getPreviousPageParam: down() })),
      adv(5),
      nextPage('o'),
      adv(2),
      prevPage('o'),
      read('o'),
      adv(5),
      state(k),
    ],
  })
  t('cancel-next', 'a cancelled next page leaves the pages as they were', {
    fns: { f: page(5) },
    ops: [
      ...watchInf('o', pages(k, 'f')),
      adv(5),
      nextPage('o'),
      adv(2),
      cancel(),
      read('o'),
      adv(5),
      state(k),
    ],
  })
  t('cancel-refetch', 'a cancelled refetch fetches no further page once the signal was read', {
    fns: { f: { ...page(5), readSignal: true } },
    ops: [
      ...watchInf('o', pages(k, 'f')),
      adv(5),
      nextPage('o'),
      adv(5),
      again('o'),
      adv(2),
      cancel(),
      adv(20),
      state(k),
    ],
  })
  t(
    'cancel-refetch-unread',
    'where the signal is not read the pages go on being fetched for nothing',
    {
      fns: { f: page(5) },
      ops: [
        ...watchInf('o', pages(k, 'f')),
        adv(5),
        nextPage('o'),
        adv(5),
        again('o'),
        adv(2),
        cancel(),
        adv(20),
        state(k),
        read('o'),
      ],
    },
  )
  t('leave', 'leaving aborts an infinite query that reads its signal', {
    fns: { f: { ...page(5), readSignal: true } },
    ops: [
      ...watchInf('o', pages(k, 'f')),
      adv(5),
      nextPage('o'),
      adv(2),
      unsub('o'),
      adv(5),
      state(k),
    ],
  })
  t('remove', 'a removed infinite query begins anew', {
    fns: { f: page(5) },
    ops: [
      ...watchInf('o', pages(k, 'f')),
      adv(5),
      nextPage('o'),
      adv(5),
      remove(),
      nextPage('o'),
      adv(5),
      read('o'),
    ],
  })
  t('reset', 'a reset leads back to one page', {
    fns: { f: page(5) },
    ops: [
      ...watchInf('o', pages(k, 'f')),
      adv(5),
      nextPage('o'),
      adv(5),
      reset(),
      adv(5),
      state(k),
    ],
  })
  t('select', 'pages are selected from as any data', {
    fns: { f: page() },
    ops: [...watchInf('o', pages(k, 'f', { select: select('len') })), nextPage('o'), read('o')],
  })
  t('select-pages', 'flags are those of the data before the selection', {
    fns: { f: page() },
    ops: [
      ...watchInf('o', pages(k, 'f', { select: select('pages') }, 1)),
      read('o'),
      nextPage('o'),
      read('o'),
    ],
  })
  t('options-until', 'options that change the page functions change the flags', {
    fns: { f: page() },
    ops: [
      ...watchInf('o', pages(k, 'f', { staleTime: 100 }, 0)),
      read('o'),
      opts('o', pages(k, 'f', { staleTime: 100 }, 5)),
      nextPage('o'),
      state(k),
    ],
  })
  t('key-change', 'another key begins anew', {
    fns: { f: page(5) },
    ops: [
      ...watchInf('o', pages(['inf', 1], 'f')),
      adv(5),
      nextPage('o'),
      adv(5),
      opts('o', pages(['inf', 2], 'f')),
      adv(5),
      read('o'),
    ],
  })
  t('next-offline', 'a next page offline waits', {
    fns: { f: page(5) },
    ops: [
      mount(),
      ...watchInf('o', pages(k, 'f', { refetchOnReconnect: false })),
      adv(5),
      online(false),
      nextPage('o'),
      read('o'),
      online(true),
      adv(5),
      state(k),
    ],
  })
  t('next-throws', 'with throwOnError a failed page rejects', {
    fns: { f: { steps: [ok('a'), err('E', 5)] } },
    ops: [
      ...watchInf('o', pages(k, 'f', { retry: false })),
      nextPage('o', { throwOnError: true }),
      adv(5),
    ],
  })
  t('disabled', 'a disabled infinite observer fetches pages when asked', {
    fns: { f: page(5) },
    ops: [
      ...watchInf('o', pages(k, 'f', { enabled: false })),
      read('o'),
      nextPage('o'),
      adv(5),
      nextPage('o'),
      adv(5),
    ],
  })
  t('placeholder', 'a placeholder of pages has no next page: flags come from data', {
    fns: { f: page(5) },
    ops: [
      ...watchInf('o', pages(k, 'f', { placeholderData: { pages: ['p'], pageParams: [0] } })),
      read('o'),
      adv(5),
    ],
  })
  t('initial-data', 'initialData of pages has', {
    fns: { f: page(5) },
    ops: [
      ...watchInf(
        'o',
        pages(k, 'f', { initialData: { pages: ['i'], pageParams: [0] }, staleTime: 100 }),
      ),
      read('o'),
      nextPage('o'),
      adv(5),
    ],
  })
  t('focus', 'focus refetches all pages', {
    fns: { f: page() },
    ops: [
      mount(),
      ...watchInf('o', pages(k, 'f')),
      nextPage('o'),
      focus(false),
      focus(true),
      state(k),
    ],
  })
  t('two-observers', 'two observers of one infinite query', {
    fns: { f: page(5) },
    ops: [
      ...watchInf('o', pages(k, 'f')),
      ...watchInf('p', pages(k, 'f', { select: select('len') })),
      adv(5),
      nextPage('p'),
      adv(5),
      read('o'),
      read('p'),
    ],
  })

  // ---- through the client

  t('fetch', 'fetchInfiniteQuery gives one page', {
    fns: { f: page(5) },
    ops: [fetchInf(pages(k, 'f')), adv(5), state(k)],
  })
  t('fetch-pages', 'or as many as asked for', {
    fns: { f: page(5) },
    ops: [fetchInf(pages(k, 'f', { pages: 3 })), adv(5), state(k), adv(10), state(k)],
  })
  t('fetch-pages-end', 'if there are as many', {
    fns: { f: page() },
    ops: [fetchInf({ ...pages(k, 'f', { pages: 5 }), getNextPageParam: list })],
  })
  t('fetch-again', 'fetched again it fetches the pages it has', {
    fns: { f: page() },
    ops: [fetchInf(pages(k, 'f', { pages: 2 })), fetchInf(pages(k, 'f')), state(k)],
  })
  t('fetch-fewer', 'with pages fewer are fetched', {
    fns: { f: page() },
    ops: [fetchInf(pages(k, 'f', { pages: 3 })), fetchInf(pages(k, 'f', { pages: 1 })), state(k)],
  })
  t('fetch-fresh', 'fresh pages are not fetched', {
    fns: { f: page() },
    ops: [
      fetchInf(pages(k, 'f', { staleTime: 10 })),
      fetchInf(pages(k, 'f', { staleTime: 10, pages: 2 })),
      adv(10),
      fetchInf(pages(k, 'f', { staleTime: 10, pages: 2 })),
    ],
  })
  t('fetch-error', 'an error of any page rejects', {
    fns: { f: { steps: [ok('a'), err('E', 5)] } },
    ops: [fetchInf(pages(k, 'f', { pages: 2 })), adv(5), state(k)],
  })
  t('fetch-error-retry', 'pages already fetched survive the retry', {
    fns: { f: { steps: [ok('a', 5), err('E', 5), ok('b', 5)] } },
    ops: [
      fetchInf(pages(k, 'f', { pages: 2, retry: 1, retryDelay: 10 })),
      adv(10),
      adv(10),
      adv(5),
    ],
  })
  t('prefetch', 'prefetchInfiniteQuery gives nothing but pages in the cache', {
    fns: { f: page(5) },
    ops: [prefetchInf(pages(k, 'f', { pages: 2 })), adv(10), get(k)],
  })
  t('prefetch-observe', 'an observer goes on from there', {
    fns: { f: page(5) },
    ops: [
      prefetchInf(pages(k, 'f', { pages: 2 })),
      adv(10),
      ...watchInf('o', pages(k, 'f', { staleTime: 100 })),
      read('o'),
      nextPage('o'),
      adv(5),
    ],
  })
  t('ensure', 'ensureInfiniteQueryData gives what is there', {
    fns: { f: page() },
    ops: [
      ensureInf(pages(k, 'f', { pages: 2 })),
      adv(5),
      ensureInf(pages(k, 'f')),
      ensureInf(pages(k, 'f'), { revalidateIfStale: true }),
      state(k),
    ],
  })
  t('query', 'infiniteQuery selects', {
    fns: { f: page() },
    ops: [
      queryInf(pages(k, 'f', { pages: 2, select: select('pages') })),
      queryInf(pages(k, 'f', { staleTime: 10, select: select('len') })),
    ],
  })
  t('refetch-inactive', 'refetching an infinite query nobody observes', {
    fns: { f: page() },
    ops: [fetchInf(pages(k, 'f', { pages: 2 })), refetch(), state(k)],
  })
  t('fetch-plain-after', 'a plain fetch of an infinite query’s key still fetches pages', {
    fns: { f: page(), g: page() },
    ops: [fetchInf(pages(k, 'f')), fetch({ ...pages(k, 'g') }), state(k)],
  })
  t('fetch-joins', 'two fetches at a time share the calls', {
    fns: { f: page(5) },
    ops: [
      fetchInf(pages(k, 'f', { pages: 2 })),
      adv(5),
      fetchInf(pages(k, 'f', { pages: 3 })),
      adv(5),
      isFetching(),
    ],
  })
  t('null-page', 'a page may be null', {
    fns: { f: { steps: [ok(null)] } },
    ops: [fetchInf(pages(k, 'f'))],
  })
})

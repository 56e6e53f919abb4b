//! Infinite queries: data in pages, fetched one after the other.

use std::collections::VecDeque;

use super::fetch::{Fetch, How};
use super::{Machine, Micro, QueryId, RunOwner};
use crate::data::{Cause, Data, Failure};
use crate::effect::{FetchId, PageCall, RunId, Work};
use crate::options::{Fetcher, PageFn, PageView, QueryOptions, Sharing, guarded};
use crate::state::Direction;

/// The data of an infinite query, without types.
#[derive(Debug, Clone, Default)]
pub struct Pages {
    /// The pages, from first to last.
    pub pages: Vec<Data>,
    /// The parameter of each; `()` stands for a first page without one.
    pub params: Vec<Data>,
}

/// A fetch of pages: all that were there, or one more.
#[derive(Debug)]
pub(crate) struct PagesRun {
    more: Option<Direction>,
    old: Option<Data>,
    /// What has been fetched so far. A further attempt goes on from here.
    result: Pages,
    fetched: usize,
    first_page: bool,
    wanted: usize,
    asked: Option<Data>,
}

/// The pages in a query's data, if it holds pages.
fn pages_of(data: Option<&Data>) -> Option<&Pages> {
    data.and_then(Data::downcast_ref::<Pages>)
}

impl PagesRun {
    pub(super) fn new(options: &QueryOptions, data: Option<&Data>, how: &How) -> Self {
        let old = pages_of(data);
        let there = old.map_or(0, |pages| pages.pages.len());
        Self {
            // Without pages there is no neighbour; the first page is fetched instead.
            more: how.more.filter(|_| there > 0),
            old: data.filter(|_| old.is_some()).cloned(),
            result: Pages::default(),
            fetched: 0,
            wanted: if how.first_page { 1 } else { options.pages.get().copied().unwrap_or(there) },
            first_page: how.first_page,
            asked: None,
        }
    }

    /// The parameter of the page to fetch next.
    fn next(&self, options: &QueryOptions) -> Next {
        let old = pages_of(self.old.as_ref());
        if let (Some(direction), Some(old)) = (self.more, old) {
            return match neighbour(options, old, direction) {
                Some(param) => Next::Fetch(Some(param), direction),
                None => Next::Nothing,
            };
        }
        if self.fetched == 0 {
            let first = old.and_then(|old| old.params.first());
            let first = first.filter(|param| param.downcast_ref::<()>().is_none());
            let param = first.or(options.initial_page_param.get()).cloned();
            return Next::Fetch(param, Direction::Forward);
        }
        match neighbour(options, &self.result, Direction::Forward) {
            Some(param) => Next::Fetch(Some(param), Direction::Forward),
            None => Next::Nothing,
        }
    }

    /// What the fetch comes to, if nothing more is to be fetched.
    fn outcome(&mut self, options: &QueryOptions) -> Data {
        let keeps = matches!(options.sharing.get(), None | Some(Sharing::KeepEqual));
        match (&self.old, self.more) {
            (Some(old), Some(_)) if keeps => old.clone(),
            (Some(old), Some(_)) => Data::new(pages_of(Some(old)).cloned().unwrap_or_default()),
            _ => Data::new(std::mem::take(&mut self.result)),
        }
    }

    /// Keeps the pages after the first, if they still follow it: if its neighbour has the parameter
    /// that the second page was fetched with. Otherwise they may repeat or miss what the first
    /// page has now, and go.
    fn keep_rest(&mut self, options: &QueryOptions) {
        let equal = options.abilities.get().and_then(|abilities| abilities.equal_param);
        let Some(old) = pages_of(self.old.as_ref()) else { return };
        let next = neighbour(options, &self.result, Direction::Forward);
        let (Some(equal), Some(next), Some(second)) = (equal, next, old.params.get(1)) else {
            return;
        };
        if guarded(false, || equal(&next, second)) {
            self.result.pages.extend(old.pages.iter().skip(1).cloned());
            self.result.params.extend(old.params.iter().skip(1).cloned());
        }
    }

    /// Takes in a page. Gives the outcome, if it was the last.
    fn add(&mut self, options: &QueryOptions, page: Data) -> Option<Data> {
        let max = options.max_pages.get().copied().filter(|max| *max > 0);
        let param = self.asked.take().unwrap_or_else(|| Data::new(()));
        match (self.more, pages_of(self.old.as_ref())) {
            (Some(direction), Some(old)) => Some(Data::new(Pages {
                pages: added(&old.pages, page, direction, max),
                params: added(&old.params, param, direction, max),
            })),
            _ => {
                let way = Direction::Forward;
                self.result = Pages {
                    pages: added(&self.result.pages, page, way, max),
                    params: added(&self.result.params, param, way, max),
                };
                self.fetched += 1;
                if self.first_page {
                    self.keep_rest(options);
                }
                (self.fetched >= self.wanted).then(|| self.outcome(options))
            }
        }
    }
}

enum Next {
    Fetch(Option<Data>, Direction),
    Nothing,
}

/// The items and one more; those at the other end go if there are too many.
fn added(items: &[Data], item: Data, direction: Direction, max: Option<usize>) -> Vec<Data> {
    let mut all: VecDeque<Data> = items.iter().cloned().collect();
    match direction {
        Direction::Forward => all.push_back(item),
        Direction::Backward => all.push_front(item),
    }
    while max.is_some_and(|max| all.len() > max) {
        match direction {
            Direction::Forward => all.pop_front(),
            Direction::Backward => all.pop_back(),
        };
    }
    all.into()
}

/// The parameter of the page beyond the pages there are, if there is one.
fn neighbour(options: &QueryOptions, there: &Pages, direction: Direction) -> Option<Data> {
    let (ask, page, param): (&PageFn, _, _) = match direction {
        Direction::Forward => (options.next_page.get()?, there.pages.last()?, there.params.last()?),
        Direction::Backward => {
            (options.previous_page.get()?, there.pages.first()?, there.params.first()?)
        }
    };
    let view = PageView { page, pages: &there.pages, param, params: &there.params };
    guarded(None, || ask(&view))
}

/// Whether there is a page beyond those there are.
pub(super) fn has_page(options: &QueryOptions, data: Option<&Data>, direction: Direction) -> bool {
    pages_of(data).is_some_and(|there| neighbour(options, there, direction).is_some())
}

impl Machine {
    /// Asks for the next page, or ends the fetch if there is none.
    pub(super) fn run_page(&mut self, query: QueryId, run: RunId) {
        let Some(Fetch { id, options, pages: Some(pages), promise, .. }) = self.fetch_parts(query)
        else {
            return;
        };
        let (id, options) = (*id, options.clone());
        match pages.next(&options) {
            Next::Nothing => {
                let outcome = pages.outcome(&options);
                self.runs.remove(&run);
                self.resolve(query, id, Some(outcome));
            }
            Next::Fetch(param, direction) => {
                let fallback = promise.clone().map(Work::Promise);
                pages.asked = param.clone();
                let work = match options.fetcher.get() {
                    Some(Fetcher::Call(call)) => Some(Work::Call(call.clone())),
                    Some(Fetcher::Stream(stream)) => Some(Work::Stream(stream.clone())),
                    Some(Fetcher::Skip) => None,
                    None => fallback,
                };
                match work {
                    Some(work) => self.ask(query, run, work, Some(PageCall { param, direction })),
                    None => {
                        let key = self.query(query).key.clone();
                        let failure = Failure::from(Cause::MissingFetcher(key));
                        self.micro.push_back(Micro::AttemptFailed(run, failure));
                    }
                }
            }
        }
    }

    fn fetch_parts(&mut self, query: QueryId) -> Option<&mut Fetch> {
        self.query_mut(query).fetch_mut()
    }

    /// Takes in a page; asks for the next, if one is wanted.
    pub(super) fn page_done(&mut self, query: QueryId, id: FetchId, page: Option<Data>) {
        let Some(fetch) = self.fetch_of(query, id) else { return };
        let options = fetch.options.clone();
        let Some(pages) = &mut fetch.pages else { return };
        let page = page.unwrap_or_else(|| Data::new(()));
        if let Some(outcome) = pages.add(&options, page) {
            self.resolve(query, id, Some(outcome));
            return;
        }
        let run = self.new_run(RunOwner::Query(query, id));
        if let Some(fetch) = self.fetch_of(query, id) {
            fetch.run = Some(run);
        }
        self.run_page(query, run);
    }
}

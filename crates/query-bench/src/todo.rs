//! What is cached on both sides: a small value under a key of three segments, `["todo", list, {"id": id}]`.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use throughline_query::{Bound, Fetch, Millis, Query, StaleTime};

/// So many lists there are, all of the same size; the entries of the last one are observed.
pub const LISTS: u32 = 100;
/// So many of them lie together, one after the other, and take the first half of the entries. The others are
/// spread over the second half.
pub const TOGETHER: u32 = LISTS / 2;
/// When everything was set.
pub const AT: Millis = 1_700_000_000_000;

/// The value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Todo {
    /// Whether it is done.
    pub done: bool,
    /// Its number.
    pub id: u32,
    /// What it is.
    pub title: String,
}

/// The last segment of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct ById {
    /// The number.
    pub id: u32,
}

/// The definition.
pub type Todos = Query<(u32, ById), Todo, Infallible>;
/// One of its queries.
pub type One = Bound<Todo, Infallible>;

/// The definition. What it fetches never comes, so that nothing happens beside what is measured.
pub fn todos() -> Todos {
    Query::new("todo", |_: Fetch<(u32, ById)>| std::future::pending())
        .stale_time(StaleTime::Never)
        .compared()
        .json()
}

/// The value with this number.
pub fn todo(id: u32) -> Arc<Todo> {
    Arc::new(Todo { done: id.is_multiple_of(2), id, title: format!("Todo number {id}") })
}

/// The list that an entry is in, of so many entries.
pub fn list_of(id: u32, entries: u32) -> u32 {
    if id < entries / 2 { id / (entries / LISTS) } else { TOGETHER + id % TOGETHER }
}

/// The query with this number, of so many.
pub fn at(todos: &Todos, id: u32, entries: u32) -> One {
    todos.at((list_of(id, entries), ById { id }))
}

/// The entries of a list, of so many entries.
pub fn entries_of(list: u32, entries: u32) -> impl Iterator<Item = u32> {
    let each = entries / LISTS;
    let (first, step) = match list.checked_sub(TOGETHER) {
        None => (list * each, 1),
        // The second half begins at a multiple of this many lists.
        Some(list) => (entries / 2 + list, TOGETHER as usize),
    };
    (first..entries).step_by(step).take(each as usize)
}

/// How long a part of the measurement lasts, at least.
pub fn milliseconds(milliseconds: u32) -> Duration {
    Duration::from_millis(milliseconds.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_has_one_in_a_hundred_entries() {
        for entries in [200, 1_000, 50_000] {
            let mut seen = vec![false; entries as usize];
            for list in 0..LISTS {
                let ids: Vec<u32> = entries_of(list, entries).collect();
                assert_eq!(ids.len() as u32, entries / LISTS);
                for id in ids {
                    assert_eq!(list_of(id, entries), list);
                    assert!(!std::mem::replace(&mut seen[id as usize], true));
                }
            }
            assert!(seen.into_iter().all(|seen| seen));
        }
    }
}

//! What is cached on both sides: a small value under a key of three segments, `["todo", list, {"id": id}]`.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use throughline_query::{Bound, Fetch, Millis, Query, StaleTime};

/// So many lists the entries are spread over; the entries of the last one are observed.
pub const LISTS: u32 = 100;
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

/// The query with this number.
pub fn at(todos: &Todos, id: u32) -> One {
    todos.at((id % LISTS, ById { id }))
}

/// How long a part of the measurement lasts, at least.
pub fn milliseconds(milliseconds: u32) -> Duration {
    Duration::from_millis(milliseconds.into())
}

//! The twelve fields of a query's state, and the eight actions that change them.

use crate::data::{Data, Failure};
use crate::time::Millis;

/// What is known about the data of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Status {
    /// There is no data yet, and no fetch has failed for good.
    #[default]
    Pending,
    /// The last fetch failed.
    Error,
    /// There is data, and the last fetch did not fail.
    Success,
}

/// What a query is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FetchStatus {
    /// Its function runs, or is about to run again.
    Fetching,
    /// It wants to run and may not: there is no network, or nobody looks.
    Paused,
    /// Nothing.
    #[default]
    Idle,
}

/// Which way an infinite query grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Towards the next page.
    Forward,
    /// Towards the previous page.
    Backward,
}

/// The state of a query.
#[derive(Debug, Clone, Default)]
pub struct QueryState {
    /// The last value fetched or set.
    pub data: Option<Data>,
    /// How often data was fetched or set.
    pub data_update_count: u32,
    /// When the data was fetched or set; 0 if never.
    pub data_updated_at: Millis,
    /// Why the last fetch failed, until one succeeds.
    pub error: Option<Failure>,
    /// How often a fetch failed for good.
    pub error_update_count: u32,
    /// When a fetch last failed for good; 0 if never.
    pub error_updated_at: Millis,
    /// How often the present fetch has failed.
    pub fetch_failure_count: u32,
    /// Why the present fetch failed last.
    pub fetch_failure_reason: Option<Failure>,
    /// Which further page the present or last fetch was for.
    pub fetch_more: Option<Direction>,
    /// Whether the data was declared out of date.
    pub is_invalidated: bool,
    /// What is known about the data.
    pub status: Status,
    /// What the query is doing.
    pub fetch_status: FetchStatus,
}

impl QueryState {
    /// The state of a query that begins with data.
    pub(crate) fn with_data(data: Data, updated_at: Millis) -> Self {
        Self {
            data: Some(data),
            data_updated_at: updated_at,
            status: Status::Success,
            ..Self::default()
        }
    }

    /// Whether a fetch has ever ended, or data was ever set.
    pub fn is_fetched(&self) -> bool {
        u64::from(self.data_update_count) + u64::from(self.error_update_count) > 0
    }
}

/// A change of a query's state.
#[derive(Debug, Clone)]
pub(crate) enum Action {
    Fetch { paused: bool, more: Option<Direction> },
    Failed { count: u32, reason: Failure },
    Pause,
    Continue,
    Success { data: Data, at: Millis, manual: bool },
    Error { error: Failure, at: Millis },
    Invalidate,
    Set(Box<QueryState>),
}

/// The name of an action, as events tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionKind {
    /// A fetch began.
    Fetch,
    /// An attempt failed, and another one follows.
    Failed,
    /// A fetch waits for the network or for somebody to look.
    Pause,
    /// A waiting fetch goes on.
    Continue,
    /// Data arrived, or was set.
    Success,
    /// A fetch failed for good.
    Error,
    /// The data was declared out of date.
    Invalidate,
    /// The whole state was replaced.
    SetState,
}

impl Action {
    pub(crate) fn kind(&self) -> ActionKind {
        match self {
            Self::Fetch { .. } => ActionKind::Fetch,
            Self::Failed { .. } => ActionKind::Failed,
            Self::Pause => ActionKind::Pause,
            Self::Continue => ActionKind::Continue,
            Self::Success { .. } => ActionKind::Success,
            Self::Error { .. } => ActionKind::Error,
            Self::Invalidate => ActionKind::Invalidate,
            Self::Set(_) => ActionKind::SetState,
        }
    }
}

impl QueryState {
    /// The reducer.
    pub(crate) fn apply(&mut self, action: Action) {
        match action {
            Action::Fetch { paused, more } => {
                self.fetch_failure_count = 0;
                self.fetch_failure_reason = None;
                self.fetch_status =
                    if paused { FetchStatus::Paused } else { FetchStatus::Fetching };
                self.fetch_more = more;
                if self.data.is_none() {
                    self.error = None;
                    self.status = Status::Pending;
                }
            }
            Action::Failed { count, reason } => {
                self.fetch_failure_count = count;
                self.fetch_failure_reason = Some(reason);
            }
            Action::Pause => self.fetch_status = FetchStatus::Paused,
            Action::Continue => self.fetch_status = FetchStatus::Fetching,
            Action::Success { data, at, manual } => {
                self.data = Some(data);
                self.data_updated_at = at;
                self.error = None;
                self.is_invalidated = false;
                self.status = Status::Success;
                self.data_update_count = self.data_update_count.saturating_add(1);
                // What was set by hand says nothing about the fetch that may be under way.
                if !manual {
                    self.fetch_status = FetchStatus::Idle;
                    self.fetch_failure_count = 0;
                    self.fetch_failure_reason = None;
                }
            }
            Action::Error { error, at } => {
                self.error_update_count = self.error_update_count.saturating_add(1);
                self.error_updated_at = at;
                self.fetch_failure_count = self.fetch_failure_count.saturating_add(1);
                self.fetch_failure_reason = Some(error.clone());
                self.error = Some(error);
                self.fetch_status = FetchStatus::Idle;
                self.status = Status::Error;
                // Data that could not be renewed is out of date.
                self.is_invalidated = true;
            }
            Action::Invalidate => self.is_invalidated = true,
            Action::Set(state) => *self = *state,
        }
    }
}

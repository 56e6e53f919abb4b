//! What an observer sees: a query's state, seen through the observer's options.

use std::ops::{BitOr, BitOrAssign};

use crate::data::{Data, Failure, same_data, same_failure};
use crate::state::{Direction, FetchStatus, Status};
use crate::time::Millis;

/// A set of the fields of an [`ObserverResult`].
///
/// ```
/// use throughline_query::Fields;
///
/// let interest = Fields::DATA | Fields::ERROR;
/// assert!(interest.meets(Fields::DATA));
/// assert!(!interest.meets(Fields::FETCH_STATUS));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fields(u32);

macro_rules! fields {
    ($($(#[$meta:meta])* $name:ident = $bit:literal, $word:literal;)*) => {
        impl Fields {
            $($(#[$meta])* pub const $name: Self = Self(1 << $bit);)*

            /// The field with the name that TanStack Query gives it.
            pub fn named(name: &str) -> Option<Self> {
                match name {
                    $($word => Some(Self::$name),)*
                    _ => None,
                }
            }
        }
    };
}

fields! {
    /// [`ObserverResult::status`].
    STATUS = 0, "status";
    /// [`ObserverResult::fetch_status`].
    FETCH_STATUS = 1, "fetchStatus";
    /// [`ObserverResult::is_pending`].
    IS_PENDING = 2, "isPending";
    /// [`ObserverResult::is_success`].
    IS_SUCCESS = 3, "isSuccess";
    /// [`ObserverResult::is_error`].
    IS_ERROR = 4, "isError";
    /// [`ObserverResult::is_loading`].
    IS_LOADING = 5, "isLoading";
    /// [`ObserverResult::is_loading`], under its old name.
    IS_INITIAL_LOADING = 6, "isInitialLoading";
    /// [`ObserverResult::data`].
    DATA = 7, "data";
    /// [`ObserverResult::data_updated_at`].
    DATA_UPDATED_AT = 8, "dataUpdatedAt";
    /// [`ObserverResult::error`].
    ERROR = 9, "error";
    /// [`ObserverResult::error_updated_at`].
    ERROR_UPDATED_AT = 10, "errorUpdatedAt";
    /// [`ObserverResult::failure_count`].
    FAILURE_COUNT = 11, "failureCount";
    /// [`ObserverResult::failure_reason`].
    FAILURE_REASON = 12, "failureReason";
    /// [`ObserverResult::error_update_count`].
    ERROR_UPDATE_COUNT = 13, "errorUpdateCount";
    /// [`ObserverResult::is_fetched`].
    IS_FETCHED = 14, "isFetched";
    /// [`ObserverResult::is_fetched_after_mount`].
    IS_FETCHED_AFTER_MOUNT = 15, "isFetchedAfterMount";
    /// [`ObserverResult::is_fetching`].
    IS_FETCHING = 16, "isFetching";
    /// [`ObserverResult::is_refetching`].
    IS_REFETCHING = 17, "isRefetching";
    /// [`ObserverResult::is_loading_error`].
    IS_LOADING_ERROR = 18, "isLoadingError";
    /// [`ObserverResult::is_refetch_error`].
    IS_REFETCH_ERROR = 19, "isRefetchError";
    /// [`ObserverResult::is_paused`].
    IS_PAUSED = 20, "isPaused";
    /// [`ObserverResult::is_placeholder_data`].
    IS_PLACEHOLDER_DATA = 21, "isPlaceholderData";
    /// [`ObserverResult::is_stale`].
    IS_STALE = 22, "isStale";
    /// [`ObserverResult::is_enabled`].
    IS_ENABLED = 23, "isEnabled";
    /// [`PagesResult::has_next`].
    HAS_NEXT_PAGE = 24, "hasNextPage";
    /// [`PagesResult::has_previous`].
    HAS_PREVIOUS_PAGE = 25, "hasPreviousPage";
    /// [`ObserverResult::is_fetching_next_page`].
    IS_FETCHING_NEXT_PAGE = 26, "isFetchingNextPage";
    /// [`ObserverResult::is_fetching_previous_page`].
    IS_FETCHING_PREVIOUS_PAGE = 27, "isFetchingPreviousPage";
    /// [`ObserverResult::is_fetch_next_page_error`].
    IS_FETCH_NEXT_PAGE_ERROR = 28, "isFetchNextPageError";
    /// [`ObserverResult::is_fetch_previous_page_error`].
    IS_FETCH_PREVIOUS_PAGE_ERROR = 29, "isFetchPreviousPageError";
}

impl Fields {
    /// No field.
    pub const NONE: Self = Self(0);
    /// Every field.
    pub const ALL: Self = Self((1 << 30) - 1);

    /// Whether a field is in both sets.
    pub fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether there is no field in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn note(&mut self, field: Self, changed: bool) {
        if changed {
            *self |= field;
        }
    }
}

impl BitOr for Fields {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Fields {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// What an observer sees.
#[derive(Debug, Clone)]
pub struct ObserverResult {
    /// The data: the query's, what `select` made of it, or a placeholder.
    pub data: Option<Data>,
    /// Why the last fetch failed, or `select`.
    pub error: Option<Failure>,
    /// Why the present fetch failed last.
    pub failure_reason: Option<Failure>,
    /// When the query's data was fetched or set; 0 if never.
    pub data_updated_at: Millis,
    /// When a fetch last failed for good, or `select` did; 0 if never.
    pub error_updated_at: Millis,
    /// How often the present fetch has failed.
    pub failure_count: u32,
    /// How often a fetch failed for good.
    pub error_update_count: u32,
    /// What is known about the data.
    pub status: Status,
    /// What the query is doing.
    pub fetch_status: FetchStatus,
    /// Whether a fetch has ever ended, or data was ever set.
    pub is_fetched: bool,
    /// Whether one has since the observer came to this query.
    pub is_fetched_after_mount: bool,
    /// Whether the data is a placeholder.
    pub is_placeholder_data: bool,
    /// Whether the data is out of date for this observer.
    pub is_stale: bool,
    /// Whether the observer fetches by itself.
    pub is_enabled: bool,
    /// What only observers of infinite queries see.
    pub pages: Option<PagesResult>,
}

/// What only observers of infinite queries see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PagesResult {
    /// Whether there is a page after the last.
    pub has_next: bool,
    /// Whether there is a page before the first.
    pub has_previous: bool,
    /// Which further page the present or last fetch was for.
    pub direction: Option<Direction>,
}

impl ObserverResult {
    /// Whether there is nothing to show yet.
    pub fn is_pending(&self) -> bool {
        self.status == Status::Pending
    }

    /// Whether there is data, and the last fetch did not fail.
    pub fn is_success(&self) -> bool {
        self.status == Status::Success
    }

    /// Whether the last fetch failed, or `select` did.
    pub fn is_error(&self) -> bool {
        self.status == Status::Error
    }

    /// Whether a fetch runs.
    pub fn is_fetching(&self) -> bool {
        self.fetch_status == FetchStatus::Fetching
    }

    /// Whether a fetch waits.
    pub fn is_paused(&self) -> bool {
        self.fetch_status == FetchStatus::Paused
    }

    /// Whether the first fetch runs.
    pub fn is_loading(&self) -> bool {
        self.is_pending() && self.is_fetching()
    }

    /// Whether a fetch runs behind what is shown, other than for a further page.
    pub fn is_refetching(&self) -> bool {
        self.is_fetching() && !self.is_pending() && self.direction().is_none()
    }

    /// Whether it failed and there is nothing to show.
    pub fn is_loading_error(&self) -> bool {
        self.is_error() && self.data.is_none()
    }

    /// Whether it failed behind what is shown, other than for a further page.
    pub fn is_refetch_error(&self) -> bool {
        self.is_error() && self.data.is_some() && self.direction().is_none()
    }

    /// Whether the next page is being fetched.
    pub fn is_fetching_next_page(&self) -> bool {
        self.is_fetching() && self.direction() == Some(Direction::Forward)
    }

    /// Whether the previous page is being fetched.
    pub fn is_fetching_previous_page(&self) -> bool {
        self.is_fetching() && self.direction() == Some(Direction::Backward)
    }

    /// Whether the next page could not be fetched.
    pub fn is_fetch_next_page_error(&self) -> bool {
        self.is_error() && self.direction() == Some(Direction::Forward)
    }

    /// Whether the previous page could not be fetched.
    pub fn is_fetch_previous_page_error(&self) -> bool {
        self.is_error() && self.direction() == Some(Direction::Backward)
    }

    fn direction(&self) -> Option<Direction> {
        self.pages.and_then(|pages| pages.direction)
    }

    /// The fields in which this differs from `before`.
    pub fn changes(&self, before: &Self) -> Fields {
        let (a, b) = (self, before);
        let mut changed = Fields::NONE;
        let mut note = |field, differs| changed.note(field, differs);
        note(Fields::STATUS, a.status != b.status);
        note(Fields::FETCH_STATUS, a.fetch_status != b.fetch_status);
        note(Fields::IS_PENDING, a.is_pending() != b.is_pending());
        note(Fields::IS_SUCCESS, a.is_success() != b.is_success());
        note(Fields::IS_ERROR, a.is_error() != b.is_error());
        let loading = a.is_loading() != b.is_loading();
        note(Fields::IS_LOADING | Fields::IS_INITIAL_LOADING, loading);
        note(Fields::DATA, !same_data(a.data.as_ref(), b.data.as_ref()));
        note(Fields::DATA_UPDATED_AT, a.data_updated_at != b.data_updated_at);
        note(Fields::ERROR, !same_failure(a.error.as_ref(), b.error.as_ref()));
        note(Fields::ERROR_UPDATED_AT, a.error_updated_at != b.error_updated_at);
        note(Fields::FAILURE_COUNT, a.failure_count != b.failure_count);
        let reason = !same_failure(a.failure_reason.as_ref(), b.failure_reason.as_ref());
        note(Fields::FAILURE_REASON, reason);
        note(Fields::ERROR_UPDATE_COUNT, a.error_update_count != b.error_update_count);
        note(Fields::IS_FETCHED, a.is_fetched != b.is_fetched);
        let after_mount = a.is_fetched_after_mount != b.is_fetched_after_mount;
        note(Fields::IS_FETCHED_AFTER_MOUNT, after_mount);
        note(Fields::IS_FETCHING, a.is_fetching() != b.is_fetching());
        note(Fields::IS_REFETCHING, a.is_refetching() != b.is_refetching());
        note(Fields::IS_LOADING_ERROR, a.is_loading_error() != b.is_loading_error());
        note(Fields::IS_REFETCH_ERROR, a.is_refetch_error() != b.is_refetch_error());
        note(Fields::IS_PAUSED, a.is_paused() != b.is_paused());
        note(Fields::IS_PLACEHOLDER_DATA, a.is_placeholder_data != b.is_placeholder_data);
        note(Fields::IS_STALE, a.is_stale != b.is_stale);
        note(Fields::IS_ENABLED, a.is_enabled != b.is_enabled);
        if a.pages.is_some() || b.pages.is_some() {
            let has = |result: &Self, next: bool| {
                result.pages.is_some_and(|p| if next { p.has_next } else { p.has_previous })
            };
            note(Fields::HAS_NEXT_PAGE, has(a, true) != has(b, true));
            note(Fields::HAS_PREVIOUS_PAGE, has(a, false) != has(b, false));
            let next = a.is_fetching_next_page() != b.is_fetching_next_page();
            note(Fields::IS_FETCHING_NEXT_PAGE, next);
            let previous = a.is_fetching_previous_page() != b.is_fetching_previous_page();
            note(Fields::IS_FETCHING_PREVIOUS_PAGE, previous);
            let next = a.is_fetch_next_page_error() != b.is_fetch_next_page_error();
            note(Fields::IS_FETCH_NEXT_PAGE_ERROR, next);
            let previous = a.is_fetch_previous_page_error() != b.is_fetch_previous_page_error();
            note(Fields::IS_FETCH_PREVIOUS_PAGE_ERROR, previous);
        }
        changed
    }
}

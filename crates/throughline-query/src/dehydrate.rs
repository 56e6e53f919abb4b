//! A cache as TanStack Query's JSON, and back: what one process has, another one begins with.

mod entry;
mod hydrate;
mod raw;
mod report;
mod scan;
mod write;

pub use self::hydrate::{HydrateOptions, hydrate};
pub(crate) use self::hydrate::hydrate_one;
pub use self::raw::{ClaimError, RawJson, claim};
pub use self::report::{DehydrateReport, HydrateError, HydrateReport, Refusal, Refused};
pub use self::write::{Dehydrated, Dehydrating, DehydrateOptions, ErrorsAs, dehydrate};
pub(crate) use self::write::{mutation_json, query_json};

//! A cache as TanStack Query's JSON, and back: what one process has, another one begins with.

mod entry;
mod fields;
mod hydrate;
mod key;
mod raw;
mod report;
mod scan;
mod write;

pub(crate) use self::fields::{mutation_json, query_json};
pub use self::hydrate::{HydrateOptions, hydrate};
pub(crate) use self::hydrate::{hydrate_mutation, hydrate_query};
pub use self::raw::{ClaimError, RawJson, claim};
pub use self::report::{DehydrateReport, HydrateError, HydrateReport, Refusal, Refused};
pub use self::write::{DehydrateOptions, Dehydrated, Dehydrating, ErrorsAs, dehydrate};

//! Flows: values, the table, its queries.

#[cfg(feature = "orm")]
mod queries;
#[cfg(feature = "orm")]
pub(crate) mod table;

use throughline::{Id, Text};
use uuid::Uuid;

/// A flow's id.
#[derive(Id)]
pub struct FlowId(Uuid);

/// What a flow is called, in one line.
#[derive(Text)]
#[text(chars = 3..=256, example = "Morning routine")]
pub struct FlowTitle(String);

/// What a flow is, in its own words.
#[derive(Text)]
#[text(chars = 5..=512, example = "Coffee first, then the post")]
pub struct FlowContent(String);

/// A part of a title or a content to look for.
#[derive(Text)]
#[text(chars = 1..=100, example = "coffee")]
pub struct FlowSearch(String);

#[cfg(feature = "orm")]
pub use self::{
    queries::{Changes, Content, Filter, delete, find, insert, page, update},
    table::{ActiveModel, Column, Entity, INDEXES, Model, PRIMARY_KEY, Summary},
};

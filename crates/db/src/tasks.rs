//! Tasks: values, the table, its queries.

#[cfg(feature = "orm")]
mod queries;
#[cfg(feature = "orm")]
pub(crate) mod table;

use throughline::{Id, Text};
use uuid::Uuid;

/// A task's id.
#[derive(Id)]
pub struct TaskId(Uuid);

/// What has to be done, in one line.
#[derive(Text)]
#[text(chars = 1..=256, example = "Buy milk")]
pub struct Title(String);

/// More about it.
#[derive(Text)]
#[text(chars = 0..=1000, example = "Two litres, the blue one")]
pub struct Description(String);

/// A part of a title to look for.
#[derive(Text)]
#[text(chars = 1..=100, example = "milk")]
pub struct SearchText(String);

#[cfg(feature = "orm")]
pub use self::{
    queries::{Changes, Content, Filter, delete, find, insert, page, replace, update},
    table::{ActiveModel, Column, Entity, INDEXES, Model, PRIMARY_KEY, Summary},
};

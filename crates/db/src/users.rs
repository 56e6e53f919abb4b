//! People: what the application knows of them beside their accounts, and its questions about both.

#[cfg(feature = "orm")]
mod queries;
#[cfg(feature = "orm")]
mod table;

use throughline::Text;

/// What a person says of themselves, for everybody.
#[derive(Text)]
#[text(chars = 0..=500, example = "Writes programs for engines that do not exist yet")]
pub struct Bio(String);

/// A part of a name or an e-mail address to look for.
#[derive(Text)]
#[text(chars = 1..=100, example = "lovelace")]
pub struct UserSearch(String);

#[cfg(feature = "orm")]
pub use self::{
    queries::{Filter, User, WithProfile, find, page, put_bio, with_profile},
    table::{ActiveModel, Column, Entity, INDEXES, Model},
};

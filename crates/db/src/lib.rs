//! The application's values with their limits and, with the feature `orm`, its tables, queries and
//! database.

pub mod flows;
pub mod tasks;
pub mod users;

#[cfg(feature = "orm")]
pub mod schema;

#[cfg(feature = "orm")]
mod connect;
#[cfg(feature = "orm")]
mod database;
#[cfg(feature = "orm")]
mod error;
#[cfg(feature = "orm")]
mod options;
#[cfg(feature = "orm")]
mod search;

#[cfg(feature = "orm")]
pub use self::{
    database::{Database, Transaction},
    error::{ConnectError, Error},
    options::{DatabaseOptions, Location},
};

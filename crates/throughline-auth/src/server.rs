//! Accounts on the server: handlers, sessions in the database, and the lookup of who calls.
//!
//! [`Accounts`] implements the contract [`Auth`](crate::Auth) and tells for each request who sent
//! it. An application mounts the contract with [`Accounts::layer`] around its routes, and asks
//! [`Accounts::identify`] on all others.

mod accounts;
mod backend;
mod credential;
mod handlers;
mod lookup;
mod passwords;
mod store;

pub use self::{
    accounts::{Accounts, AccountsOptions, SessionLayer},
    backend::Credentials,
    store::Sessions,
};
pub use argon2::Params as HashingCost;

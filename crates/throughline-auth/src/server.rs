//! Accounts on the server: handlers, sessions in the database, and the lookup of who calls.
//!
//! [`Accounts`] implements the contract [`Auth`](crate::Auth) and tells for each request who sent
//! it. An application mounts the contract with [`Accounts::layer`] around its routes, and asks
//! [`Accounts::identify`] on all others.
//!
//! What an application lets admins do with other people's accounts, and people with their own, are functions to call in a
//! handler's transaction: [`set_role`], [`ban`], [`unban`], [`change`]. Each writes its entry of the audit in the same
//! transaction; [`write`](audit::write) does so for acts of the application's own.

pub mod audit;

mod accounts;
mod backend;
mod credential;
mod handlers;
mod lookup;
mod management;
mod own_sessions;
mod own_tokens;
mod passwords;
mod store;
mod throttle;
mod token;
mod transaction;

pub use self::{
    accounts::{Accounts, AccountsOptions, SessionLayer},
    audit::Actor,
    backend::Credentials,
    management::{AccountChanges, ban, change, set_role, unban},
    store::Sessions,
    throttle::{Pace, Throttle},
};
pub use argon2::Params as HashingCost;

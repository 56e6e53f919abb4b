//! Accounts as a library: who somebody is, how they sign in, and how each request is told apart
//! from a stranger's.
//!
//! Without features this is the contract: values, levels, procedures. The feature `orm` adds the
//! tables and their migrations, the feature `server` handlers, the session store and the lookup of
//! credentials.

mod account;
mod contract;
mod principal;

#[cfg(feature = "orm")]
mod tables;

#[cfg(feature = "server")]
pub mod server;

pub use self::{
    account::{Email, Password, PersonName, UserId},
    contract::{Account, Auth, AuthClient, AuthContract, AuthError, SignIn, SignUp, procedures},
    principal::{Principal, SignedIn},
};

#[cfg(feature = "orm")]
pub use self::tables::{INDEXES, migrations, sessions, users};

#[cfg(feature = "server")]
pub use self::server::{Accounts, AccountsOptions};

//! Accounts as a library: who somebody is, how they sign in, and how each request is told apart from a stranger's.
//!
//! Without features this is the contract: values, levels, procedures. The feature `server` adds tables, handlers and the
//! session store.

mod account;
mod contract;
mod principal;

pub use self::{
    account::{Email, Password, PersonName, UserId},
    contract::{Account, Auth, AuthClient, AuthContract, AuthError, SignIn, SignUp, procedures},
    principal::{Principal, SignedIn},
};

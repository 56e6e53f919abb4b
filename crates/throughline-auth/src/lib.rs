//! Accounts as a library: who somebody is, how they sign in, and how each request is told apart
//! from a stranger's.
//!
//! Without features this is the contract: values, levels, procedures. The feature `orm` adds the
//! tables and their migrations, the feature `server` handlers, the session store and the lookup of
//! credentials.
//!
//! # In an application
//!
//! Four lines, which no upgrade changes: the application's list of migrations begins with [`migrations`], its list of
//! contracts has [`AuthContract`], its router mounts that with [`Accounts::layer`], and its one `Identify` asks
//! [`Accounts::identify`]. An upgrade brings its own migrations at the end of [`migrations`], its own procedures in
//! [`AuthContract`] and, with [`TABLES`], what its migrations arrive at; the application migrates and is done. What an
//! application knows of people beyond this, it keeps in a table of its own with the person's id as its key.
//!
//! # Who may do what
//!
//! [`SignedIn`] takes a session or an API token, [`InPerson`] a session only, [`Moderator`] and [`Admin`] a role; an
//! application declares its own levels with [`SESSION_OR_TOKEN`], [`SESSION`] and [`at_least`]. Before any level is asked,
//! the lookup refuses those who are banned, and tokens whose scopes do not cover the procedure: no level can forget it.
//! Each request asks the database, so a right that is lost is lost at the next request on every server.

mod account;
mod contract;
mod principal;

#[cfg(feature = "orm")]
mod address;
#[cfg(feature = "orm")]
mod tables;

#[cfg(feature = "server")]
pub mod server;

pub use self::{
    account::{
        ActName, AuditId, BanReason, Email, Password, PersonName, Role, Scope, SessionId, TargetId,
        TokenId, TokenName, UserId,
    },
    contract::{
        Account, AccountError, AuditEntry, Auth, AuthClient, AuthContract, AuthError,
        ChangePassword, CreateToken, ListAudit, ListSessions, ListTokens, ManageError, NewToken,
        PasswordError, Session, SessionById, SessionError, SignIn, SignUp, ThrottleError, Token,
        TokenById, TokenError, procedures,
    },
    principal::{
        Admin, AtTheDoor, InPerson, Moderator, Principal, SESSION, SESSION_OR_TOKEN, Scopes,
        SignedIn, Standing, Via, at_least, faults,
    },
};

#[cfg(feature = "orm")]
pub use self::tables::{
    Declared, TABLES, api_tokens, attempts, audit, migrations, sessions, users,
};

#[cfg(feature = "server")]
pub use self::server::{Accounts, AccountsOptions};

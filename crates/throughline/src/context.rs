//! Who may call: levels, the context that a handler gets, and the server's one way to tell who calls.

use std::{future::Future, net::IpAddr, ops::Deref};

use http::request::Parts;

use crate::{Fault, FaultKind, Timestamp};

/// Who may call, as a type: what the level yields to handlers and how the document describes it.
///
/// A level is the application's own struct and pure policy: it says whom it admits, never how credentials are read.
///
/// ```
/// use throughline::{Level, Refusal, Security};
/// # #[derive(Clone)] pub struct Principal;
/// /// A signed-in caller.
/// pub struct SignedIn { pub user: Principal }
/// impl Level for SignedIn {
///     type Identity = Principal;
///     const SECURITY: Security = Security::SESSION_OR_TOKEN;
///     fn admit(who: Option<Principal>) -> Result<Self, Refusal> {
///         who.map(|user| Self { user }).ok_or(Refusal::Unauthenticated)
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a level",
    label = "not a level",
    note = "a procedure takes `cx: Cx<Level>`; implement `Level` for the struct, or use `Public`"
)]
pub trait Level: Sized + Send + Sync + 'static {
    /// What the application's [`Identify`] finds in a request.
    type Identity: Send + 'static;
    /// How a caller shows who they are, for the document.
    const SECURITY: Security;
    /// Admits the caller or refuses.
    ///
    /// # Errors
    /// [`Refusal::Unauthenticated`] becomes 401, [`Refusal::Forbidden`] 403.
    fn admit(who: Option<Self::Identity>) -> std::result::Result<Self, Refusal>;
}

/// Why a level does not admit a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody is signed in: 401.
    Unauthenticated,
    /// Somebody is, and may not: 403.
    Forbidden,
}

/// How callers of a level show who they are: what the document's `security` says and which refusals it lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Security {
    /// The schemes, each of which suffices alone. Empty means that anybody may call.
    pub schemes: &'static [Scheme],
    /// Whether a caller without credentials is admitted as well.
    pub optional: bool,
    /// Whether the level may refuse somebody who is signed in (403).
    pub forbids: bool,
    /// With what the server may refuse credentials that it knows, before the level is asked: that they are those of
    /// somebody who is banned, for example. An [`Identify`] answers with none but these.
    pub refusals: &'static [&'static FaultKind],
}

impl Security {
    /// No credentials: anybody may call.
    pub const NONE: Self = Self { schemes: &[], optional: true, forbids: false, refusals: &[] };
    /// The session cookie `session`, or the same id as a bearer token.
    pub const SESSION_OR_TOKEN: Self = Self {
        schemes: &[
            Scheme::Cookie { name: "session", cookie: "session" },
            Scheme::Bearer { name: "token" },
        ],
        optional: false,
        forbids: false,
        refusals: &[],
    };
    /// The session cookie `session` alone: a token that stands for a service does not suffice.
    pub const SESSION: Self = Self {
        schemes: &[Scheme::Cookie { name: "session", cookie: "session" }],
        optional: false,
        forbids: false,
        refusals: &[],
    };

    /// The same, but a caller without credentials is admitted too.
    pub const fn optional(self) -> Self {
        Self { optional: true, ..self }
    }

    /// The same, and the level may refuse somebody who is signed in: the document lists 403.
    pub const fn forbids(self) -> Self {
        Self { forbids: true, ..self }
    }

    /// The same, and the server may refuse credentials that it knows with these faults: the document lists them.
    pub const fn refuses(self, refusals: &'static [&'static FaultKind]) -> Self {
        Self { refusals, ..self }
    }
}

/// One way to show who calls: an OpenAPI security scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// A cookie.
    Cookie {
        /// The scheme's name in the document.
        name: &'static str,
        /// The cookie's name.
        cookie: &'static str,
    },
    /// `Authorization: Bearer`.
    Bearer {
        /// The scheme's name in the document.
        name: &'static str,
    },
    /// A header of its own.
    Header {
        /// The scheme's name in the document.
        name: &'static str,
        /// The header's name.
        header: &'static str,
    },
}

impl Scheme {
    /// The scheme's name in the document.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Cookie { name, .. } | Self::Bearer { name } | Self::Header { name, .. } => name,
        }
    }
}

/// What a request asks for: among the request's extensions when [`Identify`] is asked who sent it, so that credentials
/// which are good for some procedures only can be refused at the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The operation id: `tasks.get`.
    pub procedure: &'static str,
    /// Whether the procedure changes nothing.
    pub read: bool,
    /// What its level says of credentials.
    pub security: Security,
}

/// The address that a request came from, among the request's extensions: what the server around the dispatcher found,
/// with proxies taken into account. Absent where there is no network, as in a test without a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientAddress(pub IpAddr);

/// Anybody may call; the handler learns nothing about the caller.
#[derive(Clone, Copy, Debug)]
pub struct Public;

/// The identity of [`Public`]: there is none, so a public procedure never asks who calls.
#[derive(Clone, Copy, Debug)]
pub enum Nobody {}

impl Level for Public {
    type Identity = Nobody;
    const SECURITY: Security = Security::NONE;
    fn admit(_: Option<Nobody>) -> std::result::Result<Self, Refusal> {
        Ok(Self)
    }
}

/// The server's one way to tell who calls, for one identity type.
///
/// It runs before the body is read. `None` means that the request carries no valid credentials; the level decides what
/// that is worth.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot tell who calls: it has no `Identify<{I}>`",
    label = "no `Identify<{I}>` here",
    note = "write `impl Identify<{I}> for {Self}`: it reads the request's credentials"
)]
pub trait Identify<I>: Send + Sync + 'static {
    /// Who sent this request.
    ///
    /// # Errors
    /// A [`Fault`] when it cannot be told, for example because the database is away (503).
    fn identify(
        &self,
        request: &Parts,
    ) -> impl Future<Output = std::result::Result<Option<I>, Fault>> + Send;
}

impl<A: Send + Sync + 'static> Identify<Nobody> for A {
    async fn identify(&self, _: &Parts) -> std::result::Result<Option<Nobody>, Fault> {
        Ok(None)
    }
}

/// What a handler knows beside its input: what the level yields (by deref, so `cx.user` exists only where the contract
/// says so), and the request.
///
/// Only the dispatcher makes one, after the level has admitted the caller.
#[derive(Debug)]
pub struct Cx<L> {
    level: L,
    request: Parts,
    request_id: String,
    received_at: Timestamp,
}

impl<L: Level> Cx<L> {
    pub(crate) fn new(level: L, request: Parts, request_id: String) -> Self {
        Self { level, request, request_id, received_at: Timestamp::now() }
    }

    /// The request's head: method, URI, headers and extensions.
    pub fn request(&self) -> &Parts {
        &self.request
    }

    /// The id under which this request is logged and answered.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// The address that the request came from; `None` where there is no network.
    pub fn client_address(&self) -> Option<IpAddr> {
        self.request.extensions.get::<ClientAddress>().map(|address| address.0)
    }

    /// When the server began to handle this request: one time for all rows of one use case.
    pub fn now(&self) -> Timestamp {
        self.received_at
    }

    /// The one transaction of a use case: commits when `work` is `Ok`, rolls back when it is `Err`.
    ///
    /// Each write of an application goes through it, so that what must be atomic with the write has one place.
    ///
    /// # Errors
    /// What `work` returns, or the database's own error when the transaction cannot be begun or committed.
    pub async fn transact<D, T, E, W>(&self, db: &D, work: W) -> std::result::Result<T, E>
    where
        D: Transactional,
        E: From<D::Error>,
        W: AsyncFnOnce(&D::Transaction) -> std::result::Result<T, E>,
    {
        let transaction = db.begin().await?;
        match work(&transaction).await {
            Ok(done) => {
                db.commit(transaction).await?;
                Ok(done)
            }
            Err(refused) => {
                // The first failure is the answer: a connection that cannot even roll back is dropped by its pool.
                if db.rollback(transaction).await.is_err() {
                    tracing::warn!(
                        request_id = self.request_id,
                        "a transaction could not be rolled back"
                    );
                }
                Err(refused)
            }
        }
    }
}

impl<L> Deref for Cx<L> {
    type Target = L;
    fn deref(&self) -> &L {
        &self.level
    }
}

/// A database whose transactions [`Cx::transact`] can begin and end.
pub trait Transactional: Sync {
    /// A transaction under way.
    type Transaction: Send + Sync;
    /// What goes wrong.
    type Error: std::error::Error + Send + Sync + 'static;
    /// Begins a transaction.
    fn begin(
        &self,
    ) -> impl Future<Output = std::result::Result<Self::Transaction, Self::Error>> + Send;
    /// Makes its writes last.
    fn commit(
        &self,
        transaction: Self::Transaction,
    ) -> impl Future<Output = std::result::Result<(), Self::Error>> + Send;
    /// Undoes its writes.
    fn rollback(
        &self,
        transaction: Self::Transaction,
    ) -> impl Future<Output = std::result::Result<(), Self::Error>> + Send;
}

/// Reads the level out of the `cx` parameter's type.
#[diagnostic::on_unimplemented(
    message = "a procedure takes `cx: Cx<Level>` after `&self`, found `{Self}`",
    label = "not a `Cx<..>`"
)]
pub trait Context {
    /// The level.
    type Level: Level;
}

impl<L: Level> Context for Cx<L> {
    type Level = L;
}

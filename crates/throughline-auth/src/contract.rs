//! The contract `auth`: sign up, sign in, sign out, who am I; passwords, sessions, tokens, the audit.

use throughline::{
    ApiError, Created, Cursor, Cx, Limit, NoContent, Page, Result, Timestamp, contract, input,
    output,
};

use crate::{
    ActName, Admin, AtTheDoor, AuditId, Email, InPerson, Password, PersonName, Role, Scope,
    SessionId, SignedIn, TargetId, TokenId, TokenName, UserId,
};

/// Somebody's own account.
#[output]
#[derive(PartialEq)]
pub struct Account {
    /// Their id.
    pub id: UserId,
    /// The address under which they sign in.
    pub email: Email,
    /// What they are called.
    pub name: PersonName,
    /// What they may do beside what everybody may.
    #[serde(default)]
    pub role: Role,
}

/// A new account.
#[input]
pub struct SignUp {
    /// The address under which the person will sign in.
    pub email: Email,
    /// Their password.
    pub password: Password,
    /// What they are called.
    pub name: PersonName,
}

/// Credentials.
#[input]
pub struct SignIn {
    /// The address.
    pub email: Email,
    /// The password.
    pub password: Password,
}

/// A new password for an old one.
#[input]
pub struct ChangePassword {
    /// The password so far.
    pub current: Password,
    /// The password from now on.
    pub new: Password,
}

/// A session: where somebody is signed in.
#[output]
#[derive(PartialEq)]
pub struct Session {
    /// Its id, which is no credential.
    pub id: SessionId,
    /// Whether it is the one that asks.
    pub current: bool,
    /// When the person signed in.
    pub created_at: Timestamp,
    /// When it was used last, to the minute.
    pub last_seen_at: Timestamp,
    /// When it ends unless it is used.
    pub ends_at: Timestamp,
    /// What the client called itself when the person signed in.
    pub user_agent: Option<String>,
    /// The address from which the person signed in.
    pub address: Option<String>,
}

/// Which sessions.
#[input]
#[derive(Default)]
pub struct ListSessions {
    /// How many at most.
    pub limit: Limit<20, 100>,
    /// The `next` of the page before.
    pub cursor: Option<Cursor>,
}

/// Which session.
#[input]
pub struct SessionById {
    /// Its id.
    #[path]
    pub id: SessionId,
}

/// An API token, without its secret.
#[output]
#[derive(PartialEq)]
pub struct Token {
    /// Its id, which is no credential.
    pub id: TokenId,
    /// What it is for.
    pub name: TokenName,
    /// What it begins with, so that its owner knows it again.
    pub prefix: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was used last, to the minute; absent when it never was.
    pub last_used_at: Option<Timestamp>,
    /// When its owner revoked it; absent while it is good.
    pub revoked_at: Option<Timestamp>,
}

/// A new API token. Its secret is shown here and never again.
#[output]
#[derive(PartialEq)]
pub struct NewToken {
    /// Its id, which is no credential.
    pub id: TokenId,
    /// What to send in `Authorization: Bearer`. The database keeps only a hash of it.
    pub secret: String,
    /// What it is for.
    pub name: TokenName,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A new API token.
#[input]
pub struct CreateToken {
    /// What it is for.
    pub name: TokenName,
    /// What it may do.
    #[garde(length(simple, min = 1, max = 2))]
    pub scopes: Vec<Scope>,
    /// After how many days it ends. When not said, the server's usual time, 90 days.
    #[garde(range(min = 1, max = 3650))]
    pub days: Option<u32>,
}

/// Which tokens.
#[input]
#[derive(Default)]
pub struct ListTokens {
    /// How many at most.
    pub limit: Limit<20, 100>,
    /// The `next` of the page before.
    pub cursor: Option<Cursor>,
}

/// Which token.
#[input]
pub struct TokenById {
    /// Its id.
    #[path]
    pub id: TokenId,
}

/// Something that was done to accounts.
#[output]
#[derive(PartialEq)]
pub struct AuditEntry {
    /// Its id.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// Who; absent for somebody who was not signed in, and for whoever runs the server.
    pub actor: Option<UserId>,
    /// What.
    pub act: ActName,
    /// To what.
    pub target: Option<TargetId>,
    /// More about it: the new role, the reason of a ban.
    pub detail: Option<String>,
    /// The address that the request came from.
    pub address: Option<String>,
    /// The id under which the request was logged.
    pub request_id: Option<String>,
}

/// Which entries of the audit.
#[input]
#[derive(Default)]
pub struct ListAudit {
    /// Only what this person did.
    pub actor: Option<UserId>,
    /// Only what was done to this.
    pub target: Option<TargetId>,
    /// Only acts of this name.
    pub act: Option<ActName>,
    /// How many at most.
    pub limit: Limit<20, 100>,
    /// The `next` of the page before.
    pub cursor: Option<Cursor>,
}

/// Why an attempt has to wait.
#[derive(Debug, PartialEq, thiserror::Error, ApiError)]
pub enum ThrottleError {
    /// There were too many attempts: wait.
    #[error("too many attempts: try again in {retry_after} s")]
    #[problem(429, "auth.too_many_attempts")]
    TooManyAttempts {
        /// How long to wait, in seconds; also in the header `Retry-After`.
        retry_after: u64,
    },
}

/// Why signing up or in is refused.
#[derive(Debug, PartialEq, thiserror::Error, ApiError)]
pub enum AuthError {
    /// Address and password do not belong together.
    #[error("the address or the password is wrong")]
    #[problem(401, "auth.wrong_credentials")]
    WrongCredentials,
    /// The address has an account already.
    #[error("there is an account under this address: sign in instead")]
    #[problem(409, "auth.email_taken")]
    EmailTaken,
    /// There were too many attempts.
    #[error(transparent)]
    #[problem(transparent)]
    Throttled(#[from] ThrottleError),
}

/// Why a password is not changed.
#[derive(Debug, PartialEq, thiserror::Error, ApiError)]
pub enum PasswordError {
    /// The current password is another one.
    #[error("the current password is wrong")]
    #[problem(403, "auth.wrong_password")]
    WrongPassword,
    /// There were too many attempts.
    #[error(transparent)]
    #[problem(transparent)]
    Throttled(#[from] ThrottleError),
}

/// Why a session is refused.
#[derive(Debug, PartialEq, thiserror::Error, ApiError)]
pub enum SessionError {
    /// The caller has no such session.
    #[error("no session {id}")]
    #[problem(404, "session.not_found")]
    NotFound {
        /// The id that was asked for.
        id: SessionId,
    },
}

/// Why a token is refused.
#[derive(Debug, PartialEq, thiserror::Error, ApiError)]
pub enum TokenError {
    /// The caller has no such token.
    #[error("no token {id}")]
    #[problem(404, "token.not_found")]
    NotFound {
        /// The id that was asked for.
        id: TokenId,
    },
    /// The caller has as many tokens as one may have: revoke one first.
    #[error("there are {most} tokens already: revoke one first")]
    #[problem(409, "token.too_many")]
    TooMany {
        /// How many one may have.
        most: u32,
    },
}

/// Why an account is not changed by its owner.
#[derive(Debug, PartialEq, thiserror::Error, ApiError)]
pub enum AccountError {
    /// The address has an account already.
    #[error("another account has this address: choose another one")]
    #[problem(409, "auth.email_taken")]
    EmailTaken,
}

/// Why an account is not managed by an admin.
#[derive(Debug, PartialEq, thiserror::Error, ApiError)]
pub enum ManageError {
    /// There is no such person.
    #[error("no user {id}")]
    #[problem(404, "user.not_found")]
    NotFound {
        /// The id that was asked for.
        id: UserId,
    },
    /// Nobody bans themselves or lowers their own role: ask another admin.
    #[error("that would be yourself: ask another admin")]
    #[problem(409, "user.yourself")]
    Yourself,
    /// There has to be an admin: make somebody else one first.
    #[error("there would be no admin left: make somebody else one first")]
    #[problem(409, "user.last_admin")]
    LastAdmin,
}

/// Accounts, their sessions and tokens. A success of `sign_up` or `sign_in` sets the cookie `session`.
#[contract(path = "/auth", tag = "auth")]
pub trait Auth {
    /// Open an account and sign in.
    #[post("/sign-up")]
    #[sets(me = output)]
    async fn sign_up(&self, cx: Cx<AtTheDoor>, input: SignUp) -> Result<Account, AuthError>;

    /// Sign in.
    ///
    /// The answer is the same for an unknown address and a wrong password, and takes the same work. Attempts that fail
    /// make the next ones wait, for the account and for the client's address; no account is ever locked.
    #[post("/sign-in")]
    #[sets(me = output)]
    async fn sign_in(&self, cx: Cx<AtTheDoor>, input: SignIn) -> Result<Account, AuthError>;

    /// Sign out: the session ends on the server.
    #[post("/sign-out")]
    #[removes(me)]
    async fn sign_out(&self, cx: Cx<InPerson>) -> Result<NoContent>;

    /// Get one's own account.
    #[get("/me")]
    async fn me(&self, cx: Cx<SignedIn>) -> Result<Account>;

    /// Change one's password: all other sessions end.
    #[post("/password")]
    #[invalidates(list_sessions)]
    async fn change_password(
        &self,
        cx: Cx<InPerson>,
        input: ChangePassword,
    ) -> Result<NoContent, PasswordError>;

    /// List one's own sessions, newest first.
    #[get("/sessions")]
    async fn list_sessions(&self, cx: Cx<InPerson>, input: ListSessions) -> Result<Page<Session>>;

    /// End one of one's own sessions.
    #[delete("/sessions/{id}")]
    #[invalidates(list_sessions)]
    async fn revoke_session(
        &self,
        cx: Cx<InPerson>,
        input: SessionById,
    ) -> Result<NoContent, SessionError>;

    /// End all of one's own sessions but this one.
    #[delete("/sessions")]
    #[invalidates(list_sessions)]
    async fn revoke_other_sessions(&self, cx: Cx<InPerson>) -> Result<NoContent>;

    /// List one's own API tokens, newest first, also those that have ended.
    #[get("/tokens")]
    async fn list_tokens(&self, cx: Cx<InPerson>, input: ListTokens) -> Result<Page<Token>>;

    /// Get one of one's own API tokens, without its secret.
    #[get("/tokens/{id}")]
    async fn get_token(&self, cx: Cx<InPerson>, input: TokenById) -> Result<Token, TokenError>;

    /// Create an API token for a service. Its secret is shown only now.
    #[post("/tokens")]
    #[invalidates(list_tokens)]
    async fn create_token(
        &self,
        cx: Cx<InPerson>,
        input: CreateToken,
    ) -> Result<Created<NewToken>, TokenError>;

    /// Revoke one of one's own API tokens: its next request is refused.
    #[delete("/tokens/{id}")]
    #[invalidates(list_tokens, get_token(id))]
    async fn revoke_token(
        &self,
        cx: Cx<InPerson>,
        input: TokenById,
    ) -> Result<NoContent, TokenError>;

    /// List what was done to accounts, newest first.
    #[get("/audit")]
    async fn list_audit(&self, cx: Cx<Admin>, input: ListAudit) -> Result<Page<AuditEntry>>;
}

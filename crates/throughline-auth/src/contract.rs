//! The contract `auth`: sign up, sign in, sign out, who am I.

use throughline::{ApiError, Cx, NoContent, Public, Result, contract, input, output};

use crate::{Email, Password, PersonName, SignedIn, UserId};

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
}

/// Accounts and sessions. A success of `sign_up` or `sign_in` sets the cookie `session`.
#[contract(path = "/auth", tag = "auth")]
pub trait Auth {
    /// Open an account and sign in.
    #[post("/sign-up")]
    #[sets(me = output)]
    async fn sign_up(&self, cx: Cx<Public>, input: SignUp) -> Result<Account, AuthError>;
    /// Sign in.
    ///
    /// The answer is the same for an unknown address and a wrong password, and takes the same work.
    #[post("/sign-in")]
    #[sets(me = output)]
    async fn sign_in(&self, cx: Cx<Public>, input: SignIn) -> Result<Account, AuthError>;
    /// Sign out: the session ends on the server.
    #[post("/sign-out")]
    #[removes(me)]
    async fn sign_out(&self, cx: Cx<SignedIn>) -> Result<NoContent>;
    /// Get one's own account.
    #[get("/me")]
    async fn me(&self, cx: Cx<SignedIn>) -> Result<Account>;
}

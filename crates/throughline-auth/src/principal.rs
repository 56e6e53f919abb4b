//! Who calls, once the server knows.

use throughline::{Level, Refusal, Security};

use crate::{Email, PersonName, UserId};

/// A person who is signed in: what the server finds behind a session cookie or a bearer token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The person's id.
    pub id: UserId,
    /// Their address.
    pub email: Email,
    /// What they are called.
    pub name: PersonName,
}

/// The level of this library's own procedures that need somebody signed in; applications declare
/// their own.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who calls.
    pub user: Principal,
}

impl Level for SignedIn {
    type Identity = Principal;
    const SECURITY: Security = Security::SESSION_OR_TOKEN;
    fn admit(who: Option<Principal>) -> Result<Self, Refusal> {
        who.map(|user| Self { user }).ok_or(Refusal::Unauthenticated)
    }
}

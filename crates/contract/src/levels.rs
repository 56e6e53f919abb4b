//! Who may call: the application's levels, pure policy over who the caller is.

use throughline::{Level, Refusal, Security};
use throughline_auth::{Principal, Role, SESSION, SESSION_OR_TOKEN, at_least};

/// Somebody who is signed in, or a service with a token of theirs.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who calls.
    pub user: Principal,
}

impl Level for SignedIn {
    type Identity = Principal;
    const SECURITY: Security = SESSION_OR_TOKEN;
    fn admit(who: Option<Principal>) -> Result<Self, Refusal> {
        who.map(|user| Self { user }).ok_or(Refusal::Unauthenticated)
    }
}

/// Somebody who is signed in, in person: no token suffices.
#[derive(Clone, Debug)]
pub struct InPerson {
    /// Who calls.
    pub user: Principal,
}

impl Level for InPerson {
    type Identity = Principal;
    const SECURITY: Security = SESSION;
    fn admit(who: Option<Principal>) -> Result<Self, Refusal> {
        who.map(|user| Self { user }).ok_or(Refusal::Unauthenticated)
    }
}

/// An admin, or a service with a token of theirs.
#[derive(Clone, Debug)]
pub struct Admin {
    /// Who calls.
    pub user: Principal,
}

impl Level for Admin {
    type Identity = Principal;
    const SECURITY: Security = SESSION_OR_TOKEN.forbids();
    fn admit(who: Option<Principal>) -> Result<Self, Refusal> {
        at_least(who, Role::Admin).map(|user| Self { user })
    }
}

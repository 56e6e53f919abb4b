//! Who may call: the application's levels, pure policy over who the caller is.

use throughline::{Level, Refusal, Security};
use throughline_auth::Principal;

/// Somebody who is signed in.
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

//! Who calls, once the server knows, and who may: levels, and what credentials are good for.

use throughline::{Asked, FaultKind, Level, Nobody, Refusal, Scheme, Security};

use crate::{Email, PersonName, Role, SessionId, TokenId, UserId};

/// The refusals of credentials that the server knows, each a 403.
pub mod faults {
    use throughline::FaultKind;

    /// The person is banned.
    pub const BANNED: FaultKind =
        FaultKind { code: "auth.banned", status: 403, title: "This account is banned." };
    /// The token's scopes do not cover the procedure.
    pub const SCOPE: FaultKind = FaultKind {
        code: "auth.scope",
        status: 403,
        title: "The token's scopes do not cover this.",
    };
    /// The procedure takes no tokens.
    pub const SESSION_ONLY: FaultKind = FaultKind {
        code: "auth.session_only",
        status: 403,
        title: "This takes a session, no token.",
    };
}

/// A person who is signed in, or in whose name a service calls: what the server finds behind a session or a token.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Principal {
    /// The person's id.
    pub id: UserId,
    /// Their address.
    pub email: Email,
    /// What they are called.
    pub name: PersonName,
    /// What they may do beside what everybody may.
    pub role: Role,
    /// Through what they call.
    pub via: Via,
}

/// Through what somebody calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// A session: the person.
    Session(SessionId),
    /// An API token: a service in the person's name.
    Token(TokenId),
}

impl Principal {
    /// Somebody of this role, who calls through `via`.
    pub fn new(id: UserId, email: Email, name: PersonName, role: Role, via: Via) -> Self {
        Self { id, email, name, role, via }
    }

    /// The rule "own row or admin": whether what belongs to `owner` may be managed by this person.
    pub fn may_manage(&self, owner: UserId) -> bool {
        self.id == owner || self.role == Role::Admin
    }
}

/// What the server knows of credentials beside whose they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Whether the person is banned.
    pub banned: bool,
    /// What the token may do; `None` for a session.
    pub scopes: Option<Scopes>,
}

/// What a token may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scopes {
    /// Whether it may call procedures that change nothing.
    pub read: bool,
    /// Whether it may call procedures that change something.
    pub write: bool,
}

impl Standing {
    /// Why credentials of this standing are no good for what is asked; `None` when they are.
    ///
    /// The server asks this before the level, so that no level can forget it.
    pub fn refusal(self, asked: &Asked) -> Option<&'static FaultKind> {
        let takes_tokens =
            asked.security.schemes.iter().any(|scheme| matches!(scheme, Scheme::Bearer { .. }));
        match self.scopes {
            _ if self.banned => Some(&faults::BANNED),
            Some(_) if !takes_tokens => Some(&faults::SESSION_ONLY),
            Some(scopes) if !(if asked.read { scopes.read } else { scopes.write }) => {
                Some(&faults::SCOPE)
            }
            _ => None,
        }
    }
}

/// How callers show who they are where a token is as good as a session.
pub const SESSION_OR_TOKEN: Security =
    Security::SESSION_OR_TOKEN.refuses(&[&faults::BANNED, &faults::SCOPE]);

/// How callers show who they are where only the person may act: a token is refused.
pub const SESSION: Security = Security::SESSION.refuses(&[&faults::BANNED, &faults::SESSION_ONLY]);

/// Somebody signed in, or a service with a token of theirs. Applications declare their own levels; this is that of the
/// library's own procedures.
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

/// Somebody signed in, in person: no token suffices. Whatever could give a token more than it has is of this level.
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

/// A moderator or an admin, or a service with a token of theirs.
#[derive(Clone, Debug)]
pub struct Moderator {
    /// Who calls.
    pub user: Principal,
}

impl Level for Moderator {
    type Identity = Principal;
    const SECURITY: Security = SESSION_OR_TOKEN.forbids();
    fn admit(who: Option<Principal>) -> Result<Self, Refusal> {
        at_least(who, Role::Moderator).map(|user| Self { user })
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

/// The caller, if their role is this one or a higher one: what a level of roles admits.
///
/// # Errors
/// [`Refusal::Unauthenticated`] for nobody, [`Refusal::Forbidden`] for a lower role.
pub fn at_least(who: Option<Principal>, role: Role) -> Result<Principal, Refusal> {
    let user = who.ok_or(Refusal::Unauthenticated)?;
    if user.role >= role { Ok(user) } else { Err(Refusal::Forbidden) }
}

/// Anybody at all, who may turn out to be banned: who signs in.
#[derive(Clone, Copy, Debug)]
pub struct AtTheDoor;

impl Level for AtTheDoor {
    type Identity = Nobody;
    const SECURITY: Security = Security::NONE.refuses(&[&faults::BANNED]);
    fn admit(_: Option<Nobody>) -> Result<Self, Refusal> {
        Ok(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(role: Role) -> Principal {
        let (email, name) = ("ada@example.org", "Ada");
        let via = Via::Session(SessionId::new());
        let (email, name) = (email.parse().expect("an address"), name.parse().expect("a name"));
        Principal::new(UserId::new(), email, name, role, via)
    }

    #[test]
    fn each_role_may_what_those_before_it_may() {
        let admits = |role| {
            let who = || Some(person(role));
            (
                SignedIn::admit(who()).is_ok(),
                Moderator::admit(who()).is_ok(),
                Admin::admit(who()).is_ok(),
            )
        };
        assert_eq!(admits(Role::User), (true, false, false));
        assert_eq!(admits(Role::Moderator), (true, true, false));
        assert_eq!(admits(Role::Admin), (true, true, true));
        assert_eq!(Admin::admit(None).err(), Some(Refusal::Unauthenticated));
        assert_eq!(Admin::admit(Some(person(Role::User))).err(), Some(Refusal::Forbidden));
    }

    #[test]
    fn what_is_ones_own_or_an_admins_may_be_managed() {
        let (ada, admin) = (person(Role::User), person(Role::Admin));
        assert!(ada.may_manage(ada.id) && admin.may_manage(ada.id));
        assert!(!ada.may_manage(admin.id) && !person(Role::Moderator).may_manage(ada.id));
    }

    #[test]
    fn a_refusal_is_one_that_the_level_declares() {
        for security in [SESSION_OR_TOKEN, SESSION] {
            for read in [true, false] {
                let asked = Asked { procedure: "tasks.get", read, security };
                for banned in [true, false] {
                    for bits in 0..4 {
                        let scopes = Some(Scopes { read: bits & 1 > 0, write: bits & 2 > 0 });
                        for scopes in [None, scopes] {
                            let standing = Standing { banned, scopes };
                            let refusal = standing.refusal(&asked);
                            let declared =
                                refusal.is_none_or(|kind| security.refusals.contains(&kind));
                            assert!(declared, "{standing:?} {asked:?} {refusal:?}");
                            let token_in_person =
                                scopes.is_some() && security == SESSION && refusal.is_none();
                            assert!(!token_in_person, "a token where only a person may act");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_scope_covers_what_it_says() {
        let refusal = |read, scopes| {
            let asked = Asked { procedure: "tasks.get", read, security: SESSION_OR_TOKEN };
            Standing { banned: false, scopes: Some(scopes) }.refusal(&asked).map(|kind| kind.code)
        };
        let (read, write) =
            (Scopes { read: true, write: false }, Scopes { read: false, write: true });
        assert_eq!((refusal(true, read), refusal(false, read)), (None, Some("auth.scope")));
        assert_eq!((refusal(true, write), refusal(false, write)), (Some("auth.scope"), None));
    }
}

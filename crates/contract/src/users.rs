//! Users: people as admins manage them, profiles as everybody sees them.

use throughline::{
    ApiError, Cursor, Cx, Limit, Page, Patch, Public, Result, Timestamp, contract, input, output,
};
use throughline_auth as auth;

use crate::levels::{Admin, InPerson, SignedIn};

pub use db::users::{Bio, UserSearch};
pub use throughline_auth::{AccountError, BanReason, Email, ManageError, PersonName, Role, UserId};

/// A person, as admins see them.
#[output]
#[derive(PartialEq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// The address under which they sign in.
    pub email: Email,
    /// What they are called.
    pub name: PersonName,
    /// What they may do beside what everybody may.
    pub role: Role,
    /// Their ban, if they are banned now.
    pub ban: Option<Ban>,
    /// When they opened their account.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// A ban.
#[output]
#[derive(PartialEq)]
pub struct Ban {
    /// Since when.
    pub since: Timestamp,
    /// Why; the person is told.
    pub reason: Option<BanReason>,
    /// Until when; absent for a ban without end.
    pub until: Option<Timestamp>,
}

/// A person, as everybody sees them.
#[output]
#[derive(PartialEq)]
pub struct Profile {
    /// Their id.
    pub id: UserId,
    /// What they are called.
    pub name: PersonName,
    /// What they say of themselves.
    pub bio: Option<Bio>,
    /// When they opened their account.
    pub created_at: Timestamp,
}

/// One's own profile.
#[output]
#[derive(PartialEq)]
pub struct OwnProfile {
    /// One's id.
    pub id: UserId,
    /// The address under which one signs in; nobody else sees it but admins.
    pub email: Email,
    /// What one is called.
    pub name: PersonName,
    /// What one says of oneself.
    pub bio: Option<Bio>,
    /// What one may do beside what everybody may.
    pub role: Role,
    /// When one opened the account.
    pub created_at: Timestamp,
}

/// Which people.
#[input]
#[derive(Default)]
pub struct ListUsers {
    /// Only those whose name or e-mail address has this text in it; letter case does not count.
    pub text: Option<UserSearch>,
    /// Only the one with this e-mail address, which is found at once however many people there are.
    pub email: Option<Email>,
    /// Only those of this role.
    pub role: Option<Role>,
    /// Only those who are banned, or only those who are not.
    pub banned: Option<bool>,
    /// How many at most.
    pub limit: Limit<20, 100>,
    /// The `next` of the page before.
    pub cursor: Option<Cursor>,
}

/// Which person.
#[input]
pub struct UserById {
    /// Their id.
    #[path]
    pub id: UserId,
}

/// A role for somebody.
#[input]
pub struct SetRole {
    /// Their id.
    #[path]
    pub id: UserId,
    /// What they may do from now on, beside what everybody may.
    pub role: Role,
}

/// A ban for somebody.
#[input]
pub struct BanUser {
    /// Their id.
    #[path]
    pub id: UserId,
    /// Why; the person is told.
    pub reason: BanReason,
    /// Until when; absent for a ban without end.
    #[garde(custom(to_come))]
    pub until: Option<Timestamp>,
}

/// What changes of one's own profile; an absent field keeps what is there.
#[input]
#[derive(Default)]
pub struct UpdateProfile {
    /// The address under which one signs in.
    pub email: Patch<Email>,
    /// What one is called.
    pub name: Patch<PersonName>,
    /// What one says of oneself; `null` clears it.
    pub bio: Patch<Option<Bio>>,
}

/// A ban that has ended before it begins would be none.
fn to_come(time: &Timestamp, (): &()) -> std::result::Result<(), &'static str> {
    if *time > Timestamp::now() { Ok(()) } else { Err("is in the past") }
}

/// Why there is nobody to see.
#[derive(Debug, PartialEq, thiserror::Error, ApiError)]
pub enum UserError {
    /// There is no such person.
    #[error("no user {id}")]
    #[problem(404, "user.not_found")]
    NotFound {
        /// The id that was asked for.
        id: UserId,
    },
}

/// People: admins manage them, everybody sees their profiles, and each has one of their own.
#[contract(path = "/users", tag = "users")]
pub trait Users {
    /// List people, newest first.
    ///
    /// With `text` or `banned` each page looks at so many people at most: it may be short, or empty, and have a `next`.
    #[get]
    async fn list(&self, cx: Cx<Admin>, input: ListUsers) -> Result<Page<User>>;

    /// Get a person.
    #[get("/{id}")]
    async fn get(&self, cx: Cx<Admin>, input: UserById) -> Result<User, UserError>;

    /// Give somebody a role, which holds from their next request on.
    #[put("/{id}/role")]
    #[invalidates(list)]
    #[sets(get(id) = output)]
    async fn set_role(&self, cx: Cx<Admin>, input: SetRole) -> Result<User, ManageError>;

    /// Ban somebody: their sessions end and their tokens are refused, from their next request on.
    #[put("/{id}/ban")]
    #[invalidates(list)]
    #[sets(get(id) = output)]
    async fn ban(&self, cx: Cx<Admin>, input: BanUser) -> Result<User, ManageError>;

    /// Lift somebody's ban.
    #[delete("/{id}/ban")]
    #[invalidates(list)]
    #[sets(get(id) = output)]
    async fn unban(&self, cx: Cx<Admin>, input: UserById) -> Result<User, ManageError>;

    /// Get what everybody may see of a person.
    #[get("/{id}/profile")]
    async fn profile(&self, cx: Cx<Public>, input: UserById) -> Result<Profile, UserError>;

    /// Get one's own profile.
    #[get("/me")]
    async fn me(&self, cx: Cx<SignedIn>) -> Result<OwnProfile>;

    /// Change one's own profile.
    #[patch("/me")]
    #[invalidates(list, auth::me, get(id = output.id), profile(id = output.id))]
    #[sets(me = output)]
    async fn update_me(
        &self,
        cx: Cx<InPerson>,
        input: UpdateProfile,
    ) -> Result<OwnProfile, AccountError>;
}

//! What axum-login asks: who has these credentials, and who is signed in under this id.

use axum_login::{AuthUser, AuthnBackend};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, sea_query::Expr};
use throughline::{Fault, Timestamp};

use super::{Accounts, passwords::Verdict};
use crate::{
    Email, Password, UserId,
    users::{self, PasswordHash},
};

/// An address with its password.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The address, in any letter case.
    pub email: Email,
    /// The password.
    pub password: Password,
}

impl AuthUser for users::Model {
    type Id = UserId;

    fn id(&self) -> UserId {
        self.id
    }

    /// The epoch, not the password's hash: it is copied into each session.
    fn session_auth_hash(&self) -> &[u8] {
        self.epoch.as_bytes()
    }
}

impl AuthnBackend for Accounts {
    type User = users::Model;
    type Credentials = Credentials;
    type Error = Fault;

    /// The person with these credentials. An unknown address takes the same work as a wrong
    /// password: one row looked up, one password hashed.
    async fn authenticate(&self, credentials: Credentials) -> Result<Option<users::Model>, Fault> {
        let same_address = users::Column::CanonicalEmail.eq(credentials.email.canonical());
        let user = users::Entity::find().filter(same_address).one(&self.0.reader).await?;
        let stored = user.as_ref().map(|user| user.password_hash.clone());
        match (self.0.passwords.verify(credentials.password, stored).await?, user) {
            (Verdict::Right { rehashed: None }, user) => Ok(user),
            (Verdict::Right { rehashed: Some(hash) }, Some(user)) => {
                self.replace_hash(&user, hash).await;
                Ok(Some(user))
            }
            (Verdict::Right { .. } | Verdict::Wrong, _) => Ok(None),
        }
    }

    /// The person with this id; nobody when the database is away, which the handler then finds by
    /// itself.
    async fn get_user(&self, id: &UserId) -> Result<Option<users::Model>, Fault> {
        match users::Entity::find_by_id(*id).one(&self.0.reader).await {
            Ok(user) => Ok(user),
            Err(error) => {
                tracing::warn!(%error, "a session's owner could not be read");
                Ok(None)
            }
        }
    }
}

impl Accounts {
    /// Keeps the password under a hash of today's cost. What fails is tried again at the next
    /// sign-in.
    async fn replace_hash(&self, user: &users::Model, hash: PasswordHash) {
        // Unless the password was changed meanwhile.
        let unchanged = users::Column::PasswordHash.eq(user.password_hash.clone());
        let update = users::Entity::update_many()
            .filter(users::Column::Id.eq(user.id).and(unchanged))
            .col_expr(users::Column::PasswordHash, Expr::val(hash))
            .col_expr(users::Column::UpdatedAt, Expr::val(Timestamp::now()));
        if let Err(error) = update.exec(&self.0.writer).await {
            tracing::warn!(%error, "a password keeps its old hash");
        }
    }
}

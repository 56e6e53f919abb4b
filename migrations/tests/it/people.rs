//! Somebody whose rows a rollback would lose.

use db::users as profiles;
use sea_orm::{ActiveValue::Set, EntityTrait};
use testing::TestDatabase;
use throughline::Timestamp;
use throughline_auth::{Role, UserId, users};
use uuid::Uuid;

/// A person.
pub async fn person(db: &TestDatabase) -> UserId {
    let (id, now) = (UserId::new(), Timestamp::now());
    let row = users::ActiveModel {
        id: Set(id),
        email: Set("ada@example.org".parse().unwrap()),
        canonical_email: Set("ada@example.org".to_owned()),
        name: Set("Ada".parse().unwrap()),
        password_hash: Set(users::PasswordHash("none".to_owned())),
        epoch: Set(Uuid::new_v4()),
        role: Set(Role::User),
        banned_at: Set(None),
        ban_reason: Set(None),
        ban_expires_at: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
    };
    users::Entity::insert(row).exec_without_returning(db.writer()).await.unwrap();
    id
}

/// A person with a row in the table that was made last.
pub async fn person_with_profile(db: &TestDatabase) {
    let row = profiles::ActiveModel {
        user_id: Set(person(db).await),
        bio: Set(None),
        updated_at: Set(Timestamp::now()),
    };
    profiles::Entity::insert(row).exec_without_returning(db.writer()).await.unwrap();
}

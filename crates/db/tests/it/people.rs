//! Owners for tasks, and tasks for owners.

use db::tasks::{self, Content, TaskId};
use sea_orm::{ActiveValue::Set, EntityTrait};
use testing::TestDatabase;
use throughline::{Timestamp, Transactional};
use throughline_auth::{Role, UserId, users};
use uuid::Uuid;

/// A person with nothing on their list.
pub async fn person(db: &TestDatabase, name: &str) -> UserId {
    let id = UserId::new();
    let email = format!("{name}@example.org");
    let now = Timestamp::now();
    let row = users::ActiveModel {
        id: Set(id),
        email: Set(email.parse().unwrap()),
        canonical_email: Set(email),
        name: Set(name.parse().unwrap()),
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

pub fn titled(title: &str) -> Content {
    Content { title: title.parse().unwrap(), description: None, completed: false }
}

/// A point in time, `second` seconds after some other.
pub fn at(second: i64) -> Timestamp {
    Timestamp::from_unix_micros(1_795_000_000_000_000 + second * 1_000_000).unwrap()
}

/// Puts a task on the owner's list.
pub async fn task(db: &TestDatabase, owner: UserId, title: &str, now: Timestamp) -> TaskId {
    let tx = db.begin().await.unwrap();
    let row = tasks::insert(&tx, owner, TaskId::new(), titled(title), now).await.unwrap().unwrap();
    db.commit(tx).await.unwrap();
    row.id
}

//! The sessions in the database: how they end, and that none is taken over.

use std::time::Duration;

use axum::http::StatusCode;
use axum_login::tower_sessions::{
    SessionStore,
    session::{Id, Record},
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, SimpleExpr},
};
use serde_json::json;
use testing::TestDatabase;
use throughline::Timestamp;
use throughline_auth::{sessions, users};
use uuid::Uuid;

use crate::app::{App, EMAIL, PASSWORD, cookie, count};

/// A time before now.
fn ago(duration: Duration) -> Timestamp {
    Timestamp::from_unix_micros(
        Timestamp::now().unix_micros() - i64::try_from(duration.as_micros()).unwrap(),
    )
    .unwrap()
}

/// Writes `value` into a column of all sessions.
async fn set(db: &TestDatabase, column: sessions::Column, value: impl Into<SimpleExpr>) {
    sessions::Entity::update_many().col_expr(column, value.into()).exec(db.writer()).await.unwrap();
}

async fn only(db: &TestDatabase) -> sessions::Model {
    sessions::Entity::find().one(&**db).await.unwrap().unwrap()
}

/// The only session, as soon as it is as told.
async fn once(db: &TestDatabase, told: impl Fn(&sessions::Model) -> bool) -> sessions::Model {
    let waiting = async {
        loop {
            let row = only(db).await;
            if told(&row) {
                break row;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting).await.expect("the session changes")
}

testing::on_both! {
    async fn ones_own_sessions_are_listed_newest_first_and_the_current_one_is_marked(db: TestDatabase) {
        let app = App::over(&db);
        let first = app.sign_up(EMAIL).await.id();
        let body = json!({ "email": EMAIL, "password": PASSWORD });
        let from = app
            .request(Some("192.0.2.7"), "POST", "sign-in", &[("user-agent", "browser")], Some(body))
            .await;
        app.sign_up("eve@example.org").await;
        let page = app.by(&first, "GET", "sessions?limit=1", None).await.body;
        let newest = &page["items"][0];
        assert_eq!(
            (&newest["user_agent"], &newest["address"], &newest["current"]),
            (&json!("browser"), &json!("192.0.2.7"), &json!(false))
        );
        assert!(!page.to_string().contains(&from.id()), "{page}");
        let path = format!("sessions?limit=1&cursor={}", page["next"].as_str().unwrap());
        let page = app.by(&first, "GET", &path, None).await.body;
        assert_eq!(page["items"][0]["current"], true);
        assert_eq!(page.get("next"), None, "nobody else's are listed");
    }

    async fn a_session_is_revoked_by_its_owner_alone_and_at_once(db: TestDatabase) {
        let app = App::over(&db);
        let (here, eve) = (app.sign_up(EMAIL).await.id(), app.sign_up("eve@example.org").await.id());
        let there = app.sign_in(&[], EMAIL, PASSWORD).await.id();
        let page = app.by(&there, "GET", "sessions", None).await.body;
        let shown = |current: bool| {
            let all = page["items"].as_array().unwrap();
            let one = all.iter().find(|session| session["current"] == current).unwrap();
            format!("sessions/{}", one["id"].as_str().unwrap())
        };
        let foreign = app.by(&eve, "DELETE", &shown(false), None).await;
        assert_eq!((foreign.status, foreign.code()), (StatusCode::NOT_FOUND, "session.not_found"));
        assert_eq!(app.by(&there, "DELETE", &shown(false), None).await.status, StatusCode::NO_CONTENT);
        assert_eq!(app.me(&here).await, StatusCode::UNAUTHORIZED);
        assert_eq!(app.by(&there, "DELETE", &shown(false), None).await.status, StatusCode::NOT_FOUND);
        assert_eq!(app.by(&there, "DELETE", &shown(true), None).await.status, StatusCode::NO_CONTENT);
        assert_eq!(app.me(&there).await, StatusCode::UNAUTHORIZED);
        assert_eq!(app.me(&eve).await, StatusCode::OK);
    }

    async fn all_others_are_revoked_together(db: TestDatabase) {
        let app = App::over(&db);
        let (here, eve) = (app.sign_up(EMAIL).await.id(), app.sign_up("eve@example.org").await.id());
        let others = [app.sign_in(&[], EMAIL, PASSWORD).await.id(), app.sign_in(&[], EMAIL, PASSWORD).await.id()];
        assert_eq!(app.by(&here, "DELETE", "sessions", None).await.status, StatusCode::NO_CONTENT);
        for other in others {
            assert_eq!(app.me(&other).await, StatusCode::UNAUTHORIZED);
        }
        assert_eq!((app.me(&here).await, app.me(&eve).await), (StatusCode::OK, StatusCode::OK));
    }

    async fn the_database_keeps_no_id(db: TestDatabase) {
        let id: Id = App::over(&db).sign_up(EMAIL).await.id().parse().unwrap();
        let row = only(&db).await;
        assert_eq!(row.id.len(), 32);
        let (little, big) = (id.0.to_le_bytes(), id.0.to_be_bytes());
        assert!(!row.id.windows(16).any(|bytes| bytes == little || bytes == big));
        assert_ne!(row.id, id.to_string().as_bytes());
    }

    async fn an_unused_session_ends(db: TestDatabase) {
        let app = App::over(&db);
        let id = app.sign_up(EMAIL).await.id();
        let idle = only(&db).await.idle_expires_at.since(Timestamp::now());
        assert!(
            idle > Duration::from_secs(14 * 86400 - 60) && idle <= Duration::from_secs(14 * 86400),
            "{idle:?}"
        );
        set(&db, sessions::Column::IdleExpiresAt, Expr::val(ago(Duration::from_secs(1)))).await;
        assert_eq!(app.me(&id).await, StatusCode::UNAUTHORIZED);
        // The session layer does not bring it back either: signing in begins another one.
        let next = app.sign_in(&[("cookie", &cookie(&id))], EMAIL, PASSWORD).await.id();
        assert_ne!(next, id);
        assert_eq!(app.me(&id).await, StatusCode::UNAUTHORIZED);
    }

    async fn an_old_session_ends_however_much_it_is_used(db: TestDatabase) {
        let app = App::over(&db);
        let id = app.sign_up(EMAIL).await.id();
        set(&db, sessions::Column::ExpiresAt, Expr::val(ago(Duration::from_secs(1)))).await;
        assert_eq!(app.me(&id).await, StatusCode::UNAUTHORIZED);
    }

    async fn a_new_epoch_ends_all_sessions_of_a_person(db: TestDatabase) {
        let app = App::over(&db);
        let id = app.sign_up(EMAIL).await.id();
        let other = app.sign_up("eve@example.org").await.id();
        let update = users::Entity::update_many()
            .filter(users::Column::CanonicalEmail.eq(EMAIL))
            .col_expr(users::Column::Epoch, Expr::val(Uuid::new_v4()));
        update.exec(db.writer()).await.unwrap();
        assert_eq!(app.me(&id).await, StatusCode::UNAUTHORIZED);
        assert_eq!(app.me(&other).await, StatusCode::OK);
    }

    async fn the_last_use_is_written_once_a_minute_and_prolongs_the_session(db: TestDatabase) {
        let app = App::over(&db);
        let id = app.sign_up(EMAIL).await.id();
        let begun = only(&db).await;
        assert_eq!(app.me(&id).await, StatusCode::OK);
        assert_eq!(only(&db).await, begun, "not within the first minute");

        set(&db, sessions::Column::LastSeenAt, Expr::val(ago(Duration::from_secs(61)))).await;
        let stale = only(&db).await;
        for _ in 0..20 {
            assert_eq!(app.me(&id).await, StatusCode::OK);
        }
        let written = once(&db, |row| row.last_seen_at != stale.last_seen_at).await;
        assert!(
            written.last_seen_at > begun.last_seen_at
                && written.idle_expires_at > begun.idle_expires_at
        );
        assert_eq!(written.expires_at, begun.expires_at);
        assert_eq!(app.me(&id).await, StatusCode::OK);
        assert_eq!(only(&db).await, written, "once is enough");
    }

    async fn idle_time_never_outlasts_the_session(db: TestDatabase) {
        let app = App::over(&db);
        let id = app.sign_up(EMAIL).await.id();
        let soon = Timestamp::now().plus(Duration::from_secs(600));
        set(&db, sessions::Column::ExpiresAt, Expr::val(soon)).await;
        set(&db, sessions::Column::LastSeenAt, Expr::val(ago(Duration::from_secs(61)))).await;
        assert_eq!(app.me(&id).await, StatusCode::OK);
        once(&db, |row| row.idle_expires_at == soon).await;
    }

    async fn sweeping_deletes_what_has_ended_and_nothing_else(db: TestDatabase) {
        let app = App::over(&db);
        app.sign_up(EMAIL).await;
        app.sign_in(&[], EMAIL, PASSWORD).await;
        assert_eq!(app.accounts.sweep().await.unwrap(), 0);
        set(&db, sessions::Column::IdleExpiresAt, Expr::val(ago(Duration::from_secs(1)))).await;
        let lasting = app.sign_in(&[], EMAIL, PASSWORD).await.id();
        assert_eq!(app.accounts.sweep().await.unwrap(), 2);
        assert_eq!(count(&db).await, 1);
        assert_eq!(app.me(&lasting).await, StatusCode::OK);
    }

    async fn a_session_that_is_there_is_never_taken_over(db: TestDatabase) {
        let app = App::over(&db);
        let taken: Id = app.sign_up(EMAIL).await.id().parse().unwrap();
        app.sign_up("eve@example.org").await;
        let eve = users::Entity::find().filter(users::Column::CanonicalEmail.eq("eve@example.org"));
        let eve = eve.one(&*db).await.unwrap().unwrap();
        let entry = json!({ "user_id": eve.id, "auth_hash": eve.epoch.as_bytes() });
        let expiry_date = time::OffsetDateTime::now_utc();
        let mut record =
            Record { id: taken, data: [("account".to_owned(), entry)].into(), expiry_date };
        app.accounts.sessions().create(&mut record).await.unwrap();
        assert_ne!(record.id, taken);
        let me = app.send("me", &[("cookie", &cookie(&taken.to_string()))], None).await;
        assert_eq!(me.body["email"], EMAIL);
        let me = app.send("me", &[("cookie", &cookie(&record.id.to_string()))], None).await;
        assert_eq!(me.body["email"], "eve@example.org");
    }

    async fn an_anonymous_session_is_not_stored(db: TestDatabase) {
        let app = App::over(&db);
        let expiry_date = time::OffsetDateTime::now_utc();
        let data = [("theme".to_owned(), json!("dark"))].into();
        let mut record = Record { id: Id::default(), data, expiry_date };
        app.accounts.sessions().create(&mut record).await.unwrap();
        assert_eq!(count(&db).await, 0);
    }

    async fn a_revoked_session_does_not_come_back_when_it_is_saved(db: TestDatabase) {
        let app = App::over(&db);
        let id: Id = app.sign_up(EMAIL).await.id().parse().unwrap();
        let store = app.accounts.sessions();
        let record = store.load(&id).await.unwrap().unwrap();
        store.delete(&id).await.unwrap();
        store.save(&record).await.unwrap();
        assert_eq!(count(&db).await, 0);
    }

    async fn sessions_go_with_their_person(db: TestDatabase) {
        let app = App::over(&db);
        app.sign_up(EMAIL).await;
        users::Entity::delete_many().exec(db.writer()).await.unwrap();
        assert_eq!(count(&db).await, 0);
    }
}

//! `auth.change_password`.

use axum::http::StatusCode;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;
use testing::{Kind, TestDatabase};
use throughline::Transactional;
use throughline_auth::{
    UserId,
    server::{Actor, ban, unban},
};

use crate::app::{App, EMAIL, PASSWORD, Reply};

const NEW: &str = "another horse";

async fn change(app: &App, id: &str, current: &str, new: &str) -> Reply {
    app.by(id, "POST", "password", Some(json!({ "current": current, "new": new }))).await
}

/// How many statements wait for a lock in this database.
async fn waiting(db: &TestDatabase) -> i64 {
    let sql = "SELECT count(*) AS waiting FROM pg_stat_activity
               WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let row = db.query_one_raw(Statement::from_string(db.backend(), sql)).await.unwrap().unwrap();
    row.try_get("", "waiting").unwrap()
}

testing::on_both! {
    async fn a_new_password_ends_the_other_sessions_and_keeps_this_one(db: TestDatabase) {
        let app = App::over(&db);
        let (here, eve) = (app.sign_up(EMAIL).await.id(), app.sign_up("eve@example.org").await.id());
        let there = app.sign_in(&[], EMAIL, PASSWORD).await.id();
        assert_eq!(change(&app, &here, PASSWORD, NEW).await.status, StatusCode::NO_CONTENT);
        assert_eq!(app.me(&here).await, StatusCode::OK);
        assert_eq!(app.me(&there).await, StatusCode::UNAUTHORIZED);
        assert_eq!(app.me(&eve).await, StatusCode::OK);
        assert_eq!(app.sign_in(&[], EMAIL, PASSWORD).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(app.sign_in(&[], EMAIL, NEW).await.status, StatusCode::OK);
        // Also as a bearer.
        let bearer = app.sign_in(&[], EMAIL, NEW).await.id();
        let body = json!({ "current": NEW, "new": PASSWORD });
        assert_eq!(
            app.service(&bearer, "POST", "password", Some(body)).await.status,
            StatusCode::NO_CONTENT
        );
        assert_eq!(app.me(&here).await, StatusCode::UNAUTHORIZED);
        assert_eq!(app.service(&bearer, "GET", "me", None).await.status, StatusCode::OK);
    }

    async fn without_the_current_one_nothing_changes(db: TestDatabase) {
        let app = App::over(&db);
        let here = app.sign_up(EMAIL).await.id();
        let there = app.sign_in(&[], EMAIL, PASSWORD).await.id();
        let wrong = change(&app, &here, "a wrong horse", NEW).await;
        assert_eq!((wrong.status, wrong.code()), (StatusCode::FORBIDDEN, "auth.wrong_password"));
        assert_eq!((app.me(&here).await, app.me(&there).await), (StatusCode::OK, StatusCode::OK));
        let short = change(&app, &here, PASSWORD, "short").await;
        assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(app.sign_in(&[], EMAIL, PASSWORD).await.status, StatusCode::OK);
    }

    async fn guessing_the_current_one_has_to_wait(db: TestDatabase) {
        let app = App::over(&db);
        let here = app.sign_up(EMAIL).await.id();
        let mut last = change(&app, &here, "a wrong horse", NEW).await;
        for _ in 0..8 {
            last = change(&app, &here, "a wrong horse", NEW).await;
        }
        assert_eq!((last.status, last.code()), (StatusCode::TOO_MANY_REQUESTS, "auth.too_many_attempts"));
        // The person may still sign in.
        assert_eq!(app.sign_in(&[], EMAIL, PASSWORD).await.status, StatusCode::OK);
    }

    async fn of_two_changes_at_a_time_one_wins(db: TestDatabase) {
        let app = App::over(&db);
        let here = app.sign_up(EMAIL).await.id();
        let there = app.sign_in(&[], EMAIL, PASSWORD).await.id();
        let (one, two) = tokio::join!(
            change(&app, &here, PASSWORD, "the first horse"),
            change(&app, &there, PASSWORD, "the second horse"),
        );
        let won = [one.status, two.status].iter().filter(|status| status.is_success()).count();
        assert_eq!(won, 1, "{one:?} {two:?}");
        let new = if one.status.is_success() { "the first horse" } else { "the second horse" };
        assert_eq!(app.sign_in(&[], EMAIL, new).await.status, StatusCode::OK);
    }

    async fn a_session_that_is_lost_meanwhile_changes_nothing_and_does_not_come_back(db: TestDatabase) {
        let app = App::over(&db);
        let (here, eve) = (app.sign_up(EMAIL).await, app.sign_up("eve@example.org").await);
        app.accounts.grant_admin(&"eve@example.org".parse().unwrap()).await.unwrap().unwrap();
        let id = |reply: &Reply| reply.body["id"].as_str().unwrap().parse::<UserId>().unwrap();
        let actor = Actor { user: Some(id(&eve)), ..Actor::operator() };
        let session = here.id();
        let tx = db.begin().await.unwrap();
        ban(&tx, &actor, id(&here), "spam".parse().unwrap(), None).await.unwrap();
        unban(&tx, &actor, id(&here)).await.unwrap();
        let ended = async {
            // On PostgreSQL the change is under way and waits for the row; on SQLite it waits for its turn.
            while db.kind() == Kind::Postgres && waiting(&db).await == 0 {
                tokio::task::yield_now().await;
            }
            db.commit(tx).await.unwrap();
        };
        let (changed, ()) = tokio::join!(change(&app, &session, PASSWORD, NEW), ended);
        assert_eq!(changed.status, StatusCode::UNAUTHORIZED, "{changed:?}");
        assert_eq!(app.me(&session).await, StatusCode::UNAUTHORIZED, "the ban has ended it");
        assert_eq!(app.sign_in(&[], EMAIL, PASSWORD).await.status, StatusCode::OK);
    }
}

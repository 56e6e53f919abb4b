//! API tokens: made, used, refused, revoked.

use std::time::Duration;

use axum::http::StatusCode;
use sea_orm::{EntityTrait, sea_query::Expr};
use serde_json::json;
use testing::TestDatabase;
use throughline::Timestamp;
use throughline_auth::{AccountsOptions, api_tokens};

use crate::app::{App, EMAIL, cheap};

async fn only(db: &TestDatabase) -> api_tokens::Model {
    api_tokens::Entity::find().one(&**db).await.unwrap().unwrap()
}

async fn set(db: &TestDatabase, column: api_tokens::Column, time: Timestamp) {
    let update = api_tokens::Entity::update_many().col_expr(column, Expr::val(time));
    update.exec(db.writer()).await.unwrap();
}

/// A time before now.
fn ago(seconds: u64) -> Timestamp {
    let micros = Timestamp::now().unix_micros() - i64::try_from(seconds * 1_000_000).unwrap();
    Timestamp::from_unix_micros(micros).unwrap()
}

testing::on_both! {
    async fn a_tokens_secret_is_shown_once_and_not_kept(db: TestDatabase) {
        let app = App::over(&db);
        let id = app.sign_up(EMAIL).await.id();
        let body = json!({ "name": "Nightly export", "scopes": ["read"], "days": 7 });
        let made = app.by(&id, "POST", "tokens", Some(body)).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        let secret = made.body["secret"].as_str().unwrap();
        assert!(secret.starts_with("tl_") && secret.len() == 60, "{secret}");
        let row = only(&db).await;
        assert!(row.expires_at.since(Timestamp::now()) > Duration::from_secs(7 * 86_400 - 60));
        assert!(row.expires_at.since(Timestamp::now()) <= Duration::from_secs(7 * 86_400));
        assert!(!format!("{row:?}").contains(&secret[14..]), "the row holds the secret");
        assert_eq!(row.hash.len(), 32);
        for path in ["tokens".to_owned(), format!("tokens/{}", row.id)] {
            let listed = app.by(&id, "GET", &path, None).await;
            assert_eq!(listed.status, StatusCode::OK);
            let text = listed.body.to_string();
            assert!(text.contains("Nightly export") && text.contains(&secret[..13]), "{text}");
            assert!(!text.contains(&secret[14..]), "{text}");
        }
    }

    async fn a_token_calls_in_its_owners_name(db: TestDatabase) {
        let app = App::over(&db);
        let id = app.sign_up(EMAIL).await.id();
        let (_, secret) = app.token(&id, &["read"]).await;
        let me = app.service(&secret, "GET", "me", None).await;
        assert_eq!((me.status, &me.body["email"]), (StatusCode::OK, &json!(EMAIL)));
    }

    async fn what_is_not_the_token_is_nobodys(db: TestDatabase) {
        let app = App::over(&db);
        let id = app.sign_up(EMAIL).await.id();
        let (_, secret) = app.token(&id, &["read"]).await;
        let (_, other) = app.token(&id, &["read"]).await;
        // The prefix of one with the rest of the other has a checksum that does not fit; so has each cut.
        let mixed = format!("{}{}", &secret[..13], &other[13..]);
        for wrong in [&secret[..59], &secret[..13], "tl_", &mixed, &secret.to_lowercase(), &secret[3..]] {
            assert_eq!(app.service(wrong, "GET", "me", None).await.status, StatusCode::UNAUTHORIZED, "{wrong}");
        }
        let cookie = [("cookie", format!("session={secret}"))];
        let cookie = cookie.each_ref().map(|(name, value)| (*name, value.as_str()));
        assert_eq!(app.request(None, "GET", "me", &cookie, None).await.status, StatusCode::UNAUTHORIZED);
        // The right form, and found by its prefix, but another secret.
        let update = api_tokens::Entity::update_many()
            .col_expr(api_tokens::Column::Hash, Expr::val(vec![0_u8; 32]));
        update.exec(db.writer()).await.unwrap();
        assert_eq!(app.service(&secret, "GET", "me", None).await.status, StatusCode::UNAUTHORIZED);
    }

    async fn a_scope_covers_what_it_says_and_no_token_manages_credentials(db: TestDatabase) {
        let app = App::over(&db);
        let id = app.sign_up(EMAIL).await.id();
        let (token, all) = app.token(&id, &["read", "write"]).await;
        let (_, write) = app.token(&id, &["write", "write"]).await;
        let refused = app.service(&write, "GET", "me", None).await;
        assert_eq!((refused.status, refused.code()), (StatusCode::FORBIDDEN, "auth.scope"));
        let new = json!({ "name": "more", "scopes": ["write"] });
        let password = json!({ "current": "correct horse", "new": "another horse" });
        for (method, path, body) in [
            ("POST", "tokens", Some(new)),
            ("GET", "tokens", None),
            ("DELETE", &*format!("tokens/{token}"), None),
            ("GET", "sessions", None),
            ("DELETE", "sessions", None),
            ("POST", "password", Some(password)),
            ("POST", "sign-out", None),
        ] {
            let refused = app.service(&all, method, path, body).await;
            assert_eq!(
                (refused.status, refused.code()),
                (StatusCode::FORBIDDEN, "auth.session_only"),
                "{method} {path}"
            );
        }
        assert_eq!(app.me(&id).await, StatusCode::OK);
        assert_eq!(app.service(&all, "GET", "me", None).await.status, StatusCode::OK);
    }

    async fn a_revoked_token_is_refused_at_once_and_stays_listed(db: TestDatabase) {
        let app = App::over(&db);
        let (id, eve) = (app.sign_up(EMAIL).await.id(), app.sign_up("eve@example.org").await.id());
        let (token, secret) = app.token(&id, &["read"]).await;
        let (_, other) = app.token(&id, &["read"]).await;
        let path = format!("tokens/{token}");
        for (method, who) in [("DELETE", &eve), ("GET", &eve)] {
            let foreign = app.by(who, method, &path, None).await;
            assert_eq!((foreign.status, foreign.code()), (StatusCode::NOT_FOUND, "token.not_found"));
        }
        assert_eq!(app.by(&id, "DELETE", &path, None).await.status, StatusCode::NO_CONTENT);
        assert_eq!(app.service(&secret, "GET", "me", None).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(app.service(&other, "GET", "me", None).await.status, StatusCode::OK);
        let revoked = app.by(&id, "GET", &path, None).await.body["revoked_at"].clone();
        assert!(revoked.is_string());
        // Again is no error, and the first time stays.
        assert_eq!(app.by(&id, "DELETE", &path, None).await.status, StatusCode::NO_CONTENT);
        assert_eq!(app.by(&id, "GET", &path, None).await.body["revoked_at"], revoked);
    }

    async fn a_token_ends_at_its_time_and_is_swept_later(db: TestDatabase) {
        let app = App::over(&db);
        let id = app.sign_up(EMAIL).await.id();
        let (_, secret) = app.token(&id, &["read"]).await;
        set(&db, api_tokens::Column::ExpiresAt, ago(1)).await;
        assert_eq!(app.service(&secret, "GET", "me", None).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(app.accounts.sweep().await.unwrap(), 0, "its owner may still look at it");
        set(&db, api_tokens::Column::ExpiresAt, ago(31 * 86_400)).await;
        assert_eq!(app.accounts.sweep().await.unwrap(), 1);
    }

    async fn the_last_use_is_written_once_a_minute(db: TestDatabase) {
        let app = App::over(&db);
        let id = app.sign_up(EMAIL).await.id();
        let (_, secret) = app.token(&id, &["read"]).await;
        assert_eq!(only(&db).await.last_used_at, None);
        let used = async |after: Option<Timestamp>| {
            assert_eq!(app.service(&secret, "GET", "me", None).await.status, StatusCode::OK);
            let waiting = async {
                loop {
                    match only(&db).await.last_used_at {
                        Some(last) if Some(last) != after => break last,
                        _ => tokio::task::yield_now().await,
                    }
                }
            };
            tokio::time::timeout(Duration::from_secs(20), waiting).await.expect("it is written")
        };
        let first = used(None).await;
        for _ in 0..5 {
            assert_eq!(app.service(&secret, "GET", "me", None).await.status, StatusCode::OK);
        }
        assert_eq!(only(&db).await.last_used_at, Some(first));
        let stale = ago(61);
        set(&db, api_tokens::Column::LastUsedAt, stale).await;
        assert!(used(Some(stale)).await > first);
    }

    async fn tokens_are_bounded_also_when_they_are_made_at_a_time(db: TestDatabase) {
        let app = App::with(&db, AccountsOptions { most_tokens: 3, ..cheap() });
        let id = app.sign_up(EMAIL).await.id();
        let make = || app.by(&id, "POST", "tokens", Some(json!({ "name": "t", "scopes": ["read"] })));
        let (a, b, c, d, e) = tokio::join!(make(), make(), make(), make(), make());
        let all = [a, b, c, d, e];
        let made = all.iter().filter(|reply| reply.status == StatusCode::CREATED).count();
        assert_eq!(made, 3, "{all:?}");
        let refused = all.iter().find(|reply| reply.status != StatusCode::CREATED).unwrap();
        assert_eq!((refused.status, refused.code()), (StatusCode::CONFLICT, "token.too_many"));
        // Revoking makes room.
        let listed = app.by(&id, "GET", "tokens", None).await.body;
        let path = format!("tokens/{}", listed["items"][0]["id"].as_str().unwrap());
        app.by(&id, "DELETE", &path, None).await;
        assert_eq!(make().await.status, StatusCode::CREATED);
    }

    async fn tokens_are_listed_newest_first_in_pages_that_join(db: TestDatabase) {
        let app = App::over(&db);
        let id = app.sign_up(EMAIL).await.id();
        let mut made = Vec::new();
        for _ in 0..5 {
            made.insert(0, app.token(&id, &["read"]).await.0);
        }
        let (mut seen, mut path) = (Vec::new(), "tokens?limit=2".to_owned());
        loop {
            let page = app.by(&id, "GET", &path, None).await.body;
            let items = page["items"].as_array().unwrap();
            seen.extend(items.iter().map(|token| token["id"].as_str().unwrap().to_owned()));
            let Some(next) = page["next"].as_str() else { break };
            path = format!("tokens?limit=2&cursor={next}");
        }
        assert_eq!(seen, made);
    }

    async fn limits_of_a_token_are_refused_at_once(db: TestDatabase) {
        let app = App::over(&db);
        let id = app.sign_up(EMAIL).await.id();
        for body in [
            json!({ "name": "", "scopes": ["read"] }),
            json!({ "name": "t", "scopes": [] }),
            json!({ "name": "t", "scopes": ["admin"] }),
            json!({ "name": "t", "scopes": ["read", "write", "read"] }),
            json!({ "name": "t", "scopes": ["read"], "days": 0 }),
            json!({ "name": "t", "scopes": ["read"], "days": 3651 }),
        ] {
            let refused = app.by(&id, "POST", "tokens", Some(body.clone())).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        }
    }
}

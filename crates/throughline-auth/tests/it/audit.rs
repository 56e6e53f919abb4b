//! The audit: who did what, and that it is there exactly when the act is.

use std::time::Duration;

use axum::http::StatusCode;
use sea_orm::{ConnectionTrait, EntityTrait, sea_query::Expr};
use serde_json::json;
use throughline::Timestamp;
use throughline_auth::audit;

use crate::app::{App, EMAIL, PASSWORD};

testing::on_both! {
    async fn each_act_is_written_with_who_where_and_which_request(db: TestDatabase) {
        let app = App::over(&db);
        let headers = [("x-request-id", "r-1")];
        let body = json!({ "email": EMAIL, "password": PASSWORD, "name": "Ada" });
        let made = app.request(Some("192.0.2.7"), "POST", "sign-up", &headers, Some(body)).await;
        let id = made.id();
        app.sign_in(&[], EMAIL, "a wrong horse").await;
        app.sign_in(&[], "nobody@example.org", PASSWORD).await;
        let (token, _) = app.token(&id, &["read"]).await;
        app.by(&id, "DELETE", &format!("tokens/{token}"), None).await;
        app.by(&id, "DELETE", "sessions", None).await;
        let change = json!({ "current": PASSWORD, "new": "another horse" });
        app.by(&id, "POST", "password", Some(change.clone())).await;
        app.by(&id, "POST", "password", Some(change)).await;
        app.by(&id, "POST", "sign-out", None).await;
        let rows = app.acts(&db).await;
        let acts: Vec<&str> = rows.iter().map(|row| row.act.as_str()).collect();
        assert_eq!(
            acts,
            [
                "account.opened",
                "session.began",
                "session.refused",
                "session.refused",
                "token.created",
                "token.revoked",
                "session.others_revoked",
                "password.changed",
                "password.refused",
                "session.ended",
            ]
        );
        let ada = made.body["id"].as_str().unwrap();
        for row in &rows[..2] {
            assert_eq!(row.actor.unwrap().to_string(), ada);
            assert_eq!(row.address.as_deref(), Some("192.0.2.7"));
            assert_eq!(row.request_id.as_deref(), Some("r-1"));
        }
        // A stranger is nobody; whose account it was is known where there is one.
        assert_eq!((rows[2].actor, rows[2].target.unwrap().to_string()), (None, ada.to_owned()));
        assert_eq!((rows[3].actor, rows[3].target), (None, None));
        assert_eq!(rows[4].target.unwrap().to_string(), token);
        let said = format!("{rows:?}");
        assert!(!said.contains("horse") && !said.contains("tl_") && !said.contains(&id), "{said}");
    }

    async fn an_act_that_cannot_be_written_down_does_not_happen(db: TestDatabase) {
        let app = App::over(&db);
        let id = app.sign_up(EMAIL).await.id();
        let (token, secret) = app.token(&id, &["read"]).await;
        let break_audit = "ALTER TABLE audit RENAME TO audit_away";
        db.writer().execute_unprepared(break_audit).await.unwrap();
        let change = json!({ "current": PASSWORD, "new": "another horse" });
        for (method, path, body) in [
            ("POST", "tokens", Some(json!({ "name": "t", "scopes": ["read"] }))),
            ("DELETE", &*format!("tokens/{token}"), None),
            ("POST", "password", Some(change)),
            ("DELETE", "sessions", None),
            ("POST", "sign-out", None),
        ] {
            let failed = app.by(&id, method, path, body).await;
            assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR, "{method} {path}");
        }
        let failed = app.sign_in(&[], EMAIL, PASSWORD).await;
        assert_eq!((failed.status, failed.set_cookie), (StatusCode::INTERNAL_SERVER_ERROR, None));
        assert_eq!(app.sign_up("eve@example.org").await.status, StatusCode::INTERNAL_SERVER_ERROR);
        db.writer().execute_unprepared("ALTER TABLE audit_away RENAME TO audit").await.unwrap();
        assert_eq!(app.me(&id).await, StatusCode::OK);
        assert_eq!(app.service(&secret, "GET", "me", None).await.status, StatusCode::OK);
        assert_eq!(app.by(&id, "GET", "tokens", None).await.body["items"].as_array().unwrap().len(), 1);
        assert_eq!(app.sign_in(&[], EMAIL, PASSWORD).await.status, StatusCode::OK);
        assert_eq!(app.sign_up("eve@example.org").await.status, StatusCode::OK);
    }

    async fn admins_list_it_in_pages_and_others_do_not(db: TestDatabase) {
        let app = App::over(&db);
        let (ada, eve) = (app.sign_up(EMAIL).await, app.sign_up("eve@example.org").await);
        let refused = app.by(&ada.id(), "GET", "audit", None).await;
        assert_eq!((refused.status, refused.code()), (StatusCode::FORBIDDEN, "request.forbidden"));
        app.accounts.grant_admin(&EMAIL.parse().unwrap()).await.unwrap().unwrap();
        let (mut seen, mut path) = (Vec::new(), "audit?limit=2".to_owned());
        loop {
            let page = app.by(&ada.id(), "GET", &path, None).await.body;
            let items = page["items"].as_array().unwrap();
            seen.extend(items.iter().map(|entry| entry["act"].as_str().unwrap().to_owned()));
            let Some(next) = page["next"].as_str() else { break };
            path = format!("audit?limit=2&cursor={next}");
        }
        let began = ["session.began", "account.opened"];
        assert_eq!(seen, [&["user.role_set"][..], &began, &began].concat());
        let of = async |query: String| {
            let page = app.by(&ada.id(), "GET", &format!("audit?{query}"), None).await.body;
            page["items"].as_array().unwrap().len()
        };
        let (ada, eve) = (ada.body["id"].as_str().unwrap(), eve.body["id"].as_str().unwrap());
        assert_eq!(of(format!("actor={eve}")).await, 2);
        assert_eq!(of(format!("target={ada}")).await, 2);
        assert_eq!(of("act=account.opened".to_owned()).await, 2);
        assert_eq!(of(format!("act=user.role_set&target={eve}")).await, 0);
    }

    async fn old_entries_are_swept(db: TestDatabase) {
        let app = App::over(&db);
        app.sign_up(EMAIL).await;
        assert_eq!(app.accounts.sweep().await.unwrap(), 0);
        let year = Duration::from_secs(366 * 86_400);
        let old = Timestamp::now().unix_micros() - i64::try_from(year.as_micros()).unwrap();
        let update = audit::Entity::update_many()
            .col_expr(audit::Column::At, Expr::val(Timestamp::from_unix_micros(old).unwrap()));
        update.exec(db.writer()).await.unwrap();
        assert_eq!(app.accounts.sweep().await.unwrap(), 2);
    }
}

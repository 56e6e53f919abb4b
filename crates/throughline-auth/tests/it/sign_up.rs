//! `auth.sign_up`.

use axum::http::StatusCode;
use sea_orm::EntityTrait;
use serde_json::json;
use throughline_auth::users;

use crate::app::{App, EMAIL, PASSWORD, cookie};

testing::on_both! {
    async fn opens_an_account_and_signs_in(db: TestDatabase) {
        let app = App::over(&db);
        let reply = app.sign_up("Ada@Example.org").await;
        assert_eq!(reply.status, StatusCode::OK, "{reply:?}");
        assert_eq!(reply.body["email"], "Ada@Example.org");
        assert_eq!(reply.body["name"], "Ada");
        let me = app.send("me", &[("cookie", &cookie(&reply.id()))], None).await;
        assert_eq!((me.status, me.body), (StatusCode::OK, reply.body));
    }

    async fn an_address_has_one_account_whatever_its_letter_case(db: TestDatabase) {
        let app = App::over(&db);
        app.sign_up(EMAIL).await;
        let again = app.sign_up("ADA@example.ORG").await;
        assert_eq!((again.status, again.code()), (StatusCode::CONFLICT, "auth.email_taken"));
        assert_eq!(again.set_cookie, None);
    }

    async fn of_two_at_a_time_one_wins(db: TestDatabase) {
        let app = App::over(&db);
        let (one, two) = tokio::join!(app.sign_up(EMAIL), app.sign_up(EMAIL));
        let mut statuses = [one.status.as_u16(), two.status.as_u16()];
        statuses.sort();
        assert_eq!(statuses, [200, 409]);
    }

    async fn the_database_keeps_no_password(db: TestDatabase) {
        let app = App::over(&db);
        app.sign_up(EMAIL).await;
        let user = users::Entity::find().one(&*db).await.unwrap().unwrap();
        assert!(user.password_hash.0.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        assert!(!format!("{user:?}").contains("argon2"), "no log shows the hash");
    }

    async fn limits_are_refused_at_once(db: TestDatabase) {
        let app = App::over(&db);
        let body = json!({ "email": "no address", "password": "short", "name": "" });
        let reply = app.send("sign-up", &[], Some(body)).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(reply.body["errors"].as_array().unwrap().len(), 3);
    }

    async fn an_account_can_be_seeded(db: TestDatabase) {
        let app = App::over(&db);
        assert!(!app.accounts.any().await.unwrap());
        let create = || {
            app.accounts.create(
                EMAIL.parse().unwrap(),
                PASSWORD.parse().unwrap(),
                "Ada".parse().unwrap(),
            )
        };
        create().await.unwrap();
        assert!(app.accounts.any().await.unwrap());
        assert!(create().await.is_err());
        assert_eq!(app.sign_in(&[], EMAIL, PASSWORD).await.status, StatusCode::OK);
    }
}

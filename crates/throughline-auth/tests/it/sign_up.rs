//! `auth.sign_up`.

use axum::http::StatusCode;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, sea_query::Expr};
use sea_orm_migration::SchemaManager;
use serde_json::json;
use throughline_auth::{UserId, migrations, users};

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

    async fn an_address_has_one_account_however_it_is_written(db: TestDatabase) {
        let app = App::over(&db);
        app.sign_up("\u{c9}va@m\u{fc}nchen.example").await;
        for same in ["e\u{301}va@MU\u{308}NCHEN.example", "\u{e9}va@xn--mnchen-3ya.example."] {
            assert_eq!(app.sign_up(same).await.code(), "auth.email_taken", "{same}");
            assert_eq!(app.sign_in(&[], same, PASSWORD).await.status, StatusCode::OK, "{same}");
        }
        for unseen in ["e\u{200b}va@example.org", "eva@example\u{202e}.org", "eva\u{7}@example.org"] {
            let refused = app.sign_up(unseen).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{unseen:?}");
        }
    }

    async fn accounts_from_before_are_found_by_how_addresses_are_compared_now(db: TestDatabase) {
        let app = App::over(&db);
        let before = async |was: &str| {
            let number = users::Entity::find().count(&*db).await.unwrap();
            let made = app.sign_up(&format!("p{number}@example.com")).await;
            let id: UserId = made.body["id"].as_str().unwrap().parse().unwrap();
            let update = users::Entity::update_many()
                .filter(users::Column::Id.eq(id))
                .col_expr(users::Column::CanonicalEmail, Expr::val(was));
            update.exec(db.writer()).await.unwrap();
            id
        };
        before("eva@m\u{fc}nchen.example").await;
        before("ada@example.org.").await;
        // Two that are one address now: the older one is found.
        let older = before("\u{e9}@example.org.").await;
        let younger = before("e\u{301}@example.org").await;
        assert_eq!(app.sign_in(&[], "ada@example.org", PASSWORD).await.status, StatusCode::UNAUTHORIZED);
        let all = migrations();
        let last = all.iter().find(|migration| migration.name().ends_with("_addresses")).unwrap();
        last.up(&SchemaManager::new(db.writer())).await.unwrap();
        for found in ["eva@xn--mnchen-3ya.example", "ada@example.org"] {
            assert_eq!(app.sign_in(&[], found, PASSWORD).await.status, StatusCode::OK, "{found}");
        }
        let found = app.sign_in(&[], "e\u{301}@example.org", PASSWORD).await;
        assert_eq!(found.body["id"], older.to_string());
        assert!(users::Entity::find_by_id(younger).one(&*db).await.unwrap().is_some());
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

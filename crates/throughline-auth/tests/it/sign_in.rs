//! `auth.sign_in` and `auth.sign_out`.

use axum::http::StatusCode;
use sea_orm::EntityTrait;
use serde_json::Value;
use throughline_auth::{AccountsOptions, server::HashingCost, sessions, users};

use crate::app::{App, EMAIL, PASSWORD, cheap, cookie, count};

testing::on_both! {
    async fn answers_the_same_for_an_unknown_address_and_a_wrong_password(db: TestDatabase) {
        let app = App::over(&db);
        app.sign_up(EMAIL).await;
        let without_request_id = |mut body: Value| {
            body.as_object_mut().unwrap().remove("request_id");
            body
        };
        let wrong = app.sign_in(&[], EMAIL, "another horse").await;
        let unknown = app.sign_in(&[], "eve@example.org", PASSWORD).await;
        assert_eq!(
            (wrong.status, wrong.code()),
            (StatusCode::UNAUTHORIZED, "auth.wrong_credentials")
        );
        assert_eq!(wrong.status, unknown.status);
        assert_eq!((&wrong.set_cookie, &unknown.set_cookie), (&None, &None));
        assert_eq!(without_request_id(wrong.body), without_request_id(unknown.body));
        assert_eq!(count(&db).await, 1, "only signing up began a session");
    }

    async fn letter_case_does_not_count(db: TestDatabase) {
        let app = App::over(&db);
        app.sign_up(EMAIL).await;
        assert_eq!(app.sign_in(&[], "ADA@EXAMPLE.ORG", PASSWORD).await.status, StatusCode::OK);
    }

    async fn each_sign_in_has_a_new_id_and_ends_the_session_before(db: TestDatabase) {
        let app = App::over(&db);
        let first = app.sign_up(EMAIL).await.id();
        let second = app.sign_in(&[("cookie", &cookie(&first))], EMAIL, PASSWORD).await.id();
        let third = app.sign_in(&[("cookie", &cookie(&second))], EMAIL, PASSWORD).await.id();
        assert!(first != second && second != third);
        assert_eq!(app.me(&first).await, StatusCode::UNAUTHORIZED);
        assert_eq!(app.me(&second).await, StatusCode::UNAUTHORIZED);
        assert_eq!(app.me(&third).await, StatusCode::OK);
        assert_eq!(count(&db).await, 1);
    }

    async fn signing_in_as_somebody_else_leaves_nothing_of_the_first(db: TestDatabase) {
        let app = App::over(&db);
        let ada = app.sign_up(EMAIL).await.id();
        app.sign_up("eve@example.org").await;
        let eve = app.sign_in(&[("cookie", &cookie(&ada))], "eve@example.org", PASSWORD).await;
        assert_eq!(app.me(&ada).await, StatusCode::UNAUTHORIZED);
        let me = app.send("me", &[("cookie", &cookie(&eve.id()))], None).await;
        assert_eq!(me.body["email"], "eve@example.org");
    }

    async fn an_id_that_somebody_planted_is_not_used(db: TestDatabase) {
        let app = App::over(&db);
        app.sign_up(EMAIL).await;
        let planted = "AAAAAAAAAAAAAAAAAAAAAA";
        let id = app.sign_in(&[("cookie", &cookie(planted))], EMAIL, PASSWORD).await.id();
        assert_ne!(id, planted);
        assert_eq!(app.me(planted).await, StatusCode::UNAUTHORIZED);
    }

    async fn a_failed_sign_in_keeps_the_session_that_is_there(db: TestDatabase) {
        let app = App::over(&db);
        let id = app.sign_up(EMAIL).await.id();
        let failed = app.sign_in(&[("cookie", &cookie(&id))], EMAIL, "another horse").await;
        assert_eq!((failed.status, failed.set_cookie), (StatusCode::UNAUTHORIZED, None));
        assert_eq!(app.me(&id).await, StatusCode::OK);
    }

    async fn the_cookie_is_out_of_reach_of_scripts_and_other_sites(db: TestDatabase) {
        let set = App::over(&db).sign_up(EMAIL).await.set_cookie.unwrap();
        let parts: Vec<&str> = set.split("; ").skip(1).collect();
        for part in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/", "Max-Age=7776000"] {
            assert!(parts.contains(&part), "{part} in {set}");
        }
        let development = AccountsOptions { secure_cookie: false, ..cheap() };
        let set =
            App::with(&db, development).sign_in(&[], EMAIL, PASSWORD).await.set_cookie.unwrap();
        assert!(set.contains("HttpOnly") && !set.contains("Secure"), "{set}");
    }

    async fn a_password_hashed_at_another_cost_is_hashed_anew(db: TestDatabase) {
        App::over(&db).sign_up(EMAIL).await;
        let dearer =
            AccountsOptions { hashing: HashingCost::new(128, 1, 1, None).unwrap(), ..cheap() };
        let app = App::with(&db, dearer);
        let hash = async || users::Entity::find().one(&*db).await.unwrap().unwrap().password_hash.0;
        app.sign_in(&[], EMAIL, "another horse").await;
        assert!(hash().await.contains("m=64,"));
        let id = app.sign_in(&[], EMAIL, PASSWORD).await.id();
        assert!(hash().await.contains("m=128,"));
        assert_eq!(app.me(&id).await, StatusCode::OK);
        assert_eq!(app.sign_in(&[], EMAIL, PASSWORD).await.status, StatusCode::OK);
    }

    async fn signing_out_ends_the_session_and_takes_the_cookie_back(db: TestDatabase) {
        let app = App::over(&db);
        let id = app.sign_up(EMAIL).await.id();
        let other = app.sign_in(&[], EMAIL, PASSWORD).await.id();
        let reply = app.send("sign-out", &[("cookie", &cookie(&id))], None).await;
        assert_eq!(reply.status, StatusCode::NO_CONTENT);
        assert!(reply.set_cookie.unwrap().contains("Max-Age=0"));
        assert_eq!(app.me(&id).await, StatusCode::UNAUTHORIZED);
        assert_eq!(app.me(&other).await, StatusCode::OK, "the session elsewhere goes on");
        assert_eq!(
            app.send("sign-out", &[("cookie", &cookie(&id))], None).await.status,
            StatusCode::UNAUTHORIZED
        );
    }

    async fn signing_out_by_token_ends_the_tokens_session_only(db: TestDatabase) {
        let app = App::over(&db);
        let token = app.sign_up(EMAIL).await.id();
        let browser = app.sign_in(&[], EMAIL, PASSWORD).await.id();
        let both = [("authorization", format!("Bearer {token}")), ("cookie", cookie(&browser))];
        let both = both.each_ref().map(|(name, value)| (*name, value.as_str()));
        assert_eq!(app.send("sign-out", &both, None).await.status, StatusCode::NO_CONTENT);
        assert_eq!(app.me(&token).await, StatusCode::UNAUTHORIZED);
        assert_eq!(app.me(&browser).await, StatusCode::OK);
    }

    async fn the_clients_name_is_kept_but_not_all_of_it(db: TestDatabase) {
        let app = App::over(&db);
        app.sign_up(EMAIL).await;
        let long = "x".repeat(5000);
        app.sign_in(&[("user-agent", &long)], EMAIL, PASSWORD).await.id();
        let agents: Vec<Option<String>> = sessions::Entity::find()
            .all(&*db)
            .await
            .unwrap()
            .into_iter()
            .map(|row| row.user_agent)
            .collect();
        assert!(agents.contains(&Some("x".repeat(200))) && agents.contains(&None), "{agents:?}");
    }
}

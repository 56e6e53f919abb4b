//! Who sent a request.

use axum::http::{Request, StatusCode};
use testing::TestDatabase;
use throughline_auth::Principal;

use crate::app::{App, EMAIL, cookie};

/// Whom the application finds behind these headers.
async fn identify(app: &App, headers: &[(&str, &str)]) -> Option<Principal> {
    let mut request = Request::builder();
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (parts, ()) = request.body(()).unwrap().into_parts();
    app.accounts.identify(&parts).await.unwrap()
}

async fn two_people(db: &TestDatabase) -> (App, String, String) {
    let app = App::over(db);
    let (ada, eve) = (app.sign_up(EMAIL).await.id(), app.sign_up("eve@example.org").await.id());
    (app, ada, eve)
}

testing::on_both! {
    async fn finds_the_person_by_cookie_or_token(db: TestDatabase) {
        let (app, ada, _) = two_people(&db).await;
        let by_cookie = identify(&app, &[("cookie", &cookie(&ada))]).await.unwrap();
        let by_token =
            identify(&app, &[("authorization", &format!("Bearer {ada}"))]).await.unwrap();
        assert_eq!(by_cookie.email, EMAIL);
        assert_eq!(by_cookie, by_token);
    }

    async fn a_token_wins_over_a_cookie_also_when_it_is_wrong(db: TestDatabase) {
        let (app, ada, eve) = two_people(&db).await;
        let token = format!("Bearer {eve}");
        let found =
            identify(&app, &[("cookie", &cookie(&ada)), ("authorization", &token)]).await.unwrap();
        assert_eq!(found.email.as_str(), "eve@example.org");
        for wrong in ["Bearer AAAAAAAAAAAAAAAAAAAAAA", "Bearer x"] {
            assert_eq!(
                identify(&app, &[("cookie", &cookie(&ada)), ("authorization", wrong)]).await,
                None
            );
        }
    }

    async fn nothing_and_nonsense_are_nobody(db: TestDatabase) {
        let (app, ada, _) = two_people(&db).await;
        assert_eq!(identify(&app, &[]).await, None);
        for wrong in [
            "session=",
            "session=x",
            "other=AAAAAAAAAAAAAAAAAAAAAA",
            "session=AAAAAAAAAAAAAAAAAAAAAA",
        ] {
            assert_eq!(identify(&app, &[("cookie", wrong)]).await, None, "{wrong}");
        }
        let other_case: String = ada
            .chars()
            .map(|c| if c.is_lowercase() { c.to_ascii_uppercase() } else { c })
            .collect();
        assert_eq!(app.me(&other_case).await, StatusCode::UNAUTHORIZED);
    }
}

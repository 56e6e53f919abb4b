//! What callers are told while the database is away.

use axum::http::StatusCode;

use crate::app::{App, EMAIL, PASSWORD, cookie};

testing::on_both! {
    async fn each_procedure_says_that_the_server_cannot_answer(db: TestDatabase) {
        let app = App::over(&db);
        let id = app.sign_up(EMAIL).await.id();
        (*db).clone().close().await.unwrap();
        let signed_in = [("cookie", cookie(&id))];
        let signed_in = signed_in.each_ref().map(|(name, value)| (*name, value.as_str()));
        for reply in [
            app.send("me", &signed_in, None).await,
            app.send("sign-out", &signed_in, None).await,
            app.sign_in(&signed_in, EMAIL, PASSWORD).await,
            app.sign_in(&[], EMAIL, PASSWORD).await,
            app.sign_up("eve@example.org").await,
        ] {
            assert_eq!(
                (reply.status, reply.code()),
                (StatusCode::SERVICE_UNAVAILABLE, "request.unavailable")
            );
            assert_eq!(reply.set_cookie, None, "nobody is signed out by an outage");
        }
        assert_eq!(
            app.send("me", &[], None).await.status,
            StatusCode::UNAUTHORIZED,
            "a stranger is one without asking"
        );
    }
}

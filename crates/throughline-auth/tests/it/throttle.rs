//! Attempts to get in wait longer and longer, and nobody is locked out.

use std::time::Duration;

use axum::http::StatusCode;
use futures_util::future::select_all;
use sea_orm::{EntityTrait, PaginatorTrait, sea_query::Expr};
use serde_json::{Value, json};
use testing::TestDatabase;
use throughline::Timestamp;
use throughline_auth::{
    AccountsOptions, attempts,
    server::{Pace, Throttle},
};

use crate::app::{App, EMAIL, PASSWORD, Reply, cheap};

const HOME: &str = "192.0.2.1";
const ELSEWHERE: &str = "198.51.100.1";

fn pace(free: u32) -> Pace {
    let seconds = Duration::from_secs;
    Pace { free, first: seconds(10), longest: seconds(60), forget: seconds(600) }
}

/// Accounts with few free attempts.
fn strict(db: &TestDatabase, account: u32, address: u32) -> App {
    let throttle = Throttle { account: pace(account), address: pace(address), sign_up: pace(3) };
    App::with(db, AccountsOptions { throttle, ..cheap() })
}

async fn sign_in(app: &App, address: &str, email: &str, password: &str) -> Reply {
    let body = json!({ "email": email, "password": password });
    app.request(Some(address), "POST", "sign-in", &[], Some(body)).await
}

async fn wrong(app: &App, address: &str, email: &str) -> StatusCode {
    sign_in(app, address, email, "a wrong horse").await.status
}

/// Lets time pass for what has been counted.
async fn pass(db: &TestDatabase, seconds: u64) {
    for row in attempts::Entity::find().all(&**db).await.unwrap() {
        let back = |time: Timestamp| {
            let micros = time.unix_micros() - i64::try_from(seconds * 1_000_000).unwrap();
            Expr::val(Timestamp::from_unix_micros(micros).unwrap())
        };
        let update = attempts::Entity::update_many()
            .col_expr(attempts::Column::ForgottenAt, back(row.forgotten_at))
            .col_expr(attempts::Column::BlockedUntil, back(row.blocked_until));
        let own = sea_orm::QueryFilter::filter(
            update,
            sea_orm::ColumnTrait::eq(&attempts::Column::Bucket, row.bucket),
        );
        own.exec(db.writer()).await.unwrap();
    }
}

testing::on_both! {
    async fn an_accounts_attempts_wait_whether_there_is_one_or_not(db: TestDatabase) {
        let app = strict(&db, 2, 1000);
        app.sign_up(EMAIL).await;
        let without_ids = |mut body: Value| {
            body.as_object_mut().unwrap().remove("request_id");
            body
        };
        let mut answers = Vec::new();
        for email in [EMAIL, "nobody@example.org"] {
            for _ in 0..3 {
                assert_eq!(wrong(&app, ELSEWHERE, email).await, StatusCode::UNAUTHORIZED);
            }
            // Also the right password, and from another address.
            let refused = sign_in(&app, "203.0.113.9", email, PASSWORD).await;
            assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
            assert_eq!(refused.code(), "auth.too_many_attempts");
            let wait = refused.retry_after.expect("says how long to wait");
            assert!((8..=10).contains(&wait), "{wait}");
            assert_eq!(refused.body["retry_after"], wait);
            answers.push(without_ids(refused.body)["title"].clone());
        }
        assert_eq!(answers[0], answers[1]);
        // Who waits as told is let in, however often others have tried.
        pass(&db, 11).await;
        assert_eq!(sign_in(&app, ELSEWHERE, EMAIL, PASSWORD).await.status, StatusCode::OK);
        // A success forgets what was counted.
        for _ in 0..2 {
            assert_eq!(wrong(&app, ELSEWHERE, EMAIL).await, StatusCode::UNAUTHORIZED);
        }
        assert_eq!(sign_in(&app, ELSEWHERE, EMAIL, PASSWORD).await.status, StatusCode::OK);
    }

    async fn each_wait_is_twice_the_one_before_up_to_the_longest(db: TestDatabase) {
        let app = strict(&db, 1, 1000);
        app.sign_up(EMAIL).await;
        assert_eq!(wrong(&app, ELSEWHERE, EMAIL).await, StatusCode::UNAUTHORIZED);
        for expected in [10, 20, 40, 60, 60] {
            assert_eq!(wrong(&app, ELSEWHERE, EMAIL).await, StatusCode::UNAUTHORIZED);
            let wait = sign_in(&app, ELSEWHERE, EMAIL, PASSWORD).await.retry_after.unwrap();
            assert!((expected - 2..=expected).contains(&wait), "{wait} instead of {expected}");
            pass(&db, expected).await;
        }
    }

    async fn an_addresss_attempts_wait_and_no_success_clears_them(db: TestDatabase) {
        let app = strict(&db, 1000, 3);
        app.sign_up(EMAIL).await;
        app.sign_up("eve@example.org").await;
        for number in 0..4 {
            // An account of one's own between the guesses does not help.
            if number > 0 {
                let own = sign_in(&app, ELSEWHERE, EMAIL, PASSWORD).await.status;
                assert_eq!(own, StatusCode::OK, "{number}");
            }
            let status = wrong(&app, ELSEWHERE, &format!("guess{number}@example.org")).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{number}");
        }
        let refused = sign_in(&app, ELSEWHERE, "eve@example.org", PASSWORD).await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        let home = sign_in(&app, HOME, "eve@example.org", PASSWORD).await;
        assert_eq!(home.status, StatusCode::OK);
    }

    async fn successes_do_not_count_for_an_address(db: TestDatabase) {
        let app = strict(&db, 1000, 3);
        app.sign_up(EMAIL).await;
        for _ in 0..10 {
            assert_eq!(sign_in(&app, HOME, EMAIL, PASSWORD).await.status, StatusCode::OK);
        }
    }

    async fn free_attempts_at_a_time_do_not_wait_for_each_other(db: TestDatabase) {
        let app = strict(&db, 1000, 1000);
        let mut running: Vec<_> = (0..12).map(|_| Box::pin(wrong(&app, ELSEWHERE, EMAIL))).collect();
        while !running.is_empty() {
            let (status, _, rest) = select_all(running).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED);
            running = rest;
        }
    }

    async fn many_guesses_at_a_time_gain_nothing(db: TestDatabase) {
        let app = strict(&db, 3, 1000);
        app.sign_up(EMAIL).await;
        let guesses = (0..24).map(|_| wrong(&app, ELSEWHERE, EMAIL));
        let mut looked_at = 0;
        let mut running: Vec<_> = guesses.map(Box::pin).collect();
        // All of them are under way before the first is awaited to its end.
        while !running.is_empty() {
            let (status, _, rest) = select_all(running).await;
            looked_at += usize::from(status == StatusCode::UNAUTHORIZED);
            running = rest;
        }
        assert!((1..=4).contains(&looked_at), "{looked_at} passwords were looked at");
    }

    async fn nobody_outside_locks_somebody_out_where_they_have_a_session(db: TestDatabase) {
        let app = strict(&db, 2, 1000);
        app.sign_up(EMAIL).await;
        let session = sign_in(&app, HOME, EMAIL, PASSWORD).await.id();
        for _ in 0..20 {
            wrong(&app, ELSEWHERE, EMAIL).await;
        }
        assert_eq!(
            sign_in(&app, "203.0.113.9", EMAIL, PASSWORD).await.status,
            StatusCode::TOO_MANY_REQUESTS
        );
        // The session goes on, and from its address one may sign in again.
        assert_eq!(app.me(&session).await, StatusCode::OK);
        assert_eq!(sign_in(&app, HOME, EMAIL, PASSWORD).await.status, StatusCode::OK);
    }

    async fn what_others_do_behind_the_same_address_keeps_nobody_out_who_has_a_session_there(db: TestDatabase) {
        let app = strict(&db, 3, 2);
        for email in [EMAIL, "eve@example.org"] {
            app.sign_up(email).await;
        }
        for address in [HOME, "2001:db8::1"] {
            assert_eq!(sign_in(&app, address, EMAIL, PASSWORD).await.status, StatusCode::OK);
            for number in 0..3 {
                let guess = wrong(&app, address, &format!("guess{number}@example.org")).await;
                assert_eq!(guess, StatusCode::UNAUTHORIZED);
            }
            let status = async |address, email| sign_in(&app, address, email, PASSWORD).await.status;
            assert_eq!(status(address, "eve@example.org").await, StatusCode::TOO_MANY_REQUESTS);
            assert_eq!(status(address, EMAIL).await, StatusCode::OK);
            // Of IPv6 a client has a whole network.
            let neighbour = if address == HOME { "192.0.2.2" } else { "2001:db8::2" };
            assert_eq!(status(neighbour, EMAIL).await, StatusCode::OK);
            pass(&db, 10_000).await;
        }
        // Guessing at the account from there is still bounded: by the account's own attempts.
        for _ in 0..3 {
            wrong(&app, HOME, "guess@example.org").await;
        }
        for _ in 0..4 {
            assert_eq!(wrong(&app, HOME, EMAIL).await, StatusCode::UNAUTHORIZED);
        }
        assert_eq!(wrong(&app, HOME, EMAIL).await, StatusCode::TOO_MANY_REQUESTS);
    }

    async fn an_address_with_many_people_behind_it_is_not_worn_out(db: TestDatabase) {
        let app = strict(&db, 1000, 2);
        // Far more than are free, but spread: each is forgotten before the next ones come.
        for number in 0..12 {
            let guess = wrong(&app, HOME, &format!("guess{number}@example.org")).await;
            assert_eq!(guess, StatusCode::UNAUTHORIZED, "{number}");
            pass(&db, 600).await;
        }
    }

    async fn opening_accounts_from_one_address_has_to_wait(db: TestDatabase) {
        let app = strict(&db, 1000, 1000);
        let sign_up = async |address: &str, number: u32| {
            let body = json!({
                "email": format!("person{number}@example.org"),
                "password": PASSWORD,
                "name": "Ada",
            });
            app.request(Some(address), "POST", "sign-up", &[], Some(body)).await.status
        };
        for number in 0..4 {
            assert_eq!(sign_up(HOME, number).await, StatusCode::OK);
        }
        assert_eq!(sign_up(HOME, 4).await, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(sign_up(ELSEWHERE, 4).await, StatusCode::OK);
        pass(&db, 11).await;
        assert_eq!(sign_up(HOME, 5).await, StatusCode::OK);
    }

    async fn what_is_forgotten_is_swept(db: TestDatabase) {
        let app = strict(&db, 2, 3);
        wrong(&app, ELSEWHERE, EMAIL).await;
        let count = async || attempts::Entity::find().count(&*db).await.unwrap();
        assert_eq!(count().await, 2);
        app.accounts.sweep().await.unwrap();
        assert_eq!(count().await, 2);
        pass(&db, 601).await;
        app.accounts.sweep().await.unwrap();
        assert_eq!(count().await, 0);
    }

    async fn no_row_names_an_account_or_an_address(db: TestDatabase) {
        let app = strict(&db, 2, 3);
        wrong(&app, ELSEWHERE, EMAIL).await;
        for row in attempts::Entity::find().all(&*db).await.unwrap() {
            let text = format!("{row:?}");
            assert!(!text.contains("ada") && !text.contains(ELSEWHERE), "{text}");
        }
    }
}

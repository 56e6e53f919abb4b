//! Roles and bans, as an application's handlers call for them.

use std::time::Duration;

use axum::http::StatusCode;
use testing::TestDatabase;
use throughline::{Failure, Patch, Result, Timestamp, Transactional};
use throughline_auth::{
    AccountError, ManageError, Role, UserId,
    server::{AccountChanges, Actor, ban, change, set_role, unban},
    users,
};

use crate::app::{App, EMAIL, PASSWORD};

const EVE: &str = "eve@example.org";

/// Somebody with a session.
struct Person {
    id: UserId,
    session: String,
}

async fn person(app: &App, email: &str) -> Person {
    let reply = app.sign_up(email).await;
    let id = reply.body["id"].as_str().unwrap().parse().unwrap();
    Person { id, session: reply.id() }
}

async fn admin(app: &App, email: &str) -> Person {
    let person = person(app, email).await;
    app.accounts.grant_admin(&email.parse().unwrap()).await.unwrap().unwrap();
    person
}

fn by(person: &Person) -> Actor {
    Actor { user: Some(person.id), ..Actor::operator() }
}

/// Runs `work` in a transaction.
async fn transact<T, E>(
    db: &TestDatabase,
    work: impl AsyncFnOnce(&db::Transaction) -> Result<T, E>,
) -> Result<T, E> {
    let tx = db.begin().await.unwrap();
    let done = work(&tx).await;
    match &done {
        Ok(_) => db.commit(tx).await.unwrap(),
        Err(_) => db.rollback(tx).await.unwrap(),
    }
    done
}

async fn give(
    db: &TestDatabase,
    actor: &Actor,
    id: UserId,
    role: Role,
) -> Result<users::Model, ManageError> {
    transact(db, async |tx| set_role(tx, actor, id, role).await).await
}

async fn banish(
    db: &TestDatabase,
    actor: &Actor,
    id: UserId,
    until: Option<Timestamp>,
) -> Result<users::Model, ManageError> {
    let reason = "spam".parse().unwrap();
    transact(db, async |tx| ban(tx, actor, id, reason, until).await).await
}

#[track_caller]
fn declared<T: std::fmt::Debug, E: std::fmt::Debug>(result: Result<T, E>) -> E {
    match result {
        Err(Failure::Declared(error)) => error,
        other => panic!("{other:?}"),
    }
}

testing::on_both! {
    async fn a_role_holds_from_the_next_request_on(db: TestDatabase) {
        let app = App::over(&db);
        let (ada, eve) = (admin(&app, EMAIL).await, person(&app, EVE).await);
        let (_, token) = app.token(&eve.session, &["read"]).await;
        let audit = async || {
            (
                app.by(&eve.session, "GET", "audit", None).await.status.as_u16(),
                app.service(&token, "GET", "audit", None).await.status.as_u16(),
            )
        };
        assert_eq!(audit().await, (403, 403));
        give(&db, &by(&ada), eve.id, Role::Admin).await.unwrap();
        assert_eq!(audit().await, (200, 200));
        assert_eq!(app.by(&eve.session, "GET", "me", None).await.body["role"], "admin");
        give(&db, &by(&ada), eve.id, Role::Moderator).await.unwrap();
        assert_eq!(audit().await, (403, 403));
        assert_eq!(app.by(&eve.session, "GET", "me", None).await.body["role"], "moderator");
    }

    async fn a_banned_person_is_told_so_and_nothing_of_theirs_works(db: TestDatabase) {
        let app = App::over(&db);
        let (ada, eve) = (admin(&app, EMAIL).await, person(&app, EVE).await);
        let (_, token) = app.token(&eve.session, &["read", "write"]).await;
        let until = Timestamp::now().plus(Duration::from_secs(3600));
        banish(&db, &by(&ada), eve.id, Some(until)).await.unwrap();
        for refused in [
            app.by(&eve.session, "GET", "me", None).await,
            app.by(&eve.session, "POST", "sign-out", None).await,
            app.service(&token, "GET", "me", None).await,
            app.service(&eve.session, "GET", "me", None).await,
            app.sign_in(&[], EVE, PASSWORD).await,
        ] {
            assert_eq!((refused.status, refused.code()), (StatusCode::FORBIDDEN, "auth.banned"));
            let detail = refused.body["detail"].as_str().unwrap();
            assert!(detail.contains("spam") && detail.contains(&until.to_string()), "{detail}");
        }
        // Only who knows the password learns of the ban.
        let stranger = app.sign_in(&[], EVE, "a wrong horse").await;
        assert_eq!(stranger.code(), "auth.wrong_credentials");
        assert_eq!(app.me(&ada.session).await, StatusCode::OK);

        transact(&db, async |tx| unban(tx, &by(&ada), eve.id).await).await.unwrap();
        assert_eq!(app.me(&eve.session).await, StatusCode::UNAUTHORIZED, "the ban has ended it");
        assert_eq!(app.service(&token, "GET", "me", None).await.status, StatusCode::OK);
        assert_eq!(app.sign_in(&[], EVE, PASSWORD).await.status, StatusCode::OK);
    }

    async fn a_ban_ends_at_its_time(db: TestDatabase) {
        let app = App::over(&db);
        let (ada, eve) = (admin(&app, EMAIL).await, person(&app, EVE).await);
        let until = Timestamp::now();
        banish(&db, &by(&ada), eve.id, Some(until)).await.unwrap();
        assert_eq!(app.me(&eve.session).await, StatusCode::UNAUTHORIZED);
        assert_eq!(app.sign_in(&[], EVE, PASSWORD).await.status, StatusCode::OK);
        banish(&db, &by(&ada), eve.id, None).await.unwrap();
        let refused = app.sign_in(&[], EVE, PASSWORD).await;
        assert!(refused.body["detail"].as_str().unwrap().contains("for good"), "{refused:?}");
    }

    async fn nobody_takes_their_own_rights_or_the_last_admins(db: TestDatabase) {
        let app = App::over(&db);
        let (ada, eve) = (admin(&app, EMAIL).await, person(&app, EVE).await);
        for role in [Role::User, Role::Moderator] {
            let refused = give(&db, &by(&ada), ada.id, role).await;
            assert_eq!(declared(refused), ManageError::Yourself);
            let refused = give(&db, &Actor::operator(), ada.id, role).await;
            assert_eq!(declared(refused), ManageError::LastAdmin);
        }
        assert_eq!(declared(banish(&db, &by(&ada), ada.id, None).await), ManageError::Yourself);
        let refused = banish(&db, &Actor::operator(), ada.id, None).await;
        assert_eq!(declared(refused), ManageError::LastAdmin);
        // An admin who is banned is none to rely on.
        give(&db, &by(&ada), eve.id, Role::Admin).await.unwrap();
        banish(&db, &by(&ada), eve.id, None).await.unwrap();
        let refused = give(&db, &Actor::operator(), ada.id, Role::User).await;
        assert_eq!(declared(refused), ManageError::LastAdmin);
        give(&db, &by(&ada), ada.id, Role::Admin).await.unwrap();
        let nobody = UserId::new();
        let refused = give(&db, &by(&ada), nobody, Role::User).await;
        assert_eq!(declared(refused), ManageError::NotFound { id: nobody });
    }

    async fn two_admins_who_demote_each_other_at_a_time_leave_one(db: TestDatabase) {
        let app = App::over(&db);
        let (ada, eve) = (admin(&app, EMAIL).await, admin(&app, EVE).await);
        let (by_ada, by_eve) = (by(&ada), by(&eve));
        let (one, two) = tokio::join!(
            give(&db, &by_ada, eve.id, Role::User),
            give(&db, &by_eve, ada.id, Role::User),
        );
        assert_eq!([&one, &two].iter().filter(|done| done.is_ok()).count(), 1, "{one:?} {two:?}");
        // The other one had lost the right by then.
        let refused = if one.is_err() { one } else { two };
        let Err(Failure::Fault(fault)) = refused else { panic!("{refused:?}") };
        assert_eq!(fault.kind().code, "request.forbidden");
    }

    async fn who_is_no_admin_any_more_manages_nobody(db: TestDatabase) {
        let app = App::over(&db);
        let (ada, eve) = (admin(&app, EMAIL).await, person(&app, EVE).await);
        let refused = give(&db, &by(&eve), ada.id, Role::User).await;
        assert!(matches!(refused, Err(Failure::Fault(_))), "{refused:?}");
        let refused = banish(&db, &by(&eve), ada.id, None).await;
        assert!(matches!(refused, Err(Failure::Fault(_))), "{refused:?}");
    }

    async fn the_first_admin_is_made_by_whoever_runs_the_server(db: TestDatabase) {
        let app = App::over(&db);
        assert!(app.accounts.grant_admin(&EMAIL.parse().unwrap()).await.unwrap().is_none());
        person(&app, EMAIL).await;
        let granted = app.accounts.grant_admin(&"ADA@example.org".parse().unwrap()).await.unwrap();
        assert_eq!(granted.unwrap().role, Role::Admin);
        let last = app.acts(&db).await.pop().unwrap();
        assert_eq!((last.act.as_str(), last.actor), ("user.role_set", None));
        assert_eq!(last.detail.as_deref(), Some("user to admin"));
        // Again changes nothing and writes nothing.
        let before = app.acts(&db).await.len();
        app.accounts.grant_admin(&EMAIL.parse().unwrap()).await.unwrap().unwrap();
        assert_eq!(app.acts(&db).await.len(), before);
    }

    async fn an_address_is_changed_unless_somebody_has_it(db: TestDatabase) {
        let app = App::over(&db);
        let (ada, eve) = (person(&app, EMAIL).await, person(&app, EVE).await);
        let to = async |person: &Person, email: &str| {
            let changes = AccountChanges { email: Patch::Set(email.parse().unwrap()), name: Patch::Keep };
            transact(&db, async |tx| change(tx, &by(person), person.id, changes.clone()).await).await
        };
        assert_eq!(declared(to(&eve, "ADA@example.ORG").await), AccountError::EmailTaken);
        to(&ada, "Ada@Example.org").await.unwrap();
        to(&ada, "countess@example.org").await.unwrap();
        to(&eve, EMAIL).await.unwrap();
        let last = app.acts(&db).await.pop().unwrap();
        assert_eq!(last.act.as_str(), "account.changed");
        assert_eq!(last.detail.as_deref(), Some("address"), "the audit keeps no addresses");
        let me = app.by(&ada.session, "GET", "me", None).await;
        assert_eq!(me.body["email"], "countess@example.org");
        assert_eq!(app.sign_in(&[], "countess@example.org", PASSWORD).await.status, StatusCode::OK);
    }
}

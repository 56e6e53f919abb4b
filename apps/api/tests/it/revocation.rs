//! A right that is lost is lost at the next request, also on another server: two processes on one database.

use serde_json::{Value, json};
use testing::wire::{Answer, Request};

use crate::process::{Server, api};

/// Somebody with an account and a session.
struct Person {
    id: String,
    session: String,
}

/// What a caller shows.
#[derive(Clone, Copy)]
enum By<'a> {
    Nobody,
    Session(&'a str),
    Token(&'a str),
}

async fn send(server: &Server, by: By<'_>, method: &str, path: &str, body: Value) -> Answer {
    let credential = match by {
        By::Nobody => "x-nobody: yes".to_owned(),
        By::Session(id) => format!("cookie: session={id}"),
        By::Token(secret) => format!("authorization: Bearer {secret}"),
    };
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let headers = [credential.as_str(), "content-type: application/json"];
    let path = &format!("/api{path}");
    Request { method, path, headers: &headers, body: body.as_bytes() }.send(server.address).await
}

async fn sign_up(server: &Server, email: &str) -> Person {
    let body = json!({ "email": email, "password": "correct horse", "name": "Somebody" });
    let answer = send(server, By::Nobody, "POST", "/auth/sign-up", body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let id = answer.value()["id"].as_str().expect("an id").to_owned();
    Person { id, session: session_of(&answer) }
}

/// The session that an answer sets.
fn session_of(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie").and_then(|line| line.strip_prefix("session="));
    let id = cookie.and_then(|cookie| cookie.split(';').next());
    id.unwrap_or_else(|| panic!("no session: {}", answer.text())).to_owned()
}

async fn sign_in(server: &Server, email: &str, password: &str) -> Answer {
    let body = json!({ "email": email, "password": password });
    send(server, By::Nobody, "POST", "/auth/sign-in", body).await
}

/// What one server does is true on the other at the next request: each is asked before and after.
struct Pair {
    one: Server,
    two: Server,
}

impl Pair {
    fn over(url: &str) -> Self {
        let start = |migrate: &str| {
            let mut command = api();
            command.env("DATABASE_URL", url).env("MIGRATE", migrate);
            Server::start(command)
        };
        Self { one: start("true"), two: start("false") }
    }

    /// Asks the second server for something that the caller may.
    async fn may(&self, by: By<'_>, path: &str) {
        let answer = send(&self.two, by, "GET", path, Value::Null).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    }

    /// Asks the second server for something that the caller may no more.
    async fn may_not(&self, by: By<'_>, path: &str, status: u16, code: &str) {
        send(&self.two, by, "GET", path, Value::Null).await.problem(status, code);
    }

    /// Does something on the first server.
    async fn does(&self, by: By<'_>, method: &str, path: &str, body: Value) -> Value {
        let answer = send(&self.one, by, method, path, body).await;
        assert!((200..300).contains(&answer.status), "{method} {path}: {}", answer.text());
        if answer.body.is_empty() { Value::Null } else { answer.value() }
    }
}

fn grant(url: &str, email: &str) {
    let mut command = api();
    let done = command.env("DATABASE_URL", url).args(["admin", "grant", email]).output();
    let done = done.expect("the command can be started");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert_eq!(said, format!("Somebody <{email}> is an admin\n"));
}

testing::on_both! {
    async fn a_right_that_is_lost_on_one_server_is_lost_on_the_other(db: TestDatabase) {
        let (url, eve) = (db.url(), "eve@example.org");
        let pair = Pair::over(&url);
        let admin = sign_up(&pair.one, "ada@example.org").await;
        let root = By::Session(&admin.session);
        pair.may_not(root, "/users", 403, "request.forbidden").await;
        grant(&url, "ada@example.org");
        pair.may(root, "/users").await;

        // A session is revoked.
        let person = sign_up(&pair.one, eve).await;
        let lost = session_of(&sign_in(&pair.two, eve, "correct horse").await);
        let (lost, kept) = (By::Session(&lost), By::Session(&person.session));
        pair.may(lost, "/tasks").await;
        pair.does(kept, "DELETE", "/auth/sessions", Value::Null).await;
        pair.may_not(lost, "/tasks", 401, "request.unauthenticated").await;
        pair.may(kept, "/tasks").await;

        // A token is revoked.
        let wanted = json!({ "name": "a service", "scopes": ["read"] });
        let made = pair.does(kept, "POST", "/auth/tokens", wanted.clone()).await;
        let token = By::Token(made["secret"].as_str().expect("a secret"));
        pair.may(token, "/tasks").await;
        let path = format!("/auth/tokens/{}", made["id"].as_str().expect("an id"));
        pair.does(kept, "DELETE", &path, Value::Null).await;
        pair.may_not(token, "/tasks", 401, "request.unauthenticated").await;

        // A role is lowered, of the person and so of their token.
        let made = pair.does(kept, "POST", "/auth/tokens", wanted).await;
        let token = By::Token(made["secret"].as_str().expect("a secret"));
        let path = format!("/users/{}/role", person.id);
        pair.does(root, "PUT", &path, json!({ "role": "admin" })).await;
        pair.may(kept, "/users").await;
        pair.may(token, "/users").await;
        pair.does(root, "PUT", &path, json!({ "role": "moderator" })).await;
        pair.may_not(kept, "/users", 403, "request.forbidden").await;
        pair.may_not(token, "/users", 403, "request.forbidden").await;

        // Somebody is banned, and the ban is lifted.
        let path = format!("/users/{}/ban", person.id);
        pair.does(root, "PUT", &path, json!({ "reason": "spam" })).await;
        pair.may_not(kept, "/tasks", 403, "auth.banned").await;
        pair.may_not(token, "/tasks", 403, "auth.banned").await;
        sign_in(&pair.two, eve, "correct horse").await.problem(403, "auth.banned");
        pair.does(root, "DELETE", &path, Value::Null).await;
        pair.may_not(kept, "/tasks", 401, "request.unauthenticated").await;
        pair.may(token, "/tasks").await;

        // A password is changed.
        let back = session_of(&sign_in(&pair.two, eve, "correct horse").await);
        let other = session_of(&sign_in(&pair.one, eve, "correct horse").await);
        pair.may(By::Session(&back), "/tasks").await;
        let change = json!({ "current": "correct horse", "new": "another horse" });
        pair.does(By::Session(&other), "POST", "/auth/password", change).await;
        pair.may_not(By::Session(&back), "/tasks", 401, "request.unauthenticated").await;
        pair.may(By::Session(&other), "/tasks").await;
    }

    async fn attempts_on_one_server_make_those_on_the_other_wait(db: TestDatabase) {
        let pair = Pair::over(&db.url());
        sign_up(&pair.one, "ada@example.org").await;
        for _ in 0..6 {
            let wrong = sign_in(&pair.one, "nobody@example.org", "a wrong horse").await;
            assert_eq!(wrong.status, 401, "{}", wrong.text());
        }
        let refused = sign_in(&pair.two, "nobody@example.org", "a wrong horse").await;
        let problem = refused.problem(429, "auth.too_many_attempts");
        assert_eq!(refused.header("retry-after"), Some("1"));
        assert_eq!(problem["retry_after"], 1);
        // Another account is not concerned.
        assert_eq!(sign_in(&pair.two, "ada@example.org", "correct horse").await.status, 200);
    }

    async fn an_admin_needs_an_account(db: TestDatabase) {
        let mut command = api();
        let command = command.env("DATABASE_URL", db.url()).args(["admin", "grant", "nobody@example.org"]);
        let done = command.output().expect("the command can be started");
        let text = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(1));
        assert!(text.contains("no account under nobody@example.org: sign up first"), "{text}");
    }
}

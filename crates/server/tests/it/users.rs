//! People over HTTP: admins who manage them, profiles, and rights that are lost at the next request.

use serde_json::{Value, json};

use crate::serving::{Person, Server};

async fn emails(server: &Server, admin: &Person, query: &str) -> Vec<String> {
    let page = server.json(admin, "GET", &format!("/api/users?{query}"), Value::Null).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let items = page.value()["items"].as_array().expect("items").clone();
    items.iter().map(|item| item["email"].as_str().expect("an address").to_owned()).collect()
}

async fn rename(server: &Server, person: &Person, change: Value) {
    let done = server.json(person, "PATCH", "/api/users/me", change).await;
    assert_eq!(done.status, 200, "{}", done.text());
}

pub async fn people_are_listed_searched_and_filtered(server: &Server) {
    let (admin, ada, bob) = (server.admin().await, server.sign_up().await, server.sign_up().await);
    rename(server, &admin, json!({ "name": "Root" })).await;
    rename(server, &ada, json!({ "name": "Ada Lovelace", "email": "countess@example.org" })).await;
    rename(server, &bob, json!({ "name": "100% Bob" })).await;
    assert_eq!(
        emails(server, &admin, "").await,
        [bob.email.as_str(), "countess@example.org", &admin.email]
    );
    assert_eq!(emails(server, &admin, "text=LOVELACE").await, ["countess@example.org"]);
    assert_eq!(emails(server, &admin, "text=Countess").await, ["countess@example.org"]);
    assert_eq!(emails(server, &admin, "text=100%25").await, [bob.email.as_str()]);
    assert_eq!(emails(server, &admin, "text=_%25").await, Vec::<String>::new());
    assert_eq!(emails(server, &admin, "role=admin").await, [admin.email.as_str()]);
    assert_eq!(emails(server, &admin, "role=user&text=countess").await, ["countess@example.org"]);
    let path = format!("/api/users/{}/ban", bob.id);
    server.json(&admin, "PUT", &path, json!({ "reason": "spam" })).await;
    assert_eq!(emails(server, &admin, "banned=true").await, [bob.email.as_str()]);
    assert_eq!(emails(server, &admin, "banned=false").await.len(), 2);

    let (mut seen, mut query) = (Vec::new(), "limit=1".to_owned());
    loop {
        let page = server.json(&admin, "GET", &format!("/api/users?{query}"), Value::Null).await;
        let page = page.value();
        seen.extend(page["items"].as_array().expect("items").iter().map(|user| user["id"].clone()));
        let Some(next) = page["next"].as_str() else { break };
        // Who comes meanwhile is newer than all pages to come.
        server.sign_up().await;
        query = format!("limit=1&cursor={next}");
    }
    assert_eq!(seen, [json!(bob.id), json!(ada.id), json!(admin.id)]);
    server
        .json(&admin, "GET", "/api/users?role=guest", Value::Null)
        .await
        .problem(422, "request.invalid");
}

pub async fn a_profile_shows_nothing_private(server: &Server) {
    let (ada, bob) = (server.sign_up().await, server.sign_up().await);
    rename(server, &ada, json!({ "bio": "Writes programs" })).await;
    let path = format!("/api/users/{}/profile", ada.id);
    for session in [None, Some(bob.session.as_str())] {
        let seen = server.send("GET", &path, session, None, None, &[]).await;
        let value = seen.value();
        let mut members: Vec<&String> = value.as_object().expect("an object").keys().collect();
        members.sort();
        assert_eq!(members, ["bio", "created_at", "id", "name"]);
        assert_eq!(value["bio"], "Writes programs");
    }
    let nobody = format!("/api/users/{}/profile", uuid::Uuid::now_v7());
    server.send("GET", &nobody, None, None, None, &[]).await.problem(404, "user.not_found");
}

pub async fn ones_own_profile_keeps_what_an_update_does_not_name(server: &Server) {
    let (ada, bob) = (server.sign_up().await, server.sign_up().await);
    rename(server, &ada, json!({ "bio": "Writes programs", "name": "Ada Lovelace" })).await;
    rename(server, &ada, json!({ "name": "Ada King" })).await;
    let me = server.json(&ada, "GET", "/api/users/me", Value::Null).await.value();
    assert_eq!((&me["name"], &me["bio"]), (&json!("Ada King"), &json!("Writes programs")));
    rename(server, &ada, json!({ "bio": null })).await;
    let me = server.json(&ada, "GET", "/api/users/me", Value::Null).await.value();
    assert_eq!(me["bio"], Value::Null);

    // Nobody makes themselves an admin.
    for body in [json!({ "role": "admin" }), json!({ "name": "Ada King", "role": "admin" })] {
        server.json(&ada, "PATCH", "/api/users/me", body).await;
    }
    let body = json!({ "email": "eve@example.org", "password": "correct horse", "name": "Eve", "role": "admin" });
    let eve = server
        .send(
            "POST",
            "/api/auth/sign-up",
            None,
            Some("application/json"),
            Some(body.to_string()),
            &[],
        )
        .await;
    assert!(eve.status == 422 || eve.value()["role"] == "user", "{}", eve.text());
    server.json(&ada, "GET", "/api/users", Value::Null).await.problem(403, "request.forbidden");

    let taken = json!({ "email": bob.email.to_uppercase(), "bio": "not kept" });
    let refused = server.json(&ada, "PATCH", "/api/users/me", taken).await;
    refused.problem(409, "auth.email_taken");
    let me = server.json(&ada, "GET", "/api/users/me", Value::Null).await.value();
    assert_eq!((&me["email"], &me["bio"]), (&json!(ada.email), &Value::Null), "all or nothing");
    let nulled = server.json(&ada, "PATCH", "/api/users/me", json!({ "email": null })).await;
    assert_eq!(nulled.violations(), ["body /email type"]);
}

pub async fn admins_set_roles_and_bans_and_keep_one_admin(server: &Server) {
    let (admin, ada) = (server.admin().await, server.sign_up().await);
    let role = async |by: &Person, of: &Person, role: &str| {
        let path = format!("/api/users/{}/role", of.id);
        server.json(by, "PUT", &path, json!({ "role": role })).await
    };
    role(&admin, &admin, "user").await.problem(409, "user.yourself");
    let made = role(&admin, &ada, "admin").await;
    assert_eq!((made.status, &made.value()["role"]), (200, &json!("admin")));
    assert_eq!(role(&ada, &admin, "user").await.status, 200);
    role(&admin, &ada, "user").await.problem(403, "request.forbidden");
    role(&ada, &ada, "moderator").await.problem(409, "user.yourself");

    let path = format!("/api/users/{}/ban", admin.id);
    let until = "2999-01-01T00:00:00.000000Z";
    let body = json!({ "reason": "spam", "until": until });
    let banned = server.json(&ada, "PUT", &path, body).await;
    let ban = banned.value()["ban"].clone();
    assert_eq!((&ban["reason"], &ban["until"]), (&json!("spam"), &json!(until)));
    let refused = server.json(&admin, "GET", "/api/tasks", Value::Null).await;
    let problem = refused.problem(403, "auth.banned");
    assert!(problem["detail"].as_str().expect("a detail").contains("spam"), "{problem}");
    let past = json!({ "reason": "spam", "until": "2001-01-01T00:00:00Z" });
    let refused = server.json(&ada, "PUT", &path, past).await;
    assert_eq!(refused.violations(), ["body /until custom"]);
    let lifted = server.json(&ada, "DELETE", &path, Value::Null).await;
    assert_eq!((lifted.status, &lifted.value()["ban"]), (200, &Value::Null));
    let refused = server.json(&admin, "GET", "/api/tasks", Value::Null).await;
    refused.problem(401, "request.unauthenticated");
}

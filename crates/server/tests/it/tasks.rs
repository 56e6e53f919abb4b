//! Tasks over HTTP: what the walk cannot know.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    serving::{Person, Server},
    walk::body,
};

async fn create(server: &Server, person: &Person, title: &str) -> Value {
    let body = body(server, "tasks.create", person, json!({ "title": title })).await;
    let made = server.json(person, "POST", "/api/tasks", body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.value()
}

async fn titles(server: &Server, person: &Person, query: &str) -> Vec<String> {
    let page = server.json(person, "GET", &format!("/api/tasks?{query}"), Value::Null).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let items = page.value()["items"].as_array().expect("items").clone();
    items.iter().map(|item| item["title"].as_str().expect("a title").to_owned()).collect()
}

pub async fn a_list_is_the_owners_own_newest_first_without_descriptions(server: &Server) {
    let (ada, bob) = (server.sign_up().await, server.sign_up().await);
    for title in ["one", "two", "three"] {
        create(server, &ada, title).await;
    }
    create(server, &bob, "of bob").await;
    assert_eq!(titles(server, &ada, "").await, ["three", "two", "one"]);
    assert_eq!(titles(server, &bob, "").await, ["of bob"]);
    let page = server.json(&ada, "GET", "/api/tasks", Value::Null).await.value();
    assert!(page["items"][0].get("description").is_none() && page.get("next").is_none(), "{page}");
}

pub async fn pages_hold_each_row_once(server: &Server) {
    let ada = server.sign_up().await;
    for number in 0..7 {
        create(server, &ada, &format!("task {number}")).await;
    }
    let (mut seen, mut query) = (Vec::new(), "limit=3".to_owned());
    loop {
        let page =
            server.json(&ada, "GET", &format!("/api/tasks?{query}"), Value::Null).await.value();
        let items = page["items"].as_array().expect("items");
        seen.extend(items.iter().map(|item| item["title"].as_str().expect("a title").to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        // A row that is made meanwhile is newer than all pages to come.
        create(server, &ada, "meanwhile").await;
        query = format!("limit=3&cursor={next}");
    }
    assert_eq!(seen, (0..7).rev().map(|number| format!("task {number}")).collect::<Vec<_>>());
    let page = server.json(&ada, "GET", "/api/tasks?limit=2", Value::Null).await.value();
    let next = page["next"].as_str().expect("more");
    let other = server
        .json(&ada, "GET", &format!("/api/tasks?completed=true&cursor={next}"), Value::Null)
        .await;
    other.problem(400, "request.malformed_cursor");
    server
        .json(&ada, "GET", "/api/tasks?cursor=x", Value::Null)
        .await
        .problem(400, "request.malformed_cursor");
    assert_eq!(titles(server, &ada, "limit=1000000").await.len(), 9);
}

pub async fn lists_are_filtered(server: &Server) {
    let ada = server.sign_up().await;
    let milk = create(server, &ada, "Buy MILK").await;
    create(server, &ada, "100% sure").await;
    create(server, &ada, "100 reasons").await;
    let path = format!("/api/tasks/{}", milk["id"].as_str().expect("an id"));
    assert_eq!(server.json(&ada, "PATCH", &path, json!({ "completed": true })).await.status, 200);
    assert_eq!(titles(server, &ada, "completed=true").await, ["Buy MILK"]);
    assert_eq!(titles(server, &ada, "completed=false&text=sure").await, ["100% sure"]);
    assert_eq!(titles(server, &ada, "text=milk").await, ["Buy MILK"]);
    assert_eq!(titles(server, &ada, "text=100%25").await, ["100% sure"]);
    assert_eq!(titles(server, &ada, "text=_").await, Vec::<String>::new());
}

pub async fn the_same_create_again_makes_no_second_task(server: &Server) {
    let (ada, bob) = (server.sign_up().await, server.sign_up().await);
    let id = Uuid::now_v7();
    let task = json!({ "id": id, "title": "once", "description": "only" });
    let first = server.json(&ada, "POST", "/api/tasks", task.clone()).await;
    assert_eq!(
        (first.status, first.header("location")),
        (201, Some(format!("/api/tasks/{id}").as_str()))
    );
    let again = server.json(&ada, "POST", "/api/tasks", task.clone()).await;
    assert_eq!((again.status, again.value()), (200, first.value()));
    assert_eq!(titles(server, &ada, "").await, ["once"]);
    let other = json!({ "id": id, "title": "twice" });
    server.json(&ada, "POST", "/api/tasks", other.clone()).await.problem(409, "task.id_taken");
    // Another owner learns that the id is in use, and nothing of the row: the very same create is refused as any other.
    for body in [task, other] {
        let refused =
            server.json(&bob, "POST", "/api/tasks", body).await.problem(409, "task.id_taken");
        assert!(!refused.to_string().contains("once"), "{refused}");
    }
}

pub async fn put_makes_or_replaces(server: &Server) {
    let (ada, bob) = (server.sign_up().await, server.sign_up().await);
    let id = Uuid::now_v7();
    let path = format!("/api/tasks/{id}");
    let task = json!({ "title": "put", "completed": false });
    let made = server.json(&ada, "PUT", &path, task.clone()).await;
    assert_eq!(
        (made.status, made.header("location"), &made.value()["version"]),
        (201, Some(path.as_str()), &json!(1))
    );
    let replaced = server
        .json(
            &ada,
            "PUT",
            &path,
            json!({ "title": "again", "completed": true, "description": "d" }),
        )
        .await;
    assert_eq!(
        (replaced.status, &replaced.value()["version"], &replaced.value()["description"]),
        (200, &json!(2), &json!("d"))
    );
    assert_eq!(replaced.value()["created_at"], made.value()["created_at"]);
    server.json(&bob, "PUT", &path, task).await.problem(404, "task.not_found");
    assert_eq!(server.json(&ada, "GET", &path, Value::Null).await.value(), replaced.value());
}

pub async fn an_update_keeps_what_it_does_not_name(server: &Server) {
    let ada = server.sign_up().await;
    let made = server
        .json(&ada, "POST", "/api/tasks", json!({ "title": "t", "description": "d" }))
        .await
        .value();
    let path = format!("/api/tasks/{}", made["id"].as_str().expect("an id"));
    let change = async |body: Value| server.json(&ada, "PATCH", &path, body).await.value();
    let done = change(json!({ "completed": true })).await;
    assert_eq!(
        (&done["title"], &done["description"], &done["version"]),
        (&json!("t"), &json!("d"), &json!(2))
    );
    assert!(done["updated_at"].as_str() > made["updated_at"].as_str());
    let cleared = change(json!({ "description": null, "title": "u" })).await;
    assert_eq!(
        (&cleared["title"], &cleared["description"], &cleared["version"]),
        (&json!("u"), &Value::Null, &json!(3))
    );
    assert_eq!(
        server.json(&ada, "PATCH", &path, json!({ "title": null })).await.violations(),
        ["body /title type"]
    );
    assert_eq!(server.json(&ada, "DELETE", &path, Value::Null).await.status, 204);
    server.json(&ada, "DELETE", &path, Value::Null).await.problem(404, "task.not_found");
    server.json(&ada, "PATCH", &path, json!({})).await.problem(404, "task.not_found");
}

pub async fn concurrent_updates_all_count(server: &Server) {
    let ada = server.sign_up().await;
    let made = create(server, &ada, "busy").await;
    let path = format!("/api/tasks/{}", made["id"].as_str().expect("an id"));
    let change = |number: u32| {
        let (path, ada) = (&path, &ada);
        async move {
            server
                .json(ada, "PATCH", path, json!({ "title": format!("busy {number}") }))
                .await
                .status
        }
    };
    let statuses = futures_util::future::join_all((0..20).map(change)).await;
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    assert_eq!(server.json(&ada, "GET", &path, Value::Null).await.value()["version"], 21);
}

//! Flows over HTTP: what the walk cannot know.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    serving::{Person, Server},
    walk::body,
};

async fn create(server: &Server, person: &Person, title: &str, content: &str) -> Value {
    let with = json!({ "title": title, "content": content });
    let body = body(server, "flows.create", person, with).await;
    let made = server.json(person, "POST", "/api/flows", body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.value()
}

async fn titles(server: &Server, person: &Person, query: &str) -> Vec<String> {
    let page = server.json(person, "GET", &format!("/api/flows?{query}"), Value::Null).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let items = page.value()["items"].as_array().expect("items").clone();
    items.iter().map(|item| item["title"].as_str().expect("a title").to_owned()).collect()
}

pub async fn a_list_of_flows_is_the_owners_own_newest_first(server: &Server) {
    let (ada, bob) = (server.sign_up().await, server.sign_up().await);
    for title in ["one", "two", "three"] {
        create(server, &ada, title, "content").await;
    }
    create(server, &bob, "of bob", "content").await;
    assert_eq!(titles(server, &ada, "").await, ["three", "two", "one"]);
    let first = server.json(&ada, "GET", "/api/flows?limit=2", Value::Null).await.value();
    assert!(first["items"][0].get("content").is_none(), "{first}");
    let next = first["next"].as_str().expect("more");
    assert_eq!(titles(server, &ada, &format!("limit=2&cursor={next}")).await, ["one"]);
    let other = format!("/api/flows?text=one&cursor={next}");
    let refused = server.json(&ada, "GET", &other, Value::Null).await;
    refused.problem(400, "request.malformed_cursor");
}

pub async fn flows_are_found_by_title_and_content(server: &Server) {
    let ada = server.sign_up().await;
    create(server, &ada, "Morning", "COFFEE first").await;
    create(server, &ada, "Coffee break", "at ten").await;
    create(server, &ada, "Evening", "100% tea").await;
    assert_eq!(titles(server, &ada, "text=coffee").await, ["Coffee break", "Morning"]);
    assert_eq!(titles(server, &ada, "text=0%25+t").await, ["Evening"]);
    assert_eq!(titles(server, &ada, "text=_").await, Vec::<String>::new());
}

pub async fn a_flow_is_its_owners_from_create_to_delete(server: &Server) {
    let (ada, bob) = (server.sign_up().await, server.sign_up().await);
    let flow = json!({ "id": Uuid::now_v7(), "title": "once", "content": "only" .repeat(2) });
    let first = server.json(&ada, "POST", "/api/flows", flow.clone()).await;
    let again = server.json(&ada, "POST", "/api/flows", flow.clone()).await;
    assert_eq!((first.status, again.status), (201, 200));
    assert_eq!(first.value(), again.value());
    server.json(&bob, "POST", "/api/flows", flow).await.problem(409, "flow.id_taken");
    let path = format!("/api/flows/{}", first.value()["id"].as_str().expect("an id"));
    for (method, body) in [("GET", Value::Null), ("PATCH", json!({})), ("DELETE", Value::Null)] {
        server.json(&bob, method, &path, body).await.problem(404, "flow.not_found");
    }
    let changed = server.json(&ada, "PATCH", &path, json!({ "content": "another" })).await.value();
    assert_eq!(
        (&changed["title"], &changed["content"], &changed["version"]),
        (&json!("once"), &json!("another"), &json!(2))
    );
    let both = json!({ "title": "no", "content": null });
    let refused = server.json(&ada, "PATCH", &path, both).await;
    refused.problem(422, "request.invalid");
    assert_eq!(server.json(&ada, "DELETE", &path, Value::Null).await.status, 204);
    server.json(&ada, "GET", &path, Value::Null).await.problem(404, "flow.not_found");
}

pub async fn limits_of_flows_are_inclusive(server: &Server) {
    let ada = server.sign_up().await;
    for (title, content, status) in
        [(3, 5, 201), (256, 512, 201), (2, 5, 422), (257, 5, 422), (3, 4, 422), (3, 513, 422)]
    {
        let body = json!({ "title": "ü".repeat(title), "content": "ü".repeat(content) });
        let answer = server.json(&ada, "POST", "/api/flows", body).await;
        assert_eq!(answer.status, status, "{title} {content}: {}", answer.text());
    }
}

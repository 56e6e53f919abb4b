//! Whatever is wrong with a request, the answer is the one envelope and says where.

use serde_json::json;

use crate::server::Server;

const ID: &str = "019339e9-8f6a-7c3e-9b1d-2f4a6c8e0b12";
const KNOWN: &str = "authorization: Bearer known:ada";
const JSON: &str = "content-type: application/json";

fn gadget(id: &str) -> String {
    format!("/api/gadgets/{id}")
}

fn whole() -> String {
    json!({"name": "Lamp", "condition": "brand-new", "serial": "9007199254740993", "labels": []})
        .to_string()
}

#[tokio::test]
async fn unknown_routes_and_methods() {
    let server = Server::start().await;
    server.get("/nowhere").await.problem(404, "request.not_found");
    server.get("/api/gadgets/").await.problem(404, "request.not_found");
    let answer = server.send("PATCH", "/api/gadgets", &[], b"").await;
    answer.problem(405, "request.method_not_allowed");
    assert_eq!(answer.header("allow"), Some("GET, HEAD, OPTIONS"));
    let answer = server.send("OPTIONS", &gadget(ID), &[], b"").await;
    assert_eq!(
        (answer.status, answer.header("allow")),
        (204, Some("GET, HEAD, PUT, PATCH, DELETE, OPTIONS"))
    );
    server.send("BREW", &gadget(ID), &[], b"").await.problem(405, "request.method_not_allowed");
}

#[tokio::test]
async fn head_answers_as_get_without_a_body() {
    let server = Server::start().await;
    let get = server.get("/api/gadgets").await;
    let head = server.send("HEAD", "/api/gadgets", &[], b"").await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), get.header("content-length"));
    let head = server.send("HEAD", &gadget(ID), &[], b"").await;
    assert_eq!((head.status, head.body.len()), (404, 0));
}

#[tokio::test]
async fn broken_urls() {
    let server = Server::start().await;
    for path in [
        "/api/gadgets/%",
        "/api/gadgets/%zz",
        "/api/gadgets/%FF",
        "/api/gadgets?name=%",
        "/api/gadgets?name=%C3",
    ] {
        server.get(path).await.problem(400, "request.malformed_url");
    }
}

#[tokio::test]
async fn all_bad_parameters_at_once() {
    let server = Server::start().await;
    let path =
        "/api/gadgets?condition=worn&condition=new&name=&seen_after=today&weight=10&limit=x&name=b";
    let found = server.get(path).await.violations();
    assert_eq!(
        found,
        [
            "query /condition type",
            "query /name type",
            "query /seen_after type",
            "query /limit type"
        ]
    );
    let found = server.get("/api/gadgets?name=%00&weight=10&limit=0").await.violations();
    assert_eq!(found, ["query /name nul", "query /weight range", "query /limit range"]);
    assert_eq!(server.get("/api/gadgets/seven").await.violations(), ["path /id type"]);
    server.get("/api/gadgets?cursor=nonsense").await.problem(400, "request.malformed_cursor");
}

#[tokio::test]
async fn identity_comes_before_everything_else() {
    let server = Server::start().await;
    let answer = server.send("PUT", &gadget("seven"), &[], b"{").await;
    answer.problem(401, "request.unauthenticated");
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    server.send("DELETE", &gadget("seven"), &[KNOWN], b"").await.problem(403, "request.forbidden");
}

#[tokio::test]
async fn bodies_that_are_no_json() {
    let server = Server::start().await;
    let put =
        async |headers: &[&str], body: &[u8]| server.send("PUT", &gadget(ID), headers, body).await;
    put(&[KNOWN], whole().as_bytes()).await.problem(415, "request.unsupported_media_type");
    put(&[KNOWN, "content-type: text/plain"], whole().as_bytes())
        .await
        .problem(415, "request.unsupported_media_type");
    for body in [
        &b""[..],
        b"{",
        b"{}{}",
        b"{\"name\":\"\xff\"}",
        br#"{"name":"a","name":"b"}"#,
        br#"{"x":{"y":1,"y":2}}"#,
    ] {
        put(&[KNOWN, JSON], body).await.problem(400, "request.malformed_json");
    }
    put(&[KNOWN, JSON], &[b' '; 5000]).await.problem(413, "request.too_large");
    let chunked = format!(
        "PUT {} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{KNOWN}\r\n{JSON}\r\ntransfer-encoding: chunked\r\n\r\n",
        gadget(ID)
    );
    let mut body = chunked.clone().into_bytes();
    body.extend(b"1388\r\n");
    body.extend([b' '; 5000]);
    body.extend(b"\r\n0\r\n\r\n");
    server.raw(body).await.problem(413, "request.too_large");
    // The body never arrives.
    server.raw(chunked).await.problem(408, "request.timeout");
}

#[tokio::test]
async fn bodies_that_do_not_fit() {
    let server = Server::start().await;
    let put = async |body: serde_json::Value| {
        server.json("PUT", &gadget(ID), &body.to_string()).await.violations()
    };
    assert_eq!(put(json!({})).await, ["body /name required"]);
    assert_eq!(put(json!([])).await.len(), 1);
    let odd = json!({"name": "Lamp", "condition": "shiny", "serial": "1", "labels": []});
    assert_eq!(put(odd).await, ["body /condition unknown_variant"]);
    let odd = json!({"name": "Lamp", "condition": "worn", "serial": "1", "labels": ["a", 7]});
    assert_eq!(put(odd).await, ["body /labels/1 type"]);
    let odd = json!({"name": "", "condition": "worn", "serial": "1", "labels": ["a", "x".repeat(21), "b", "\0"], "parts": {}});
    let all = [
        "body /name too_short",
        "body /labels/1 too_long",
        "body /labels/3 nul",
        "body /labels length",
    ];
    let mut found = put(odd).await;
    let mut all = all.map(str::to_owned).to_vec();
    found.sort();
    all.sort();
    assert_eq!(found, all);
    let answer = server.json("PUT", "/api/gadgets/seven?dry_run=perhaps", r#"{"name":7}"#).await;
    assert_eq!(answer.violations(), ["path /id type", "query /dry_run type", "body /name type"]);
    let answer = server
        .send("PUT", &gadget(ID), &[KNOWN, JSON, "if-serial: many"], whole().as_bytes())
        .await;
    assert_eq!(answer.violations(), ["header /if-serial type"]);
}

#[tokio::test]
async fn nested_bodies_are_checked_where_they_are() {
    let server = Server::start().await;
    let import = async |body: serde_json::Value| {
        server.json("POST", "/api/gadgets/import", &body.to_string()).await.violations()
    };
    assert_eq!(import(json!([])).await, ["body  length"]);
    let items = json!([{"name": "ok", "serial": "1"}, {"name": "", "serial": "2"}]);
    assert_eq!(import(items).await, ["body /1/name too_short"]);
    assert_eq!(import(json!([{"name": "ok"}])).await, ["body /0/serial required"]);
    let happen = async |body: serde_json::Value| {
        server
            .json("POST", &format!("{}/happenings", gadget(ID)), &body.to_string())
            .await
            .violations()
    };
    assert_eq!(happen(json!({"kind": "fell", "meters": 0})).await, ["body /meters range"]);
    assert_eq!(happen(json!({"kind": "renamed", "name": ""})).await, ["body /name too_short"]);
    assert_eq!(happen(json!({"kind": "flew"})).await.len(), 1);
    let update = async |body: serde_json::Value| {
        server.json("PATCH", &gadget(ID), &body.to_string()).await.violations()
    };
    assert_eq!(update(json!({"name": null})).await, ["body /name type"]);
    assert_eq!(
        update(json!({"note": "too long", "name": ""})).await,
        ["body /name too_short", "body /note length"]
    );
}

#[tokio::test]
async fn a_panic_says_nothing() {
    let server = Server::start().await;
    let answer = server.json("POST", "/api/gadgets/panic", "").await;
    let problem = answer.problem(500, "request.internal");
    assert!(!problem.to_string().contains("secret"), "{problem}");
}

#[tokio::test]
async fn writes_from_another_site_are_refused() {
    let server = Server::start().await;
    let put =
        async |headers: &[&str]| server.send("PUT", &gadget(ID), headers, whole().as_bytes()).await;
    put(&[JSON, "cookie: session=x", "sec-fetch-site: cross-site"])
        .await
        .problem(403, "request.cross_site");
    put(&[JSON, "cookie: session=x", "origin: https://evil.example"])
        .await
        .problem(403, "request.cross_site");
    put(&[JSON, "cookie: session=x", "sec-fetch-site: same-origin"])
        .await
        .problem(401, "request.unauthenticated");
    // A read is not refused, even when it is a POST.
    let headers = [JSON, "origin: https://evil.example", "cookie: session=x"];
    assert_eq!(
        server.send("POST", "/api/gadgets/search", &headers, br#"{"names":[]}"#).await.status,
        200
    );
}

#[tokio::test]
async fn declared_errors_carry_their_fields() {
    let server = Server::start().await;
    let problem = server.get(&gadget(ID)).await.problem(404, "gadget.not_found");
    assert_eq!(
        (&problem["id"], &problem["detail"]),
        (&json!(ID), &json!(format!("no gadget {ID}")))
    );
    assert_eq!(problem["title"], "There is no such gadget.");
    assert_eq!(server.json("PUT", &gadget(ID), &whole()).await.status, 201);
    let answer =
        server.send("PUT", &gadget(ID), &[KNOWN, JSON, "if-serial: 1"], whole().as_bytes()).await;
    assert_eq!(answer.problem(409, "gadget.stale")["current"], "9007199254740993");
    let other = gadget("019339e9-8f6a-7c3e-9b1d-2f4a6c8e0b13");
    assert_eq!(
        server.json("PUT", &other, &whole()).await.problem(409, "gadget.name_taken")["by"],
        ID
    );
}

#[tokio::test]
async fn the_request_id_is_the_callers_when_it_is_plain() {
    let server = Server::start().await;
    let answer = server.send("GET", "/api/gadgets", &["x-request-id: trace-7.a_b"], b"").await;
    assert_eq!(answer.header("x-request-id"), Some("trace-7.a_b"));
    let answer = server.send("GET", "/api/gadgets", &["x-request-id: <script>"], b"").await;
    assert!(answer.header("x-request-id").is_some_and(|id| id.len() == 36));
}

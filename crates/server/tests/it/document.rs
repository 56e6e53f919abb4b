//! The document and Swagger UI over it, as the server serves them.

use crate::serving::Server;

pub async fn the_document_is_served_with_swagger_ui(server: &Server) {
    let get = async |path: &str| server.send("GET", path, None, None, None, &[]).await;
    let document = get("/openapi.json").await;
    assert_eq!((document.status, document.header("content-type")), (200, Some("application/json")));
    // What is served is what is committed: `cargo xtask generate` writes the one, the server makes the other.
    let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi/openapi.json");
    assert_eq!(document.text(), std::fs::read_to_string(committed).unwrap());

    assert_eq!(
        (get("/docs").await.status, get("/docs").await.header("location").map(str::to_owned)),
        (308, Some("/docs/".into()))
    );
    // Whoever opens the server's address in a browser lands on what it can do.
    assert_eq!(get("/").await.header("location"), Some("/docs/"));
    let page = get("/docs/").await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html")));
    for file in page.text().split(['"', '\'']).filter_map(|part| part.strip_prefix("./")) {
        let answer = get(&format!("/docs/{file}")).await;
        assert_eq!(answer.status, 200, "the page asks for {file}");
    }
    assert!(get("/docs/swagger-initializer.js").await.text().contains("/openapi.json"));
    assert_eq!(get("/docs/no-such-file.js").await.status, 404);
    assert_eq!(get("/docs/..%2f..%2fetc%2fpasswd").await.status, 404);
}

//! A server that is told to stop ends in good order, and what it has logged holds no secrets.

use serde_json::json;
use testing::wire::Request;

use crate::process::{Server, api};

testing::on_both! {
    async fn a_server_that_is_told_to_stop_ends_in_good_order_and_kept_secrets(db: TestDatabase) {
        let mut command = api();
        command.env("DATABASE_URL", db.url()).env("MIGRATE", "true");
        let mut server = Server::start(command);
        let (email, password) = ("ada@example.org", "correct horse");
        let body = json!({ "email": email, "password": password, "name": "Ada" }).to_string();
        let headers = ["content-type: application/json"];
        for (path, status) in [("/api/auth/sign-up", 200), ("/api/auth/sign-in", 200), ("/api/tasks", 401)] {
            let request = Request { method: "POST", path, headers: &headers, body: body.as_bytes() };
            let answer = request.send(server.address).await;
            assert_eq!(answer.status, status, "{path}: {}", answer.text());
        }
        assert_eq!(server.stop(), Some(0));
        let log = server.log();
        let answered = log.iter().filter(|entry| entry["message"] == "answered").count();
        assert_eq!(answered, 3, "{log:#?}");
        let said = serde_json::to_string(&log).unwrap();
        assert!(!said.contains(password) && !said.contains(email), "{said}");
    }
}

//! One whole story: two processes, two people, from signing up to being refused.

use serde_json::json;

use crate::{
    process::{Server, api},
    terminal::Person,
};

testing::on_both! {
    async fn a_whole_story(db: TestDatabase) {
        let mut command = api();
        // The database is empty: the server brings it up to date itself.
        command.env("DATABASE_URL", db.url()).env("MIGRATE", "true");
        let mut server = Server::start(command);
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let ada = Person { server: &server, home: one.path() };
        let bob = Person { server: &server, home: two.path() };
        for (person, email) in [(&ada, "ada@example.org"), (&bob, "bob@example.org")] {
            person.json(&["sign-up", "--email", email, "--name", "Somebody", "--password-stdin"], "correct horse\n");
            assert_eq!(person.json(&["whoami"], "")["email"], email);
        }

        let task = ada.json(&["tasks", "add", "Buy milk", "--description", "two litres"], "");
        let id = task["id"].as_str().expect("an id").to_owned();
        let titles = |person: &Person<'_>| person.json(&["tasks", "list"], "")["items"].clone();
        assert_eq!(titles(&ada)[0]["title"], "Buy milk");
        let done = ada.json(&["tasks", "done", &id], "");
        assert_eq!((&done["completed"], &done["version"]), (&json!(true), &json!(2)));

        // The second person sees nothing of it and changes nothing.
        assert_eq!(titles(&bob), json!([]));
        assert_eq!(bob.refused(&["tasks", "show", &id]), "task.not_found");
        assert_eq!(bob.refused(&["tasks", "done", &id, "--undo"]), "task.not_found");
        assert_eq!(bob.refused(&["tasks", "rm", &id]), "task.not_found");
        assert_eq!(ada.json(&["tasks", "show", &id], "")["version"], 2);

        ada.json(&["tasks", "rm", &id], "");
        assert_eq!(titles(&ada), json!([]));
        ada.json(&["sign-out"], "");
        assert_eq!(ada.refused(&["tasks", "list"]), "request.unauthenticated");
        assert_eq!(titles(&bob), json!([]));

        let log = server.log();
        let answered = log.iter().filter(|entry| entry["message"] == "answered").count();
        assert!(answered >= 12, "{log:#?}");
        let said = serde_json::to_string(&log).unwrap();
        assert!(!said.contains("correct horse") && !said.contains(&id), "the log holds a password or an id");
        assert_eq!(server.stop(), Some(0));
    }

    async fn accounts_from_the_terminal(db: TestDatabase) {
        let mut command = api();
        command.env("DATABASE_URL", db.url()).env("MIGRATE", "true");
        let server = Server::start(command);
        let (one, two, three) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let ada = Person { server: &server, home: one.path() };
        let bob = Person { server: &server, home: two.path() };
        let elsewhere = Person { server: &server, home: three.path() };
        for (person, email) in [(&ada, "ada@example.org"), (&bob, "bob@example.org")] {
            person.json(&["sign-up", "--email", email, "--name", "Somebody", "--password-stdin"], "correct horse\n");
        }
        let sign_in = ["sign-in", "--email", "bob@example.org", "--password-stdin"];

        // Flows are one's own.
        let flow = bob.json(&["flows", "add", "Morning", "Coffee first"], "");
        let flow = flow["id"].as_str().expect("an id");
        assert_eq!(bob.json(&["flows", "edit", flow, "--title", "Evening"], "")["version"], 2);
        assert_eq!(bob.json(&["flows", "list", "--text", "coffee"], "")["items"][0]["title"], "Evening");
        assert_eq!(ada.refused(&["flows", "show", flow]), "flow.not_found");

        // The password ends the other session.
        elsewhere.json(&sign_in, "correct horse\n");
        bob.json(&["password", "--password-stdin"], "correct horse\nanother horse\n");
        assert_eq!(elsewhere.refused(&["whoami"]), "request.unauthenticated");
        elsewhere.json(&sign_in, "another horse\n");
        assert_eq!(bob.json(&["sessions", "list", "--all"], "")["items"].as_array().expect("items").len(), 2);
        bob.json(&["sessions", "revoke", "--others"], "");
        assert_eq!(elsewhere.refused(&["whoami"]), "request.unauthenticated");

        // A token for a service.
        let made = bob.json(&["tokens", "create", "export", "--scope", "read"], "");
        let token = made["id"].as_str().expect("an id");
        assert_eq!(bob.json(&["tokens", "list"], "")["items"][0]["id"], token);
        bob.json(&["tokens", "revoke", token], "");
        assert!(bob.json(&["tokens", "list"], "")["items"][0]["revoked_at"].is_string());

        // Profiles.
        bob.json(&["profile", "edit", "--name", "Bob", "--bio", "Builds things"], "");
        let id = bob.json(&["profile", "show"], "")["id"].clone();
        let id = id.as_str().expect("an id");
        let seen = ada.json(&["profile", "show", id], "");
        assert_eq!((&seen["bio"], seen.get("email")), (&json!("Builds things"), None));
        let taken = ["profile", "edit", "--email", "ada@example.org"];
        assert_eq!(bob.refused(&taken), "auth.email_taken");

        // Admins.
        assert_eq!(ada.refused(&["users", "list"]), "request.forbidden");
        let mut grant = api();
        grant.env("DATABASE_URL", db.url()).args(["admin", "grant", "ada@example.org"]);
        assert!(grant.output().unwrap().status.success());
        assert_eq!(ada.json(&["users", "list", "--text", "bob@"], "")["items"][0]["id"], id);
        ada.json(&["users", "role", id, "moderator"], "");
        let banned = ada.json(&["users", "ban", id, "--reason", "spam", "--until", "2999-01-01T00:00:00Z"], "");
        assert_eq!(banned["ban"]["reason"], "spam");
        assert_eq!(bob.refused(&["tasks", "list"]), "auth.banned");
        ada.json(&["users", "unban", id], "");
        bob.json(&sign_in, "another horse\n");
        assert_eq!(bob.json(&["whoami"], "")["role"], "moderator");
        let audit = ada.json(&["audit", "--target", id, "--all"], "");
        let acts: Vec<&str> =
            audit["items"].as_array().expect("items").iter().map(|entry| entry["act"].as_str().expect("an act")).collect();
        assert_eq!(acts, ["user.unbanned", "user.banned", "user.role_set", "account.changed", "password.changed", "account.opened"]);
    }

    async fn a_session_outlives_its_server(db: TestDatabase) {
        let start = || {
            let mut command = api();
            command.env("DATABASE_URL", db.url());
            Server::start(command)
        };
        let home = tempfile::tempdir().unwrap();
        let mut first = start();
        let ada = Person { server: &first, home: home.path() };
        ada.json(&["sign-up", "--email", "ada@example.org", "--name", "Ada", "--password-stdin"], "correct horse\n");
        // Credentials are kept per server, so the second one must stand at the same address.
        let address = first.address;
        assert_eq!(first.stop(), Some(0));
        let mut command = api();
        command.env("DATABASE_URL", db.url());
        let second = Server::start_at(command, &address.to_string());
        let ada = Person { server: &second, home: home.path() };
        assert_eq!(ada.json(&["whoami"], "")["email"], "ada@example.org");
    }
}

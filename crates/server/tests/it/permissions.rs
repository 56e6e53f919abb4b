//! The table of who may do what, over real HTTP: each kind of caller at each operation gets the answer that it names.

use openapi::permissions::{CALLERS, Caller, permissions};
use serde_json::json;
use throughline_auth::{Role, Scopes};

use crate::{
    serving::{Answer, Person, Server},
    walk::{Call, Operation, fit, operations},
};

/// A caller with an account, and a token where the table says so.
struct Known {
    person: Person,
    token: Option<String>,
}

/// Makes a caller of this kind. The account is new, so that nothing that another call did is left.
async fn known(server: &Server, admin: &Person, caller: Caller) -> Option<Known> {
    let role = caller.role?;
    let person = server.sign_up().await;
    let token = match caller.scopes {
        None => None,
        Some(scopes) => Some(server.token(&person, &names(scopes)).await),
    };
    if role != Role::User {
        set_role(server, admin, &person, role.as_str()).await;
    }
    if caller.banned {
        let path = format!("/api/users/{}/ban", person.id);
        let done = server.json(admin, "PUT", &path, json!({ "reason": "a test" })).await;
        assert_eq!(done.status, 200, "{}", done.text());
    }
    Some(Known { person, token })
}

async fn set_role(server: &Server, admin: &Person, person: &Person, role: &str) {
    let path = format!("/api/users/{}/role", person.id);
    let done = server.json(admin, "PUT", &path, json!({ "role": role })).await;
    assert_eq!(done.status, 200, "{}", done.text());
}

fn names(scopes: Scopes) -> Vec<&'static str> {
    let read = scopes.read.then_some("read");
    read.into_iter().chain(scopes.write.then_some("write")).collect()
}

pub async fn each_caller_is_answered_as_the_table_says(server: &Server) {
    let document = openapi::document().expect("the contracts fit into one document").to_value();
    let all = operations(&document);
    let table = permissions();
    assert_eq!(table.len(), all.len(), "the table and the document have the same operations");
    let (admin, other) = (server.admin().await, server.sign_up().await);
    let mut cells = 0;
    for (caller, index) in CALLERS.iter().zip(0..) {
        let mut known = known(server, &admin, *caller).await;
        for permission in &table {
            let operation = all.iter().find(|operation| operation.id == permission.operation);
            let operation = operation.expect("the operation is in the document");
            let answer = call(server, operation, known.as_ref(), &admin, &other).await;
            let doing = format!("as {}", caller.name);
            operation.judge(&answer, &doing);
            match permission.refusals[index] {
                Some(refusal) => {
                    answer.problem(refusal.status, refusal.code);
                }
                None => admitted(operation, &answer, caller.name),
            }
            cells += 1;
            // What ends the caller's own session needs a new one.
            let ends = ["auth.sign_out", "auth.revoke_session", "auth.sign_in"];
            if ends.contains(&operation.id) && permission.refusals[index].is_none() {
                known = self::known(server, &admin, *caller).await;
            }
        }
    }
    assert_eq!(cells, table.len() * CALLERS.len());
}

/// Calls with the credentials of this caller, and with an input that fits.
async fn call(
    server: &Server,
    operation: &Operation<'_>,
    known: Option<&Known>,
    admin: &Person,
    other: &Person,
) -> Answer {
    let mut call: Call = operation.sample();
    let person = known.map_or(admin, |known| &known.person);
    fit(server, operation, &mut call, person, other).await;
    let mut session = None;
    if let Some(known) = known {
        match &known.token {
            Some(token) => call.headers.push(("authorization".into(), format!("Bearer {token}"))),
            None => session = Some(known.person.session.as_str()),
        }
    }
    if matches!(operation.id, "auth.sign_in" | "auth.change_password") {
        // A stranger must not sign in as the admin whom the others need, nor a banned person as themselves.
        let (email, password) = (&other.email, &other.password);
        if operation.id == "auth.sign_in" {
            call.body = Some(json!({ "email": email, "password": password }));
        } else {
            call.body = Some(json!({ "current": password, "new": password }));
        }
    }
    call.send(server, operation, session).await
}

/// Whoever is admitted may be told that there is no such thing, but not that they may not.
#[track_caller]
fn admitted(operation: &Operation<'_>, answer: &Answer, caller: &str) {
    let fine = matches!(answer.status, 200 | 201 | 204 | 404);
    assert!(fine, "{} as {caller}: {} {}", operation.id, answer.status, answer.text());
}

#[test]
fn the_committed_table_is_what_the_contracts_say() {
    let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi/permissions.md");
    let committed = std::fs::read_to_string(committed).expect("the table is committed");
    assert_eq!(committed, openapi::permissions::table(), "run `cargo xtask generate`");
}

//! Walks each operation of the document over real HTTP, as a stranger, as its owner, as somebody else, and with each field
//! one past its limit: the answer must be one that the document declares.

use serde_json::{Value, json};

use openapi::permissions::{CALLERS, permissions};

use crate::{
    samples::Schema,
    serving::{Answer, Person, Server},
};

/// The tags whose rows are nobody's own: whoever may write one may write each.
const SHARED: &[&str] = &[];

/// One operation of the document.
pub struct Operation<'a> {
    document: &'a Value,
    pub id: &'a str,
    method: String,
    path: &'a str,
    spec: &'a Value,
}

/// The parts of one request.
#[derive(Clone, Default)]
pub struct Call {
    pub path: Vec<(String, String)>,
    query: Vec<(String, String)>,
    pub headers: Vec<(String, String)>,
    pub body: Option<Value>,
}

pub fn operations(document: &Value) -> Vec<Operation<'_>> {
    let paths = document["paths"].as_object().expect("paths");
    let mut found = Vec::new();
    for (path, methods) in paths {
        for (method, spec) in methods.as_object().expect("methods") {
            let id = spec["operationId"].as_str().expect("an operation id");
            found.push(Operation { document, id, method: method.to_uppercase(), path, spec });
        }
    }
    found
}

impl Operation<'_> {
    fn schema<'a>(&'a self, schema: &'a Value) -> Schema<'a> {
        Schema { document: self.document, schema }
    }

    fn body_schema(&self) -> Option<Schema<'_>> {
        let schema = &self.spec["requestBody"]["content"]["application/json"]["schema"];
        schema.is_object().then(|| self.schema(schema))
    }

    fn parameters(&self) -> impl Iterator<Item = (&str, &str, Schema<'_>, bool)> {
        self.spec["parameters"].as_array().into_iter().flatten().map(|parameter| {
            let text = |key: &str| parameter[key].as_str().expect("a text");
            (
                text("in"),
                text("name"),
                self.schema(&parameter["schema"]),
                parameter["required"] == true,
            )
        })
    }

    /// The schema of the id of what it makes, by reference.
    fn makes(&self) -> Option<&str> {
        let content = &self.spec["responses"]["201"]["content"]["application/json"]["schema"];
        let made = self.schema(content).object();
        let (_, id) = made.members().find(|(name, _)| *name == "id")?;
        id.schema["$ref"].as_str().filter(|_| self.method == "POST")
    }

    /// The tag, which is the first half of the operation's id.
    fn tag(&self) -> &str {
        self.id.split('.').next().unwrap_or_default()
    }

    fn needs_credentials(&self) -> bool {
        let alternatives =
            self.spec["security"].as_array().expect("security is said for each operation");
        !alternatives.is_empty()
            && !alternatives.iter().any(|alternative| alternative == &json!({}))
    }

    /// A call that fits; path values are to be filled in.
    pub fn sample(&self) -> Call {
        let mut call = Call { body: self.body_schema().map(Schema::sample), ..Call::default() };
        for (place, name, schema, required) in self.parameters() {
            if required {
                call.put(place, name, &schema.sample());
            }
        }
        call
    }

    /// Checks that the document declares this answer: its status, its media type, its body.
    #[track_caller]
    pub fn judge(&self, answer: &Answer, doing: &str) {
        let who = format!("{} ({doing}) answered {} {}", self.id, answer.status, answer.text());
        assert!(answer.status < 500, "{who}");
        let mut response = &self.spec["responses"][answer.status.to_string()];
        assert!(response.is_object(), "{who}: the document declares no such status");
        if let Some(reference) = response["$ref"].as_str() {
            response =
                self.document.pointer(&reference[1..]).expect("the reference leads somewhere");
        }
        let Some((media, content)) =
            response["content"].as_object().and_then(|content| content.iter().next())
        else {
            assert!(answer.body.is_empty(), "{who}: the document declares no body");
            return;
        };
        assert_eq!(answer.header("content-type"), Some(media.as_str()), "{who}");
        let schema =
            json!({ "allOf": [content["schema"]], "components": self.document["components"] });
        let validator =
            jsonschema::draft202012::new(&schema).expect("the document's schemas are schemas");
        let body = answer.value();
        if let Err(error) = validator.validate(&body) {
            panic!("{who}: {error} at {}", error.instance_path());
        }
    }
}

impl Call {
    pub fn put(&mut self, place: &str, name: &str, value: &Value) {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let list = match place {
            "path" => &mut self.path,
            "query" => &mut self.query,
            _ => &mut self.headers,
        };
        list.retain(|(n, _)| n != name);
        list.push((name.to_owned(), text));
    }

    pub async fn send(
        &self,
        server: &Server,
        operation: &Operation<'_>,
        session: Option<&str>,
    ) -> Answer {
        let mut path = operation.path.to_owned();
        for (name, value) in &self.path {
            path = path.replace(&format!("{{{name}}}"), &encode(value));
        }
        for (index, (name, value)) in self.query.iter().enumerate() {
            path.push_str(&format!(
                "{}{}={}",
                if index == 0 { "?" } else { "&" },
                encode(name),
                encode(value)
            ));
        }
        let body = self.body.as_ref().map(|body| body.to_string());
        let media = body.as_ref().map(|_| "application/json");
        server.send(&operation.method, &path, session, media, body, &self.headers).await
    }
}

fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

/// The operation that makes what `operation` is about, and the link from it: the document says so itself.
fn maker<'a>(
    all: &'a [Operation<'a>],
    operation: &Operation<'_>,
) -> Option<(&'a Operation<'a>, &'a Value)> {
    all.iter().find_map(|candidate| {
        let links = candidate.spec["responses"]["201"]["links"].as_object()?;
        let link = links.values().find(|link| link["operationId"] == operation.id)?;
        (candidate.method == "POST").then_some((candidate, &link["parameters"]))
    })
}

pub async fn every_operation_answers_what_the_document_declares(server: &Server) {
    let document = openapi::document().expect("the contracts fit into one document").to_value();
    let all = operations(&document);
    assert!(all.len() >= 10, "the walk has found only {} operations", all.len());
    for operation in &all {
        walk(server, &all, operation).await;
    }
}

/// What the table says of a caller of this kind at this operation: the status of the refusal, or `None`.
fn refusal(operation: &str, caller: &str) -> Option<u16> {
    let all = permissions();
    let permission = all.iter().find(|permission| permission.operation == operation);
    let refusals = &permission.expect("the operation is in the table").refusals;
    let index = CALLERS.iter().position(|known| known.name == caller).expect("a caller");
    refusals[index].map(|kind| kind.status)
}

/// Somebody who is admitted to all of these: of the lowest role that is.
async fn caller(server: &Server, operations: &[&str]) -> Person {
    match operations.iter().any(|operation| refusal(operation, "user").is_some()) {
        false => server.sign_up().await,
        true => server.admin().await,
    }
}

/// A body for this operation that fits: with what it refers to, made in the person's name, and with these members in
/// place of made-up ones.
pub async fn body(server: &Server, operation: &str, person: &Person, with: Value) -> Value {
    let document = openapi::document().expect("the contracts fit into one document").to_value();
    let all = operations(&document);
    let found = all.iter().find(|known| known.id == operation).expect("the operation is there");
    let mut call = found.sample();
    refer(server, found, &mut call, person).await;
    let mut body = call.body.unwrap_or_else(|| json!({}));
    if let (Value::Object(body), Value::Object(with)) = (&mut body, with) {
        body.extend(with);
    }
    body
}

/// Makes what the body refers to. A member refers to something if its schema is that of the id with which another
/// operation answers that makes something.
async fn refer(server: &Server, operation: &Operation<'_>, call: &mut Call, person: &Person) {
    let Some(schema) = operation.body_schema() else { return };
    let all = operations(operation.document);
    for (name, member) in schema.object().members() {
        let there = call.body.as_ref().is_some_and(|body| body.get(name).is_some());
        let Some(id) = member.schema["$ref"].as_str().filter(|_| there) else { continue };
        let made = if id.ends_with("/UserId") {
            Some(json!(person.id))
        } else {
            match all.iter().find(|maker| maker.id != operation.id && maker.makes() == Some(id)) {
                Some(maker) => Some(Box::pin(make(server, maker, person)).await),
                None => None,
            }
        };
        if let (Some(made), Some(Value::Object(body))) = (made, &mut call.body) {
            body.insert(name.clone(), made);
        }
    }
}

/// Makes something that others refer to, in the person's name where they may, and returns its id.
async fn make(server: &Server, maker: &Operation<'_>, person: &Person) -> Value {
    let admin;
    let person = match refusal(maker.id, "user") {
        None => person,
        Some(_) => {
            admin = server.admin().await;
            &admin
        }
    };
    let mut call = maker.sample();
    refer(server, maker, &mut call, person).await;
    let made = call.send(server, maker, Some(&person.session)).await;
    // Who may not make it refers to nothing, and is refused before that matters.
    if made.status == 201 { made.value()["id"].clone() } else { json!(uuid::Uuid::now_v7()) }
}

/// Fills in what no schema says: whose password, which person, which session.
pub async fn fit(
    server: &Server,
    operation: &Operation<'_>,
    call: &mut Call,
    caller: &Person,
    other: &Person,
) {
    match operation.id {
        "auth.sign_in" => {
            call.body = Some(json!({ "email": caller.email, "password": caller.password }));
        }
        "auth.change_password" => {
            call.body = Some(json!({ "current": caller.password, "new": "another horse" }));
        }
        "auth.revoke_session" => {
            let page = server.json(caller, "GET", "/api/auth/sessions", Value::Null).await;
            let own = page.value()["items"][0]["id"].clone();
            // A caller who may not list sessions asks for one that is not there.
            call.put("path", "id", &if own.is_string() { own } else { json!(other.id) });
        }
        id if id.starts_with("users.") && operation.path.contains("{id}") => {
            call.put("path", "id", &json!(other.id));
        }
        _ => refer(server, operation, call, caller).await,
    }
}

async fn walk(server: &Server, all: &[Operation<'_>], operation: &Operation<'_>) {
    let maker = maker(all, operation);
    let both: Vec<&str> = maker.iter().map(|(maker, _)| maker.id).chain([operation.id]).collect();
    let (ada, bob) = (caller(server, &both).await, server.sign_up().await);
    let mut call = operation.sample();
    fit(server, operation, &mut call, &ada, &bob).await;
    let mut of_ada = None;
    if let Some((maker, parameters)) = maker {
        let mut making = maker.sample();
        refer(server, maker, &mut making, &ada).await;
        let made = making.send(server, maker, Some(&ada.session)).await;
        maker.judge(&made, "making what the next call is about");
        assert_eq!(made.status, 201, "{}: {}", maker.id, made.text());
        for (name, expression) in parameters.as_object().expect("parameters of a link") {
            let pointer = expression
                .as_str()
                .and_then(|text| text.strip_prefix("$response.body#"))
                .expect("a pointer into the body");
            call.put("path", name, made.value().pointer(pointer).expect("what the link promises"));
        }
        of_ada = made.header("location").map(str::to_owned);
    }
    let seen = async || match &of_ada {
        Some(place) => {
            let there = server.send("GET", place, Some(&ada.session), None, None, &[]).await;
            assert_eq!(there.status, 200, "{}: {}", operation.id, there.text());
            there.value()
        }
        None => Value::Null,
    };
    let before = seen().await;
    let assert_unchanged = async |doing: &str| {
        assert_eq!(seen().await, before, "{} ({doing}) changed what is not theirs", operation.id);
    };

    // A stranger is refused before anything else is looked at.
    if operation.needs_credentials() {
        let answer = call.send(server, operation, None).await;
        operation.judge(&answer, "as a stranger");
        assert_eq!(
            (answer.status, answer.code().as_deref()),
            (401, Some("request.unauthenticated")),
            "{}",
            operation.id
        );
        let answer = call.send(server, operation, Some("no-such-session")).await;
        assert_eq!(answer.status, 401, "{} with a session that nobody has", operation.id);
        if operation.body_schema().is_some() {
            let garbage = server
                .send(&operation.method, operation.path, None, None, Some("{".into()), &[])
                .await;
            assert_eq!(garbage.status, 401, "{} read a stranger's body", operation.id);
        }
        assert_unchanged("as a stranger").await;
    } else {
        // What the document says to be open is open, whatever else comes of it.
        let body = operation.body_schema().map(Schema::sample);
        let answer = Call { body, ..call.clone() }.send(server, operation, None).await;
        operation.judge(&answer, "as a stranger");
        assert_ne!(answer.code().as_deref(), Some("request.unauthenticated"), "{}", operation.id);
    }

    // Somebody else may not, or finds nothing, unless it is for everybody.
    if of_ada.is_some() && !SHARED.contains(&operation.tag()) {
        let answer = call.send(server, operation, Some(&bob.session)).await;
        operation.judge(&answer, "as somebody else");
        let is_open = operation.method == "GET" && refusal(operation.id, "stranger").is_none();
        let expected = refusal(operation.id, "user").unwrap_or(if is_open { 200 } else { 404 });
        let who = format!("{} as somebody else: {}", operation.id, answer.text());
        assert_eq!(answer.status, expected, "{who}");
        assert_unchanged("as somebody else").await;
    }

    // Each field one past its limit, and the answer points at it.
    for (place, name, schema, _) in operation.parameters() {
        for past in schema.past() {
            let mut wrong = call.clone();
            // In a URL each value is text: a number is no fault there, and no list can be told from a text.
            if past.value.is_array() || (schema.is_text() && past.value.is_number()) {
                continue;
            }
            wrong.put(place, name, &past.value);
            let doing = format!("{name} in the {place}: {}", past.what);
            let answer = wrong.send(server, operation, Some(&ada.session)).await;
            operation.judge(&answer, &doing);
            if schema.is_cursor() {
                // A cursor is opaque: what is wrong with one is never a field's limit.
                assert_eq!(
                    answer.code().as_deref(),
                    Some("request.malformed_cursor"),
                    "{} ({doing})",
                    operation.id
                );
                continue;
            }
            expect_violation(operation, &answer, place, &format!("/{name}"), &doing);
        }
    }
    if let Some(schema) = operation.body_schema() {
        for past in schema.past() {
            let wrong = Call { body: Some(past.value), ..call.clone() };
            let doing = format!("{} in the body: {}", past.pointer, past.what);
            let answer = wrong.send(server, operation, Some(&ada.session)).await;
            operation.judge(&answer, &doing);
            expect_violation(operation, &answer, "body", &past.pointer, &doing);
        }
        framing(server, operation, &call, &ada.session).await;
    }
    assert_unchanged("with fields past their limits").await;

    // And the owner succeeds.
    let answer = call.send(server, operation, Some(&ada.session)).await;
    operation.judge(&answer, "as its owner");
    // What no operation makes is not there, unless it is a person or of one.
    let of_people = ["auth", "users"].contains(&operation.tag());
    let is_nowhere = maker.is_none() && !call.path.is_empty() && !of_people;
    assert!(
        (200..300).contains(&answer.status) || (is_nowhere && answer.status == 404),
        "{} as its owner: {} {}",
        operation.id,
        answer.status,
        answer.text()
    );
}

#[track_caller]
fn expect_violation(
    operation: &Operation<'_>,
    answer: &Answer,
    place: &str,
    pointer: &str,
    doing: &str,
) {
    let who = format!("{} ({doing}): {} {}", operation.id, answer.status, answer.text());
    assert_eq!(answer.status, 422, "{who}");
    let body = answer.value();
    let errors = body["errors"].as_array().unwrap_or_else(|| panic!("{who}: no errors"));
    let here = errors.iter().any(|error| error["in"] == place && error["pointer"] == pointer);
    assert!(here, "{who}: nothing points at {place} {pointer}");
}

/// Bodies that are no JSON, are not said to be, or are too large.
async fn framing(server: &Server, operation: &Operation<'_>, call: &Call, session: &str) {
    let mut path = operation.path.to_owned();
    for (name, value) in &call.path {
        path = path.replace(&format!("{{{name}}}"), value);
    }
    let body = call.body.as_ref().expect("a body").to_string();
    let cases = [
        (400, Some("application/json"), "{".to_owned()),
        (400, Some("application/json"), format!("{{\"a\":1,\"a\":2,{}", &body[1..])),
        (415, Some("text/plain"), body.clone()),
        (415, None, body.clone()),
        (413, Some("application/json"), " ".repeat(2 << 20)),
    ];
    for (status, media, body) in cases {
        let answer =
            server.send(&operation.method, &path, Some(session), media, Some(body), &[]).await;
        operation.judge(&answer, "with a body that is none");
        assert_eq!(answer.status, status, "{}: {}", operation.id, answer.text());
    }
    let headers = [("sec-fetch-site".to_owned(), "cross-site".to_owned())];
    let answer = server
        .send(
            &operation.method,
            &path,
            Some(session),
            Some("application/json"),
            Some(body),
            &headers,
        )
        .await;
    operation.judge(&answer, "from another site");
    assert_eq!(answer.code().as_deref(), Some("request.cross_site"), "{}", operation.id);
}

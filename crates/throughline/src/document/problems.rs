//! What an operation can refuse with: the framework's faults that really reach it and its declared
//! errors, one schema per code and one response per set of codes.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    Flaw,
    components::{Components, difference, refer},
    facts::Facts,
};
use crate::{Case, FaultKind, Problem, faults};

/// The name of the schema of one violation.
const VIOLATION: &str = "Violation";

/// The faults that an operation can answer with. Unknown routes and methods belong to none.
fn faults_of(facts: &Facts) -> Vec<&'static FaultKind> {
    let body = facts.body.is_some();
    let identified = !facts.security.schemes.is_empty();
    let mut possible = vec![(&faults::MALFORMED_URL, true), (&faults::MALFORMED_JSON, body)];
    possible.extend(facts.faults.iter().map(|fault| (*fault, true)));
    possible.extend([
        (&faults::UNAUTHENTICATED, identified && !facts.security.optional),
        (&faults::FORBIDDEN, facts.security.forbids),
        // A browser sends reads across sites without asking, but its page cannot see the answer.
        (&faults::CROSS_SITE, !facts.read),
        (&faults::TIMEOUT, body),
        (&faults::TOO_LARGE, body),
        (&faults::UNSUPPORTED_MEDIA_TYPE, body),
        (&faults::INVALID, !facts.fields.is_empty()),
        (&faults::INTERNAL, true),
        (&faults::UNAVAILABLE, true),
    ]);
    let mut found: Vec<&FaultKind> = Vec::new();
    for (fault, _) in possible.into_iter().filter(|(_, possible)| *possible) {
        if !found.contains(&fault) {
            found.push(fault);
        }
    }
    found
}

/// What a declared code means, and where that was said first.
#[derive(Debug)]
struct Meaning {
    status: u16,
    title: &'static str,
    fields: Value,
    error: &'static str,
}

/// The codes that were met so far.
#[derive(Debug, Default)]
pub(super) struct Problems {
    declared: BTreeMap<&'static str, Meaning>,
}

/// One code of a response.
struct Code {
    code: &'static str,
    title: &'static str,
    fault: bool,
}

impl Problems {
    /// The refusals of an operation by their status.
    pub(super) fn responses(
        &mut self,
        facts: &Facts,
        components: &mut Components,
    ) -> BTreeMap<u16, Value> {
        let mut codes: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
        for kind in faults_of(facts) {
            share_fault(kind, components);
            let code = Code { code: kind.code, title: kind.title, fault: true };
            codes.entry(kind.status).or_default().push(code);
        }
        // By code, so that two operations with the same errors share a response however their
        // error types order them.
        let mut cases: Vec<&(Case, Value)> = facts.cases.iter().collect();
        cases.sort_by_key(|(case, _)| case.code);
        for (case, fields) in cases {
            self.declare(case, fields, facts, components);
            let code = Code { code: case.code, title: case.title, fault: false };
            codes.entry(case.status).or_default().push(code);
        }
        codes
            .into_iter()
            .map(|(status, codes)| (status, share(status, &codes, components)))
            .collect()
    }

    /// Notes what a declared code means, and shares its schema.
    fn declare(&mut self, case: &Case, fields: &Value, facts: &Facts, components: &mut Components) {
        if case.code.starts_with("request.") {
            let (code, error) = (case.code.to_owned(), facts.error.to_owned());
            components.flaws.push(Flaw::ReservedCode { code, error });
            return;
        }
        let Some(known) = self.declared.get(case.code) else {
            let (status, title, fields) = (case.status, case.title, fields.clone());
            self.declared.insert(case.code, Meaning { status, title, fields, error: facts.error });
            let schema =
                schema(case.code, status, title, true, case_members(&self.declared[case.code]));
            let place = format!("the error `{}`", case.code);
            components.schema(&schema_name(case.code), schema, &place);
            return;
        };
        let at = difference(&known.fields, fields);
        if known.status == case.status && known.title == case.title && at.is_none() {
            return;
        }
        let side = |status: u16, title: &str, error: &str| match &at {
            Some(at) => format!("{status} \"{title}\" in `{error}`, whose fields differ at `{at}`"),
            None => format!("{status} \"{title}\" in `{error}`"),
        };
        components.flaws.push(Flaw::ErrorCode {
            code: case.code.to_owned(),
            first: format!("{} \"{}\" in `{}`", known.status, known.title, known.error),
            second: side(case.status, case.title, facts.error),
        });
    }
}

/// The members that an error's fields add to its problem, and which of them are always there.
fn case_members(meaning: &Meaning) -> (Map<String, Value>, Vec<Value>) {
    let properties = meaning.fields["properties"].as_object().cloned().unwrap_or_default();
    let required = meaning.fields["required"].as_array().cloned().unwrap_or_default();
    (properties, required)
}

fn share_fault(kind: &FaultKind, components: &mut Components) {
    let place = format!("the fault `{}`", kind.code);
    let mut members = (Map::new(), Vec::new());
    if *kind == faults::INVALID {
        components.schema(VIOLATION, violation(), &place);
        let errors = json!({
            "type": "array",
            "description": "What is wrong with the request, all at once.",
            "items": refer(VIOLATION),
        });
        members.0.insert("errors".to_owned(), errors);
        members.1.push(json!("errors"));
    }
    let schema = schema(kind.code, kind.status, kind.title, false, members);
    components.schema(&schema_name(kind.code), schema, &place);
}

/// The problem with this code: the envelope's members, then its own.
fn schema(
    code: &str,
    status: u16,
    title: &str,
    detailed: bool,
    (members, required): (Map<String, Value>, Vec<Value>),
) -> Value {
    let mut properties = json!({
        "type": { "type": "string", "const": Problem::type_of(code) },
        "title": { "type": "string", "const": title },
        "status": { "type": "integer", "const": status },
        "detail": { "type": "string", "description": "What was the matter this time." },
        "code": { "type": "string", "const": code },
        "request_id": {
            "type": "string",
            "description": "The id under which the server logged the request.",
        },
    });
    let mut always =
        vec![json!("type"), json!("title"), json!("status"), json!("code"), json!("request_id")];
    if detailed {
        always.push(json!("detail"));
    }
    always.extend(required);
    if let Some(properties) = properties.as_object_mut() {
        properties.extend(members);
    }
    json!({ "type": "object", "description": title, "properties": properties, "required": always })
}

/// One thing that is wrong with a request.
fn violation() -> Value {
    json!({
        "type": "object",
        "description": "One thing that is wrong with a request.",
        "properties": {
            "in": {
                "type": "string",
                "enum": ["path", "query", "header", "body"],
                "description": "Where the value stands.",
            },
            "pointer": {
                "type": "string",
                "description": "A JSON pointer into that place; for parameters the name.",
                "examples": ["/title", "/items/0/amount"],
            },
            "code": {
                "type": "string",
                "description": "A stable code: `required`, `type`, `too_short`, `too_long`, `nul`, or the name of the broken rule.",
                "examples": ["too_long"],
            },
            "detail": { "type": "string", "description": "What is wrong, for people." },
        },
        "required": ["in", "pointer", "code", "detail"],
    })
}

/// The response with these codes, by reference.
fn share(status: u16, codes: &[Code], components: &mut Components) -> Value {
    let name_of = |code: &Code| schema_name(code.code);
    let (schema, description) = match codes {
        [only] => (refer(&name_of(only)), only.title.to_owned()),
        several => {
            let references = several.iter().map(|code| refer(&name_of(code)));
            let mapping: Map<String, Value> = several
                .iter()
                .map(|code| (code.code.to_owned(), refer(&name_of(code))["$ref"].take()))
                .collect();
            let lines = several.iter().map(|code| format!("- `{}`: {}", code.code, code.title));
            let schema = json!({
                "oneOf": references.collect::<Vec<_>>(),
                "discriminator": { "propertyName": "code", "mapping": mapping },
            });
            (schema, lines.collect::<Vec<_>>().join("\n"))
        }
    };
    let mut response = json!({
        "description": description,
        "content": { Problem::MEDIA_TYPE: { "schema": schema } },
    });
    if let Some((name, description)) = header(status) {
        response["headers"] =
            json!({ name: { "description": description, "schema": { "type": "string" } } });
    }
    components.response(response_name(codes), response)
}

/// The header that HTTP asks for beside a status.
fn header(status: u16) -> Option<(&'static str, &'static str)> {
    match status {
        401 => Some((
            "WWW-Authenticate",
            "A scheme by which the caller may show who they are (RFC 9110, section 11.6.1).",
        )),
        503 => {
            Some(("Retry-After", "After how many seconds to try again (RFC 9110, section 10.2.3)."))
        }
        _ => None,
    }
}

/// `task.not_found` as `TaskNotFound`.
fn schema_name(code: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect())
            .unwrap_or_default()
    };
    code.split(['.', '_']).map(|word| -> String { capital(word) }).collect()
}

/// The names of all codes; among faults the `Request` is said once.
fn response_name(codes: &[Code]) -> String {
    let mut name = String::new();
    let mut after_fault = false;
    for code in codes {
        let own = schema_name(code.code);
        if !name.is_empty() {
            name.push_str("Or");
        }
        let short = own.strip_prefix("Request").filter(|_| code.fault && after_fault);
        name.push_str(short.unwrap_or(&own));
        after_fault |= code.fault;
    }
    name
}

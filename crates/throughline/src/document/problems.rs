//! What an operation can refuse with: one schema for each code, one response for each set of codes,
//! both shared.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    Flaw,
    components::{Components, difference},
    envelope::{Code, VIOLATION, any_of, errors, violation},
    facts::Facts,
    faults::faults_of,
};
use crate::{Case, FaultKind, Problem, faults};

/// What a declared code means, and in which error type it was met first.
#[derive(Debug)]
struct Meaning {
    code: Code,
    fields: Value,
    error: &'static str,
}

/// The declared codes that were met so far.
#[derive(Debug, Default)]
pub(super) struct Problems {
    declared: BTreeMap<&'static str, Meaning>,
}

impl Problems {
    /// The refusals of an operation by their status.
    pub(super) fn responses(
        &mut self,
        facts: &Facts,
        components: &mut Components,
    ) -> BTreeMap<u16, Value> {
        let mut codes: Vec<Code> = Vec::new();
        for kind in faults_of(facts) {
            codes.push(share_fault(kind, components));
        }
        // By code, so that two operations with the same errors share a response however their error
        // types order them.
        let mut cases: Vec<&(Case, Value)> = facts.schemas.cases.iter().collect();
        cases.sort_by_key(|(case, _)| case.code);
        for (case, fields) in cases {
            codes.push(self.share_case(case, fields, facts.error, components));
        }
        let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
        for code in codes {
            by_status.entry(code.status).or_default().push(code);
        }
        let share = |(status, codes): (u16, Vec<Code>)| {
            (status, components.response(name(&codes), response(status, &codes)))
        };
        by_status.into_iter().map(share).collect()
    }

    /// Shares the schema of a declared error, unless its code means something else already.
    fn share_case(
        &mut self,
        case: &Case,
        fields: &Value,
        error: &'static str,
        components: &mut Components,
    ) -> Code {
        let Case { status, code, title, .. } = *case;
        let code = Code { code, status, title, fault: false };
        if code.code.starts_with("request.") {
            let (code, error) = (code.code.to_owned(), error.to_owned());
            components.flaws.push(Flaw::ReservedCode { code, error });
        } else if let Some(known) = self.declared.get(code.code) {
            components.flaws.extend(known.contradiction(&code, fields, error));
        } else {
            let place = format!("the error `{}`", code.code);
            components.schema(&code.name(), code.problem(fields), &place);
            self.declared.insert(code.code, Meaning { code, fields: fields.clone(), error });
        }
        code
    }
}

impl Meaning {
    /// What is wrong when the same code means `other` elsewhere.
    fn contradiction(&self, other: &Code, fields: &Value, error: &str) -> Option<Flaw> {
        let at = difference(&self.fields, fields);
        if (self.code.status, self.code.title) == (other.status, other.title) && at.is_none() {
            return None;
        }
        let side =
            |code: &Code, error: &str| format!("{} \"{}\" in `{error}`", code.status, code.title);
        let differ = at.map(|at| format!(", whose fields differ at `{at}`")).unwrap_or_default();
        Some(Flaw::ErrorCode {
            code: other.code.to_owned(),
            first: side(&self.code, self.error),
            second: side(other, error) + &differ,
        })
    }
}

/// Shares the schema of a fault.
fn share_fault(kind: &FaultKind, components: &mut Components) -> Code {
    let code = Code { code: kind.code, status: kind.status, title: kind.title, fault: true };
    let place = format!("the fault `{}`", kind.code);
    let invalid = *kind == faults::INVALID;
    if invalid {
        components.schema(VIOLATION, violation(), &place);
    }
    let fields = if invalid { errors() } else { Value::Null };
    components.schema(&code.name(), code.problem(&fields), &place);
    code
}

/// A response with one of these codes.
fn response(status: u16, codes: &[Code]) -> Value {
    let description = match codes {
        [only] => only.title.to_owned(),
        several => {
            let lines = several.iter().map(|code| format!("- `{}`: {}", code.code, code.title));
            lines.collect::<Vec<_>>().join("\n")
        }
    };
    let mut response = json!({
        "description": description,
        "content": { Problem::MEDIA_TYPE: { "schema": any_of(codes) } },
    });
    let header = match status {
        401 => {
            Some(("WWW-Authenticate", "A scheme to authenticate by (RFC 9110, section 11.6.1)."))
        }
        429 => Some(("Retry-After", "How long to wait, in seconds (RFC 9110, section 10.2.3).")),
        503 => Some(("Retry-After", "When to try again, in seconds (RFC 9110, section 10.2.3).")),
        _ => None,
    };
    if let Some((name, description)) = header {
        let header = json!({ "description": description, "schema": { "type": "string" } });
        response["headers"] = json!({ name: header });
    }
    response
}

/// The name of a response with these codes: that of each; among faults the `Request` is said once.
fn name(codes: &[Code]) -> String {
    let mut name = String::new();
    for (index, code) in codes.iter().enumerate() {
        let own = code.name();
        let after_fault = index > 0 && code.fault;
        let short = own.strip_prefix("Request").filter(|_| after_fault);
        name.push_str(if index > 0 { "Or" } else { "" });
        name.push_str(short.unwrap_or(&own));
    }
    name
}

//! Compares what was seen with what was expected.

use std::collections::HashSet;
use std::fmt;

use serde_json::Value;

use crate::World;
use crate::observation::{IN_VAIN, OVERTAKEN};
use crate::options::FOREIGN;

/// Where a replay differs from its expectation.
#[derive(Debug)]
pub struct Difference {
    /// The trace.
    pub id: String,
    /// The operation, counted from 0.
    pub step: usize,
    /// What is compared: a field, and mostly a subject.
    pub what: String,
    /// What TanStack Query did.
    pub expected: Value,
    /// What was done here.
    pub seen: Value,
    /// The operation.
    pub operation: Value,
}

/// What comes of a comparison.
#[derive(Debug)]
pub enum Comparison {
    /// From beginning to end the same.
    Same,
    /// The same until a fetch has overtaken another one, or a mutation was resumed in vain. The rest was not compared.
    SameUntilOvertaken,
    /// Not the same.
    Differs(Difference),
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} differs at operation {}, {}:", self.id, self.step, self.what)?;
        writeln!(f, "  operation {}", self.operation)?;
        writeln!(f, "  expected  {}", self.expected)?;
        write!(f, "  seen      {}", self.seen)
    }
}

/// Why a trace cannot be replayed, if it cannot.
pub fn foreign(trace: &Value) -> Option<String> {
    if let Some(option) = foreign_option(trace) {
        return Some(format!("the option {option}"));
    }
    let operations = trace["ops"].as_array()?;
    foreign_operation(operations).map(|name| format!("the operation {name}"))
}

fn foreign_operation(operations: &[Value]) -> Option<String> {
    const OTHERS: [&str; 4] = ["getQDefaults", "getMDefaults", "qs.optimistic", "store.keys"];
    operations.iter().find_map(|operation| {
        let name = operation["op"].as_str()?;
        // A store has one record for the cache here; items are for TanStack's per-query persisters.
        let is_of_items = name.starts_with("store.") && operation.get("item").is_some();
        let is_foreign = name.starts_with("pp.") || is_of_items || OTHERS.contains(&name);
        is_foreign.then(|| name.to_owned())
    })
}

fn foreign_option(value: &Value) -> Option<String> {
    match value {
        Value::Array(items) => items.iter().find_map(foreign_option),
        Value::Object(object) => object.iter().find_map(|(name, item)| {
            // In a dehydrated state the hash stands beside the key that it is the hash of.
            let is_hash = name == "queryHash" && object.contains_key("state");
            if FOREIGN.contains(&name.as_str()) && !is_hash {
                return Some(name.clone());
            }
            foreign_option(item)
        }),
        _ => None,
    }
}

/// Runs a trace and compares it with its expectation.
///
/// # Errors
///
/// Fails if the trace does not come to an end.
pub fn comparison(trace: &Value, expectation: &Value) -> Result<Comparison, String> {
    let steps = World::run(trace)?;
    let expected = expectation["steps"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut removed = HashSet::new();
    let mut saved_more = false;
    for (step, seen) in steps.iter().enumerate() {
        let mut expected = expected.get(step).cloned().unwrap_or(Value::Null);
        let mut seen = seen.clone();
        let overtaken = seen.as_object_mut().and_then(|seen| seen.remove(OVERTAKEN)).is_some();
        if seen.as_object_mut().and_then(|seen| seen.remove(IN_VAIN)).is_some() {
            // There whoever resumed waits for ever, and with it what was to go on afterwards.
            return Ok(Comparison::SameUntilOvertaken);
        }
        if overtaken {
            for side in [&mut expected, &mut seen] {
                side.as_object_mut().map(|fields| fields.remove("settled"));
            }
        }
        saved_more |= once_removed(&mut expected, &mut removed) && attaches(trace);
        if saved_more {
            without_saves(&mut expected, &trace["ops"][step]);
            without_saves(&mut seen, &trace["ops"][step]);
        }
        let (expected, seen) = (&expected, &seen);
        if let Some((what, expected, seen)) = step_difference(expected, seen) {
            return Ok(Comparison::Differs(Difference {
                id: trace["id"].as_str().unwrap_or("?").to_owned(),
                step,
                what,
                expected,
                seen,
                operation: trace["ops"][step].clone(),
            }));
        }
        if overtaken {
            // There the fetch that was overtaken goes on, tells of its failures, or never settles.
            return Ok(Comparison::SameUntilOvertaken);
        }
    }
    Ok(Comparison::Same)
}

/// Takes from an expectation all removals of a mutation but the first, and tells whether there were any.
///
/// TanStack Query tells a second time when the timer of a mutation fires that is not in its cache any
/// more; here nothing is told of a mutation after its removal but that an observer left it.
fn once_removed(expected: &mut Value, removed: &mut HashSet<String>) -> bool {
    let Some(subjects) = expected.get_mut("mev").and_then(Value::as_object_mut) else {
        return false;
    };
    let mut again = false;
    for (subject, entries) in subjects.iter_mut() {
        if let Some(entries) = entries.as_array_mut() {
            entries.retain(|entry| {
                let stays = entry[1] != "removed" || removed.insert(subject.clone());
                again |= !stays;
                stays
            });
        }
    }
    subjects.retain(|_, entries| entries.as_array().is_some_and(|entries| !entries.is_empty()));
    if subjects.is_empty()
        && let Some(fields) = expected.as_object_mut()
    {
        fields.remove("mev");
    }
    again
}

/// Whether a store is kept in step with the cache, so that each event is a save.
fn attaches(trace: &Value) -> bool {
    let operations = trace["ops"].as_array();
    operations.is_some_and(|operations| operations.iter().any(|op| op["op"] == "persist.attach"))
}

/// Without saves, and without what was saved when: after a second removal TanStack Query has saved
/// once more.
fn without_saves(observed: &mut Value, operation: &Value) {
    let Some(fields) = observed.as_object_mut() else { return };
    fields.remove("store");
    if operation["op"] == "store.get" {
        fields.remove("ret");
    }
}

/// Events of one query, apart from those of changed options, and how many of these there are.
///
/// TanStack Query compares options field by field and tells only of a difference; here they are
/// compared by address, so that there may be more events.
fn without_options(events: Option<&Value>) -> (Vec<&Value>, usize) {
    let events = events.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let rest: Vec<_> = events.iter().filter(|event| event[1] != "observerOptionsUpdated").collect();
    let told = events.len() - rest.len();
    (rest, told)
}

fn events_alike(expected: Option<&Value>, seen: Option<&Value>) -> bool {
    let ((expected, least), (seen, told)) = (without_options(expected), without_options(seen));
    expected == seen && told >= least
}

/// Runs of one function for several queries, in the order of time; at one moment they have none.
fn sorted(runs: Option<&Value>) -> Vec<(i64, String)> {
    let runs = runs.and_then(Value::as_array).into_iter().flatten();
    let mut all: Vec<_> =
        runs.map(|run| (run[0].as_i64().unwrap_or(0), run[1].to_string())).collect();
    all.sort();
    all
}

/// Of what an observer of several queries was told, the last of each moment. In which order queries
/// change at one moment is not said, and the observer is told of each change.
fn last_of_each_moment(told: Option<&Value>) -> Vec<(Value, Value, Value)> {
    let mut moments: Vec<(Value, Value, Value)> = Vec::new();
    for entry in told.and_then(Value::as_array).into_iter().flatten() {
        if moments.last().is_some_and(|(t, ..)| *t == entry["t"]) {
            moments.pop();
        }
        moments.push((entry["t"].clone(), entry["r"].clone(), entry["c"].clone()));
    }
    moments
}

/// Aborts of calls. Whether one is seen whose answer is only microtasks away depends on their number.
fn aborts_alike(expected: Option<&Value>, seen: Option<&Value>) -> bool {
    let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
    let mut expected = list(expected).into_iter().peekable();
    for mut abort in list(seen) {
        let soon = abort.as_object_mut().and_then(|abort| abort.remove("soon")).is_some();
        if expected.next_if_eq(&abort).is_none() && !soon {
            return false;
        }
    }
    expected.next().is_none()
}

/// Whether a promise settled as expected, or as it may as well have.
fn settled_alike(expected: Option<&Value>, seen: Option<&Value>) -> bool {
    match (expected, seen) {
        (Some(expected), Some(seen)) => {
            expected[0] == seen[0] && (expected[1] == seen[1] || seen.get(2) == expected.get(1))
        }
        _ => false,
    }
}

fn step_difference(expected: &Value, seen: &Value) -> Option<(String, Value, Value)> {
    let none = serde_json::Map::new();
    let (expected, seen) =
        (expected.as_object().unwrap_or(&none), seen.as_object().unwrap_or(&none));
    let mut fields: Vec<_> = expected.keys().chain(seen.keys()).collect();
    fields.sort();
    fields.dedup();
    // The library asks for rejections that nobody takes; nothing of the kind exists here.
    for field in fields.into_iter().filter(|field| *field != "unhandled") {
        let (a, b) = (expected.get(field), seen.get(field));
        if a == b {
            continue;
        }
        let (a, b) = (a.cloned().unwrap_or_default(), b.cloned().unwrap_or_default());
        if field == "ret" || field == "throw" {
            return Some((field.clone(), a, b));
        }
        let empty = serde_json::Map::new();
        let (left, right) = (a.as_object().unwrap_or(&empty), b.as_object().unwrap_or(&empty));
        for subject in left.keys().chain(right.keys()) {
            let (a, b) = (left.get(subject), right.get(subject));
            let alike = match field.as_str() {
                "settled" => settled_alike(a, b),
                "qev" | "mev" => events_alike(a, b),
                "aborts" => aborts_alike(a, b),
                "qs" => last_of_each_moment(a) == last_of_each_moment(b),
                "selects" => sorted(a) == sorted(b),
                _ => false,
            };
            if a != b && !alike {
                let what = format!("{field} of {subject}");
                return Some((
                    what,
                    a.cloned().unwrap_or_default(),
                    b.cloned().unwrap_or_default(),
                ));
            }
        }
    }
    None
}

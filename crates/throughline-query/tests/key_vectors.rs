//! The keys that TanStack Query itself hashed and matched, as the oracle wrote them down.

use std::fs;
use std::path::Path;

use serde_json::Value;
use throughline_query::{Key, Segment};

/// What a vector's value is here; `None` for what has no counterpart: dates, maps, sets, holes, errors.
fn segment(value: &Value) -> Option<Segment> {
    Some(match value {
        Value::Array(items) => {
            // JavaScript writes an undefined element as null.
            let items = items
                .iter()
                .map(|item| if is_undefined(item) { Some(Segment::Null) } else { segment(item) });
            items.collect::<Option<Vec<_>>>()?.into()
        }
        Value::Object(fields) if fields.keys().any(|name| name.starts_with('$')) => {
            match value.get("$num")?.as_str()? {
                "NaN" => f64::NAN.into(),
                "Infinity" => f64::INFINITY.into(),
                "-Infinity" => f64::NEG_INFINITY.into(),
                "-0" => (-0.0).into(),
                _ => return None,
            }
        }
        Value::Object(fields) => {
            // And it drops an undefined field.
            let fields = fields.iter().filter(|field| !is_undefined(field.1));
            let fields = fields.map(|(name, value)| Some((name.as_str(), segment(value)?)));
            Segment::object(fields.collect::<Option<Vec<_>>>()?)
        }
        plain => Key::from_json(&Value::Array(vec![plain.clone()])).ok()?.segments()[0].clone(),
    })
}

fn is_undefined(value: &Value) -> bool {
    value.get("$undef").is_some()
}

fn key(value: &Value) -> Option<Key> {
    match segment(value)? {
        Segment::Array(items) => Some(items.iter().collect()),
        _ => None,
    }
}

/// Whether the answers differ on purpose: here NaN equals itself, an array never matches an object, and
/// an undefined element is null.
fn differs_on_purpose(key: &Value, filter: &Value) -> bool {
    let undefined = |items: &[Value]| items.iter().any(is_undefined);
    match (key, filter) {
        (Value::Array(key), Value::Array(filter)) => {
            undefined(key)
                || undefined(filter)
                || key.iter().zip(filter).any(|(key, filter)| differs_on_purpose(key, filter))
        }
        (Value::Object(own), Value::Object(wanted)) => {
            let nan = |value: &Value| value.get("$num").is_some_and(|number| number == "NaN");
            nan(key) && nan(filter)
                || wanted.iter().any(|(name, filter)| {
                    own.get(name).is_some_and(|key| differs_on_purpose(key, filter))
                })
        }
        (Value::Array(_), Value::Object(_)) | (Value::Object(_), Value::Array(_)) => true,
        _ => false,
    }
}

#[test]
fn keys_are_written_and_matched_as_tanstack_query_does_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle/vectors/keys.jsonl");
    let (mut hashed, mut matched, mut wrong) = (0, 0, Vec::new());
    for line in fs::read_to_string(path).unwrap().lines() {
        let vector: Value = serde_json::from_str(line).unwrap();
        let (input, expected) = (&vector["in"], &vector["out"]);
        let answer = match vector["f"].as_str() {
            Some("hashKey") => {
                let Some(key) = key(&input[0]) else { continue };
                hashed += 1;
                Value::from(key.query_hash())
            }
            Some("partialMatchKey") if !differs_on_purpose(&input[0], &input[1]) => {
                let Some((key, filter)) = key(&input[0]).zip(key(&input[1])) else { continue };
                matched += 1;
                Value::from(key.matches(&filter))
            }
            _ => continue,
        };
        if answer != *expected {
            wrong.push(format!("{}: {answer} instead of {expected}", vector["id"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(hashed >= 10 && matched >= 10, "only {hashed} and {matched} vectors were of use");
}

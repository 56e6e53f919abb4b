//! The files of a feature, out of the templates.

use anyhow::{Context, Result};
use minijinja::{Environment, UndefinedBehavior, Value};
use serde::Serialize;
use serde_json::json;

use crate::{
    feature::{Feature, Operation},
    view::{self, FieldView},
};

macro_rules! templates {
    ($($name:literal),*) => { [$(($name, include_str!(concat!("../templates/feature/", $name, ".rs.jinja")))),*] };
}

const TEMPLATES: [(&str, &str); 8] = templates![
    "values",
    "table",
    "queries",
    "migration",
    "contract",
    "handlers",
    "db_test",
    "server_test"
];

/// The files of this feature: path and text, not formatted yet.
///
/// # Errors
/// When a template is wrong, which the tests find first.
pub fn files(feature: &Feature) -> Result<Vec<(String, String)>> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment.set_keep_trailing_newline(true);
    for (name, text) in TEMPLATES {
        environment.add_template(name, text)?;
    }
    let context = context(feature);
    let plural = feature.plural.snake();
    let mut files = Vec::new();
    let places = [
        ("values", format!("crates/db/src/{plural}.rs")),
        ("table", format!("crates/db/src/{plural}/table.rs")),
        ("queries", format!("crates/db/src/{plural}/queries.rs")),
        ("migration", format!("migrations/src/{}.rs", feature.migration)),
        ("contract", format!("crates/contract/src/{plural}.rs")),
        ("handlers", format!("crates/server/src/{plural}.rs")),
        ("db_test", format!("crates/db/tests/it/{plural}.rs")),
        ("server_test", format!("crates/server/tests/it/{plural}.rs")),
    ];
    for (name, place) in places {
        if name == "server_test" && !is_tested_over_http(feature) {
            continue;
        }
        let text = environment
            .get_template(name)?
            .render(&context)
            .with_context(|| format!("the template `{name}`"))?;
        files.push((place, text));
    }
    Ok(files)
}

/// Whether there is something over HTTP to test that the walk does not: with all operations there is.
pub fn is_tested_over_http(feature: &Feature) -> bool {
    Operation::ALL.into_iter().all(|operation| feature.has(operation))
}

/// The names of the tests over HTTP, as `server_test` writes them.
pub fn http_tests(text: &str) -> Vec<String> {
    let names = text.lines().filter_map(|line| {
        line.strip_prefix("pub async fn ")?.split_once('(').map(|(name, _)| name.to_owned())
    });
    names.collect()
}

/// What the templates are told.
fn context(feature: &Feature) -> Value {
    let mut fields: Vec<FieldView> = feature
        .fields
        .iter()
        .map(|(field, target)| FieldView::new(feature, field, target.as_ref()))
        .collect();
    let mut seen = Vec::new();
    for field in &mut fields {
        if let Some(target) = &mut field.target {
            target.repeated = seen.contains(&target.name);
            seen.push(target.name.clone());
        }
    }
    let has = |operation| feature.has(operation);
    let one = feature.singular.pascal();
    let of = |kind: &str| -> Vec<&FieldView> {
        fields.iter().filter(|field| field.kind == kind).collect()
    };
    let refs = of("ref");
    let uniques: Vec<&FieldView> = fields.iter().filter(|field| field.unique.is_some()).collect();
    let long: Vec<&FieldView> = fields.iter().filter(|field| field.long).collect();
    let searched: Vec<&FieldView> = fields.iter().filter(|field| field.is_searched()).collect();
    let filters: Vec<&FieldView> = fields.iter().filter(|field| field.is_filter()).collect();
    let required: Vec<&FieldView> = fields.iter().filter(|field| !field.create_default).collect();
    let defaults: Vec<&FieldView> = fields.iter().filter(|field| field.default.is_some()).collect();
    let ref_users =
        refs.iter().any(|field| field.target.as_ref().is_some_and(view::TargetView::is_users));
    let needs_owner = refs.iter().any(|field| {
        !field.optional && field.target.as_ref().is_some_and(|target| target.needs_owner)
    });
    let by_id = has(Operation::Get) || has(Operation::Update) || has(Operation::Delete);
    let writes = feature.writes();
    let errors = by_id || has(Operation::Create);

    let mut table_types: Vec<&str> = Vec::new();
    for (kind, name) in [("date", "Date"), ("json", "Json")] {
        if fields.iter().any(|field| field.kind == kind) {
            table_types.push(name);
        }
    }
    let own_types: Vec<String> = fields
        .iter()
        .filter(|field| matches!(field.kind, "text" | "enum"))
        .map(|field| field.inner.clone())
        .collect();
    let mut table_uses: Vec<String> = Vec::new();
    for field in &refs {
        let Some(target) = field.target.as_ref().filter(|target| !target.repeated) else {
            continue;
        };
        table_uses.push(match target.is_users() {
            true => "throughline_auth::users".to_owned(),
            false => format!("crate::{}::{{self, {}}}", target.name, field.inner),
        });
    }
    let id_uses: Vec<String> = refs
        .iter()
        .filter(|field| {
            field.target.as_ref().is_some_and(|target| !target.is_users() && !target.repeated)
        })
        .map(|field| {
            format!(
                "crate::{}::{}",
                field.target.as_ref().map(|target| target.name.as_str()).unwrap_or_default(),
                field.inner
            )
        })
        .collect();

    let read = match (feature.public, feature.admin) {
        (true, _) => "Public",
        (false, true) => "Admin",
        (false, false) => "SignedIn",
    };
    let write = if feature.admin { "Admin" } else { "SignedIn" };
    let reads = has(Operation::List) || has(Operation::Get);
    let any_write = writes || has(Operation::Delete);
    let mut levels: Vec<&str> = Vec::new();
    if (reads && read != "Public") || any_write {
        levels.push(write);
    }

    let new = (has(Operation::Create) && !required.is_empty() && required.len() <= 7).then(|| {
        let texts = required.iter().any(|field| field.kind == "text");
        let words: Vec<String> =
            required.iter().map(|field| format!("this {}", field.words)).collect();
        json!({ "fails": texts, "words": list(&words) })
    });
    let mut contract_uses: Vec<&str> = vec!["Cx", "Result", "Timestamp", "contract", "output"];
    let mut add = |condition: bool, names: &[&'static str]| {
        if condition {
            contract_uses.extend(names);
        }
    };
    add(errors, &["ApiError"]);
    add(has(Operation::Create) && has(Operation::Get), &["Created"]);
    add(has(Operation::List), &["Cursor", "Limit", "Page"]);
    add(has(Operation::Delete), &["NoContent"]);
    add(has(Operation::Update), &["Patch"]);
    add(has(Operation::List) || by_id || has(Operation::Create), &["input"]);
    add(new.as_ref().is_some_and(|new| new["fails"] == true), &["TextError"]);
    add(read == "Public" && reads, &["Public"]);
    contract_uses.extend(&table_types);
    contract_uses.sort_unstable();

    let mut reexports: Vec<String> = own_types.clone();
    reexports.push(format!("{one}Id"));
    let search = (!searched.is_empty()).then(|| {
        let field = searched[0];
        let words: Vec<String> =
            searched.iter().map(|field| format!("a {}", field.words)).collect();
        let plain: Vec<String> = searched.iter().map(|field| field.words.clone()).collect();
        let sample = sample(field);
        json!({
            "words": or(&words), "plain": or(&plain), "field": field, "sample": sample,
            "query": sample.chars().take(100).collect::<String>(),
            "columns": searched.iter().map(|field| &field.column_type).collect::<Vec<_>>(),
        })
    });
    if search.is_some() && has(Operation::List) {
        reexports.push(format!("{one}Search"));
    }
    reexports.sort();
    let consts: Vec<String> = fields
        .iter()
        .filter_map(|field| field.bounds.as_ref())
        .flatten()
        .map(|bound| bound.name.clone())
        .collect();

    let summary = !long.is_empty();
    let mut handler_contract: Vec<String> = vec![feature.plural.pascal()];
    let mut handler = |condition: bool, name: String| {
        if condition {
            handler_contract.push(name);
        }
    };
    let gives_row = has(Operation::Get) || writes || (has(Operation::List) && !summary);
    handler(gives_row, one.clone());
    handler(has(Operation::List), format!("List{}", feature.plural.pascal()));
    handler(has(Operation::List) && summary, format!("{one}Summary"));
    handler(by_id && (has(Operation::Get) || has(Operation::Delete)), format!("{one}ById"));
    handler(errors, format!("{one}Error"));
    handler(has(Operation::Create), format!("Create{one}"));
    handler(has(Operation::Create), format!("{one}Id"));
    handler(has(Operation::Update), format!("Update{one}"));
    handler(has(Operation::Create) && has(Operation::Get), "procedures".to_owned());
    if has(Operation::Create) {
        for field in defaults.iter().filter(|field| field.kind == "enum") {
            handler(true, field.inner.clone());
        }
    }
    handler_contract.sort();
    let mut handler_db: Vec<&str> = Vec::new();
    for (operation, name) in [
        (Operation::Update, "Changes"),
        (Operation::Create, "Content"),
        (Operation::List, "Filter"),
    ] {
        if has(operation) {
            handler_db.push(name);
        }
    }
    let mut handler_uses: Vec<&str> = vec!["Cx", "Result"];
    let mut uses = |condition: bool, name: &'static str| {
        if condition {
            handler_uses.push(name);
        }
    };
    uses(has(Operation::Create) && has(Operation::Get), "Created");
    uses(
        has(Operation::Create)
            || has(Operation::Delete)
            || (writes && (!refs.is_empty() || uniques.len() > 1)),
        "Failure",
    );
    uses(has(Operation::Delete), "NoContent");
    uses(has(Operation::List), "Page");
    uses(has(Operation::Update) && !refs.is_empty(), "Patch");
    uses(read == "Public" && reads, "Public");
    uses(writes && uniques.len() == 1, "database::OnUnique");
    uses(writes && uniques.len() > 1, "database::StatementError");
    handler_uses.sort_unstable();
    let on_unique = match uniques.as_slice() {
        [] => String::new(),
        [field] => format!(
            ".on_unique(&{}::{}, || {one}Error::{}Taken)",
            feature.plural,
            field.unique.as_deref().unwrap_or_default(),
            field.column_type
        ),
        _ => ".map_err(taken)".to_owned(),
    };

    let indexes = view::indexes(feature, &fields);
    let plain: Vec<_> = indexes.iter().filter(|index| !index.unique).collect();
    let long_words: Vec<String> = long.iter().map(|field| field.words.clone()).collect();
    let mut test_types: Vec<String> = fields
        .iter()
        .filter(|field| field.kind == "enum")
        .map(|field| field.inner.clone())
        .collect();
    test_types.sort();
    let test_uses_date = fields.iter().any(|field| field.kind == "date");
    let mut table_values = own_types;
    table_values.sort();
    let limits = json!({ "low": fields.iter().any(|field| field.low.is_some()), "high": fields.iter().any(|field| field.high.is_some()) });
    let has_limits = limits["low"] == true || limits["high"] == true;
    let row = if summary { "Summary" } else { "Model" };
    let listed = if summary { format!("{one}Summary") } else { one.clone() };

    Value::from_iter([
        ("plural", told(feature.plural.snake())),
        ("singular", told(feature.singular.snake())),
        ("path", told(feature.plural.kebab())),
        ("words", told(feature.plural.spaced())),
        ("Words", told(feature.plural.sentence())),
        ("word", told(feature.singular.spaced())),
        ("a", told(feature.singular.article())),
        ("A", told(crate::name::capital(feature.singular.article()))),
        ("Type", told(one)),
        ("Types", told(feature.plural.pascal())),
        ("fn", told(feature.singular.snake())),
        ("owned", told(feature.owned)),
        ("public", told(feature.public)),
        ("admin", told(feature.admin)),
        ("ops", told(view::operations(feature))),
        ("by_id", told(by_id)),
        ("writes", told(writes)),
        ("errors", told(errors)),
        ("only_reads", told(!writes)),
        ("writes_row", told(writes)),
        // Whether two made-up ones are different.
        (
            "differs",
            told(required.iter().any(|field| matches!(field.kind, "text" | "int" | "date"))),
        ),
        ("read", told(read)),
        ("write", told(write)),
        ("levels", told(&levels)),
        ("fields", told(&fields)),
        ("refs", told(&refs)),
        ("uniques", told(&uniques)),
        ("filters", told(&filters)),
        ("required", told(&required)),
        ("defaults", told(&defaults)),
        ("search", told(&search)),
        ("new", told(&new)),
        ("ref_users", told(ref_users)),
        ("filtered", told(true)),
        ("person", told(if feature.owned { "owner" } else { "person" })),
        ("ref_owners", told(needs_owner)),
        ("has_text", told(fields.iter().any(|field| field.kind == "text"))),
        ("has_enum", told(fields.iter().any(|field| field.kind == "enum"))),
        ("long", told(if summary { Some(and(&long_words)) } else { None })),
        ("long_many", told(long.len() > 1)),
        ("Row", told(row)),
        ("Listed", told(listed)),
        ("indexes", told(plain)),
        ("all_indexes", told(indexes)),
        ("table_types", told(&table_types)),
        ("table_values", told(&table_values)),
        ("table_uses", told(&table_uses)),
        ("id_uses", told(&id_uses)),
        ("contract_uses", told(&contract_uses)),
        ("reexports", told(&reexports)),
        ("consts", told(&consts)),
        ("handler_contract", told(&handler_contract)),
        ("handler_db", told(&handler_db)),
        ("handler_uses", told(&handler_uses)),
        ("on_unique", told(&on_unique)),
        ("test_types", told(&test_types)),
        ("test_uses_date", told(test_uses_date)),
        ("limits", told(if has_limits { Some(limits) } else { None })),
    ])
}

/// As the templates see it.
fn told(value: impl Serialize) -> Value {
    Value::from_serialize(value)
}

/// A text that no made-up one has in it.
fn sample(field: &FieldView) -> String {
    let word = "Needle-7";
    let length = word.len().clamp(field.min as usize, (field.max as usize).max(1));
    word.chars().chain("y".chars().cycle()).take(length).collect()
}

fn list(words: &[String]) -> String {
    and(words)
}

/// `a, b and c`.
fn and(words: &[String]) -> String {
    joined(words, "and")
}

/// `a, b or c`.
fn or(words: &[String]) -> String {
    joined(words, "or")
}

fn joined(words: &[String], last: &str) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., end] => format!("{} {last} {end}", rest.join(", ")),
    }
}

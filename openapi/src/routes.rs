//! Every route of the contracts: as a table or at length for people, as JSON for programs.

mod detail;
mod document;
mod shape;
mod table;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Serialize;
use serde_json::Value;
use throughline::{ApiError, Describe, Level, Procedure, Security, document::OpenApi};

use self::{document::Operation, shape::Shape};

/// Which routes are listed, and how.
#[derive(Args)]
pub(crate) struct Options {
    /// Only routes that have each of these words in their method, path, operation or level. A route that is left alone is
    /// shown at length.
    #[arg(value_name = "WORD")]
    words: Vec<String>,
    /// Show each route at length: what goes in, what comes out, what can go wrong, what it does to cached reads.
    #[arg(long, short, conflicts_with = "json")]
    long: bool,
    /// Print JSON for programs instead of a table for people.
    #[arg(long)]
    json: bool,
}

/// One route.
#[derive(Clone, Debug, Serialize)]
struct Route {
    method: &'static str,
    path: String,
    operation: &'static str,
    /// The name of the level.
    level: &'static str,
    /// The security schemes, each of which suffices.
    security: Vec<&'static str>,
    /// Whether a caller without credentials is admitted.
    anonymous: bool,
    /// Whether it changes nothing.
    read: bool,
    summary: &'static str,
    input: Vec<Input>,
    output: Vec<Output>,
    errors: Vec<Refusal>,
    /// What a success does to cached reads, as `x-effects` says it.
    effects: Vec<Value>,
}

/// One field of what goes in.
#[derive(Clone, Debug, Serialize)]
struct Input {
    name: String,
    /// `path`, `query`, `header` or `body`.
    place: String,
    required: bool,
    #[serde(flatten)]
    shape: Shape,
}

/// One way to succeed.
#[derive(Clone, Debug, Serialize)]
struct Output {
    status: u16,
    /// What the body is; `None` when there is none.
    body: Option<Shape>,
}

/// One way to be refused.
#[derive(Clone, Debug, Serialize)]
struct Refusal {
    status: u16,
    code: String,
    title: String,
    /// Whether the procedure declares it; the others are the framework's and the level's.
    declared: bool,
}

/// The routes, as they are asked for.
///
/// # Errors
/// When no route has the words, or the contracts contradict each other.
pub(crate) fn list(options: &Options, width: Option<usize>) -> Result<String> {
    let document = openapi::document()?;
    let all = routes(&document)?;
    let count = all.len();
    let routes: Vec<Route> =
        all.into_iter().filter(|route| options.words.iter().all(|word| route.has(word))).collect();
    if options.json {
        return Ok(format!("{}\n", serde_json::to_string_pretty(&routes)?));
    }
    match routes.as_slice() {
        [] => bail!(
            "none of the {count} routes has `{}` in its method, path, operation or level",
            options.words.join("` and `")
        ),
        [alone] if !options.words.is_empty() => Ok(detail::text(alone, width)),
        _ if options.long => {
            let texts: Vec<String> =
                routes.iter().map(|route| detail::text(route, width)).collect();
            Ok(texts.join("\n"))
        }
        _ => Ok(table::text(&routes, width)),
    }
}

/// All routes, in the order of the contracts.
fn routes(document: &OpenApi) -> Result<Vec<Route>> {
    let mut walk = Walk { document: document.as_value(), routes: Ok(Vec::new()) };
    contract::describe(&mut walk);
    walk.routes
}

/// Collects routes; what the contracts do not say as data stands in the document that is made from them.
struct Walk<'a> {
    document: &'a Value,
    routes: Result<Vec<Route>>,
}

impl Describe for Walk<'_> {
    fn procedure<P: Procedure>(&mut self) {
        let Ok(routes) = &mut self.routes else { return };
        match Route::of::<P>(self.document) {
            Ok(route) => routes.push(route),
            Err(error) => self.routes = Err(error),
        }
    }
}

impl Route {
    fn of<P: Procedure>(document: &Value) -> Result<Self> {
        let Security { schemes, optional, .. } = <P::Level as Level>::SECURITY;
        let level = std::any::type_name::<P::Level>();
        let path = format!("{}{}", openapi::PREFIX, if P::PATH == "/" { "" } else { P::PATH });
        let operation = Operation::find(document, &path, P::METHOD.as_str())
            .with_context(|| format!("the document has no operation `{}`", P::ID))?;
        let declared: Vec<&str> = P::Error::cases().iter().map(|case| case.code).collect();
        Ok(Self {
            method: P::METHOD.as_str(),
            operation: P::ID,
            level: level.rsplit_once("::").map_or(level, |(_, name)| name),
            security: schemes.iter().map(|scheme| scheme.name()).collect(),
            anonymous: optional || schemes.is_empty(),
            read: P::READ,
            summary: P::DOC.lines().next().unwrap_or_default(),
            input: operation.input(),
            output: operation.output(),
            errors: operation.errors(&declared),
            effects: operation.effects(),
            path,
        })
    }

    /// Whether the word stands in what a route is looked up by.
    fn has(&self, word: &str) -> bool {
        let word = word.to_lowercase();
        [self.method, &self.path, self.operation, self.level]
            .iter()
            .any(|text| text.to_lowercase().contains(&word))
    }

    /// Who may call, for people.
    fn who(&self) -> String {
        let mut ways = self.security.clone();
        if self.anonymous && !ways.is_empty() {
            ways.push("nothing");
        }
        if ways.is_empty() {
            self.level.to_owned()
        } else {
            format!("{} ({})", self.level, ways.join(", "))
        }
    }

    /// What a success does to cached reads, for people: `invalidates tasks.list`.
    fn effects(&self) -> Vec<String> {
        self.effects.iter().map(effect).collect()
    }
}

fn effect(effect: &Value) -> String {
    let kinds = ["invalidates", "removes", "sets"];
    let said = kinds.iter().find_map(|kind| Some((*kind, effect.get(kind)?.as_str()?)));
    let Some((kind, read)) = said else { return effect.to_string() };
    let matches = effect.get("match").and_then(Value::as_object).into_iter().flatten();
    let matches: Vec<&str> = matches.map(|(field, _)| field.as_str()).collect();
    if matches.is_empty() {
        format!("{kind} {read}")
    } else {
        format!("{kind} {read}({})", matches.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(words: &[&str], width: Option<usize>) -> Result<String> {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        list(&Options { words, long: false, json: false }, width)
    }

    fn json(words: &[&str]) -> Vec<Value> {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        let text = list(&Options { words, long: false, json: true }, None).expect("routes");
        serde_json::from_str(&text).expect("JSON")
    }

    #[test]
    fn the_table_names_level_and_schemes() {
        let table = asked(&[], None).expect("routes");
        let line = table.lines().find(|line| line.contains("tasks.get ")).expect("tasks.get");
        assert!(line.starts_with("GET "), "{line}");
        assert!(
            line.contains("/api/tasks/{id}") && line.contains("SignedIn (session, token)"),
            "{line}"
        );
        let open = |line: &str| line.contains("users.profile") && line.contains("Public");
        assert!(table.lines().any(open), "{table}");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for width in [60, 80, 100, 132, 300] {
            for words in [&[][..], &["tasks.create"][..], &["users.list"][..]] {
                let text = asked(words, Some(width)).expect("routes");
                let widest = text.lines().map(|line| line.chars().count()).max();
                assert!(widest.unwrap_or(0) <= width, "{width}\n{text}");
            }
        }
    }

    #[test]
    fn words_narrow_the_list_down() {
        let table = asked(&["TASKS", "post"], None).expect("routes");
        assert!(table.contains("tasks.create") && table.contains("refusals"), "{table}");
        let error = asked(&["nonsense"], None).expect_err("no route");
        assert!(error.to_string().contains("`nonsense`"), "{error}");
        assert!(json(&["nonsense"]).is_empty());
    }

    #[test]
    fn each_way_in_and_out_is_told_to_programs() {
        let [create] = json(&["tasks.create"]).try_into().expect("one route");
        let title = create["input"].as_array().expect("input").iter();
        let title = title.clone().find(|field| field["name"] == "title").expect("a title");
        assert_eq!(title["place"], "body");
        assert_eq!((&title["required"], &title["type"]), (&true.into(), &"string".into()));
        assert_eq!(title["schema"], "Title");
        assert_eq!(title["limits"]["maxLength"], 256);
        let statuses: Vec<_> =
            create["output"].as_array().expect("output").iter().map(|o| &o["status"]).collect();
        assert_eq!(statuses, [200, 201]);
        let taken = create["errors"].as_array().expect("errors").iter();
        let taken = taken.clone().find(|error| error["code"] == "task.id_taken").expect("a code");
        assert_eq!((&taken["status"], &taken["declared"]), (&409.into(), &true.into()));
        assert_eq!(create["effects"][0], serde_json::json!({ "invalidates": "tasks.list" }));
    }

    #[test]
    fn every_route_says_how_it_ends_and_names_its_fields_places() {
        for route in json(&[]) {
            assert!(!route["output"].as_array().expect("output").is_empty(), "{route}");
            assert!(!route["errors"].as_array().expect("errors").is_empty(), "{route}");
            for field in route["input"].as_array().expect("input") {
                let place = field["place"].as_str().expect("a place");
                assert!(["path", "query", "header", "body"].contains(&place), "{route}");
            }
            let path = route["path"].as_str().expect("a path");
            assert_eq!(
                path.matches('{').count(),
                route["input"]
                    .as_array()
                    .expect("input")
                    .iter()
                    .filter(|f| f["place"] == "path")
                    .count(),
                "{route}"
            );
        }
    }
}

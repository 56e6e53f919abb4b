//! The generated crates: which there are, their manifests, and the files around the contracts.

use std::fmt::Write;
use std::path::Path;

use super::{procedures, routes};

/// The line of an input that is changed, and what takes its place: one more field.
pub const EDIT_INPUT: (&str, &str) = ("    // an input's line", "    pub added: Option<u32>,");
/// The line of a handler that is changed, and what takes its place: one more statement.
pub const EDIT_HANDLER: (&str, &str) = ("        // a handler's line", "        let _added = 1;");

/// A generated crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    /// The contracts, with limits on their fields.
    Contract,
    /// The same contracts with limits in types of values, and an id type each.
    Values,
    /// The handlers of [`Member::Contract`] and their mount.
    Server,
    /// The same routes as plain handlers with serde.
    Plain,
    /// The same with validation and an OpenAPI document.
    Annotated,
}

impl Member {
    /// All of them, each after what it depends on.
    pub const ALL: [Self; 5] =
        [Self::Contract, Self::Values, Self::Server, Self::Plain, Self::Annotated];

    /// The package's name and folder.
    pub const fn package(self) -> &'static str {
        match self {
            Self::Contract => "scale-contract",
            Self::Values => "scale-values",
            Self::Server => "scale-server",
            Self::Plain => "scale-plain",
            Self::Annotated => "scale-annotated",
        }
    }

    const fn dependencies(self) -> &'static str {
        match self {
            Self::Contract | Self::Values => {
                "throughline.workspace = true\nthiserror.workspace = true\nuuid.workspace = true\n"
            }
            Self::Server => {
                "axum.workspace = true\nscale-contract = { path = \"../scale-contract\" }\n\
                 throughline.workspace = true\nthroughline-axum.workspace = true\nuuid.workspace = true\n"
            }
            Self::Plain => {
                "axum.workspace = true\nchrono.workspace = true\nserde.workspace = true\nserde_json.workspace = true\n\
                 thiserror.workspace = true\nuuid.workspace = true\n"
            }
            Self::Annotated => {
                "axum.workspace = true\nchrono.workspace = true\ngarde.workspace = true\nserde.workspace = true\n\
                 serde_json.workspace = true\nthiserror.workspace = true\nutoipa.workspace = true\nuuid.workspace = true\n"
            }
        }
    }
}

/// All files with their paths.
pub fn files(workspace: &Path, contracts: u32) -> Vec<(String, String)> {
    let mut files = vec![("Cargo.toml".to_owned(), root(workspace))];
    for member in Member::ALL {
        let package = member.package();
        let manifest = format!(
            "[package]\nname = \"{package}\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n[dependencies]\n{}",
            member.dependencies()
        );
        files.push((format!("{package}/Cargo.toml"), manifest));
        files.push((format!("{package}/src/lib.rs"), lib(member, contracts)));
        for index in 0..contracts {
            let thing = Thing::new(index);
            let text = match member {
                Member::Contract => procedures::contract(&thing, false),
                Member::Values => procedures::contract(&thing, true),
                Member::Server => procedures::handlers(&thing),
                Member::Plain => routes::handlers(&thing, false),
                Member::Annotated => routes::handlers(&thing, true),
            };
            files.push((format!("{package}/src/{}.rs", thing.module), text));
        }
    }
    files
}

/// The names of one contract.
#[derive(Debug)]
pub struct Thing {
    /// `thing07`.
    pub module: String,
    /// `Thing07`.
    pub name: String,
}

impl Thing {
    fn new(index: u32) -> Self {
        Self { module: format!("thing{index:02}"), name: format!("Thing{index:02}") }
    }

    /// Puts the names into a text: `@N` stands for the type's, `@m` for the module's.
    pub fn fill(&self, text: &str) -> String {
        text.replace("@N", &self.name).replace("@m", &self.module)
    }
}

fn root(workspace: &Path) -> String {
    let members: Vec<String> =
        Member::ALL.iter().map(|member| format!("{:?}", member.package())).collect();
    let crates = workspace.join("crates");
    let path = |name: &str| format!("{:?}", crates.join(name).display().to_string());
    format!(
        "[workspace]\nresolver = \"3\"\nmembers = [{}]\n\n[workspace.dependencies]\n\
         throughline = {{ path = {} }}\n\
         throughline-axum = {{ path = {} }}\n\
         axum = {{ version = \"0.8\", default-features = false, features = [\"http1\", \"json\", \"matched-path\", \"query\", \"tokio\"] }}\n\
         chrono = {{ version = \"0.4\", default-features = false, features = [\"clock\", \"serde\"] }}\n\
         garde = {{ version = \"0.23\", default-features = false, features = [\"derive\"] }}\n\
         serde = {{ version = \"1\", features = [\"derive\"] }}\n\
         serde_json = \"1\"\n\
         thiserror = \"2\"\n\
         utoipa = {{ version = \"6\", default-features = false, features = [\"macros\", \"uuid\", \"chrono\"] }}\n\
         uuid = {{ version = \"1\", features = [\"v4\", \"v7\", \"serde\"] }}\n\n\
         [profile.dev]\ndebug = \"line-tables-only\"\n",
        members.join(", "),
        path("throughline"),
        path("throughline-axum"),
    )
}

fn lib(member: Member, contracts: u32) -> String {
    let things: Vec<Thing> = (0..contracts).map(Thing::new).collect();
    let each = |line: &str| things.iter().map(|thing| thing.fill(line)).collect::<String>();
    let mut text = "//! Generated to be compiled; nothing runs it.\n\n".to_owned();
    text.push_str(&each("pub mod @m;\n"));
    // Writing to a String cannot fail.
    let _ = match member {
        Member::Contract | Member::Values => {
            write!(
                text,
                "{LEVEL}throughline::api! {{\n    pub struct Api {{\n{}    }}\n}}\n",
                each("        @m: @m::@NsClient,\n")
            )
        }
        Member::Server => write!(
            text,
            "{APP}/// All contracts in one router.\npub fn mount() -> Result<axum::Router, MountError> {{\n    \
             let app = Served::new(App);\n    Mount::new(MountOptions::default())\n{}        .build()\n}}\n",
            each("        .contract(scale_contract::@m::@NsContract, app.clone())\n")
        ),
        Member::Plain | Member::Annotated => {
            let document = if member == Member::Annotated { routes::DOCUMENT } else { "" };
            let merges = each("    document.merge(@m::Document::openapi());\n");
            let shared = if member == Member::Annotated {
                document.replace("@merges", &merges)
            } else {
                String::new()
            };
            write!(
                text,
                "{}{shared}\n/// All routes in one router.\npub fn router() -> axum::Router {{\n    axum::Router::new()\n{}        \
                 .with_state(std::sync::Arc::new(App))\n}}\n",
                routes::SHARED,
                each("        .merge(@m::routes())\n")
            )
        }
    };
    text
}

const LEVEL: &str = r#"
use throughline::{Level, Refusal, Security};

/// Who somebody is.
#[derive(Clone, Debug)]
pub struct Principal {
    pub name: String,
}

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub user: Principal,
}

impl Level for SignedIn {
    type Identity = Principal;
    const SECURITY: Security = Security::SESSION_OR_TOKEN;
    fn admit(who: Option<Principal>) -> Result<Self, Refusal> {
        who.map(|user| Self { user }).ok_or(Refusal::Unauthenticated)
    }
}

"#;

const APP: &str = r#"
use scale_contract::Principal;
use throughline::{Fault, Identify, Served};
use throughline_axum::{Mount, MountError, MountOptions};

/// The application.
pub struct App;

impl Identify<Principal> for App {
    async fn identify(&self, request: &axum::http::request::Parts) -> Result<Option<Principal>, Fault> {
        let name = request.headers.get("x-name").and_then(|name| name.to_str().ok());
        Ok(name.map(|name| Principal { name: name.to_owned() }))
    }
}

"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_ten_procedures_in_each_contract() {
        let text = procedures::contract(&Thing::new(7), false);
        assert_eq!(text.matches("async fn ").count(), 10);
        assert_eq!(text.matches("#[input]").count(), 10);
        assert_eq!(procedures::handlers(&Thing::new(7)).matches("async fn ").count(), 10);
        assert_eq!(routes::handlers(&Thing::new(7), false).matches("async fn ").count(), 10);
        assert_eq!(routes::handlers(&Thing::new(7), true).matches("utoipa::path(").count(), 10);
    }

    #[test]
    fn the_lines_to_change_are_there() {
        let thing = Thing::new(5);
        for text in [
            procedures::contract(&thing, false),
            procedures::contract(&thing, true),
            routes::handlers(&thing, true),
        ] {
            assert!(text.contains(EDIT_INPUT.0));
        }
        for text in [procedures::handlers(&thing), routes::handlers(&thing, false)] {
            assert!(text.contains(EDIT_HANDLER.0));
        }
    }

    #[test]
    fn no_mark_is_left() {
        for (path, text) in files(Path::new("/w"), 10) {
            assert!(
                !text.contains("@N") && !text.contains("@m") && !text.contains("@["),
                "{path}:\n{text}"
            );
        }
    }
}

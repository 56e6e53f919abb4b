//! The OpenAPI document of contracts, made from the contracts alone: no handler is compiled for it.
//!
//! A [`Document`] is shown contracts and builds an [`OpenApi`]: OpenAPI 3.1 with every success,
//! every fault that an operation can really answer, security, limits, links from a create to what
//! it made, and the effects on cached reads as `x-effects`. What cannot be said in one document,
//! for example two types under one name, is a [`Flaw`]; all of them are reported at once.
//!
//! An entry of `x-effects` names the effect and the read that it is on, and in `match` which cached
//! calls of it: parameters of the read with the values that they must have, as runtime expressions,
//! which OpenAPI has for links. Without `match` all cached calls are meant.
//!
//! ```json
//! { "sets": "tasks.get", "match": { "id": "$response.body#/id" }, "value": "$response.body" }
//! ```
//!
//! ```
//! use throughline::document::{Document, Info};
//! use throughline::{Cx, Public, Result, contract};
//!
//! /// Whether somebody is there.
//! #[contract(path = "/pings", tag = "pings")]
//! pub trait Pings {
//!     /// Answer.
//!     #[get]
//!     async fn get(&self, cx: Cx<Public>) -> Result<String>;
//! }
//!
//! let info = Info { title: "Pings".into(), version: "1.0.0".into(), ..Info::default() };
//! let document = Document::new(info).prefix("/api").contract::<PingsContract>().build()?;
//!
//! let json = document.to_value();
//! assert_eq!(json["paths"]["/api/pings"]["get"]["operationId"], "pings.get");
//! assert!(document.to_json_pretty().starts_with("{\n  \"openapi\": \"3.1.0\""));
//! # Ok::<(), throughline::document::DocumentError>(())
//! ```

mod envelope;
mod facts;
mod faults;
mod operation;
mod parameters;
mod problems;

mod effects;
mod links;

mod components;
mod flaw;
mod openapi;
mod routes;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use self::{components::Components, facts::Facts, problems::Problems, routes::Routes};
pub use self::{
    flaw::{DocumentError, Flaw},
    openapi::OpenApi,
};
use crate::{Contract, Describe, Procedure};

/// What the document says of the whole API.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Info {
    /// What the API is called.
    pub title: String,
    /// The version of the API, not of OpenAPI.
    pub version: String,
    /// What the API is for, in one line.
    pub summary: Option<String>,
    /// What the API is for, in CommonMark.
    pub description: Option<String>,
    /// Under which licence it may be used, as an SPDX expression: `MIT OR Apache-2.0`.
    pub license: Option<String>,
}

impl Info {
    fn to_value(&self) -> Value {
        let mut info = json!({ "title": self.title, "version": self.version });
        if let Some(summary) = &self.summary {
            info["summary"] = json!(summary);
        }
        if let Some(description) = &self.description {
            info["description"] = json!(description);
        }
        if let Some(license) = &self.license {
            info["license"] = json!({ "name": license, "identifier": license });
        }
        info
    }
}

/// Collects contracts, then makes their document.
#[derive(Debug)]
#[must_use = "no document is made before `build`"]
pub struct Document {
    info: Info,
    prefix: String,
    servers: Vec<Value>,
    extensions: Map<String, Value>,
    /// Each tag with its description, in the order in which contracts were shown.
    tags: Vec<(String, String)>,
    procedures: Vec<Facts>,
    components: Components,
}

impl Document {
    /// A document without operations.
    pub fn new(info: Info) -> Self {
        Self {
            info,
            prefix: String::new(),
            servers: Vec::new(),
            extensions: Map::new(),
            tags: Vec::new(),
            procedures: Vec::new(),
            components: Components::default(),
        }
    }

    /// What stands before each path, as the server mounts them: `/api`. Default: nothing.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// A URL under which the API is served; `/` stands for where the document was found.
    pub fn server(mut self, url: impl Into<String>) -> Self {
        self.servers.push(json!({ "url": url.into() }));
        self
    }

    /// A member of the document's own, at its top: `x-` and a name.
    pub fn extension(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extensions.insert(name.into(), value.into());
        self
    }

    /// Adds the operations of the contract `C`; its doc comment describes its tag.
    pub fn contract<C: Contract>(self) -> Self {
        let mut document = self.tag::<C>();
        C::describe(&mut document);
        document
    }

    /// Adds the operations of a list of contracts: a function that shows each of them to a visitor.
    ///
    /// A visitor sees procedures, not the contracts that they are of: [`tag`](Self::tag) describes
    /// those.
    ///
    /// ```
    /// # use throughline::{Contract, Cx, Describe, Public, Result, contract, document::{Document, Info}};
    /// # /// Pings.
    /// # #[contract(path = "/pings")] pub trait Pings {
    /// #     /// Answer.
    /// #     #[get] async fn get(&self, cx: Cx<Public>) -> Result<String>;
    /// # }
    /// fn describe<V: Describe>(visitor: &mut V) {
    ///     PingsContract::describe(visitor);
    /// }
    ///
    /// let document = Document::new(Info::default()).tag::<PingsContract>().contracts(describe);
    /// assert_eq!(document.build().unwrap().to_value()["tags"][0]["description"], "Pings.");
    /// ```
    pub fn contracts(mut self, describe: impl FnOnce(&mut Self)) -> Self {
        describe(&mut self);
        self
    }

    /// Describes the tag of the contract `C` by its doc comment.
    pub fn tag<C: Contract>(mut self) -> Self {
        self.describe_tag(C::TAG, C::DOC);
        self
    }

    /// The document.
    ///
    /// # Errors
    /// Everything that cannot be said in one document, such as two types under one name.
    pub fn build(self) -> Result<OpenApi, DocumentError> {
        let Self { info, prefix, servers, extensions, tags, procedures, mut components } = self;
        let routes = Routes::new(&prefix, &procedures, &mut components.flaws);
        let mut problems = Problems::default();
        let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
        for facts in &procedures {
            let route = routes.of(facts);
            let mut operation = operation::operation(facts, route, &mut components, &mut problems);
            links::add(&mut operation, facts, &procedures, &routes, &components);
            effects::add(&mut operation, facts, &procedures, &routes, &mut components);
            let method = facts.method.as_str().to_lowercase();
            paths.entry(&route.template).or_default().insert(method, operation);
        }
        components.check_references(&paths);

        let mut root = extensions;
        root.insert("openapi".to_owned(), json!("3.1.0"));
        root.insert("info".to_owned(), info.to_value());
        if !servers.is_empty() {
            root.insert("servers".to_owned(), servers.into());
        }
        root.insert("tags".to_owned(), tags.iter().map(tag_value).collect());
        root.insert("paths".to_owned(), json!(paths));
        root.insert("components".to_owned(), components.to_value());
        match DocumentError::of(components.flaws) {
            Some(error) => Err(error),
            None => Ok(OpenApi::new(Value::Object(root))),
        }
    }

    /// Contracts may share a tag: its description then is the paragraphs of all.
    fn describe_tag(&mut self, name: &str, doc: &str) {
        match self.tags.iter_mut().find(|(tag, _)| tag == name) {
            None => self.tags.push((name.to_owned(), doc.to_owned())),
            Some((_, known)) if known.is_empty() => doc.clone_into(known),
            Some((_, known)) if known.contains(doc) => {}
            Some((_, known)) => *known = format!("{known}\n\n{doc}"),
        }
    }
}

impl Describe for Document {
    fn contract<C: Contract>(&mut self) {
        self.describe_tag(C::TAG, C::DOC);
    }

    fn procedure<P: Procedure>(&mut self) {
        self.describe_tag(P::TAG, "");
        let facts = Facts::of::<P>(&mut self.components);
        self.procedures.push(facts);
    }
}

fn tag_value((name, description): &(String, String)) -> Value {
    if description.is_empty() {
        json!({ "name": name })
    } else {
        json!({ "name": name, "description": description })
    }
}

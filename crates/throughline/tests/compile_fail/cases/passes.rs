//! A contract without a mistake: what the other cases would be without theirs.
#![deny(warnings, missing_docs)]

use http::request::Parts;
use throughline::{
    ApiError, Created, Cursor, Cx, Fault, Id, Identify, Level, Limit, NoContent, Page, Patch, Public, Refusal,
    Result, Security, Serve, Served, Text, contract, input, output,
};
use uuid::Uuid;

/// A thing's id.
#[derive(Id)]
pub struct ThingId(Uuid);

/// What a thing is called.
#[derive(Text)]
#[text(chars = 1..=40, example = "Lamp")]
pub struct Name(String);

/// A thing.
#[output]
pub struct Thing {
    /// Its id.
    pub id: ThingId,
    /// Its name.
    pub name: Name,
}

/// Which thing.
#[input]
pub struct ById {
    /// Its id.
    #[path]
    pub id: ThingId,
}

/// Which things.
#[input]
#[derive(Default)]
pub struct ListThings {
    /// How many at most.
    pub limit: Limit,
    /// Where to go on.
    pub cursor: Option<Cursor>,
}

/// A new thing.
#[input]
pub struct NewThing {
    /// Its name.
    pub name: Name,
}

/// What changes of a thing.
#[input]
pub struct ChangeThing {
    /// Its id.
    #[path]
    pub id: ThingId,
    /// Its name.
    pub name: Patch<Name>,
}

/// Why a thing is refused.
#[derive(Debug, thiserror::Error, ApiError)]
pub enum ThingError {
    /// There is no such thing.
    #[error("no thing {id}")]
    #[problem(404, "thing.not_found")]
    NotFound {
        /// The id that was asked for.
        id: ThingId,
    },
}

/// Somebody.
pub struct SignedIn {
    /// Who.
    pub user: u64,
}

impl Level for SignedIn {
    type Identity = u64;
    const SECURITY: Security = Security::SESSION_OR_TOKEN;
    fn admit(who: Option<u64>) -> std::result::Result<Self, Refusal> {
        who.map(|user| Self { user }).ok_or(Refusal::Unauthenticated)
    }
}

/// Things.
#[contract(path = "/things")]
pub trait Things {
    /// List.
    #[get]
    async fn list(&self, cx: Cx<Public>, input: ListThings) -> Result<Page<Thing>>;
    /// Get.
    #[get("/{id}")]
    async fn get(&self, cx: Cx<Public>, input: ById) -> Result<Thing, ThingError>;
    /// Create.
    #[post]
    #[invalidates(list)]
    #[sets(get(id = output.id) = output)]
    async fn create(&self, cx: Cx<SignedIn>, input: NewThing) -> Result<Created<Thing>>;
    /// Change.
    #[patch("/{id}")]
    #[invalidates(list)]
    #[sets(get(id) = output)]
    async fn change(&self, cx: Cx<SignedIn>, input: ChangeThing) -> Result<Thing, ThingError>;
    /// Delete.
    #[delete("/{id}")]
    #[invalidates(list)]
    #[removes(get(id))]
    async fn delete(&self, cx: Cx<SignedIn>, input: ById) -> Result<NoContent, ThingError>;
}

struct App;

impl Identify<u64> for App {
    async fn identify(&self, _: &Parts) -> std::result::Result<Option<u64>, Fault> {
        Ok(Some(1))
    }
}

impl Things for App {
    async fn list(&self, _: Cx<Public>, _: ListThings) -> Result<Page<Thing>> {
        Ok(Page { items: Vec::new(), next: None })
    }
    async fn get(&self, _: Cx<Public>, input: ById) -> Result<Thing, ThingError> {
        Err(ThingError::NotFound { id: input.id }.into())
    }
    async fn create(&self, cx: Cx<SignedIn>, input: NewThing) -> Result<Created<Thing>> {
        let _: u64 = cx.user;
        Ok(Created::again(Thing { id: ThingId::new(), name: input.name }))
    }
    async fn change(&self, _: Cx<SignedIn>, input: ChangeThing) -> Result<Thing, ThingError> {
        Err(ThingError::NotFound { id: input.id })?
    }
    async fn delete(&self, _: Cx<SignedIn>, _: ById) -> Result<NoContent, ThingError> {
        Ok(NoContent)
    }
}

fn served<A: Serve<ThingsContract>>(_: A) {}

fn main() {
    served(Served::new(App));
}

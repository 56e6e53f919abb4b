//! The gauntlet's contracts: each odd thing that a contract may hold, and nothing else.

use std::collections::BTreeMap;

use throughline::{
    ApiError, Created, Cursor, Cx, Id, Int64, Level, Limit, NoContent, Page, Patch, Public,
    Refusal, Result, Security, Text, Timestamp, contract, input, output,
};
use uuid::Uuid;

/// A gadget's id.
#[derive(Id)]
pub struct GadgetId(Uuid);

/// What a gadget is called.
#[derive(Text)]
#[text(chars = 1..=20, example = "Flux capacitor")]
pub struct GadgetName(String);

/// A person in this house.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    pub name: String,
    pub keeper: bool,
}

/// Somebody we know.
pub struct Known {
    pub person: Person,
}

impl Level for Known {
    type Identity = Person;
    const SECURITY: Security = Security::SESSION_OR_TOKEN;
    fn admit(who: Option<Person>) -> std::result::Result<Self, Refusal> {
        who.map(|person| Self { person }).ok_or(Refusal::Unauthenticated)
    }
}

/// Somebody we may know.
pub struct MaybeKnown {
    pub person: Option<Person>,
}

impl Level for MaybeKnown {
    type Identity = Person;
    const SECURITY: Security = Security::SESSION_OR_TOKEN.optional();
    fn admit(who: Option<Person>) -> std::result::Result<Self, Refusal> {
        Ok(Self { person: who })
    }
}

/// A keeper.
pub struct Keeper {
    pub person: Person,
}

impl Level for Keeper {
    type Identity = Person;
    const SECURITY: Security = Security::SESSION_OR_TOKEN.forbids();
    fn admit(who: Option<Person>) -> std::result::Result<Self, Refusal> {
        let person = who.ok_or(Refusal::Unauthenticated)?;
        if person.keeper { Ok(Self { person }) } else { Err(Refusal::Forbidden) }
    }
}

/// How a gadget is.
#[output]
#[derive(Copy, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// Never used.
    BrandNew,
    /// Used.
    Worn,
    /// Of no use.
    Broken,
}

/// A gadget.
#[output]
#[derive(PartialEq)]
pub struct Gadget {
    pub id: GadgetId,
    pub name: GadgetName,
    pub condition: Condition,
    /// Beyond what JavaScript's numbers hold.
    pub serial: Int64,
    pub parts: BTreeMap<String, u32>,
    pub note: Option<String>,
    pub seen_at: Timestamp,
}

/// Which gadget.
#[input]
pub struct GadgetById {
    #[path]
    pub id: GadgetId,
}

/// A whole gadget under an id that the client made.
#[input]
pub struct PutGadget {
    #[path]
    pub id: GadgetId,
    /// Only when the stored serial is this one.
    #[header("if-serial")]
    pub if_serial: Option<Int64>,
    #[query]
    pub dry_run: Option<bool>,
    pub name: GadgetName,
    pub condition: Condition,
    pub serial: Int64,
    #[garde(length(simple, max = 3))]
    pub labels: Vec<GadgetName>,
    #[serde(default)]
    pub parts: BTreeMap<String, u32>,
}

/// Which gadgets.
#[input]
#[derive(Default)]
pub struct ListGadgets {
    /// Any of these; all when there is none.
    pub condition: Vec<Condition>,
    pub name: Option<GadgetName>,
    pub seen_after: Option<Timestamp>,
    #[garde(range(min = 1, max = 9))]
    pub weight: Option<u8>,
    pub limit: Limit<2, 5>,
    pub cursor: Option<Cursor>,
}

/// Many gadgets at once.
#[input]
pub struct ImportGadgets {
    #[body]
    #[garde(length(simple, min = 1, max = 3))]
    pub gadgets: Vec<NewGadget>,
}

/// One of many.
#[input]
#[derive(PartialEq)]
pub struct NewGadget {
    pub name: GadgetName,
    pub serial: Int64,
    pub condition: Option<Condition>,
}

/// Something that happens to a gadget.
#[input]
#[derive(PartialEq)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Happening {
    /// It fell.
    Fell {
        #[garde(range(min = 1, max = 100))]
        meters: u16,
    },
    /// It was given another name.
    Renamed { name: GadgetName },
    /// It rests.
    Rested,
}

/// A search too long for a URL.
#[input]
pub struct SearchGadgets {
    #[garde(length(simple, max = 50))]
    pub names: Vec<GadgetName>,
    pub nested: Option<SerialRange>,
}

/// A range, nested.
#[input]
pub struct SerialRange {
    pub from: Int64,
    pub to: Int64,
}

/// What changes.
#[input]
pub struct ChangeGadget {
    #[path]
    pub id: GadgetId,
    pub name: Patch<GadgetName>,
    #[garde(length(chars, max = 5))]
    pub note: Patch<Option<String>>,
    pub condition: Patch<Condition>,
}

/// Why a gadget is refused.
#[derive(Debug, PartialEq, thiserror::Error, ApiError)]
pub enum GadgetError {
    /// There is no such gadget.
    #[error("no gadget {id}")]
    #[problem(404, "gadget.not_found")]
    NotFound { id: GadgetId },
    /// The name belongs to another gadget.
    #[error("{name} is taken")]
    #[problem(409, "gadget.name_taken")]
    NameTaken { name: GadgetName, by: GadgetId },
    /// The gadget has another serial now.
    #[error("the serial is {current}")]
    #[problem(409, "gadget.stale")]
    Stale { current: Int64 },
}

/// Gadgets.
#[contract(path = "/gadgets", tag = "gadgets")]
pub trait Gadgets {
    /// List gadgets.
    #[get]
    async fn list(&self, cx: Cx<MaybeKnown>, input: ListGadgets) -> Result<Page<Gadget>>;

    /// Get a gadget.
    #[get("/{id}")]
    async fn get(&self, cx: Cx<Public>, input: GadgetById) -> Result<Gadget, GadgetError>;

    /// Put a gadget.
    #[put("/{id}")]
    #[invalidates(list, shelves::list)]
    #[sets(get(id) = output)]
    async fn put(&self, cx: Cx<Known>, input: PutGadget) -> Result<Created<Gadget>, GadgetError>;

    /// Import gadgets.
    #[post("/import")]
    #[invalidates(list)]
    async fn import(&self, cx: Cx<Known>, input: ImportGadgets)
    -> Result<Vec<Gadget>, GadgetError>;

    /// Tell what happened to a gadget.
    #[post("/{gadget}/happenings")]
    #[invalidates(get(id = gadget))]
    async fn happen(&self, cx: Cx<Known>, input: HappenTo) -> Result<Condition, GadgetError>;

    /// Search gadgets.
    #[post("/search", read)]
    async fn search(&self, cx: Cx<Public>, input: SearchGadgets) -> Result<Vec<Gadget>>;

    /// Change a gadget.
    #[patch("/{id}")]
    #[sets(get(id = output.id) = output)]
    async fn update(&self, cx: Cx<Known>, input: ChangeGadget) -> Result<Gadget, GadgetError>;

    /// Delete a gadget.
    #[delete("/{id}")]
    #[removes(get(id))]
    #[invalidates(list)]
    async fn delete(&self, cx: Cx<Keeper>, input: GadgetById) -> Result<NoContent, GadgetError>;

    /// How a gadget is.
    #[get("/{id}/condition")]
    async fn condition(&self, cx: Cx<Public>, input: GadgetById) -> Result<Condition, GadgetError>;

    /// Panics, as handlers should not.
    #[post("/panic")]
    async fn panic(&self, cx: Cx<Public>) -> Result<NoContent>;
}

/// What happened, with the gadget's id under another name.
#[input]
pub struct HappenTo {
    #[path]
    pub gadget: GadgetId,
    #[body]
    pub happening: Happening,
}

pub mod shelves {
    //! A second contract, on which the first has an effect.

    use super::*;

    /// A shelf.
    #[output]
    #[derive(PartialEq)]
    pub struct Shelf {
        pub name: String,
        pub gadgets: Vec<GadgetId>,
    }

    /// Which shelf.
    #[input]
    pub struct ShelfByName {
        #[path]
        pub name: String,
    }

    /// A gadget to put on a shelf.
    #[input]
    pub struct FillShelf {
        #[path]
        pub name: String,
        pub gadget: GadgetId,
    }

    /// Why a shelf is refused.
    #[derive(Debug, PartialEq, thiserror::Error, ApiError)]
    pub enum ShelfError {
        /// The shelf is full.
        #[error("{name} holds {room} and no more")]
        #[problem(409, "shelf.full")]
        Full { name: String, room: u32 },
        /// The gadget is the matter.
        #[error(transparent)]
        #[problem(transparent)]
        Gadget(#[from] GadgetError),
    }

    /// Shelves.
    #[contract(path = "/shelves", tag = "shelves")]
    pub trait Shelves {
        /// List shelves.
        #[get]
        async fn list(&self, cx: Cx<Public>) -> Result<Vec<Shelf>>;

        /// Get a shelf.
        #[get("/{name}")]
        async fn get(&self, cx: Cx<Public>, input: ShelfByName) -> Result<Option<Shelf>>;

        /// Put a gadget on a shelf.
        #[post("/{name}/gadgets")]
        #[invalidates(list, get(name), super::get(id = gadget))]
        async fn fill(&self, cx: Cx<Known>, input: FillShelf) -> Result<Shelf, ShelfError>;
    }
}

//! One generated contract of ten procedures, and its handlers.

use super::generate::Thing;

/// The contract. With `values`, ids and texts are types of their own that hold the limits.
pub fn contract(thing: &Thing, values: bool) -> String {
    let choose = |own: &'static str, plain: &'static str| if values { own } else { plain };
    let text = CONTRACT
        .replace("@[types]", choose(VALUES, ""))
        .replace("@[imports]", choose("ApiError, Created, Cursor, Cx, Id, Limit, NoContent, Page, Patch, Public, Result, Text, Timestamp, contract, input, output", "ApiError, Created, Cursor, Cx, Limit, NoContent, Page, Patch, Public, Result, Timestamp, contract, input, output"))
        .replace("@[Id]", choose("@NId", "Uuid"))
        .replace("@[Name]", choose("@NName", "String"))
        .replace("@[Note]", choose("@NNote", "String"))
        .replace("@[name rule]\n", choose("", "    #[garde(length(chars, min = 1, max = 120))]\n"))
        .replace("@[note rule]\n", choose("", "    #[garde(length(chars, max = 1000))]\n"));
    thing.fill(&text)
}

/// The handlers of the contract without value types.
pub fn handlers(thing: &Thing) -> String {
    thing.fill(HANDLERS)
}

const VALUES: &str = r#"
/// A thing's id.
#[derive(Id)]
pub struct @NId(Uuid);

/// What a thing is called.
#[derive(Text)]
#[text(chars = 1..=120)]
pub struct @NName(String);

/// More about a thing.
#[derive(Text)]
#[text(chars = 0..=1000)]
pub struct @NNote(String);
"#;

const CONTRACT: &str = r#"//! One contract of ten procedures.

use throughline::{@[imports]};
use uuid::Uuid;

use crate::SignedIn;
@[types]
/// A thing.
#[output]
pub struct @N {
    /// Its id.
    pub id: @[Id],
    /// What it is called.
    pub name: @[Name],
    /// More about it.
    pub note: Option<@[Note]>,
    /// How many there are.
    pub amount: u32,
    /// Whether it is done.
    pub done: bool,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Why a thing is refused.
#[derive(Debug, thiserror::Error, ApiError)]
pub enum @NError {
    /// There is no such thing.
    #[error("no thing {id}")]
    #[problem(404, "@m.not_found")]
    NotFound { id: @[Id] },
    /// The name belongs to another thing.
    #[error("{name} is taken")]
    #[problem(409, "@m.name_taken")]
    NameTaken { name: @[Name] },
}

/// Which things.
#[input]
#[derive(Default)]
pub struct List@N {
    /// Only those with this text.
@[name rule]
    pub text: Option<@[Name]>,
    /// Only those that are done, or are not.
    pub done: Option<bool>,
    /// Only those of which there are so many.
    #[garde(range(min = 1, max = 9999))]
    pub at_least: Option<u32>,
    /// How many at most.
    pub limit: Limit<20, 100>,
    /// The `next` of the page before.
    pub cursor: Option<Cursor>,
}

/// Which thing.
#[input]
pub struct Get@N {
    /// Its id.
    #[path]
    pub id: @[Id],
}

/// Which part of a thing's history.
#[input]
pub struct HistoryOf@N {
    /// Its id.
    #[path]
    pub id: @[Id],
    /// Only what came later.
    pub since: Option<Timestamp>,
    /// How many at most.
    pub limit: Limit<20, 100>,
}

/// Which things are counted.
#[input]
pub struct Count@N {
    /// Only those that are done, or are not.
    pub done: Option<bool>,
    /// Only those with this text.
@[name rule]
    pub text: Option<@[Name]>,
}

/// A new thing.
#[input]
pub struct Create@N {
    /// What it is called.
@[name rule]
    pub name: @[Name],
    /// More about it.
@[note rule]
    pub note: Option<@[Note]>,
    /// How many there are.
    #[garde(range(max = 9999))]
    pub amount: u32,
    /// Whether it is done.
    pub done: bool,
    /// Words to find it by.
    #[garde(length(simple, max = 20))]
    pub tags: Vec<String>,
    // an input's line
}

/// A whole thing.
#[input]
pub struct Put@N {
    /// Its id.
    #[path]
    pub id: @[Id],
    /// What it is called.
@[name rule]
    pub name: @[Name],
    /// More about it.
@[note rule]
    pub note: Option<@[Note]>,
    /// How many there are.
    #[garde(range(max = 9999))]
    pub amount: u32,
    /// Whether it is done.
    pub done: bool,
    /// Words to find it by.
    #[garde(length(simple, max = 20))]
    pub tags: Vec<String>,
}

/// What changes of a thing.
#[input]
pub struct Update@N {
    /// Its id.
    #[path]
    pub id: @[Id],
    /// What it is called.
@[name rule]
    pub name: Patch<@[Name]>,
    /// More about it.
@[note rule]
    pub note: Patch<Option<@[Note]>>,
    /// How many there are.
    #[garde(range(max = 9999))]
    pub amount: Patch<u32>,
    /// Whether it is done.
    pub done: Patch<bool>,
}

/// Which thing goes.
#[input]
pub struct Delete@N {
    /// Its id.
    #[path]
    pub id: @[Id],
}

/// A search too long for a URL.
#[input]
pub struct Search@N {
    /// Any of these names.
    #[garde(length(simple, max = 50))]
    pub names: Vec<@[Name]>,
    /// Not fewer than this.
    pub from: Option<u32>,
    /// Not more than this.
    pub to: Option<u32>,
}

/// Where a thing goes.
#[input]
pub struct Move@N {
    /// Its id.
    #[path]
    pub id: @[Id],
    /// Whether to only try.
    #[query]
    pub dry_run: Option<bool>,
    /// Beside which thing.
    pub beside: @[Id],
    /// How far from it.
    #[garde(range(min = 1, max = 100))]
    pub distance: u32,
}

/// Things.
#[contract(path = "/@m", tag = "@m")]
pub trait @Ns {
    /// List things.
    #[get]
    async fn list(&self, cx: Cx<Public>, input: List@N) -> Result<Page<@N>>;

    /// Get a thing.
    #[get("/{id}")]
    async fn get(&self, cx: Cx<Public>, input: Get@N) -> Result<@N, @NError>;

    /// Get a thing's history.
    #[get("/{id}/history")]
    async fn history(&self, cx: Cx<Public>, input: HistoryOf@N) -> Result<Vec<@N>, @NError>;

    /// Count things.
    #[get("/count")]
    async fn count(&self, cx: Cx<Public>, input: Count@N) -> Result<u32>;

    /// Create a thing.
    #[post]
    #[invalidates(list, count)]
    #[sets(get(id = output.id) = output)]
    async fn create(&self, cx: Cx<SignedIn>, input: Create@N) -> Result<Created<@N>, @NError>;

    /// Put a thing.
    #[put("/{id}")]
    #[invalidates(list, count)]
    #[sets(get(id) = output)]
    async fn put(&self, cx: Cx<SignedIn>, input: Put@N) -> Result<@N, @NError>;

    /// Change a thing.
    #[patch("/{id}")]
    #[invalidates(list)]
    #[sets(get(id) = output)]
    async fn update(&self, cx: Cx<SignedIn>, input: Update@N) -> Result<@N, @NError>;

    /// Delete a thing.
    #[delete("/{id}")]
    #[invalidates(list, count)]
    #[removes(get(id))]
    async fn delete(&self, cx: Cx<SignedIn>, input: Delete@N) -> Result<NoContent, @NError>;

    /// Search things.
    #[post("/search", read)]
    async fn search(&self, cx: Cx<Public>, input: Search@N) -> Result<Vec<@N>>;

    /// Move a thing.
    #[post("/{id}/move")]
    #[invalidates(list, get(id))]
    async fn relocate(&self, cx: Cx<SignedIn>, input: Move@N) -> Result<@N, @NError>;
}
"#;

const HANDLERS: &str = r#"//! The handlers of one contract.

use scale_contract::{SignedIn, @m::*};
use throughline::{Created, Cx, NoContent, Page, Public, Result, Timestamp};
use uuid::Uuid;

use crate::App;

fn thing(id: Uuid, name: String) -> @N {
    @N { id, name, note: None, amount: 1, done: false, tags: Vec::new(), created_at: Timestamp::now() }
}

fn found(id: Uuid) -> std::result::Result<@N, @NError> {
    if id.is_nil() { Err(@NError::NotFound { id }) } else { Ok(thing(id, "found".to_owned())) }
}

impl @Ns for App {
    async fn list(&self, _: Cx<Public>, input: List@N) -> Result<Page<@N>> {
        let named = thing(Uuid::now_v7(), input.text.unwrap_or_default());
        let rows = [named].into_iter().filter(|thing| input.done.is_none_or(|done| thing.done == done));
        let items = rows.take(input.limit.get() as usize).collect();
        Ok(Page { items, next: None })
    }

    async fn get(&self, _: Cx<Public>, input: Get@N) -> Result<@N, @NError> {
        Ok(found(input.id)?)
    }

    async fn history(&self, _: Cx<Public>, input: HistoryOf@N) -> Result<Vec<@N>, @NError> {
        let now = found(input.id)?;
        Ok([now].into_iter().filter(|thing| input.since.is_none_or(|since| thing.created_at > since)).collect())
    }

    async fn count(&self, _: Cx<Public>, input: Count@N) -> Result<u32> {
        Ok(u32::from(input.done.unwrap_or_default()))
    }

    async fn create(&self, _: Cx<SignedIn>, input: Create@N) -> Result<Created<@N>, @NError> {
        // a handler's line
        if input.name == "taken" {
            return Err(@NError::NameTaken { name: input.name }.into());
        }
        let made = thing(Uuid::now_v7(), input.name);
        let made = @N { note: input.note, amount: input.amount, done: input.done, tags: input.tags, ..made };
        Ok(Created::at::<procedures::Get>(&Get@N { id: made.id }, made))
    }

    async fn put(&self, _: Cx<SignedIn>, input: Put@N) -> Result<@N, @NError> {
        let made = thing(input.id, input.name);
        Ok(@N { note: input.note, amount: input.amount, done: input.done, tags: input.tags, ..made })
    }

    async fn update(&self, _: Cx<SignedIn>, input: Update@N) -> Result<@N, @NError> {
        let mut changed = found(input.id)?;
        input.name.apply(&mut changed.name);
        input.note.apply(&mut changed.note);
        input.amount.apply(&mut changed.amount);
        input.done.apply(&mut changed.done);
        Ok(changed)
    }

    async fn delete(&self, _: Cx<SignedIn>, input: Delete@N) -> Result<NoContent, @NError> {
        found(input.id)?;
        Ok(NoContent)
    }

    async fn search(&self, _: Cx<Public>, input: Search@N) -> Result<Vec<@N>> {
        let named = input.names.into_iter().map(|name| thing(Uuid::now_v7(), name));
        Ok(named.filter(|thing| input.from.is_none_or(|from| thing.amount >= from)).collect())
    }

    async fn relocate(&self, cx: Cx<SignedIn>, input: Move@N) -> Result<@N, @NError> {
        let moved = found(input.id)?;
        found(input.beside)?;
        Ok(@N { note: Some(format!("{} by {}", input.distance, cx.user.name)), ..moved })
    }
}
"#;

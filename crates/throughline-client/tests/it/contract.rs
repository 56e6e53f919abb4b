//! A small contract with each kind of answer.

use throughline::{
    ApiError, Created, Cursor, Cx, Id, Limit, NoContent, Page, Public, Result, Text, contract,
    input, output,
};
use uuid::Uuid;

/// A note's id.
#[derive(Id)]
pub struct NoteId(Uuid);

/// What a note says.
#[derive(Text)]
#[text(chars = 1..=10)]
pub struct Body(String);

/// A note.
#[output]
#[derive(PartialEq)]
pub struct Note {
    pub id: NoteId,
    pub body: Body,
}

/// Which notes.
#[input]
#[derive(Default)]
pub struct ListNotes {
    pub text: Option<String>,
    pub tag: Vec<String>,
    pub limit: Limit,
    pub cursor: Option<Cursor>,
}

/// Which note.
#[input]
pub struct NoteById {
    #[path]
    pub id: NoteId,
}

/// A new note.
#[input]
pub struct CreateNote {
    #[header]
    pub priority: Option<u8>,
    pub body: Body,
}

/// Why a note is refused.
#[derive(Debug, PartialEq, thiserror::Error, ApiError)]
pub enum NoteError {
    /// There is no such note.
    #[error("no note {id}")]
    #[problem(404, "note.not_found")]
    NotFound { id: NoteId },
}

/// Notes that anybody may write.
#[contract(path = "/notes", tag = "notes")]
pub trait Notes {
    /// List notes.
    #[get]
    async fn list(&self, cx: Cx<Public>, input: ListNotes) -> Result<Page<Note>>;
    /// Get a note.
    #[get("/{id}")]
    async fn get(&self, cx: Cx<Public>, input: NoteById) -> Result<Note, NoteError>;
    /// Write a note.
    #[post]
    #[invalidates(list)]
    #[sets(get(id = output.id) = output)]
    async fn create(&self, cx: Cx<Public>, input: CreateNote) -> Result<Created<Note>>;
    /// Delete a note.
    #[delete("/{id}")]
    #[invalidates(list)]
    #[removes(get(id))]
    async fn delete(&self, cx: Cx<Public>, input: NoteById) -> Result<NoContent, NoteError>;
}

pub fn id() -> NoteId {
    "019339e9-8f6a-7c3e-9b1d-2f4a6c8e0b12".parse().unwrap()
}

pub fn milk() -> CreateNote {
    CreateNote { priority: None, body: Body::new("Milk").unwrap() }
}

/// A note as it stands on the wire.
pub const NOTE: &str = r#"{"id":"019339e9-8f6a-7c3e-9b1d-2f4a6c8e0b12","body":"Milk"}"#;

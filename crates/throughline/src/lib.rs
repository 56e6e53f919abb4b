//! The contract language of Throughline: a procedure is declared once, and serving, calling and documenting follow from it.
//!
//! A contract is a plain trait under [`contract`](macro@contract). Its inputs carry [`input`](macro@input), its outputs
//! [`output`](macro@output), its errors [`ApiError`](derive@ApiError), its values [`Text`](derive@Text) and
//! [`Id`](derive@Id). Behind each method stands one type that implements [`Procedure`]; everything that serves, calls or
//! documents is generic code over that trait.
//!
//! ```
//! use throughline::{ApiError, Cx, Id, Page, Public, Result, Text, contract, input, output};
//! use uuid::Uuid;
//!
//! /// A note's id.
//! #[derive(Id)]
//! pub struct NoteId(Uuid);
//!
//! /// What a note says.
//! #[derive(Text)]
//! #[text(chars = 1..=280)]
//! pub struct Body(String);
//!
//! /// A note.
//! #[output]
//! pub struct Note { pub id: NoteId, pub body: Body }
//!
//! /// Which note.
//! #[input]
//! pub struct NoteById { #[path] pub id: NoteId }
//!
//! /// Why a note is refused.
//! #[derive(Debug, thiserror::Error, ApiError)]
//! pub enum NoteError {
//!     /// There is no such note.
//!     #[error("no note {id}")]
//!     #[problem(404, "note.not_found")]
//!     NotFound { id: NoteId },
//! }
//!
//! /// Notes that anybody may read.
//! #[contract(path = "/notes", tag = "notes")]
//! pub trait Notes {
//!     /// Get a note.
//!     #[get("/{id}")]
//!     async fn get(&self, cx: Cx<Public>, input: NoteById) -> Result<Note, NoteError>;
//! }
//!
//! struct App;
//! impl Notes for App {
//!     async fn get(&self, _: Cx<Public>, input: NoteById) -> Result<Note, NoteError> {
//!         Err(NoteError::NotFound { id: input.id }.into())
//!     }
//! }
//! ```

// The macros name this crate by its absolute path, also in its own tests.
extern crate self as throughline;

mod call;
mod context;
mod effect;
mod error;
mod fault;
mod input;
mod output;
mod page;
mod param;
mod patch;
mod problem;
mod procedure;
mod validate;

mod date;
mod id;
mod int64;
mod text;
mod timestamp;

mod check;
mod dispatch;
mod json;
mod schema;
mod shape;
mod url;

#[cfg(feature = "document")]
pub mod document;

#[cfg(feature = "sea-orm")]
pub mod database;

#[doc(hidden)]
pub mod __private;

pub use self::{
    call::{CallError, Caller, Connect, TransportError, WireRequest, decode_reply, encode_request},
    context::{
        Asked, ClientAddress, Cx, Identify, Level, Nobody, Public, Refusal, Scheme, Security,
        Transactional,
    },
    date::{Date, DateError},
    dispatch::{BodyFault, MountInfo, dispatch},
    effect::{Effect, EffectKind, EffectSink, EffectSpec, Match, Source},
    error::{ApiError, Case, Codes, Failure, Internal, InternalExt, Never, Result},
    fault::{Fault, FaultKind, faults},
    id::Id,
    input::{
        BodyCodec, Codec, Field, Input, NoBody, Place, QueryCodec, QueryInput, RequestReader,
        RequestWriter,
    },
    int64::Int64,
    output::{Created, DecodeError, NoContent, Output, Reply},
    page::{Cursor, Limit, Page},
    param::Param,
    patch::Patch,
    problem::Problem,
    procedure::{
        Contract, Describe, Handle, Method, Procedure, Read, Serve, Served, Visitor, Write,
    },
    schema::{Schemas, WireSchema},
    text::{Text, TextError},
    timestamp::Timestamp,
    validate::{Validate, Validator, Violation},
};
pub use throughline_macros::{ApiError, Id, Text, contract, input, output};

/// Any JSON, for what only the client understands.
// An alias: exported under a second name, its variant `String` would be in the way of std's in compiler messages.
pub type Json = serde_json::Value;

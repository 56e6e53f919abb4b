//! Calls a Throughline contract: calls as values, over HTTP or any other transport.
//!
//! The calls themselves are emitted by `#[contract]`; this crate is what carries them. [`Http`]
//! turns a procedure and its input into a [`Call`], which is awaited, sent, cloned and sent again,
//! or handed to a cache.
//!
//! ```no_run
//! use throughline::{CallError, Cx, Public, Result, contract, input, output};
//! use throughline_client::{ConnectError, Http, HttpOptions};
//!
//! /// A note.
//! #[output]
//! pub struct Note { pub id: u64, pub body: String }
//!
//! /// Which note.
//! #[input]
//! pub struct NoteById { #[path] pub id: u64 }
//!
//! /// Notes that anybody may read.
//! #[contract(path = "/notes", tag = "notes")]
//! pub trait Notes {
//!     /// Get a note.
//!     #[get("/{id}")]
//!     async fn get(&self, cx: Cx<Public>, input: NoteById) -> Result<Note>;
//! }
//!
//! # async fn run() -> std::result::Result<(), Box<dyn std::error::Error>> {
//! let http = Http::new("http://localhost:3000".parse()?, HttpOptions::default())?;
//! let notes = NotesClient::new(http);
//! match notes.get(7).await {
//!     Ok(note) => println!("{}", note.body),
//!     Err(CallError::Transport(error)) => eprintln!("no answer that the contract knows: {error}"),
//!     Err(other) => return Err(other.into()),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Calls need a tokio runtime with its I/O and time drivers, which `#[tokio::main]` has.

mod call;
mod caller;

mod error;
mod options;
mod server_url;

mod cookie;
mod jar;

mod network;
mod tls;
mod transport;

pub use self::{
    call::Call,
    caller::Http,
    cookie::Cookie,
    error::ConnectError,
    options::{BearerToken, Credentials, HttpOptions},
    server_url::ServerUrl,
    transport::{Answering, Transport},
};

//! Mutations that must not be lost: written down before they are sent, and sent until they are done.
//!
//! An entry of an [`Outbox`] says which operation is to be done with which variables. It is on the disk
//! before anything is sent, and is sent again, with the same idempotency key, whenever the outcome is
//! not known: after a failure of the network, after the end of the process, after a power cut. So the
//! server sees it at least once, and does it once if it remembers the keys. Entries of one scope are
//! sent one after the other in the order in which they were queued; others do not wait for each other.
//!
//! One process at a time has an outbox open; when it ends, however it ends, another one can open it and
//! goes on. A process that only wants to queue something can [`deposit`] it.
//!
//! What sends is not in here. A driver takes a [`Sending`] from [`Outbox::next`], sends it, and reports
//! with [`Outbox::finish`]; [`Outbox::drain`] is such a driver for programs that may block.
//!
//! ```
//! use throughline_query::outbox::{NewEntry, Outbox, OutboxOptions, Outcome, Senders};
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("outbox.log");
//!
//! let (mut outbox, _) = Outbox::open(&path, OutboxOptions::default())?;
//! outbox.enqueue(NewEntry::of("todo.rename", &(7, "Milk"))?.scope("todo 7"), 1_000)?;
//!
//! let mut senders = Senders::new();
//! senders.on("todo.rename", |(id, title): (u32, String), sending| {
//!     assert_eq!((id, title.as_str(), sending.attempt), (7, "Milk", 1));
//!     Outcome::Done
//! });
//! let drained = outbox.drain(&senders, || 2_000)?;
//! assert_eq!(drained.done, 1);
//! assert_eq!(outbox.entries().count(), 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod deposit;
mod durable;
mod entry;
mod journal;
mod queue;
mod send;

pub use self::deposit::deposit;
pub use self::durable::DurableError;
pub use self::entry::{EntryId, NewEntry, OutboxEntry, OutboxState, Outcome, Sending};
pub use self::journal::{Opened, Outbox, OutboxError, OutboxOptions};
pub use self::send::{Drained, SendError, Senders};

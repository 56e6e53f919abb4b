//! What stands around the machine: one lock, what is read without it, and who carries out effects.
//!
//! A change enters the [`Gate`](gate::Gate), runs the machine until it settles, and writes down what
//! follows. What is only a mark or an answer is written at once; whatever runs foreign code (a waker,
//! a function, a callback) goes to the [`Outbox`](outbox::Outbox) and runs when the gate is open
//! again, in order. So no foreign code runs with a lock held, but for what the machine itself has to
//! ask: selectors, comparisons, options that are functions, and destructors. When one of these calls
//! the client, it reads what is published, and what it wants changed is changed at the end.

mod access;
mod alarm;
mod answer;
mod core;
mod desk;
mod driver;
mod effects;
mod feed;
mod flag;
mod gate;
mod held;
mod keep;
mod latch;
mod letters;
mod outbox;
mod post;
mod reads;
mod slot;
mod switch;
mod task;
mod turns;
mod worker;

pub(crate) use self::access::Access;
pub(crate) use self::answer::Answer;
pub(crate) use self::core::{Core, Hooks, Locked, Outcome, Watch};
pub(crate) use self::desk::Desk;
pub(crate) use self::feed::Feed;
pub use self::feed::Happened;
pub(crate) use self::flag::{Flag, Place};
pub(crate) use self::held::Waits;
pub(crate) use self::keep::Kept;
pub(crate) use self::latch::Latch;
pub(crate) use self::post::{Post, send};
pub(crate) use self::reads::{Read, Reads};
pub(crate) use self::slot::Slot;
pub(crate) use self::switch::Entered;
pub(crate) use self::task::{CallbackFn, FetchFn, MutateFn, Running, TellFn, panic_text, panicked};
use self::turns::Turns;
use self::worker::Worker;

//! The examples say what they are meant to show.

#![allow(dead_code, reason = "the examples have a `main` as well")]

#[path = "../examples/dashboard.rs"]
mod dashboard;
#[path = "../examples/infinite_scroll.rs"]
mod infinite_scroll;
#[path = "../examples/offline_outbox.rs"]
mod offline_outbox;
#[path = "../examples/optimistic_list.rs"]
mod optimistic_list;

use std::cell::RefCell;
use std::error::Error;

type Outcome = Result<(), Box<dyn Error>>;

#[derive(Default)]
struct Lines(RefCell<Vec<String>>);

impl Lines {
    fn say(&self) -> impl FnMut(String) + '_ {
        |line| self.0.borrow_mut().push(line)
    }

    #[track_caller]
    fn are(self, expected: &[&str]) -> Outcome {
        assert_eq!(self.0.into_inner(), expected);
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn dashboard() -> Outcome {
    let lines = Lines::default();
    dashboard::run(lines.say()).await?;
    lines.are(&[
        "load 10",
        "alerts 0",
        "load 20",
        "load 30",
        "alerts 1",
        "load 40",
        "load 50",
        "load 60",
        "alerts 2",
        "told of the load 6 times, of the alerts 3 times",
        "the spinner turned: true",
        "6 requests for three observers, 0 after they left",
    ])
}

#[tokio::test(start_paused = true)]
async fn infinite_scroll() -> Outcome {
    let lines = Lines::default();
    infinite_scroll::run(lines.say()).await?;
    lines.are(&[
        "1 pages, 10 messages, more: true",
        "2 pages, 20 messages, more: true",
        "3 pages, 25 messages, more: false",
        "asked for [0, 10, 20]",
        "message 10 is now \"edited\"; shared pages: [true, false, true]",
        "fetched again [0, 10, 20]; the last message is \"the latest\"",
    ])
}

#[tokio::test(start_paused = true)]
async fn optimistic_list() -> Outcome {
    let lines = Lines::default();
    optimistic_list::run(lines.say()).await?;
    lines.are(&[
        "fetched: milk (0 layers)",
        "shown at once: milk, bread, eggs (2 layers)",
        "fetched again: milk, tea, bread, eggs (2 layers)",
        "there is no bread: milk, tea, eggs (1 layers)",
        "eggs are confirmed: milk, tea, eggs (0 layers)",
        "as the server has it: milk, tea, eggs (0 layers)",
    ])
}

#[test]
fn offline_outbox() -> Outcome {
    let lines = Lines::default();
    offline_outbox::run(lines.say())?;
    lines.are(&[
        "offline: shown [water the plants, buy milk, call Ada], written 2",
        "the network is back, and the program ends while it sends",
        "again: shown [water the plants, buy milk, call Ada], written 2",
        "the idempotency keys are the same: true",
        "sent: 0 left",
        "the server was asked 3 times and has [\"buy milk\", \"call Ada\"]",
    ])
}

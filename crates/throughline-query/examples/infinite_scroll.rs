//! Infinite scroll: pages are fetched one after the other, one of them is changed where it lies, and
//! when the data is out of date all pages are fetched again.
//!
//! `cargo run -p throughline-query --example infinite_scroll`

use std::error::Error;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use throughline_query::{Fetch, InfiniteQuery, QueryClient};

#[derive(Debug, Clone, PartialEq)]
struct Message {
    id: u32,
    text: String,
}

/// Some messages, and where the next ones begin.
#[derive(Debug, Clone, PartialEq)]
struct Page {
    messages: Vec<Message>,
    next: Option<u32>,
}

/// A server in this process.
#[derive(Default)]
struct Server {
    messages: Mutex<Vec<String>>,
    requests: Mutex<Vec<u32>>,
}

const SIZE: usize = 10;

impl Server {
    fn add(&self, texts: impl IntoIterator<Item = String>) {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner).extend(texts);
    }

    /// What it was asked for since the last time.
    fn requests(&self) -> Vec<u32> {
        std::mem::take(&mut *self.requests.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn page(&self, from: u32) -> Result<Page, io::Error> {
        tokio::time::sleep(Duration::from_millis(20)).await;
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(from);
        let all = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        let messages: Vec<_> = (from..)
            .zip(all.iter().skip(from as usize).take(SIZE))
            .map(|(id, text)| Message { id, text: text.clone() })
            .collect();
        let end = from + messages.len() as u32;
        Ok(Page { messages, next: ((end as usize) < all.len()).then_some(end) })
    }
}

/// What the example does; `say` gets its lines.
pub async fn run(mut say: impl FnMut(String)) -> Result<(), Box<dyn Error>> {
    let server = Arc::new(Server::default());
    server.add((0..25).map(|n| format!("message {n}")));

    let asked = Arc::clone(&server);
    let feed = InfiniteQuery::paged("feed", 0, move |cx: Fetch<(), u32>| {
        let server = Arc::clone(&asked);
        async move { server.page(cx.page().copied().unwrap_or_default()).await }
    })
    .next_page(|page: &Page, _| page.next)
    .stale_time(Duration::from_secs(60))
    .compared();
    let everything = feed.at(());

    let client = QueryClient::new()?;
    let mut observer = client.observe(&everything);
    while !observer.changed().await.ok_or("the client is gone")?.is_success() {}

    // Scrolling down, until there is nothing below.
    loop {
        let state = observer.state();
        let (data, pages) = (state.data().ok_or("no data")?, state.pages.ok_or("no pages")?);
        let messages: usize = data.pages().map(|page| page.messages.len()).sum();
        say(format!("{} pages, {messages} messages, more: {}", data.len(), pages.has_next));
        if !pages.has_next {
            break;
        }
        observer.fetch_next_page().await?;
    }
    say(format!("asked for {:?}", server.requests()));

    // One message is changed; the other pages stay the values that they were.
    let before = client.get(&everything).ok_or("no data")?;
    client.update(&everything, |feed| {
        feed.change_page(1, |page| page.messages[0].text = "edited".to_owned());
    })?;
    let after = client.get(&everything).ok_or("no data")?;
    let shared: Vec<_> = (0..after.len())
        .map(|at| match (before.page(at), after.page(at)) {
            (Some(before), Some(after)) => Arc::ptr_eq(&before, &after),
            _ => false,
        })
        .collect();
    let edited = after.page(1).ok_or("no page")?.messages[0].clone();
    say(format!("message {} is now {:?}; shared pages: {shared:?}", edited.id, edited.text));

    // Somebody else has written something: all pages are fetched again, from the first.
    server.add(["the latest".to_owned()]);
    client.invalidate(&everything).await?;
    let data = observer.state().data().ok_or("no data")?;
    let last = data.pages().last().and_then(|page| page.messages.last()).ok_or("no message")?;
    say(format!("fetched again {:?}; the last message is {:?}", server.requests(), last.text));
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    run(|line| println!("{line}")).await
}

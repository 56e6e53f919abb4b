//! An optimistic list: two changes are shown at once, each as a layer over what the server said. A
//! refetch puts new data below them; when one of them is refused, it goes and the other one stays.
//!
//! `cargo run -p throughline-query --example optimistic_list`

use std::error::Error;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use throughline_query::{Fetch, Mutate, Mutation, Query, QueryClient};

type List = Vec<String>;

/// A server in this process. Of bread it has none.
#[derive(Default)]
struct Server(Mutex<List>);

impl Server {
    fn now(&self, what: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(what.to_owned());
    }

    async fn list(&self) -> Result<List, io::Error> {
        tokio::time::sleep(Duration::from_millis(10)).await;
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    async fn add(&self, what: &str) -> Result<(), io::Error> {
        if what == "bread" {
            tokio::time::sleep(Duration::from_millis(100)).await;
            return Err(io::Error::other("there is no bread"));
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        self.now(what);
        Ok(())
    }
}

/// What the example does; `say` gets its lines.
pub async fn run(mut say: impl FnMut(String)) -> Result<(), Box<dyn Error>> {
    let server = Arc::new(Server::default());
    server.now("milk");
    let (reads, writes) = (Arc::clone(&server), Arc::clone(&server));
    let list = Query::new("shopping", move |_: Fetch<()>| {
        let server = Arc::clone(&reads);
        async move { server.list().await }
    })
    .compared()
    .at(());
    let shown = list.clone();
    // Shown from when it is submitted until it is over. Then the layer becomes data, or goes alone.
    let adding = Mutation::new("shopping.add", move |cx: Mutate<String>| {
        let server = Arc::clone(&writes);
        async move { server.add(cx.variables()).await }
    })
    .optimistic(
        move |_| shown.clone(),
        |name, list: &List| {
            // Nothing, if the server has it already.
            let is_new = !list.contains(name);
            is_new.then(|| [&list[..], std::slice::from_ref(name)].concat())
        },
    );

    let client = QueryClient::new()?;
    let shown = || {
        let list = client.get(&list).map(|list| list.join(", ")).unwrap_or_default();
        format!("{list} ({} layers)", client.snapshot()["queries"][0]["layers"])
    };
    client.fetch(&list).await?;
    say(format!("fetched: {}", shown()));

    let bread = client.mutate(&adding, "bread".to_owned());
    let eggs = client.mutate(&adding, "eggs".to_owned());
    say(format!("shown at once: {}", shown()));

    // Somebody else adds something; what is fetched lies below what is not confirmed yet.
    server.now("tea");
    client.refetch(&list).await?;
    say(format!("fetched again: {}", shown()));

    let refused = bread.await.err().ok_or("there was bread")?;
    say(format!("{refused}: {}", shown()));

    eggs.await?;
    say(format!("eggs are confirmed: {}", shown()));

    client.refetch(&list).await?;
    say(format!("as the server has it: {}", shown()));
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    run(|line| println!("{line}")).await
}

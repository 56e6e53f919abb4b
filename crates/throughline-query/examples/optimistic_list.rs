//! An optimistic list: two changes are shown at once, each as a layer over what the server said. A
//! refetch puts new data below them; when one of them is refused, it goes and the other one stays.
//!
//! `cargo run -p throughline-query --example optimistic_list`

use std::error::Error;
use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use throughline_query::{Bound, Fetch, Mutate, Mutation, Query, QueryClient};

type List = Vec<String>;
type Adding = Mutation<String, (), io::Error>;

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

/// Shows at once what a mutation will do, and submits it. When it is over, the layer becomes data, or it
/// goes alone.
fn add(
    client: &QueryClient,
    list: &Bound<List, io::Error>,
    adding: &Adding,
    what: &str,
) -> impl Future<Output = Result<(), String>> + use<> {
    let name = what.to_owned();
    let layer = client.layer(list, move |list| {
        // Nothing, if the server has it already.
        (!list.contains(&name)).then(|| [&list[..], std::slice::from_ref(&name)].concat())
    });
    let asked = client.mutate(adding, what.to_owned());
    async move {
        match asked.await {
            Ok(_) => {
                layer.commit();
                Ok(())
            }
            // The layer is dropped here.
            Err(error) => Err(error.to_string()),
        }
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
    let adding = Mutation::new("shopping.add", move |cx: Mutate<String>| {
        let server = Arc::clone(&writes);
        async move { server.add(cx.variables()).await }
    });

    let client = QueryClient::new()?;
    let shown = || {
        let list = client.get(&list).map(|list| list.join(", ")).unwrap_or_default();
        format!("{list} ({} layers)", client.inspect()["queries"][0]["layers"])
    };
    client.fetch(&list).await?;
    say(format!("fetched: {}", shown()));

    let bread = add(&client, &list, &adding, "bread");
    let eggs = add(&client, &list, &adding, "eggs");
    say(format!("shown at once: {}", shown()));

    // Somebody else adds something; what is fetched lies below what is not confirmed yet.
    server.now("tea");
    client.refetch(&list).await?;
    say(format!("fetched again: {}", shown()));

    let refused = bread.await.err().unwrap_or_default();
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

//! A dashboard: one query that is fetched again in an interval, and several observers of it, each of
//! which is told only of what it shows.
//!
//! `cargo run -p throughline-query --example dashboard`

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use throughline_query::{Fetch, Fields, Observer, Query, QueryClient};

/// What the server tells of itself.
#[derive(Debug, Clone, PartialEq)]
struct Metrics {
    load: u32,
    alerts: Vec<String>,
}

/// A server in this process. It counts what it is asked.
#[derive(Default)]
struct Server {
    requests: AtomicU32,
}

impl Server {
    async fn metrics(&self) -> Result<Metrics, io::Error> {
        let n = self.requests.fetch_add(1, Ordering::SeqCst) + 1;
        tokio::time::sleep(Duration::from_millis(5)).await;
        // The load changes each time, the alerts every third time.
        Ok(Metrics { load: 10 * n, alerts: (0..n / 3).map(|n| format!("disk {n}")).collect() })
    }
}

/// Waits for the next data of an observer.
async fn next<T, S>(observer: &mut Observer<T, io::Error, S>) -> Option<Arc<T>>
where
    T: Send + Sync + 'static,
    S: Send + Sync + 'static,
{
    loop {
        if let Some(data) = observer.changed().await?.data() {
            return Some(data);
        }
    }
}

/// What the example does; `say` gets its lines.
pub async fn run(mut say: impl FnMut(String)) -> Result<(), Box<dyn Error>> {
    let server = Arc::new(Server::default());
    let asked = Arc::clone(&server);
    let metrics = Query::new("metrics", move |_: Fetch<()>| {
        let server = Arc::clone(&asked);
        async move { server.metrics().await }
    })
    .refetch_interval(Duration::from_millis(100))
    .compared();

    let client = QueryClient::new()?;
    let bound = metrics.at(());
    // Three observers, and one fetch at a time for all of them.
    let mut load = client.observe(&bound).select_compared(|m| m.load).interest(Fields::DATA);
    let mut alerts =
        client.observe(&bound).select_compared(|m| m.alerts.len()).interest(Fields::DATA);
    let mut spinner = client.observe(&bound).interest(Fields::IS_FETCHING);

    let (mut seen_load, mut seen_alerts, mut turns) = (0, 0, 0);
    while seen_load < 6 {
        tokio::select! {
            biased;
            Some(load) = next(&mut load) => {
                seen_load += 1;
                say(format!("load {load}"));
            }
            Some(count) = next(&mut alerts) => {
                seen_alerts += 1;
                say(format!("alerts {count}"));
            }
            Some(_) = spinner.changed() => turns += 1,
        }
    }
    // What is new for the others at the same moment.
    while let Ok(Some(count)) =
        tokio::time::timeout(Duration::from_millis(20), next(&mut alerts)).await
    {
        seen_alerts += 1;
        say(format!("alerts {count}"));
    }
    say(format!("told of the load {seen_load} times, of the alerts {seen_alerts} times"));
    say(format!("the spinner turned: {}", turns > 0));

    // Nobody looks any more, so nobody is asked any more.
    drop((load, alerts, spinner));
    tokio::time::sleep(Duration::from_millis(20)).await;
    let requests = server.requests.load(Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(400)).await;
    let later = server.requests.load(Ordering::SeqCst) - requests;
    say(format!("{requests} requests for three observers, {later} after they left"));
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    run(|line| println!("{line}")).await
}

//! The same on tokio.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use throughline_query::{Fetch, NoRuntime, Query, QueryClient, QueryError, TokioRuntime};

use crate::support::{Oops, counting, endless, is_dropped};

#[test]
fn outside_of_a_runtime_there_is_no_client() {
    assert_eq!(QueryClient::new().err(), Some(NoRuntime));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_tasks_make_one_call() {
    let client = QueryClient::new().unwrap();
    let (query, calls) = counting("n");
    let query = query.stale_time(Duration::from_secs(60));
    let tasks = (0..64).map(|_| {
        let (client, bound) = (client.clone(), query.at(1));
        tokio::spawn(async move { *client.fetch(&bound).await.unwrap() })
    });
    for n in join_all(tasks).await {
        assert_eq!(n.unwrap(), 1);
    }
    assert_eq!(calls.get(), 1);
}

#[tokio::test(start_paused = true)]
async fn retries_wait_on_the_paused_clock() {
    let client = QueryClient::new().unwrap();
    let query = Query::new("x", |cx: Fetch<()>| async move {
        if cx.failures() < 3 { Err(Oops("again")) } else { Ok(cx.failures()) }
    });
    let mut observer = client.observe(&query.at(()));
    let start = tokio::time::Instant::now();
    let data = loop {
        if let Some(data) = observer.next().await.unwrap().data() {
            break *data;
        }
    };
    assert_eq!(data, 3);
    let took = start.elapsed();
    assert!((Duration::from_secs(7)..Duration::from_secs(8)).contains(&took), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn what_nobody_uses_is_collected() {
    let client = QueryClient::new().unwrap();
    let (query, _) = counting("n");
    client.fetch(&query.at(1)).await.unwrap();
    assert_eq!(client.len(), 1);
    tokio::time::sleep(Duration::from_secs(301)).await;
    assert_eq!(client.len(), 0);
}

#[tokio::test]
async fn the_last_client_ends_what_never_ends() {
    let client = QueryClient::new().unwrap();
    let (query, dropped) = endless("n");
    let asked = client.fetch(&query.at(1));
    tokio::task::yield_now().await;
    drop(client);
    assert!(matches!(asked.await, Err(QueryError::Closed)));
    while dropped.get() == 0 {
        tokio::task::yield_now().await;
    }
}

#[test]
fn a_runtime_that_is_gone_is_an_error() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let client = QueryClient::builder()
        .build(std::sync::Arc::new(TokioRuntime::of(runtime.handle().clone())));
    let (query, dropped) = endless("n");
    let asked = client.fetch(&query.at(1));
    runtime.block_on(tokio::task::yield_now());
    drop(runtime);
    assert_eq!(dropped.get(), 1);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert!(is_dropped(&runtime.block_on(asked)));
    assert!(is_dropped(&runtime.block_on(client.fetch(&query.at(2)))));
}

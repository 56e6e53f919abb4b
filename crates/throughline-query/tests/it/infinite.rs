//! Infinite queries.

use throughline_query::{Fetch, InfiniteQuery, Paged};

use crate::support::{Oops, world};

type Numbers = InfiniteQuery<(), Vec<u32>, u32, Oops>;

fn numbers() -> Numbers {
    InfiniteQuery::paged("numbers", 10, |cx: Fetch<(), u32>| async move {
        let first = *cx.page().unwrap();
        Ok(vec![first, first + 1])
    })
    .next_page(|_, param| (*param < 20).then_some(param + 10))
    .previous_page(|_, param| param.checked_sub(10))
    .compared()
}

fn all(paged: &Paged<Vec<u32>, u32>) -> Vec<u32> {
    paged.pages().flatten().copied().collect()
}

#[test]
fn pages_come_at_both_ends() {
    let (manual, client) = world();
    let query = numbers();
    let observer = client.observe(&query.at(()));
    manual.run();
    let seen = manual.block_on(observer.fetch_next_page()).unwrap().unwrap();
    assert_eq!(all(&seen.data().unwrap()), [10, 11, 20, 21]);
    let pages = seen.pages.unwrap();
    assert!(!pages.has_next && pages.has_previous);
    manual.block_on(observer.fetch_previous_page()).unwrap().unwrap();
    let paged = client.get(&query.at(())).unwrap();
    assert_eq!(all(&paged), [0, 1, 10, 11, 20, 21]);
    assert_eq!(paged.params().copied().collect::<Vec<_>>(), [0, 10, 20]);
}

#[test]
fn pages_can_be_set_and_changed() {
    let (manual, client) = world();
    let query = numbers();
    let bound = query.at(());
    client.set(&bound, Paged::new([(10, vec![7]), (20, vec![8])])).unwrap();
    let changed = client.update(&bound, |paged| {
        paged.change_page(1, |page| page.push(9));
    });
    assert!(changed.unwrap());
    assert_eq!(all(&client.get(&bound).unwrap()), [7, 8, 9]);
    // A refetch fetches as many pages as there were.
    let observer = client.observe(&bound).select(|paged| all(paged).len());
    manual.run();
    assert_eq!(observer.state().data().as_deref(), Some(&4));
    assert_eq!(all(&client.get(&bound).unwrap()), [10, 11, 20, 21]);
}

//! The queries of `flows`.

use db::flows::{self, Changes, Content, Filter, FlowId};
use testing::TestDatabase;
use throughline::{Patch, Timestamp, Transactional};
use throughline_auth::UserId;

use crate::people::{at, person};

async fn flow(db: &TestDatabase, owner: UserId, title: &str, now: Timestamp) -> FlowId {
    let content = Content { title: title.parse().unwrap(), content: "content".parse().unwrap() };
    let tx = db.begin().await.unwrap();
    let row = flows::insert(&tx, owner, FlowId::new(), content, now).await.unwrap().unwrap();
    db.commit(tx).await.unwrap();
    row.id
}

/// The titles of the whole list, page by page.
async fn walk(db: &TestDatabase, owner: UserId, filter: &Filter, limit: u64) -> Vec<String> {
    let (mut titles, mut cursor) = (Vec::new(), None);
    loop {
        let page = flows::page(&**db, owner, filter, limit, cursor.as_ref()).await.unwrap();
        assert!(page.items.len() as u64 <= limit);
        titles.extend(page.items.into_iter().map(|row| row.title.into_string()));
        cursor = page.next;
        if cursor.is_none() {
            return titles;
        }
    }
}

testing::on_both! {
    async fn flows_are_listed_newest_first_in_pages_that_join(db: TestDatabase) {
        let (ada, bob) = (person(&db, "ada").await, person(&db, "bob").await);
        for number in 0..7 {
            // Some of one moment.
            flow(&db, ada, &format!("flow {number}"), at(number / 2)).await;
        }
        flow(&db, bob, "of bob", at(9)).await;
        let whole = walk(&db, ada, &Filter::default(), 100).await;
        assert_eq!(whole.len(), 7);
        assert_eq!(whole[0], "flow 6");
        for limit in [1, 2, 3, 6, 7] {
            assert_eq!(walk(&db, ada, &Filter::default(), limit).await, whole, "in pages of {limit}");
        }
        let one = Filter { text: Some("FLOW 3".parse().unwrap()) };
        assert_eq!(walk(&db, ada, &one, 2).await, ["flow 3"]);
        assert_eq!(walk(&db, bob, &one, 2).await, Vec::<String>::new());
    }

    async fn nobody_reaches_the_flow_of_somebody_else(db: TestDatabase) {
        let (ada, bob) = (person(&db, "ada").await, person(&db, "bob").await);
        let id = flow(&db, ada, "of ada", at(0)).await;
        assert_eq!(flows::find(&*db, bob, id).await.unwrap(), None);
        let tx = db.begin().await.unwrap();
        let changes = Changes { title: Patch::Set("of bob".parse().unwrap()), ..Changes::default() };
        assert_eq!(flows::update(&tx, bob, id, changes.clone(), at(1)).await.unwrap(), None);
        assert!(!flows::delete(&tx, bob, id).await.unwrap());
        let content = Content { title: "of bob".parse().unwrap(), content: "content".parse().unwrap() };
        assert_eq!(flows::insert(&tx, bob, id, content, at(1)).await.unwrap(), None);
        let changed = flows::update(&tx, ada, id, changes, at(1)).await.unwrap().unwrap();
        assert_eq!((changed.version, changed.updated_at, changed.created_at), (2, at(1), at(0)));
        assert!(flows::delete(&tx, ada, id).await.unwrap());
        db.commit(tx).await.unwrap();
    }
}

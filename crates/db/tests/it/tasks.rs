//! The queries of `tasks`.

use std::{collections::HashSet, time::Duration};

use db::tasks::{self, Changes, Content, Filter, TaskId};
use testing::TestDatabase;
use throughline::{Patch, Transactional, faults};
use throughline_auth::UserId;

use crate::people::{at, person, task, titled};

/// The titles of the whole list, page by page.
async fn walk(db: &TestDatabase, owner: UserId, filter: &Filter, limit: u64) -> Vec<String> {
    let (mut titles, mut cursor) = (Vec::new(), None);
    loop {
        let page = tasks::page(&**db, owner, filter, limit, cursor.as_ref()).await.unwrap();
        assert!(page.items.len() as u64 <= limit);
        titles.extend(page.items.into_iter().map(|row| row.title.into_string()));
        cursor = page.next;
        if cursor.is_none() {
            return titles;
        }
    }
}

fn looking_for(text: &str) -> Filter {
    Filter { text: Some(text.parse().unwrap()), ..Filter::default() }
}

testing::on_both! {
    async fn a_task_comes_back_as_it_was_put(db: TestDatabase) {
        let ada = person(&db, "ada").await;
        let (id, now) = (TaskId::new(), throughline::Timestamp::now());
        let content = Content {
            description: Some("Zwei Liter \u{1f95b}".parse().unwrap()),
            ..titled("Milk")
        };
        let tx = db.begin().await.unwrap();
        let put = tasks::insert(&tx, ada, id, content.clone(), now).await.unwrap().unwrap();
        db.commit(tx).await.unwrap();
        let found = tasks::find(&*db, ada, id).await.unwrap().unwrap();
        assert_eq!(put, found);
        assert_eq!(
            (found.id, found.version, found.created_at, found.updated_at, found.created_by),
            (id, 1, now, now, ada)
        );
        assert_eq!(
            Content {
                title: found.title,
                description: found.description,
                completed: found.completed
            },
            content
        );
    }

    async fn a_list_is_newest_first_in_pages_that_join(db: TestDatabase) {
        let ada = person(&db, "ada").await;
        for second in 0..7 {
            task(&db, ada, &format!("task {second}"), at(second)).await;
        }
        let expected: Vec<String> = (0..7).rev().map(|second| format!("task {second}")).collect();
        for limit in [1, 2, 3, 6, 7, 8] {
            assert_eq!(
                walk(&db, ada, &Filter::default(), limit).await,
                expected,
                "in pages of {limit}"
            );
        }
    }

    async fn tasks_of_one_moment_are_neither_skipped_nor_doubled(db: TestDatabase) {
        let ada = person(&db, "ada").await;
        for number in 0..10 {
            task(&db, ada, &format!("{number}"), at(number / 5)).await;
        }
        let titles = walk(&db, ada, &Filter::default(), 3).await;
        assert_eq!(titles.len(), 10);
        assert_eq!(titles.iter().collect::<HashSet<_>>().len(), 10);
        assert!(titles[..5].iter().all(|title| title.as_str() >= "5"), "{titles:?}");
    }

    async fn times_with_and_without_fractions_stay_in_order(db: TestDatabase) {
        let ada = person(&db, "ada").await;
        // SQLite compares times as text, whose length depends on the fraction.
        let micros =
            [0, 1, 10, 999, 1000, 1001, 100_000, 500_000, 500_001, 999_000, 999_999, 1_000_000];
        for micros in micros {
            task(&db, ada, &format!("{micros}"), at(0).plus(Duration::from_micros(micros))).await;
        }
        let expected: Vec<String> = micros.iter().rev().map(u64::to_string).collect();
        assert_eq!(walk(&db, ada, &Filter::default(), 1).await, expected);
    }

    async fn a_walk_is_not_disturbed_by_tasks_that_come_and_go(db: TestDatabase) {
        let ada = person(&db, "ada").await;
        let mut there = HashSet::new();
        for second in 0..20 {
            there.insert(task(&db, ada, "there", at(second)).await);
        }
        let (mut seen, mut cursor, mut second) = (Vec::new(), None, 20);
        loop {
            let page =
                tasks::page(&*db, ada, &Filter::default(), 3, cursor.as_ref()).await.unwrap();
            seen.extend(page.items.iter().map(|row| row.id));
            // A newer one, one of an old moment, and the last one seen is gone.
            task(&db, ada, "new", at(second)).await;
            task(&db, ada, "late", at(15)).await;
            second += 1;
            let tx = db.begin().await.unwrap();
            tasks::delete(&tx, ada, *seen.last().unwrap()).await.unwrap();
            db.commit(tx).await.unwrap();
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        let seen_there: Vec<_> = seen.iter().filter(|id| there.contains(id)).collect();
        assert_eq!(seen_there.len(), 20, "none of those that were there is skipped");
        assert_eq!(seen.iter().collect::<HashSet<_>>().len(), seen.len(), "none is doubled");
    }

    async fn a_cursor_belongs_to_its_filter_not_to_its_owner(db: TestDatabase) {
        let (ada, eve) = (person(&db, "ada").await, person(&db, "eve").await);
        for second in 0..3 {
            task(&db, ada, "ada's", at(second)).await;
            task(&db, eve, "eve's", at(second)).await;
        }
        let first = tasks::page(&*db, ada, &Filter::default(), 1, None).await.unwrap();
        let cursor = first.next.unwrap();
        let fault = tasks::page(&*db, ada, &looking_for("a"), 1, Some(&cursor)).await.unwrap_err();
        assert_eq!(*fault.kind(), faults::MALFORMED_CURSOR);
        // With somebody else's cursor one sees one's own rows.
        let eves = tasks::page(&*db, eve, &Filter::default(), 9, Some(&cursor)).await.unwrap();
        assert!(!eves.items.is_empty() && eves.items.iter().all(|row| row.title == "eve's"));
    }

    async fn nobody_reaches_another_persons_task(db: TestDatabase) {
        let (ada, eve) = (person(&db, "ada").await, person(&db, "eve").await);
        let id = task(&db, ada, "ada's", at(0)).await;
        assert_eq!(tasks::find(&*db, eve, id).await.unwrap(), None);
        assert!(walk(&db, eve, &Filter::default(), 9).await.is_empty());
        let tx = db.begin().await.unwrap();
        let done = Changes { completed: true.into(), ..Changes::default() };
        assert_eq!(tasks::update(&tx, eve, id, done, at(1)).await.unwrap(), None);
        assert_eq!(tasks::replace(&tx, eve, id, titled("eve's"), at(1)).await.unwrap(), None);
        assert_eq!(tasks::insert(&tx, eve, id, titled("eve's"), at(1)).await.unwrap(), None);
        assert!(!tasks::delete(&tx, eve, id).await.unwrap());
        db.commit(tx).await.unwrap();
        let row = tasks::find(&*db, ada, id).await.unwrap().unwrap();
        assert_eq!((row.title.as_str(), row.version, row.completed), ("ada's", 1, false));
    }

    async fn text_is_found_in_any_case_and_signs_mean_themselves(db: TestDatabase) {
        let ada = person(&db, "ada").await;
        for (second, title) in (0..).zip([
            "Buy MILK",
            "100% done",
            "1000 done",
            "a_b",
            "axb",
            r"c:\temp",
            r"c:temp",
            "Äpfel",
        ]) {
            task(&db, ada, title, at(second)).await;
        }
        let found = async |text: &str| walk(&db, ada, &looking_for(text), 9).await;
        assert_eq!(found("milk").await, ["Buy MILK"]);
        assert_eq!(found("Y mI").await, ["Buy MILK"]);
        assert_eq!(found("100%").await, ["100% done"]);
        assert_eq!(found("%").await, ["100% done"]);
        assert_eq!(found("A_B").await, ["a_b"]);
        assert_eq!(found("_").await, ["a_b"]);
        assert_eq!(found(r"\").await, [r"c:\temp"]);
        assert_eq!(found(r":\T").await, [r"c:\temp"]);
        assert_eq!(found("'").await, Vec::<String>::new());
        assert_eq!(found("Äpfel").await, ["Äpfel"]);
        assert_eq!(found("DONE").await, ["1000 done", "100% done"]);
    }

    async fn a_list_can_show_what_is_done_or_what_is_not(db: TestDatabase) {
        let ada = person(&db, "ada").await;
        let milk = task(&db, ada, "milk", at(0)).await;
        task(&db, ada, "bread", at(1)).await;
        let tx = db.begin().await.unwrap();
        let done = Changes { completed: true.into(), ..Changes::default() };
        tasks::update(&tx, ada, milk, done, at(2)).await.unwrap().unwrap();
        db.commit(tx).await.unwrap();
        let of = async |completed| walk(&db, ada, &Filter { completed, text: None }, 9).await;
        assert_eq!(of(Some(true)).await, ["milk"]);
        assert_eq!(of(Some(false)).await, ["bread"]);
        assert_eq!(of(None).await, ["bread", "milk"]);
    }

    async fn a_change_touches_what_it_names_and_counts_the_version_up(db: TestDatabase) {
        let ada = person(&db, "ada").await;
        let other = task(&db, ada, "other", at(0)).await;
        let id = task(&db, ada, "milk", at(0)).await;
        let tx = db.begin().await.unwrap();
        let described =
            Changes { description: Patch::Set(Some("two".parse().unwrap())), ..Changes::default() };
        let row = tasks::update(&tx, ada, id, described, at(1)).await.unwrap().unwrap();
        assert_eq!(
            (row.version, row.title.as_str(), row.created_at, row.updated_at),
            (2, "milk", at(0), at(1))
        );
        assert_eq!(row.description.unwrap(), "two");
        let cleared = Changes {
            description: Patch::Set(None),
            title: Patch::Set("tea".parse().unwrap()),
            ..Changes::default()
        };
        let row = tasks::update(&tx, ada, id, cleared, at(2)).await.unwrap().unwrap();
        assert_eq!((row.version, row.title.as_str(), row.description), (3, "tea", None));
        let row = tasks::replace(&tx, ada, id, titled("coffee"), at(3)).await.unwrap().unwrap();
        assert_eq!((row.version, row.title.as_str(), row.created_at), (4, "coffee", at(0)));
        db.commit(tx).await.unwrap();
        assert_eq!(tasks::find(&*db, ada, id).await.unwrap().unwrap(), row);
        assert_eq!(tasks::find(&*db, ada, other).await.unwrap().unwrap().version, 1);
    }

    async fn deleting_says_whether_there_was_one(db: TestDatabase) {
        let ada = person(&db, "ada").await;
        let id = task(&db, ada, "milk", at(0)).await;
        let tx = db.begin().await.unwrap();
        assert!(tasks::delete(&tx, ada, id).await.unwrap());
        assert!(!tasks::delete(&tx, ada, id).await.unwrap());
        db.commit(tx).await.unwrap();
        assert_eq!(tasks::find(&*db, ada, id).await.unwrap(), None);
    }

    async fn of_two_inserts_of_one_id_at_a_time_the_second_finds_the_first(db: TestDatabase) {
        let ada = person(&db, "ada").await;
        let id = TaskId::new();
        let insert = async || {
            let tx = db.begin().await.unwrap();
            let inserted = tasks::insert(&tx, ada, id, titled("milk"), at(0)).await.unwrap();
            let found = tasks::find(&tx, ada, id).await.unwrap();
            db.commit(tx).await.unwrap();
            (inserted.is_some(), found.is_some())
        };
        let (one, two, three) = tokio::join!(insert(), insert(), insert());
        let mut outcomes = [one, two, three];
        outcomes.sort();
        assert_eq!(outcomes, [(false, true), (false, true), (true, true)]);
    }

    async fn what_is_rolled_back_was_never_there(db: TestDatabase) {
        let ada = person(&db, "ada").await;
        let id = TaskId::new();
        let tx = db.begin().await.unwrap();
        tasks::insert(&tx, ada, id, titled("milk"), at(0)).await.unwrap().unwrap();
        db.rollback(tx).await.unwrap();
        let tx = db.begin().await.unwrap();
        tasks::insert(&tx, ada, id, titled("milk"), at(0)).await.unwrap().unwrap();
        drop(tx);
        assert_eq!(tasks::find(&*db, ada, id).await.unwrap(), None);
    }
}

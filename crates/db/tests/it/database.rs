//! The connections and their settings.

use std::{collections::HashSet, time::Duration};

use db::{Database, DatabaseOptions, Error, Location, tasks};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use testing::Kind;
use throughline::Transactional;

use crate::people::{at, person, task, titled};

async fn pragma(connection: &DatabaseConnection, name: &str) -> String {
    let statement =
        Statement::from_string(connection.get_database_backend(), format!("PRAGMA {name}"));
    let row = connection.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index::<i64>(0)
        .map_or_else(|_| row.try_get_by_index(0).unwrap(), |number| number.to_string())
}

#[test]
fn sqlite_has_its_settings_on_each_connection() {
    testing::run(Kind::Sqlite, async |db| {
        for connection in [db.reader(), db.writer()] {
            assert_eq!(pragma(connection, "journal_mode").await, "wal");
            assert_eq!(pragma(connection, "synchronous").await, "1", "NORMAL");
            assert_eq!(pragma(connection, "foreign_keys").await, "1");
            assert_eq!(pragma(connection, "busy_timeout").await, "5000");
        }
        assert_eq!(pragma(db.reader(), "query_only").await, "1");
        assert_eq!(pragma(db.writer(), "query_only").await, "0");
    });
}

#[test]
fn sqlite_works_in_memory() {
    testing::run(Kind::Sqlite, async |_| {
        let db = Database::connect(&DatabaseOptions::new(Location::Memory)).await.unwrap();
        let tx = db.begin().await.unwrap();
        tx.execute_unprepared("CREATE TABLE kept (id INTEGER)").await.unwrap();
        db.commit(tx).await.unwrap();
        let rows = db
            .query_all_raw(Statement::from_string(db.backend(), "SELECT * FROM kept"))
            .await
            .unwrap();
        assert!(rows.is_empty());
    });
}

testing::on_both! {
    async fn many_writers_at_a_time_all_get_their_turn(db: TestDatabase) {
        let ada = person(&db, "ada").await;
        let options = db.options().clone();
        // Two handles, as two processes have them: on SQLite they meet at the file's lock.
        let other = Database::connect(&options).await.unwrap();
        let mut writers = tokio::task::JoinSet::new();
        for number in 0..40 {
            let db = if number % 2 == 0 { (*db).clone() } else { other.clone() };
            writers.spawn(async move {
                let tx = db.begin().await?;
                let before = tasks::page(&tx, ada, &tasks::Filter::default(), 100, None)
                    .await
                    .unwrap()
                    .items
                    .len();
                tokio::task::yield_now().await;
                let row = tasks::insert(&tx, ada, tasks::TaskId::new(), titled("task"), at(number))
                    .await?;
                db.commit(tx).await?;
                Ok::<_, Error>((before, row.unwrap().id))
            });
        }
        let mut ids = HashSet::new();
        while let Some(written) = writers.join_next().await {
            let (_, id) = written.unwrap().unwrap();
            ids.insert(id);
        }
        assert_eq!(ids.len(), 40);
        let page = tasks::page(&*db, ada, &tasks::Filter::default(), 100, None).await.unwrap();
        assert_eq!(page.items.len(), 40);
    }

    async fn a_read_does_not_wait_for_a_writer(db: TestDatabase) {
        let ada = person(&db, "ada").await;
        let id = task(&db, ada, "milk", at(0)).await;
        let tx = db.begin().await.unwrap();
        tasks::delete(&tx, ada, id).await.unwrap();
        let read = tokio::time::timeout(Duration::from_secs(4), tasks::find(&*db, ada, id)).await;
        assert!(read.expect("does not wait").unwrap().is_some(), "and sees what was committed");
        db.commit(tx).await.unwrap();
        assert_eq!(
            tasks::find(&*db, ada, id).await.unwrap(),
            None,
            "and the commit as soon as it is done"
        );
    }

    async fn a_write_outside_of_a_transaction_is_refused(db: TestDatabase) {
        let refused = db.execute_unprepared("DELETE FROM tasks").await.unwrap_err();
        assert!(refused.to_string().contains("cx.transact"), "{refused}");
        if db.kind() == Kind::Sqlite {
            let returning = Statement::from_string(db.backend(), "DELETE FROM tasks RETURNING id");
            assert!(
                db.query_all_raw(returning).await.unwrap_err().to_string().contains("readonly")
            );
        }
    }

    async fn a_row_that_refers_to_nothing_is_refused(db: TestDatabase) {
        let tx = db.begin().await.unwrap();
        let stranger = throughline_auth::UserId::new();
        assert!(
            tasks::insert(&tx, stranger, tasks::TaskId::new(), titled("milk"), at(0))
                .await
                .is_err()
        );
    }
}

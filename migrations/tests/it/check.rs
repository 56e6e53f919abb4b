//! Whether a database is what the program needs.

use migrations::{Dangling, Findings};
use sea_orm::ConnectionTrait;
use testing::{Kind, facts};

testing::on_both! {
    async fn a_fresh_database_is_as_declared(db: TestDatabase) {
        let before = facts(&db).await.unwrap();
        assert_eq!(migrations::check(&db).await.unwrap(), Findings::default());
        assert_eq!(facts(&db).await.unwrap(), before, "to look changes nothing");
    }

    async fn what_is_pending_or_unknown_is_named_and_nothing_is_compared(db: TestDatabase) {
        let undone = migrations::down(&db, Some(2)).await.unwrap();
        let findings = migrations::check(&db).await.unwrap();
        assert_eq!(findings.pending, undone.into_iter().rev().collect::<Vec<_>>());
        assert!(!findings.is_compared() && findings.drift.is_empty());
        migrations::up(&db).await.unwrap();
        let insert = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m99991231_000001_future', 0)";
        db.writer().execute_unprepared(insert).await.unwrap();
        let findings = migrations::check(&db).await.unwrap();
        assert_eq!(findings.unknown, ["m99991231_000001_future"]);
    }

    async fn what_differs_is_named(db: TestDatabase) {
        db.writer().execute_unprepared("ALTER TABLE tasks DROP COLUMN description").await.unwrap();
        let sentences = migrations::check(&db).await.unwrap().sentences();
        let [sentence] = sentences.as_slice() else { panic!("{sentences:?}") };
        assert!(sentence.contains("no migration makes it: column tasks.description"), "{sentence}");
    }
}

#[test]
fn rows_that_refer_to_nothing_are_counted() {
    testing::run(Kind::Sqlite, async |db| {
        db.writer().execute_unprepared("PRAGMA foreign_keys = OFF").await.unwrap();
        for id in ["x'01'", "x'02'"] {
            let profile = format!("INSERT INTO profiles VALUES ({id}, NULL, '')");
            db.writer().execute_unprepared(&profile).await.unwrap();
        }
        let findings = migrations::check(&db).await.unwrap();
        let dangling =
            Dangling { table: "profiles".to_owned(), parent: "users".to_owned(), rows: 2 };
        assert_eq!(findings.dangling, [dangling]);
        assert_eq!(findings.sentences(), ["2 rows of `profiles` that refer to nothing in `users`"]);
    });
}

#[test]
fn an_index_that_was_not_finished_is_drift() {
    testing::run(Kind::Postgres, async |db| {
        let broken = "UPDATE pg_index SET indisvalid = false
                      WHERE indexrelid = 'tasks_created_by_created_at_id'::regclass";
        db.writer().execute_unprepared(broken).await.unwrap();
        let sentences = migrations::check(&db).await.unwrap().sentences();
        assert!(
            sentences.iter().any(|said| said.contains("unfinished index tasks_")),
            "{sentences:?}"
        );
    });
}

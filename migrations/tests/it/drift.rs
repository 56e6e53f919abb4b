//! Whether the migrations arrive at what the entities declare.

use sea_orm::ConnectionTrait;
use testing::{drift, facts};

testing::on_both! {
    async fn the_migrated_schema_is_the_declared_one(db: TestDatabase) {
        let drift = drift(&db).await;
        assert!(drift.is_empty(), "\n{}\n", drift.join("\n"));
        let facts = facts(&db).await.unwrap();
        for start in [
            "column tasks.title ",
            "index tasks_created_by_created_at_id on tasks (created_by, created_at, id)",
            // On PostgreSQL with `tasks FOREIGN KEY`, on SQLite with the column.
            "foreign key tasks",
        ] {
            assert!(facts.iter().any(|fact| fact.starts_with(start)), "{facts:#?}");
        }
    }

    async fn a_missing_index_is_named(db: TestDatabase) {
        db.writer().execute_unprepared("DROP INDEX tasks_created_by_created_at_id").await.unwrap();
        let drift = drift(&db).await;
        let expected = "declared, but no migration makes it: \
                        index tasks_created_by_created_at_id on tasks (created_by, created_at, id)";
        assert_eq!(drift, [expected]);
    }

    async fn a_changed_index_is_named(db: TestDatabase) {
        db.writer().execute_unprepared("DROP INDEX users_canonical_email").await.unwrap();
        db.writer()
            .execute_unprepared("CREATE INDEX users_canonical_email ON users (canonical_email)")
            .await
            .unwrap();
        let drift = drift(&db).await;
        assert_eq!(drift.len(), 2, "{drift:?}");
        assert!(
            drift[0].ends_with("unique index users_canonical_email on users (canonical_email)"),
            "{drift:?}"
        );
    }

    async fn a_column_and_a_table_too_many_are_named(db: TestDatabase) {
        db.writer()
            .execute_unprepared("ALTER TABLE tasks ADD COLUMN color varchar(20)")
            .await
            .unwrap();
        db.writer()
            .execute_unprepared("CREATE TABLE forgotten (id bigint NOT NULL)")
            .await
            .unwrap();
        let drift = drift(&db).await;
        assert_eq!(drift.len(), 2, "{drift:?}");
        for fact in ["column tasks.color ", "column forgotten.id "] {
            let sentence = format!("migrated, but nothing declares it: {fact}");
            assert!(drift.iter().any(|line| line.starts_with(&sentence)), "{drift:?}");
        }
    }
}

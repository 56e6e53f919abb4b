//! Up, down, and what refuses.

use db::Database;
use migrations::{MigrateError, Migrator, Status};
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait, Statement};
use sea_orm_migration::{MigrationTrait, MigratorTrait, SchemaManager};
use testing::{Kind, TestDatabase, facts};
use throughline_auth::{Role, sessions, users};

fn names() -> Vec<String> {
    Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect()
}

/// Notes that a migration has run which this program does not know.
async fn make_newer(db: &TestDatabase) {
    let insert =
        "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m99991231_000001_future', 0)";
    db.writer().execute_unprepared(insert).await.unwrap();
}

/// The migrations of an application of the first part of accounts.
struct FirstPart;

impl MigratorTrait for FirstPart {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let old = ["m20261120_000001_users", "m20261120_000002_sessions", "m20261120_000003_tasks"];
        Migrator::migrations()
            .into_iter()
            .filter(|migration| old.contains(&migration.name()))
            .collect()
    }
}

/// Undoes one migration, whichever came after it; says whether there is one of this name.
async fn migrations_down_of(db: &TestDatabase, name: &str) -> bool {
    let all = Migrator::migrations();
    let Some(migration) = all.iter().find(|migration| migration.name() == name) else {
        return false;
    };
    migration.down(&SchemaManager::new(db.writer())).await.unwrap();
    true
}

testing::on_both! {
    async fn up_down_and_up_again_arrives_at_the_same(db: TestDatabase) {
        let first = facts(&db).await.unwrap();
        let undone = migrations::down(&db, None).await.unwrap();
        assert_eq!(undone, names().into_iter().rev().collect::<Vec<_>>());
        assert!(facts(&db).await.unwrap().is_empty());
        assert_eq!(migrations::up(&db).await.unwrap(), names());
        assert_eq!(facts(&db).await.unwrap(), first);
        assert_eq!(
            migrations::up(&db).await.unwrap(),
            Vec::<String>::new(),
            "there is nothing left to do"
        );
    }

    async fn each_migration_can_be_undone_alone(db: TestDatabase) {
        for left in (0..names().len()).rev() {
            let before = facts(&db).await.unwrap();
            assert_eq!(migrations::down(&db, Some(1)).await.unwrap(), [names()[left].clone()]);
            migrations::up(&db).await.unwrap();
            migrations::down(&db, Some(u32::try_from(names().len() - left).unwrap()))
                .await
                .unwrap();
            assert!(facts(&db).await.unwrap().is_subset(&before));
        }
    }

    async fn an_application_of_the_first_part_of_accounts_is_upgraded_with_its_rows(db: TestDatabase) {
        let old = TestDatabase::empty(db.kind()).await;
        FirstPart::up(old.writer(), None).await.unwrap();
        let old_facts = facts(&old).await.unwrap();
        let (id, time) = match db.kind() {
            Kind::Sqlite => ("x'0193aaaaaaaa7aaa8aaaaaaaaaaaaaaa'", "'2026-11-20T12:00:00+00:00'"),
            Kind::Postgres => ("'0193aaaa-aaaa-7aaa-8aaa-aaaaaaaaaaaa'", "'2026-11-20T12:00:00Z'"),
        };
        let session = match db.kind() {
            Kind::Sqlite => "x'01'",
            Kind::Postgres => "'\\x01'",
        };
        for row in [
            format!("users (id, email, canonical_email, name, password_hash, epoch, created_at, updated_at)
                     VALUES ({id}, 'Ada@example.org', 'ada@example.org', 'Ada', 'none', {id}, {time}, {time})"),
            format!("sessions (id, user_id, epoch, created_at, last_seen_at, idle_expires_at, expires_at)
                     VALUES ({session}, {id}, {id}, {time}, {time}, {time}, {time})"),
            format!("tasks (id, title, completed, version, created_at, updated_at, created_by)
                     VALUES ({id}, 'Milk', false, 1, {time}, {time}, {id})"),
        ] {
            old.writer().execute_unprepared(&format!("INSERT INTO {row}")).await.unwrap();
        }
        let done = migrations::up(&old).await.unwrap();
        assert_eq!(done.len(), names().len() - 3, "{done:?}");
        assert_eq!(facts(&old).await.unwrap(), facts(&db).await.unwrap());
        let user = users::Entity::find().one(&*old).await.unwrap().unwrap();
        assert_eq!((user.email.as_str(), user.role, user.banned_at), ("Ada@example.org", Role::User, None));
        let session = sessions::Entity::find().one(&*old).await.unwrap().unwrap();
        assert_eq!((session.user_id, session.address), (user.id, None));
        assert_eq!(db::tasks::Entity::find().count(&*old).await.unwrap(), 1);

        // And back, with what was there before.
        for name in done.iter().rev() {
            let undone = migrations_down_of(&old, name).await;
            assert!(undone, "{name}");
        }
        assert_eq!(facts(&old).await.unwrap(), old_facts);
        let rows = "SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM sessions) + (SELECT count(*) FROM tasks)";
        let row = old.query_one_raw(Statement::from_string(old.backend(), rows)).await.unwrap();
        assert_eq!(row.unwrap().try_get_by_index::<i64>(0).unwrap(), 3);
    }

    async fn the_status_says_how_far_it_is_and_writes_nothing(db: TestDatabase) {
        let empty = TestDatabase::empty(db.kind()).await;
        let status = migrations::status(&empty).await.unwrap();
        assert_eq!(status, Status { pending: names(), ..Status::default() });
        assert!(!status.is_current());
        migrations::down(&db, Some(1)).await.unwrap();
        let status = migrations::status(&db).await.unwrap();
        let mut applied = names();
        let pending = applied.split_off(applied.len() - 1);
        assert_eq!(status, Status { applied, pending, unknown: Vec::new() });
        migrations::up(&db).await.unwrap();
        assert!(migrations::status(&db).await.unwrap().is_current());
    }

    async fn a_newer_database_is_refused(db: TestDatabase) {
        make_newer(&db).await;
        let status = migrations::status(&db).await.unwrap();
        assert_eq!(status.unknown, ["m99991231_000001_future"]);
        assert!(!status.is_current());
        for refused in [migrations::up(&db).await, migrations::down(&db, None).await] {
            let error = refused.unwrap_err();
            assert!(matches!(error, MigrateError::Newer { .. }), "{error:?}");
            assert!(
                error.to_string().contains(
                    "newer than this program, which does not know m99991231_000001_future"
                )
            );
        }
    }

    async fn a_reset_leaves_a_fresh_schema(db: TestDatabase) {
        let fresh = facts(&db).await.unwrap();
        db.writer().execute_unprepared("CREATE TABLE forgotten (id bigint)").await.unwrap();
        make_newer(&db).await;
        assert_eq!(migrations::reset(&db).await.unwrap(), names());
        assert_eq!(facts(&db).await.unwrap(), fresh);
    }

    async fn a_migration_that_fails_changes_nothing(db: TestDatabase) {
        migrations::down(&db, None).await.unwrap();
        // In the way of the last one.
        db.writer().execute_unprepared("CREATE TABLE tasks (id bigint)").await.unwrap();
        let before = facts(&db).await.unwrap();
        assert!(matches!(migrations::up(&db).await.unwrap_err(), MigrateError::Database(_)));
        assert_eq!(facts(&db).await.unwrap(), before);
        assert!(migrations::status(&db).await.unwrap().applied.is_empty());
    }

    async fn several_programs_may_migrate_at_a_time(db: TestDatabase) {
        let empty = TestDatabase::empty(db.kind()).await;
        let mut programs = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let options = empty.options().clone();
            programs.spawn(async move {
                let db = Database::connect(&options).await.unwrap();
                migrations::up(&db).await.unwrap()
            });
        }
        let mut ran = programs.join_all().await;
        ran.sort_by_key(Vec::len);
        assert_eq!(ran, [Vec::new(), Vec::new(), Vec::new(), names()], "one did it all");
        assert_eq!(facts(&empty).await.unwrap(), facts(&db).await.unwrap());
    }
}

#[test]
fn sqlite_keeps_to_its_foreign_keys_after_a_migration() {
    testing::run(Kind::Sqlite, async |db| {
        migrations::down(&db, Some(1)).await.unwrap();
        migrations::up(&db).await.unwrap();
        let orphan =
            "INSERT INTO sessions VALUES (x'00', x'00', x'00', '', '', '', '', NULL, NULL)";
        let refused = db.writer().execute_unprepared(orphan).await.unwrap_err();
        assert!(refused.to_string().contains("FOREIGN KEY"), "{refused}");
    });
}

#[test]
fn rows_that_refer_to_nothing_stop_a_migration_on_sqlite() {
    testing::run(Kind::Sqlite, async |db| {
        migrations::down(&db, Some(1)).await.unwrap();
        db.writer().execute_unprepared("PRAGMA foreign_keys = OFF").await.unwrap();
        let orphan =
            "INSERT INTO sessions VALUES (x'00', x'00', x'00', '', '', '', '', NULL, NULL)";
        db.writer().execute_unprepared(orphan).await.unwrap();
        let error = migrations::up(&db).await.unwrap_err();
        assert!(
            matches!(&error, MigrateError::Dangling { table, rows: 1 } if table == "sessions"),
            "{error}"
        );
        assert!(!migrations::status(&db).await.unwrap().is_current());
    });
}

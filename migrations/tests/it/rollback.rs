//! Back to a state that was there before, and nothing lost by surprise.

use migrations::{MigrateError, Migrator, Rollback};
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait};
use sea_orm_migration::MigratorTrait;
use testing::{TestDatabase, facts};

use crate::people::{person, person_with_profile};

const PROFILES: &str = "m20261121_000006_profiles";

/// How many of the last migrations have to be undone for this one to be.
fn steps_to(name: &str) -> u32 {
    let all = Migrator::migrations();
    let at = all.iter().position(|migration| migration.name() == name).unwrap();
    u32::try_from(all.len() - at).unwrap()
}

/// Notes that a migration was applied after all others.
pub async fn applied_last(db: &TestDatabase, name: &str) {
    let later = format!(
        "UPDATE seaql_migrations SET applied_at = applied_at + 60 WHERE version = '{name}'"
    );
    db.writer().execute_unprepared(&later).await.unwrap();
}

/// What a rollback without consent says it would lose.
async fn losses(db: &TestDatabase, steps: u32) -> Vec<String> {
    match migrations::rollback(db, steps, false).await.unwrap_err() {
        MigrateError::WouldLose(Rollback { lost, .. }) => {
            lost.iter().map(ToString::to_string).collect()
        }
        other => panic!("{other}"),
    }
}

testing::on_both! {
    async fn what_is_empty_goes_without_a_question(db: TestDatabase) {
        let last = Migrator::migrations().last().unwrap().name().to_owned();
        assert_eq!(migrations::rollback(&db, 1, false).await.unwrap(), std::slice::from_ref(&last));
        assert_eq!(migrations::status(&db).await.unwrap().pending, [last]);
        let all = u32::try_from(Migrator::migrations().len()).unwrap();
        assert_eq!(migrations::rollback(&db, all - 1, false).await.unwrap().len(), Migrator::migrations().len() - 1);
        assert!(facts(&db).await.unwrap().is_empty());
    }

    async fn rows_go_only_with_consent(db: TestDatabase) {
        person_with_profile(&db).await;
        applied_last(&db, PROFILES).await;
        let before = facts(&db).await.unwrap();
        assert_eq!(losses(&db, 1).await, ["1 row of `profiles`"]);
        assert_eq!(facts(&db).await.unwrap(), before);
        assert_eq!(db::users::Entity::find().count(&*db).await.unwrap(), 1);
        assert!(migrations::status(&db).await.unwrap().is_current());
        assert_eq!(migrations::rollback(&db, 1, true).await.unwrap(), [PROFILES]);
        migrations::up(&db).await.unwrap();
        assert_eq!(db::users::Entity::find().count(&*db).await.unwrap(), 0);
    }

    async fn values_of_a_column_that_goes_are_counted(db: TestDatabase) {
        person(&db).await;
        let steps = steps_to("m20261121_000001_roles_and_bans");
        assert_eq!(losses(&db, steps).await, ["1 value of `users.role`"]);
    }

    async fn an_upgrade_of_the_accounts_is_undone_before_what_was_there_earlier(db: TestDatabase) {
        person_with_profile(&db).await;
        applied_last(&db, "m20261121_000004_audit").await;
        let undone = migrations::rollback(&db, 1, false).await.unwrap();
        assert_eq!(undone, ["m20261121_000004_audit"]);
        assert_eq!(db::users::Entity::find().count(&*db).await.unwrap(), 1, "the profile stays");
        assert_eq!(migrations::up(&db).await.unwrap(), ["m20261121_000004_audit"]);
        assert!(migrations::check(&db).await.unwrap().is_empty());
    }

    async fn no_table_is_left_without_the_one_it_refers_to(db: TestDatabase) {
        applied_last(&db, "m20261120_000001_users").await;
        let before = facts(&db).await.unwrap();
        for consent in [false, true] {
            let error = migrations::rollback(&db, 1, consent).await.unwrap_err();
            assert!(
                matches!(error, MigrateError::Orphaned { .. } | MigrateError::Database(_)),
                "{error}"
            );
            assert_eq!(facts(&db).await.unwrap(), before);
            assert!(migrations::status(&db).await.unwrap().is_current());
        }
    }

    async fn more_than_there_is_is_refused(db: TestDatabase) {
        let applied = Migrator::migrations().len();
        let error = migrations::rollback(&db, 1000, true).await.unwrap_err();
        assert!(matches!(error, MigrateError::TooFew { asked: 1000, .. }), "{error}");
        assert_eq!(migrations::status(&db).await.unwrap().applied.len(), applied);
    }
}

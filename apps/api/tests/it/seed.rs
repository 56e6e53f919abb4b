//! Demo data: the account that a development server makes, and rows that the application can read.

use std::process::Output;

use db::tasks;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder,
};
use testing::TestDatabase;
use throughline::Timestamp;
use throughline_auth::users;

use crate::process::api;

pub fn seed(db: &TestDatabase, arguments: &[&str]) -> Output {
    let mut command = api();
    command.env("DATABASE_URL", db.url()).args(["--log", "warn", "seed"]).args(arguments);
    command.output().expect("the program can be started")
}

pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// How many accounts there are, and how many tasks.
async fn counts(db: &TestDatabase) -> (u64, u64) {
    let people = users::Entity::find().count(&**db).await.unwrap();
    (people, tasks::Entity::find().count(&**db).await.unwrap())
}

testing::on_both! {
    async fn rows_are_as_the_application_writes_them(db: TestDatabase) {
        let done = seed(&db, &["--rows", "100"]);
        assert!(done.status.success(), "{}", said(&done));
        let out = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(out.contains("100 tasks") && out.contains("of demo@example.org"), "{out}");
        let demo = users::Entity::find().one(&*db).await.unwrap().unwrap();
        // Reading a row checks its values' limits.
        let rows = tasks::Entity::find().order_by_asc(tasks::Column::CreatedAt).all(&*db).await.unwrap();
        assert!(rows.iter().all(|row| row.created_by == demo.id && row.version == 1));
        assert!(rows.iter().any(|row| row.completed) && rows.iter().any(|row| !row.completed));
        assert!(rows.iter().any(|row| row.description.is_none()));
        assert!(rows.is_sorted_by_key(|row| row.id), "ids go up with time");
        assert_eq!(rows.len(), 100);
        // As the application writes a time, to the letter: on SQLite it is compared as text.
        let first = Timestamp::from_unix_micros(1_577_836_801_000_000).unwrap();
        let found = tasks::Entity::find().filter(tasks::Column::CreatedAt.eq(first)).all(&*db).await;
        assert_eq!(found.unwrap(), rows[..1]);
    }

    async fn a_second_run_adds_only_what_is_missing(db: TestDatabase) {
        assert!(seed(&db, &["--rows", "10"]).status.success());
        assert_eq!(counts(&db).await, (1, 10));
        let gone = tasks::Entity::find().order_by_asc(tasks::Column::Id).one(&*db).await.unwrap().unwrap();
        let kept = tasks::Entity::find().order_by_desc(tasks::Column::Id).one(&*db).await.unwrap().unwrap();
        tasks::Entity::delete_by_id(gone.id).exec(db.writer()).await.unwrap();
        let mut changed = kept.into_active_model();
        changed.title = Set("Mine".parse().unwrap());
        let changed = changed.update(db.writer()).await.unwrap();
        let again = seed(&db, &["--rows", "12", "--table", "tasks"]);
        assert!(said(&again).contains("tasks: 12 of 12, 3 new"), "{}", said(&again));
        assert_eq!(counts(&db).await, (1, 12));
        let now = tasks::Entity::find_by_id(changed.id).one(&*db).await.unwrap().unwrap();
        assert_eq!(now.title.as_str(), "Mine");
        let third = seed(&db, &["--rows", "12"]);
        assert!(said(&third).contains("tasks: 12 of 12, 0 new"), "{}", said(&third));
    }

    async fn other_peoples_database_is_left_alone_unless_somebody_insists(db: TestDatabase) {
        assert!(seed(&db, &["--rows", "0"]).status.success());
        let demo = users::Entity::find().one(&*db).await.unwrap().unwrap();
        let customer = users::ActiveModel {
            id: Set(throughline_auth::UserId::new()),
            email: Set("ada@customer.test".parse().unwrap()),
            canonical_email: Set("ada@customer.test".to_owned()),
            ..demo.into_active_model()
        };
        users::Entity::insert(customer).exec_without_returning(db.writer()).await.unwrap();
        let refused = seed(&db, &[]);
        assert_eq!(refused.status.code(), Some(1));
        let text = said(&refused);
        assert!(text.contains("somebody has an account in it") && text.contains("`--yes`"), "{text}");
        assert_eq!(counts(&db).await, (2, 0));
        assert!(seed(&db, &["--yes"]).status.success());
        assert_eq!(counts(&db).await, (2, 20));
    }

    async fn without_its_tables_the_next_step_is_named(db: TestDatabase) {
        migrations::down(&db, Some(1)).await.unwrap();
        let refused = seed(&db, &[]);
        assert_eq!(refused.status.code(), Some(1));
        assert!(said(&refused).contains("migrate"), "{}", said(&refused));
    }
}

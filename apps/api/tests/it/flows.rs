//! Demo flows.

use db::flows;
use sea_orm::{EntityTrait, PaginatorTrait};

use crate::seed::{said, seed};

testing::on_both! {
    async fn demo_flows_are_as_the_application_writes_them(db: TestDatabase) {
        let done = seed(&db, &["--rows", "100"]);
        assert!(done.status.success(), "{}", said(&done));
        let out = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(out.contains("100 tasks and 100 flows of demo@example.org"), "{out}");
        // Reading a row checks its values' limits.
        let rows = flows::Entity::find().all(&*db).await.unwrap();
        assert_eq!(rows.len(), 100);
    }

    async fn a_table_that_is_not_named_gets_no_rows(db: TestDatabase) {
        assert!(seed(&db, &["--rows", "12", "--table", "tasks"]).status.success());
        assert_eq!(flows::Entity::find().count(&*db).await.unwrap(), 0);
        assert_eq!(db::tasks::Entity::find().count(&*db).await.unwrap(), 12);
    }
}

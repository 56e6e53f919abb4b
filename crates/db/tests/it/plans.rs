//! How the databases look for the rows of a page: in the index of the list's order.

use db::tasks::{self, Filter};
use sea_orm::{ConnectionTrait, DbErr, ExecResult, QueryResult, Statement};
use std::sync::Mutex;
use testing::{Kind, TestDatabase};
use throughline::Transactional;

use crate::people::{at, person, task};

/// A connection that explains what it is asked instead of answering, and keeps the explanations.
pub struct Explaining<'a> {
    db: &'a TestDatabase,
    plans: Mutex<Vec<String>>,
}

impl<'a> Explaining<'a> {
    pub fn over(db: &'a TestDatabase) -> Self {
        Self { db, plans: Mutex::default() }
    }

    /// The plans of all that was asked.
    pub fn into_plan(self) -> String {
        self.plans.into_inner().unwrap().join("\n")
    }
}

#[sea_orm::prelude::async_trait::async_trait]
impl ConnectionTrait for Explaining<'_> {
    fn get_database_backend(&self) -> sea_orm::DbBackend {
        self.db.backend()
    }
    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.db.execute_raw(statement).await
    }
    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.db.execute_unprepared(sql).await
    }
    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.query_all_raw(statement.clone()).await?;
        self.db.query_one_raw(statement).await
    }
    async fn query_all_raw(&self, mut statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let (explain, column) = match self.db.kind() {
            Kind::Sqlite => ("EXPLAIN QUERY PLAN ", "detail"),
            Kind::Postgres => ("EXPLAIN ", "QUERY PLAN"),
        };
        statement.sql.insert_str(0, explain);
        let lines = self.db.query_all_raw(statement).await?;
        let lines: Result<Vec<String>, DbErr> =
            lines.iter().map(|line| line.try_get("", column)).collect();
        self.plans.lock().unwrap().push(lines?.join("\n"));
        Ok(Vec::new())
    }
}

/// Ten thousand tasks of one person and a thousand of each of nine others.
async fn fill(db: &TestDatabase) -> throughline_auth::UserId {
    let ada = person(db, "ada").await;
    task(db, ada, "pattern", at(0)).await;
    for number in 0..9 {
        let other = person(db, &format!("other{number}")).await;
        copy(db, other, 1_000).await;
    }
    copy(db, ada, 10_000).await;
    ada
}

/// Copies a task `count` times onto the owner's list, each a second later than the one before.
async fn copy(db: &TestDatabase, owner: throughline_auth::UserId, count: u64) {
    let (id, later, series) = match db.kind() {
        Kind::Sqlite => (
            "randomblob(16)",
            "strftime('%Y-%m-%dT%H:%M:%S+00:00', '2026-11-20', '+' || n || ' seconds')",
            "WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < $1)",
        ),
        Kind::Postgres => (
            "gen_random_uuid()",
            "timestamptz '2026-11-20' + n * interval '1 second'",
            "WITH series AS (SELECT generate_series(1, $1) AS n)",
        ),
    };
    let sql = format!(
        "{series} INSERT INTO tasks (id, title, completed, version, created_at, updated_at, created_by)
         SELECT {id}, 'task ' || n, n % 2 = 0, 1, {later}, {later}, $2 FROM series"
    );
    let tx = db.begin().await.unwrap();
    let count = i64::try_from(count).unwrap();
    tx.execute_raw(Statement::from_sql_and_values(db.backend(), sql, [count.into(), owner.into()]))
        .await
        .unwrap();
    tx.execute_unprepared("ANALYZE").await.unwrap();
    db.commit(tx).await.unwrap();
}

testing::on_both! {
    async fn a_page_is_looked_up_in_the_index_of_the_lists_order(db: TestDatabase) {
        let ada = fill(&db).await;
        // Not with a text, about which PostgreSQL makes its own guess how rare it is.
        let filters = [Filter::default(), Filter { completed: Some(true), text: None }];
        for filter in &filters {
            // Somewhere in the middle.
            let mut cursor = None;
            for _ in 0..3 {
                cursor = tasks::page(&*db, ada, filter, 100, cursor.as_ref()).await.unwrap().next;
            }
            for cursor in [None, cursor] {
                let explaining = Explaining::over(&db);
                tasks::page(&explaining, ada, filter, 20, cursor.as_ref()).await.unwrap();
                let plan = explaining.into_plan();
                let index = tasks::INDEXES[0].name;
                assert!(plan.contains(index), "{filter:?}: {plan}");
                assert!(
                    !plan.to_lowercase().contains("sort") && !plan.contains("TEMP B-TREE"),
                    "{filter:?}: {plan}"
                );
                if cursor.is_some() {
                    let bound = match db.kind() {
                        Kind::Sqlite => "(created_by=? AND (created_at,id)<(?,?))",
                        Kind::Postgres => "(ROW(created_at, id) < ROW(",
                    };
                    let search = plan.lines().find(|line| line.contains(bound));
                    assert!(
                        search.is_some_and(|line| !line.contains("Filter")),
                        "{filter:?}: {plan}"
                    );
                }
            }
        }
    }
}

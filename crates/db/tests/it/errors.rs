//! What a caller is told when the database refuses or is away.

use std::time::{Duration, Instant};

use db::{ConnectError, Database, DatabaseOptions, Error, Location, tasks};
use sea_orm::{ActiveModelTrait, ConnectionTrait, IntoActiveModel};
use testing::{Kind, TestDatabase};
use throughline::{ApiError, Failure, Fault, Transactional, database::OnUnique, faults};
use throughline_auth::{UserId, users};

use crate::people::{at, person, task};

#[derive(Debug, PartialEq, thiserror::Error, ApiError)]
enum Refused {
    /// The id is in use.
    #[error("in use")]
    #[problem(409, "test.taken")]
    Taken,
}

/// Inserts the same row again, with a plain INSERT.
async fn insert_again(
    db: &TestDatabase,
    owner: UserId,
    id: tasks::TaskId,
) -> Result<tasks::Model, Error> {
    let row = tasks::find(&**db, owner, id).await?.unwrap().into_active_model().reset_all();
    let tx = db.begin().await?;
    let inserted = row.insert(&tx).await;
    db.rollback(tx).await?;
    Ok(inserted?)
}

testing::on_both! {
    async fn a_violated_constraint_becomes_a_declared_error(db: TestDatabase) {
        let ada = person(&db, "ada").await;
        let id = task(&db, ada, "milk", at(0)).await;
        let refused =
            insert_again(&db, ada, id).await.on_unique(&tasks::PRIMARY_KEY, || Refused::Taken);
        assert!(matches!(refused, Err(Failure::Declared(Refused::Taken))), "{refused:?}");
    }

    async fn another_constraint_stays_an_internal_fault(db: TestDatabase) {
        let ada = person(&db, "ada").await;
        let id = task(&db, ada, "milk", at(0)).await;
        let refused =
            insert_again(&db, ada, id).await.on_unique(&users::CANONICAL_EMAIL, || Refused::Taken);
        let Err(Failure::Fault(fault)) = refused else { panic!("{refused:?}") };
        assert_eq!(*fault.kind(), faults::INTERNAL);
    }

    async fn a_broken_statement_is_internal_and_tells_the_caller_nothing(db: TestDatabase) {
        let tx = db.begin().await.unwrap();
        let error =
            Error::from(tx.execute_unprepared("SELECT secret FROM nowhere").await.unwrap_err());
        assert!(!error.is_unavailable() && !error.is_contended());
        let fault = Fault::from(error);
        assert_eq!(*fault.kind(), faults::INTERNAL);
        let problem = fault.into_problem("id");
        assert!(!serde_json::to_string(&problem).unwrap().contains("nowhere"));
    }

    async fn a_closed_database_is_unavailable(db: TestDatabase) {
        (*db).clone().close().await.unwrap();
        let error = tasks::find(&*db, UserId::new(), tasks::TaskId::new()).await.unwrap_err();
        assert!(error.is_unavailable(), "{error:?}");
        assert_eq!(*Fault::from(error).kind(), faults::UNAVAILABLE);
        assert!(db.begin().await.unwrap_err().is_unavailable());
        assert!(db.ping(Duration::from_secs(1)).await.unwrap_err().is_unavailable());
    }

    async fn no_free_connection_is_unavailable(db: TestDatabase) {
        let mut options = DatabaseOptions::new(db.options().location.clone());
        (options.connections, options.wait) = (1, Duration::from_millis(200));
        let narrow = Database::connect(&options).await.unwrap();
        let held = narrow.begin().await.unwrap();
        let error = narrow.begin().await.unwrap_err();
        assert!(error.is_unavailable(), "{error:?}");
        narrow.rollback(held).await.unwrap();
        let again = narrow.begin().await.unwrap();
        narrow.rollback(again).await.unwrap();
    }
}

#[test]
fn another_process_that_keeps_sqlite_locked_makes_it_contended() {
    testing::run(Kind::Sqlite, async |db| {
        let mut options = db.options().clone();
        options.wait = Duration::from_millis(100);
        let other = Database::connect(&options).await.unwrap();
        let held = db.begin().await.unwrap();
        let error = other.begin().await.unwrap_err();
        assert!(error.is_contended(), "{error:?}");
        assert_eq!(*Fault::from(error).kind(), faults::UNAVAILABLE);
        db.rollback(held).await.unwrap();
    });
}

#[test]
fn postgres_that_goes_away_is_unavailable_and_then_is_back() {
    testing::run(Kind::Postgres, async |db| {
        let elsewhere = TestDatabase::empty(Kind::Postgres).await;
        let url = db.url();
        let name = url.split('?').next().unwrap().rsplit('/').next().unwrap();
        let server = async |sql: String| {
            elsewhere.writer().execute_unprepared(&sql).await.unwrap();
        };
        let find = async || tasks::find(&*db, UserId::new(), tasks::TaskId::new()).await;

        let tx = db.begin().await.unwrap();
        server(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await;
        server(format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        ))
        .await;
        let error = tasks::find(&tx, UserId::new(), tasks::TaskId::new()).await.unwrap_err();
        assert!(error.is_unavailable(), "a connection that was cut: {error:?}");
        assert!(db.rollback(tx).await.unwrap_err().is_unavailable());
        let error = find().await.unwrap_err();
        assert!(error.is_unavailable(), "a connection that cannot be made: {error:?}");
        assert_eq!(*Fault::from(error).kind(), faults::UNAVAILABLE);

        server(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true")).await;
        assert!(find().await.unwrap().is_none());
    });
}

#[tokio::test]
async fn nobody_at_the_address_is_one_sentence_within_the_wait() {
    let mut options =
        DatabaseOptions::new("postgres://user:secret@127.0.0.1:1/app".parse().unwrap());
    options.wait = Duration::from_millis(300);
    let begun = Instant::now();
    let error = Database::connect(&options).await.unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(5));
    let sentence = error.to_string();
    assert!(
        sentence.starts_with("cannot open the database postgres://user@127.0.0.1:1/app: "),
        "{sentence}"
    );
    assert!(!sentence.contains("secret"));
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_one_sentence() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let location = Location::Sqlite(file.path().join("sub/app.db"));
    let error = Database::connect(&DatabaseOptions::new(location)).await.unwrap_err();
    assert!(matches!(error, ConnectError::Folder { .. }), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_one_sentence() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "not a database, but long enough to look like one at first sight")
        .unwrap();
    let error = Database::connect(&DatabaseOptions::new(Location::Sqlite(file.path().into())))
        .await
        .unwrap_err();
    assert!(error.to_string().ends_with("file is not a database"), "{error}");
}

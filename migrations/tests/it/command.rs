//! The program `migrations`.

use std::{path::Path, process::Command};

use migrations::Migrator;
use sea_orm::ConnectionTrait;
use sea_orm_migration::MigratorTrait;
use throughline::Transactional;

use crate::{people::person_with_profile, rollback::applied_last};

/// What the program prints and how it ends.
struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

fn run(folder: &Path, arguments: &[&str]) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_migrations"));
    command.args(arguments).current_dir(folder).env_remove("DATABASE_URL").env_remove("DATA_DIR");
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

#[test]
fn without_a_url_it_makes_a_file_in_the_data_folder() {
    let folder = tempfile::tempdir().unwrap();
    let migrated = run(folder.path(), &["migrate"]);
    assert_eq!((migrated.code, migrated.err.as_str()), (Some(0), ""), "{}", migrated.out);
    assert!(
        migrated.out.ends_with("sqlite:data/throughline.db is up to date\n"),
        "{}",
        migrated.out
    );
    assert!(folder.path().join("data/throughline.db").exists());
    assert!(!folder.path().join("data/throughline.db-wal").exists(), "it was closed in order");
    assert_eq!(run(folder.path(), &["migrate"]).out, "sqlite:data/throughline.db is up to date\n");
}

#[test]
fn each_mistake_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    for (url, says) in [
        ("mysql://root:secret@localhost/app", "is no database URL"),
        ("postgres://user:secret@host:port/app", "is no database URL"),
        ("sqlite:/dev/null/secret.db", "cannot make the folder `/dev/null`"),
    ] {
        let ended = run(folder.path(), &["status", "--database-url", url]);
        assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
        assert!(ended.err.starts_with("error: ") && ended.err.contains(says), "{}", ended.err);
        assert!(
            ended.err.trim_end().lines().count() == 1 && !ended.err.contains(":secret"),
            "{}",
            ended.err
        );
    }
}

#[test]
fn to_look_at_a_database_that_is_not_there_makes_none() {
    let folder = tempfile::tempdir().unwrap();
    let status = run(folder.path(), &["status"]);
    assert_eq!(status.code, Some(0), "{}", status.err);
    assert!(status.out.ends_with("is empty: `migrate` makes its tables\n"), "{}", status.out);
    assert_eq!(run(folder.path(), &["check"]).code, Some(1));
    let rollback = run(folder.path(), &["rollback"]);
    assert!(rollback.err.contains("there is no database sqlite:data/"), "{}", rollback.err);
    assert!(!folder.path().join("data").exists());
    assert_eq!(run(folder.path(), &["reset"]).code, Some(0), "there is nothing to lose");
}

#[test]
fn a_file_of_another_program_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("letter.db");
    let text = "Dear database, ".repeat(1000);
    std::fs::write(&file, &text).unwrap();
    let ended = run(folder.path(), &["migrate", "--database-url", "sqlite:letter.db"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains("Is it another program's file?"), "{}", ended.err);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
}

#[test]
fn a_file_that_somebody_writes_to_is_said_to_be_locked() {
    testing::run(testing::Kind::Sqlite, async |db| {
        let folder = tempfile::tempdir().unwrap();
        let tx = db.begin().await.unwrap();
        let ended = run(folder.path(), &["migrate", "--database-url", &db.url()]);
        assert_eq!(ended.code, Some(1), "{}", ended.out);
        assert!(ended.err.contains("Another program is writing to it"), "{}", ended.err);
        db.rollback(tx).await.unwrap();
        assert_eq!(run(folder.path(), &["migrate", "--database-url", &db.url()]).code, Some(0));
    });
}

#[test]
fn a_server_that_is_away_is_a_question_about_its_address() {
    let folder = tempfile::tempdir().unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("postgres://app:secret@{free}/app");
    let ended = run(folder.path(), &["migrate", "--database-url", &url]);
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.err.contains("Does the server run") && !ended.err.contains("secret"),
        "{}",
        ended.err
    );
}

testing::on_both! {
    async fn says_how_far_the_database_is(db: TestDatabase) {
        let folder = tempfile::tempdir().unwrap();
        let url = db.url();
        let json = |command: &str| -> serde_json::Value {
            let mut words = vec![command, "--json", "--database-url", &url];
            words.extend((command == "reset").then_some("--yes"));
            let ended = run(folder.path(), &words);
            assert_eq!(ended.code, Some(0), "{}", ended.err);
            serde_json::from_str(&ended.out).unwrap()
        };
        migrations::down(&db, Some(1)).await.unwrap();
        assert_eq!(json("status")["pending"].as_array().unwrap().len(), 1);
        assert_eq!(json("migrate")["done"].as_array().unwrap().len(), 1);
        assert_eq!(json("status")["pending"], serde_json::json!([]));
        assert_eq!(json("reset")["done"], json("status")["applied"]);
        let last = Migrator::migrations().last().unwrap().name().to_owned();
        assert_eq!(json("rollback")["done"], serde_json::json!([last]));
        assert_eq!(json("status")["pending"], serde_json::json!([last]));
    }

    async fn data_goes_only_when_somebody_means_it(db: TestDatabase) {
        person_with_profile(&db).await;
        applied_last(&db, "m20261121_000006_profiles").await;
        let folder = tempfile::tempdir().unwrap();
        let url = db.url();
        for (command, says) in [
            ("rollback", "undoes  m20261121_000006_profiles\n  loses   1 row of `profiles`"),
            ("reset", "deletes everything"),
        ] {
            let ended = run(folder.path(), &[command, "--database-url", &url]);
            assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
            assert!(ended.err.contains(says) && ended.err.contains("`--yes`"), "{}", ended.err);
            assert!(!ended.err.contains(":secret"), "{}", ended.err);
            assert!(migrations::check(&db).await.unwrap().is_empty());
        }
        let ended = run(folder.path(), &["rollback", "--yes", "--database-url", &url]);
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        assert!(ended.out.starts_with("undone   m20261121_000006_profiles\n"), "{}", ended.out);
    }

    async fn a_check_names_what_is_wrong_and_fails(db: TestDatabase) {
        let folder = tempfile::tempdir().unwrap();
        let url = db.url();
        let good = run(folder.path(), &["check", "--database-url", &url]);
        assert_eq!(good.code, Some(0), "{}{}", good.out, good.err);
        assert!(good.out.ends_with(" is as declared\n"), "{}", good.out);
        db.writer().execute_unprepared("DROP INDEX tasks_created_by_created_at_id").await.unwrap();
        let bad = run(folder.path(), &["check", "--database-url", &url]);
        assert_eq!(bad.code, Some(1));
        assert!(bad.out.contains("index tasks_created_by_created_at_id on tasks"), "{}", bad.out);
        let json = run(folder.path(), &["check", "--json", "--database-url", &url]);
        let said: serde_json::Value = serde_json::from_str(&json.out).unwrap();
        assert_eq!((json.code, &said["ok"], &said["compared"]), (Some(1), &false.into(), &true.into()));
        assert_eq!(said["drift"].as_array().unwrap().len(), 1, "{said}");
    }

    async fn refuses_a_newer_database(db: TestDatabase) {
        let insert = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m99991231_000001_future', 0)";
        db.writer().execute_unprepared(insert).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let ended = run(folder.path(), &["migrate", "--database-url", &db.url()]);
        assert_eq!(ended.code, Some(1));
        assert!(
            ended.err.starts_with("error: the database is newer than this program"),
            "{}",
            ended.err
        );
        let status = run(folder.path(), &["status", "--database-url", &db.url()]);
        assert!(status.out.contains("unknown  m99991231_000001_future"), "{}", status.out);
    }
}

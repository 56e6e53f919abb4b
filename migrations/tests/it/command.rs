//! The program `migrations`.

use std::{path::Path, process::Command};

use sea_orm::ConnectionTrait;

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

testing::on_both! {
    async fn says_how_far_the_database_is(db: TestDatabase) {
        let folder = tempfile::tempdir().unwrap();
        let url = db.url();
        let json = |command: &str| -> serde_json::Value {
            let ended = run(folder.path(), &[command, "--json", "--database-url", &url]);
            assert_eq!(ended.code, Some(0), "{}", ended.err);
            serde_json::from_str(&ended.out).unwrap()
        };
        migrations::down(&db, Some(1)).await.unwrap();
        assert_eq!(json("status")["pending"].as_array().unwrap().len(), 1);
        assert_eq!(json("migrate")["done"].as_array().unwrap().len(), 1);
        assert_eq!(json("status")["pending"], serde_json::json!([]));
        assert_eq!(json("reset")["done"], json("status")["applied"]);
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

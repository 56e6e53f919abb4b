//! What keeps the server from starting is one clear sentence and a status that is not zero.

use std::{net::TcpListener, process::Command};

use sea_orm::ConnectionTrait;
use testing::TestDatabase;

use crate::process::{Server, api};

/// Runs the server, which must refuse to start, and returns its sentence.
#[track_caller]
fn refusal(command: &mut Command, code: i32) -> String {
    let done = command.output().expect("the server can be started");
    let text = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(code), "{text}");
    text.trim().to_owned()
}

/// The one sentence that is no log line.
#[track_caller]
fn sentence(command: &mut Command) -> String {
    let text = refusal(command, 1);
    let said: Vec<&str> = text.lines().filter(|line| !line.starts_with('{')).collect();
    assert_eq!(said.len(), 1, "{text}");
    assert!(said[0].starts_with("api: "), "{text}");
    said[0].to_owned()
}

#[test]
fn a_bad_setting() {
    assert!(refusal(api().env("BIND", "here"), 2).contains("--bind"));
    assert!(
        refusal(api().args(["--trusted-origins", "app.example.org"]), 2)
            .contains("an origin is a scheme and a host")
    );
    assert!(
        refusal(api().env("TRUSTED_PROXIES", "10.0.0.0/8,proxy"), 2)
            .contains("`proxy` is no range of addresses")
    );
    assert!(refusal(api().arg("--no-such-flag"), 2).contains("--help"));
    assert!(sentence(api().args(["--log", "loud=very"])).contains("LOG is `loud=very`"));
    let text = sentence(api().env("DATABASE_URL", "mysql://root:secret@host/name"));
    assert!(text.contains("neither `sqlite` nor `postgres`") && !text.contains("secret"), "{text}");
}

#[test]
fn a_database_that_is_away() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let text = sentence(api().env("DATABASE_URL", format!("postgres://me:secret@{free}/name")));
    assert!(
        text.contains(&format!("postgres://me@{free}/name")) && !text.contains("secret"),
        "{text}"
    );
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("file");
    std::fs::write(&file, "no folder").unwrap();
    let text = sentence(api().arg("--data-dir").arg(&file));
    assert!(text.contains("cannot"), "{text}");
    std::fs::write(
        home.path().join("throughline.db"),
        "this is no database, though it is long enough".repeat(9),
    )
    .unwrap();
    let text = sentence(api().arg("--data-dir").arg(home.path()));
    assert!(text.contains("throughline.db"), "{text}");
}

#[test]
fn a_command_on_a_database_that_is_not_there_makes_none() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("elsewhere");
    for settings in [&[][..], &["--migrate"], &["--dev"]] {
        let mut command = api();
        command.arg("--data-dir").arg(&folder).args(settings).args(["admin", "grant", "a@b.c"]);
        let text = sentence(&mut command);
        assert!(text.contains("there is no database at") && text.contains("--data-dir"), "{text}");
        assert!(!folder.exists());
    }
}

#[test]
fn an_address_in_use() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let home = tempfile::tempdir().unwrap();
    let mut command = api();
    command
        .args(["--migrate", "--bind", &taken.local_addr().unwrap().to_string(), "--data-dir"])
        .arg(home.path());
    assert!(sentence(&mut command).contains("cannot listen on"));
}

#[test]
fn help_names_each_setting() {
    let help = api().arg("--help").output().unwrap();
    let text = String::from_utf8(help.stdout).unwrap();
    for name in [
        "BIND",
        "DATABASE_URL",
        "DATA_DIR",
        "LOG",
        "LOG_FORMAT",
        "MIGRATE",
        "DEV",
        "TRUSTED_ORIGINS",
        "TRUSTED_PROXIES",
        "AUDIT_DAYS",
        "STOP_GRACE",
    ] {
        assert!(text.contains(&format!("[env: {name}")), "{name} is not in the help:\n{text}");
    }
}

async fn execute(db: &TestDatabase, sql: &str) {
    db.writer().execute_unprepared(sql).await.expect("the statement runs");
}

testing::on_both! {
    async fn a_database_that_is_newer_or_older(db: TestDatabase) {
        let start = |arguments: &[&str]| {
            let mut command = api();
            command.env("DATABASE_URL", db.url()).args(arguments);
            command
        };
        let insert = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29991231_000001_future', 0)";
        execute(&db, insert).await;
        let text = sentence(&mut start(&[]));
        assert!(text.contains("newer than this program") && text.contains("m29991231_000001_future"), "{text}");
        assert!(sentence(&mut start(&["--migrate"])).contains("newer than this program"));
        execute(&db, "DELETE FROM seaql_migrations WHERE version = 'm29991231_000001_future'").await;
        drop(Server::start(start(&[])));
        migrations::down(&db, None).await.expect("goes down");
        let text = sentence(&mut start(&[]));
        assert!(text.contains("lacks") && text.contains("--migrate"), "{text}");
        drop(Server::start(start(&["--migrate"])));
    }
}

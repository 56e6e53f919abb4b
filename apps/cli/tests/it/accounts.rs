//! The commands about what lets one in, and those of admins.

use std::fs;

use serde_json::Value;

use crate::{
    program::Program,
    server::{Server, problem, reply},
};

const ID: &str = "019339e9-8f6a-7c3e-9b1d-2f4a6c8e0b12";
const TIME: &str = "2026-11-20T12:00:00.000000Z";
const SECRET: &str = "tl_0123456789_0123456789012345678901234567890123456789012345";

fn bearer(request: &str) -> Option<&str> {
    request.lines().find_map(|line| line.strip_prefix("authorization: "))
}

fn users() -> Server {
    let page = format!(
        r#"{{"items":[{{"id":"{ID}","email":"a@b","name":"Ada \\u001b[2J","role":"admin","created_at":"{TIME}","updated_at":"{TIME}"}}]}}"#
    );
    Server::start(move |_| reply("200 OK", "", &page))
}

#[test]
fn a_token_of_the_environment_is_sent_and_nothing_is_kept() {
    let server = users();
    let program = Program::new(&server.url());
    let done =
        program.command(["users", "list"]).env("THROUGHLINE_TOKEN", SECRET).output().unwrap();
    assert!(done.status.success(), "{done:?}");
    assert_eq!(bearer(&server.requests()[0]), Some(&*format!("Bearer {SECRET}")));
    assert!(!program.file().exists());
    let broken = program.command(["users", "list"]).env("THROUGHLINE_TOKEN", "two words").output();
    let broken = broken.unwrap();
    let text = String::from_utf8(broken.stderr).unwrap();
    assert_eq!(broken.status.code(), Some(1));
    assert!(
        text.contains("THROUGHLINE_TOKEN holds no token") && !text.contains("two words"),
        "{text}"
    );
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_short_page_is_asked_on_until_there_are_as_many_as_wanted() {
    let user = |number: u32| {
        format!(
            r#"{{"id":"019339e9-8f6a-7c3e-9b1d-2f4a6c8e0b{number:02}","email":"p{number}@b.c","name":"P","role":"user","created_at":"{TIME}","updated_at":"{TIME}"}}"#
        )
    };
    let server = Server::start(move |request| {
        let page = match request.lines().next().unwrap_or_default() {
            line if line.contains("cursor=one") => {
                format!(r#"{{"items":[{}],"next":"two"}}"#, user(1))
            }
            line if line.contains("cursor=two") => {
                format!(r#"{{"items":[{},{}],"next":"three"}}"#, user(2), user(3))
            }
            _ => r#"{"items":[],"next":"one"}"#.to_owned(),
        };
        reply("200 OK", "", &page)
    });
    let program = Program::new(&server.url());
    let page: Value =
        serde_json::from_str(&program.run("--json users list --text p --limit 3").ok()).unwrap();
    assert_eq!(page["items"].as_array().map(Vec::len), Some(3), "{page}");
    assert_eq!(page["next"], "three");
    let limits: Vec<String> = server.requests().iter().map(|request| first_line(request)).collect();
    assert!(limits[0].contains("limit=3") && limits[2].contains("limit=2"), "{limits:?}");
}

fn first_line(request: &str) -> String {
    request.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn signing_in_ignores_a_token_of_the_environment() {
    let account =
        format!(r#"{{"id":"{ID}","email":"ada@example.org","name":"Ada","role":"user"}}"#);
    let server =
        Server::start(move |_| reply("200 OK", "set-cookie: session=s1; Path=/\r\n", &account));
    let program = Program::new(&server.url());
    let mut command =
        program.command(["sign-in", "--email", "ada@example.org", "--password-stdin"]);
    let file = program.file().with_file_name("password");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "correct horse").unwrap();
    let done =
        command.env("THROUGHLINE_TOKEN", SECRET).stdin(fs::File::open(&file).unwrap()).output();
    assert!(done.unwrap().status.success());
    assert_eq!(bearer(&server.requests()[0]), None);
    assert!(fs::read_to_string(program.file()).unwrap().contains("s1"));
}

#[test]
fn a_new_tokens_secret_stands_alone_on_standard_output() {
    let made = format!(
        r#"{{"id":"{ID}","secret":"{SECRET}","name":"export","scopes":["read"],"expires_at":"{TIME}"}}"#
    );
    let server = Server::start(move |_| {
        reply("201 Created", &format!("location: /api/auth/tokens/{ID}\r\n"), &made)
    });
    let program = Program::new(&server.url());
    let done = program.run("tokens create export --scope read --scope write --days 7");
    assert_eq!((done.code, done.out), (0, format!("{SECRET}\n")));
    assert_eq!(done.err, format!("token {ID} until 2026-11-20: its secret is shown only now\n"));
    let body = r#"{"name":"export","scopes":["read","write"],"days":7}"#;
    assert!(server.requests()[0].ends_with(body), "{:?}", server.requests());
}

#[test]
fn a_password_is_changed_by_two_lines() {
    let server = Server::start(|_| reply("204 No Content", "", ""));
    let program = Program::new(&server.url());
    let text = program.run_with("password --password-stdin", "correct horse\nanother horse\n").ok();
    assert_eq!(text, "the password is changed; you are signed out everywhere else\n");
    assert!(server.requests()[0].ends_with(r#"{"current":"correct horse","new":"another horse"}"#));
    let text = program.run_with("password --password-stdin", "correct horse\n").failed();
    assert_eq!(text, "error: the new password has 0 of at least 8 characters\n");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn who_has_to_wait_is_told_how_long() {
    let server = Server::start(|_| {
        let body = r#"{"type":"x","title":"t","status":429,"code":"auth.too_many_attempts","detail":"d","retry_after":7,"request_id":"r"}"#;
        reply(
            "429 Too Many Requests",
            "content-type: application/problem+json\r\nretry-after: 7\r\n",
            body,
        )
    });
    let program = Program::new(&server.url());
    let line = "sign-in --email ada@example.org --password-stdin";
    let text = program.run_with(line, "correct horse").failed();
    assert_eq!(text, "error: too many attempts: try again in 7 s\n");
}

#[test]
fn people_are_a_table_that_no_name_can_break() {
    let text = Program::new(&users().url()).run("users list --text ada --role admin").ok();
    assert!(text.contains("ID") && text.contains("admin") && text.contains("2026-11-20"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text:?}");
    let server = users();
    let program = Program::new(&server.url());
    program.run("users list --all --banned false").ok();
    assert!(server.requests()[0].starts_with("GET /api/users?banned=false&limit=100 "));
}

#[test]
fn an_admin_may_be_refused() {
    let server = Server::start(|_| problem("409 Conflict", "user.last_admin", "no admin left"));
    let program = Program::new(&server.url());
    let done = program.run(&format!("--json users role {ID} user"));
    let error: Value = serde_json::from_str(&done.failed()).unwrap();
    assert_eq!(error["code"], "user.last_admin");
}

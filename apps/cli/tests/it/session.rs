//! Signing in and out, and the file that keeps the session.

use std::fs;

use serde_json::Value;

use crate::{
    program::Program,
    server::{Server, problem, reply},
};

const ACCOUNT: &str =
    r#"{"id":"019339e9-8f6a-7c3e-9b1d-2f4a6c8e0b12","email":"ada@example.org","name":"Ada"}"#;
const SIGN_IN: &str = "sign-in --email ada@example.org --password-stdin";

fn server() -> Server {
    Server::start(|line| match line {
        "POST /api/auth/sign-in" | "POST /api/auth/sign-up" => {
            reply("200 OK", "set-cookie: session=s1; Path=/; HttpOnly\r\n", ACCOUNT)
        }
        "POST /api/auth/sign-out" => {
            reply("204 No Content", "set-cookie: session=; Path=/; Max-Age=0\r\n", "")
        }
        _ => reply("200 OK", "", ACCOUNT),
    })
}

fn cookie(request: &str) -> Option<&str> {
    request.lines().find_map(|line| line.strip_prefix("cookie: "))
}

#[test]
fn a_session_lasts_from_sign_in_to_sign_out() {
    let server = server();
    let program = Program::new(&server.url());
    let out = program.run_with(SIGN_IN, "correct horse\nsecond line").ok();
    assert_eq!(out, format!("signed in to {} as Ada <ada@example.org>\n", server.url()));
    assert_eq!(program.run("whoami").ok(), format!("Ada <ada@example.org> at {}\n", server.url()));
    assert_eq!(program.run("sign-out").ok(), format!("signed out of {}\n", server.url()));
    program.run("whoami").ok();
    let requests = server.requests();
    let cookies: Vec<_> = requests.iter().map(|request| cookie(request)).collect();
    assert_eq!(cookies, [None, Some("session=s1"), Some("session=s1"), None]);
    assert!(requests[0].ends_with(r#"{"email":"ada@example.org","password":"correct horse"}"#));
    assert!(!fs::read_to_string(program.file()).unwrap().contains("s1"));
}

#[test]
fn the_server_signed_in_to_last_is_the_usual_one() {
    let server = server();
    let program = Program::new(&server.url());
    program.run_with(SIGN_IN, "correct horse").ok();
    let mut command = program.command(["whoami", "--json"]);
    let done = command.env_remove("THROUGHLINE_SERVER").output().unwrap();
    let account: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(account["email"], "ada@example.org");
}

#[test]
fn a_session_of_one_server_is_not_sent_to_another() {
    let (one, other) = (server(), server());
    let program = Program::new(&one.url());
    program.run_with(SIGN_IN, "correct horse").ok();
    program.run(&format!("--server {} whoami", other.url())).ok();
    assert_eq!(cookie(&other.requests()[0]), None);
}

#[test]
fn a_sign_up_is_a_sign_in() {
    let server = server();
    let program = Program::new(&server.url());
    let line = "sign-up --email ada@example.org --name Ada --password-stdin";
    program.run_with(line, "correct horse\r\n").ok();
    let body = r#"{"email":"ada@example.org","password":"correct horse","name":"Ada"}"#;
    assert!(server.requests()[0].ends_with(body));
    assert!(program.file().is_file());
}

#[test]
fn a_renewed_session_is_kept() {
    let server = Server::start(|line| {
        let value = if line.starts_with("POST") { "s1" } else { "s2" };
        reply("200 OK", &format!("set-cookie: session={value}; Path=/\r\n"), ACCOUNT)
    });
    let program = Program::new(&server.url());
    program.run_with(SIGN_IN, "correct horse").ok();
    program.run("whoami").ok();
    program.run("whoami").ok();
    assert_eq!(cookie(&server.requests()[2]), Some("session=s2"));
}

#[test]
fn a_password_beyond_its_limits_is_not_sent() {
    let server = server();
    let text = Program::new(&server.url()).run_with(SIGN_IN, "short").failed();
    assert_eq!(text, "error: the password has 5 of at least 8 characters\n");
    assert!(server.requests().is_empty());
}

#[test]
fn without_a_terminal_nothing_is_asked() {
    let program = Program::new("http://localhost:1");
    let text = program.run("sign-in").failed();
    assert!(text.contains("no terminal") && text.contains("--email"), "{text}");
}

#[test]
fn a_refused_sign_in_keeps_nothing() {
    let server = Server::start(|_| problem("401 Unauthorized", "auth.wrong_credentials", ""));
    let program = Program::new(&server.url());
    let text = program.run_with(SIGN_IN, "wrong horse").failed();
    assert_eq!(text, "error: the address or the password is wrong\n");
    assert!(!program.file().exists());
}

#[test]
#[cfg(unix)]
fn the_file_is_the_owners_alone_or_is_not_used() {
    use std::os::unix::fs::PermissionsExt;
    let server = server();
    let program = Program::new(&server.url());
    program.run_with(SIGN_IN, "correct horse").ok();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(program.file()), 0o600);
    assert_eq!(mode(program.file().parent().unwrap().to_owned()), 0o700);
    fs::set_permissions(program.file(), fs::Permissions::from_mode(0o644)).unwrap();
    let text = program.run("whoami").failed();
    assert!(text.contains("644") && text.contains("chmod 600"), "{text}");
    assert_eq!(server.requests().len(), 1);
}

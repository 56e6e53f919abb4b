//! What is printed when something fails, and with which exit code.

use std::net::TcpListener;

use serde_json::Value;

use crate::{
    program::Program,
    server::{Server, problem, reply},
};

const ID: &str = "019339e9-8f6a-7c3e-9b1d-2f4a6c8e0b12";

#[test]
fn help_is_code_0_and_a_wrong_command_line_code_2() {
    let program = Program::new("http://localhost:1");
    let help = program.run("--help").ok();
    assert!(help.contains("Exit codes:") && help.contains("THROUGHLINE_SERVER"), "{help}");
    for line in ["", "nonsense", "tasks show 7", "--server nonsense whoami", "tasks add "] {
        let done = program.run(line);
        assert_eq!((done.code, done.out.as_str()), (2, ""), "{line}: {done:?}");
    }
}

#[test]
fn what_is_no_id_or_no_time_is_told_how_one_looks() {
    let program = Program::new("http://localhost:1");
    for line in
        ["tasks show 7", "users role admin admin", "sessions revoke all", "audit --actor ada"]
    {
        let done = program.run(line);
        assert_eq!(done.code, 2, "{line}: {done:?}");
        assert!(done.err.contains("is no id: the lists show them"), "{line}: {done:?}");
    }
    let done = program.run(&format!("users ban {ID} --reason spam --until tomorrow"));
    assert!(done.err.contains("write it as 2026-12-31T00:00:00Z"), "{done:?}");
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let program = Program::new(&url);
    let text = program.run("whoami").failed();
    assert!(text.starts_with(&format!("error: cannot reach {url}/api/auth/me: ")), "{text}");
    assert!(
        text.contains(&format!("\nhint: is the server running, and is {url} its address?")),
        "{text}"
    );
    let document: Value = serde_json::from_str(&program.run("--json whoami").failed()).unwrap();
    assert_eq!(document["code"], "client.unreachable");
    let text = program.run("tasks add Milk").failed();
    assert!(text.contains("hint: to repeat it without adding the task twice, use --id "), "{text}");
}

#[test]
fn who_is_not_signed_in_is_told_how_to() {
    let server =
        Server::start(|_| problem("401 Unauthorized", "request.unauthenticated", "Sign in first."));
    let program = Program::new(&server.url());
    let text = program.run("tasks list").failed();
    let hint = format!("hint: run `throughline --server {} sign-in`\n", server.url());
    assert_eq!(text, format!("error: nobody is signed in to {}\n{hint}", server.url()));
    let document: Value = serde_json::from_str(&program.run("tasks list --json").failed()).unwrap();
    assert_eq!(
        (&document["code"], &document["request_id"]),
        (&"request.unauthenticated".into(), &"r1".into())
    );
}

#[test]
fn somebody_else_who_answers_is_told_apart() {
    let html = "<html>\u{1b}[2J502</html>";
    let page =
        Server::start(move |_| reply("502 Bad Gateway", "content-type: text/html\r\n", html));
    let text = Program::new(&page.url()).run("tasks list").failed();
    assert!(
        text.contains("502") && text.contains("\\u{1b}[2J") && text.contains("perhaps a proxy"),
        "{text}"
    );
    let moved =
        Server::start(|_| reply("301 Moved Permanently", "location: https://x.example\r\n", ""));
    let text = Program::new(&moved.url()).run("tasks list").failed();
    assert!(text.contains("301") && text.contains("https perhaps?"), "{text}");
}

#[test]
fn a_delete_stops_at_the_first_refusal_and_says_what_it_did() {
    let server = Server::start(|line| match line.ends_with(ID) {
        true => reply("204 No Content", "", ""),
        false => problem("404 Not Found", "task.not_found", "gone"),
    });
    let other = ID.replace("0193", "0194");
    let program = Program::new(&server.url());
    let done = program.run(&format!("tasks rm {ID} {other} {ID}"));
    assert_eq!((done.code, done.out), (1, format!("deleted  {ID}\n")));
    assert_eq!(done.err, "error: gone (task.not_found)\n");
    assert_eq!(server.requests().len(), 2);
    let done = program.run(&format!("tasks rm {ID} {other} --json"));
    let out: Value = serde_json::from_str(&done.out).unwrap();
    let err: Value = serde_json::from_str(&done.err).unwrap();
    assert_eq!((&out["deleted"][0], &err["code"]), (&ID.into(), &"task.not_found".into()));
}

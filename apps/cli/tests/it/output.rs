//! What is printed, for people and for programs, and when nobody reads it.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

use serde_json::{Value, json};

use crate::{
    program::Program,
    server::{Server, reply},
};

const ID: &str = "019339e9-8f6a-7c3e-9b1d-2f4a6c8e0b12";

fn task(title: &str) -> Value {
    let time = "2026-11-20T12:00:00.123456Z";
    json!({
        "id": ID,
        "title": title,
        "completed": false,
        "version": 1,
        "created_at": time,
        "updated_at": time,
    })
}

/// Answers with `pages`, one after the other by their cursors `1`, `2`, ..
fn lists(pages: Vec<Vec<Value>>) -> Server {
    Server::start(move |line| {
        let cursor = line.split_once("cursor=").map(|(_, cursor)| cursor.parse::<usize>().unwrap());
        let index = cursor.unwrap_or_default();
        let mut page = json!({ "items": pages[index] });
        if index + 1 < pages.len() {
            page["next"] = json!((index + 1).to_string());
        }
        reply("200 OK", "content-type: application/json\r\n", &page.to_string())
    })
}

#[test]
fn a_list_is_a_table() {
    let server = lists(vec![vec![task("Milk")]]);
    let out = Program::new(&server.url()).run("tasks list --completed false --text mi").ok();
    let expected = "\
ID                                    DONE  CREATED     TITLE
019339e9-8f6a-7c3e-9b1d-2f4a6c8e0b12  no    2026-11-20  Milk
";
    assert_eq!(out, expected);
    let request = &server.requests()[0];
    assert!(request.starts_with("GET /api/tasks?completed=false&text=mi&limit=20 "), "{request}");
    assert!(request.to_lowercase().contains("user-agent: throughline-cli/"), "{request}");
}

#[test]
fn a_list_of_many_pages_shows_one_or_all() {
    let server = lists(vec![vec![task("a")], vec![task("b")], vec![task("c")]]);
    let program = Program::new(&server.url());
    let first = program.run("tasks list");
    assert_eq!((first.code, first.out.lines().count()), (0, 2));
    assert_eq!(first.err, "there are more: --cursor 1 for the next page, --all for all\n");
    assert_eq!(program.run("tasks list --all").ok().lines().count(), 4);
    let all: Value = serde_json::from_str(&program.run("--json tasks list --all").ok()).unwrap();
    assert_eq!((all["items"].as_array().unwrap().len(), all.get("next")), (3, None));
    let page: Value =
        serde_json::from_str(&program.run("--json tasks list --cursor 1").ok()).unwrap();
    assert_eq!(page, json!({ "items": [task("b")], "next": "2" }));
}

#[test]
fn no_tasks_are_no_lines() {
    let done = Program::new(&lists(vec![vec![]]).url()).run("tasks list");
    assert_eq!((done.code, done.out.as_str(), done.err.as_str()), (0, "", "no tasks\n"));
}

#[test]
fn a_title_cannot_command_the_terminal() {
    let hostile = "a\u{1b}[2J\u{9b}2J\r\n\u{202e}b";
    let server = lists(vec![vec![task(hostile)]]);
    let program = Program::new(&server.url());
    let text = program.run("tasks list").ok();
    assert!(text.ends_with("a\\u{1b}[2J\\u{9b}2J\\r\\n\\u{202e}b\n"), "{text}");
    let json = program.run("--json tasks list").ok();
    assert!(!json.contains(['\u{1b}', '\u{9b}', '\u{202e}', '\r']), "{json:?}");
    let page: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(page["items"][0]["title"], hostile);
}

#[test]
fn a_task_is_shown_with_its_lines() {
    let server = Server::start(|_| {
        let mut task = task("Milk");
        task["description"] = json!("two litres\n\u{1b}[2Jthe blue one");
        reply("200 OK", "", &task.to_string())
    });
    let out = Program::new(&server.url()).run(&format!("tasks show {ID}")).ok();
    let expected = "\
id           019339e9-8f6a-7c3e-9b1d-2f4a6c8e0b12
title        Milk
done         no
description  two litres
             \\u{1b}[2Jthe blue one
version      1
created      2026-11-20 12:00 UTC
changed      2026-11-20 12:00 UTC
";
    assert_eq!(out, expected);
}

#[test]
fn a_change_sends_only_what_changes() {
    let server = Server::start(|_| reply("200 OK", "", &task("Milk").to_string()));
    let program = Program::new(&server.url());
    program.run(&format!("tasks edit {ID} --title Milk")).ok();
    program.run(&format!("tasks edit {ID} --clear-description")).ok();
    assert_eq!(program.run(&format!("tasks done {ID}")).ok(), format!("done  {ID}  Milk\n"));
    program.run(&format!("tasks done {ID} --undo")).ok();
    let requests = server.requests();
    let bodies: Vec<_> = requests.iter().map(|request| request.lines().last().unwrap()).collect();
    let expected = [
        r#"{"title":"Milk"}"#,
        r#"{"description":null}"#,
        r#"{"completed":true}"#,
        r#"{"completed":false}"#,
    ];
    assert_eq!(bodies, expected);
}

#[test]
fn an_add_says_whether_the_task_is_new() {
    for (status, verb) in [("201 Created", "added"), ("200 OK", "was there already")] {
        let server = Server::start(move |_| reply(status, "", &task("Milk").to_string()));
        let out = Program::new(&server.url()).run(&format!("tasks add Milk --id {ID}")).ok();
        assert_eq!(out, format!("{verb}  {ID}  Milk\n"));
        let request = &server.requests()[0];
        let body: Value = serde_json::from_str(request.lines().last().unwrap()).unwrap();
        assert_eq!((&body["id"], &body["title"]), (&json!(ID), &json!("Milk")));
    }
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let server = lists(vec![(0..3000).map(|_| task("Milk")).collect()]);
    let program = Program::new(&server.url());
    for line in ["tasks list", "tasks list --json", "--help"] {
        let mut command = program.command(line.split(' '));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        assert!(!first.is_empty());
        let done = child.wait_with_output().unwrap();
        assert_eq!((done.status.code(), done.stderr), (Some(0), Vec::new()), "{line}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_a_failure() {
    let server = lists(vec![vec![task("Milk")]]);
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let mut command = Program::new(&server.url()).command(["tasks", "list"]);
    let done = command.stdout(full).output().unwrap();
    let text = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(1));
    assert!(text.contains("output could not be written"), "{text}");
}

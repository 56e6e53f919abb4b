//! Rules over all contracts: each test walks whatever `contract::describe` shows, so a new
//! procedure is under them without being listed here.

use std::collections::BTreeMap;

use throughline::{
    ApiError, Case, Contract, Describe, Procedure,
    document::{Document, Info},
};

/// What the house calls the acts on a resource: one verb for one act.
const VERBS: [&str; 6] = ["list", "get", "create", "put", "update", "delete"];

/// What is no act on a resource: what one does at the door, and what is done to part of one.
const OTHER_WORDS: &[(&str, &[&str])] = &[
    ("users", &["set_role", "ban", "unban", "profile", "me", "update_me"]),
    (
        "auth",
        &[
            "sign_up",
            "sign_in",
            "sign_out",
            "me",
            "change_password",
            "list_sessions",
            "revoke_session",
            "revoke_other_sessions",
            "list_tokens",
            "get_token",
            "create_token",
            "revoke_token",
            "list_audit",
        ],
    ),
];

/// One procedure, as far as the rules ask.
struct Seen {
    id: &'static str,
    tag: &'static str,
    doc: &'static str,
    cases: Vec<Case>,
}

/// Collects procedures.
#[derive(Default)]
struct Walk(Vec<Seen>);

impl Describe for Walk {
    fn procedure<P: Procedure>(&mut self) {
        self.0.push(Seen { id: P::ID, tag: P::TAG, doc: P::DOC, cases: P::Error::cases() });
    }
}

/// All procedures of the application.
fn walk() -> Vec<Seen> {
    let mut walk = Walk::default();
    contract::describe(&mut walk);
    assert!(!walk.0.is_empty(), "`contract::describe` shows no procedure");
    walk.0
}

/// Fails with all that was found, each with what to do.
#[track_caller]
fn none(found: Vec<String>) {
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn an_operation_id_is_of_one_procedure() {
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for seen in walk() {
        *times.entry(seen.id).or_default() += 1;
    }
    let twice = times.into_iter().filter(|(_, times)| *times > 1);
    none(
        twice
            .map(|(id, times)| {
                format!(
                    "`{id}` is there {times} times: give a contract another tag, or list it once"
                )
            })
            .collect(),
    );
}

#[test]
fn each_procedure_has_a_line_that_says_what_it_does() {
    let silent = walk().into_iter().filter(|seen| !is_sentence(seen.doc));
    none(
        silent
            .map(|seen| {
                format!("`{}` says of itself {:?}: write a sentence above it", seen.id, seen.doc)
            })
            .collect(),
    );
}

#[test]
fn each_contract_has_a_line_that_says_what_it_is() {
    // A visitor is shown procedures, not contracts, so these are listed; a tag that is missing here
    // is told below.
    let contracts = [
        (contract::auth::AuthContract::TAG, contract::auth::AuthContract::DOC),
        (contract::tasks::TasksContract::TAG, contract::tasks::TasksContract::DOC),
        (contract::flows::FlowsContract::TAG, contract::flows::FlowsContract::DOC),
        (contract::users::UsersContract::TAG, contract::users::UsersContract::DOC),
    ];
    let docs = BTreeMap::from(contracts);
    let silent = walk().into_iter().filter_map(|seen| match docs.get(seen.tag) {
        None => Some(format!("list the contract of `{}` in this test", seen.id)),
        Some(doc) if !is_sentence(doc) => {
            Some(format!("the contract `{}` says of itself {doc:?}: write a sentence", seen.tag))
        }
        Some(_) => None,
    });
    none(silent.collect());
}

#[test]
fn each_procedure_is_called_by_a_verb_of_the_house() {
    let strange = walk().into_iter().filter(|seen| {
        let verb = seen.id.rsplit('.').next().unwrap_or_default();
        let other = OTHER_WORDS.iter().find(|(tag, _)| *tag == seen.tag);
        !(VERBS.contains(&verb) || other.is_some_and(|(_, words)| words.contains(&verb)))
    });
    none(strange.map(|seen| format!("`{}` is none of {}", seen.id, VERBS.join(", "))).collect());
}

#[test]
fn each_declared_error_has_a_title() {
    let untitled = walk().into_iter().flat_map(|seen| seen.cases).filter(|case| {
        // Without a doc comment the title is the variant's name, which ends without a full stop.
        !is_sentence(case.title)
    });
    none(
        untitled
            .map(|case| {
                let (code, title) = (case.code, case.title);
                format!(
                    "the error `{code}` is titled {title:?}: write a sentence above the variant"
                )
            })
            .collect(),
    );
}

#[test]
fn a_code_means_one_thing() {
    let mut meanings: BTreeMap<&str, (u16, &str)> = BTreeMap::new();
    let mut found = Vec::new();
    for case in walk().into_iter().flat_map(|seen| seen.cases) {
        let meaning = (case.status, case.title);
        let first = *meanings.entry(case.code).or_insert(meaning);
        if first != meaning {
            found.push(format!("`{}` is {first:?} and {meaning:?}: rename one", case.code));
        }
        if case.code.starts_with("request.") {
            found.push(format!("`{}` is a code of the framework's own: rename it", case.code));
        }
    }
    none(found);
}

/// Two types under one schema name, effects on nothing and whatever else cannot be said in one
/// document are told here, with both sides.
#[test]
fn the_contracts_fit_into_one_document() {
    let document = Document::new(Info::default()).contracts(contract::describe).build();
    if let Err(error) = document {
        panic!("{error}");
    }
}

/// Whether the first line of a text is a sentence.
fn is_sentence(text: &str) -> bool {
    let line = text.lines().next().unwrap_or_default();
    line.ends_with('.') && line.starts_with(|letter: char| letter.is_uppercase())
}

/// A write that forgets the list of its resource leaves every cached list wrong, silently.
#[test]
fn each_write_of_a_resource_has_an_effect_on_its_list() {
    #[derive(Default)]
    struct Effects(Vec<String>);
    impl Describe for Effects {
        fn procedure<P: Procedure>(&mut self) {
            let verb = P::ID.rsplit('.').next().unwrap_or_default();
            let list = format!("{}.list", P::TAG);
            let has_list = walk().iter().any(|seen| seen.id == list);
            let on_list = P::EFFECTS.iter().any(|effect| effect.read == list);
            if !P::READ && VERBS.contains(&verb) && has_list && !on_list {
                self.0.push(format!(
                    "{} says nothing of `{list}`: add `#[invalidates(list)]`",
                    P::ID
                ));
            }
        }
    }
    let mut effects = Effects::default();
    contract::describe(&mut effects);
    assert_eq!(effects.0, Vec::<String>::new());
}

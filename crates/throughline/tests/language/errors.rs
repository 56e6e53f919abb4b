//! Declared errors: an envelope on the way out, the same error on the way in.

use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use throughline::{
    ApiError, CallError, Codes, Cx, Failure, Fault, Id, InternalExt, Never, NoContent, Problem,
    Public, Result, contract, decode_reply, faults,
};
use uuid::Uuid;

#[derive(Id)]
pub struct ThingId(Uuid);

#[derive(Debug, PartialEq, thiserror::Error, ApiError)]
pub enum ThingError {
    /// There is no such thing.
    ///
    /// Or it is somebody else's.
    #[error("no thing {id}")]
    #[problem(404, "thing.not_found")]
    NotFound { id: ThingId },
    #[error("taken until {until:?}")]
    #[problem(409, "thing.name_taken")]
    NameTaken { until: Option<u64>, by: Vec<String> },
    #[error("full")]
    #[problem(409, "thing.full")]
    Full,
    // Names that the macro uses itself.
    #[error("odd {members} {read} {error} {code_of} {}", r#match)]
    #[problem(422, "thing.odd")]
    Odd { members: u8, read: u8, error: u8, code_of: u8, r#match: u8 },
}

#[derive(Debug, PartialEq, thiserror::Error, ApiError)]
pub enum OuterError {
    #[error("outer")]
    #[problem(503, "outer.away")]
    Away {},
    #[error(transparent)]
    #[problem(transparent)]
    Thing(#[from] ThingError),
}

#[derive(Debug, PartialEq, thiserror::Error, ApiError)]
pub enum OutermostError {
    #[error(transparent)]
    #[problem(transparent)]
    Outer(#[from] OuterError),
}

/// No variant: an error that cannot be.
#[derive(Debug, PartialEq, thiserror::Error, ApiError)]
pub enum NoError {}

#[contract(path = "/things")]
pub trait Things {
    #[post]
    async fn change(&self, cx: Cx<Public>) -> Result<NoContent, OutermostError>;
    #[post("/none")]
    async fn none(&self, cx: Cx<Public>) -> Result<NoContent, NoError>;
    #[post("/never")]
    async fn never(&self, cx: Cx<Public>) -> Result<NoContent, Never>;
}

fn envelope(error: &impl ApiError) -> Value {
    serde_json::to_value(error.to_problem("r-1").expect("serializes")).expect("serializes")
}

fn back(error: OutermostError) {
    let envelope = serde_json::to_vec(&error.to_problem("r-1").expect("serializes")).expect("JSON");
    let status = StatusCode::from_u16(error.status()).expect("a status");
    let read = decode_reply::<procedures::Change>(status, &HeaderMap::new(), envelope);
    match read {
        Err(CallError::Declared(read)) => assert_eq!(read, error),
        other => panic!("{error} came back as {other:?}"),
    }
}

#[test]
fn the_fields_are_members_of_the_envelope() {
    let id = ThingId::new();
    assert_eq!(
        envelope(&ThingError::NotFound { id }),
        json!({
            "type": "urn:problem-type:thing.not_found", "title": "There is no such thing.", "status": 404,
            "detail": format!("no thing {id}"), "code": "thing.not_found", "request_id": "r-1", "id": id,
        })
    );
    let taken = envelope(&ThingError::NameTaken { until: None, by: vec!["Ada".to_owned()] });
    assert_eq!((&taken["until"], &taken["by"]), (&Value::Null, &json!(["Ada"])));
    // Without a doc comment the variant's name is the title.
    assert_eq!(taken["title"], "Name taken");
    let odd = ThingError::Odd { members: 1, read: 2, error: 3, code_of: 4, r#match: 5 };
    assert_eq!(envelope(&odd)["match"], 5);
}

#[test]
fn each_error_comes_back_as_itself_also_when_it_is_wrapped() {
    let id = ThingId::new();
    let wrapped = |error: ThingError| OutermostError::Outer(error.into());
    back(wrapped(ThingError::NotFound { id }));
    back(wrapped(ThingError::NameTaken { until: Some(u64::MAX), by: Vec::new() }));
    back(wrapped(ThingError::NameTaken { until: None, by: Vec::new() }));
    back(wrapped(ThingError::Full));
    back(wrapped(ThingError::Odd { members: 1, read: 2, error: 3, code_of: 4, r#match: 5 }));
    back(OutermostError::Outer(OuterError::Away {}));
}

#[test]
fn a_wrapped_error_keeps_status_code_title_and_text() {
    let outer = OutermostError::from(OuterError::from(ThingError::Full));
    assert_eq!((outer.status(), outer.code(), outer.title()), (409, "thing.full", "Full"));
    assert_eq!(outer.to_string(), "full");
    let codes = |error: &OutermostError| error.to_problem("").map(|problem| problem.code).ok();
    assert_eq!(codes(&outer).as_deref(), Some("thing.full"));
}

#[test]
fn all_cases_are_listed() {
    let cases: Vec<_> =
        OutermostError::cases().iter().map(|case| (case.status, case.code)).collect();
    let expected = [
        (503, "outer.away"),
        (404, "thing.not_found"),
        (409, "thing.name_taken"),
        (409, "thing.full"),
        (422, "thing.odd"),
    ];
    assert_eq!(cases, expected);
    let Codes { own, wrapped } = OutermostError::CODES;
    assert!(own.is_empty() && wrapped.len() == 1 && wrapped[0].own == ["outer.away"]);
    assert!(NoError::cases().is_empty() && Never::cases().is_empty());
}

#[test]
fn what_this_client_does_not_know_stays_whole() {
    let reply = |body: Value| {
        let body = serde_json::to_vec(&body).expect("JSON");
        decode_reply::<procedures::Change>(StatusCode::NOT_FOUND, &HeaderMap::new(), body)
    };
    match reply(json!({"code": "thing.melted", "heat": 9})) {
        Err(CallError::Fault(problem)) => {
            assert_eq!(
                (problem.code.as_str(), &problem.members["heat"]),
                ("thing.melted", &json!(9))
            );
        }
        other => panic!("{other:?}"),
    }
    // A known code with fields of a newer server.
    let newer = reply(json!({"code": "thing.not_found", "id": 7}));
    assert!(matches!(newer, Err(CallError::Fault(problem)) if problem.code == "thing.not_found"));
    let fault = decode_reply::<procedures::None>(
        StatusCode::UNAUTHORIZED,
        &HeaderMap::new(),
        serde_json::to_vec(&Fault::new(&faults::UNAUTHENTICATED).into_problem("r-1"))
            .expect("JSON"),
    );
    assert!(
        matches!(fault, Err(CallError::Fault(problem)) if problem.code == "request.unauthenticated")
    );
    for body in ["<html>", "{}", ""] {
        let foreign = decode_reply::<procedures::Never>(
            StatusCode::BAD_GATEWAY,
            &HeaderMap::new(),
            body.as_bytes().to_vec(),
        );
        assert!(matches!(foreign, Err(CallError::Transport(_))), "{body}");
    }
}

#[test]
fn the_question_mark_takes_declared_errors_and_nothing_unasked() {
    fn declared() -> Result<(), ThingError> {
        Err(ThingError::Full)?
    }
    fn wrapped() -> Result<(), OuterError> {
        declared().map_err(|failure| failure.map(OuterError::from))
    }
    fn internal() -> Result<u8, ThingError> {
        Ok("x".parse::<u8>().internal()?)
    }
    assert!(matches!(wrapped(), Err(Failure::Declared(OuterError::Thing(ThingError::Full)))));
    let Err(Failure::Fault(fault)) = internal() else { panic!("an opaque fault") };
    let problem: Problem = fault.into_problem("r-1");
    assert_eq!((problem.code.as_str(), problem.detail), ("request.internal", None));
}

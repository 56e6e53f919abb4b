//! Values with a type of their own.

use std::{collections::HashSet, time::Duration};

use proptest::prelude::*;
use throughline::{
    Cursor, Id, Int64, Limit, Param, Text, TextError, Timestamp, Validate, Validator, input,
};
use uuid::Uuid;

/// A word.
#[derive(Text)]
#[text(chars = 2..=4, format = "word", example = "word")]
pub struct Word(String);

/// A password.
#[derive(Text)]
#[text(chars = 1..=100, secret)]
pub struct Password(String);

/// An even number of characters.
#[derive(Text)]
#[text(chars = 0..=8, check = even)]
pub struct Even(String);

fn even(text: &str) -> Result<(), &'static str> {
    if text.chars().count().is_multiple_of(2) { Ok(()) } else { Err("is odd") }
}

/// A word's id.
#[derive(Id)]
pub struct WordId(Uuid);

#[input]
pub struct SignIn {
    pub password: Password,
    pub again: Option<Password>,
}

#[test]
fn a_text_keeps_its_limits() {
    assert_eq!((Word::MIN_CHARS, Word::MAX_CHARS), (2, 4));
    assert_eq!(Word::new("ä"), Err(TextError::TooShort { min: 2, found: 1 }));
    assert_eq!("worte".parse::<Word>(), Err(TextError::TooLong { max: 4, found: 5 }));
    assert_eq!(Word::try_from("a\0"), Err(TextError::Nul));
    assert_eq!(Even::new("abc"), Err(TextError::Refused("is odd")));
    let word = Word::new("wörd").expect("four characters");
    assert_eq!(word, "wörd");
    assert_eq!(
        (word.to_string(), word.as_str(), word.as_ref()),
        ("wörd".to_owned(), "wörd", "wörd")
    );
    assert_eq!(format!("{word:?}"), "Word(\"wörd\")");
    assert_eq!(String::from(word.clone()), word.into_string());
    let mut words = ["b1", "a2"].map(|text| Word::new(text).expect("two characters"));
    words.sort();
    assert_eq!(HashSet::from(words.clone()).len(), 2);
    assert_eq!(words[0], "a2");
}

#[test]
fn from_the_wire_a_text_is_taken_and_then_judged() {
    let long: Word = serde_json::from_str("\"toolong\"").expect("a string");
    let found = Validator::check(throughline::Place::Body, &long);
    assert_eq!(
        (found[0].code.as_ref(), found[0].detail.as_str()),
        ("too_long", "has 7 of at most 4 characters")
    );
    let odd: Even = serde_json::from_str("\"odd\"").expect("a string");
    assert_eq!(Validator::check(throughline::Place::Body, &odd)[0].code, "format");
    assert!(serde_json::from_str::<Word>("5").is_err());
}

#[test]
fn a_secret_does_not_show() {
    let secret = || Password::new("hunter2").expect("within its limits");
    let input = SignIn { password: secret(), again: Some(secret()) };
    assert_eq!(format!("{:?}", secret()), "Password(..)");
    let shown = format!("{input:?} {input:#?}");
    assert!(shown.contains("Password(..)") && !shown.contains("hunter2"), "{shown}");
    // It still travels.
    assert_eq!(serde_json::to_string(&secret()).expect("JSON"), "\"hunter2\"");
    let schema = serde_json::to_value(throughline::__private::alone::<Password>()).expect("JSON");
    assert_eq!(schema["writeOnly"], true);
    // What is wrong with it is said without it.
    let long: Password = serde_json::from_value("x".repeat(101).into()).expect("a string");
    let found = Validator::check(throughline::Place::Body, &long);
    assert!(!format!("{found:?}").contains("xx"), "{found:?}");
}

#[test]
fn an_id_is_a_uuid_of_version_7() {
    let (a, b) = (WordId::new(), WordId::new());
    assert_eq!(a.uuid().get_version_num(), 7);
    assert_ne!(a, b);
    assert_eq!(WordId::from(Uuid::from(a)), a);
    assert_eq!(a.to_string().parse::<WordId>().expect("its own text"), a);
    assert_eq!(format!("{a:?}"), format!("WordId({a})"));
    assert!("x".parse::<WordId>().is_err());
    assert_eq!(serde_json::to_string(&a).expect("JSON"), format!("\"{a}\""));
    let copied = a;
    assert_eq!(HashSet::from([a, copied]).len(), 1);
    assert!(<WordId as Param>::read(&["x"]).is_err());
}

#[test]
fn a_time_never_wraps() {
    let now = Timestamp::now();
    assert_eq!(now.plus(Duration::from_secs(5)).since(now), Duration::from_secs(5));
    assert_eq!(now.since(now.plus(Duration::from_secs(5))), Duration::ZERO);
    assert_eq!(now.plus(Duration::MAX), now.plus(Duration::MAX).plus(Duration::from_secs(1)));
    for text in ["2026-11-20", "2026-11-20T12:00:00", "now", "", "2026-13-01T00:00:00Z"] {
        assert!(text.parse::<Timestamp>().is_err(), "{text}");
    }
}

#[test]
fn values_are_validated_without_limits_of_their_own() {
    fn silent(value: &impl Validate) {
        assert!(Validator::check(throughline::Place::Body, value).is_empty());
    }
    silent(&WordId::new());
    silent(&Timestamp::now());
    silent(&Int64(i64::MIN));
    silent(&Limit::<20, 100>::new(1));
    silent(&Cursor::from("x".to_owned()));
}

proptest! {
    #[test]
    fn a_time_is_read_as_it_is_written(micros in -62_135_596_800_000_000_i64..=253_402_300_799_999_999) {
        let time = Timestamp::from_unix_micros(micros).expect("from year 1 to 9999");
        prop_assert_eq!(time.unix_micros(), micros);
        prop_assert_eq!(time.to_string().parse::<Timestamp>().expect("its own text"), time);
        let json = serde_json::to_string(&time).expect("JSON");
        prop_assert_eq!(serde_json::from_str::<Timestamp>(&json).expect("its own JSON"), time);
        prop_assert_eq!(Timestamp::from(time.to_chrono()), time);
        // The text sorts as the time does.
        let later = time.plus(Duration::from_micros(1));
        if later.to_string().len() == time.to_string().len() {
            prop_assert!(time.to_string() < later.to_string());
        }
    }

    #[test]
    fn a_finer_time_is_cut_to_microseconds(seconds in 0_i64..4_000_000_000, nanos in 0_u32..1_000_000_000) {
        let fine = chrono::DateTime::from_timestamp(seconds, nanos).expect("in range");
        let time = Timestamp::from(fine);
        prop_assert_eq!(time.unix_micros(), seconds * 1_000_000 + i64::from(nanos / 1000));
    }

    #[test]
    fn an_int64_survives_json(number: i64) {
        let json = serde_json::to_string(&Int64(number)).expect("JSON");
        prop_assert_eq!(&json, &format!("\"{number}\""));
        prop_assert_eq!(serde_json::from_str::<Int64>(&json).expect("its own JSON"), Int64(number));
        prop_assert_eq!(serde_json::from_str::<Int64>(&number.to_string()).expect("a number"), Int64(number));
        prop_assert_eq!(<Int64 as Param>::read(&[&number.to_string()]), Ok(Int64(number)));
    }

    #[test]
    fn a_text_is_refused_exactly_beyond_its_limits(text in "\\PC{0,6}") {
        let length = text.chars().count();
        let fits = (2..=4).contains(&length);
        prop_assert_eq!(Word::new(text.clone()).is_ok(), fits);
        let taken: Word = serde_json::from_value(text.into()).expect("a string");
        prop_assert_eq!(Validator::check(throughline::Place::Body, &taken).is_empty(), fits);
    }

    #[test]
    fn a_cursor_opens_with_its_own_filter_only(filter: (String, Option<bool>), key: (i64, String), other: (String, Option<bool>)) {
        let cursor = Cursor::new(&filter, &key).expect("serializes");
        let read = Cursor::from(cursor.as_str().to_owned());
        // A key that is too long for a cursor is refused, never cut.
        if cursor.as_str().len() <= 1024 {
            prop_assert_eq!(read.open::<(i64, String)>(&filter).expect("its own filter"), key);
        }
        if other != filter {
            prop_assert!(read.open::<(i64, String)>(&other).is_err());
        }
    }

    #[test]
    fn no_text_breaks_a_cursor(text in "\\PC{0,40}") {
        prop_assert!(Cursor::from(text).open::<u64>(&"filter").is_err());
    }
}

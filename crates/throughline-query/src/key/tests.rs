//! What keys are equal, how they are written, and what cannot be one.

use std::collections::{BTreeMap, HashSet};

use proptest::prelude::*;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::*;

fn object<const N: usize>(fields: [(&str, Segment); N]) -> Segment {
    Segment::object(fields)
}

/// The key that `["x", value]` is.
fn with(value: Value) -> Key {
    Key::from_json(&json!(["x", value])).unwrap()
}

#[test]
fn a_key_is_small() {
    assert_eq!(size_of::<Key>(), size_of::<usize>());
    assert_eq!(size_of::<Option<Key>>(), size_of::<usize>());
    if cfg!(target_pointer_width = "64") {
        assert_eq!(size_of::<Segment>(), 24);
        // With the counter before and the length behind it 40 bytes, and 24 for each segment, all in one piece.
        assert_eq!(size_of::<Header>(), 24);
    }
}

#[test]
fn what_means_the_same_is_equal() {
    let same = |a: Key, b: Key| {
        assert_eq!(a, b);
        assert_eq!(a.hash64(), b.hash64());
        assert_eq!(a.query_hash(), b.query_hash());
    };
    same(("a", 1).into(), ("a", 1.0).into());
    same(("a", 1_u8).into(), ("a", 1_u64).into());
    same(("a", 0).into(), ("a", -0.0).into());
    same(("a", 9_007_199_254_740_992_i64).into(), ("a", 9_007_199_254_740_992.0).into());
    same(("a", f64::NAN).into(), ("a", f64::from_bits(f64::NAN.to_bits() ^ 1 | 1 << 63)).into());
    same(("a", None::<u8>).into(), ("a", ()).into());
    same(("a", Some(1)).into(), ("a", 1).into());
    same(("a", 'x').into(), ("a", "x").into());
    same(("a", vec![1, 2]).into(), ("a", (1, 2)).into());
    same(Key::new(["a"]), Key::from("a"));
    same(["a", "b", "c"].into(), vec!["a".to_owned(), "b".to_owned(), "c".to_owned()].into());
    same(
        ("a", object([("x", 1.into()), ("y", 2.into()), ("x", 3.into())])).into(),
        ("a", object([("y", 2.into()), ("x", 3.into())])).into(),
    );
}

#[test]
fn what_means_something_else_is_not() {
    let keys = [
        Key::default(),
        "a".into(),
        ("a", ()).into(),
        ("a", false).into(),
        ("a", 0).into(),
        ("a", 1).into(),
        ("a", true).into(),
        ("a", "1").into(),
        ("a", "").into(),
        ("a", 0.5).into(),
        ("a", f64::NAN).into(),
        ("a", f64::INFINITY).into(),
        ("a", f64::NEG_INFINITY).into(),
        ("a", u64::MAX).into(),
        ("a", u64::MAX - 1).into(),
        ("a", u64::MAX as f64).into(),
        ("a", u64::MAX.to_string()).into(),
        ("a", i64::MAX).into(),
        ("a", i64::MAX - 1).into(),
        ("a", -1).into(),
        ("a", "0123456789012345678901").into(),
        ("a", "01234567890123456789012").into(),
        ("a", "01234567890123456789013").into(),
        ("a", "0123456789012345678901\0").into(),
        ("a", "\0").into(),
        ("a", Vec::<u8>::new()).into(),
        ("a", object([])).into(),
        ("a", [0]).into(),
        ("a", object([("0", 0.into())])).into(),
        ("a", object([("0", ().into())])).into(),
        ("a", 0, 1).into(),
        (("a", 0), 1).into(),
        ("a", (0, 1)).into(),
    ];
    let different: HashSet<&Key> = keys.iter().collect();
    assert_eq!(different.len(), keys.len());
}

#[test]
fn the_query_hash_is_that_of_tanstack_query() {
    let written = |value: Value| with(value).query_hash();
    assert_eq!(Key::default().query_hash(), "[]");
    assert_eq!(written(json!("a\"\\/\u{8}\t\n\u{c}\r\u{0}\u{1f}\u{7f}\u{2028}é😀")), {
        "[\"x\",\"a\\\"\\\\/\\b\\t\\n\\f\\r\\u0000\\u001f\u{7f}\u{2028}é😀\"]"
    });
    // Names that look like an index come first, as numbers; then all others as UTF-16.
    let names = json!({
        "b": 1, "10": 1, "2": 1, "01": 3, "4294967294": 1, "4294967295": 2, "4294967296": 4,
        "9007199254740993": 1, "-1": 1, "": 0, "ÿ": 1, "\u{ffff}": 1, "😀": 2, "\u{e000}": 3, "0": 0,
    });
    assert_eq!(
        written(names),
        "[\"x\",{\"0\":0,\"2\":1,\"10\":1,\"4294967294\":1,\"\":0,\"-1\":1,\"01\":3,\
         \"4294967295\":2,\"4294967296\":4,\"9007199254740993\":1,\"b\":1,\"ÿ\":1,\"😀\":2,\
         \"\u{e000}\":3,\"\u{ffff}\":1}]",
    );
    let numbers = json!([1e21, 1e-7, 1e20, 5e-324, 1.5, -0.0, 0.1, 123456789012.5, 1e-6, -1e300]);
    assert_eq!(
        written(numbers),
        "[\"x\",[1e+21,1e-7,100000000000000000000,5e-324,1.5,0,0.1,123456789012.5,0.000001,-1e+300]]",
    );
    assert_eq!(Key::from((f64::NAN, f64::INFINITY, 1)).query_hash(), "[null,null,1]");
    assert_eq!(Key::from((u64::MAX, i64::MIN)).query_hash(), {
        "[18446744073709551615,-9223372036854775808]"
    });
    assert_eq!(Key::new([(1_u64 << 60) as f64]).query_hash(), "[1152921504606847000]");
}

#[test]
fn prefixes_match_as_in_tanstack_query() {
    let cases = [
        (json!([]), json!([]), true),
        (json!(["a"]), json!([]), true),
        (json!(["a", 1]), json!(["a"]), true),
        (json!(["a"]), json!(["a", 1]), false),
        (json!(["a", 1]), json!(["a", "1"]), false),
        (json!(["a", 1]), json!(["a", true]), false),
        (json!(["a", null]), json!(["a", {}]), false),
        (json!(["a", {}]), json!(["a", null]), false),
        (json!(["a", [1, 2, 3]]), json!(["a", [1, 2]]), true),
        (json!(["a", [1, 2, 3]]), json!(["a", []]), true),
        (json!(["a", [1, 2]]), json!(["a", [2]]), false),
        (json!(["a", [1, 2]]), json!(["a", [1, 2, 3]]), false),
        (json!(["a", {"x": 1}]), json!(["a", {}]), true),
        (json!(["a", {"x": 1, "y": 2, "z": 3}]), json!(["a", {"x": 1, "z": 3}]), true),
        (json!(["a", {"x": 1, "y": 2}]), json!(["a", {"x": 2}]), false),
        (json!(["a", {"x": 1}]), json!(["a", {"x": 1, "y": 2}]), false),
        (json!(["a", {"y": 1, "z": 1}]), json!(["a", {"x": 1}]), false),
        (json!(["a", {"x": {"y": [1, 2], "z": 1}}]), json!(["a", {"x": {"y": [1]}}]), true),
        (json!(["a", {"x": null}]), json!(["a", {"x": null}]), true),
        (json!(["a", {}]), json!(["a", {"x": null}]), false),
        // JavaScript takes an array for an object with its indexes as names; here it is not one.
        (json!(["a", [1]]), json!(["a", {"0": 1}]), false),
        (json!(["a", {"0": 1}]), json!(["a", [1]]), false),
    ];
    for (key, prefix, expected) in cases {
        let matches = Key::from_json(&key).unwrap().matches(&Key::from_json(&prefix).unwrap());
        assert_eq!(matches, expected, "{key} matches {prefix}");
    }
    // In JavaScript it does not even equal itself.
    assert!(Key::from(("a", f64::NAN)).matches(&("a", f64::NAN).into()));
}

#[derive(Serialize)]
struct Params {
    text: &'static str,
    some: Option<f32>,
    none: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<u8>,
    nested: BTreeMap<i8, Kind>,
}

#[derive(Serialize)]
enum Kind {
    Unit,
    Newtype(char),
    Tuple(u64, ()),
    Struct { x: i128 },
}

#[derive(Serialize)]
struct Newtype<T>(T);

#[derive(Serialize)]
struct Unit;

#[test]
fn an_operations_key_is_its_name_and_parameters() {
    let of = |value: &dyn erased::Json| value.key().to_json();
    assert_eq!(of(&()), json!(["op"]));
    assert_eq!(of(&Unit), json!(["op"]));
    assert_eq!(of(&None::<u8>), json!(["op"]));
    assert_eq!(of(&Some(1)), json!(["op", 1]));
    assert_eq!(of(&(1, "a")), json!(["op", 1, "a"]));
    assert_eq!(of(&[1, 2, 3]), json!(["op", 1, 2, 3]));
    assert_eq!(of(&Newtype(vec![Some(1), None])), json!(["op", [1, null]]));
    assert_eq!(of(&Newtype((Some(1), None::<u8>))), json!(["op", 1, null]));
    assert_eq!(of(&((1, 2), [3])), json!(["op", [1, 2], [3]]));
    assert_eq!(of(&"text"), json!(["op", "text"]));
    assert_eq!(of(&Kind::Unit), json!(["op", "Unit"]));
    let params = || Params {
        text: "a",
        some: Some(0.5),
        none: None,
        left_out: None,
        nested: [
            (-1, Kind::Unit),
            (2, Kind::Newtype('c')),
            (3, Kind::Tuple(u64::MAX, ())),
            (4, Kind::Struct { x: -5 }),
        ]
        .into(),
    };
    assert_eq!(of(&params()), json!(["op", serde_json::to_value(params()).unwrap()]));
    assert_eq!(of(&params())[1].get("none"), Some(&Value::Null));
    assert_eq!(of(&params())[1].get("left_out"), None);
    assert_eq!(Key::of("op", &params()), Key::from_json(&of(&params())));
}

/// Several types in one closure.
mod erased {
    use super::*;

    pub(super) trait Json {
        fn key(&self) -> Key;
    }

    impl<T: Serialize> Json for T {
        fn key(&self) -> Key {
            Key::of("op", self).unwrap()
        }
    }
}

#[test]
fn the_names_of_a_map_are_text() {
    let names = [(true, 1), (false, 2)].into_iter().collect::<BTreeMap<_, _>>();
    assert_eq!(Key::of("x", &names), Ok(with(json!({"true": 1, "false": 2}))));
    let names = [('b', 1), ('a', 2)].into_iter().collect::<BTreeMap<_, _>>();
    assert_eq!(Key::of("x", &names), Ok(with(json!({"a": 2, "b": 1}))));
    let names = [(Newtype("a"), 1)];
    assert_eq!(Key::of("x", &Pairs(&names)), Ok(with(json!({"a": 1}))));
    assert_eq!(Key::of("x", &Pairs(&[(0.5, 1)])), Err(KeyError::Name));
    assert_eq!(Key::of("x", &Pairs(&[((), 1)])), Err(KeyError::Name));
    assert_eq!(Key::of("x", &Pairs(&[([1], 1)])), Err(KeyError::Name));
    assert_eq!(Key::of("x", &Pairs(&[(Some("a"), 1)])), Err(KeyError::Name));
    // The last one counts, wherever it stands.
    let twice = [("b", 1), ("a", 1), ("b", 2), ("a", 2), ("b", 3)];
    assert_eq!(Key::of("x", &Pairs(&twice)), Ok(with(json!({"a": 2, "b": 3}))));
}

/// A map with any keys.
struct Pairs<'a, K>(&'a [(K, i32)]);

impl<K: Serialize> Serialize for Pairs<'_, K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

#[test]
fn what_cannot_be_serialised_is_no_key() {
    struct No;
    impl Serialize for No {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("I will not"))
        }
    }
    assert_eq!(Key::of("x", &No).unwrap_err().to_string(), "I will not");
    assert_eq!(Key::of("x", &u128::MAX), Err(KeyError::TooLarge));
    assert_eq!(Key::of("x", &i128::MIN), Err(KeyError::TooLarge));
    assert_eq!(Key::of("x", &u128::from(u64::MAX)), Ok(Key::from(("x", u64::MAX))));
    for value in [json!({}), json!("x"), json!(1), json!(null)] {
        assert_eq!(Key::from_json(&value), Err(KeyError::NotAnArray));
        assert!(serde_json::from_value::<Key>(value).is_err());
    }
}

/// So many arrays, or objects, inside each other.
fn nested(depth: usize, inner: Value, objects: bool) -> Value {
    (0..depth).fold(inner, |inner, _| if objects { json!({ "a": inner }) } else { json!([inner]) })
}

#[test]
fn a_tuple_is_taken_apart_and_a_list_is_not() {
    assert_eq!(Key::of("x", &(1, "a")), Ok(Key::from(("x", 1, "a"))));
    assert_eq!(Key::of("x", &[1, 2]), Ok(Key::from(("x", 1, 2))));
    assert_eq!(Key::of("x", &vec![1, 2]), Ok(Key::from(("x", vec![1, 2]))));
    // No list is no parameters, and an empty one is an empty one.
    assert_eq!(Key::of("x", &None::<Vec<u8>>), Ok(Key::from("x")));
    assert_eq!(Key::of("x", &Some(Vec::<u8>::new())), Ok(Key::from(("x", Vec::<u8>::new()))));
}

#[test]
fn there_is_a_limit_to_the_depth() {
    for objects in [false, true] {
        let json = |depth| json!(["x", nested(depth, json!(1), objects)]);
        let deepest = Key::from_json(&json(Key::MAX_DEPTH)).unwrap();
        assert_eq!(Key::from_json(&json(Key::MAX_DEPTH + 1)), Err(KeyError::TooDeep));
        assert_eq!(Key::from_json(&json(500)), Err(KeyError::TooDeep));

        let of = |depth| Key::of("x", &nested(depth, json!(1), objects));
        assert_eq!(of(Key::MAX_DEPTH), Ok(deepest.clone()));
        assert_eq!(of(Key::MAX_DEPTH + 1), Err(KeyError::TooDeep));
        assert_eq!(of(500), Err(KeyError::TooDeep));

        // Whoever reads a key has it inside of a document.
        let text = format!("[[{{\"key\":{deepest}}}]]");
        let read: Vec<Vec<BTreeMap<String, Key>>> = serde_json::from_str(&text).unwrap();
        assert_eq!(read[0][0]["key"], deepest);
        assert!(serde_json::from_value::<Key>(json(Key::MAX_DEPTH + 1)).is_err());
        assert!(serde_json::from_value::<Key>(json(500)).is_err());
        assert_eq!(serde_json::from_value::<Key>(deepest.to_json()).unwrap(), deepest);
        assert!(deepest.matches(&deepest.clone()));
        assert!(deepest.clone().join(1).matches(&Key::from_json(&json(Key::MAX_DEPTH)).unwrap()));
    }
}

#[test]
fn what_never_ends_is_too_deep() {
    struct Endless(fn(usize) -> bool, usize);
    impl Serialize for Endless {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let inner = Self(self.0, self.1 + 1);
            if (self.0)(self.1) {
                serializer.collect_seq([inner])
            } else {
                serializer.serialize_some(&inner)
            }
        }
    }
    assert_eq!(Key::of("x", &Endless(|_| true, 0)), Err(KeyError::TooDeep));
    assert_eq!(Key::of("x", &Endless(|_| false, 0)), Err(KeyError::TooDeep));
    assert_eq!(Key::of("x", &Endless(|level| level % 9 == 0, 0)), Err(KeyError::TooDeep));
}

#[test]
#[should_panic(expected = "inside each other")]
fn segments_put_together_by_hand_have_the_same_limit() {
    let mut segment = Segment::from(1);
    for depth in 1..=Key::MAX_DEPTH {
        segment = if depth % 2 == 0 { vec![segment].into() } else { object([("a", segment)]) };
    }
    let _ = Segment::from([segment]);
}

#[test]
fn a_megabyte_of_text_is_a_key() {
    let text = "x".repeat(1 << 20);
    let key = Key::from(("todos", text.as_str()));
    assert_eq!(key, Key::of("todos", &text).unwrap());
    assert_eq!(key.query_hash().len(), text.len() + r#"["todos",""]"#.len());
    assert_ne!(key, Key::from(("todos", &text[1..])));
    assert_eq!(Key::from_json(&key.to_json()), Ok(key));
}

#[test]
fn hashes_are_spread() {
    let mut hashes = HashSet::new();
    let mut low = [0_u32; 128];
    let mut high = [0_u32; 128];
    for i in 0..50_000_i64 {
        let keys: [Key; 4] = [
            ("todos", i).into(),
            ("a", i % 100, i).into(),
            ("a", (i as f64) + 0.5).into(),
            ("todos", format!("{i:032}")).into(),
        ];
        for key in keys {
            let hash = key.hash64();
            hashes.insert(hash);
            low[(hash & 127) as usize] += 1;
            high[(hash >> 57) as usize] += 1;
        }
    }
    assert_eq!(hashes.len(), 200_000);
    // Each holds 1562 on average; five standard deviations are 200.
    for count in low.into_iter().chain(high) {
        assert!((1300..1830).contains(&count), "{count}");
    }
}

fn scalar() -> impl Strategy<Value = Segment> {
    prop_oneof![
        Just(Segment::Null),
        any::<bool>().prop_map(Segment::from),
        any::<i64>().prop_map(Segment::from),
        any::<u64>().prop_map(Segment::from),
        (-3..3_i32).prop_map(Segment::from),
        // No NaN and nothing infinite.
        any::<f64>().prop_map(Segment::from),
        any::<String>().prop_map(Segment::from),
        "[ab]{0,40}".prop_map(Segment::from),
    ]
}

fn segment() -> impl Strategy<Value = Segment> {
    scalar().prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Segment::from),
            proptest::collection::vec(("[a-c0-2😀\u{ffff}]{0,2}", inner), 0..6)
                .prop_map(Segment::object),
        ]
    })
}

fn key() -> impl Strategy<Value = Key> {
    proptest::collection::vec(segment(), 0..6).prop_map(Key::new)
}

proptest! {
    #[test]
    fn a_key_comes_back_from_json(key in key()) {
        let json = key.to_json();
        prop_assert_eq!(Key::from_json(&json), Ok(key.clone()));
        prop_assert_eq!(&serde_json::to_value(&key).unwrap(), &json);
        prop_assert_eq!(&serde_json::from_value::<Key>(json.clone()).unwrap(), &key);
        let text = serde_json::to_string(&key).unwrap();
        // `serde_json` reads some floats a little off, unless its feature `float_roundtrip` is on;
        // then it is another key, but the same one on either way.
        let read: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(serde_json::from_str::<Key>(&text).unwrap(), Key::from_json(&read).unwrap());
        let parameters = Key::of("x", &key).unwrap();
        prop_assert_eq!(&parameters, &Key::new(["x".into(), Segment::from(key.segments().to_vec())]));
        // JavaScript's way of writing large numbers apart, it is the same text.
        let written: Value = serde_json::from_str(&key.query_hash()).unwrap();
        prop_assert!(written.is_array());
    }

    #[test]
    fn keys_are_equal_as_their_segments_are(a in key(), b in key()) {
        let same = a.segments() == b.segments();
        prop_assert_eq!(a == b, same);
        let again = Key::new(a.segments());
        prop_assert_eq!(&again, &a);
        prop_assert_eq!(again.hash64(), a.hash64());
        if !same {
            prop_assert_ne!(a.hash64(), b.hash64());
        }
    }

    #[test]
    fn a_key_matches_what_it_begins_with(key in key(), more in segment(), len in 0..8_usize) {
        let prefix: Key = key.segments().iter().take(len).collect();
        prop_assert!(key.matches(&prefix));
        prop_assert!(key.join(more).matches(&prefix));
        prop_assert_eq!(prefix.matches(&key), len >= key.len());
    }
}

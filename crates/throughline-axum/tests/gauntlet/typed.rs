//! The same contracts through their typed clients, over the same socket.

use std::collections::BTreeMap;

use serde_json::json;
use throughline::{
    CallError, Created, Effect, EffectKind, Int64, Limit, NoContent, Patch, TransportError,
};
use throughline_client::{BearerToken, Credentials, Http, HttpOptions};

use crate::{
    contract::{
        shelves::{self, FillShelf, Shelf, ShelfError, ShelvesClient},
        *,
    },
    server::Server,
};

fn caller(server: &Server, token: &str) -> Http {
    let credentials = match token {
        "" => Credentials::None,
        token => Credentials::Bearer(BearerToken::new(token).unwrap()),
    };
    Http::new(server.url().parse().unwrap(), HttpOptions { credentials, ..HttpOptions::default() })
        .unwrap()
}

fn gadgets(server: &Server, token: &str) -> GadgetsClient<Http> {
    GadgetsClient::new(caller(server, token))
}

fn lamp(id: GadgetId) -> PutGadget {
    PutGadget {
        id,
        if_serial: None,
        dry_run: None,
        name: GadgetName::new("Lamp").unwrap(),
        condition: Condition::BrandNew,
        serial: Int64(9_007_199_254_740_993),
        labels: Vec::new(),
        parts: BTreeMap::from([("bulb".to_owned(), 1)]),
    }
}

#[tokio::test]
async fn an_upsert_creates_then_replaces() {
    let server = Server::start().await;
    let known = gadgets(&server, "known:ada");
    let id = GadgetId::new();
    let (made, effects) = known.put(lamp(id)).send_with_effects().await.unwrap();
    assert!(!made.is_again());
    assert_eq!(made.location(), Some(format!("/api/gadgets/{id}").as_str()));
    assert_eq!((made.serial, made.note.as_deref()), (Int64(9_007_199_254_740_993), Some("ada")));
    let here = |kind, read, matches| Effect { kind, read, matches };
    assert_eq!(
        effects,
        [
            here(EffectKind::Invalidates, "gadgets.list", vec![]),
            here(EffectKind::Invalidates, "shelves.list", vec![]),
            here(EffectKind::Sets, "gadgets.get", vec![("id", json!(id))]),
        ]
    );
    let again: Created<Gadget> = known.put(lamp(id)).await.unwrap();
    assert!(again.is_again() && again.location().is_none());
    assert_eq!(gadgets(&server, "").get(id).await.unwrap(), Gadget { ..again.into_body() });
    // The header and the query parameter arrive.
    let stale = PutGadget { if_serial: Some(Int64(5)), ..lamp(id) };
    let Err(CallError::Declared(GadgetError::Stale { current })) = known.put(stale).await else {
        panic!("not stale")
    };
    assert_eq!(current, Int64(9_007_199_254_740_993));
    let dry = PutGadget { dry_run: Some(true), condition: Condition::Worn, ..lamp(id) };
    assert_eq!(known.put(dry).await.unwrap().condition, Condition::Worn);
    assert_eq!(known.condition(id).await.unwrap(), Condition::BrandNew);
}

#[tokio::test]
async fn two_errors_on_one_status_stay_two() {
    let server = Server::start().await;
    let known = gadgets(&server, "known:ada");
    let (first, second) = (GadgetId::new(), GadgetId::new());
    known.put(lamp(first)).await.unwrap();
    let refused = known.put(lamp(second)).await.unwrap_err();
    let CallError::Declared(declared) = refused else { panic!("{refused}") };
    assert_eq!(
        declared,
        GadgetError::NameTaken { name: GadgetName::new("Lamp").unwrap(), by: first }
    );
    let missing = known.get(second).await.unwrap_err().into_declared().unwrap();
    assert_eq!(missing, GadgetError::NotFound { id: second });
}

#[tokio::test]
async fn three_levels() {
    let server = Server::start().await;
    let id = GadgetId::new();
    let code = |error: CallError<GadgetError>| error.as_fault().map(|problem| problem.code.clone());
    assert_eq!(
        code(gadgets(&server, "").put(lamp(id)).await.unwrap_err()).as_deref(),
        Some("request.unauthenticated")
    );
    let known = gadgets(&server, "known:ada");
    known.put(lamp(id)).await.unwrap();
    assert_eq!(code(known.delete(id).await.unwrap_err()).as_deref(), Some("request.forbidden"));
    // A list that anybody may see shows more to those who are known.
    let list =
        async |token| gadgets(&server, token).list(ListGadgets::default()).await.unwrap().items;
    assert_eq!(
        (list("").await[0].note.clone(), list("known:bob").await[0].note.clone()),
        (None, Some("ada".into()))
    );
    let (NoContent, effects) =
        gadgets(&server, "keeper:eve").delete(id).send_with_effects().await.unwrap();
    assert_eq!((effects[0].kind, effects[0].read), (EffectKind::Removes, "gadgets.get"));
    assert!(known.get(id).await.is_err());
}

#[tokio::test]
async fn lists_in_queries_and_pages() {
    let server = Server::start().await;
    let known = gadgets(&server, "known:ada");
    let conditions = [Condition::BrandNew, Condition::Worn, Condition::Broken, Condition::Worn];
    for (number, condition) in conditions.into_iter().enumerate() {
        let name = GadgetName::new(format!("Nº {number} & co?")).unwrap();
        known.put(PutGadget { name, condition, ..lamp(GadgetId::new()) }).await.unwrap();
    }
    let some = ListGadgets {
        condition: vec![Condition::Worn, Condition::Broken],
        ..ListGadgets::default()
    };
    let first = known.list(some.clone()).await.unwrap();
    assert_eq!(
        first.items.iter().map(|gadget| gadget.condition).collect::<Vec<_>>(),
        [Condition::Worn, Condition::Broken]
    );
    let second = known.list(ListGadgets { cursor: first.next, ..some.clone() }).await.unwrap();
    assert_eq!((second.items.len(), second.next), (1, None));
    let named = ListGadgets {
        name: Some(GadgetName::new("Nº 2 & co?").unwrap()),
        ..ListGadgets::default()
    };
    assert_eq!(known.list(named).await.unwrap().items.len(), 1);
    let all = known
        .list(ListGadgets { limit: Limit::new(1000), ..ListGadgets::default() })
        .await
        .unwrap();
    assert_eq!(all.items.len(), 4);
    let later =
        ListGadgets { seen_after: Some(throughline::Timestamp::now()), ..ListGadgets::default() };
    assert!(known.list(later).await.is_ok());
}

#[tokio::test]
async fn bodies_of_all_shapes() {
    let server = Server::start().await;
    let known = gadgets(&server, "known:ada");
    let new = |name: &str| NewGadget {
        name: GadgetName::new(name).unwrap(),
        serial: Int64(-1),
        condition: None,
    };
    // An array is the whole body.
    let made = known.import(ImportGadgets { gadgets: vec![new("a"), new("b")] }).await.unwrap();
    assert_eq!(made.len(), 2);
    // A tagged enum is the whole body; the effect names another field of this input.
    let fell = HappenTo { gadget: made[0].id, happening: Happening::Fell { meters: 20 } };
    let (condition, effects) = known.happen(fell).send_with_effects().await.unwrap();
    assert_eq!(condition, Condition::Broken);
    assert_eq!(
        effects,
        [Effect {
            kind: EffectKind::Invalidates,
            read: "gadgets.get",
            matches: vec![("id", json!(made[0].id))]
        }]
    );
    let renamed = HappenTo {
        gadget: made[1].id,
        happening: Happening::Renamed { name: GadgetName::new("c").unwrap() },
    };
    known.happen(renamed).await.unwrap();
    // A read with a body.
    let search = SearchGadgets {
        names: vec![GadgetName::new("a").unwrap(), GadgetName::new("c").unwrap()],
        nested: Some(SerialRange { from: Int64(i64::MIN), to: Int64(0) }),
    };
    assert_eq!(known.search(search).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_patch_keeps_sets_and_clears() {
    let server = Server::start().await;
    let known = gadgets(&server, "known:ada");
    let id = GadgetId::new();
    known.put(lamp(id)).await.unwrap();
    let keep = ChangeGadget { id, name: Patch::Keep, note: Patch::Keep, condition: Patch::Keep };
    assert_eq!(known.update(keep.clone()).await.unwrap().note.as_deref(), Some("ada"));
    let clear = ChangeGadget { note: Patch::Set(None), ..keep.clone() };
    assert_eq!(known.update(clear).await.unwrap().note, None);
    let set = ChangeGadget {
        note: Patch::Set(Some("new".into())),
        name: GadgetName::new("Bulb").unwrap().into(),
        ..keep
    };
    let changed = known.update(set).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.note.as_deref()), ("Bulb", Some("new")));
}

#[tokio::test]
async fn an_error_that_wraps_another_contracts() {
    let server = Server::start().await;
    let known = gadgets(&server, "known:ada");
    let shelves = ShelvesClient::new(caller(&server, "known:ada"));
    let missing = GadgetId::new();
    let fill = |gadget| FillShelf { name: "top / left".to_owned(), gadget };
    let error = shelves.fill(fill(missing)).await.unwrap_err().into_declared().unwrap();
    assert_eq!(error, ShelfError::Gadget(GadgetError::NotFound { id: missing }));
    let id = GadgetId::new();
    known.put(lamp(id)).await.unwrap();
    let (shelf, effects) = shelves.fill(fill(id)).send_with_effects().await.unwrap();
    assert_eq!(shelf, Shelf { name: "top / left".to_owned(), gadgets: vec![id] });
    assert_eq!(
        effects.iter().map(|effect| effect.read).collect::<Vec<_>>(),
        ["shelves.list", "shelves.get", "gadgets.get"]
    );
    assert_eq!(shelves.get("top / left".to_owned()).await.unwrap(), Some(shelf));
    assert_eq!(shelves.get("none".to_owned()).await.unwrap(), None);
    shelves.fill(fill(id)).await.unwrap();
    let full = shelves.fill(fill(id)).await.unwrap_err().into_declared().unwrap();
    assert_eq!(full, ShelfError::Full { name: "top / left".to_owned(), room: 2 });
    assert_eq!(shelves.list().await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_input_past_its_limits_is_not_sent() {
    // Nobody listens here: were it sent, it would be a transport error.
    let nowhere = Http::new("http://127.0.0.1:9".parse().unwrap(), HttpOptions::default()).unwrap();
    let gadgets = GadgetsClient::new(nowhere.clone());
    let heavy =
        gadgets.list(ListGadgets { weight: Some(10), ..ListGadgets::default() }).await.unwrap_err();
    let CallError::Invalid(violations) = heavy else { panic!("{heavy}") };
    assert_eq!((violations.len(), violations[0].pointer.as_str()), (1, "/weight"));
    // A dot segment would call another route.
    for name in ["..", ".", ""] {
        let odd = ShelvesClient::new(nowhere.clone()).get(name.to_owned()).await.unwrap_err();
        assert!(matches!(odd, CallError::Invalid(_)), "{odd}");
    }
    let unreachable = gadgets.get(GadgetId::new()).await.unwrap_err();
    assert!(
        matches!(unreachable, CallError::Transport(TransportError::Unreachable { .. })),
        "{unreachable}"
    );
}

#[test]
fn a_post_may_be_a_read() {
    fn read<P: throughline::Read>() -> bool {
        P::READ
    }
    fn write<P: throughline::Write>() -> bool {
        !P::READ
    }
    assert!(
        read::<procedures::Search>()
            && read::<shelves::procedures::Get>()
            && write::<procedures::Import>()
    );
}

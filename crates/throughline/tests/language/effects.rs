//! Effects of a success: what a write does to cached reads, with the values of this one.

use serde_json::json;
use throughline::{
    Created, Cx, Effect, EffectKind, Match, NoContent, Page, Procedure, Public, Result, Source,
    contract, input, output,
};

#[input]
pub struct ById {
    #[path]
    pub id: u64,
}

#[input]
pub struct ByOwner {
    #[path]
    pub owner: String,
    pub r#type: Option<u8>,
}

#[input]
pub struct NewThing {
    pub owner: String,
    pub r#type: Option<u8>,
}

#[input]
pub struct MoveThing {
    #[path]
    pub thing: u64,
    pub to: String,
}

#[output]
#[derive(PartialEq)]
pub struct Thing {
    pub id: u64,
    pub owner: Owner,
}

#[output]
#[derive(PartialEq)]
pub struct Owner {
    pub name: String,
}

#[contract(path = "/things")]
pub trait Things {
    #[get]
    async fn list(&self, cx: Cx<Public>) -> Result<Page<Thing>>;
    #[get("/{id}")]
    async fn get(&self, cx: Cx<Public>, input: ById) -> Result<Thing>;
    #[get("/of/{owner}")]
    async fn of_owner(&self, cx: Cx<Public>, input: ByOwner) -> Result<Vec<Thing>>;
    #[post]
    #[invalidates(list, of_owner(owner, r#type), owners::get(name = owner))]
    #[sets(get(id = output.id) = output)]
    #[sets(owners::get(name = output.owner.name) = output.owner)]
    async fn create(&self, cx: Cx<Public>, input: NewThing) -> Result<Created<Thing>>;
    #[post("/{thing}/move")]
    #[removes(get(id = thing), of_owner(owner = to,),)]
    #[invalidates(procedures::list)]
    async fn r#move(&self, cx: Cx<Public>, input: MoveThing) -> Result<NoContent>;
    #[post("/clear")]
    #[invalidates(self::owner_procedures::count)]
    async fn clear(&self, cx: Cx<Public>) -> Result<NoContent>;
}

/// A second contract in this file.
#[contract(path = "/owners/count", tag = "counts", module = owner_procedures)]
pub trait Counts {
    #[get]
    async fn count(&self, cx: Cx<Public>) -> Result<u64>;
}

/// A contract in a module of its own.
pub mod owners {
    use throughline::{Cx, Public, Result, contract, input};

    #[input]
    pub struct ByName {
        #[path]
        pub name: String,
    }

    #[contract(path = "/owners")]
    pub trait Owners {
        #[get("/{name}")]
        async fn get(&self, cx: Cx<Public>, input: ByName) -> Result<super::Owner>;
    }
}

fn effects<P: Procedure>(input: &P::Input, output: &P::Output) -> Vec<Effect> {
    let mut found: Vec<Effect> = Vec::new();
    P::effects(input, output, &mut found);
    found
}

fn effect(
    kind: EffectKind,
    read: &'static str,
    matches: &[(&'static str, serde_json::Value)],
) -> Effect {
    Effect { kind, read, matches: matches.to_vec() }
}

#[test]
fn a_create_names_reads_by_input_and_output() {
    let input = NewThing { owner: "Ada".to_owned(), r#type: None };
    let thing = Thing { id: 7, owner: Owner { name: "Ada L".to_owned() } };
    use EffectKind::{Invalidates, Sets};
    assert_eq!(
        effects::<procedures::Create>(&input, &Created::again(thing)),
        [
            effect(Invalidates, "things.list", &[]),
            effect(
                Invalidates,
                "things.of_owner",
                &[("owner", json!("Ada")), ("type", json!(null))]
            ),
            effect(Invalidates, "owners.get", &[("name", json!("Ada"))]),
            effect(Sets, "things.get", &[("id", json!(7))]),
            effect(Sets, "owners.get", &[("name", json!("Ada L"))]),
        ]
    );
}

#[test]
fn fields_may_have_another_name_in_the_read() {
    use EffectKind::{Invalidates, Removes};
    assert_eq!(
        effects::<procedures::Move>(&MoveThing { thing: 7, to: "Bob".to_owned() }, &NoContent),
        [
            effect(Removes, "things.get", &[("id", json!(7))]),
            effect(Removes, "things.of_owner", &[("owner", json!("Bob"))]),
            effect(Invalidates, "things.list", &[]),
        ]
    );
    assert_eq!(
        effects::<procedures::Clear>(&(), &NoContent),
        [effect(Invalidates, "counts.count", &[])]
    );
    let thing = Thing { id: 7, owner: Owner { name: "Ada".to_owned() } };
    assert!(effects::<procedures::Get>(&ById { id: 7 }, &thing).is_empty());
}

#[test]
fn the_contract_says_the_same_as_data() {
    let specs: Vec<_> = procedures::Create::EFFECTS
        .iter()
        .map(|spec| (spec.kind.as_str(), spec.read, spec.matches, spec.value))
        .collect();
    let by_input = |field, name| Match { field, source: Source::Input(name) };
    let by_output = |field, path| Match { field, source: Source::Output(path) };
    assert_eq!(
        specs,
        [
            ("invalidates", "things.list", &[][..], ""),
            (
                "invalidates",
                "things.of_owner",
                &[by_input("owner", "owner"), by_input("type", "type")],
                ""
            ),
            ("invalidates", "owners.get", &[by_input("name", "owner")], ""),
            ("sets", "things.get", &[by_output("id", "id")], ""),
            ("sets", "owners.get", &[by_output("name", "owner.name")], "owner"),
        ]
    );
    assert_eq!(procedures::Move::ID, "things.move");
}

/// Keeps the bodies that are set.
#[derive(Default)]
struct Bodies(Vec<serde_json::Value>);

impl throughline::EffectSink for Bodies {
    fn invalidates<P: throughline::Read>(&mut self, _: Vec<(&'static str, serde_json::Value)>) {}
    fn removes<P: throughline::Read>(&mut self, _: Vec<(&'static str, serde_json::Value)>) {}
    fn sets<P: throughline::Read>(
        &mut self,
        _: Vec<(&'static str, serde_json::Value)>,
        body: &<P::Output as throughline::Output>::Body,
    ) {
        let any: &dyn std::any::Any = body;
        let thing = any.downcast_ref::<Thing>().map(serde_json::to_value);
        let owner = any.downcast_ref::<Owner>().map(serde_json::to_value);
        self.0.extend(thing.or(owner).and_then(std::result::Result::ok));
    }
}

#[test]
fn a_read_is_set_to_a_body_of_its_own_type() {
    let input = NewThing { owner: "Ada".to_owned(), r#type: None };
    let thing = Thing { id: 7, owner: Owner { name: "Ada".to_owned() } };
    let mut bodies = Bodies::default();
    procedures::Create::effects(&input, &Created::again(thing), &mut bodies);
    assert_eq!(bodies.0, [json!({"id": 7, "owner": {"name": "Ada"}}), json!({"name": "Ada"})]);
}

#![allow(missing_docs, dead_code)]
#![cfg(feature = "document")]
use throughline::*;
use throughline::document::*;
use uuid::Uuid;
use std::collections::*;
#[path = "../../throughline-axum/tests/gauntlet/contract.rs"] mod gauntlet;
#[path = "document/contract.rs"] mod library;

/// A task's id.
#[derive(Id)] pub struct TaskId(Uuid);
/// What to do.
#[derive(Text)] #[text(chars = 1..=10, example = "Milk")] pub struct Title(String);
/// Colors.
#[input] #[derive(PartialEq)] #[serde(rename_all = "kebab-case")]
pub enum Color { /// Deep.
 DeepRed, Blue }
/// Shape.
#[input] #[serde(tag = "kind", rename_all = "snake_case")]
pub enum Shape { /// Round.
 Circle { #[garde(range(min = 1))] radius: i32 }, Named { name: Title }, Empty, Nested(Box<Inner>) }
/// Ext.
#[input] #[serde(rename_all = "camelCase")]
pub enum Ext { Circle { the_radius: i32 }, One(Title), Unit }
/// Adj.
#[input] #[serde(tag = "t", content = "c")]
pub enum Adj { Circle { radius: i32 }, One(Title), Unit }
/// Untagged
#[input] #[serde(untagged)]
pub enum Unt { A { a: i32 }, B(Title) }
/// Inner
#[input] pub struct Inner { /// X doc
 pub x: Option<Title>, pub y: Option<i64>, pub z: Vec<Title>, pub m: BTreeMap<String, Inner2>, pub o: Option<Vec<Title>>, pub any: serde_json::Value, pub u: u64, pub big: Int64, pub set: BTreeSet<u8>, pub h: HashMap<String, u32>, pub c: char, pub unit: (), pub tup: (i32, String), pub arr: [u8; 3], pub d: Option<Color>, pub b: Box<Inner2>, pub date: chrono::NaiveDate, pub f: f64, pub ts: Option<Timestamp> }
/// I2
#[input] #[serde(rename_all="camelCase")] pub struct Inner2 { pub a_b: String, #[serde(rename = "type")] pub kind: String, #[serde(default)] pub n: i32, #[garde(range(min = 1, max = 5))] pub r: Option<i32>, #[garde(pattern("^a$"))] pub p: String, #[garde(length(chars, min=1, max=3))] pub l: Option<String>, #[schema(default = 5, example = 7)] pub ex: Option<i32>, #[garde(length(simple, max = 3))] pub ls: Option<Vec<Title>> }
#[input] #[serde(rename_all="camelCase")] #[derive(Default)] pub struct ListTasks { /// Whether
 pub is_completed: Option<bool>, /// Cols
 pub colors: Vec<Color>, pub limit: Limit, /// The `next`.
 pub cursor: Option<Cursor>, #[garde(range(max = 5))] pub max: Option<u32>, pub title: Option<Title>, pub opt: Option<Vec<Color>>, #[serde(default)] pub def: i32 , pub nums: Vec<u32>, pub r#type: Option<String>, #[serde(rename = "q")] pub query: Option<String>, pub c: Option<char>}
#[input] #[serde(rename_all="camelCase")] pub struct Mixed { #[path] pub task_id: TaskId, /// HDR
 #[header("If-Match")] pub if_m: Option<u64>, #[query("page-size")] pub size: Option<Limit>, #[query] pub dry_run: Vec<Color>, #[query] #[serde(rename = "rr")] pub rename: i32, #[header] pub many: Vec<String>, pub title: Patch<Title>, pub desc_of: Patch<Option<Title>>, pub at: Patch<Option<Timestamp>>, #[garde(length(chars, max = 3))] pub nick: Patch<Option<String>> }
#[input] pub struct Draw { #[path] pub id: TaskId, /// Doc of body
 #[body] #[garde(length(simple, min = 1, max=3))] pub shape: Vec<Shape> }
#[input] pub struct Draw2 { #[path] pub id: TaskId, #[body] pub shape: Option<Shape> }
#[input] pub struct Draw3 { #[body] pub shape: Adj }
#[input] pub struct Draw4 { pub shape: Adj, pub ext: Ext, pub unt: Unt, #[serde(rename="other")] pub more: i32 }
/// O
#[output] pub struct Out { pub a: Option<TaskId>, pub b: Option<Box<Out2>>, #[serde(skip_serializing_if = "Option::is_none")] pub c: Option<i32>, pub tree: Tree }
/// O2
#[output] pub struct Out2 { pub q: Vec<TaskId>}
/// W
#[output] pub struct Wrap(pub Vec<TaskId>);
/// W2
#[output] pub struct Wrap2(pub TaskId);
/// W3
#[output] pub struct Unit0;
/// T
#[output] pub struct Tree { pub kids: Vec<Tree>, }
#[contract(path = "/weird")]
pub trait Weird {
  /// a
  #[get] async fn a(&self, cx: Cx<Public>, input: ListTasks) -> Result<Page<Option<Out>>>;
  /// b
  #[patch("/{task_id}")] async fn b(&self, cx: Cx<Public>, input: Mixed) -> Result<Option<Page<Out>>>;
  /// c
  #[post("/{id}")] async fn c(&self, cx: Cx<Public>, input: Draw) -> Result<BTreeMap<String, Out>>;
  /// d
  #[post("/{id}/x")] async fn d(&self, cx: Cx<Public>, input: Draw2) -> Result<serde_json::Value>;
  /// e
  #[post("/e")] async fn e(&self, cx: Cx<Public>, input: Draw3) -> Result<Wrap>;
  /// f
  #[post("/f")] async fn f(&self, cx: Cx<Public>, input: Draw4) -> Result<Wrap2>;
  /// g
  #[post("/g")] async fn g(&self, cx: Cx<Public>) -> Result<Unit0>;
  /// h
  #[get("/h")] async fn h(&self, cx: Cx<Public>) -> Result<()>;
}
#[test] fn dump() {
    for (name, doc) in [
      ("weird", Document::new(Info { title: "x".into(), version: "1".into(), license: Some("MIT".into()), ..Default::default() }).server("/").contract::<WeirdContract>().build()),
      ("gauntlet", Document::new(Info { title: "x".into(), version: "1".into(), license: Some("MIT".into()), ..Default::default() }).prefix("/api").server("/").contract::<gauntlet::GadgetsContract>().contract::<gauntlet::shelves::ShelvesContract>().build()),
      ("library", Document::new(Info { title: "x".into(), version: "1".into(), license: Some("MIT".into()), ..Default::default() }).prefix("/api").server("/").contract::<library::books::BooksContract>().contract::<library::loans::LoansContract>().build()),
    ] {
      match doc { Ok(d) => std::fs::write(format!("/tmp/{name}.json"), d.to_json_pretty()).unwrap(), Err(e) => println!("{name}: {e}") }
    }
}

//! Texts and ids that are none.
use throughline::{Id, Text};
use uuid::Uuid;

#[derive(Text)]
pub struct NoLimits(String);
//~^ error: a text has limits: add `#[text(chars = 1..=256)]`

#[derive(Text)]
#[text(format = "email")]
pub struct OnlyFormat(String);
//~^ error: a text has limits: add `#[text(chars = 1..=256)]`

#[derive(Text)]
#[text(chars = 1..)]
//~^ error: write both ends: `chars = 1..=256`
pub struct OneEnd(String);

#[derive(Text)]
#[text(chars = 1..9)]
//~^ error: write both ends: `chars = 1..=256`
pub struct Open(String);

#[derive(Text)]
#[text(chars = 9..=1)]
//~^ error: no text has fewer characters than its own minimum
pub struct Upside(String);

#[derive(Text)]
#[text(chars = 1..=3, example = "Milk")]
//~^ error: an example keeps the limits: this one has 4 characters
pub struct Example(String);

#[derive(Text)]
#[text(chars = 1..=9)]
pub struct Two(String, String);
//~^ error: a text is a struct around one value: `struct Title(String);`

#[derive(Text)]
#[text(chars = 1..=9)]
pub struct Named {
//~^ error: a text is a struct around one value: `struct Title(String);`
    text: String,
}

#[derive(Text)]
#[text(chars = 1..=9)]
pub struct Number(u64);
//~^ E0308: expected `u64`, found `String`
//~^^ E0308: expected `&String`, found `&u64`
//~^^^ E0308: expected `String`, found `u64`

#[derive(Text)]
#[text(chars = 1..=9)]
pub enum Choice {
//~^ error: a text is a struct around one value: `struct Title(String);`
    A,
}

#[derive(Text)]
#[text(chars = 1..=9)]
pub struct Generic<T>(T);
//~^ error: a text has no generic parameters

#[derive(Id)]
pub struct TwoIds(Uuid, Uuid);
//~^ error: an id is a struct around one value: `struct TaskId(Uuid);`

#[derive(Id)]
pub struct NumberId(u64);
//~^ E0308: expected `u64`, found `Uuid`
//~^^ E0308: expected `&Uuid`, found `&u64`

fn main() {}

//! Texts and ids that are none.
use throughline::{Id, Text};
use uuid::Uuid;

#[derive(Text)]
pub struct NoLimits(String);

#[derive(Text)]
#[text(format = "email")]
pub struct OnlyFormat(String);

#[derive(Text)]
#[text(chars = 1..)]
pub struct OneEnd(String);

#[derive(Text)]
#[text(chars = 1..9)]
pub struct Open(String);

#[derive(Text)]
#[text(chars = 9..=1)]
pub struct Upside(String);

#[derive(Text)]
#[text(chars = 1..=3, example = "Milk")]
pub struct Example(String);

#[derive(Text)]
#[text(chars = 1..=9)]
pub struct Two(String, String);

#[derive(Text)]
#[text(chars = 1..=9)]
pub struct Named {
    text: String,
}

#[derive(Text)]
#[text(chars = 1..=9)]
pub struct Number(u64);

#[derive(Text)]
#[text(chars = 1..=9)]
pub enum Choice {
    A,
}

#[derive(Text)]
#[text(chars = 1..=9)]
pub struct Generic<T>(T);

#[derive(Id)]
pub struct TwoIds(Uuid, Uuid);

#[derive(Id)]
pub struct NumberId(u64);

fn main() {}

//! Errors that wrap others: one code twice, and what is no declared error.
use throughline::ApiError;

#[derive(Debug, thiserror::Error, ApiError)]
pub enum Inner {
    #[error("a")]
    #[problem(404, "thing.not_found")]
    A,
}

#[derive(Debug, thiserror::Error, ApiError)]
pub enum Own {
    #[error("b")]
    #[problem(410, "thing.not_found")]
    B,
    #[error(transparent)]
    #[problem(transparent)]
    Inner(#[from] Inner),
    //~^ E0080: two variants have the code `thing.not_found`: this one's, which is wrapped, and another one's
}

#[derive(Debug, thiserror::Error, ApiError)]
pub enum Twice {
    #[error(transparent)]
    #[problem(transparent)]
    Left(Inner),
    #[error(transparent)]
    #[problem(transparent)]
    Right(Inner),
    //~^ E0080: two variants have the code `thing.not_found`: this one's, which is wrapped, and another one's
}

#[derive(Debug, thiserror::Error)]
#[error("plain")]
pub struct Plain;

#[derive(Debug, thiserror::Error, ApiError)]
pub enum Wraps {
    #[error(transparent)]
    #[problem(transparent)]
    Plain(Plain),
    //~^* E0277: `Plain` is not a declared error
}

#[derive(Debug, thiserror::Error, ApiError)]
pub enum Field {
    #[error("silent")]
    #[problem(404, "thing.silent")]
    Silent { silent: u64, more: Vec<Deep> },
    //~^* E0277: serde::Deserialize
    //~^^ E0277: `Deep` has no schema for the wire
    //~^^^ E0277: serde::Serialize
}

#[derive(Debug)]
pub struct Deep;

fn main() {}

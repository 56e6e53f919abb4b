//! Declared errors that are none.
use throughline::ApiError;

#[derive(Debug, thiserror::Error, ApiError)]
pub enum Status {
    #[error("moved")]
    #[problem(302, "thing.moved")]
    Moved,
    #[error("fine")]
    #[problem(200, "thing.fine")]
    Fine,
    #[error("odd")]
    #[problem(600, "thing.odd")]
    Odd,
    #[error("none")]
    None,
}

#[derive(Debug, thiserror::Error, ApiError)]
pub enum Codes {
    #[error("a")]
    #[problem(404, "thing.not_found")]
    A,
    #[error("b")]
    #[problem(410, "thing.not_found")]
    B,
    #[error("c")]
    #[problem(409, "taken")]
    C,
    #[error("d")]
    #[problem(409, "Thing.Taken")]
    D,
    #[error("e")]
    #[problem(409, "request.invalid")]
    E,
}

#[derive(Debug, thiserror::Error, ApiError)]
pub enum Fields {
    #[error("a")]
    #[problem(404, "thing.a")]
    A { status: u16 },
    #[error("b")]
    #[problem(404, "thing.b")]
    B { r#type: u16 },
    #[error("c")]
    #[problem(404, "thing.c")]
    C(u64),
}

#[derive(Debug, thiserror::Error, ApiError)]
pub enum Arguments {
    #[error("a")]
    #[problem(status = 404)]
    A,
    #[error("b")]
    #[problem]
    B,
    #[error("c")]
    #[problem(404)]
    C,
    #[error("d")]
    #[problem(404, "thing.d", retry)]
    D,
    #[error("e")]
    #[problem(opaque)]
    E,
    #[error("f")]
    #[problem(404, "thing.f")]
    #[problem(404, "thing.g")]
    F,
    #[error("h")]
    #[problem(transparent)]
    H { inner: u64 },
}

#[derive(Debug, thiserror::Error, ApiError)]
#[error("a struct")]
pub struct Struct;

#[derive(Debug, thiserror::Error, ApiError)]
pub enum Generic<T> {
    #[error("{0}")]
    #[problem(transparent)]
    A(T),
}

fn main() {}

//! Declared errors that are none.
use throughline::ApiError;

#[derive(Debug, thiserror::Error, ApiError)]
pub enum Status {
    #[error("moved")]
    #[problem(302, "thing.moved")]
    //~^ error: an error's status is between 400 and 599
    Moved,
    #[error("fine")]
    #[problem(200, "thing.fine")]
    //~^ error: an error's status is between 400 and 599
    Fine,
    #[error("odd")]
    #[problem(600, "thing.odd")]
    //~^ error: an error's status is between 400 and 599
    Odd,
    #[error("none")]
    None,
    //~^ error: this error has no status and code: add `#[problem(404, "thing.not_found")]`, or `#[problem(transparent)]` for a wrapped error
}

#[derive(Debug, thiserror::Error, ApiError)]
pub enum Codes {
    #[error("a")]
    #[problem(404, "thing.not_found")]
    A,
    #[error("b")]
    #[problem(410, "thing.not_found")]
    //~^ error: `thing.not_found` is already the code of `A`
    B,
    #[error("c")]
    #[problem(409, "taken")]
    //~^ error: a code is two or more words in lower case with dots between them: `task.not_found`
    C,
    #[error("d")]
    #[problem(409, "Thing.Taken")]
    //~^ error: a code is two or more words in lower case with dots between them: `task.not_found`
    D,
    #[error("e")]
    #[problem(409, "request.invalid")]
    //~^ error: codes that begin with `request.` are the framework's own
    E,
}

#[derive(Debug, thiserror::Error, ApiError)]
pub enum Fields {
    #[error("a")]
    #[problem(404, "thing.a")]
    A { status: u16 },
    //~^ error: `status` is a member of each problem: give the field another name
    #[error("b")]
    #[problem(404, "thing.b")]
    B { r#type: u16 },
    //~^ error: `type` is a member of each problem: give the field another name
    #[error("c")]
    #[problem(404, "thing.c")]
    C(u64),
    //~^ error: an error's fields have names: they are members of the problem
}

#[derive(Debug, thiserror::Error, ApiError)]
pub enum Arguments {
    #[error("a")]
    #[problem(status = 404)]
    //~^ error: expected a status and a code, `#[problem(404, "thing.not_found")]`, or `#[problem(transparent)]`
    A,
    #[error("b")]
    #[problem]
    //~^ error: expected a status and a code, `#[problem(404, "thing.not_found")]`, or `#[problem(transparent)]`
    B,
    #[error("c")]
    #[problem(404)]
    //~^ error: expected a status and a code, `#[problem(404, "thing.not_found")]`, or `#[problem(transparent)]`
    C,
    #[error("d")]
    #[problem(404, "thing.d", retry)]
    //~^ error: expected a status and a code, `#[problem(404, "thing.not_found")]`, or `#[problem(transparent)]`
    D,
    #[error("e")]
    #[problem(opaque)]
    //~^ error: expected a status and a code, `#[problem(404, "thing.not_found")]`, or `#[problem(transparent)]`
    E,
    #[error("f")]
    #[problem(404, "thing.f")]
    #[problem(404, "thing.g")]
    //~^ error: an error has one status and code
    F,
    #[error("h")]
    #[problem(transparent)]
    H { inner: u64 },
    //~^ error: a transparent variant holds one other declared error: `Task(#[from] TaskError)`
}

#[derive(Debug, thiserror::Error, ApiError)]
#[error("a struct")]
pub struct Struct;
//~^ error: a declared error is an enum

#[derive(Debug, thiserror::Error, ApiError)]
pub enum Generic<T> {
//~^ error: a declared error has no generic parameters: its codes are fixed
    #[error("{0}")]
    #[problem(transparent)]
    A(T),
}

fn main() {}

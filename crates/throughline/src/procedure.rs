//! One type per procedure, and the visitors that walk a contract's procedures.

use std::{future::Future, sync::Arc};

use crate::{ApiError, Codec, Cx, EffectSink, EffectSpec, Failure, Identify, Input, Level, Output};

/// An HTTP method that a procedure may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// `GET`: reads, has no body; the server answers `HEAD` from it.
    Get,
    /// `POST`.
    Post,
    /// `PUT`.
    Put,
    /// `PATCH`: the one method whose input may hold [`Patch`](crate::Patch) fields.
    Patch,
    /// `DELETE`: writes, has no body.
    Delete,
}

impl Method {
    /// The method's name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl std::fmt::Display for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A procedure: one route with who may call it, what goes in, what comes out and what can go wrong.
///
/// `#[contract]` implements it for one unit type per method (`tasks::procedures::Get`); nobody writes it by hand.
pub trait Procedure: Send + Sync + 'static {
    /// The operation id, `tag.method`: `tasks.get`.
    const ID: &'static str;
    /// The contract's tag.
    const TAG: &'static str;
    /// The HTTP method.
    const METHOD: Method;
    /// The path below the mount's prefix, with `{placeholders}`.
    const PATH: &'static str;
    /// The doc comment of the method; its first line is the operation's summary.
    const DOC: &'static str;
    /// Whether the procedure changes nothing: each `GET`, and a `POST` marked `read`.
    const READ: bool;
    /// What a success does to cached reads, as data for the document.
    const EFFECTS: &'static [EffectSpec];
    /// Who may call.
    type Level: Level;
    /// What goes in.
    type Input: Input;
    /// How the input travels: unmarked fields in the query, or in the body.
    type Codec: Codec<Self::Input>;
    /// What comes out.
    type Output: Output;
    /// The declared errors.
    type Error: ApiError;
    /// Tells `sink` what a success with this input and output does to cached reads.
    fn effects<S: EffectSink>(input: &Self::Input, output: &Self::Output, sink: &mut S);
}

/// A procedure that changes nothing, so that its answer may be cached.
#[diagnostic::on_unimplemented(
    message = "`{Self}` changes state, it is not a read",
    label = "not a read",
    note = "a read is a `#[get]`, or a POST declared `#[post(\"..\", read)]`"
)]
pub trait Read: Procedure {}

/// A procedure that changes state.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is a read, it changes nothing",
    label = "not a write"
)]
pub trait Write: Procedure {}

/// Something that can run `P`: emitted by `#[contract]` for [`Served<A>`] with `A` the application that implements the
/// contract's trait.
pub trait Handle<P: Procedure>: Clone + Send + Sync + 'static {
    /// The application, which can tell who calls.
    type App: Identify<<P::Level as Level>::Identity>;
    /// The application behind this handle.
    fn app(&self) -> &Self::App;
    /// Runs the handler.
    fn call(
        &self,
        cx: Cx<P::Level>,
        input: P::Input,
    ) -> impl Future<Output = std::result::Result<P::Output, Failure<P::Error>>> + Send;
}

/// An application, shared by the handlers of all its contracts.
#[derive(Debug)]
pub struct Served<A>(Arc<A>);

impl<A> Served<A> {
    /// Shares `app`.
    pub fn new(app: A) -> Self {
        Self(Arc::new(app))
    }

    /// The application.
    pub fn app(&self) -> &A {
        &self.0
    }
}

impl<A> From<Arc<A>> for Served<A> {
    fn from(app: Arc<A>) -> Self {
        Self(app)
    }
}

impl<A> Clone for Served<A> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// Visits each procedure of a contract together with its handler: how a contract is mounted.
pub trait Visitor<A> {
    /// One procedure.
    fn procedure<P: Procedure>(&mut self)
    where
        A: Handle<P>;
}

/// Visits each procedure of a contract without a handler: how a contract is documented.
pub trait Describe {
    /// One contract, before its procedures.
    fn contract<C: Contract>(&mut self) {}
    /// One procedure.
    fn procedure<P: Procedure>(&mut self);
}

/// A contract: a named list of procedures. `#[contract]` emits `TasksContract` beside the trait `Tasks`.
pub trait Contract: 'static {
    /// The tag under which the document groups its operations.
    const TAG: &'static str;
    /// The doc comment of the trait.
    const DOC: &'static str;
    /// Shows each procedure to `visitor`, in the order of the trait.
    fn describe<V: Describe>(visitor: &mut V);
}

/// An application that implements the contract `C`.
pub trait Serve<C: Contract>: Sized {
    /// Shows each procedure with its handler to `visitor`, in the order of the trait.
    fn visit<V: Visitor<Self>>(visitor: &mut V);
}

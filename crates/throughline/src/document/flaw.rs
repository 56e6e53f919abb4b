//! What keeps contracts from having one document, said in sentences that name both sides.

use std::fmt;

use crate::Method;

/// Why there is no document: everything that was found, not only the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentError {
    flaws: Vec<Flaw>,
}

impl DocumentError {
    /// `None` when nothing was found. The same flaw may be met in many operations; it is told once.
    pub(super) fn of(found: Vec<Flaw>) -> Option<Self> {
        let mut flaws: Vec<Flaw> = Vec::new();
        for flaw in found {
            if !flaws.contains(&flaw) {
                flaws.push(flaw);
            }
        }
        (!flaws.is_empty()).then_some(Self { flaws })
    }

    /// What was found, in the order of the contracts.
    pub fn flaws(&self) -> &[Flaw] {
        &self.flaws
    }
}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the contracts have no document:")?;
        self.flaws.iter().try_for_each(|flaw| write!(f, "\n- {flaw}"))
    }
}

impl std::error::Error for DocumentError {}

/// One thing that cannot be said in one document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Flaw {
    /// Two types have one schema name.
    #[error(
        "two schemas are called `{name}`: the one in {first} and the one in {second} differ at `{at}`; give one of the types another name"
    )]
    SchemaName {
        /// The name.
        name: String,
        /// Where the first one was met.
        first: String,
        /// Where the other one was met.
        second: String,
        /// The first place where they differ, as a JSON pointer.
        at: String,
    },
    /// Two operations have one id.
    #[error(
        "two operations are called `{id}`: {first} and {second}; give one contract another tag or one method another name, or list the contract once"
    )]
    OperationId {
        /// The id.
        id: String,
        /// The first one's method and path.
        first: String,
        /// The other one's method and path.
        second: String,
    },
    /// Two operations have one method and path.
    #[error("`{first}` and `{second}` both answer {method} {path}; give one of them another path")]
    Route {
        /// The operation that was met first.
        first: String,
        /// The other one.
        second: String,
        /// The method.
        method: Method,
        /// The path, with the prefix.
        path: String,
    },
    /// One error code means two things.
    #[error(
        "the code `{code}` means two things: {first}, and {second}; give one of them another code"
    )]
    ErrorCode {
        /// The code.
        code: String,
        /// The error type that was met first, and what the code means there.
        first: String,
        /// The other one.
        second: String,
    },
    /// An application declares a code of the framework's own.
    #[error(
        "`{error}` declares the code `{code}`: codes that begin with `request.` are the framework's own; give it another one"
    )]
    ReservedCode {
        /// The code.
        code: String,
        /// The error type.
        error: String,
    },
    /// One scheme's name stands for two ways to show who calls.
    #[error(
        "two security schemes are called `{name}`: the one of `{first}` and the one of `{second}` differ at `{at}`; give one of them another name"
    )]
    Scheme {
        /// The name.
        name: String,
        /// The operation where the first one was met.
        first: String,
        /// The operation where the other one was met.
        second: String,
        /// The first place where they differ, as a JSON pointer.
        at: String,
    },
    /// An effect cannot be written down.
    #[error("the effect of `{operation}` on `{read}` cannot be written down: {reason}")]
    Effect {
        /// The operation that has the effect.
        operation: String,
        /// The operation that it is on.
        read: String,
        /// Why.
        reason: String,
    },
    /// A parameter has no schema.
    #[error(
        "the parameter `{name}` of `{operation}`, the input's field `{field}`, has no schema; `Input::Parameters` must have a property of that name"
    )]
    Parameter {
        /// The operation.
        operation: String,
        /// The field's name in Rust.
        field: String,
        /// Its name on the wire.
        name: String,
    },
    /// A schema refers to one that nobody shows.
    #[error(
        "{place} refers to the schema `{name}`, which no type has shown; let `schemas` of the type that refers to it push it"
    )]
    Reference {
        /// Where the reference stands.
        place: String,
        /// The name that it refers to.
        name: String,
    },
    /// A schema cannot be written as JSON.
    #[error("a schema in {place} cannot be written as JSON: {reason}")]
    Unwritable {
        /// Where it was met.
        place: String,
        /// What serde says.
        reason: String,
    },
    /// The prefix is not one.
    #[error("the prefix `{0}` must be empty, or begin with `/` and not end with one")]
    Prefix(String),
}

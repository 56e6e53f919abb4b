//! What a write does to cached reads, as the contract says it.

use serde::Serialize;
use serde_json::Value;

use crate::{Output, Read};

/// What happens to a cached read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EffectKind {
    /// It is stale; it is fetched again when it is observed.
    Invalidates,
    /// It is gone.
    Removes,
    /// It is this write's output.
    Sets,
}

impl EffectKind {
    /// The name in contracts and in `x-effects`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invalidates => "invalidates",
            Self::Removes => "removes",
            Self::Sets => "sets",
        }
    }
}

/// Where a match takes its value from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A field of the write's input, by its name in Rust.
    Input(&'static str),
    /// A path into the write's output: `id`, `owner.id`.
    Output(&'static str),
}

/// One condition of an effect: the read's input field equals a value of this write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// The field of the read's input, by its name in Rust.
    pub field: &'static str,
    /// Where the value comes from.
    pub source: Source,
}

/// One effect as data, for the document.
#[derive(Clone, Copy, Debug)]
pub struct EffectSpec {
    /// What happens.
    pub kind: EffectKind,
    /// The read's operation id.
    pub read: &'static str,
    /// Which cached calls of it: those whose input has these values. Empty means all.
    pub matches: &'static [Match],
    /// For [`EffectKind::Sets`], the path into the output that becomes the read's body; empty for the whole output.
    pub value: &'static str,
}

/// Receives the effects of one success, with the types of the reads they are on.
pub trait EffectSink {
    /// All cached `P` whose input matches are stale.
    fn invalidates<P: Read>(&mut self, matches: Vec<(&'static str, Value)>);
    /// All cached `P` whose input matches are gone.
    fn removes<P: Read>(&mut self, matches: Vec<(&'static str, Value)>);
    /// All cached `P` whose input matches have this body now.
    fn sets<P: Read>(
        &mut self,
        matches: Vec<(&'static str, Value)>,
        body: &<P::Output as Output>::Body,
    );
}

/// One effect of one success, without the types: what a list of them holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// What happens.
    pub kind: EffectKind,
    /// The read's operation id.
    pub read: &'static str,
    /// Which cached calls of it: those whose input has these fields with these values. Empty means all.
    pub matches: Vec<(&'static str, Value)>,
}

/// Collects effects in order.
impl EffectSink for Vec<Effect> {
    fn invalidates<P: Read>(&mut self, matches: Vec<(&'static str, Value)>) {
        self.push(Effect { kind: EffectKind::Invalidates, read: P::ID, matches });
    }
    fn removes<P: Read>(&mut self, matches: Vec<(&'static str, Value)>) {
        self.push(Effect { kind: EffectKind::Removes, read: P::ID, matches });
    }
    fn sets<P: Read>(
        &mut self,
        matches: Vec<(&'static str, Value)>,
        _: &<P::Output as Output>::Body,
    ) {
        self.push(Effect { kind: EffectKind::Sets, read: P::ID, matches });
    }
}

//! Labels: what the data of a query is about, told by the data itself, so that all queries that
//! are about one thing are found without looking at the others.

use std::sync::Arc;

use super::{Machine, QueryId};
use crate::Key;
use crate::data::Data;
use crate::key::Segment;
use crate::options::guarded;

/// What data may be about: a kind of thing, or one thing of a kind.
///
/// ```
/// use throughline_query::Label;
///
/// let all_tasks = Label::kind("task");
/// let one_task = Label::one("task", 7);
/// assert_ne!(all_tasks, one_task);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Label {
    kind: Arc<str>,
    id: Option<Key>,
}

impl Label {
    /// Everything of this kind.
    pub fn kind(kind: impl Into<Arc<str>>) -> Self {
        Self { kind: kind.into(), id: None }
    }

    /// One thing of this kind.
    pub fn one(kind: impl Into<Arc<str>>, id: impl Into<Segment>) -> Self {
        Self { kind: kind.into(), id: Some(Key::new([id.into()])) }
    }
}

/// Tells what data is about.
pub type LabelsFn = Arc<dyn Fn(&Key, &Data) -> Vec<Label> + Send + Sync>;

impl Machine {
    /// Looks anew at what the data of the query is about.
    pub(super) fn relabel(&mut self, query: QueryId) {
        let entry = self.query(query);
        let tell = entry.options.labels.get();
        if tell.is_none() && entry.labels().is_empty() {
            return;
        }
        let labels = match (tell, &entry.state.data) {
            (Some(tell), Some(data)) if entry.in_cache => {
                let mut labels = guarded(Vec::new(), || tell(&entry.key, data));
                let mut seen = rustc_hash::FxHashSet::default();
                labels.retain(|label| seen.insert(label.clone()));
                labels
            }
            _ => Vec::new(),
        };
        let before = self.query_mut(query).set_labels(labels.clone());
        for label in before {
            if let Some(labelled) = self.labels.get_mut(&label) {
                labelled.remove(&query);
                if labelled.is_empty() {
                    self.labels.remove(&label);
                }
            }
        }
        for label in labels {
            self.labels.entry(label).or_default().insert(query);
        }
    }

    /// The queries whose data is about this, in no order.
    pub(super) fn labelled(&self, label: &Label) -> impl Iterator<Item = QueryId> + '_ {
        self.labels.get(label).into_iter().flatten().copied()
    }
}

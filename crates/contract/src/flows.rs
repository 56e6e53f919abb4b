//! Flows: each person's own list.

use throughline::{
    ApiError, Created, Cursor, Cx, Limit, NoContent, Page, Patch, Result, TextError, Timestamp,
    contract, input, output,
};

use crate::levels::SignedIn;

pub use db::flows::{FlowContent, FlowId, FlowSearch, FlowTitle};

/// A flow.
#[output]
#[derive(PartialEq)]
pub struct Flow {
    /// Its id.
    pub id: FlowId,
    /// What it is called.
    pub title: FlowTitle,
    /// What it is, in its own words.
    pub content: FlowContent,
    /// Counts the changes, from 1.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// A flow in a list, without its content.
#[output]
#[derive(PartialEq)]
pub struct FlowSummary {
    /// Its id.
    pub id: FlowId,
    /// What it is called.
    pub title: FlowTitle,
    /// Counts the changes, from 1.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// Which flows.
#[input]
#[derive(Default)]
pub struct ListFlows {
    /// Only those whose title or content has this text in it; letter case does not count.
    pub text: Option<FlowSearch>,
    /// How many at most.
    pub limit: Limit<20, 100>,
    /// The `next` of the page before.
    pub cursor: Option<Cursor>,
}

/// Which flow.
#[input]
pub struct FlowById {
    /// Its id.
    #[path]
    pub id: FlowId,
}

/// A new flow.
#[input]
pub struct CreateFlow {
    /// Its id, when the client chooses it: the same create sent again then makes no second flow.
    pub id: Option<FlowId>,
    /// What it is called.
    pub title: FlowTitle,
    /// What it is, in its own words.
    pub content: FlowContent,
}

impl CreateFlow {
    /// A new flow with this title and content.
    ///
    /// # Errors
    /// When one of them breaks its limits.
    pub fn new(
        title: impl Into<String>,
        content: impl Into<String>,
    ) -> std::result::Result<Self, TextError> {
        let (title, content) = (FlowTitle::new(title)?, FlowContent::new(content)?);
        Ok(Self { id: None, title, content })
    }
}

/// What changes of a flow; an absent field keeps what is there.
#[input]
pub struct UpdateFlow {
    /// Its id.
    #[path]
    pub id: FlowId,
    /// What it is called.
    pub title: Patch<FlowTitle>,
    /// What it is, in its own words.
    pub content: Patch<FlowContent>,
}

impl UpdateFlow {
    /// Changes nothing yet.
    pub fn new(id: FlowId) -> Self {
        Self { id, title: Patch::Keep, content: Patch::Keep }
    }
}

/// Why a flow is refused.
#[derive(Debug, PartialEq, thiserror::Error, ApiError)]
pub enum FlowError {
    /// There is no such flow on the caller's list.
    #[error("no flow {id}")]
    #[problem(404, "flow.not_found")]
    NotFound {
        /// The id that was asked for.
        id: FlowId,
    },
    /// The id is in use: choose another one.
    #[error("the id {id} is in use")]
    #[problem(409, "flow.id_taken")]
    IdTaken {
        /// The id that was chosen.
        id: FlowId,
    },
}

/// Flows, each on its owner's list.
#[contract(path = "/flows", tag = "flows")]
pub trait Flows {
    /// List the caller's flows, newest first.
    #[get]
    async fn list(&self, cx: Cx<SignedIn>, input: ListFlows) -> Result<Page<FlowSummary>>;

    /// Get a flow.
    #[get("/{id}")]
    async fn get(&self, cx: Cx<SignedIn>, input: FlowById) -> Result<Flow, FlowError>;

    /// Create a flow.
    ///
    /// The same create sent again, with the id that the client chose, answers 200 with the flow that is there.
    #[post]
    #[invalidates(list)]
    #[sets(get(id = output.id) = output)]
    async fn create(&self, cx: Cx<SignedIn>, input: CreateFlow)
    -> Result<Created<Flow>, FlowError>;

    /// Change a flow.
    #[patch("/{id}")]
    #[invalidates(list)]
    #[sets(get(id) = output)]
    async fn update(&self, cx: Cx<SignedIn>, input: UpdateFlow) -> Result<Flow, FlowError>;

    /// Delete a flow.
    #[delete("/{id}")]
    #[invalidates(list)]
    #[removes(get(id))]
    async fn delete(&self, cx: Cx<SignedIn>, input: FlowById) -> Result<NoContent, FlowError>;
}

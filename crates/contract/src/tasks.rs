//! Tasks: each person's own list.

use throughline::{
    ApiError, Created, Cursor, Cx, Limit, NoContent, Page, Patch, Result, TextError, Timestamp,
    contract, input, output,
};

use crate::levels::SignedIn;

pub use db::tasks::{Description, SearchText, TaskId, Title};

/// A task.
#[output]
#[derive(PartialEq)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// What has to be done.
    pub title: Title,
    /// More about it.
    pub description: Option<Description>,
    /// Whether it is done.
    pub completed: bool,
    /// Counts the changes, from 1.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// A task in a list, without its description.
#[output]
#[derive(PartialEq)]
pub struct TaskSummary {
    /// Its id.
    pub id: TaskId,
    /// What has to be done.
    pub title: Title,
    /// Whether it is done.
    pub completed: bool,
    /// Counts the changes, from 1.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// Which tasks.
#[input]
#[derive(Default)]
pub struct ListTasks {
    /// Only those that are done, or only those that are not.
    pub completed: Option<bool>,
    /// Only those whose title has this text in it; letter case does not count.
    pub text: Option<SearchText>,
    /// How many at most.
    pub limit: Limit<20, 100>,
    /// The `next` of the page before.
    pub cursor: Option<Cursor>,
}

/// Which task.
#[input]
pub struct TaskById {
    /// Its id.
    #[path]
    pub id: TaskId,
}

/// A new task.
#[input]
pub struct CreateTask {
    /// Its id, when the client chooses it: the same create sent again then makes no second task.
    pub id: Option<TaskId>,
    /// What has to be done.
    pub title: Title,
    /// More about it.
    pub description: Option<Description>,
}

impl CreateTask {
    /// A new task with this title.
    ///
    /// # Errors
    /// When the title breaks its limits.
    pub fn new(title: impl Into<String>) -> std::result::Result<Self, TextError> {
        Ok(Self { id: None, title: Title::new(title)?, description: None })
    }
}

/// A whole task under an id that the client made.
#[input]
pub struct PutTask {
    /// Its id.
    #[path]
    pub id: TaskId,
    /// What has to be done.
    pub title: Title,
    /// More about it.
    pub description: Option<Description>,
    /// Whether it is done.
    pub completed: bool,
}

/// What changes of a task; an absent field keeps what is there.
#[input]
pub struct UpdateTask {
    /// Its id.
    #[path]
    pub id: TaskId,
    /// What has to be done.
    pub title: Patch<Title>,
    /// More about it; `null` clears it.
    pub description: Patch<Option<Description>>,
    /// Whether it is done.
    pub completed: Patch<bool>,
}

impl UpdateTask {
    /// Changes nothing yet.
    pub fn new(id: TaskId) -> Self {
        Self { id, title: Patch::Keep, description: Patch::Keep, completed: Patch::Keep }
    }
}

/// Why a task is refused.
#[derive(Debug, PartialEq, thiserror::Error, ApiError)]
pub enum TaskError {
    /// There is no such task on the caller's list.
    #[error("no task {id}")]
    #[problem(404, "task.not_found")]
    NotFound {
        /// The id that was asked for.
        id: TaskId,
    },
    /// The id is in use: choose another one.
    #[error("the id {id} is in use")]
    #[problem(409, "task.id_taken")]
    IdTaken {
        /// The id that was chosen.
        id: TaskId,
    },
}

/// Tasks, each on its owner's list.
#[contract(path = "/tasks", tag = "tasks")]
pub trait Tasks {
    /// List the caller's tasks, newest first.
    #[get]
    async fn list(&self, cx: Cx<SignedIn>, input: ListTasks) -> Result<Page<TaskSummary>>;

    /// Get a task.
    #[get("/{id}")]
    async fn get(&self, cx: Cx<SignedIn>, input: TaskById) -> Result<Task, TaskError>;

    /// Create a task.
    ///
    /// The same create sent again, with the id that the client chose, answers 200 with the task that is there.
    #[post]
    #[invalidates(list)]
    #[sets(get(id = output.id) = output)]
    async fn create(&self, cx: Cx<SignedIn>, input: CreateTask)
    -> Result<Created<Task>, TaskError>;

    /// Put a task: make it under this id, or replace the one that is there.
    #[put("/{id}")]
    #[invalidates(list)]
    #[sets(get(id) = output)]
    async fn put(&self, cx: Cx<SignedIn>, input: PutTask) -> Result<Created<Task>, TaskError>;

    /// Change a task.
    #[patch("/{id}")]
    #[invalidates(list)]
    #[sets(get(id) = output)]
    async fn update(&self, cx: Cx<SignedIn>, input: UpdateTask) -> Result<Task, TaskError>;

    /// Delete a task.
    #[delete("/{id}")]
    #[invalidates(list)]
    #[removes(get(id))]
    async fn delete(&self, cx: Cx<SignedIn>, input: TaskById) -> Result<NoContent, TaskError>;
}

//! Tasks, each on its owner's list.

use contract::{
    levels::SignedIn,
    tasks::{
        CreateTask, ListTasks, PutTask, Task, TaskById, TaskError, TaskId, TaskSummary, Tasks,
        UpdateTask, procedures,
    },
};
use db::tasks::{self, Changes, Content, Filter};
use throughline::{Created, Cx, Failure, NoContent, Page, Result};

use crate::App;

impl Tasks for App {
    async fn list(&self, cx: Cx<SignedIn>, input: ListTasks) -> Result<Page<TaskSummary>> {
        let filter = Filter { completed: input.completed, text: input.text };
        let page =
            tasks::page(&self.db, cx.user.id, &filter, input.limit.get(), input.cursor.as_ref())
                .await?;
        Ok(page.map(summary))
    }

    async fn get(&self, cx: Cx<SignedIn>, input: TaskById) -> Result<Task, TaskError> {
        let row = tasks::find(&self.db, cx.user.id, input.id).await?;
        Ok(task(row.ok_or(TaskError::NotFound { id: input.id })?))
    }

    async fn create(
        &self,
        cx: Cx<SignedIn>,
        input: CreateTask,
    ) -> Result<Created<Task>, TaskError> {
        let id = input.id.unwrap_or_else(TaskId::new);
        let content =
            Content { title: input.title, description: input.description, completed: false };
        cx.transact(&self.db, async |tx| {
            if let Some(row) = tasks::insert(tx, cx.user.id, id, content.clone(), cx.now()).await? {
                return Ok(made(row));
            }
            // The id is in use. Only the owner's own task, as this create would have made it, is the same create again.
            match tasks::find(tx, cx.user.id, id).await? {
                Some(row)
                    if row.title == content.title && row.description == content.description =>
                {
                    Ok(Created::again(task(row)))
                }
                _ => Err(Failure::from(TaskError::IdTaken { id })),
            }
        })
        .await
    }

    async fn put(&self, cx: Cx<SignedIn>, input: PutTask) -> Result<Created<Task>, TaskError> {
        let id = input.id;
        let content = Content {
            title: input.title,
            description: input.description,
            completed: input.completed,
        };
        cx.transact(&self.db, async |tx| {
            if let Some(row) = tasks::insert(tx, cx.user.id, id, content.clone(), cx.now()).await? {
                return Ok(made(row));
            }
            let row = tasks::replace(tx, cx.user.id, id, content, cx.now()).await?;
            Ok(Created::again(task(row.ok_or(TaskError::NotFound { id })?)))
        })
        .await
    }

    async fn update(&self, cx: Cx<SignedIn>, input: UpdateTask) -> Result<Task, TaskError> {
        let id = input.id;
        let changes = Changes {
            title: input.title,
            description: input.description,
            completed: input.completed,
        };
        cx.transact(&self.db, async |tx| {
            let row = tasks::update(tx, cx.user.id, id, changes, cx.now()).await?;
            Ok(task(row.ok_or(TaskError::NotFound { id })?))
        })
        .await
    }

    async fn delete(&self, cx: Cx<SignedIn>, input: TaskById) -> Result<NoContent, TaskError> {
        let id = input.id;
        cx.transact(&self.db, async |tx| {
            let deleted = tasks::delete(tx, cx.user.id, id).await?;
            if deleted { Ok(NoContent) } else { Err(Failure::from(TaskError::NotFound { id })) }
        })
        .await
    }
}

/// The answer to a create that made this row, with its place.
fn made(row: tasks::Model) -> Created<Task> {
    Created::at::<procedures::Get>(&TaskById { id: row.id }, task(row))
}

fn task(row: tasks::Model) -> Task {
    Task {
        id: row.id,
        title: row.title,
        description: row.description,
        completed: row.completed,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

fn summary(row: tasks::Summary) -> TaskSummary {
    TaskSummary {
        id: row.id,
        title: row.title,
        completed: row.completed,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

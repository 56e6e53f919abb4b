#![allow(missing_docs)]
use throughline::*;
use uuid::Uuid;

/// A task's id.
#[derive(Id)]
pub struct TaskId(Uuid);
/// What to do.
#[derive(Text)]
#[text(chars = 1..=10, example = "Milk")]
pub struct Title(String);
/// More.
#[derive(Text)]
#[text(chars = 0..=20)]
pub struct Description(String);

/// Colors.
#[input]
#[derive(PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum Color {
    DeepRed,
    Blue,
}

/// Shape.
#[input]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Shape {
    Circle {
        #[garde(range(min = 1))]
        radius: i32,
    },
    Named {
        name: Title,
    },
    Empty,
}

#[input]
pub struct ById {
    #[path]
    pub id: TaskId,
}
#[input]
#[derive(Default)]
pub struct ListTasks {
    pub completed: Option<bool>,
    pub colors: Vec<Color>,
    pub limit: Limit,
    pub cursor: Option<Cursor>,
    #[garde(range(max = 5))]
    pub max: Option<u32>,
}
#[input]
pub struct UpdateTask {
    #[path]
    pub id: TaskId,
    #[header]
    pub if_match: Option<u64>,
    pub title: Patch<Title>,
    pub description: Patch<Option<Description>>,
    pub at: Patch<Option<Timestamp>>,
    #[garde(length(chars, max = 3))]
    pub nick: Patch<Option<String>>,
}
#[input]
pub struct Draw {
    #[path]
    pub id: TaskId,
    #[body]
    pub shape: Shape,
}
#[input]
pub struct Bulk {
    #[body]
    #[garde(length(simple, max = 2))]
    pub items: Vec<CreateTask>,
}
#[input]
pub struct CreateTask {
    pub id: Option<TaskId>,
    pub title: Title,
    #[garde(email)]
    pub mail: Option<String>,
    pub big: Option<Int64>,
}

#[output]
pub struct Task {
    pub id: TaskId,
    pub title: Title,
    pub at: Timestamp,
    pub color: Color,
    pub big: Int64,
}

#[derive(Debug, thiserror::Error, ApiError)]
pub enum TaskError {
    /// There is no such task.
    #[error("no task {id}")]
    #[problem(404, "task.not_found")]
    NotFound { id: TaskId },
    #[error("taken")]
    #[problem(409, "task.taken")]
    Taken,
}
#[derive(Debug, thiserror::Error, ApiError)]
pub enum DrawError {
    #[error("full")]
    #[problem(409, "draw.full")]
    Full { left: u32 },
    #[error(transparent)]
    #[problem(transparent)]
    Task(#[from] TaskError),
}

/// Tasks.
#[contract(path = "/tasks", tag = "tasks")]
pub trait Tasks {
    /// List.
    #[get]
    async fn list(&self, cx: Cx<Public>, input: ListTasks) -> Result<Page<Task>>;
    /// Get.
    #[get("/{id}")]
    async fn get(&self, cx: Cx<Public>, input: ById) -> Result<Task, TaskError>;
    /// Create.
    #[post]
    #[invalidates(list)]
    #[sets(get(id = output.id) = output)]
    async fn create(&self, cx: Cx<Public>, input: CreateTask) -> Result<Created<Task>>;
    /// Update.
    #[patch("/{id}")]
    #[invalidates(list)]
    #[sets(get(id) = output)]
    async fn update(&self, cx: Cx<Public>, input: UpdateTask) -> Result<Task, TaskError>;
    /// Delete.
    #[delete("/{id}")]
    #[invalidates(list)]
    #[removes(get(id))]
    async fn delete(&self, cx: Cx<Public>, input: ById) -> Result<NoContent, TaskError>;
    /// Draw.
    #[post("/{id}/draw")]
    #[invalidates(get(id))]
    async fn draw(&self, cx: Cx<Public>, input: Draw) -> Result<NoContent, DrawError>;
    /// Bulk.
    #[post("/search", read)]
    async fn bulk(&self, cx: Cx<Public>, input: Bulk) -> Result<Vec<Task>>;
    /// Ping.
    #[get("/ping")]
    async fn ping(&self, cx: Cx<Public>) -> Result<String>;
}

struct Db;
impl Transactional for Db {
    type Transaction = String;
    type Error = DbError;
    async fn begin(&self) -> std::result::Result<String, DbError> {
        Ok(String::new())
    }
    async fn commit(&self, _: String) -> std::result::Result<(), DbError> {
        Ok(())
    }
    async fn rollback(&self, _: String) -> std::result::Result<(), DbError> {
        Ok(())
    }
}
#[derive(Debug, thiserror::Error)]
#[error("db")]
struct DbError;
impl<E> From<DbError> for Failure<E> {
    fn from(e: DbError) -> Self {
        Failure::Fault(Fault::internal(e))
    }
}
struct App {
    db: Db,
}
async fn step(_: &String, _: &TaskId) -> std::result::Result<u8, TaskError> {
    Ok(1)
}
impl Tasks for App {
    async fn list(&self, _: Cx<Public>, _: ListTasks) -> Result<Page<Task>> {
        Ok(Page { items: vec![], next: None })
    }
    async fn get(&self, _: Cx<Public>, input: ById) -> Result<Task, TaskError> {
        Err(TaskError::NotFound { id: input.id }.into())
    }
    async fn create(&self, _: Cx<Public>, input: CreateTask) -> Result<Created<Task>> {
        let id = input.id.unwrap_or_else(TaskId::new);
        Ok(Created::at::<procedures::Get>(
            &ById { id },
            Task {
                id,
                title: input.title,
                at: Timestamp::now(),
                color: Color::Blue,
                big: Int64(1),
            },
        ))
    }
    async fn update(&self, cx: Cx<Public>, input: UpdateTask) -> Result<Task, TaskError> {
        let id = input.id;
        let _ = &self.db;
        let title = input.title;
        let t = cx
            .transact(&self.db, async |tx| {
                step(tx, &id).await?;
                let _ = title.as_set();
                step(tx, &id).await?;
                Ok::<_, Failure<TaskError>>(1)
            })
            .await?;
        let _ = t;
        Err(TaskError::Taken.into())
    }
    async fn delete(&self, _: Cx<Public>, _: ById) -> Result<NoContent, TaskError> {
        Ok(NoContent)
    }
    async fn draw(&self, _: Cx<Public>, input: Draw) -> Result<NoContent, DrawError> {
        step(&String::new(), &input.id).await.map_err(DrawError::from)?;
        Ok(NoContent)
    }
    async fn bulk(&self, _: Cx<Public>, _: Bulk) -> Result<Vec<Task>> {
        Ok(vec![])
    }
    async fn ping(&self, _: Cx<Public>) -> Result<String> {
        Ok("pong".into())
    }
}

//! The same three routes as a contract.

use anyhow::{Context, Result};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    response::{IntoResponse, Response},
    routing::{MethodFilter, on},
};
use throughline::{
    BodyFault, Cx, Handle, Id, Method, MountInfo, NoContent, Procedure, Public, Served, Text,
    contract, dispatch, input, output,
};
use throughline_axum::{Mount, MountOptions, encode_problem};
use uuid::Uuid;

/// A task's id.
#[derive(Id)]
pub struct TaskId(Uuid);

/// What has to be done.
#[derive(Text)]
#[text(chars = 1..=256)]
pub struct Title(String);

/// More about it.
#[derive(Text)]
#[text(chars = 0..=1000)]
pub struct Description(String);

/// A task.
#[output]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// What has to be done.
    pub title: Title,
    /// Whether it is done.
    pub completed: bool,
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
    /// What has to be done.
    pub title: Title,
    /// More about it.
    pub description: Option<Description>,
    /// How much it matters.
    #[garde(range(min = 1, max = 5))]
    pub priority: u8,
}

/// What is measured.
#[contract(tag = "tasks")]
pub trait Tasks {
    /// Do nothing.
    #[get("/empty")]
    async fn empty(&self, cx: Cx<Public>) -> throughline::Result<NoContent>;

    /// Get a task.
    #[get("/tasks/{id}")]
    async fn get(&self, cx: Cx<Public>, input: TaskById) -> throughline::Result<Task>;

    /// Create a task.
    #[post("/tasks")]
    async fn create(&self, cx: Cx<Public>, input: CreateTask) -> throughline::Result<NoContent>;
}

/// What handlers share.
struct App {
    task: Task,
}

impl Tasks for App {
    async fn empty(&self, _: Cx<Public>) -> throughline::Result<NoContent> {
        Ok(NoContent)
    }

    async fn get(&self, _: Cx<Public>, input: TaskById) -> throughline::Result<Task> {
        Ok(Task { id: input.id, ..self.task.clone() })
    }

    async fn create(&self, _: Cx<Public>, input: CreateTask) -> throughline::Result<NoContent> {
        std::hint::black_box((input.title, input.description, input.priority));
        Ok(NoContent)
    }
}

fn served() -> Result<Served<App>> {
    let title = Title::new("Buy milk").context("the title breaks its own limits")?;
    Ok(Served::new(App { task: Task { id: Uuid::nil().into(), title, completed: false } }))
}

/// The procedures as an application mounts them.
///
/// # Errors
/// When they cannot be mounted.
pub fn mounted() -> Result<Router> {
    let mount = Mount::new(MountOptions::default()).contract(TasksContract, served()?);
    mount.build().context("could not mount the contract")
}

/// The procedures through the dispatcher alone: no request id, no log, no care for panics.
///
/// # Errors
/// When the application cannot be made.
pub fn dispatched() -> Result<Router> {
    let router = Router::new();
    let served = served()?;
    let router = route::<procedures::Empty>(router, &served);
    let router = route::<procedures::Create>(router, &served);
    Ok(route::<procedures::Get>(router, &served))
}

fn route<P: Procedure>(router: Router, served: &Served<App>) -> Router
where
    Served<App>: Handle<P>,
{
    let filter = if P::METHOD == Method::Get { MethodFilter::GET } else { MethodFilter::POST };
    let served = served.clone();
    let handler = move |request: Request| answer::<P>(served, request);
    router.route(&format!("/api{}", P::PATH), on(filter, handler))
}

async fn answer<P: Procedure>(served: Served<App>, request: Request) -> Response
where
    Served<App>: Handle<P>,
{
    let (parts, body) = request.into_parts();
    let mount = MountInfo { prefix: "/api", request_id: "bench" };
    // In this contract a placeholder is always the path's last segment.
    let value =
        P::PATH.ends_with('}').then(|| parts.uri.path().rsplit('/').next().map(str::to_owned));
    let values = value.flatten().into_iter().collect();
    let read = || async {
        to_bytes(body, 1 << 20).await.map_err(|error| BodyFault::Broken(Box::new(error)))
    };
    match dispatch::<P, _, _>(&served, mount, parts, values, read).await {
        Ok(response) => response.map(Body::from).into_response(),
        Err(problem) => encode_problem(&problem),
    }
}

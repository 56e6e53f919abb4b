//! The application's client: its contract's calls over HTTP, typed from end to end.
//!
//! The calls are emitted where the contract stands, so they are never older than it, and
//! go-to-definition on one lands on the contract. This crate joins them with a transport and names
//! what is needed to use them.
//!
//! ```no_run
//! use client::{CallError, Client, auth::SignIn, tasks::{CreateTask, ListTasks, TaskError, TaskId}};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let api = Client::connect("http://localhost:3000")?;
//! let (email, password) = ("demo@example.org".parse()?, "throughline".parse()?);
//! api.auth().sign_in(SignIn { email, password }).await?;
//!
//! let task = api.tasks().create(CreateTask::new("Milk")?).await?;
//! println!("{} is at {:?}", task.title, task.location());
//!
//! for task in api.tasks().list(ListTasks::default()).await?.items {
//!     println!("{}", task.title);
//! }
//!
//! match api.tasks().get(TaskId::new()).await {
//!     Ok(task) => println!("{}", task.title),
//!     Err(CallError::Declared(TaskError::NotFound { id })) => eprintln!("no task {id}"),
//!     Err(other) => return Err(other.into()),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! With options of one's own, here a token instead of cookies:
//!
//! ```
//! use client::{BearerToken, Client, Credentials, Http, HttpOptions};
//!
//! let options = HttpOptions {
//!     credentials: Credentials::Bearer(BearerToken::new("tl_0193")?),
//!     ..HttpOptions::default()
//! };
//! let api = Client::over(Http::new("https://tasks.example.org".parse()?, options)?);
//! # let _ = api;
//! # Ok::<_, client::ConnectError>(())
//! ```

/// The application, called over HTTP.
///
/// [`connect`](contract::Api::connect) takes the server's address and defaults,
/// [`over`](contract::Api::over) an [`Http`] with [`HttpOptions`]. Clones share connections and
/// cookies.
pub type Client = contract::Api<Http>;

#[doc(inline)]
pub use contract::{auth, flows, tasks, users};
#[doc(inline)]
pub use throughline::{
    ApiError, CallError, Created, Cursor, Effect, Limit, Never, NoContent, Page, Patch, Problem,
    TextError, Timestamp, TransportError, Violation,
};
#[doc(inline)]
pub use throughline_client::{
    BearerToken, Call, ConnectError, Cookie, Credentials, Http, HttpOptions, ServerUrl,
};

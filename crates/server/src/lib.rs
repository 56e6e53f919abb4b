//! The application's handlers, and the router that they are mounted on.

mod app;
mod health;
mod router;

mod tasks;

pub use self::{
    app::{App, ServerOptions},
    health::Readiness,
    router::{RouterError, router},
};

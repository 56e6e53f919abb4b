//! The application's handlers, and the router that they are mounted on.

mod app;
mod health;
mod proxies;
mod router;

mod flows;
mod tasks;
mod users;

pub use self::{
    app::{App, ServerOptions},
    health::Readiness,
    router::{RouterError, router},
};

//! The one place where contracts are mounted.

use axum::{Router, middleware, response::Redirect, routing::get};
use contract::{
    auth::AuthContract, flows::FlowsContract, tasks::TasksContract, users::UsersContract,
};
use throughline::{Served, document::DocumentError};
use throughline_axum::{Mount, MountError, MountOptions};

use crate::{
    App, Readiness, ServerOptions, health,
    proxies::{self, Proxies},
};

/// Why the contracts cannot be served together. Tests find it before anybody starts the server.
#[derive(Debug, thiserror::Error)]
pub enum RouterError {
    /// Two procedures share a route.
    #[error(transparent)]
    Mount(#[from] MountError),
    /// The contracts do not fit into one document.
    #[error(transparent)]
    Document(#[from] DocumentError),
}

/// Everything that the server answers.
///
/// # Errors
/// When the contracts do not fit together.
pub fn router(
    app: App,
    options: &ServerOptions,
    readiness: Readiness,
) -> Result<Router, RouterError> {
    let mount = MountOptions {
        trusted_origins: options.trusted_origins.clone(),
        trusted_proxies: options.trusted_proxies.clone(),
        body_limit: options.body_limit,
        ..MountOptions::default()
    };
    let accounts = app.accounts.clone();
    let session = accounts.layer();
    let health = health::routes(app.db.clone(), readiness);
    let served = Served::new(app);
    let router = Mount::new(mount)
        .routes(health)
        .routes(Router::new().route("/", get(async || Redirect::temporary("/docs/"))))
        .document(openapi::document()?.to_json_pretty())
        .contract_with(AuthContract, Served::new(accounts), |route| route.layer(session.clone()))
        .contract(TasksContract, served.clone())
        .contract(FlowsContract, served.clone())
        .contract(UsersContract, served)
        .build()?;
    let proxies = Proxies::new(&options.trusted_proxies);
    Ok(router.layer(middleware::from_fn_with_state(proxies, proxies::tell)))
}

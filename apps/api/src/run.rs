//! Starts the server and stops it in good order.

use std::{future::IntoFuture, io::Write, net::SocketAddr, time::Duration};

use anyhow::{Context, Result, bail};
use db::{Database, DatabaseOptions, Location};
use server::{App, Readiness, ServerOptions};
use tokio::net::TcpListener;

use crate::{
    admin, banner, demo, log, seed,
    settings::{Command, Settings},
    stop,
};

/// How often what has ended is deleted.
const SWEEP: Duration = Duration::from_secs(60 * 60);

/// Runs the server until it is asked to stop.
///
/// # Errors
/// What keeps it from starting, or from stopping in good order, as one sentence.
pub async fn run(settings: Settings) -> Result<()> {
    log::start(&settings.log, settings.log_format)?;
    let mut database =
        DatabaseOptions::resolve(settings.database_url.as_deref(), &settings.data_dir)?;
    database.connections = settings.database_connections;
    if settings.command.is_some() {
        must_exist(&database.location)?;
    }
    let db = Database::connect(&database).await?;
    bring_up_to_date(&db, settings.migrate || settings.dev).await?;

    match settings.command {
        Some(Command::Admin(command)) => return admin::run(db, command).await,
        Some(Command::Seed(options)) => return seed::run(db, &database.location, &options).await,
        None => {}
    }

    let options = ServerOptions {
        development: settings.dev,
        trusted_origins: settings.trusted_origins.clone(),
        trusted_proxies: settings.trusted_proxies.clone(),
        body_limit: settings.body_limit,
        keep_audit: Duration::from_secs(u64::from(settings.audit_days) * 24 * 60 * 60),
        hashers: settings.hash_concurrency.map(usize::from),
    };
    let (app, readiness) = (App::new(db.clone(), &options), Readiness::default());
    if settings.dev && !app.accounts().any().await? {
        demo::make(app.accounts()).await?;
    }
    tokio::spawn(app.accounts().clone().sweep_every(SWEEP));

    let router = server::router(app, &options, readiness.clone())?;
    let listener = TcpListener::bind(settings.bind).await.with_context(|| {
        format!("cannot listen on {}: choose another address with --bind", settings.bind)
    })?;
    let address = listener.local_addr().context("the listener has no address")?;
    tracing::info!(%address, database = %database.location, "serving");
    if settings.dev {
        // Whoever started the server may have closed its output: no reason to stop serving.
        let _ = writeln!(
            std::io::stdout(),
            "{}",
            banner::text(address, &database.location.to_string())
        );
    }
    serve(listener, router, &readiness, Duration::from_secs(settings.stop_grace)).await?;
    db.close().await.context("the database did not close in good order")?;
    tracing::info!("stopped");
    Ok(())
}

/// Refuses a file that is not there: a command is about a database that there is, and connecting would make an empty one.
fn must_exist(location: &Location) -> Result<()> {
    match location {
        Location::Sqlite(path) if !path.exists() => bail!(
            "there is no database at {}: `migrations migrate` makes it; or name another's folder with --data-dir, its URL with --database-url",
            path.display()
        ),
        _ => Ok(()),
    }
}

/// Migrates when asked to, and refuses a database that this program does not fit.
async fn bring_up_to_date(db: &Database, migrate: bool) -> Result<()> {
    if migrate {
        for name in migrations::up(db).await? {
            tracing::info!(name, "migrated");
        }
        return Ok(());
    }
    let status = migrations::status(db).await?;
    if !status.unknown.is_empty() {
        return Err(migrations::MigrateError::Newer { unknown: status.unknown }.into());
    }
    if !status.pending.is_empty() {
        let pending = status.pending.join(", ");
        bail!(
            "the database lacks {pending}: start with --migrate, or run `migrations migrate` first"
        );
    }
    Ok(())
}

/// Serves until a signal comes; then says so to load balancers, takes nothing new, and waits for what is under way.
async fn serve(
    listener: TcpListener,
    router: axum::Router,
    readiness: &Readiness,
    grace: Duration,
) -> Result<()> {
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let until = async move {
        let mut stopped = stopped;
        // The sender lives as long as this function; were it gone, it would be time to stop as well.
        let _ = stopped.wait_for(|stop| *stop).await;
    };
    // With the connection's address, for all that goes by where a request comes from.
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(until).into_future();
    tokio::pin!(serving);
    tokio::select! {
        ended = &mut serving => return ended.context("the server ended by itself"),
        asked = stop::asked() => asked?,
    }
    tracing::info!(seconds = grace.as_secs(), "asked to stop: finishing what is under way");
    readiness.stop();
    stop.send_replace(true);
    match tokio::time::timeout(grace, serving).await {
        Ok(ended) => ended.context("the server did not stop in good order"),
        Err(_) => {
            tracing::warn!("requests were still under way after the grace; they are cut off");
            Ok(())
        }
    }
}

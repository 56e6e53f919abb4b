//! Turns the log on.

use std::io::IsTerminal;

use anyhow::{Context, Result};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::settings::LogFormat;

/// Logs to standard error; standard output stays free for what the program is asked to say.
///
/// # Errors
/// When the filter is not one.
pub fn start(filter: &str, format: Option<LogFormat>) -> Result<()> {
    let filter = EnvFilter::try_new(filter)
        .with_context(|| format!("LOG is `{filter}`, which is neither a level (`info`) nor directives (`info,server=debug`)"))?;
    let terminal = std::io::stderr().is_terminal();
    let format = format.unwrap_or(if terminal { LogFormat::Text } else { LogFormat::Json });
    let registry = tracing_subscriber::registry().with(filter);
    let layer = fmt::layer().with_writer(std::io::stderr);
    let started = match format {
        LogFormat::Text => {
            let color = terminal && std::env::var_os("NO_COLOR").is_none();
            registry.with(layer.with_ansi(color)).try_init()
        }
        LogFormat::Json => registry.with(layer.json().flatten_event(true)).try_init(),
    };
    started.context("the log is on already")
}

//! Who serves: axum alone, axum with what a service puts around it, and the contract layer in the same two forms.

use std::io;

use anyhow::{Context, Result};
use axum::Router;
use clap::ValueEnum;
use serde::Serialize;
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use super::{contract, plain};

/// One way to answer the requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Variant {
    /// Nobody: the requests are only made, which is taken off the other figures.
    Nothing,
    /// Plain axum handlers.
    Axum,
    /// The procedures through the dispatcher alone, from a plain axum handler.
    Dispatch,
    /// Plain axum handlers under layers for a request id, panics and the log, with the log off.
    AxumLayers,
    /// The procedures as an application mounts them, with the log off.
    Throughline,
    /// The layers with a log in JSON, thrown away.
    AxumLog,
    /// The mount with a log in JSON, thrown away.
    ThroughlineLog,
}

impl Variant {
    /// All that serve, in the order of the table.
    pub const SERVING: [Self; 6] = [
        Self::Axum,
        Self::Dispatch,
        Self::AxumLayers,
        Self::Throughline,
        Self::AxumLog,
        Self::ThroughlineLog,
    ];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Axum => "axum",
            Self::Dispatch => "dispatch",
            Self::AxumLayers => "axum-layers",
            Self::Throughline => "throughline",
            Self::AxumLog => "axum-log",
            Self::ThroughlineLog => "throughline-log",
        }
    }

    /// What it is, for the table.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Nothing => "nobody",
            Self::Axum => "axum, bare",
            Self::Dispatch => "throughline, dispatcher alone",
            Self::AxumLayers => "axum + tower-http layers",
            Self::Throughline => "throughline, whole mount",
            Self::AxumLog => "axum + layers, log on",
            Self::ThroughlineLog => "throughline, log on",
        }
    }

    /// For the contract layer, axum in the same form.
    pub const fn counterpart(self) -> Option<Self> {
        match self {
            Self::Dispatch => Some(Self::Axum),
            Self::Throughline => Some(Self::AxumLayers),
            Self::ThroughlineLog => Some(Self::AxumLog),
            Self::Nothing | Self::Axum | Self::AxumLayers | Self::AxumLog => None,
        }
    }

    /// Builds the router, and turns the log on where there is one.
    ///
    /// # Errors
    /// When the contract cannot be mounted, or the log is on already.
    pub fn router(self) -> Result<Option<Router>> {
        Ok(Some(match self {
            Self::Nothing => return Ok(None),
            Self::Axum => plain::bare(),
            Self::AxumLayers => plain::layered(),
            Self::AxumLog => {
                log()?;
                plain::layered()
            }
            Self::Dispatch => contract::dispatched()?,
            Self::Throughline => contract::mounted()?,
            Self::ThroughlineLog => {
                log()?;
                contract::mounted()?
            }
        }))
    }
}

/// A log as an application has it, written to nowhere. Tests may turn it on twice.
fn log() -> Result<()> {
    let layer = fmt::layer().with_writer(io::sink).json().flatten_event(true);
    let started =
        tracing_subscriber::registry().with(EnvFilter::new("info")).with(layer).try_init();
    if cfg!(test) { Ok(()) } else { started.context("could not turn the log on") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_command_line() {
        for variant in Variant::value_variants() {
            let value = variant.to_possible_value().map(|value| value.get_name().to_owned());
            assert_eq!(value.as_deref(), Some(variant.name()));
        }
    }
}

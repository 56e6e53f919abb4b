//! The server: reads its settings, starts, and stops in good order.

mod admin;
mod banner;
mod demo;
mod log;
mod run;
mod seed;
mod settings;
mod stop;

use std::process::ExitCode;

use clap::Parser;

use crate::settings::Settings;

#[tokio::main]
async fn main() -> ExitCode {
    let settings = Settings::parse();
    match run::run(settings).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("api: {error:#}");
            ExitCode::FAILURE
        }
    }
}

//! What a procedure costs over a plain axum handler at the same route, in instructions, allocations and time.
//!
//! Requests go to the built router in process, without sockets, on a runtime of one thread, and
//! their answers are read to the end. Each figure is the difference between a long and a short run,
//! so that start-up cancels out, less what making and dropping the request itself costs.

mod callgrind;
mod case;
mod contract;
mod plain;
mod variant;

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use axum::{Router, body::Body};
use clap::Args;
use http_body_util::BodyExt;
use serde::{Deserialize, Serialize};
use tower::Service;

use self::{callgrind::Callgrind, case::Case, variant::Variant};
use crate::{
    ALLOCATOR,
    conditions::Conditions,
    progress::say,
    table::{Table, ratio, whole},
    workspace::Workspace,
};

/// The packages whose versions stand beside the figures.
const PACKAGES: [&str; 9] = [
    "throughline",
    "axum",
    "tower-http",
    "hyper",
    "garde",
    "serde_json",
    "tokio",
    "tracing",
    "uuid",
];

/// How many times a run for the clock is repeated; the fastest counts, because what disturbs only slows down.
const CLOCKED: usize = 5;

/// Measure a procedure over a plain axum handler: instructions, allocations and time per request.
#[derive(Args)]
pub struct Overhead {
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
    /// How many requests a figure is averaged over.
    #[arg(long, default_value_t = DEFAULT_REQUESTS, value_parser = clap::value_parser!(u64).range(1..))]
    requests: u64,
    /// Keep callgrind's files in this folder, for `callgrind_annotate`.
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
}

/// Enough that single figures no longer move in the third digit.
const DEFAULT_REQUESTS: u64 = 10_000;

impl Default for Overhead {
    fn default() -> Self {
        Self { json: false, requests: DEFAULT_REQUESTS, keep: None }
    }
}

/// Sends requests to one variant and prints what that took, as JSON.
#[derive(Args)]
pub struct RunOverhead {
    /// Who serves.
    variant: Variant,
    /// What is asked.
    case: Case,
    /// How many times.
    requests: u64,
}

/// What a number of requests took.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Taken {
    allocations: u64,
    bytes: u64,
    nanoseconds: u64,
}

/// What one request costs.
#[derive(Clone, Copy, Debug, Serialize)]
struct PerRequest {
    /// Instructions in user space; `None` without valgrind.
    instructions: Option<f64>,
    /// Allocations, with those that grow or shrink one.
    allocations: f64,
    /// Bytes asked for.
    bytes: f64,
    /// Time on the clock, the fastest of several runs.
    nanoseconds: f64,
}

/// One line of the result.
#[derive(Debug, Serialize)]
struct Row {
    case: Case,
    variant: Variant,
    per_request: PerRequest,
}

/// The whole result.
#[derive(Debug, Serialize)]
struct Report {
    conditions: Conditions,
    valgrind: Option<String>,
    requests: u64,
    rows: Vec<Row>,
}

impl Overhead {
    /// Measures every case with every variant.
    ///
    /// # Errors
    /// When a run fails, or an answer is not the one that was expected.
    pub fn run(self) -> Result<()> {
        if cfg!(debug_assertions) {
            say(
                "warning: this is no release build, so the figures say little; run it with `cargo run --release -p bench`",
            );
        }
        let workspace = Workspace::find()?;
        let conditions = Conditions::now(&workspace, &PACKAGES);
        let callgrind = Callgrind::find(self.keep.clone())?;
        if callgrind.is_none() {
            say(
                "valgrind is missing, so instructions are not counted; get it with `apt install valgrind`",
            );
        }
        let mut rows = Vec::new();
        for case in Case::ALL {
            let empty = self.measure(callgrind.as_ref(), Variant::Nothing, case)?;
            for variant in Variant::SERVING {
                let gross = self.measure(callgrind.as_ref(), variant, case)?;
                rows.push(Row { case, variant, per_request: gross.less(empty) });
            }
        }
        let valgrind = callgrind.map(|callgrind| callgrind.version().to_owned());
        let report = Report { conditions, valgrind, requests: self.requests, rows };
        if self.json {
            println!("{}", serde_json::to_string_pretty(&report)?);
        } else {
            print!("{report}");
        }
        Ok(())
    }

    /// One variant's answer to one case, request included.
    fn measure(
        &self,
        callgrind: Option<&Callgrind>,
        variant: Variant,
        case: Case,
    ) -> Result<PerRequest> {
        say(&format!("{}: {}", case.name(), variant.name()));
        // The short run is as long as it takes until every lazy thing is there.
        let short = self.requests.div_ceil(10);
        let long = short + self.requests;
        let count = self.requests as f64;
        let instructions = match callgrind {
            Some(callgrind) => {
                let (short, long) =
                    (callgrind.count(variant, case, short)?, callgrind.count(variant, case, long)?);
                Some((long as f64 - short as f64) / count)
            }
            None => None,
        };
        let (less, more) = (sample(variant, case, short)?, sample(variant, case, long)?);
        let mut fastest = more.nanoseconds as f64 / long as f64;
        for _ in 1..CLOCKED {
            fastest = fastest.min(sample(variant, case, long)?.nanoseconds as f64 / long as f64);
        }
        Ok(PerRequest {
            instructions,
            allocations: (more.allocations as f64 - less.allocations as f64) / count,
            bytes: (more.bytes as f64 - less.bytes as f64) / count,
            nanoseconds: fastest,
        })
    }
}

/// Runs requests in a process of their own.
fn sample(variant: Variant, case: Case, requests: u64) -> Result<Taken> {
    let own = std::env::current_exe().context("could not find this program's own file")?;
    let mut command = Command::new(own);
    command.args(RunOverhead { variant, case, requests }.arguments());
    let output = command.output().context("could not start a run")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{} of {} failed: {}", case.name(), variant.name(), said.trim());
    }
    serde_json::from_slice(&output.stdout).context("a run printed something else than its figures")
}

impl PerRequest {
    fn less(self, empty: Self) -> Self {
        Self {
            instructions: self.instructions.zip(empty.instructions).map(|(all, empty)| all - empty),
            allocations: self.allocations - empty.allocations,
            bytes: self.bytes - empty.bytes,
            nanoseconds: self.nanoseconds - empty.nanoseconds,
        }
    }
}

impl RunOverhead {
    /// The same on the command line.
    fn arguments(&self) -> [String; 4] {
        ["run-overhead", self.variant.name(), self.case.name(), &self.requests.to_string()]
            .map(str::to_owned)
    }

    /// Sends the requests.
    ///
    /// # Errors
    /// When the variant cannot be built, or an answer is not the one that was expected.
    pub fn run(self) -> Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("could not start the runtime")?;
        let router = self.variant.router()?;
        let before = ALLOCATOR.stats();
        let start = Instant::now();
        runtime.block_on(serve(router, self.case, self.requests))?;
        let nanoseconds = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let stats = ALLOCATOR.stats() - before;
        let taken = Taken {
            allocations: (stats.allocations + stats.reallocations) as u64,
            bytes: stats.bytes_allocated as u64,
            nanoseconds,
        };
        println!("{}", serde_json::to_string(&taken)?);
        Ok(())
    }
}

/// Sends a number of requests, one after the other. Without a router they are only made and dropped.
async fn serve(router: Option<Router>, case: Case, requests: u64) -> Result<()> {
    // As a server does it, so that no handler is converted anew for each request.
    let mut router = router.map(|router| router.with_state::<()>(()));
    for _ in 0..requests {
        let request = case.request()?;
        let Some(router) = &mut router else {
            drop(std::hint::black_box(request));
            continue;
        };
        let Ok(response) =
            <Router as Service<axum::http::Request<Body>>>::call(router, request).await;
        if response.status() != case.expected() {
            bail!("the answer is {} instead of {}", response.status(), case.expected());
        }
        let body = response.into_body().collect().await.context("the answer broke off")?;
        std::hint::black_box(body.to_bytes());
    }
    Ok(())
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for case in Case::ALL {
            let rows: Vec<&Row> = self.rows.iter().filter(|row| row.case == case).collect();
            writeln!(f, "**{}**\n", case.about())?;
            let heads = [
                "Served by",
                "Instructions",
                "to bare axum",
                "to its axum",
                "Allocations",
                "Bytes",
                "Time",
            ];
            let mut table = Table::new(&heads);
            let of =
                |variant| rows.iter().find(|row| row.variant == variant).map(|row| row.per_request);
            for row in &rows {
                let own = row.per_request;
                let times = |base: Option<Variant>| {
                    let pair =
                        own.instructions.zip(base.and_then(of).and_then(|base| base.instructions));
                    pair.map_or_else(|| "–".to_owned(), |(own, base)| ratio(own, base))
                };
                table.row([
                    row.variant.about().to_owned(),
                    own.instructions.map_or_else(|| "–".to_owned(), whole),
                    times(Some(Variant::Axum)),
                    times(row.variant.counterpart()),
                    format!("{:.1}", own.allocations),
                    whole(own.bytes),
                    format!("{:.2} µs", own.nanoseconds / 1000.0),
                ]);
            }
            writeln!(f, "{table}")?;
        }
        writeln!(
            f,
            "Per request, over {} requests; ratios are of instructions. {}.",
            self.requests, self.conditions
        )?;
        match &self.valgrind {
            Some(version) => writeln!(
                f,
                "Instructions are those in user space, counted by callgrind ({version})."
            ),
            None => writeln!(f, "Instructions were not counted: `apt install valgrind`."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_variants_give_the_same_answer() {
        for case in Case::ALL {
            let mut answers = Vec::new();
            for variant in Variant::SERVING {
                let mut router = variant.router().unwrap().unwrap();
                let request = case.request().unwrap();
                let Ok(response) =
                    <Router as Service<axum::http::Request<Body>>>::call(&mut router, request)
                        .await;
                let status = response.status();
                let body = response.into_body().collect().await.unwrap().to_bytes();
                assert_eq!(status, case.expected(), "{variant:?} {body:?}");
                answers.push((variant, body));
            }
            for pair in answers.windows(2) {
                assert_eq!(pair[0].1, pair[1].1, "{:?} and {:?}", pair[0].0, pair[1].0);
            }
        }
    }

    #[tokio::test]
    async fn a_run_sends_all_its_requests() {
        let router = Variant::Throughline.router().unwrap();
        serve(router, Case::Create, 3).await.unwrap();
        serve(None, Case::Create, 3).await.unwrap();
    }
}

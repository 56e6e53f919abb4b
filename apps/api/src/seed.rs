//! Demo data for a development database: the demo account, and rows of its own.

mod rows;
mod tables;

use std::{
    io::{self, IsTerminal, Write},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use db::{Database, Location};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use server::{App, ServerOptions};
use throughline_auth::{UserId, users};

use crate::{demo, settings::SeedOptions};

/// How many rows are written in one transaction.
const BATCH: u64 = 20_000;

/// How often the progress is told where no terminal shows it.
const NOW_AND_THEN: Duration = Duration::from_secs(10);

/// From so many new rows on, the database is told to look at them before it plans its next query.
const MANY: u64 = 10_000;

/// The names of the tables that demo data is made for.
pub fn table_names() -> Vec<&'static str> {
    tables::all().iter().map(|table| table.name).collect()
}

/// Fills the database, which is up to date. What is there already stays.
///
/// # Errors
/// When it does not look like one for development and nobody insists, or a statement fails.
pub async fn run(db: Database, location: &Location, options: &SeedOptions) -> Result<()> {
    if !options.yes {
        refuse_production(&db, location).await?;
    }
    let app = App::new(db.clone(), &ServerOptions::default());
    let owner = demo::find_or_make(&db, app.accounts()).await?;
    let chosen = |table: &tables::Table| {
        options.table.is_empty() || options.table.iter().any(|name| name == table.name)
    };
    let mut made = Vec::new();
    for table in tables::all().into_iter().filter(chosen) {
        fill(&db, &table, owner, options.rows).await?;
        made.push(format!("{} {}", grouped(options.rows), table.name));
    }
    let (email, password) = (demo::EMAIL, demo::PASSWORD);
    let made = made.join(" and ");
    writeln!(io::stdout(), "{location} has {made} of {email}, whose password is {password}")
        .context("the answer could not be written")?;
    db.close().await.context("the database did not close in good order")
}

/// Refuses a database in which a demo account would be a way in.
async fn refuse_production(db: &Database, location: &Location) -> Result<()> {
    let mut reasons = Vec::new();
    if !location.is_local() {
        reasons.push("its server is not on this machine".to_owned());
    }
    let others = users::Entity::find().filter(users::Column::CanonicalEmail.ne(demo::EMAIL));
    // Addresses that nobody can have (RFC 2606).
    let reserved = ["example.org", "example.com", "example.net"];
    let others = reserved.iter().fold(others, |others, domain| {
        others.filter(users::Column::CanonicalEmail.not_like(format!("%@{domain}")))
    });
    match others.count(db).await.context("the accounts could not be counted")? {
        0 => {}
        1 => reasons.push("somebody has an account in it".to_owned()),
        people => reasons.push(format!("{people} people have accounts in it")),
    }
    if reasons.is_empty() {
        return Ok(());
    }
    bail!(
        "{location} does not look like a database for development: {}. Everybody knows the demo account's password: say \
         `--yes` to make it all the same. Nothing was changed",
        reasons.join(", and ")
    );
}

/// Writes the rows that are missing of the first `rows`, batch by batch, and shows how far it is.
async fn fill(db: &Database, table: &tables::Table, owner: UserId, rows: u64) -> Result<()> {
    let mut progress = Progress::new(table.name, rows);
    let mut new = 0;
    let mut first = 1;
    while first <= rows {
        let last = rows.min(first + BATCH - 1);
        new += rows::write(db, table, owner, first, last)
            .await
            .with_context(|| format!("the rows {first} to {last} of `{}` failed", table.name))?;
        if last < rows {
            progress.tell(last, new);
        }
        first = last + 1;
    }
    progress.end(new);
    if new >= MANY {
        let analyse = format!("ANALYZE {}", table.name);
        db.writer().execute_unprepared(&analyse).await.context("the new rows were not analysed")?;
    }
    Ok(())
}

/// How far a table is, on standard error.
struct Progress {
    table: &'static str,
    rows: u64,
    start: Instant,
    told: Instant,
    live: bool,
}

impl Progress {
    fn new(table: &'static str, rows: u64) -> Self {
        let now = Instant::now();
        Self { table, rows, start: now, told: now, live: io::stderr().is_terminal() }
    }

    fn tell(&mut self, done: u64, new: u64) {
        if self.live && self.rows > BATCH {
            eprint!("\r\x1b[K{}", self.line(done, new));
        } else if self.told.elapsed() >= NOW_AND_THEN {
            self.told = Instant::now();
            eprintln!("{}", self.line(done, new));
        }
    }

    fn end(&self, new: u64) {
        let start = if self.live && self.rows > BATCH { "\r\x1b[K" } else { "" };
        eprintln!("{start}{}", self.line(self.rows, new));
    }

    fn line(&self, done: u64, new: u64) -> String {
        let seconds = self.start.elapsed().as_secs_f64();
        let mut line = format!(
            "{}: {} of {}, {} new",
            self.table,
            grouped(done),
            grouped(self.rows),
            grouped(new)
        );
        if new >= MANY && seconds > 0.0 {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "a rate for people"
            )]
            let rate = (new as f64 / seconds) as u64;
            line.push_str(&format!(", {} rows/s", grouped(rate)));
        }
        line
    }
}

/// A number in groups of three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(
            [0, 999, 1000, 12_345, 10_000_000].map(grouped),
            ["0", "999", "1 000", "12 345", "10 000 000"]
        );
    }
}

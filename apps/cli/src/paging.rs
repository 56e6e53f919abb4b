//! Lists: one page, or all of them one after the other.

use client::{Cursor, Limit, Page};

use crate::{
    args::PageArgs,
    failure::Failure,
    report::Report,
    table::{Row, Style, table},
    terminal::Terminal,
};

/// Asks for the part of a list that the command line wants; `what` is what the list is of.
///
/// A page may be short and have a next one: then it is asked on until there are as many as wanted.
pub async fn collect<T, const DEFAULT: u64, const MAX: u64>(
    args: PageArgs,
    terminal: &Terminal,
    what: &str,
    call: impl AsyncFn(Limit<DEFAULT, MAX>, Option<Cursor>) -> Result<Page<T>, Failure>,
) -> Result<Page<T>, Failure> {
    let limit = args.limit.or(args.all.then_some(u64::MAX));
    let wanted: Limit<DEFAULT, MAX> = limit.map(Into::into).unwrap_or_default();
    let mut cursor = args.cursor.map(Cursor::from);
    let mut found = Page { items: Vec::new(), next: None };
    loop {
        let missing = wanted.get().saturating_sub(found.items.len() as u64);
        let limit = if args.all { wanted } else { missing.into() };
        let page = call(limit, cursor.take()).await?;
        found.items.extend(page.items);
        found.next = page.next;
        let enough = !args.all && found.items.len() as u64 >= wanted.get();
        if enough || found.next.is_none() {
            return Ok(found);
        }
        cursor.clone_from(&found.next);
        terminal.progress(&format!("{} {what} so far", found.items.len()));
    }
}

/// A list as a table, or as what it is to programs.
pub fn report<T: serde::Serialize, const N: usize>(
    page: &Page<T>,
    what: &str,
    header: [&str; N],
    style: Style,
    row: impl Fn(&T) -> Row<N>,
) -> Report {
    if page.items.is_empty() {
        return Report::new(page, "").note(format!("no {what}"));
    }
    let rows: Vec<_> = page.items.iter().map(row).collect();
    let report = Report::new(page, table(header, &rows, style));
    match &page.next {
        Some(next) => {
            report.note(format!("there are more: --cursor {next} for the next page, --all for all"))
        }
        None => report,
    }
}

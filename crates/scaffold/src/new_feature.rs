//! `new-feature`: asks, checks, shows, writes, and has what follows generated.

use std::{
    env,
    path::Path,
    process::{Command, Stdio},
    thread,
};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::{
    ask, draft,
    feature::{Feature, Operation, Request},
    format,
    house::House,
    journal::{Change, Journal, Pending},
    register, show,
};

/// Write a feature: values, entity, queries, migration, contract, handlers, tests, registrations.
///
/// FIELDS are `name:type`, with `?` for what may be left out, a range, `:unique` and a default:
///
///   title:string:1..256  about:string?:..1000  price_cents:i64:0..  status:enum(active,inactive)
///   due:date?  starts:datetime  config:ref(configs)  tags:json  active:bool=false  ratio:f64
///   sku:string:1..64:unique
///
/// A feature is called after many (`products`); without options each row belongs to whoever made it and nobody else sees
/// it. Without arguments the command asks. Nothing is changed when something is refused. Kinds with parentheses need
/// quotes in most shells.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct NewFeature {
    /// What the feature is called: many, in snake case.
    name: Option<String>,
    /// Its fields.
    fields: Vec<String>,
    /// What one is called, where it is not plain: `--singular sheep_item`.
    #[arg(long, value_name = "NAME")]
    singular: Option<String>,
    /// Everybody may read, without an account.
    #[arg(long)]
    public_read: bool,
    /// Only admins may write, and read unless everybody may. Rows have no owner.
    #[arg(long)]
    admin: bool,
    /// Rows have no owner: whoever is signed in may write each.
    #[arg(long)]
    no_owner: bool,
    /// Only these operations.
    #[arg(long, value_name = "OPERATION", value_enum, value_delimiter = ',')]
    only: Vec<Operation>,
    /// Show the tree and the diff, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Leave out what follows from the files: `cargo xtask generate` makes it.
    #[arg(long)]
    no_generate: bool,
    /// Give up what an interrupted run began: files stay as they are.
    #[arg(long, exclusive = true)]
    abandon: bool,
}

impl NewFeature {
    /// Runs the command.
    ///
    /// # Errors
    /// Why nothing was written, or what of it is left to do.
    pub fn run(self) -> Result<()> {
        let house = house()?;
        let journal = Journal::open(house.root())?;
        if self.abandon {
            return abandon(&journal);
        }
        finish(&house, &journal)?;
        let today = chrono::Utc::now().date_naive();
        let request = match self.name {
            None => ask::request(&house, today)?,
            Some(name) => Request {
                name,
                singular: self.singular,
                fields: self.fields,
                public_read: self.public_read,
                admin: self.admin,
                no_owner: self.no_owner,
                only: self.only,
            },
        };
        let feature = Feature::plan(&request, &house, today)?;
        let changes = changes(&feature, &house)?;
        if self.dry_run {
            print!("{}\n{}", show::tree(&changes), show::diff(&changes));
            eprintln!("Nothing was changed (--dry-run).");
            return Ok(());
        }
        let pending = Pending {
            what: format!("new-feature {}", feature.plural),
            generate: !self.no_generate,
        };
        journal.commit(&pending, &changes)?;
        journal.apply()?;
        print!("{}", show::tree(&changes));
        if !self.no_generate {
            generate(house.root())?;
        }
        journal.finish()?;
        say_what_next(&feature, self.no_generate);
        Ok(())
    }
}

/// Finishes what an interrupted run began, if one did.
///
/// # Errors
/// What hinders it.
pub fn recover() -> Result<()> {
    let house = house()?;
    let journal = Journal::open(house.root())?;
    finish(&house, &journal)
}

fn house() -> Result<House> {
    House::above(&env::current_dir().context("there is no folder to work in")?)
}

fn finish(house: &House, journal: &Journal) -> Result<()> {
    if let Some(Pending { what, generate: follows }) = journal.pending()? {
        eprintln!("`{what}` was interrupted: finishing it");
        journal.apply()?;
        if follows {
            generate(house.root())?;
        }
    }
    journal.finish()
}

fn abandon(journal: &Journal) -> Result<()> {
    let Some(Pending { what, .. }) = journal.pending()? else {
        bail!("no run was interrupted: there is nothing to abandon")
    };
    journal.finish()?;
    eprintln!("`{what}` is given up: `git status` shows what it wrote until then");
    Ok(())
}

/// All that changes: new files formatted, files that were there edited.
fn changes(feature: &Feature, house: &House) -> Result<Vec<Change>> {
    let root = house.root();
    let files = draft::files(feature)?;
    let http = files
        .iter()
        .find(|(place, _)| place.starts_with("crates/server/tests/"))
        .map(|(_, text)| text.clone());
    let mut drafts: Vec<Change> =
        files.into_iter().map(|(place, new)| Change { place, old: None, new }).collect();
    drafts.extend(register::changes(feature, house, http.as_deref())?);
    // Each text is a run of rustfmt, or two: side by side.
    let formatting = &|change: &Change| match &change.old {
        None => format::formatted(root, &change.place, &change.new).with_context(|| {
            let place = &change.place;
            format!("what would be written to {place} is wrong; please report it with the command")
        }),
        Some(old) => format::as_before(root, &change.place, old, &change.new),
    };
    let formatted: Vec<Result<String>> = thread::scope(|scope| {
        let running: Vec<_> =
            drafts.iter().map(|change| scope.spawn(move || formatting(change))).collect();
        let ended = running.into_iter().map(|thread| thread.join());
        ended.map(|text| text.unwrap_or_else(|_| bail!("a thread that formats panicked"))).collect()
    });
    let mut changes = Vec::new();
    for (change, new) in drafts.into_iter().zip(formatted) {
        changes.push(Change { new: new?, ..change });
    }
    Ok(changes)
}

/// Has the document and the table of permissions made anew.
fn generate(root: &Path) -> Result<()> {
    eprintln!(
        "Generating the document and the table of who may do what (this compiles the contract)"
    );
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["run", "--quiet", "--package", "openapi", "--", "generate"])
        .current_dir(root)
        .stdin(Stdio::null())
        .status()
        .context("cargo does not start")?;
    if !status.success() {
        bail!(
            "the document could not be made: mend what is named above, then run any `cargo xtask` command to go on"
        );
    }
    Ok(())
}

fn say_what_next(feature: &Feature, no_generate: bool) {
    let plural = &feature.plural;
    eprintln!("\nThe feature `{plural}` is there. Next:");
    if no_generate {
        eprintln!(
            "  cargo xtask generate                 the document and the table of who may do what"
        );
    }
    let test = format!("cargo xtask test {plural}");
    eprintln!("  {test:<36} its tests, on both databases");
    eprintln!("  git diff openapi/                    what callers will see");
    eprintln!(
        "Then say in your own words what each field means: in crates/db/src/{plural}.rs, crates/db/src/{plural}/ and"
    );
    eprintln!("crates/contract/src/{plural}.rs.");
    for (field, target) in feature.references() {
        let happens = if field.optional {
            format!("clears `{}` of", field.column())
        } else {
            "deletes".to_owned()
        };
        eprintln!(
            "Deleting {} {} {happens} the {} that refer to it: `on_delete` in the entity and in the migration says so.",
            target.singular.article(),
            target.singular.spaced(),
            plural.spaced()
        );
    }
}

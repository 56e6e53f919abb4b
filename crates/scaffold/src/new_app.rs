//! `new-app`: a workspace of its own with one feature, out of the sources of the one that this is started in.

mod destination;
mod document;
mod manifest;
mod ordered;
mod source;
mod strip;

use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};
use clap::Args;
use minijinja::context;

use self::{destination::Destination, manifest::Library};
use crate::{house::House, name::Name, target};

/// The features that a new application begins with: what it is about, and the people.
const KEPT: [&str; 2] = ["tasks", "users"];

/// What the README says.
const README: &str = include_str!("../templates/app/README.md.jinja");

/// The files of an application: paths below its root, with `/`, and what is in them.
type Files = BTreeMap<String, Vec<u8>>;

/// Write a workspace of its own with one feature, `tasks`, which passes its own tests.
///
/// The application is that of this checkout, as it is now: server, database, contract, client, migrations, document and
/// `cargo xtask`. Accounts and the contract language stay in the library: by default the new manifest points to the
/// library's crates in this checkout, so keep it where it is; with `--git` it points to a repository. DIR is made, its
/// parent has to be there, and nothing is left to see when something goes wrong.
#[derive(Args, Debug)]
pub struct NewApp {
    /// Where: a folder that does not exist yet or is empty, outside of this checkout or ignored by git.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Take the library from this repository: `https://example.org/throughline.git`.
    #[arg(long, value_name = "URL")]
    git: Option<String>,
    /// The commit or tag of that repository.
    #[arg(long, value_name = "REV", requires = "git")]
    rev: Option<String>,
    /// Make no repository of it.
    #[arg(long)]
    no_git: bool,
    /// List what would be written, and change nothing.
    #[arg(long)]
    dry_run: bool,
}

impl NewApp {
    /// Runs the command.
    ///
    /// # Errors
    /// Why nothing was written.
    pub fn run(self) -> Result<()> {
        let house = House::above(&env::current_dir().context("there is no folder to work in")?)?;
        let destination = Destination::check(&self.folder, house.root())?;
        let library = Library::new(self.git, self.rev)?;
        let (files, stripped) = files(&house, &destination, &library)?;
        if self.dry_run {
            for place in files.keys() {
                println!("{place}");
            }
            eprintln!("{} files. Nothing was written (--dry-run).", files.len());
            return Ok(());
        }
        let staged = destination.stage()?;
        staged.write(&files, &house)?;
        if matches!(library, Library::Here) {
            tidy_lock(staged.folder());
        }
        let repository = !self.no_git && begin_repository(&destination, staged.folder())?;
        staged.finish()?;
        say_what_next(&self.folder, files.len(), &stripped, repository);
        Ok(())
    }
}

/// All that is written, and the features that are left out.
fn files(
    house: &House,
    destination: &Destination,
    library: &Library,
) -> Result<(Files, Vec<String>)> {
    let mut files = source::files(house)?;
    let mut stripped = Vec::new();
    for feature in target::features(house)? {
        if !KEPT.contains(&feature.as_str()) {
            strip::feature(&mut files, house.root(), &Name::parse(&feature, feature.len())?)?;
            stripped.push(feature);
        }
    }
    strip::tests(&mut files, house.root())?;
    manifest::rewrite(&mut files, house.root(), destination, library)?;
    document::strip(&mut files, &stripped)?;
    let readme = minijinja::Environment::new()
        .render_str(README, context! { name => destination.name() })
        .context("the template of the README")?;
    files.insert("README.md".to_owned(), readme.into_bytes());
    Ok((files, stripped))
}

/// A file's text.
fn text(files: &Files, place: &str) -> Result<String> {
    let bytes = files.get(place).with_context(|| format!("{place} is not there"))?;
    String::from_utf8(bytes.clone()).with_context(|| format!("{place} is no text"))
}

/// Has cargo take what is not needed any more out of Cargo.lock. The first build would do it as well.
fn tidy_lock(folder: &Path) {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["update", "--workspace", "--offline", "--quiet"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .output();
    let reason = match output {
        Ok(output) if output.status.success() => return,
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(error) => error.to_string(),
    };
    eprintln!(
        "Cargo.lock still names packages that are not needed; the first build tidies it ({reason})"
    );
}

/// Makes a repository of the folder, unless the new application is in one, or there is no git.
fn begin_repository(destination: &Destination, folder: &Path) -> Result<bool> {
    if destination.is_in_repository() {
        eprintln!("No repository is made: {} is in one", destination.folder().display());
        return Ok(false);
    }
    let made = Command::new("git")
        .args(["-c", "advice.defaultBranchName=false", "init", "--quiet"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .output();
    match made {
        Ok(output) if output.status.success() => Ok(true),
        Ok(output) => bail!(
            "git makes no repository: {}; `--no-git` does without",
            String::from_utf8_lossy(&output.stderr).trim()
        ),
        Err(_) => {
            eprintln!("No repository is made: there is no git");
            Ok(false)
        }
    }
}

fn say_what_next(folder: &Path, files: usize, stripped: &[String], repository: bool) {
    let folder = folder.display();
    let without = if stripped.is_empty() {
        String::new()
    } else {
        format!(", without {}", stripped.join(", "))
    };
    let kept = KEPT.join(" and ");
    eprintln!("{folder} has {files} files: an application with {kept}{without}. Next:");
    eprintln!("  cd {folder}");
    eprintln!(
        "  cargo xtask dev                      builds it, and serves at http://localhost:3000"
    );
    eprintln!("  cargo xtask test                     its tests, on both databases");
    eprintln!("  cargo xtask new-feature NAME FIELD.. the next feature");
    if repository {
        eprintln!("  git add --all && git commit          it is a repository without a commit");
    }
}

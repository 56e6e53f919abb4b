//! The command line: commands, options and their help.

use clap::{ArgGroup, Args as Group, Parser, Subcommand, value_parser};
use client::{
    ServerUrl,
    auth::{Email, PersonName},
    tasks::{Description, SearchText, TaskId, Title},
};

const AFTER_HELP: &str = "\
Exit codes:
  0  done
  1  refused or failed; standard error says why
  2  the command line is wrong

Environment:
  THROUGHLINE_SERVER      the server, unless --server names one
  THROUGHLINE_CONFIG_DIR  the folder of credentials.json, instead of the user's usual one
  NO_COLOR                no colours when set";

/// Tasks on a Throughline server, from the terminal.
#[derive(Debug, Parser)]
#[command(name = "throughline", bin_name = "throughline", version, after_help = AFTER_HELP)]
pub struct Args {
    /// The server [default: the one signed in to last, else http://localhost:3000]
    #[arg(long, global = true, env = "THROUGHLINE_SERVER", hide_env = true, value_name = "URL")]
    pub server: Option<ServerUrl>,

    /// Print one JSON document: the result, or on standard error the problem
    #[arg(long, global = true)]
    pub json: bool,

    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open an account and sign in
    SignUp(SignUpArgs),
    /// Sign in, and stay signed in on this machine
    SignIn(SignInArgs),
    /// Sign out: the session ends here and on the server
    SignOut,
    /// Show who is signed in
    Whoami,
    /// List, show and change your tasks
    #[command(subcommand)]
    Tasks(TasksCommand),
}

#[derive(Debug, Group)]
pub struct SignUpArgs {
    /// The address to sign in with; asked for when it is left out
    #[arg(long)]
    pub email: Option<Email>,
    /// What you are called; asked for when it is left out
    #[arg(long)]
    pub name: Option<PersonName>,
    /// Read the password from standard input, up to the first line break, instead of asking for it
    #[arg(long, requires = "email", requires = "name")]
    pub password_stdin: bool,
}

#[derive(Debug, Group)]
pub struct SignInArgs {
    /// The address to sign in with; asked for when it is left out
    #[arg(long)]
    pub email: Option<Email>,
    /// Read the password from standard input, up to the first line break, instead of asking for it
    #[arg(long, requires = "email")]
    pub password_stdin: bool,
}

#[derive(Debug, Subcommand)]
pub enum TasksCommand {
    /// List tasks, newest first
    List(ListArgs),
    /// Add a task
    Add(AddArgs),
    /// Show a task with its description
    Show {
        /// The task's id
        id: TaskId,
    },
    /// Change the title or the description of a task
    Edit(EditArgs),
    /// Mark a task as done
    Done {
        /// The task's id
        id: TaskId,
        /// Mark it as not done
        #[arg(long)]
        undo: bool,
    },
    /// Delete tasks, one after the other; stops at the first that cannot be deleted
    Rm {
        /// The tasks' ids
        #[arg(required = true)]
        ids: Vec<TaskId>,
    },
}

#[derive(Debug, Default, Group)]
pub struct ListArgs {
    /// All of them, not only the first page
    #[arg(long, conflicts_with_all = ["limit", "cursor"])]
    pub all: bool,
    /// Only those that are done, or only those that are not
    #[arg(long, value_name = "true|false", hide_possible_values = true)]
    pub completed: Option<bool>,
    /// Only those with this text in the title; letter case does not count
    #[arg(long)]
    pub text: Option<SearchText>,
    /// How many at most; the server takes more than 100 as 100 [default: 20]
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(1..))]
    pub limit: Option<u64>,
    /// Where to go on: what the page before named, with the same filters
    #[arg(long)]
    pub cursor: Option<String>,
}

#[derive(Debug, Group)]
pub struct AddArgs {
    /// What has to be done
    pub title: Title,
    /// More about it
    #[arg(long)]
    pub description: Option<Description>,
    /// Its id, a UUID; adding the same task under the same id again makes no second one
    #[arg(long)]
    pub id: Option<TaskId>,
}

#[derive(Debug, Group)]
#[command(group = ArgGroup::new("changes").required(true).multiple(true))]
pub struct EditArgs {
    /// The task's id
    pub id: TaskId,
    /// What has to be done
    #[arg(long, group = "changes")]
    pub title: Option<Title>,
    /// More about it
    #[arg(long, group = "changes")]
    pub description: Option<Description>,
    /// Remove the description
    #[arg(long, group = "changes", conflicts_with = "description")]
    pub clear_description: bool,
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, error::ErrorKind};

    use super::*;

    const ID: &str = "019339e9-8f6a-7c3e-9b1d-2f4a6c8e0b12";

    fn parse(line: &str) -> Result<Args, ErrorKind> {
        Args::try_parse_from(line.split(' ')).map_err(|error| error.kind())
    }

    #[test]
    fn the_definition_holds_together() {
        Args::command().debug_assert();
    }

    #[test]
    fn options_stand_before_or_behind_the_command() {
        for line in [
            "throughline --json --server http://a whoami",
            "throughline whoami --server http://a --json",
        ] {
            let args = parse(line).unwrap();
            assert!(args.json && args.server.unwrap().as_str() == "http://a", "{line}");
        }
    }

    #[test]
    fn values_keep_their_limits() {
        let long = format!("throughline tasks add {}", "x".repeat(257));
        for line in [
            long.as_str(),
            "throughline --server localhost:3000 whoami",
            "throughline tasks show 7",
            "throughline tasks list --limit 0",
            "throughline tasks list --completed maybe",
            "throughline sign-in --email ada",
        ] {
            let kind = parse(line).unwrap_err();
            assert!(
                matches!(kind, ErrorKind::ValueValidation | ErrorKind::InvalidValue),
                "{line}: {kind:?}"
            );
        }
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        let both = format!("throughline tasks edit {ID} --description a --clear-description");
        for line in [
            &both,
            "throughline tasks list --all --cursor AQ",
            "throughline tasks list --all --limit 5",
        ] {
            assert_eq!(parse(line).unwrap_err(), ErrorKind::ArgumentConflict, "{line}");
        }
        let nothing = format!("throughline tasks edit {ID}");
        for line in [&nothing, "throughline tasks rm", "throughline sign-in --password-stdin"] {
            assert_eq!(parse(line).unwrap_err(), ErrorKind::MissingRequiredArgument, "{line}");
        }
    }

    #[test]
    fn an_edit_may_change_one_thing_or_all() {
        for change in
            ["--title a", "--description a", "--clear-description", "--title a --description b"]
        {
            assert!(parse(&format!("throughline tasks edit {ID} {change}")).is_ok(), "{change}");
        }
    }
}

//! The command line: commands, options and their help.

use std::{path::PathBuf, str::FromStr};

use clap::{
    ArgGroup, Args as Group, Parser, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
    value_parser,
};
use clap_complete::Shell;
use client::{
    ServerUrl, Timestamp,
    auth::{
        ActName, BanReason, Email, PersonName, Role, Scope, SessionId, TargetId, TokenId,
        TokenName, UserId,
    },
    flows::{FlowContent, FlowId, FlowSearch, FlowTitle},
    tasks::{Description, SearchText, TaskId, Title},
    users::{Bio, UserSearch},
};

const AFTER_HELP: &str = "\
Exit codes:
  0  done
  1  refused or failed; standard error says why
  2  the command line is wrong

Environment:
  THROUGHLINE_SERVER      the server, unless --server names one
  THROUGHLINE_TOKEN       an API token to call with, instead of the session that is kept
  THROUGHLINE_CONFIG_DIR  the folder of credentials.json, instead of the user's usual one
  NO_COLOR                no colours when set";

/// Tasks, flows and accounts on a Throughline server, from the terminal.
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
    /// List, show and change your flows
    #[command(subcommand)]
    Flows(FlowsCommand),
    /// Show and change what others see of you
    #[command(subcommand)]
    Profile(ProfileCommand),
    /// Change your password: you are signed out everywhere else
    Password(PasswordArgs),
    /// List and end your sessions
    #[command(subcommand)]
    Sessions(SessionsCommand),
    /// List, create and revoke API tokens for services
    #[command(subcommand)]
    Tokens(TokensCommand),
    /// Manage people, as an admin
    #[command(subcommand)]
    Users(UsersCommand),
    /// List what was done to accounts, newest first, as an admin
    Audit(AuditArgs),
    /// Print a script that completes commands in a shell
    #[command(after_help = COMPLETIONS_HELP)]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page, or write one for each command
    Man {
        /// The folder to write the pages of all commands to; it must be there
        #[arg(long)]
        dir: Option<PathBuf>,
    },
}

const COMPLETIONS_HELP: &str = "\
Examples:
  throughline completions bash > ~/.local/share/bash-completion/completions/throughline
  throughline completions zsh > \"${fpath[1]}/_throughline\"
  throughline completions fish > ~/.config/fish/completions/throughline.fish";

/// Which part of a list.
#[derive(Clone, Debug, Default, Group)]
pub struct PageArgs {
    /// All of them, not only the first page
    #[arg(long, conflicts_with_all = ["limit", "cursor"])]
    pub all: bool,
    /// How many at most; the server takes more than 100 as 100 [default: 20]
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(1..))]
    pub limit: Option<u64>,
    /// Where to go on: what the page before named, with the same filters
    #[arg(long)]
    pub cursor: Option<String>,
}

#[derive(Debug, Group)]
pub struct PasswordArgs {
    /// Read two lines from standard input, the current password and the new one, instead of asking for them
    #[arg(long)]
    pub password_stdin: bool,
}

#[derive(Debug, Subcommand)]
pub enum SessionsCommand {
    /// List where you are signed in, newest first
    List(PageArgs),
    /// End sessions of yours
    #[command(group = ArgGroup::new("which").required(true))]
    Revoke {
        /// The sessions' ids
        #[arg(value_parser = id::<SessionId>, group = "which")]
        ids: Vec<SessionId>,
        /// All but this one
        #[arg(long, group = "which")]
        others: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum TokensCommand {
    /// List your tokens, newest first, without their secrets
    List(PageArgs),
    /// Create a token and print its secret, which is shown only now
    Create {
        /// What it is for
        name: TokenName,
        /// What it may do; may be given twice
        #[arg(long = "scope", required = true, value_parser = PossibleValuesParser::new(["read", "write"]).try_map(|text| text.parse::<Scope>()))]
        scopes: Vec<Scope>,
        /// After how many days it ends [default: the server's, usually 90]
        #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=3650))]
        days: Option<u32>,
    },
    /// Revoke tokens: their next calls are refused
    Revoke {
        /// The tokens' ids
        #[arg(value_parser = id::<TokenId>, required = true)]
        ids: Vec<TokenId>,
    },
}

#[derive(Debug, Subcommand)]
pub enum FlowsCommand {
    /// List flows, newest first
    List {
        /// Only those with this text in title or content; letter case does not count
        #[arg(long)]
        text: Option<FlowSearch>,
        #[command(flatten)]
        page: PageArgs,
    },
    /// Add a flow
    Add {
        /// What it is called
        title: FlowTitle,
        /// What it is, in its own words
        content: FlowContent,
        /// Its id, a UUID; adding the same flow under the same id again makes no second one
        #[arg(value_parser = id::<FlowId>, long)]
        id: Option<FlowId>,
    },
    /// Show a flow with its content
    Show {
        /// The flow's id
        #[arg(value_parser = id::<FlowId>)]
        id: FlowId,
    },
    /// Change the title or the content of a flow
    #[command(group = ArgGroup::new("changes").required(true).multiple(true))]
    Edit {
        /// The flow's id
        #[arg(value_parser = id::<FlowId>)]
        id: FlowId,
        /// What it is called
        #[arg(long, group = "changes")]
        title: Option<FlowTitle>,
        /// What it is, in its own words
        #[arg(long, group = "changes")]
        content: Option<FlowContent>,
    },
    /// Delete flows, one after the other; stops at the first that cannot be deleted
    Rm {
        /// The flows' ids
        #[arg(value_parser = id::<FlowId>, required = true)]
        ids: Vec<FlowId>,
    },
}

#[derive(Debug, Subcommand)]
pub enum ProfileCommand {
    /// Show your profile, or what everybody sees of somebody
    Show {
        /// The person's id; your own when it is left out
        #[arg(value_parser = id::<UserId>)]
        id: Option<UserId>,
    },
    /// Change your profile
    #[command(group = ArgGroup::new("changes").required(true).multiple(true))]
    Edit {
        /// The address to sign in with
        #[arg(long, group = "changes")]
        email: Option<Email>,
        /// What you are called
        #[arg(long, group = "changes")]
        name: Option<PersonName>,
        /// What you say of yourself
        #[arg(long, group = "changes")]
        bio: Option<Bio>,
        /// Remove what you said of yourself
        #[arg(long, group = "changes", conflicts_with = "bio")]
        clear_bio: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum UsersCommand {
    /// List people, newest first
    List {
        /// Only those with this text in name or address; letter case does not count
        #[arg(long)]
        text: Option<UserSearch>,
        /// Only the one with this address
        #[arg(long)]
        email: Option<Email>,
        /// Only those of this role
        #[arg(long, value_parser = role())]
        role: Option<Role>,
        /// Only those who are banned, or only those who are not
        #[arg(long, value_name = "true|false", hide_possible_values = true)]
        banned: Option<bool>,
        #[command(flatten)]
        page: PageArgs,
    },
    /// Show a person
    Show {
        /// The person's id
        #[arg(value_parser = id::<UserId>)]
        id: UserId,
    },
    /// Give somebody a role
    Role {
        /// The person's id
        #[arg(value_parser = id::<UserId>)]
        id: UserId,
        /// The role
        #[arg(value_parser = role())]
        role: Role,
    },
    /// Ban somebody: their sessions end and their tokens are refused
    Ban {
        /// The person's id
        #[arg(value_parser = id::<UserId>)]
        id: UserId,
        /// Why; the person is told
        #[arg(long)]
        reason: BanReason,
        /// Until when, as 2026-12-31T00:00:00Z; for good when it is left out
        #[arg(value_parser = time, long, value_name = "TIME")]
        until: Option<Timestamp>,
    },
    /// Lift somebody's ban
    Unban {
        /// The person's id
        #[arg(value_parser = id::<UserId>)]
        id: UserId,
    },
}

#[derive(Debug, Group)]
pub struct AuditArgs {
    /// Only what this person did
    #[arg(value_parser = id::<UserId>, long, value_name = "ID")]
    pub actor: Option<UserId>,
    /// Only what was done to this person, session or token
    #[arg(value_parser = id::<TargetId>, long, value_name = "ID")]
    pub target: Option<TargetId>,
    /// Only acts of this name, as `token.created`
    #[arg(long)]
    pub act: Option<ActName>,
    #[command(flatten)]
    pub page: PageArgs,
}

/// Reads an id; what a UUID's parser says of one that is none helps nobody.
fn id<T: FromStr>(text: &str) -> Result<T, &'static str> {
    text.parse()
        .map_err(|_| "is no id: the lists show them, as 01a21d20-d75b-7740-abe8-0fef1c3eb31e")
}

/// Reads a point in time.
fn time(text: &str) -> Result<Timestamp, &'static str> {
    text.parse().map_err(|_| "is no point in time: write it as 2026-12-31T00:00:00Z")
}

fn role() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(["user", "moderator", "admin"]).try_map(|text| text.parse::<Role>())
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
        #[arg(value_parser = id::<TaskId>)]
        id: TaskId,
    },
    /// Change the title or the description of a task
    Edit(EditArgs),
    /// Mark a task as done
    Done {
        /// The task's id
        #[arg(value_parser = id::<TaskId>)]
        id: TaskId,
        /// Mark it as not done
        #[arg(long)]
        undo: bool,
    },
    /// Delete tasks, one after the other; stops at the first that cannot be deleted
    Rm {
        /// The tasks' ids
        #[arg(value_parser = id::<TaskId>, required = true)]
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
    #[arg(value_parser = id::<TaskId>, long)]
    pub id: Option<TaskId>,
}

#[derive(Debug, Group)]
#[command(group = ArgGroup::new("changes").required(true).multiple(true))]
pub struct EditArgs {
    /// The task's id
    #[arg(value_parser = id::<TaskId>)]
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
        let role = format!("throughline users role {ID} guest");
        for line in [
            long.as_str(),
            "throughline --server localhost:3000 whoami",
            "throughline tasks show 7",
            "throughline tasks list --limit 0",
            "throughline tasks list --completed maybe",
            "throughline sign-in --email ada",
            "throughline tokens create export --scope all",
            "throughline tokens create export --scope read --days 0",
            "throughline flows add ab content",
            &role,
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
        for line in [
            nothing.as_str(),
            "throughline tasks rm",
            "throughline sign-in --password-stdin",
            "throughline sessions revoke",
            "throughline tokens create export",
            "throughline profile edit",
            &format!("throughline users ban {ID}"),
        ] {
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

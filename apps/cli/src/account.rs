//! The commands about who is signed in.

use client::{
    CallError,
    auth::{Account, Email, SignIn, SignUp},
};
use serde_json::json;

use crate::{
    args::{SignInArgs, SignUpArgs},
    escape,
    failure::Failure,
    prompt,
    report::Report,
    session::Session,
};

/// `sign-up`: opens an account, and keeps its session.
pub async fn sign_up(session: &Session, args: SignUpArgs) -> Result<Report, Failure> {
    let email: Email = prompt::value(args.email, "e-mail address", "--email")?;
    let name = prompt::value(args.name, "name", "--name")?;
    let password =
        if args.password_stdin { prompt::piped_password()? } else { prompt::new_password()? };
    let call = session.api.auth().sign_up(SignUp { email, password, name });
    let account = call.await.map_err(|error| session.failure(error))?;
    session.begin(&account)?;
    Ok(signed_in(session, &account))
}

/// `sign-in`: keeps a new session.
pub async fn sign_in(session: &Session, args: SignInArgs) -> Result<Report, Failure> {
    let email: Email = prompt::value(args.email, "e-mail address", "--email")?;
    let password =
        if args.password_stdin { prompt::piped_password()? } else { prompt::password()? };
    let call = session.api.auth().sign_in(SignIn { email, password });
    let account = call.await.map_err(|error| session.failure(error))?;
    session.begin(&account)?;
    Ok(signed_in(session, &account))
}

/// `sign-out`: ends the session on the server, then forgets it here.
pub async fn sign_out(session: &Session) -> Result<Report, Failure> {
    let text = match session.api.auth().sign_out().await {
        Ok(_) => format!("signed out of {}\n", session.server()),
        // The session had ended before, which is what was asked for.
        Err(CallError::Fault(problem)) if problem.code == "request.unauthenticated" => {
            format!("nobody was signed in to {}\n", session.server())
        }
        // Kept in any other case: only who still has the session can end it.
        Err(error) => return Err(session.failure(error)),
    };
    session.end()?;
    Ok(Report::new(&json!({ "server": session.server().as_str() }), text))
}

/// `whoami`: asks the server.
pub async fn whoami(session: &Session) -> Result<Report, Failure> {
    let account = session.api.auth().me().await.map_err(|error| session.failure(error))?;
    let text = format!("{} at {}\n", person(&account), session.server());
    Ok(Report::new(&account, text))
}

fn signed_in(session: &Session, account: &Account) -> Report {
    let text = format!("signed in to {} as {}\n", session.server(), person(account));
    Report::new(account, text)
}

fn person(account: &Account) -> String {
    escape::line(&format!("{} <{}>", account.name, account.email))
}

//! The commands about what lets one in: the password, sessions, API tokens.

use client::auth::{
    ChangePassword, CreateToken, ListSessions, ListTokens, Scope, SessionById, SessionId,
    TokenById, TokenId, TokenName,
};
use serde_json::json;

use crate::{
    args::{PageArgs, PasswordArgs, SessionsCommand, TokensCommand},
    escape,
    failure::Failure,
    paging, prompt,
    report::Report,
    session::Session,
    table::Row,
    terminal::Terminal,
    times::{day, minute},
};

/// `password`: changes it.
pub async fn password(session: &Session, args: PasswordArgs) -> Result<Report, Failure> {
    let (current, new) = match args.password_stdin {
        true => prompt::piped_passwords()?,
        false => (prompt::current_password()?, prompt::new_password()?),
    };
    let call = session.api.auth().change_password(ChangePassword { current, new });
    call.await.map_err(|error| session.failure(error))?;
    let text = "the password is changed; you are signed out everywhere else\n";
    Ok(Report::new(&json!({ "changed": true }), text))
}

/// `sessions`: one of its commands.
pub async fn sessions(
    session: &Session,
    command: SessionsCommand,
    terminal: &Terminal,
) -> Result<Report, Failure> {
    match command {
        SessionsCommand::List(page) => list_sessions(session, page, terminal).await,
        SessionsCommand::Revoke { ids, others: false } => revoke_sessions(session, &ids).await,
        SessionsCommand::Revoke { others: true, .. } => {
            let call = session.api.auth().revoke_other_sessions();
            call.await.map_err(|error| session.failure(error))?;
            let text = "you are signed out everywhere else\n";
            Ok(Report::new(&json!({ "revoked": "others" }), text))
        }
    }
}

async fn list_sessions(
    session: &Session,
    page: PageArgs,
    terminal: &Terminal,
) -> Result<Report, Failure> {
    let found = paging::collect(page, terminal, "sessions", async |limit, cursor| {
        let call = session.api.auth().list_sessions(ListSessions { limit, cursor });
        call.await.map_err(|error| session.failure(error))
    });
    let found = found.await?;
    let header = ["ID", "THIS", "SEEN", "ADDRESS", "CLIENT"];
    Ok(paging::report(&found, "sessions", header, terminal.style, |one| Row {
        cells: [
            one.id.to_string(),
            if one.current { "yes" } else { "no" }.to_owned(),
            minute(one.last_seen_at),
            one.address.clone().map_or_else(|| "-".to_owned(), |address| escape::line(&address)),
            escape::line(one.user_agent.as_deref().unwrap_or("-")),
        ],
        dim: false,
    }))
}

async fn revoke_sessions(session: &Session, ids: &[SessionId]) -> Result<Report, Failure> {
    let mut revoked = Vec::new();
    for id in ids {
        match session.api.auth().revoke_session(SessionById { id: *id }).await {
            Ok(_) => revoked.push(id.to_string()),
            Err(error) => return Err(session.failure(error).after(done(&revoked))),
        }
    }
    Ok(done(&revoked))
}

/// `tokens`: one of its commands.
pub async fn tokens(
    session: &Session,
    command: TokensCommand,
    terminal: &Terminal,
) -> Result<Report, Failure> {
    match command {
        TokensCommand::List(page) => list_tokens(session, page, terminal).await,
        TokensCommand::Create { name, scopes, days } => create(session, name, scopes, days).await,
        TokensCommand::Revoke { ids } => revoke_tokens(session, &ids).await,
    }
}

async fn list_tokens(
    session: &Session,
    page: PageArgs,
    terminal: &Terminal,
) -> Result<Report, Failure> {
    let found = paging::collect(page, terminal, "tokens", async |limit, cursor| {
        let call = session.api.auth().list_tokens(ListTokens { limit, cursor });
        call.await.map_err(|error| session.failure(error))
    });
    let found = found.await?;
    let header = ["ID", "BEGINS WITH", "SCOPES", "ENDS", "USED", "NAME"];
    Ok(paging::report(&found, "tokens", header, terminal.style, |token| Row {
        cells: [
            token.id.to_string(),
            escape::line(&token.prefix),
            scopes(&token.scopes),
            match token.revoked_at {
                Some(_) => "revoked".to_owned(),
                None => day(token.expires_at),
            },
            token.last_used_at.map_or_else(|| "never".to_owned(), minute),
            escape::line(token.name.as_str()),
        ],
        dim: token.revoked_at.is_some(),
    }))
}

async fn create(
    session: &Session,
    name: TokenName,
    scopes: Vec<Scope>,
    days: Option<u32>,
) -> Result<Report, Failure> {
    let call = session.api.auth().create_token(CreateToken { name, scopes, days });
    let token = call.await.map_err(|error| session.failure(error))?;
    // The secret alone, so that it can be piped to where it is needed.
    let text = format!("{}\n", escape::line(&token.secret));
    let ends = day(token.expires_at);
    let note = format!("token {} until {ends}: its secret is shown only now", token.id);
    Ok(Report::new(&*token, text).note(note))
}

async fn revoke_tokens(session: &Session, ids: &[TokenId]) -> Result<Report, Failure> {
    let mut revoked = Vec::new();
    for id in ids {
        match session.api.auth().revoke_token(TokenById { id: *id }).await {
            Ok(_) => revoked.push(id.to_string()),
            Err(error) => return Err(session.failure(error).after(done(&revoked))),
        }
    }
    Ok(done(&revoked))
}

fn done(revoked: &[String]) -> Report {
    let text: String = revoked.iter().map(|id| format!("revoked  {id}\n")).collect();
    Report::new(&json!({ "revoked": revoked }), text)
}

fn scopes(scopes: &[Scope]) -> String {
    scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ")
}

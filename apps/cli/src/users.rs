//! The commands about people: one's own profile, and what admins do.

use client::{
    Patch,
    auth::{ListAudit, UserId},
    users::{BanUser, ListUsers, OwnProfile, Profile, SetRole, UpdateProfile, User, UserById},
};

use crate::{
    args::{AuditArgs, ProfileCommand, UsersCommand},
    escape,
    failure::Failure,
    paging,
    report::Report,
    session::Session,
    table::{Row, Style, fields},
    terminal::Terminal,
    times::{day, minute, minute_utc},
};

/// `profile`: one of its commands.
pub async fn profile(
    session: &Session,
    command: ProfileCommand,
    style: Style,
) -> Result<Report, Failure> {
    match command {
        ProfileCommand::Show { id: None } => {
            let profile = session.api.users().me().await;
            let profile = profile.map_err(|error| session.failure(error))?;
            Ok(Report::new(&profile, own_sheet(&profile, style)))
        }
        ProfileCommand::Show { id: Some(id) } => {
            let profile = session.api.users().profile(UserById { id }).await;
            let profile = profile.map_err(|error| session.failure(error))?;
            Ok(Report::new(&profile, public_sheet(&profile, style)))
        }
        ProfileCommand::Edit { email, name, bio, clear_bio } => {
            let input = UpdateProfile {
                email: email.map_or(Patch::Keep, Patch::Set),
                name: name.map_or(Patch::Keep, Patch::Set),
                bio: match (bio, clear_bio) {
                    (Some(bio), _) => Patch::Set(Some(bio)),
                    (None, true) => Patch::Set(None),
                    (None, false) => Patch::Keep,
                },
            };
            let profile = session.api.users().update_me(input).await;
            let profile = profile.map_err(|error| session.failure(error))?;
            Ok(Report::new(&profile, own_sheet(&profile, style)))
        }
    }
}

/// `users`: one of its commands.
pub async fn run(
    session: &Session,
    command: UsersCommand,
    terminal: &Terminal,
) -> Result<Report, Failure> {
    let users = session.api.users();
    let by_id = |id: UserId| UserById { id };
    let user = match command {
        command @ UsersCommand::List { .. } => return list(session, command, terminal).await,
        UsersCommand::Show { id } => {
            users.get(by_id(id)).await.map_err(|error| session.failure(error))?
        }
        UsersCommand::Role { id, role } => {
            let call = users.set_role(SetRole { id, role });
            call.await.map_err(|error| session.failure(error))?
        }
        UsersCommand::Ban { id, reason, until } => {
            let call = users.ban(BanUser { id, reason, until });
            call.await.map_err(|error| session.failure(error))?
        }
        UsersCommand::Unban { id } => {
            users.unban(by_id(id)).await.map_err(|error| session.failure(error))?
        }
    };
    Ok(Report::new(&user, sheet(&user, terminal.style)))
}

async fn list(
    session: &Session,
    command: UsersCommand,
    terminal: &Terminal,
) -> Result<Report, Failure> {
    let UsersCommand::List { text, email, role, banned, page } = command else {
        return Err(Failure::new("client.input", "this is no list"));
    };
    let found = paging::collect(page, terminal, "users", async |limit, cursor| {
        let (text, email) = (text.clone(), email.clone());
        let query = ListUsers { text, email, role, banned, limit, cursor };
        session.api.users().list(query).await.map_err(|error| session.failure(error))
    });
    let found = found.await?;
    let header = ["ID", "ROLE", "BANNED", "SINCE", "NAME"];
    Ok(paging::report(&found, "users", header, terminal.style, |user| Row {
        cells: [
            user.id.to_string(),
            user.role.to_string(),
            if user.ban.is_some() { "yes" } else { "no" }.to_owned(),
            day(user.created_at),
            escape::line(&format!("{} <{}>", user.name, user.email)),
        ],
        dim: user.ban.is_some(),
    }))
}

/// `audit`: what was done to accounts.
pub async fn audit(
    session: &Session,
    args: AuditArgs,
    terminal: &Terminal,
) -> Result<Report, Failure> {
    let AuditArgs { actor, target, act, page } = args;
    let found = paging::collect(page, terminal, "entries", async |limit, cursor| {
        let query = ListAudit { actor, target, act: act.clone(), limit, cursor };
        session.api.auth().list_audit(query).await.map_err(|error| session.failure(error))
    });
    let found = found.await?;
    let header = ["WHEN", "WHO", "ACT", "TARGET", "FROM", "DETAIL"];
    let or_dash =
        |text: Option<String>| text.map_or_else(|| "-".to_owned(), |text| escape::line(&text));
    Ok(paging::report(&found, "entries", header, terminal.style, |entry| Row {
        cells: [
            minute(entry.at),
            or_dash(entry.actor.map(|actor| actor.to_string())),
            escape::line(entry.act.as_str()),
            or_dash(entry.target.map(|target| target.to_string())),
            or_dash(entry.address.clone()),
            or_dash(entry.detail.clone()),
        ],
        dim: false,
    }))
}

/// A person with all that an admin sees.
fn sheet(user: &User, style: Style) -> String {
    let mut rows = vec![
        ("id", user.id.to_string()),
        ("name", escape::line(user.name.as_str())),
        ("email", escape::line(user.email.as_str())),
        ("role", user.role.to_string()),
    ];
    if let Some(ban) = &user.ban {
        let until = ban.until.map_or_else(|| "for good".to_owned(), minute_utc);
        rows.push(("banned", until));
        if let Some(reason) = &ban.reason {
            rows.push(("reason", escape::lines(reason.as_str())));
        }
    }
    rows.push(("since", minute_utc(user.created_at)));
    fields(&rows, style)
}

fn own_sheet(profile: &OwnProfile, style: Style) -> String {
    let mut rows = vec![
        ("id", profile.id.to_string()),
        ("name", escape::line(profile.name.as_str())),
        ("email", escape::line(profile.email.as_str())),
        ("role", profile.role.to_string()),
    ];
    if let Some(bio) = &profile.bio {
        rows.push(("bio", escape::lines(bio.as_str())));
    }
    rows.push(("since", minute_utc(profile.created_at)));
    fields(&rows, style)
}

fn public_sheet(profile: &Profile, style: Style) -> String {
    let mut rows =
        vec![("id", profile.id.to_string()), ("name", escape::line(profile.name.as_str()))];
    if let Some(bio) = &profile.bio {
        rows.push(("bio", escape::lines(bio.as_str())));
    }
    rows.push(("since", minute_utc(profile.created_at)));
    fields(&rows, style)
}

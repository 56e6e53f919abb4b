//! The demo account of a development server.

use anyhow::{Context, Result};
use db::Database;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use throughline_auth::{Accounts, UserId, users};

/// Its address.
pub const EMAIL: &str = "demo@example.org";
/// Its password, which is no secret: the account is only made for development.
pub const PASSWORD: &str = "throughline";
/// What it is called.
pub const NAME: &str = "Demo";

/// Makes the account.
///
/// # Errors
/// When there is one, or the database is away.
pub async fn make(accounts: &Accounts) -> Result<UserId> {
    let made = accounts.create(EMAIL.parse()?, PASSWORD.parse()?, NAME.parse()?).await;
    let made =
        made.map_err(|failure| anyhow::anyhow!("the demo account could not be made: {failure:?}"))?;
    Ok(made.id)
}

/// The account, which is made when there is none.
///
/// # Errors
/// When the database is away.
pub async fn find_or_make(db: &Database, accounts: &Accounts) -> Result<UserId> {
    let known = users::Entity::find().filter(users::Column::CanonicalEmail.eq(EMAIL)).one(db).await;
    match known.context("the demo account could not be looked up")? {
        Some(demo) => Ok(demo.id),
        None => make(accounts).await,
    }
}

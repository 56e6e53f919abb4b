//! The values of an account, with their limits.

use std::{fmt, str::FromStr};

use throughline::{Id, Text, input};
use uuid::Uuid;

/// A person's id.
#[derive(Id)]
pub struct UserId(Uuid);

/// An e-mail address, under which a person signs in. Letter case does not count.
#[derive(Text)]
#[text(chars = 3..=254, format = "email", example = "ada@example.org", check = looks_like_email)]
pub struct Email(String);

/// One `@` with something around it, and no character that nobody sees: only a message can prove more (RFC 5321 allows
/// nearly anything).
fn looks_like_email(text: &str) -> Result<(), &'static str> {
    let well_formed = match text.split_once('@') {
        Some((local, domain)) => {
            !local.is_empty()
                && !domain.is_empty()
                && !domain.contains('@')
                && !text.contains(is_invisible)
        }
        None => false,
    };
    if well_formed { Ok(()) } else { Err("is not an e-mail address") }
}

/// White space, control and format characters: what would let two addresses look alike, or one look like another.
fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// A password in clear: 8 to 256 characters of any kind, never cut off (ASVS 5.0, 6.2.1, 6.2.8,
/// 6.2.9).
#[derive(Text)]
#[text(chars = 8..=256, format = "password", secret)]
pub struct Password(String);

/// What a person is called.
#[derive(Text)]
#[text(chars = 1..=100, example = "Ada Lovelace")]
pub struct PersonName(String);

/// What somebody may do beside what everybody may with their own. Each role may do all that those before it may.
#[input]
#[derive(Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(
    feature = "orm",
    derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum),
    sea_orm(rs_type = "String", db_type = "String(sea_orm::sea_query::StringLen::N(16))")
)]
pub enum Role {
    /// Own rows only.
    #[default]
    #[cfg_attr(feature = "orm", sea_orm(string_value = "user"))]
    User,
    /// What the application lets moderators do with what others write.
    #[cfg_attr(feature = "orm", sea_orm(string_value = "moderator"))]
    Moderator,
    /// Everything, also with other people's accounts.
    #[cfg_attr(feature = "orm", sea_orm(string_value = "admin"))]
    Admin,
}

impl Role {
    /// The role's name, as it stands on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Moderator => "moderator",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::User, Self::Moderator, Self::Admin]
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or("is none of user, moderator, admin")
    }
}

/// Why somebody is banned; the person is told.
#[derive(Text)]
#[text(chars = 1..=500, example = "Advertises in other people's comments")]
pub struct BanReason(String);

/// A session, as its owner sees it: made from what the database keeps, and of no use as a credential.
#[derive(Id)]
pub struct SessionId(Uuid);

/// An API token's id, of no use as a credential.
#[derive(Id)]
pub struct TokenId(Uuid);

/// What an API token is for, as its owner calls it.
#[derive(Text)]
#[text(chars = 1..=100, example = "Nightly export")]
pub struct TokenName(String);

/// What an API token may do.
#[input]
#[derive(Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Call procedures that change nothing.
    Read,
    /// Call procedures that change something.
    Write,
}

impl Scope {
    /// The scope's name, as it stands on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Read, Self::Write]
            .into_iter()
            .find(|scope| scope.as_str() == text)
            .ok_or("is none of read, write")
    }
}

/// An entry of the audit.
#[derive(Id)]
pub struct AuditId(Uuid);

/// What was done, in two words with a dot between them: `token.created`.
#[derive(Text)]
#[text(chars = 3..=64, example = "token.created")]
pub struct ActName(String);

/// What something was done to: an account, a session, a token.
#[derive(Id)]
pub struct TargetId(Uuid);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_at_sign_and_nothing_that_nobody_sees() {
        for good in
            ["ada@example.org", "a@b", "ada+x@münchen.example", "\"a\"@example.org", "日本@例え.jp"]
        {
            assert!(good.parse::<Email>().is_ok(), "{good}");
        }
        for bad in [
            "ada",
            "@b.c",
            "ada@",
            "a@b@c",
            "a b@c",
            "ada@example.org\r\nbcc:x",
            "a\u{7}@b.c",
            "a\u{200b}@b.c",
            "a@b\u{202e}.c",
            "a\u{ad}@b.c",
            "\u{feff}a@b.c",
            "a@\u{2066}b.c",
        ] {
            assert!(bad.parse::<Email>().is_err(), "{bad:?}");
        }
    }
}

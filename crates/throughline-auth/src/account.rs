//! The values of an account, with their limits.

use throughline::{Id, Text};
use uuid::Uuid;

/// A person's id.
#[derive(Id)]
pub struct UserId(Uuid);

/// An e-mail address, under which a person signs in. Letter case does not count.
#[derive(Text)]
#[text(chars = 3..=254, format = "email", example = "ada@example.org", check = looks_like_email)]
pub struct Email(String);

impl Email {
    /// The form under which addresses are compared: in lower case.
    pub fn canonical(&self) -> String {
        self.0.to_lowercase()
    }
}

/// One `@` with something around it and no white space: only a message can prove more (RFC 5321
/// allows nearly anything).
fn looks_like_email(text: &str) -> Result<(), &'static str> {
    let well_formed = match text.split_once('@') {
        Some((local, domain)) => {
            !local.is_empty()
                && !domain.is_empty()
                && !domain.contains('@')
                && !text.contains(char::is_whitespace)
        }
        None => false,
    };
    if well_formed { Ok(()) } else { Err("is not an e-mail address") }
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

//! Asks a person for what the command line left out.

use std::{
    fmt::Display,
    io::{self, BufRead, IsTerminal, Read, Write},
    str::FromStr,
};

use client::auth::Password;

use crate::failure::Failure;

/// The longest line that is read, in bytes: more than any value here may have.
const LONGEST: u64 = 64 * 1024;

/// The value, or else what is typed at `question`; `option` is how to give it on the command line.
pub fn value<T: FromStr<Err: Display>>(
    given: Option<T>,
    question: &str,
    option: &str,
) -> Result<T, Failure> {
    if let Some(value) = given {
        return Ok(value);
    }
    if !io::stdin().is_terminal() {
        let text = format!("there is no terminal to ask for the {question} on");
        return Err(Failure::new("client.input", text).hint(format!("give it with {option}")));
    }
    // The question goes where it is seen when standard output goes into a file.
    let _ = write!(io::stderr(), "{question}: ");
    let text = first_line(io::stdin().lock())?;
    text.trim().parse().map_err(|error| invalid(question, &error))
}

/// A password, typed without showing it.
pub fn password() -> Result<Password, Failure> {
    let typed = rpassword::prompt_password("password: ").map_err(|error| {
        let text = format!("there is no terminal to ask for the password on: {error}");
        Failure::new("client.input", text).hint("pipe it in with --password-stdin")
    })?;
    typed.parse().map_err(|error| invalid("password", &error))
}

/// The password so far, typed without showing it.
pub fn current_password() -> Result<Password, Failure> {
    let _ = writeln!(io::stderr(), "The current password, then the new one.");
    password()
}

/// The current password and the new one, a line each, from standard input.
pub fn piped_passwords() -> Result<(Password, Password), Failure> {
    let mut text = String::new();
    io::stdin().lock().take(LONGEST).read_to_string(&mut text).map_err(|error| {
        Failure::new("client.input", format!("cannot read standard input: {error}"))
    })?;
    let (current, new) = two_lines(&text);
    let current = current.parse().map_err(|error| invalid("current password", &error))?;
    Ok((current, new.parse().map_err(|error| invalid("new password", &error))?))
}

/// The first two lines, without their breaks.
fn two_lines(text: &str) -> (&str, &str) {
    let mut lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    (lines.next().unwrap_or_default(), lines.next().unwrap_or_default())
}

/// A new password, typed twice.
pub fn new_password() -> Result<Password, Failure> {
    let password = password()?;
    let again = rpassword::prompt_password("the same again: ");
    match again {
        Ok(again) if again == password.as_str() => Ok(password),
        _ => Err(Failure::new("client.input", "the two passwords differ").hint("try again")),
    }
}

/// A password from standard input, up to the first line break.
pub fn piped_password() -> Result<Password, Failure> {
    let text = first_line(io::stdin().lock())?;
    text.parse().map_err(|error| invalid("password", &error))
}

fn first_line(input: impl Read) -> Result<String, Failure> {
    let mut line = String::new();
    let read = io::BufReader::new(input.take(LONGEST)).read_line(&mut line);
    read.map_err(|error| {
        Failure::new("client.input", format!("cannot read standard input: {error}"))
    })?;
    let line = line.strip_suffix('\n').unwrap_or(&line);
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}

fn invalid(what: &str, why: &dyn Display) -> Failure {
    Failure::new("client.input", format!("the {what} {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_passwords_are_two_lines() {
        assert_eq!(two_lines("a b\r\n c \nd"), ("a b", " c "));
        assert_eq!(two_lines("a"), ("a", ""));
    }

    #[test]
    fn a_line_ends_at_its_break_and_keeps_its_spaces() {
        for (input, line) in
            [(" a b \nsecond", " a b "), ("a\r\n", "a"), ("a", "a"), ("", ""), ("a\r\r\n", "a\r")]
        {
            assert_eq!(first_line(input.as_bytes()).unwrap(), line, "{input:?}");
        }
        assert!(first_line(&b"\xff\n"[..]).is_err());
    }
}

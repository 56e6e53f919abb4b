//! Asks on the terminal before data is lost.

use std::io::{self, IsTerminal, Write};

use db::Location;
use migrations::Rollback;

use crate::failure::Failure;

/// Asks whether everything may go.
///
/// # Errors
/// Unless somebody says yes.
pub(crate) fn reset(location: &Location) -> Result<(), Failure> {
    agreed(&format!("this deletes everything in {location}"))
}

/// Shows what a rollback undoes and loses, and asks whether it may.
///
/// # Errors
/// Unless somebody says yes.
pub(crate) fn rollback(location: &Location, plan: &Rollback) -> Result<(), Failure> {
    let mut said = String::from("this");
    for name in &plan.undone {
        said.push_str(&format!("\n  undoes  {name}"));
    }
    for loss in &plan.lost {
        said.push_str(&format!("\n  loses   {loss}"));
    }
    agreed(&format!("{said}\nin {location}"))
}

/// Asks on the terminal. Without one there is nobody to ask, which is an error.
fn agreed(said: &str) -> Result<(), Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::NobodyToAsk { said: said.to_owned() });
    }
    let mut screen = io::stderr();
    write!(screen, "{said}\nType `yes` to go on: ")?;
    screen.flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    if answer.trim() == "yes" { Ok(()) } else { Err(Failure::Declined) }
}

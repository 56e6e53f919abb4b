//! Asks on the terminal for what a feature needs, when nothing was said.

use std::io::{self, BufRead, IsTerminal, Write};

use anyhow::{Context, Result, bail};

use crate::{
    feature::{Feature, Request},
    field::Field,
    house::House,
};

/// Asks for name, fields and options, each until the answer will do.
///
/// # Errors
/// When there is no terminal, or it ends.
pub fn request(house: &House, today: chrono::NaiveDate) -> Result<Request> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        bail!(
            "say what to write, as in `cargo xtask new-feature products title:string:1..256`; see `--help` (there is no terminal to ask on)"
        );
    }
    say("A feature is called after many: products, order_items.");
    let mut request = Request::default();
    loop {
        request.name = answer("name")?;
        // With some field, because a feature without one is refused.
        let named = Request { fields: vec!["some_field:bool".to_owned()], ..request.clone() };
        match Feature::plan(&named, house, today) {
            Ok(_) => break,
            Err(error) => say(&format!("  {error:#}")),
        }
    }
    say(
        "Fields: title:string:1..256  about:string?:..1000  price_cents:i64:0..  status:enum(active,inactive)  due:date?",
    );
    say(
        "        starts:datetime  config:ref(configs)  tags:json  active:bool=false  ratio:f64  sku:string:1..64:unique",
    );
    loop {
        let field =
            answer(if request.fields.is_empty() { "field" } else { "another field, or nothing" })?;
        if field.is_empty() && !request.fields.is_empty() {
            break;
        }
        let mut with = request.clone();
        with.fields.push(field.clone());
        match Field::parse(&field)
            .map_err(Into::into)
            .and_then(|_| Feature::plan(&with, house, today))
        {
            Ok(_) => request = with,
            Err(error) => say(&format!("  {error:#}")),
        }
    }
    request.public_read = yes("May everybody read them, without an account?")?;
    request.admin = yes("May only admins write them?")?;
    if !request.admin {
        request.no_owner = !yes("Does each belong to whoever made it?")?;
    }
    Ok(request)
}

fn say(line: &str) {
    eprintln!("{line}");
}

fn answer(question: &str) -> Result<String> {
    eprint!("{question}: ");
    io::stderr().flush().context("cannot write to the terminal")?;
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line).context("cannot read the answer")?;
    if read == 0 {
        bail!("nothing was changed");
    }
    Ok(line.trim().to_owned())
}

fn yes(question: &str) -> Result<bool> {
    loop {
        match answer(&format!("{question} [y/n]"))?.to_lowercase().as_str() {
            "y" | "yes" => return Ok(true),
            "n" | "no" => return Ok(false),
            _ => say("  y or n"),
        }
    }
}

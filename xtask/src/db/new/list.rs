//! The list of migrations in `lib.rs`: two lines more, and the rest as it was.

use anyhow::{Result, bail};

use super::Name;

/// The list with `mod` and `push` of one more migration, each after the last of its kind. Comments, blank lines, indentation
/// and line ends stay as they are.
pub(super) fn with(text: &str, module: &str) -> Result<String> {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    add(&mut lines, declared, &format!("mod {module};"))?;
    add(&mut lines, pushed, &format!("migrations.push(Box::new({module}::Migration));"))?;
    Ok(lines.concat())
}

/// Adds a line after the last one that is of this kind, indented and ended as that one.
fn add(lines: &mut Vec<String>, kind: fn(&str) -> Option<Name>, new: &str) -> Result<()> {
    let Some(at) = lines.iter().rposition(|line| kind(line.trim()).is_some()) else {
        bail!("it has no line such as `{new}` after which to put the new one: add it by hand");
    };
    let last = &mut lines[at];
    let indent: String = last.chars().take_while(|letter| letter.is_whitespace()).collect();
    let end = if last.ends_with("\r\n") { "\r\n" } else { "\n" };
    if !last.ends_with('\n') {
        last.push_str(end);
    }
    lines.insert(at + 1, format!("{indent}{new}{end}"));
    Ok(())
}

/// The migration of `mod m20261120_000003_tasks;`.
fn declared(line: &str) -> Option<Name> {
    Name::of(line.strip_prefix("mod ")?.split_once(';')?.0.trim())
}

/// The migration of `migrations.push(Box::new(m20261120_000003_tasks::Migration));`.
fn pushed(line: &str) -> Option<Name> {
    let line = line.strip_prefix("migrations.push(Box::new(")?;
    Name::of(line.split_once("::Migration));")?.0.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_stays() -> Result<()> {
        let text = "mod m20260101_000001_a;\r\n// mod m20260101_000009_gone;\r\nmod run;\r\n\
            \tmigrations.push(Box::new(m20260101_000001_a::Migration)); // first\r\n\t// end\r\n";
        let new = with(text, "m20260102_000002_b")?;
        assert_eq!(
            new,
            "mod m20260101_000001_a;\r\nmod m20260102_000002_b;\r\n\
             // mod m20260101_000009_gone;\r\nmod run;\r\n\
             \tmigrations.push(Box::new(m20260101_000001_a::Migration)); // first\r\n\
             \tmigrations.push(Box::new(m20260102_000002_b::Migration));\r\n\t// end\r\n"
        );
        Ok(())
    }

    #[test]
    fn a_list_of_another_form_is_refused() {
        for text in
            ["", "mod m20260101_000001_a;\n", "vec![Box::new(m20260101_000001_a::Migration)]"]
        {
            assert!(with(text, "m20260102_000002_b").is_err(), "{text}");
        }
    }
}

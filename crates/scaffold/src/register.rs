//! The lines by which the rest of the application knows a feature.

use anyhow::Result;

use crate::{draft, edit::Edit, feature::Feature, house::House, journal::Change};

/// The files that name features, with this one added. `http` is the text of its tests over HTTP, if there are any.
///
/// # Errors
/// When one of them is not as the house writes it: with the place and what was looked for.
pub fn changes(feature: &Feature, house: &House, http: Option<&str>) -> Result<Vec<Change>> {
    let (plural, types) = (feature.plural.snake(), feature.plural.pascal());
    let mut changes = Vec::new();
    let mut change = |place: &str, with: &dyn Fn(&mut Edit<'_>) -> Result<()>| -> Result<()> {
        let old = house.read(place)?;
        let mut edit = Edit::new(place, old.clone())?;
        with(&mut edit)?;
        changes.push(Change { place: place.to_owned(), old: Some(old), new: edit.finish() });
        Ok(())
    };
    let any = |_: &str| true;
    change("crates/db/src/lib.rs", &|edit| edit.module(&plural, true, any))?;
    change("crates/db/src/schema.rs", &|edit| {
        edit.used("crate", &plural)?;
        edit.element("TABLES", &format!("table::<{plural}::Entity>({plural}::INDEXES)"))
    })?;
    change("crates/db/tests/it/main.rs", &|edit| edit.module(&plural, false, any))?;
    change("crates/contract/src/lib.rs", &|edit| {
        edit.module(&plural, true, |module| module != "levels")?;
        edit.field_in_macro("api", &format!("{plural}: {plural}::{types}Client"))?;
        edit.statement("describe", &format!("{plural}::{types}Contract::describe(visitor);"))
    })?;
    change("crates/contract/tests/it/main.rs", &|edit| {
        let contract = format!("contract::{plural}::{types}Contract");
        edit.element_of_local("contracts", &format!("({contract}::TAG, {contract}::DOC)"))
    })?;
    change("crates/server/src/lib.rs", &|edit| {
        edit.module(&plural, false, |module| !["app", "health", "router"].contains(&module))
    })?;
    change("crates/server/src/router.rs", &|edit| {
        edit.used("contract", &format!("{plural}::{types}Contract"))?;
        edit.call_in_chain("contract", &format!(".contract({types}Contract, served.clone())"))
    })?;
    change("crates/client/src/lib.rs", &|edit| edit.used("contract", &plural))?;
    change("migrations/src/lib.rs", &|edit| {
        edit.module(&feature.migration, false, |module| {
            module.starts_with('m') && module.contains('_')
        })?;
        edit.statement(
            "migrations",
            &format!("migrations.push(Box::new({}::Migration));", feature.migration),
        )
    })?;
    if !feature.owned && !feature.admin {
        change("crates/server/tests/it/walk.rs", &|edit| {
            edit.element("SHARED", &format!("\"{plural}\""))
        })?;
    }
    if let Some(http) = http {
        change("crates/server/tests/it/main.rs", &|edit| {
            edit.module(&plural, false, any)?;
            let tests: String = draft::http_tests(http)
                .iter()
                .map(|test| format!("    async fn {test}(db: TestDatabase) {{\n        {plural}::{test}(&Server::start(&db).await).await;\n    }}\n"))
                .collect();
            edit.end_of_macro("on_both", &tests)
        })?;
    }
    Ok(changes)
}

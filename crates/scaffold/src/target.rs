//! What a reference refers to: facts about another feature, read from its sources.

use anyhow::{Result, bail};
use syn::{FnArg, Item, ReturnType, Type, Visibility};

use crate::{house::House, name::Name};

/// The feature that a field refers to.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its name, of many.
    pub name: Name,
    /// Its name, of one.
    pub singular: Name,
    /// Its table.
    pub table: String,
    /// The type of its id.
    pub id: String,
    /// The module of its entity, as the crate `db` calls it.
    pub path: String,
    /// Whether its rows have owners, and nobody else may refer to them.
    pub owned: bool,
    /// An expression of a test in `db` that makes one and is its id. `{owner}` stands for whose it is.
    pub make: Option<String>,
}

impl Target {
    /// Looks the feature up.
    ///
    /// # Errors
    /// When there is none of this name, or its sources are not as the house writes them.
    pub fn find(house: &House, name: &Name) -> Result<Self> {
        if name.snake() == "users" {
            return Ok(Self {
                name: name.clone(),
                singular: name.singular(),
                table: "users".to_owned(),
                id: "UserId".to_owned(),
                path: "throughline_auth::users".to_owned(),
                owned: false,
                make: Some("{owner}".to_owned()),
            });
        }
        let place = format!("crates/db/src/{name}/table.rs");
        if house.read_if_there(&place)?.is_none() {
            let there = features(house)?;
            let meant =
                if house.path(&format!("crates/db/src/{}/table.rs", name.plural())).is_file() {
                    format!("; do you mean `ref({})`?", name.plural())
                } else {
                    String::new()
                };
            bail!(
                "there is no feature `{name}` to refer to: there are {}{meant}",
                there.join(", ")
            );
        }
        let file = house.parse(&place)?;
        let model = file.items.iter().find_map(|item| match item {
            Item::Struct(item) if item.ident == "Model" => Some(item),
            _ => None,
        });
        let Some(model) = model else { bail!("{place} has no `struct Model`") };
        let field = |wanted: &str| {
            model
                .fields
                .iter()
                .find(|field| field.ident.as_ref().is_some_and(|ident| ident == wanted))
        };
        let Some(id) = field("id").and_then(|field| last_segment(&field.ty)) else {
            bail!("{place}: the rows of `{name}` have no `id`, which a reference would refer to");
        };
        if !is_reachable(house, name)? {
            bail!(
                "crates/db/src/{name}.rs keeps its module `table` to itself, where a relation has to reach: write `pub(crate) mod table;`"
            );
        }
        let owned = field("created_by").is_some() && !is_public(house, name)?;
        let make = maker(house, &id)?;
        Ok(Self {
            name: name.clone(),
            singular: name.singular(),
            table: table_name(model).unwrap_or_else(|| name.snake()),
            id,
            path: format!("crate::{name}::table"),
            owned,
            make,
        })
    }
}

/// The features that have a table, and `users`.
pub fn features(house: &House) -> Result<Vec<String>> {
    let mut there = Vec::new();
    for name in house.modules("crates/db/src/lib.rs")? {
        if name != "users" && house.path(&format!("crates/db/src/{name}/table.rs")).is_file() {
            there.push(name);
        }
    }
    there.push("users".to_owned());
    Ok(there)
}

/// Whether everybody may read its rows: then everybody may refer to them.
fn is_public(house: &House, name: &Name) -> Result<bool> {
    let place = format!("crates/contract/src/{name}.rs");
    let Some(text) = house.read_if_there(&place)? else { return Ok(false) };
    let file = crate::house::parse(&place, &text)?;
    let public = file.items.iter().any(|item| match item {
        Item::Trait(item) => item.items.iter().any(|item| match item {
            syn::TraitItem::Fn(method) if method.sig.ident == "get" => {
                method.sig.inputs.iter().any(|input| match input {
                    FnArg::Typed(input) => argument(&input.ty).as_deref() == Some("Public"),
                    FnArg::Receiver(_) => false,
                })
            }
            _ => false,
        }),
        _ => false,
    });
    Ok(public)
}

/// Whether other entities reach the module of the entity: what SeaORM writes for a relation names more than is exported.
fn is_reachable(house: &House, name: &Name) -> Result<bool> {
    let file = house.parse(&format!("crates/db/src/{name}.rs"))?;
    Ok(file.items.iter().any(|item| match item {
        Item::Mod(module) => {
            module.ident == "table" && !matches!(module.vis, Visibility::Inherited)
        }
        _ => false,
    }))
}

/// A function in the tests of `db` that makes a row and returns its id, as a call.
fn maker(house: &House, id: &str) -> Result<Option<String>> {
    let folder = "crates/db/tests/it";
    for file in house.files(folder)? {
        let Some(module) = file.strip_suffix(".rs").filter(|module| *module != "main") else {
            continue;
        };
        let parsed = house.parse(&format!("{folder}/{file}"))?;
        for item in parsed.items {
            let Item::Fn(function) = item else { continue };
            let returns = match &function.sig.output {
                ReturnType::Type(_, ty) => last_segment(ty),
                ReturnType::Default => None,
            };
            let visible = !matches!(function.vis, Visibility::Inherited);
            if !visible || function.sig.asyncness.is_none() || returns.as_deref() != Some(id) {
                continue;
            }
            let arguments: Option<Vec<String>> = function.sig.inputs.iter().map(value).collect();
            if let Some(arguments) = arguments {
                let call = &function.sig.ident;
                return Ok(Some(format!(
                    "crate::{module}::{call}({}).await",
                    arguments.join(", ")
                )));
            }
        }
    }
    Ok(None)
}

/// What a test gives to a parameter of this type.
fn value(input: &FnArg) -> Option<String> {
    let FnArg::Typed(input) = input else { return None };
    let value = match &*input.ty {
        Type::Reference(reference) => match last_segment(&reference.elem)?.as_str() {
            "TestDatabase" => "db",
            "str" => "&format!(\"name {number}\")",
            _ => return None,
        },
        ty => match last_segment(ty)?.as_str() {
            "UserId" => "{owner}",
            "Timestamp" => "at(0)",
            "u32" => "number",
            _ => return None,
        },
    };
    Some(value.to_owned())
}

fn last_segment(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        _ => None,
    }
}

/// The type inside of `Cx<..>`.
fn argument(ty: &Type) -> Option<String> {
    let Type::Path(path) = ty else { return None };
    let syn::PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments
    else {
        return None;
    };
    match arguments.args.first()? {
        syn::GenericArgument::Type(ty) => last_segment(ty),
        _ => None,
    }
}

/// What `#[sea_orm(table_name = "..")]` says.
fn table_name(model: &syn::ItemStruct) -> Option<String> {
    let mut found = None;
    for attribute in model.attrs.iter().filter(|attribute| attribute.path().is_ident("sea_orm")) {
        // What else stands there is SeaORM's business, and ends this.
        let _ = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("table_name") {
                found = Some(meta.value()?.parse::<syn::LitStr>()?.value());
            }
            Ok(())
        });
    }
    found
}

//! A feature as it was asked for, checked against what is there.

use anyhow::{Result, bail};

use crate::{
    field::{Field, Kind},
    house::House,
    name::Name,
    reserved,
    target::Target,
};

/// The longest name of a feature: the longest index, `<feature>_created_by_created_at_id`, has to fit PostgreSQL's 63.
const LONGEST: usize = 36;
/// The most bytes of a name in PostgreSQL.
const IDENTIFIER: usize = 63;

/// What somebody asks for.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The feature's name, of many.
    pub name: String,
    /// The name of one, where it is not plain.
    pub singular: Option<String>,
    /// The fields, as they were written.
    pub fields: Vec<String>,
    /// Whether everybody may read.
    pub public_read: bool,
    /// Whether only admins may write.
    pub admin: bool,
    /// Whether rows have no owner.
    pub no_owner: bool,
    /// Which operations there are; none for all.
    pub only: Vec<Operation>,
}

/// What may be done with rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Operation {
    /// List them, page by page.
    List,
    /// Get one.
    Get,
    /// Create one.
    Create,
    /// Change one.
    Update,
    /// Delete one.
    Delete,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::List, Self::Get, Self::Create, Self::Update, Self::Delete];
}

/// A feature that can be written.
#[derive(Clone, Debug)]
pub struct Feature {
    /// Its name, of many.
    pub plural: Name,
    /// Its name, of one.
    pub singular: Name,
    /// Its fields, in their order.
    pub fields: Vec<(Field, Option<Target>)>,
    /// Whether rows have owners.
    pub owned: bool,
    /// Whether everybody may read.
    pub public: bool,
    /// Whether only admins may write.
    pub admin: bool,
    /// What may be done.
    pub operations: Vec<Operation>,
    /// The module of its migration.
    pub migration: String,
}

impl Feature {
    /// Checks a request.
    ///
    /// # Errors
    /// Why it cannot be written, with what to write instead.
    pub fn plan(request: &Request, house: &House, today: chrono::NaiveDate) -> Result<Self> {
        let plural = Name::parse(&request.name, LONGEST)?;
        let singular = singular_of(&plural, request.singular.as_deref())?;
        if let Some(why) = reserved::feature(&plural.snake(), &singular.snake(), &singular.pascal())
        {
            bail!("a feature cannot be called `{plural}`: {why}");
        }
        is_free(house, &plural, &singular)?;
        if request.fields.is_empty() {
            bail!("`{plural}` has no fields: add some, as in `title:string:1..256`");
        }
        let mut fields: Vec<(Field, Option<Target>)> = Vec::new();
        for text in &request.fields {
            let field = Field::parse(text)?;
            let column = field.column();
            if fields.iter().any(|(there, _)| there.column() == column || there.name == field.name)
            {
                bail!("there are two fields `{}`: call one of them differently", field.name);
            }
            let target = match &field.kind {
                Kind::Ref(name) if *name == plural || *name == singular => {
                    bail!(
                        "field `{column}` refers to `{plural}` itself: write that by hand, once the feature is there"
                    );
                }
                Kind::Ref(name) => Some(
                    Target::find(house, name)
                        .map_err(|error| anyhow::anyhow!("field `{column}`: {error:#}"))?,
                ),
                _ => None,
            };
            if let Some(target) = &target
                && !field.optional
                && target.make.is_none()
            {
                bail!(
                    "field `{column}`: the tests of `db` have no public function that makes a row of `{}` and returns its id, which tests of `{plural}` need: \
                     add `pub async fn {}(db: &TestDatabase, owner: UserId, number: u32, now: Timestamp) -> {}` to crates/db/tests/it/{}.rs",
                    target.name,
                    target.singular,
                    target.id,
                    target.name
                );
            }
            fields.push((field, target));
        }
        let operations = if request.only.is_empty() {
            Operation::ALL.to_vec()
        } else {
            let asked = Operation::ALL.into_iter();
            asked.filter(|operation| request.only.contains(operation)).collect()
        };
        let feature = Self {
            migration: next_migration(house, &plural, today)?,
            owned: !request.no_owner && !request.admin,
            public: request.public_read,
            admin: request.admin,
            plural,
            singular,
            fields,
            operations,
        };
        feature.fits_identifiers()?;
        feature.has_distinct_types()?;
        Ok(feature)
    }

    /// Whether there is this operation.
    pub fn has(&self, operation: Operation) -> bool {
        self.operations.contains(&operation)
    }

    /// Whether anything is written.
    pub fn writes(&self) -> bool {
        self.has(Operation::Create) || self.has(Operation::Update)
    }

    /// The fields that refer to others.
    pub fn references(&self) -> impl Iterator<Item = (&Field, &Target)> {
        self.fields.iter().filter_map(|(field, target)| Some((field, target.as_ref()?)))
    }

    /// All names that PostgreSQL would cut off without a word.
    fn fits_identifiers(&self) -> Result<()> {
        for (field, target) in &self.fields {
            let name = match (target, field.unique) {
                (Some(_), _) => format!("{}_{}_fkey", self.plural, field.column()),
                (None, true) => format!("{}_created_by_{}", self.plural, field.column()),
                (None, false) => continue,
            };
            if name.len() > IDENTIFIER {
                bail!(
                    "`{name}` has more than the {IDENTIFIER} characters of a name in PostgreSQL: shorten `{}` or `{}`",
                    self.plural,
                    field.column()
                );
            }
        }
        Ok(())
    }

    /// Types of fields carry the feature's name; no two may come out the same.
    fn has_distinct_types(&self) -> Result<()> {
        let one = self.singular.pascal();
        let types: Vec<String> = self
            .fields
            .iter()
            .filter(|(field, _)| matches!(field.kind, Kind::Text { .. } | Kind::Enum(_)))
            .map(|(field, _)| format!("{one}{}", field.name.pascal()))
            .collect();
        for own in ["Id", "Summary", "ById", "Error", "Search", "Client", "Contract"] {
            let own = format!("{one}{own}");
            if types.contains(&own) {
                bail!(
                    "a field's type would be called `{own}`, as another one of the feature: call the field differently"
                );
            }
        }
        for (index, name) in types.iter().enumerate() {
            if types[..index].contains(name) {
                bail!(
                    "two fields' types would both be called `{name}`: call one of them differently"
                );
            }
        }
        Ok(())
    }
}

/// The name of one.
fn singular_of(plural: &Name, given: Option<&str>) -> Result<Name> {
    if let Some(given) = given {
        let singular = Name::parse(given, LONGEST)?;
        if singular == *plural {
            bail!("many are called `{plural}` and so is one: types and modules need two names");
        }
        return Ok(singular);
    }
    let (one, many) = (plural.singular(), plural.plural());
    if one == *plural && many == *plural {
        bail!(
            "one is called `{plural}`, and so are many: say what one is called with `--singular {}`, or take another word",
            plural.and("item")
        );
    }
    if many != *plural {
        bail!(
            "a feature is called after many: `{many}`, not `{plural}` (or say what one is called with `--singular`)"
        );
    }
    Ok(one)
}

/// Refuses names that something else has.
fn is_free(house: &House, plural: &Name, singular: &Name) -> Result<()> {
    for place in ["crates/db/src/lib.rs", "crates/contract/src/lib.rs", "crates/server/src/lib.rs"]
    {
        let modules = house.modules(place)?;
        if let Some(there) =
            modules.iter().find(|module| [plural.snake(), singular.snake()].contains(module))
        {
            bail!(
                "`{there}` is there already: {place} names it. A feature that is there is changed by hand; CONTRIBUTING.md says how"
            );
        }
    }
    for layer in [
        "crates/db/src",
        "crates/contract/src",
        "crates/server/src",
        "crates/db/tests/it",
        "crates/server/tests/it",
    ] {
        let place = format!("{layer}/{plural}.rs");
        if house.path(&place).exists() {
            bail!("{place} is there already: move it away, or take another name");
        }
    }
    let folder = format!("crates/db/src/{plural}");
    if house.path(&folder).exists() {
        bail!("{folder} is there already: move it away, or take another name");
    }
    let document = house.document()?;
    let (one, many) = (singular.pascal(), plural.pascal());
    let types = [
        one.clone(),
        format!("{one}Id"),
        format!("{one}Summary"),
        format!("{one}ById"),
        format!("Create{one}"),
        format!("Update{one}"),
        format!("List{many}"),
    ];
    let schemas = document["components"]["schemas"].as_object();
    if let Some(taken) =
        schemas.into_iter().flatten().map(|(name, _)| name).find(|name| types.contains(name))
    {
        bail!(
            "the document has a schema `{taken}` already, which the feature `{plural}` would have too: take another name"
        );
    }
    let path = format!("/{}", plural.kebab());
    let paths = document["paths"].as_object();
    if let Some(taken) =
        paths.into_iter().flatten().map(|(name, _)| name).find(|taken| taken.ends_with(&path))
    {
        bail!("the document has the path `{taken}` already: take another name");
    }
    Ok(())
}

/// The module of a new migration: after all that there are, by name too.
fn next_migration(house: &House, plural: &Name, today: chrono::NaiveDate) -> Result<String> {
    let mut date = today.format("%Y%m%d").to_string();
    let mut number = 0;
    for file in house.files("migrations/src")? {
        let Some((there, rest)) = file.strip_prefix('m').and_then(|name| name.split_once('_'))
        else {
            continue;
        };
        let Some(ordinal) = rest.split('_').next().and_then(|ordinal| ordinal.parse::<u32>().ok())
        else {
            continue;
        };
        if there.len() != 8 || !there.chars().all(|c| c.is_ascii_digit()) {
            continue;
        }
        number = number.max(ordinal);
        // A clock that is behind does not put it before those that there are.
        if there > date.as_str() {
            date = there.to_owned();
        }
    }
    Ok(format!("m{date}_{:06}_{plural}", number + 1))
}

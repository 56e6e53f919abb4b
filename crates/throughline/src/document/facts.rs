//! What the document needs to know of a procedure, read off its types once, so that all that
//! follows is plain code over plain data.

use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

use super::components::Components;
use crate::{
    ApiError, Case, Codec, Cursor, EffectSpec, FaultKind, Field, Input, Level, Method, Output,
    Param, Place, Procedure, Schemas, Security, WireSchema,
};

/// A procedure without its types.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) id: &'static str,
    pub(super) tag: &'static str,
    pub(super) method: Method,
    /// Below the prefix.
    pub(super) path: &'static str,
    pub(super) doc: &'static str,
    pub(super) read: bool,
    /// The input's fields with the places where they travel.
    pub(super) fields: &'static [Field],
    pub(super) statuses: &'static [u16],
    /// Whether a success carries a `Location`.
    pub(super) location: bool,
    pub(super) security: Security,
    /// The name of the error type.
    pub(super) error: &'static str,
    pub(super) effects: &'static [EffectSpec],
    pub(super) schemas: Written,
}

/// The schemas of a procedure as JSON.
#[derive(Debug)]
pub(super) struct Written {
    /// Those of the fields outside the body, by their names on the wire.
    pub(super) parameters: BTreeMap<String, Value>,
    /// That of the request's body, if it has one.
    pub(super) body: Option<Value>,
    /// That of a success's body, if it has one.
    pub(super) output: Option<Value>,
    /// The declared errors with those of their fields.
    pub(super) cases: Vec<(Case, Value)>,
    /// The faults that values of the input may cause beside being invalid.
    pub(super) faults: Vec<&'static FaultKind>,
}

impl Facts {
    /// Reads off `P`; the schemas that it refers to become components.
    pub(super) fn of<P: Procedure>(components: &mut Components) -> Self {
        let fields = <P::Codec as Codec<P::Input>>::FIELDS;
        Self {
            id: P::ID,
            tag: P::TAG,
            method: P::METHOD,
            path: P::PATH,
            doc: P::DOC,
            read: P::READ,
            fields,
            statuses: <P::Output as Output>::STATUSES,
            location: <P::Output as Output>::LOCATION,
            security: <P::Level as Level>::SECURITY,
            error: std::any::type_name::<P::Error>(),
            effects: P::EFFECTS,
            schemas: Shown::by::<P>().write(P::ID, fields, components),
        }
    }

    /// The input's field with this name in Rust.
    pub(super) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.field == name)
    }

    /// The fields of the path, the query and the headers.
    pub(super) fn outside(&self) -> impl Iterator<Item = &'static Field> {
        self.fields.iter().filter(|field| place(field) != Place::Body)
    }
}

/// Where a field travels.
pub(super) fn place(field: &Field) -> Place {
    // The codec of a query places each field; that of a body leaves the body's own without a place.
    field.place.unwrap_or(Place::Body)
}

/// The schemas that a procedure's types show, each with those that it refers to.
struct Shown {
    parameters: (RefOr<Schema>, Schemas),
    /// What a body would look like, also where there is none.
    rest: (RefOr<Schema>, Schemas),
    has_body: bool,
    output: Option<(RefOr<Schema>, Schemas)>,
    cases: Vec<(Case, RefOr<Schema>)>,
    case_schemas: Schemas,
}

impl Shown {
    fn by<P: Procedure>() -> Self {
        let mut case_schemas = Schemas::new();
        let cases = <P::Error as ApiError>::cases().into_iter();
        Self {
            parameters: with_schemas(|schemas| {
                <<P::Input as Input>::Parameters as ToSchema>::schemas(schemas);
                <<P::Input as Input>::Parameters as PartialSchema>::schema()
            }),
            rest: with_schemas(<P::Input as Input>::body_schema),
            has_body: <P::Codec as Codec<P::Input>>::BODY,
            output: <P::Output as Output>::BODY
                .then(|| with_schemas(<<P::Output as Output>::Body as WireSchema>::schema)),
            cases: cases.map(|case| (case, (case.fields)(&mut case_schemas))).collect(),
            case_schemas,
        }
    }

    /// The same as JSON. What they refer to becomes components of the operation `id`.
    fn write(self, id: &str, fields: &'static [Field], components: &mut Components) -> Written {
        let mut faults: Vec<_> = fields.iter().filter_map(|field| field.fault).collect();
        let mut parameters = properties(&self.parameters);
        let (rest, mut rest_schemas) = self.rest;
        let body = if self.has_body {
            // Inside a body no field says by itself which fault its value may cause.
            let cursor = <Cursor as ToSchema>::name();
            if rest_schemas.iter().any(|(name, _)| *name == cursor) {
                faults.extend(<Cursor as Param>::FAULT);
            }
            Some(rest)
        } else {
            // What would be the body travels in the query. Its struct has a name only as a body, so
            // it is taken apart and does not become a component.
            let own = referred(&rest);
            let all = properties(&(rest, rest_schemas.clone()));
            parameters.extend(all);
            rest_schemas.retain(|(name, _)| Some(name) != own.as_ref());
            None
        };
        let place = format!("`{id}`");
        let (output, output_schemas) = self.output.unzip();
        let shared = [
            self.parameters.1,
            rest_schemas,
            output_schemas.unwrap_or_default(),
            self.case_schemas,
        ];
        for (name, schema) in shared.into_iter().flatten() {
            let schema = components.write(&schema, &place);
            components.schema(&name, schema, &place);
        }
        let mut write = |schema: &RefOr<Schema>| components.write(schema, &place);
        Written {
            parameters: parameters
                .iter()
                .map(|(name, schema)| (name.clone(), write(schema)))
                .collect(),
            body: body.as_ref().map(&mut write),
            output: output.as_ref().map(&mut write),
            cases: self.cases.iter().map(|(case, fields)| (*case, write(fields))).collect(),
            faults,
        }
    }
}

fn with_schemas(show: impl FnOnce(&mut Schemas) -> RefOr<Schema>) -> (RefOr<Schema>, Schemas) {
    let mut schemas = Schemas::new();
    let schema = show(&mut schemas);
    (schema, schemas)
}

/// The name that a schema refers to.
fn referred(schema: &RefOr<Schema>) -> Option<String> {
    match schema {
        RefOr::Ref(to) => to.ref_location.rsplit_once('/').map(|(_, name)| name.to_owned()),
        RefOr::T(_) => None,
    }
}

/// The properties of an object, also of one that stands among the schemas.
fn properties((schema, schemas): &(RefOr<Schema>, Schemas)) -> BTreeMap<String, RefOr<Schema>> {
    let name = referred(schema);
    let named = schemas.iter().rfind(|(known, _)| Some(known) == name.as_ref());
    match named.map_or(schema, |(_, schema)| schema) {
        RefOr::T(Schema::Object(object)) => object.properties.clone().into_iter().collect(),
        _ => BTreeMap::new(),
    }
}

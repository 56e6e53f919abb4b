//! What the document needs to know of a procedure, read off its types once, so that all that
//! follows is plain code over plain data.

use serde_json::{Map, Value};
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
    /// The faults that values of the input may cause beside being invalid.
    pub(super) faults: Vec<&'static FaultKind>,
    /// The schemas of the fields outside the body, by their names on the wire.
    pub(super) parameters: Map<String, Value>,
    /// The schema of the request's body, if it has one.
    pub(super) body: Option<Value>,
    pub(super) statuses: &'static [u16],
    /// Whether a success carries a `Location`.
    pub(super) location: bool,
    /// The schema of a success's body, if it has one.
    pub(super) output: Option<Value>,
    pub(super) security: Security,
    /// The name of the error type.
    pub(super) error: &'static str,
    /// The declared errors with the schemas of their fields.
    pub(super) cases: Vec<(Case, Value)>,
    pub(super) effects: &'static [EffectSpec],
}

impl Facts {
    /// Reads off `P`; the schemas that it refers to become components.
    pub(super) fn of<P: Procedure>(components: &mut Components) -> Self {
        let place = format!("`{}`", P::ID);
        let body = <P::Codec as Codec<P::Input>>::BODY;
        let fields = <P::Codec as Codec<P::Input>>::FIELDS;
        let unmarked = <P::Input as Input>::FIELDS.iter().any(|field| field.place.is_none());

        let mut schemas = Schemas::new();
        let mut parameters = properties(parameters_of::<P::Input>(&mut schemas), &schemas);
        let output = <P::Output as Output>::BODY.then(|| output_of::<P::Output>(&mut schemas));
        let cases: Vec<(Case, RefOr<Schema>)> = <P::Error as ApiError>::cases()
            .into_iter()
            .map(|case| (case, (case.fields)(&mut schemas)))
            .collect();
        let mut of_body = Schemas::new();
        let body_schema = <P::Input as Input>::body_schema(&mut of_body);
        let mut faults: Vec<_> = fields.iter().filter_map(|field| field.fault).collect();
        if body && of_body.iter().any(|(name, _)| *name == <Cursor as ToSchema>::name()) {
            // Inside a body no field says by itself which fault its value may cause.
            faults.extend(<Cursor as Param>::FAULT);
        }
        if !body && unmarked {
            // The fields that would be the body travel in the query. Their struct has a name only
            // as a body, so it is taken apart and does not become a component.
            let own = reference(&body_schema);
            parameters.extend(properties(body_schema.clone(), &of_body));
            of_body.retain(|(name, _)| Some(name) != own.as_ref());
        }
        let body_schema = body.then_some(body_schema);

        schemas.extend(of_body);
        for (name, schema) in schemas {
            let schema = components.write(&schema, &place);
            components.schema(&name, schema, &place);
        }
        let mut write = |schema: &RefOr<Schema>| components.write(schema, &place);
        Self {
            id: P::ID,
            tag: P::TAG,
            method: P::METHOD,
            path: P::PATH,
            doc: P::DOC,
            read: P::READ,
            fields,
            faults,
            parameters: parameters
                .iter()
                .map(|(name, schema)| (name.clone(), write(schema)))
                .collect(),
            body: body_schema.as_ref().map(&mut write),
            statuses: <P::Output as Output>::STATUSES,
            location: <P::Output as Output>::LOCATION,
            output: output.as_ref().map(&mut write),
            security: <P::Level as Level>::SECURITY,
            error: std::any::type_name::<P::Error>(),
            cases: cases.iter().map(|(case, fields)| (*case, write(fields))).collect(),
            effects: P::EFFECTS,
        }
    }

    /// The input's field with this name in Rust.
    pub(super) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.field == name)
    }

    /// Where a field travels.
    pub(super) fn place(&self, field: &Field) -> Place {
        // Only the fields of a body are left without a place when the codec has placed them.
        field.place.unwrap_or(Place::Body)
    }

    /// The fields of the path, the query and the headers.
    pub(super) fn outside(&self) -> impl Iterator<Item = &'static Field> {
        self.fields.iter().filter(|field| self.place(field) != Place::Body)
    }
}

fn parameters_of<I: Input>(schemas: &mut Schemas) -> RefOr<Schema> {
    <I::Parameters as ToSchema>::schemas(schemas);
    <I::Parameters as PartialSchema>::schema()
}

fn output_of<O: Output>(schemas: &mut Schemas) -> RefOr<Schema> {
    <O::Body as WireSchema>::schema(schemas)
}

/// The name that a schema refers to.
fn reference(schema: &RefOr<Schema>) -> Option<String> {
    match schema {
        RefOr::Ref(reference) => {
            reference.ref_location.rsplit_once('/').map(|(_, name)| name.to_owned())
        }
        RefOr::T(_) => None,
    }
}

/// The properties of an object, also of one that stands among `schemas`.
fn properties(
    schema: RefOr<Schema>,
    schemas: &Schemas,
) -> std::collections::BTreeMap<String, RefOr<Schema>> {
    let name = reference(&schema);
    let named = schemas.iter().rfind(|(known, _)| Some(known) == name.as_ref());
    match named.map_or(schema, |(_, schema)| schema.clone()) {
        RefOr::T(Schema::Object(object)) => object.properties.into_iter().collect(),
        _ => Default::default(),
    }
}

//! What goes into a procedure, and where each field of it travels: path, query, header or body.

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::{Serialize, de::DeserializeOwned};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

use crate::{Fault, Param, Schemas, Validate, Violation, json, url};

/// Where a field travels.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// A segment of the path.
    Path,
    /// A query parameter; repeated for a list.
    Query,
    /// A header.
    Header,
    /// The JSON body.
    Body,
}

/// One field of an input, as the macro saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The field's name in Rust.
    pub field: &'static str,
    /// Its name on the wire.
    pub name: &'static str,
    /// Where it was marked to travel. `None` for an unmarked field: in the query of `GET` and `DELETE`, in the body
    /// otherwise.
    pub place: Option<Place>,
    /// Whether it is the whole body (`#[body]`), not a member of it.
    pub whole_body: bool,
    /// Whether a call without it is refused. Only meant for fields outside the body: there the schema says it.
    pub required: bool,
    /// Whether it stands in the request once for each of its items.
    pub repeated: bool,
    /// A fault that the value may cause, beside being invalid: a malformed cursor.
    pub fault: Option<&'static crate::FaultKind>,
}

/// The input of a procedure. Put [`#[input]`](macro@crate::input) on a struct with named fields.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an input",
    label = "not an input",
    note = "put `#[input]` on it: a struct with named fields"
)]
pub trait Input: Validate + Clone + Send + Sync + 'static {
    /// The fields, in their order.
    const FIELDS: &'static [Field];
    /// Whether a field is a [`Patch`](crate::Patch).
    const PATCHES: bool;
    /// Whether a field is marked `#[body]`.
    const WHOLE_BODY: bool;
    /// The JSON body, where there is one.
    type Body: Serialize + DeserializeOwned + Send;
    /// An object schema whose properties are the fields outside the body.
    type Parameters: ToSchema;

    /// Takes the marked fields out of the request and joins them with the body. `None` when something is missing or bad;
    /// the reader then knows what.
    fn read(request: &mut RequestReader<'_>, body: Option<Self::Body>) -> Option<Self>;
    /// Writes the marked fields.
    fn write(&self, request: &mut RequestWriter);
    /// The schema of the body; pushes the schemas that it refers to.
    fn body_schema(schemas: &mut Schemas) -> RefOr<Schema>;
    /// The body as JSON.
    ///
    /// # Errors
    /// What serde reports, for example a map whose keys are no strings.
    fn body(&self) -> serde_json::Result<Vec<u8>>;
}

/// An input whose unmarked fields fit a query: what `GET` and `DELETE` take.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not travel in a query, and GET and DELETE have no body",
    label = "has to be a body",
    note = "take `#[body]` off its field, so that all fields travel in the query, or use `#[post(\"..\", read)]` for a read with a body"
)]
pub trait QueryInput: Input {
    /// The fields as they stand outside a body.
    const PARAMETERS: &'static [Field];
    /// Reads all fields, the unmarked ones from the query.
    fn read_query(request: &mut RequestReader<'_>) -> Option<Self>;
    /// Writes all fields, the unmarked ones into the query.
    fn write_query(&self, request: &mut RequestWriter);
}

/// How an input travels: decided by the method, a type so that the compiler checks that it fits.
pub trait Codec<I: Input>: 'static {
    /// Whether the request has a JSON body.
    const BODY: bool;
    /// The fields with their places.
    const FIELDS: &'static [Field];
    /// Where unmarked fields travel.
    const REST: Place;
    /// Reads the input; what is wrong goes into `request`.
    fn read(request: &mut RequestReader<'_>, body: Option<&[u8]>) -> Option<I>;
    /// Writes the input.
    ///
    /// # Errors
    /// What serde reports of the body.
    fn write(input: &I, request: &mut RequestWriter) -> serde_json::Result<()>;
}

/// Unmarked fields travel in the query: `GET` and `DELETE`.
#[derive(Clone, Copy, Debug)]
pub struct QueryCodec;

impl<I: QueryInput> Codec<I> for QueryCodec {
    const BODY: bool = false;
    const FIELDS: &'static [Field] = I::PARAMETERS;
    const REST: Place = Place::Query;
    fn read(request: &mut RequestReader<'_>, _: Option<&[u8]>) -> Option<I> {
        I::read_query(request)
    }
    fn write(input: &I, request: &mut RequestWriter) -> serde_json::Result<()> {
        input.write_query(request);
        Ok(())
    }
}

/// Unmarked fields travel in the JSON body: `POST`, `PUT` and `PATCH`.
#[derive(Clone, Copy, Debug)]
pub struct BodyCodec;

/// Whether an input has anything that belongs in a body.
const fn has_body(fields: &[Field]) -> bool {
    let mut i = 0;
    while i < fields.len() {
        if matches!(fields[i].place, None | Some(Place::Body)) {
            return true;
        }
        i += 1;
    }
    false
}

impl<I: Input> Codec<I> for BodyCodec {
    const BODY: bool = has_body(I::FIELDS);
    const FIELDS: &'static [Field] = I::FIELDS;
    const REST: Place = Place::Body;
    fn read(request: &mut RequestReader<'_>, body: Option<&[u8]>) -> Option<I> {
        let body = if <Self as Codec<I>>::BODY {
            let body = body.unwrap_or_default();
            // Serde takes an array for a struct, field by field; the document says that it is an object.
            if I::WHOLE_BODY || body.trim_ascii_start().starts_with(b"{") {
                json::decode::<I::Body>(body, &mut request.violations)
            } else {
                request.violations.push(Violation {
                    place: Place::Body,
                    pointer: String::new(),
                    code: "type".into(),
                    detail: "must be a JSON object".to_owned(),
                });
                None
            }
        } else {
            // An input without body fields has `NoBody`, which any JSON fits: `null` stands for the absent body.
            serde_json::from_slice(b"null").ok()
        };
        I::read(request, body)
    }
    fn write(input: &I, request: &mut RequestWriter) -> serde_json::Result<()> {
        input.write(request);
        if <Self as Codec<I>>::BODY {
            request.body = Some(input.body()?);
        }
        Ok(())
    }
}

/// The body of an input without body fields.
#[derive(Clone, Copy, Debug, Default, serde::Serialize, ToSchema)]
pub struct NoBody {}

impl<'de> serde::Deserialize<'de> for NoBody {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer).map(|_| Self {})
    }
}

impl Input for () {
    const FIELDS: &'static [Field] = &[];
    const PATCHES: bool = false;
    const WHOLE_BODY: bool = false;
    type Body = NoBody;
    type Parameters = NoBody;
    fn read(_: &mut RequestReader<'_>, _: Option<NoBody>) -> Option<Self> {
        Some(())
    }
    fn write(&self, _: &mut RequestWriter) {}
    fn body_schema(_: &mut Schemas) -> RefOr<Schema> {
        NoBody::schema()
    }
    fn body(&self) -> serde_json::Result<Vec<u8>> {
        Ok(Vec::new())
    }
}

impl QueryInput for () {
    const PARAMETERS: &'static [Field] = &[];
    fn read_query(_: &mut RequestReader<'_>) -> Option<Self> {
        Some(())
    }
    fn write_query(&self, _: &mut RequestWriter) {}
}

/// Path, query and headers of a request, and what was found wrong with them so far.
#[derive(Debug)]
pub struct RequestReader<'a> {
    path: &'a [(&'a str, String)],
    query: Vec<(String, String)>,
    headers: &'a HeaderMap,
    pub(crate) violations: Vec<Violation>,
}

impl<'a> RequestReader<'a> {
    /// Reads the query string, strictly.
    ///
    /// # Errors
    /// `request.malformed_url` when a percent-encoding is broken or does not yield UTF-8.
    pub fn new(
        path: &'a [(&'a str, String)],
        query: &str,
        headers: &'a HeaderMap,
    ) -> Result<Self, Fault> {
        Ok(Self { path, query: url::parse_query(query)?, headers, violations: Vec::new() })
    }

    /// What was found wrong so far.
    pub fn into_violations(self) -> Vec<Violation> {
        self.violations
    }

    /// One parameter; what is wrong with it is noted.
    pub fn take<T: Param>(&mut self, place: Place, name: &'static str) -> Option<T> {
        let read = match place {
            Place::Header => {
                let mut values = Vec::new();
                for value in self.headers.get_all(name) {
                    match value.to_str() {
                        // One line with commas and several lines say the same (RFC 9110, section 5.3).
                        Ok(text) if T::REPEATED => {
                            values.extend(
                                text.split(',').map(str::trim).filter(|item| !item.is_empty()),
                            );
                        }
                        Ok(text) => values.push(text),
                        Err(_) => {
                            self.refuse(place, name, "type", "is not visible ASCII");
                            return None;
                        }
                    }
                }
                T::read(&values)
            }
            Place::Path => {
                let values: Vec<&str> =
                    self.path.iter().filter(|(n, _)| *n == name).map(|(_, v)| v.as_str()).collect();
                T::read(&values)
            }
            Place::Query | Place::Body => {
                let values: Vec<&str> =
                    self.query.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str()).collect();
                T::read(&values)
            }
        };
        match read {
            Ok(value) => Some(value),
            Err(detail) => {
                let code = if detail == crate::param::REQUIRED { "required" } else { "type" };
                self.refuse(place, name, code, &detail);
                None
            }
        }
    }

    /// Like [`take`](Self::take), with a value for a parameter that does not stand in the request.
    pub fn take_or<T: Param>(
        &mut self,
        place: Place,
        name: &'static str,
        default: impl FnOnce() -> T,
    ) -> Option<T> {
        let present = match place {
            Place::Header => self.headers.contains_key(name),
            Place::Path => self.path.iter().any(|(n, _)| *n == name),
            Place::Query | Place::Body => self.query.iter().any(|(n, _)| n == name),
        };
        if present { self.take(place, name) } else { Some(default()) }
    }

    fn refuse(&mut self, place: Place, name: &str, code: &'static str, detail: &str) {
        self.violations.push(Violation {
            place,
            pointer: format!("/{}", crate::validate::escape(name)),
            code: code.into(),
            detail: detail.to_owned(),
        });
    }
}

/// A request being written by a client.
#[derive(Debug, Default)]
pub struct RequestWriter {
    pub(crate) path: Vec<(&'static str, String)>,
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) violations: Vec<Violation>,
}

impl RequestWriter {
    /// Writes one parameter; what cannot stand there is noted.
    pub fn put<T: Param>(&mut self, place: Place, name: &'static str, value: &T) {
        let mut values = Vec::new();
        value.write(&mut values);
        for value in values {
            match place {
                // URL parsers resolve dot segments, even percent-encoded ones (WHATWG URL, section 4.5): such a value
                // would call another route.
                Place::Path if matches!(value.as_str(), "" | "." | "..") => {
                    self.refuse(
                        place,
                        name,
                        "path_segment",
                        "cannot stand in a path: it is empty or a dot segment",
                    );
                }
                Place::Path => self.path.push((name, value)),
                Place::Query | Place::Body => self.query.push((name, value)),
                Place::Header if T::REPEATED && (value.is_empty() || value.contains(',')) => {
                    self.refuse(
                        place,
                        name,
                        "header_value",
                        "cannot stand in a header's list: it is empty or has a comma in it",
                    );
                }
                // Blanks around a header's value are not part of it (RFC 9110, section 5.5).
                Place::Header if value.trim() != value => {
                    self.refuse(
                        place,
                        name,
                        "header_value",
                        "cannot stand in a header: it begins or ends with a blank",
                    );
                }
                Place::Header => match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                    (Ok(name), Ok(value)) if value.to_str().is_ok() => {
                        self.headers.push((name, value))
                    }
                    _ => self.refuse(
                        place,
                        name,
                        "header_value",
                        "cannot stand in a header: it is not visible ASCII",
                    ),
                },
            }
        }
    }

    fn refuse(&mut self, place: Place, name: &str, code: &'static str, detail: &str) {
        self.violations.push(Violation {
            place,
            pointer: format!("/{}", crate::validate::escape(name)),
            code: code.into(),
            detail: detail.to_owned(),
        });
    }
}

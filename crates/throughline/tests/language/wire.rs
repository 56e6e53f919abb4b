//! A request as a client writes it and a server reads it, without anything in between.

use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;
use throughline::{
    CallError, Codec, Procedure, RequestReader, Validator, Violation, WireRequest, encode_request,
};

/// The request of a call.
pub fn sent<P: Procedure>(input: impl Into<P::Input>) -> WireRequest {
    match encode_request::<P>(&input.into()) {
        Ok(request) => request,
        Err(CallError::Invalid(violations)) => panic!("not sent: {:?}", short(&violations)),
        Err(_) => panic!("not sent"),
    }
}

/// What keeps a call from being sent.
pub fn refused<P: Procedure>(input: impl Into<P::Input>) -> Vec<String> {
    match encode_request::<P>(&input.into()) {
        Err(CallError::Invalid(violations)) => short(&violations),
        Ok(request) => panic!("sent as {request:?}"),
        Err(_) => panic!("not sent for another reason"),
    }
}

/// The body of a request as text.
pub fn body(request: &WireRequest) -> &str {
    std::str::from_utf8(request.body.as_deref().unwrap_or_default()).expect("JSON is UTF-8")
}

/// The header's values.
pub fn headers<'a>(request: &'a WireRequest, name: &str) -> Vec<&'a str> {
    let named = request.headers.iter().filter(|(known, _)| known.as_str() == name);
    named.map(|(_, value)| value.to_str().expect("visible ASCII")).collect()
}

/// Reads a request as a server does.
pub fn received<P: Procedure>(request: &WireRequest) -> Result<P::Input, Vec<String>> {
    let (path, query) =
        request.path_and_query.split_once('?').unwrap_or((&request.path_and_query, ""));
    let values = P::PATH.split('/').zip(path.split('/')).filter_map(|(template, value)| {
        let name = template.strip_prefix('{')?.strip_suffix('}')?;
        let value =
            percent_decode_str(value).decode_utf8().expect("written by a client").into_owned();
        Some((name, value))
    });
    let values: Vec<(&str, String)> = values.collect();
    let headers: HeaderMap<HeaderValue> =
        request.headers.iter().cloned().fold(HeaderMap::new(), |mut headers, (name, value)| {
            headers.append::<HeaderName>(name, value);
            headers
        });
    read::<P>(&values, query, &headers, request.body.as_deref())
}

/// Reads the parts of a request.
pub fn read<P: Procedure>(
    path: &[(&str, String)],
    query: &str,
    headers: &HeaderMap,
    body: Option<&[u8]>,
) -> Result<P::Input, Vec<String>> {
    let mut reader = RequestReader::new(path, query, headers).expect("a well-formed query");
    let input = <P::Codec as Codec<P::Input>>::read(&mut reader, body);
    let mut violations = reader.into_violations();
    if let Some(input) = &input {
        violations.extend(Validator::check(<P::Codec as Codec<P::Input>>::REST, input));
    }
    match input {
        Some(input) if violations.is_empty() => Ok(input),
        _ => Err(short(&violations)),
    }
}

/// Reads a query.
pub fn query<P: Procedure>(query: &str) -> Result<P::Input, Vec<String>> {
    read::<P>(&[], query, &HeaderMap::new(), None)
}

/// Reads a body.
pub fn json<P: Procedure>(body: &str) -> Result<P::Input, Vec<String>> {
    read::<P>(&[], "", &HeaderMap::new(), Some(body.as_bytes()))
}

/// Violations as `place pointer code`, in their order.
pub fn short(violations: &[Violation]) -> Vec<String> {
    let one = |violation: &Violation| {
        let place = format!("{:?}", violation.place).to_lowercase();
        format!("{place} {} {}", violation.pointer, violation.code)
    };
    violations.iter().map(one).collect()
}

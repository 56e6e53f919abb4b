//! One request through a procedure, over `http` types alone: identity, input, handler, answer.

use std::future::Future;

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Response, StatusCode,
    header::{CONTENT_TYPE, LOCATION},
    request::Parts,
};

use crate::{
    ApiError, Asked, Codec, Cx, Failure, Fault, Handle, Identify, Level, Output, Problem,
    Procedure, Refusal, RequestReader, Validator, faults, json, url,
};

/// What the server around the dispatcher decided.
#[derive(Clone, Copy, Debug)]
pub struct MountInfo<'a> {
    /// What stands before each path: `/api`.
    pub prefix: &'a str,
    /// The id under which the request is logged and answered.
    pub request_id: &'a str,
}

/// Why a body could not be read.
#[derive(Debug)]
pub enum BodyFault {
    /// It is larger than the server takes, in bytes.
    TooLarge(usize),
    /// It did not arrive in time.
    Timeout,
    /// The connection broke, or the framing is wrong.
    Broken(Box<dyn std::error::Error + Send + Sync>),
}

impl From<BodyFault> for Fault {
    fn from(fault: BodyFault) -> Self {
        match fault {
            BodyFault::TooLarge(limit) => Self::new(&faults::TOO_LARGE)
                .detail(format!("the body is larger than {limit} bytes")),
            BodyFault::Timeout => Self::new(&faults::TIMEOUT),
            BodyFault::Broken(source) => {
                Self::new(&faults::MALFORMED_JSON).detail("the body broke off").source(source)
            }
        }
    }
}

/// Runs one request through `P`.
///
/// In this order: who calls, whether the level admits them, path, query and headers, the body, the limits, the handler.
/// `values` are the path's values, percent-encoded as they stand in the URL, in the order of [`Procedure::PATH`].
///
/// # Errors
/// The problem to answer with. Faults with a cause are logged here.
pub async fn dispatch<P, H, F>(
    handle: &H,
    mount: MountInfo<'_>,
    request: Parts,
    values: Vec<String>,
    body: impl FnOnce() -> F + Send,
) -> Result<Response<Bytes>, Box<Problem>>
where
    P: Procedure,
    H: Handle<P>,
    F: Future<Output = Result<Bytes, BodyFault>> + Send,
{
    let failure = match run::<P, H, F>(handle, mount, request, values, body).await {
        Ok(answer) => return Ok(answer),
        Err(failure) => failure,
    };
    let fault = match failure {
        Failure::Declared(error) => match error.to_problem(mount.request_id) {
            Ok(problem) => return Err(Box::new(problem)),
            Err(cause) => Fault::internal(cause),
        },
        Failure::Fault(fault) => fault,
    };
    if fault.kind().status >= 500 {
        let cause = fault.cause().map(chain);
        tracing::error!(
            request_id = mount.request_id,
            procedure = P::ID,
            code = fault.kind().code,
            cause,
            "{fault}"
        );
    }
    Err(Box::new(fault.into_problem(mount.request_id)))
}

async fn run<P, H, F>(
    handle: &H,
    mount: MountInfo<'_>,
    mut request: Parts,
    values: Vec<String>,
    body: impl FnOnce() -> F + Send,
) -> Result<Response<Bytes>, Failure<P::Error>>
where
    P: Procedure,
    H: Handle<P>,
    F: Future<Output = Result<Bytes, BodyFault>> + Send,
{
    // Auth comes before the body, so that nobody makes the server read or parse what they may not send.
    let security = <P::Level as Level>::SECURITY;
    request.extensions.insert(Asked { procedure: P::ID, read: P::READ, security });
    let who = Identify::<<P::Level as Level>::Identity>::identify(handle.app(), &request).await?;
    let level = P::Level::admit(who).map_err(|refusal| match refusal {
        Refusal::Unauthenticated => Fault::new(&faults::UNAUTHENTICATED),
        Refusal::Forbidden => Fault::new(&faults::FORBIDDEN),
    })?;

    let path = path_values(P::PATH, values)?;
    let mut reader =
        RequestReader::new(&path, request.uri.query().unwrap_or_default(), &request.headers)?;
    let bytes = if <P::Codec as Codec<P::Input>>::BODY {
        expect_json(&request.headers)?;
        let bytes = body().await.map_err(Fault::from)?;
        json::preflight(&bytes, &mut reader.violations)?;
        Some(bytes)
    } else {
        None
    };
    let input = <P::Codec as Codec<P::Input>>::read(&mut reader, bytes.as_deref());
    let mut violations = reader.into_violations();
    if let Some(input) = &input {
        violations.extend(Validator::check(<P::Codec as Codec<P::Input>>::REST, input));
    }
    let input = match input {
        Some(input) if violations.is_empty() => input,
        _ => return Err(Fault::invalid(violations).into()),
    };

    let cx = Cx::new(level, request, mount.request_id.to_owned());
    let output = handle.call(cx, input).await?;
    answer(output, mount.prefix).map_err(|cause| Fault::internal(cause).into())
}

/// The placeholders of `path` with their values, decoded.
fn path_values(
    path: &'static str,
    values: Vec<String>,
) -> Result<Vec<(&'static str, String)>, Fault> {
    let names =
        path.split('{').skip(1).filter_map(|piece| piece.split_once('}')).map(|(name, _)| name);
    names.zip(values).map(|(name, value)| Ok((name, url::decode(&value, false)?))).collect()
}

/// Refuses a body that is not declared to be JSON: a browser form can send other types across sites without asking.
fn expect_json(headers: &HeaderMap) -> Result<(), Fault> {
    let declared =
        headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = declared.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    let json = essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"));
    let utf8 = parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
            value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    });
    if json && utf8 {
        return Ok(());
    }
    let detail = if declared.is_empty() {
        "send `Content-Type: application/json`".to_owned()
    } else {
        format!("send `Content-Type: application/json` in UTF-8, not `{declared}`")
    };
    Err(Fault::new(&faults::UNSUPPORTED_MEDIA_TYPE).detail(detail))
}

/// The success as a response.
fn answer(
    output: impl Output,
    prefix: &str,
) -> Result<Response<Bytes>, Box<dyn std::error::Error + Send + Sync>> {
    let reply = output.encode()?;
    let mut response = Response::new(Bytes::from(reply.body.unwrap_or_default()));
    *response.status_mut() = reply.status;
    if reply.status != StatusCode::NO_CONTENT {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    if let Some(location) = reply.location {
        response
            .headers_mut()
            .insert(LOCATION, HeaderValue::try_from(format!("{prefix}{location}"))?);
    }
    Ok(response)
}

/// An error with its causes in one line, for the log.
fn chain(error: &(dyn std::error::Error + Send + Sync)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(&format!(": {cause}"));
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_only_json_in_utf8() {
        let judge = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(value));
            expect_json(&headers).is_ok()
        };
        assert!(
            judge("application/json")
                && judge("Application/JSON; charset=\"UTF-8\"")
                && judge("application/merge-patch+json")
        );
        assert!(
            !judge("text/plain")
                && !judge("application/json; charset=latin1")
                && !judge("multipart/form-data")
                && !judge("")
        );
        assert!(expect_json(&HeaderMap::new()).is_err());
    }

    #[test]
    fn names_the_values_of_a_path() {
        let values =
            path_values("/a/{x}/b/{y}", vec!["1%2F2".into(), "3".into()]).expect("well formed");
        assert_eq!(values, [("x", "1/2".to_owned()), ("y", "3".to_owned())]);
        assert!(path_values("/{x}", vec!["%FF".into()]).is_err());
    }
}

//! One request to one procedure: from axum's types to the dispatcher's and back.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, header},
    response::Response,
};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use throughline::{BodyFault, Handle, MountInfo, Procedure, dispatch};

use crate::{MountOptions, RequestId, cross_site, reply::problem_response};

/// Answers one request to `P`.
pub(crate) async fn serve<P, H>(
    handle: H,
    options: Arc<MountOptions>,
    id: RequestId,
    request: Request,
) -> Response
where
    P: Procedure,
    H: Handle<P>,
{
    let (parts, body) = request.into_parts();
    if !P::READ
        && let Err(fault) = cross_site::check(&parts, &options.trusted_origins)
    {
        return problem_response(&options, &fault.into_problem(id.as_str()));
    }
    let values = path_values(&options.prefix, P::PATH, parts.uri.path());
    let mount = MountInfo { prefix: &options.prefix, request_id: id.as_str() };
    let read = || read_body(body, &options);
    match dispatch::<P, H, _>(&handle, mount, parts, values, read).await {
        Ok(response) => {
            let mut response = response.map(Body::from);
            // What a contract answers belongs to one caller at one time; caching is the client's, by the contract's effects.
            response
                .headers_mut()
                .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(problem) => problem_response(&options, &problem),
    }
}

/// The segments of `uri` that stand where `path` has placeholders, percent-encoded as they came.
fn path_values(prefix: &str, path: &str, uri: &str) -> Vec<String> {
    let skipped = prefix.split('/').count().saturating_sub(1);
    let values = path.split('/').zip(uri.split('/').skip(skipped));
    values
        .filter(|(template, _)| template.starts_with('{'))
        .map(|(_, value)| value.to_owned())
        .collect()
}

async fn read_body(body: Body, options: &MountOptions) -> Result<Bytes, BodyFault> {
    let limit = options.body_limit;
    let collected =
        tokio::time::timeout(options.body_timeout, Limited::new(body, limit).collect()).await;
    match collected {
        Err(_) => Err(BodyFault::Timeout),
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.downcast_ref::<LengthLimitError>().is_some() => {
            Err(BodyFault::TooLarge(limit))
        }
        Ok(Err(error)) => Err(BodyFault::Broken(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::path_values;

    #[test]
    fn takes_the_values_of_a_path() {
        assert_eq!(path_values("/api", "/a/{x}/b/{y}", "/api/a/1%2F/b/2"), ["1%2F", "2"]);
        assert_eq!(path_values("", "/{x}", "/7"), ["7"]);
        assert_eq!(path_values("/api/v1", "/tasks", "/api/v1/tasks"), Vec::<String>::new());
    }
}

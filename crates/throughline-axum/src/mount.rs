//! Puts contracts, their document and an application's own routes together into one router.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use axum::{
    Router,
    http::{Method as HttpMethod, StatusCode, header::ALLOW},
    response::IntoResponse,
    routing::{MethodFilter, MethodRouter, on},
};
use throughline::{Contract, Fault, Handle, Method, Procedure, Serve, Visitor, faults};

use crate::{
    Network,
    document::document_routes,
    procedure::serve,
    reply::{EncodeProblem, encode_problem, problem_response},
    request::{RequestId, identify_request},
};

/// How contracts are served.
#[derive(Clone)]
pub struct MountOptions {
    /// What stands before each path. Default: `/api`.
    pub prefix: String,
    /// The largest body that is read, in bytes. Default: 1 MiB.
    pub body_limit: usize,
    /// How long a body may take to arrive. Default: 30 s.
    pub body_timeout: Duration,
    /// Origins (`https://app.example.org`) whose pages may send writes, beside the server's own. Default: none.
    pub trusted_origins: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed. Default: none, so that a client's address is the one that the
    /// connection comes from, and no client can choose it.
    pub trusted_proxies: Vec<Network>,
    /// Writes a problem as a response. Default: [`encode_problem`].
    pub encode_problem: EncodeProblem,
}

impl Default for MountOptions {
    fn default() -> Self {
        Self {
            prefix: "/api".to_owned(),
            body_limit: 1 << 20,
            body_timeout: Duration::from_secs(30),
            trusted_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            encode_problem: Arc::new(encode_problem),
        }
    }
}

impl std::fmt::Debug for MountOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MountOptions")
            .field("prefix", &self.prefix)
            .field("body_limit", &self.body_limit)
            .field("body_timeout", &self.body_timeout)
            .field("trusted_origins", &self.trusted_origins)
            .field("trusted_proxies", &self.trusted_proxies)
            .finish_non_exhaustive()
    }
}

/// Why contracts cannot be served together.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum MountError {
    /// Two procedures have one method and path.
    #[error("`{first}` and `{second}` both answer {method} {path}: give one of them another path")]
    Conflict {
        /// The procedure that was mounted first.
        first: &'static str,
        /// The other one.
        second: &'static str,
        /// The method.
        method: Method,
        /// The path, with the prefix.
        path: String,
    },
    /// The prefix is not one.
    #[error("the prefix `{0}` must be empty, or begin with `/` and not end with one")]
    Prefix(String),
}

/// One procedure that answers at a path.
struct Mounted {
    id: &'static str,
    method: Method,
    router: MethodRouter,
}

/// Collects contracts, then builds the router.
#[must_use = "nothing is served before `build`"]
pub struct Mount {
    options: Arc<MountOptions>,
    paths: BTreeMap<String, Vec<Mounted>>,
    others: Router,
}

impl std::fmt::Debug for Mount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mount")
            .field("options", &self.options)
            .field("paths", &self.paths.keys())
            .finish_non_exhaustive()
    }
}

impl Mount {
    /// Nothing is mounted yet.
    pub fn new(options: MountOptions) -> Self {
        Self { options: Arc::new(options), paths: BTreeMap::new(), others: Router::new() }
    }

    /// Mounts a contract, served by `handle`: `.contract(TasksContract, Served::new(app))`.
    pub fn contract<C, H>(self, contract: C, handle: H) -> Self
    where
        C: Contract,
        H: Serve<C> + Clone + Send + Sync + 'static,
    {
        self.contract_with(contract, handle, |route| route)
    }

    /// Mounts a contract with something around each of its routes, for example a session layer:
    /// `|route| route.layer(sessions.clone())`.
    pub fn contract_with<C, H>(
        mut self,
        _: C,
        handle: H,
        around: impl Fn(MethodRouter) -> MethodRouter,
    ) -> Self
    where
        C: Contract,
        H: Serve<C> + Clone + Send + Sync + 'static,
    {
        let mut visitor = Mounting { handle, mount: &mut self, around };
        H::visit(&mut visitor);
        self
    }

    /// Serves this OpenAPI document at `/openapi.json` and, with the feature `swagger`, Swagger UI over it at `/docs`.
    pub fn document(mut self, json: impl Into<bytes::Bytes>) -> Self {
        self.others = self.others.merge(document_routes(json.into()));
        self
    }

    /// Adds routes of the application's own, outside any contract: health checks, files.
    pub fn routes(mut self, routes: Router) -> Self {
        self.others = self.others.merge(routes);
        self
    }

    /// The router.
    ///
    /// # Errors
    /// When two procedures have one method and path, or the prefix is none.
    pub fn build(self) -> Result<Router, MountError> {
        let prefix = &self.options.prefix;
        if !prefix.is_empty() && (!prefix.starts_with('/') || prefix.ends_with('/')) {
            return Err(MountError::Prefix(prefix.clone()));
        }
        let mut router = self.others;
        for (path, mounted) in self.paths {
            let options = self.options.clone();
            router = router.route(&path, one_path(&path, mounted, options)?);
        }
        let options = self.options.clone();
        let unknown = move |id: RequestId, request: axum::extract::Request| {
            let options = options.clone();
            async move {
                let fault = Fault::new(&faults::NOT_FOUND)
                    .detail(format!("no route {}", request.uri().path()));
                problem_response(&options, &fault.into_problem(id.as_str()))
            }
        };
        let options = self.options;
        Ok(router.fallback(unknown).layer(axum::middleware::from_fn(move |request, next| {
            identify_request(options.clone(), request, next)
        })))
    }
}

/// The procedures of one path, `OPTIONS` for them, and 405 for the other methods; both name the methods in `Allow`.
fn one_path(
    path: &str,
    mounted: Vec<Mounted>,
    options: Arc<MountOptions>,
) -> Result<MethodRouter, MountError> {
    let mut methods: BTreeMap<Method, &'static str> = BTreeMap::new();
    let mut router = MethodRouter::new();
    for Mounted { id, method, router: one } in mounted {
        if let Some(first) = methods.insert(method, id) {
            return Err(MountError::Conflict { first, second: id, method, path: path.to_owned() });
        }
        router = router.merge(one);
    }
    let mut allow: Vec<&str> = Vec::new();
    for method in methods.keys() {
        allow.push(method.as_str());
        if *method == Method::Get {
            allow.push("HEAD");
        }
    }
    allow.push("OPTIONS");
    let allow = allow.join(", ");
    let other = move |id: RequestId, method: HttpMethod| {
        let (allow, options) = (allow.clone(), options.clone());
        async move {
            let mut response = if method == HttpMethod::OPTIONS {
                StatusCode::NO_CONTENT.into_response()
            } else {
                let fault = Fault::new(&faults::METHOD_NOT_ALLOWED)
                    .detail(format!("{method} is not one of {allow}"));
                problem_response(&options, &fault.into_problem(id.as_str()))
            };
            if let Ok(allow) = allow.parse() {
                response.headers_mut().insert(ALLOW, allow);
            }
            response
        }
    };
    Ok(router.fallback(other))
}

/// Mounts each procedure that it is shown.
struct Mounting<'a, H, F> {
    handle: H,
    mount: &'a mut Mount,
    around: F,
}

impl<H: Clone + Send + Sync + 'static, F: Fn(MethodRouter) -> MethodRouter> Visitor<H>
    for Mounting<'_, H, F>
{
    fn procedure<P: Procedure>(&mut self)
    where
        H: Handle<P>,
    {
        let filter = match P::METHOD {
            Method::Get => MethodFilter::GET,
            Method::Post => MethodFilter::POST,
            Method::Put => MethodFilter::PUT,
            Method::Patch => MethodFilter::PATCH,
            Method::Delete => MethodFilter::DELETE,
        };
        let (handle, options) = (self.handle.clone(), self.mount.options.clone());
        let handler = move |id: RequestId, request: axum::extract::Request| {
            serve::<P, H>(handle, options, id, request)
        };
        let router = (self.around)(on(filter, handler));
        let path = route_path(&self.mount.options.prefix, P::PATH);
        self.mount.paths.entry(path).or_default().push(Mounted {
            id: P::ID,
            method: P::METHOD,
            router,
        });
    }
}

/// The path for axum's router, its placeholders named by position: procedures of one path may name them differently.
fn route_path(prefix: &str, path: &str) -> String {
    let mut count = 0;
    let path = if path == "/" && !prefix.is_empty() { "" } else { path };
    let segments = path.split('/').map(|segment| {
        if segment.starts_with('{') {
            count += 1;
            format!("{{p{count}}}")
        } else {
            segment.to_owned()
        }
    });
    let path = segments.collect::<Vec<_>>().join("/");
    format!("{prefix}{path}")
}

#[cfg(test)]
mod tests {
    use super::route_path;

    #[test]
    fn names_placeholders_by_position() {
        assert_eq!(route_path("/api", "/a/{x}/b/{y}"), "/api/a/{p1}/b/{p2}");
        assert_eq!(route_path("/api", "/"), "/api");
        assert_eq!(route_path("", "/"), "/");
    }
}

//! Serves the OpenAPI document and Swagger UI over it.

use axum::{Router, http::header, response::IntoResponse, routing::get};
use bytes::Bytes;

/// Where the document is.
const DOCUMENT: &str = "/openapi.json";

pub(crate) fn document_routes(json: Bytes) -> Router {
    let document = move || {
        let json = json.clone();
        async move {
            (
                [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")],
                json,
            )
                .into_response()
        }
    };
    swagger(Router::new().route(DOCUMENT, get(document)))
}

#[cfg(not(feature = "swagger"))]
fn swagger(router: Router) -> Router {
    router
}

/// Swagger UI from the binary: nothing is fetched from elsewhere.
#[cfg(feature = "swagger")]
fn swagger(router: Router) -> Router {
    use std::sync::Arc;

    use axum::{
        extract::Path,
        http::StatusCode,
        response::{Redirect, Response},
    };
    use utoipa_swagger_ui::Config;

    let config =
        Arc::new(Config::from(DOCUMENT).persist_authorization(true).display_request_duration(true));
    let file = move |name: String| -> Response {
        match utoipa_swagger_ui::serve(&name, config.clone()) {
            Ok(Some(file)) => {
                ([(header::CONTENT_TYPE, file.content_type)], file.bytes.into_owned())
                    .into_response()
            }
            Ok(None) => StatusCode::NOT_FOUND.into_response(),
            Err(error) => {
                tracing::error!(%error, "Swagger UI could not be served");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    };
    let index = file.clone();
    router
        // The page's own links are relative, so it must stand at a path that ends with a slash.
        .route("/docs", get(async || Redirect::permanent("/docs/")))
        .route("/docs/", get(async move || index(String::new())))
        .route("/docs/{*file}", get(async move |Path(name): Path<String>| file(name)))
}

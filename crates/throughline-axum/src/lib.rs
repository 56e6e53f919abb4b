//! Serves a Throughline contract on axum.

//! What is asked: the three requests, each with the answer that it has to get.

use anyhow::{Context, Result};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use bytes::Bytes;
use clap::ValueEnum;
use serde::Serialize;

/// One kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Case {
    /// Nothing goes in, nothing comes out.
    Empty,
    /// An id in the path, a small JSON answer.
    Get,
    /// A small JSON body, decoded and validated, and an empty answer.
    Create,
}

/// The body of [`Case::Create`].
const BODY: &[u8] =
    br#"{"title":"Buy milk","description":"Two litres, the blue one","priority":3}"#;

impl Case {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Empty, Self::Get, Self::Create];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Get => "get",
            Self::Create => "create",
        }
    }

    /// What it is, as a heading.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Empty => "Empty: `GET /api/empty`, 204",
            Self::Get => "Get: `GET /api/tasks/{id}`, 200 with a JSON object of three members",
            Self::Create => {
                "Create: `POST /api/tasks`, a JSON body of three members, validated, 204"
            }
        }
    }

    /// The status of the right answer.
    pub const fn expected(self) -> StatusCode {
        match self {
            Self::Get => StatusCode::OK,
            Self::Empty | Self::Create => StatusCode::NO_CONTENT,
        }
    }

    /// The request, with the headers that a client sends.
    ///
    /// # Errors
    /// Never: all its parts are constant.
    pub fn request(self) -> Result<Request<Body>> {
        let (method, path) = match self {
            Self::Empty => (Method::GET, "/api/empty"),
            Self::Get => (Method::GET, "/api/tasks/019339e9-8f6a-7c3e-9b1d-2f4a6c8e0b12"),
            Self::Create => (Method::POST, "/api/tasks"),
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "localhost:3000")
            .header(header::USER_AGENT, "bench")
            .header(header::ACCEPT, "application/json");
        let request = match self {
            Self::Create => request
                .header(header::CONTENT_TYPE, "application/json")
                .header(header::CONTENT_LENGTH, BODY.len())
                .body(Body::from(Bytes::from_static(BODY))),
            Self::Empty | Self::Get => request.body(Body::empty()),
        };
        request.context("could not make the request")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_command_line() {
        for case in Case::ALL {
            let value = case.to_possible_value().map(|value| value.get_name().to_owned());
            assert_eq!(value.as_deref(), Some(case.name()));
        }
    }
}

//! Serves Throughline contracts on an axum `Router`.
//!
//! [`Mount`] takes applications that implement contracts and gives back a `Router`: each procedure at its route, `HEAD`
//! beside `GET`, `OPTIONS` with `Allow`, and one problem envelope for whatever goes wrong, from an unknown route to a panic.
//!
//! ```
//! use throughline::{Cx, Public, Result, Served, contract};
//! use throughline_axum::{Mount, MountOptions};
//!
//! /// Whether somebody is there.
//! #[contract(path = "/pings", tag = "pings")]
//! pub trait Pings {
//!     /// Answer.
//!     #[get]
//!     async fn get(&self, cx: Cx<Public>) -> Result<String>;
//! }
//!
//! struct App;
//! impl Pings for App {
//!     async fn get(&self, _: Cx<Public>) -> Result<String> {
//!         Ok("pong".to_owned())
//!     }
//! }
//!
//! let router: axum::Router = Mount::new(MountOptions::default())
//!     .contract(PingsContract, Served::new(App))
//!     .build()
//!     .expect("no two procedures share a route");
//! # drop(router);
//! ```

mod client_address;
mod cross_site;
mod document;
mod mount;
mod procedure;
mod reply;
mod request;

pub use self::{
    client_address::{Network, NetworkError},
    mount::{Mount, MountError, MountOptions},
    reply::{EncodeProblem, encode_problem},
    request::RequestId,
};

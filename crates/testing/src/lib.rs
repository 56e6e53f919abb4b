//! Fixtures for tests: fresh databases of both kinds, and the comparison of a schema with its
//! entities.
//!
//! ```no_run
//! testing::on_both! {
//!     async fn answers(db: TestDatabase) {
//!         db.ping(std::time::Duration::from_secs(1)).await.expect("answers");
//!     }
//! }
//! # fn main() {}
//! ```
//!
//! This makes the tests `answers::sqlite` and `answers::postgres`, each on a migrated database of
//! its own. PostgreSQL is the server that `TEST_POSTGRES_URL` names; `cargo xtask test` provides
//! one.

mod both;
mod database;
mod drift;
mod postgres;

pub mod wire;

pub use self::{
    both::{Kind, run},
    database::TestDatabase,
    drift::{drift, facts},
};

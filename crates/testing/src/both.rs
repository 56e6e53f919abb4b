//! A test that is written once and runs on both databases.

use std::{env, future::Future};

use crate::TestDatabase;

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// SQLite, in a file of its own.
    Sqlite,
    /// PostgreSQL, in a database of its own.
    Postgres,
}

/// The variable that names the PostgreSQL server for tests.
pub(crate) const POSTGRES_URL: &str = "TEST_POSTGRES_URL";
/// The variable that leaves PostgreSQL out when it is set.
const SQLITE_ONLY: &str = "THROUGHLINE_TEST_SQLITE_ONLY";

impl Kind {
    /// Whether tests on this database are to run.
    ///
    /// # Panics
    /// When nobody said where PostgreSQL is, nor that it is to be left out.
    pub fn is_wanted(self) -> bool {
        if self == Self::Sqlite || env::var_os(POSTGRES_URL).is_some() {
            return true;
        }
        assert!(
            env::var(SQLITE_ONLY).is_ok_and(|value| !value.is_empty()),
            "no PostgreSQL for the tests: run them with `cargo xtask test`, which starts one, set \
             {POSTGRES_URL} to a server's URL, or set {SQLITE_ONLY}=1 to leave PostgreSQL out"
        );
        false
    }
}

/// Runs `test` on a fresh, migrated database of this kind, in a runtime of its own: what
/// [`on_both!`](crate::on_both) makes.
///
/// # Panics
/// When the test does, or there is no database for it.
pub fn run<F: Future<Output = ()>>(kind: Kind, test: impl FnOnce(TestDatabase) -> F) {
    if !kind.is_wanted() {
        eprintln!("left out: there is no PostgreSQL");
        return;
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime can be made").block_on(async {
        test(TestDatabase::migrated(kind).await).await;
    });
}

/// Makes two tests out of each function, `<name>::sqlite` and `<name>::postgres`, on a fresh and
/// migrated [`TestDatabase`] each.
///
/// `async fn answers(db: TestDatabase) { .. }` stands for
///
/// ```
/// async fn answers(db: testing::TestDatabase) { /* .. */ }
/// mod answers {
///     #[test]
///     fn sqlite() {
///         testing::run(testing::Kind::Sqlite, super::answers);
///     }
///     #[test]
///     fn postgres() {
///         testing::run(testing::Kind::Postgres, super::answers);
///     }
/// }
/// # fn main() {}
/// ```
#[allow(clippy::test_attr_in_doctest, reason = "the example shows what the macro makes")]
#[macro_export]
macro_rules! on_both {
    ($($(#[$attribute:meta])* async fn $name:ident($db:ident: TestDatabase) $body:block)*) => {
        $(
            $(#[$attribute])*
            async fn $name($db: $crate::TestDatabase) $body
            mod $name {
                #[test]
                fn sqlite() {
                    $crate::run($crate::Kind::Sqlite, super::$name);
                }
                #[test]
                fn postgres() {
                    $crate::run($crate::Kind::Postgres, super::$name);
                }
            }
        )*
    };
}

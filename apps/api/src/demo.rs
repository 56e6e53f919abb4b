//! The demo account of a development server.

/// Its address.
pub const EMAIL: &str = "demo@example.org";
/// Its password, which is no secret: the account is only made with `--dev`, in an empty database.
pub const PASSWORD: &str = "throughline";
/// What it is called.
pub const NAME: &str = "Demo";

//! The application's client: its contract's calls over HTTP.

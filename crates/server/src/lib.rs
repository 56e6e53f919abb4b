//! The application's handlers.

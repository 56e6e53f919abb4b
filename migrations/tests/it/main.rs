//! The schema's history on both databases.

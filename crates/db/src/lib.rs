//! The application's values with their limits and, with the feature `orm`, its tables and queries.

pub mod tasks;

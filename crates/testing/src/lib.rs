//! Fixtures for tests: fresh databases of both kinds and a served application.

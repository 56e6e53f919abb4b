//! The document of the gauntlet's contracts.


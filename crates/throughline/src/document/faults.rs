//! Which of the framework's faults an operation can really answer with.

use super::facts::Facts;
use crate::{FaultKind, faults};

/// The faults of an operation, in the order in which a request meets them. That there is no such
/// route or method belongs to no operation.
pub(super) fn faults_of(facts: &Facts) -> Vec<&'static FaultKind> {
    let body = facts.schemas.body.is_some();
    let security = &facts.security;
    let mut possible = vec![
        // A read changes nothing, so the server takes it from any site.
        (&faults::CROSS_SITE, !facts.read),
        (&faults::UNAUTHENTICATED, !security.schemes.is_empty() && !security.optional),
        (&faults::FORBIDDEN, security.forbids),
        // Each query is read strictly, also where no parameter is expected.
        (&faults::MALFORMED_URL, true),
        (&faults::UNSUPPORTED_MEDIA_TYPE, body),
        (&faults::TOO_LARGE, body),
        (&faults::TIMEOUT, body),
        (&faults::MALFORMED_JSON, body),
        (&faults::INVALID, !facts.fields.is_empty()),
    ];
    possible.extend(security.refusals.iter().map(|fault| (*fault, true)));
    possible.extend(facts.schemas.faults.iter().map(|fault| (*fault, true)));
    possible.extend([(&faults::INTERNAL, true), (&faults::UNAVAILABLE, true)]);
    let mut found: Vec<&FaultKind> = Vec::new();
    for (fault, _) in possible.into_iter().filter(|(_, possible)| *possible) {
        if !found.contains(&fault) {
            found.push(fault);
        }
    }
    found
}

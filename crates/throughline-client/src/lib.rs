//! Calls a Throughline contract: calls as values over a transport.

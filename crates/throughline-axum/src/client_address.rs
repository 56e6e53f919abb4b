//! The address of whoever sent a request, with trusted proxies taken into account.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use axum::extract::{ConnectInfo, Request};
use axum::http::HeaderName;

/// The header in which each proxy adds the address that it was called from.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// A range of addresses, as `10.0.0.0/8` or a single `::1`.
///
/// ```
/// use throughline_axum::Network;
/// let network: Network = "10.0.0.0/8".parse().unwrap();
/// assert!(network.contains("10.1.2.3".parse().unwrap()));
/// assert!("10.0.0.1/8".parse::<Network>().is_err(), "bits beyond the prefix");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    bits: u8,
}

/// Why a text is no range of addresses.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no range of addresses: write `10.0.0.0/8`, `fd00::/8` or a single address")]
pub struct NetworkError(String);

impl Network {
    /// Whether the address is in the range. An IPv4 address that is mapped to IPv6 counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.first, address.to_canonical()) {
            (IpAddr::V4(first), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0);
                (first.to_bits() ^ address.to_bits()) & mask == 0
            }
            (IpAddr::V6(first), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0);
                (first.to_bits() ^ address.to_bits()) & mask == 0
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let refuse = || NetworkError(text.to_owned());
        let (address, bits) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
        let first: IpAddr = address.parse().map_err(|_| refuse())?;
        let most = if first.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) => bits.parse().ok().filter(|bits| *bits <= most).ok_or_else(refuse)?,
            None => most,
        };
        let beyond = match first {
            IpAddr::V4(first) => first.to_bits().checked_shl(u32::from(bits)).unwrap_or(0) != 0,
            IpAddr::V6(first) => first.to_bits().checked_shl(u32::from(bits)).unwrap_or(0) != 0,
        };
        if beyond { Err(refuse()) } else { Ok(Self { first, bits }) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.bits)
    }
}

/// The address of whoever sent the request: that of the connection, unless a trusted proxy made it. Then it is the last
/// one in `X-Forwarded-For` that no trusted proxy has: what stands before it, the client itself may have written.
///
/// `None` when the server was started without `into_make_service_with_connect_info`.
pub(crate) fn client_address(request: &Request, proxies: &[Network]) -> Option<IpAddr> {
    let ConnectInfo(peer) = request.extensions().get::<ConnectInfo<SocketAddr>>()?;
    let mut address = peer.ip().to_canonical();
    let trusted = |address: IpAddr| proxies.iter().any(|proxy| proxy.contains(address));
    if !trusted(address) {
        return Some(address);
    }
    let lines = request.headers().get_all(FORWARDED_FOR).into_iter().rev();
    let hops = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
    for hop in hops {
        // What is no address was written by nobody whom we trust.
        let Ok(hop) = hop.trim().parse::<IpAddr>() else { break };
        address = hop.to_canonical();
        if !trusted(address) {
            break;
        }
    }
    Some(address)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn of(peer: &str, forwarded: &[&str], proxies: &[&str]) -> String {
        let mut request = Request::builder();
        for line in forwarded {
            request = request.header(FORWARDED_FOR, *line);
        }
        let mut request = request.body(Body::empty()).expect("a request");
        let peer = SocketAddr::new(peer.parse().expect("an address"), 1);
        request.extensions_mut().insert(ConnectInfo(peer));
        let proxies: Vec<Network> =
            proxies.iter().map(|proxy| proxy.parse().expect("a network")).collect();
        client_address(&request, &proxies).expect("there is a connection").to_string()
    }

    #[test]
    fn without_trusted_proxies_nobody_chooses_an_address() {
        assert_eq!(of("192.0.2.7", &["198.51.100.1"], &[]), "192.0.2.7");
        assert_eq!(of("::ffff:192.0.2.7", &[], &[]), "192.0.2.7");
        assert_eq!(of("192.0.2.7", &["198.51.100.1"], &["10.0.0.0/8"]), "192.0.2.7");
    }

    #[test]
    fn behind_proxies_it_is_the_last_address_that_is_none_of_theirs() {
        let proxies = ["10.0.0.0/8"];
        assert_eq!(of("10.0.0.1", &["198.51.100.1"], &proxies), "198.51.100.1");
        assert_eq!(of("10.0.0.1", &["6.6.6.6, 198.51.100.1, 10.0.0.2"], &proxies), "198.51.100.1");
        assert_eq!(of("10.0.0.1", &["6.6.6.6", "198.51.100.1"], &proxies), "198.51.100.1");
        assert_eq!(of("10.0.0.1", &["nonsense, 10.0.0.2"], &proxies), "10.0.0.2");
        assert_eq!(of("10.0.0.1", &[], &proxies), "10.0.0.1");
        assert_eq!(of("::1", &["2001:db8::7"], &["::1"]), "2001:db8::7");
    }

    #[test]
    fn ranges_are_read_strictly() {
        for wrong in ["", "10.0.0.0/33", "::/129", "10.0.0.1/8", "10.0.0.0/", "host", "10.0.0.0/-1"]
        {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
        let all: Network = "0.0.0.0/0".parse().expect("a range");
        assert!(all.contains(IpAddr::from([255, 0, 0, 1])) && all.to_string() == "0.0.0.0/0");
        let one: Network = "::1".parse().expect("a range");
        assert!(
            one.contains("::1".parse().expect("v6")) && !one.contains("::2".parse().expect("v6"))
        );
    }
}

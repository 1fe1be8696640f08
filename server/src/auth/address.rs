//! The network address of who asks.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::{
    extract::ConnectInfo,
    http::{Extensions, HeaderMap},
};

/// The address of the other end; where a proxy on this machine stands between, the one that the proxy
/// saw. Only the last entry of `X-Forwarded-For` is the proxy's own word, the others are the visitor's.
pub fn visitor(extensions: &Extensions, headers: &HeaderMap) -> IpAddr {
    let peer = extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| peer.ip().to_canonical());
    if !peer.is_loopback() {
        return peer;
    }
    headers
        .get_all("x-forwarded-for")
        .iter()
        .next_back()
        .and_then(|line| line.to_str().ok())
        .and_then(|line| line.rsplit(',').next())
        .and_then(|last| last.trim().parse::<IpAddr>().ok())
        .map_or(peer, |address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, SocketAddr};

    use axum::{
        extract::ConnectInfo,
        http::{Extensions, HeaderMap, HeaderValue},
    };

    use super::visitor;

    fn seen(peer: &str, forwarded: &[&'static str]) -> IpAddr {
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(peer.parse::<SocketAddr>().unwrap()));
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_static(line));
        }
        visitor(&extensions, &headers)
    }

    #[test]
    fn only_a_proxy_on_this_machine_is_believed_and_only_its_own_entry() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(seen("192.0.2.7:40000", &["198.51.100.1"]), ip("192.0.2.7"));
        assert_eq!(seen("127.0.0.1:40000", &["203.0.113.9, 198.51.100.1"]), ip("198.51.100.1"));
        assert_eq!(seen("127.0.0.1:40000", &["203.0.113.9", "198.51.100.1"]), ip("198.51.100.1"));
        assert_eq!(seen("127.0.0.1:40000", &["no address"]), ip("127.0.0.1"));
        assert_eq!(seen("127.0.0.1:40000", &[]), ip("127.0.0.1"));
    }
}

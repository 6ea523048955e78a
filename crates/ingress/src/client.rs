//! Who is at the other end, when proxies stand in between.

use std::net::IpAddr;

use http::HeaderMap;

/// The address of the client: the socket's, unless that is a trusted proxy. Then `X-Forwarded-For` is read from its
/// end, where the proxies nearest to us wrote, up to the first address that is none of theirs: whatever stands before it,
/// the client may have made up.
pub(crate) fn client_address(socket: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    if !trusted.contains(&socket) {
        return socket;
    }
    let mut client = socket;
    let values: Vec<&str> =
        headers.get_all("x-forwarded-for").iter().filter_map(|v| v.to_str().ok()).collect();
    for hop in values.iter().rev().flat_map(|value| value.rsplit(',')) {
        let Ok(hop) = hop.trim().parse() else { break };
        client = hop;
        if !trusted.contains(&hop) {
            break;
        }
    }
    client
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(socket: &str, forwarded: &[&str]) -> String {
        let headers =
            forwarded.iter().map(|v| (http::HeaderName::from_static("x-forwarded-for"), v.parse().unwrap()));
        let trusted = ["10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()];
        client_address(socket.parse().unwrap(), &headers.collect(), &trusted).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        assert_eq!(client("198.51.100.7", &["203.0.113.9"]), "198.51.100.7");
        assert_eq!(client("10.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn what_the_client_made_up_before_the_last_hop_counts_for_nothing() {
        assert_eq!(client("10.0.0.1", &["192.0.2.1, 203.0.113.9"]), "203.0.113.9");
        assert_eq!(client("10.0.0.1", &["192.0.2.1", "203.0.113.9, 10.0.0.2"]), "203.0.113.9");
        assert_eq!(client("10.0.0.1", &["203.0.113.9, garbage, 10.0.0.2"]), "10.0.0.2");
    }
}

//! Which addresses are the public internet's, and which belong to some network that a component has no business in:
//! the machine's own, the operator's, the data centre's.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where Azure's machines ask for their own configuration: the one such address that looks public.
const AZURE_WIRE_SERVER: Ipv4Addr = Ipv4Addr::new(168, 63, 129, 16);

/// Whether an address is globally reachable by IANA's special-purpose registries (RFC 6890), and nobody's metadata
/// service. IPv6 addresses that carry an IPv4 one are as good as that.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = matches!(
        (a, b, c),
        // This network, private use, loopback.
        (0 | 10 | 127, ..)
            // Shared between a provider's customers; Alibaba Cloud's metadata service is in it.
            | (100, 64..=127, _)
            // Link-local, with most clouds' metadata service.
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 168, _)
            // Protocol assignments, with Oracle's metadata service; documentation; 6to4 relays.
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            // Benchmarks, documentation.
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
            // Multicast, reserved, broadcast.
            | (224..=255, ..)
    );
    !special && address != AZURE_WIRE_SERVER
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let carried = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match (a, b, c, d, e, f) {
        // IPv4-mapped, and translated by NAT64.
        (0, 0, 0, 0, 0, 0xFFFF) | (0x64, 0xFF9B, 0, 0, 0, 0) => carried(g, h),
        // 6to4.
        (0x2002, ..) => carried(b, c),
        // Teredo and other protocol assignments, documentation.
        (0x2001, 0..=0x01FF, ..) | (0x2001, 0x0DB8, ..) | (0x3FFF, 0..=0x0FFF, ..) => false,
        // Global unicast is all there is beside: not loopback, link-local, unique local, multicast.
        _ => (0x2000..=0x3FFF).contains(&a),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_public_is_known() {
        for address in [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.255.254",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.250",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a9fe:a9fe::",
            "3fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn what_is_public_is_reached() {
        for address in [
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "223.5.5.5",
            "::ffff:223.5.5.5",
            "64:ff9b::223.5.5.5",
            "2002:df05:505::1",
            "2400:3200::1",
            "2606:4700:4700::1111",
        ] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }
}

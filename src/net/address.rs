//! Which IP addresses are everybody's: not of this machine, not of a network
//! behind the service. From IANA's registries of special-purpose addresses
//! (RFC 6890 and what updated it). Pure.
//!
//! IPv4 lists what is refused. IPv6 lists what is let through, global unicast,
//! and takes from it what stands for something else: that way `::1`, mapped and
//! translated IPv4 and all that is not given out yet are refused by default.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// IPv4 networks that are not everybody's: first address and length of prefix.
const REFUSED_V4: [([u8; 4], u8); 16] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    // Shared behind a provider's translation (CGNAT).
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    // Link-local; clouds answer for a machine's secrets here.
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    // What was the way to 6to4.
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    // Multicast, reserved, and broadcast.
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
    // Azure's platform service: a public address that answers inside only.
    ([168, 63, 129, 16], 32),
];

/// Global unicast.
const GLOBAL_V6: ([u16; 8], u8) = ([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);
/// Of it, what is not a machine of its own.
const REFUSED_V6: [([u16; 8], u8); 4] = [
    // Protocol assignments, Teredo among them.
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23),
    // Documentation.
    ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32),
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),
    // 6to4: an IPv4 address in disguise.
    ([0x2002, 0, 0, 0, 0, 0, 0, 0], 16),
];

/// Whether the address is everybody's.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !REFUSED_V4
            .iter()
            .any(|&(first, length)| network_v4(first, length).contains(address.into())),
        IpAddr::V6(address) => {
            let within = |(first, length)| network_v6(first, length).contains(address.into());
            within(GLOBAL_V6) && !REFUSED_V6.into_iter().any(within)
        }
    }
}

fn network_v4(first: [u8; 4], prefix: u8) -> Network {
    let first = IpAddr::V4(Ipv4Addr::from(first));
    Network { first, prefix }
}

fn network_v6(first: [u16; 8], prefix: u8) -> Network {
    let first = IpAddr::V6(Ipv6Addr::from(first));
    Network { first, prefix }
}

/// A network, such as `10.1.0.0/16`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    prefix: u8,
}

/// What was written is no network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no network: write an address, or an address and the length of its prefix")]
pub struct NoNetwork;

impl Network {
    /// Whether the address belongs to it. IPv4 written as IPv6 belongs to none:
    /// it is not called in that form.
    #[must_use]
    pub fn contains(self, address: IpAddr) -> bool {
        match (self.first, address) {
            (IpAddr::V4(first), IpAddr::V4(address)) => {
                let shift = 32 - u32::from(self.prefix);
                shifted(first.to_bits().into(), shift) == shifted(address.to_bits().into(), shift)
            }
            (IpAddr::V6(first), IpAddr::V6(address)) => {
                let shift = 128 - u32::from(self.prefix);
                shifted(first.to_bits(), shift) == shifted(address.to_bits(), shift)
            }
            _ => false,
        }
    }
}

/// Without the lowest bits; none are left of a shift by all.
fn shifted(bits: u128, shift: u32) -> u128 {
    bits.checked_shr(shift).unwrap_or(0)
}

impl FromStr for Network {
    type Err = NoNetwork;

    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let first: IpAddr = address.parse().map_err(|_| NoNetwork)?;
        let longest = if first.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix.parse().map_err(|_| NoNetwork)?,
            None => longest,
        };
        (prefix <= longest)
            .then_some(Self { first, prefix })
            .ok_or(NoNetwork)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_not_everybodys_is_refused() {
        let refused = [
            "0.0.0.0",
            "0.1.2.3",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.168.1.1",
            "198.19.255.255",
            "224.0.0.1",
            "239.255.255.250",
            "255.255.255.255",
            "168.63.129.16",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::808:808",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:0:4136:e378:8000:63bf:3fff:fdd2",
            "2001:db8::1",
            "2002:7f00:1::1",
            "2002:808:808::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ];
        for address in refused {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn what_is_everybodys_is_let_through() {
        let let_through = [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "128.0.0.1",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2001:200::1",
            "2606:4700:4700::1111",
            "2a00:1450:4001:800::200e",
        ];
        for address in let_through {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn networks_are_read() {
        let network = |text: &str| text.parse::<Network>();
        let ten = network("10.1.0.0/16").unwrap();
        assert!(ten.contains("10.1.255.1".parse().unwrap()));
        assert!(!ten.contains("10.2.0.1".parse().unwrap()));
        assert!(!ten.contains("::ffff:10.1.0.1".parse().unwrap()));
        let one = network("fd00::7").unwrap();
        assert!(one.contains("fd00::7".parse().unwrap()));
        assert!(!one.contains("fd00::8".parse().unwrap()));
        assert!(
            network("0.0.0.0/0")
                .unwrap()
                .contains("9.9.9.9".parse().unwrap())
        );
        assert!(network("::/0").unwrap().contains("::1".parse().unwrap()));
        for wrong in [
            "",
            "10",
            "10.0.0.0/33",
            "10.0.0.0/-1",
            "::/129",
            "host/8",
            "/8",
        ] {
            assert_eq!(network(wrong), Err(NoNetwork), "{wrong}");
        }
    }

    proptest! {
        /// The standard library's own opinion, where it has one.
        #[test]
        fn nothing_that_the_standard_library_knows_as_special_is_public(bits: u32) {
            let address = Ipv4Addr::from_bits(bits);
            let special = address.is_private() || address.is_loopback()
                || address.is_link_local() || address.is_multicast()
                || address.is_broadcast() || address.is_documentation()
                || address.is_unspecified();
            prop_assert!(!(special && is_public(address.into())));
            prop_assert!(!is_public(address.to_ipv6_mapped().into()));
            prop_assert!(!is_public(address.to_ipv6_compatible().into()));
        }

        #[test]
        fn a_network_reads_as_it_is_written(bits: u128, prefix in 0u8..=128) {
            let network = Network { first: Ipv6Addr::from_bits(bits).into(), prefix };
            prop_assert_eq!(network.to_string().parse(), Ok(network));
        }
    }
}

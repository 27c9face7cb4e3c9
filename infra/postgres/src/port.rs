//! Ports that stay free: below 32768, where no outgoing connection is given its own.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::bail;

/// Where the search begins and ends: above the well-known servers, below the ephemeral range of Linux.
const RANGE: std::ops::Range<u16> = 21_000..32_000;

/// A port of 127.0.0.1 that nobody listens on now. The search starts at a random place, so that two programs that look at
/// the same moment rarely find the same.
pub fn free_port() -> anyhow::Result<u16> {
    let mut random = [0; 2];
    getrandom::fill(&mut random)?;
    let span = RANGE.end - RANGE.start;
    let start = u16::from_ne_bytes(random) % span;
    for step in 0..span {
        let port = RANGE.start + (start + step) % span;
        if is_free(port) {
            return Ok(port);
        }
    }
    bail!(
        "no free port between {} and {} on 127.0.0.1",
        RANGE.start,
        RANGE.end
    )
}

/// Whether a server could listen on this port of 127.0.0.1.
pub(crate) fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_port_is_below_the_ephemeral_range_and_can_be_taken() {
        let bound = || {
            let port = free_port().unwrap();
            assert!(port < 32_768);
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok()?;
            Some((port, listener))
        };
        // A server of another test may have taken it in between.
        let (port, listener) = (0..10).find_map(|_| bound()).unwrap();
        assert!(!is_free(port));
        drop(listener);
    }
}

//! The `Authorization` header (RFC 6750, RFC 9449 section 7.1).

use sha2::{Digest, Sha256};

/// How API keys begin.
const API_KEY: &str = "spk_";
/// Longest API key that is hashed, bytes.
const API_KEY_LIMIT: usize = 128;

/// What was presented.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Credential<'a> {
    /// A token that whoever holds it may use.
    Bearer(&'a str),
    /// A token that needs a proof of possession.
    Dpop(&'a str),
    /// SHA-256 of an API key in lower-case hex.
    ApiKey(String),
}

impl<'a> Credential<'a> {
    /// None if this is neither.
    pub(crate) fn parse(authorization: &'a str) -> Option<Self> {
        let (scheme, token) = authorization.trim().split_once(' ')?;
        let token = token.trim_start_matches(' ');
        let is_token = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b);
        if token.is_empty() || !token.bytes().all(is_token) {
            return None;
        }
        let bearer = scheme.eq_ignore_ascii_case("bearer");
        if bearer && token.starts_with(API_KEY) {
            return (token.len() <= API_KEY_LIMIT)
                .then(|| Self::ApiKey(hex(&Sha256::digest(token))));
        }
        match bearer {
            true => Some(Self::Bearer(token)),
            false if scheme.eq_ignore_ascii_case("dpop") => Some(Self::Dpop(token)),
            false => None,
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String never fails.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_are_two_in_any_case() {
        let cases = [
            (
                "Bearer a.b.c",
                Some(Credential::Bearer("a.b.c")),
                "RFC 6750",
            ),
            (
                "bearer  a.b.c ",
                Some(Credential::Bearer("a.b.c")),
                "RFC 9110: case and spaces do not matter",
            ),
            ("DPoP a.b.c", Some(Credential::Dpop("a.b.c")), "RFC 9449"),
            (
                "DPoP spk_x",
                Some(Credential::Dpop("spk_x")),
                "an API key is never bound",
            ),
            ("Basic dXNlcjpwYXNz", None, "no passwords here"),
            ("Bearer", None, "a scheme alone"),
            ("Bearer ", None, "an empty token"),
            ("", None, "nothing"),
            ("Bearer a b", None, "two tokens"),
            ("Bearer a,b", None, "not a b64token"),
            ("Bearer ä", None, "not ASCII"),
        ];
        for (header, expected, rule) in cases {
            assert_eq!(Credential::parse(header), expected, "{rule}");
        }
    }

    #[test]
    fn api_keys_are_looked_up_by_their_sha_256() {
        assert_eq!(
            Credential::parse("Bearer spk_abc"),
            Some(Credential::ApiKey(
                "45008388ab45d5526f83162bad1f278a017e6a493e3c2f18d8ee61bd07d08153".into()
            ))
        );
        assert_eq!(
            hex(&Sha256::digest(b"abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(
            Credential::parse(&format!("Bearer spk_{}", "a".repeat(200))),
            None
        );
    }
}

//! Proofs of possession (RFC 9449 section 4.3).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use contracts::identity::tokens::Presented;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::compact::Compact;
use crate::jwk::Jwk;

/// Age that a proof may have, seconds.
const AGE: i64 = 60;
/// How far a client's clock may be ahead, seconds (FAPI 2.0 section 5.3.2.1).
const AHEAD: i64 = 10;

#[derive(Deserialize)]
struct Header {
    typ: Option<String>,
    alg: String,
    jwk: Jwk,
    crit: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: i64,
    ath: String,
}

/// Whether the request carries a proof, good for it and for this token, by the key with this thumbprint.
pub(crate) fn proves(presented: &Presented, token: &str, thumbprint: &str) -> bool {
    presented
        .dpop
        .as_deref()
        .is_some_and(|proof| check(proof, presented, token, thumbprint).is_some())
}

fn check(proof: &str, presented: &Presented, token: &str, thumbprint: &str) -> Option<()> {
    let compact = Compact::parse(proof)?;
    let header: Header = compact.header()?;
    let claims: Claims = compact.payload()?;
    let age = presented.now.checked_sub(claims.iat)?;
    let good = header
        .typ
        .as_deref()
        .is_some_and(|typ| typ.eq_ignore_ascii_case("dpop+jwt"))
        && header.crit.is_none()
        && !claims.jti.is_empty()
        && claims.htm == presented.method
        && target(&claims.htu) == target(&presented.url)
        && (-AHEAD..=AGE).contains(&age)
        && equal(&claims.ath, &URL_SAFE_NO_PAD.encode(Sha256::digest(token)));
    if !good {
        return None;
    }
    let key = header
        .jwk
        .verify(&header.alg, compact.signed, &compact.signature)?;
    equal(key.as_str(), thumbprint).then_some(())
}

/// The address without query and fragment, scheme and host in lower case (RFC 9449 section 4.3, step 9).
fn target(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (scheme, host) = (scheme.to_ascii_lowercase(), host.to_ascii_lowercase());
    let host = match scheme.as_str() {
        "https" => host.strip_suffix(":443").unwrap_or(&host),
        "http" => host.strip_suffix(":80").unwrap_or(&host),
        _ => &host,
    };
    format!("{scheme}://{host}/{path}")
}

fn equal(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_compared_without_query_and_case_of_the_host() {
        let cases = [
            ("https://A.example/x?y#z", "https://a.example/x", true),
            ("HTTPS://a.example:443/x", "https://a.example/x", true),
            ("http://localhost:3000/x", "http://localhost:3000/x", true),
            ("https://a.example", "https://a.example/", true),
            ("https://a.example/X", "https://a.example/x", false),
            ("http://a.example/x", "https://a.example/x", false),
            ("https://a.example.evil/x", "https://a.example/x", false),
        ];
        for (one, other, same) in cases {
            assert_eq!(target(one) == target(other), same, "{one} {other}");
        }
    }
}

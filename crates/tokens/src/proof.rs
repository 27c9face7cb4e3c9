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
    ath: Option<String>,
    nonce: Option<String>,
}

/// Longest `jti` that is looked at, bytes.
const JTI_LIMIT: usize = 256;

/// The request that a proof must be good for.
#[derive(Clone, Copy, Debug)]
pub struct ProvenRequest<'a> {
    /// HTTP method, upper case.
    pub method: &'a str,
    /// Public URL; query and fragment don't count.
    pub url: &'a str,
    /// The access token that comes with it; none at the token endpoint.
    pub token: Option<&'a str>,
    /// Our clock, seconds since the Unix epoch.
    pub now: i64,
}

/// A proof that is good for its request (RFC 9449 section 4.3). Whether it was seen before, and whether its nonce is ours, takes a row in Postgres.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// SHA-256 thumbprint of the key that made it (RFC 7638), base64url: the `jkt` of tokens bound to it.
    pub thumbprint: String,
    /// Unique among the key's proofs.
    pub jti: String,
    /// The nonce that the server gave.
    pub nonce: Option<String>,
}

impl Proof {
    /// Reads the value of a `DPoP` header; none unless it is a good proof for this request.
    #[must_use]
    pub fn verify(proof: &str, request: &ProvenRequest<'_>) -> Option<Self> {
        let compact = Compact::parse(proof)?;
        let header: Header = compact.header()?;
        let claims: Claims = compact.payload()?;
        let age = request.now.checked_sub(claims.iat)?;
        let hash = request
            .token
            .map(|token| URL_SAFE_NO_PAD.encode(Sha256::digest(token)));
        let good = header
            .typ
            .as_deref()
            .is_some_and(|typ| typ.eq_ignore_ascii_case("dpop+jwt"))
            && header.crit.is_none()
            && (1..=JTI_LIMIT).contains(&claims.jti.len())
            // It is remembered, and no text column can hold NUL.
            && !claims.jti.contains('\0')
            && claims.htm == request.method
            && target(&claims.htu) == target(request.url)
            && (-AHEAD..=AGE).contains(&age)
            && hash.is_none_or(|hash| claims.ath.is_some_and(|ath| equal(&ath, &hash)));
        if !good {
            return None;
        }
        let key = header
            .jwk
            .verify(&header.alg, compact.signed(), compact.signature())?;
        Some(Self {
            thumbprint: key.as_str().to_owned(),
            jti: claims.jti,
            nonce: claims.nonce,
        })
    }
}

/// Whether the request carries a proof, good for it and for this token, by the key with this thumbprint.
pub(crate) fn proves(presented: &Presented, token: &str, thumbprint: &str) -> bool {
    let request = ProvenRequest {
        method: &presented.method,
        url: &presented.url,
        token: Some(token),
        now: presented.now,
    };
    presented
        .dpop
        .as_deref()
        .and_then(|proof| Proof::verify(proof, &request))
        .is_some_and(|proof| equal(&proof.thumbprint, thumbprint))
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

    /// A seed that is refused leads the fuzzer nowhere.
    #[test]
    fn the_seed_of_infra_fuzz_is_a_good_proof() {
        let seed = include_str!("../../../infra/fuzz/seeds/credentials/dpop");
        let (authorization, proof) = seed.split_once('\n').unwrap();
        let request = ProvenRequest {
            method: "GET",
            url: "https://spindle.example/api/v1/profile/me",
            token: authorization.strip_prefix("DPoP "),
            now: 1_790_000_000,
        };
        assert!(Proof::verify(proof, &request).is_some());
    }
}

//! Bearer tokens that the operator sets: no principal behind them, they open one route.

use http::{HeaderMap, header};
use subtle::ConstantTimeEq;

/// Whether the request presents this token (RFC 6750 section 2.1). Takes the same time wherever the two differ.
#[must_use]
pub fn presents(headers: &HeaderMap, token: &[u8]) -> bool {
    let presented = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map_or("", |(_, credential)| credential.trim());
    presented.as_bytes().ct_eq(token).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_token_as_bearer_opens() {
        for (authorization, opens) in [
            ("Bearer hush", true),
            ("bearer  hush ", true),
            ("Bearer hus", false),
            ("Bearer hush2", false),
            ("Bearer ", false),
            ("Basic hush", false),
            ("hush", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, authorization.parse().unwrap());
            assert_eq!(presents(&headers, b"hush"), opens, "{authorization}");
        }
        assert!(!presents(&HeaderMap::new(), b"hush"));
    }
}

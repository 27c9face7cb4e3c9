//! A request on its way to a guest: what Spin changes in it.

use std::net::SocketAddr;

use http::header::{CONNECTION, HOST};
use http::uri::{Authority, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Uri};

use crate::routing::Match;

/// What is wrong with a request that no guest should see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// No `Host`, an unreadable one, or one that contradicts the request line.
    Host,
    /// A header that isn't UTF-8, which Spin doesn't pass on either.
    HeaderValue,
}

/// Makes the URI absolute, as guests see it: the scheme is http, the authority what the client asked for.
pub(crate) fn make_absolute<B>(request: &mut Request<B>) -> Result<Authority, Malformed> {
    if request
        .headers()
        .values()
        .any(|value| std::str::from_utf8(value.as_bytes()).is_err())
    {
        return Err(Malformed::HeaderValue);
    }
    let host = request
        .headers()
        .get(HOST)
        .map(|host| Authority::try_from(host.as_bytes()).map_err(|_| Malformed::Host))
        .transpose()?;
    let mut parts = std::mem::take(request.uri_mut()).into_parts();
    let authority = match (host, parts.authority.take()) {
        (Some(host), Some(line)) if host != line => return Err(Malformed::Host),
        (Some(authority), _) | (None, Some(authority)) => authority,
        (None, None) => return Err(Malformed::Host),
    };
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = Some(authority.clone());
    if parts.path_and_query.is_none() {
        parts.path_and_query = Some(http::uri::PathAndQuery::from_static("/"));
    }
    *request.uri_mut() = Uri::from_parts(parts).map_err(|_| Malformed::Host)?;
    Ok(authority)
}

/// Adds Spin's headers. They come after what the client sent under the same names, so the last value is the host's own; a
/// guest that takes the first can be lied to on Spin and must be so here.
pub(crate) fn add_spin_headers<B, T>(
    request: &mut Request<B>,
    host: &str,
    matched: &Match<T>,
    client: SocketAddr,
) {
    let path_and_query = request
        .uri()
        .path_and_query()
        .map_or("/", http::uri::PathAndQuery::as_str);
    let full_url = format!("http://{host}{path_and_query}");
    let headers = request.headers_mut();
    headers.remove(CONNECTION);
    if host.ends_with(crate::allowed_hosts::CHAINING_SUFFIX) {
        headers.remove(HOST);
    }
    append(headers, "spin-path-info", &matched.path_info);
    append(headers, "spin-full-url", &full_url);
    append(headers, "spin-matched-route", &matched.based_route);
    append(headers, "spin-base-path", "/");
    append(headers, "spin-raw-component-route", &matched.raw_route);
    append(headers, "spin-component-route", matched.component_route());
    append(headers, "spin-client-addr", &client.to_string());
    for (name, value) in &matched.parameters {
        append(
            headers,
            &format!("spin-path-match-{}", name.to_ascii_lowercase()),
            value,
        );
    }
}

/// What can't be a header (a route's parameter with odd letters) is left out, as in Spin.
fn append(headers: &mut HeaderMap, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
        headers.append(name, value);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::routing::Router;

    #[test]
    fn a_spoofed_header_comes_first_and_the_host_s_own_last() {
        let (router, _) = Router::new([("/users/:id/...".to_owned(), Arc::new(()))]).unwrap();
        let mut request = Request::get("http://example.org/users/7/edit?x=1")
            .header("spin-client-addr", "6.6.6.6:6")
            .header("connection", "close")
            .body(())
            .unwrap();
        let matched = router.find("/users/7/edit").unwrap();
        add_spin_headers(
            &mut request,
            "example.org",
            &matched,
            "127.0.0.1:9".parse().unwrap(),
        );
        let values = |name: &str| {
            request
                .headers()
                .get_all(name)
                .iter()
                .map(|value| value.to_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(values("spin-client-addr"), ["6.6.6.6:6", "127.0.0.1:9"]);
        assert_eq!(
            values("spin-full-url"),
            ["http://example.org/users/7/edit?x=1"]
        );
        assert_eq!(values("spin-path-info"), ["/edit"]);
        assert_eq!(values("spin-matched-route"), ["/users/:id/..."]);
        assert_eq!(values("spin-component-route"), ["/users/:id"]);
        assert_eq!(values("spin-path-match-id"), ["7"]);
        assert!(values("connection").is_empty());
    }

    #[test]
    fn the_authority_is_the_one_that_the_client_asked_for() {
        for (uri, host, expected) in [
            ("/x", Some("a.example:80"), Ok("http://a.example:80/x")),
            ("http://a.example/x", None, Ok("http://a.example/x")),
            (
                "http://a.example/x",
                Some("b.example"),
                Err(Malformed::Host),
            ),
            ("/x", None, Err(Malformed::Host)),
            ("/x", Some("not a host"), Err(Malformed::Host)),
        ] {
            let mut request = Request::get(uri);
            if let Some(host) = host {
                request = request.header(HOST, host);
            }
            let mut request = request.body(()).unwrap();
            let result = make_absolute(&mut request).map(|_| request.uri().to_string());
            assert_eq!(result, expected.map(str::to_owned), "{uri} {host:?}");
        }
    }
}

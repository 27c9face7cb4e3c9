//! Resource indicators (RFC 8707).

use url::Url;

/// A resource as it is kept, named in `aud` and compared, character by character. An empty path and `/` are the same (RFC 3986 section
/// 6.2.3), and libraries that parse addresses write the one where people write the other: here it is the empty one.
pub(crate) fn canonical(resource: &str) -> &str {
    match resource.strip_suffix('/') {
        Some(origin) if is_origin(origin) => origin,
        _ => resource,
    }
}

fn is_origin(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, authority)| {
        matches!(scheme, "https" | "http")
            && !authority.is_empty()
            && !authority.contains(['/', '?', '#'])
    })
}

/// RFC 8707 section 2: absolute, no fragment.
pub(crate) fn is_resource(text: &str) -> bool {
    text.len() <= 2_000
        && !text.contains('#')
        && !text.contains(char::is_whitespace)
        && Url::parse(text).is_ok_and(|url| {
            url.scheme() == "https" && url.host().is_some()
                || url.scheme() == "http"
                    && matches!(url.host_str(), Some("localhost" | "127.0.0.1"))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_empty_path_is_the_same_with_a_slash() {
        for (resource, kept) in [
            ("https://a.example/", "https://a.example"),
            ("https://a.example", "https://a.example"),
            ("http://localhost:8080/", "http://localhost:8080"),
            ("https://a.example/api/", "https://a.example/api/"),
            ("https://a.example/api", "https://a.example/api"),
            ("https://a.example//", "https://a.example//"),
            ("https://a.example?q=/", "https://a.example?q=/"),
            ("https:///", "https:///"),
            ("urn:x/", "urn:x/"),
            ("/", "/"),
        ] {
            assert_eq!(canonical(resource), kept);
        }
    }
}

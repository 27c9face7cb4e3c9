//! How pages are answered: stored by whoever likes, asked for again each time, sent again only when they are others.

use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use kit::IfNoneMatch;
use sha2::{Digest, Sha256};

/// The type of a page.
pub(crate) const HTML: &str = "text/html; charset=utf-8";
/// What pages may load: pictures, and our style sheet. No script ever. The hashes are of the only styles that an element may have: how
/// the renderer aligns the columns of a table. The icon, which is none, is a `data:` address.
const POLICY: &str = "default-src 'none'; style-src 'self'; \
    style-src-attr 'unsafe-hashes' 'sha256-De7agAeYqm6ANIVvRRW6HFWi52AJW8inhFE0gSdgXnI=' \
    'sha256-kFAIUwypIt04FgLyVU63Lcmp2AQimPh/TdYjy04Flxs=' 'sha256-XzJlZKVo+ff9ozww9Sr2p/2TbJXITZuaWMZ9p53zN1U='; \
    img-src 'self' https: http: data:; form-action 'self'; script-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/// The first characters of a hash: enough to tell versions apart.
pub(crate) fn fingerprint(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    URL_SAFE_NO_PAD.encode(hash.get(..12).unwrap_or(&hash))
}

/// A document of this type, or 304 where the client has it. `modified` is the newest time in it, RFC 3339. It is told and never asked:
/// no time tells of what left a page, a deleted post or a rejected comment, nor of a second change within one second (RFC 9110 section
/// 8.8.2.2), so `If-Modified-Since` is answered with the page.
pub(crate) fn document(
    known: &IfNoneMatch,
    kind: &'static str,
    modified: Option<&str>,
    body: String,
) -> Response {
    let etag = format!("\"{}\"", fingerprint(body.as_bytes()));
    let modified = modified
        .and_then(|text| DateTime::parse_from_rfc3339(text).ok())
        .map(|at| at.with_timezone(&Utc));
    let mut response = known.answer(etag, ([(header::CONTENT_TYPE, kind)], body));
    let headers = response.headers_mut();
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, no-cache"),
    );
    if let Some(value) = modified.and_then(|at| HeaderValue::from_str(&http_date(at)).ok()) {
        headers.insert(header::LAST_MODIFIED, value);
    }
    policy(headers);
    response
}

/// A page that is no success.
pub(crate) fn failure(status: StatusCode, body: String) -> Response {
    let mut response = (status, body).into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(HTML));
    policy(response.headers_mut());
    response
}

fn policy(headers: &mut HeaderMap) {
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(POLICY),
    );
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("strict-origin-when-cross-origin"),
    );
}

/// RFC 9110 section 5.6.7.
pub(crate) fn http_date(at: DateTime<Utc>) -> String {
    at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn columns_may_be_aligned_and_no_other_style_is_let_through() {
        for side in ["left", "center", "right"] {
            let hash = STANDARD.encode(Sha256::digest(format!("text-align:{side}")));
            assert!(POLICY.contains(&format!(" 'sha256-{hash}'")), "{side}");
        }
        assert_eq!(POLICY.matches("sha256-").count(), 3);
        assert!(!POLICY.contains("unsafe-inline"));
    }
}

//! Entity tags and preconditions (RFC 9110 section 13).

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderName, StatusCode, header};
use uuid::Uuid;

use crate::{Problem, WithEtag};

/// The strong entity tag of a version of a resource.
#[must_use]
pub fn etag(version: i64, id: Uuid) -> String {
    format!("\"{}-{version}\"", id.simple())
}

/// The strong entity tag of a resource that shows more than its writers change, as an account shows its sessions; `others` is the
/// version of that. A strong tag changes with everything that is shown (RFC 9110 section 8.8.1), so 304 never hides anything. What
/// `If-Match` is for, that no change of somebody else is overwritten (section 13.1.1), asks for the version of what is written
/// alone: [`IfMatch::version`] leaves the rest of the tag out.
#[must_use]
pub fn etag_with_others(version: i64, others: i64, id: Uuid) -> String {
    format!("\"{}-{version}.{others}\"", id.simple())
}

/// The version in an entity tag that [`etag`] or [`etag_with_others`] made for this resource.
fn version_in(tag: &str, id: Uuid) -> Option<i64> {
    tag.trim_matches('"')
        .strip_prefix(&format!("{}-", id.simple()))?
        .split('.')
        .next()?
        .parse()
        .ok()
}

fn tags(headers: &HeaderMap, name: HeaderName) -> Option<Vec<String>> {
    let mut values = headers.get_all(name).iter().peekable();
    values.peek()?;
    Some(
        values
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(|tag| tag.trim().to_owned())
            .filter(|tag| !tag.is_empty())
            .collect(),
    )
}

/// `If-Match`: write only if the resource is still the one that the client knows.
#[derive(Clone, Debug)]
pub struct IfMatch(Option<Vec<String>>);

impl IfMatch {
    /// The header must be there.
    ///
    /// # Errors
    /// 428 without it.
    pub fn required(&self) -> Result<&Self, Problem> {
        if self.0.is_some() {
            Ok(self)
        } else {
            Err(Problem::precondition_required())
        }
    }

    /// Checks against the present tag.
    ///
    /// # Errors
    /// 412 if it is another. Weak tags never match (RFC 9110 section 13.1.1).
    pub fn matches(&self, current: &str) -> Result<(), Problem> {
        match &self.0 {
            Some(tags) if !tags.iter().any(|tag| tag == "*" || tag == current) => {
                Err(Problem::precondition_failed())
            }
            _ => Ok(()),
        }
    }

    /// The version that the client knows, for the writing statement to compare with: none without the header or with
    /// `*`, and one that no row has where the tags belong to something else.
    #[must_use]
    pub fn version(&self, id: Uuid) -> Option<i64> {
        match &self.0 {
            Some(tags) if !tags.iter().any(|tag| tag == "*") => Some(
                tags.iter()
                    .find_map(|tag| version_in(tag, id))
                    .unwrap_or(-1),
            ),
            _ => None,
        }
    }

    /// The tags that the client named, for a database that finds out the resource's id itself; none without the header.
    #[must_use]
    pub fn tags(&self) -> Option<Vec<String>> {
        self.0.clone()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(tags(&parts.headers, header::IF_MATCH)))
    }
}

/// `If-None-Match`: answer 304 if the client has the present version already.
#[derive(Clone, Debug)]
pub struct IfNoneMatch(Option<Vec<String>>);

impl IfNoneMatch {
    /// The resource as it is, under its tag; 304 without it if the client has this version already.
    #[must_use]
    pub fn answer(&self, current: String, body: impl IntoResponse) -> Response {
        if self.has(&current) {
            WithEtag(current, StatusCode::NOT_MODIFIED).into_response()
        } else {
            WithEtag(current, body).into_response()
        }
    }

    /// True if the client has this version. Weak comparison (RFC 9110 section 13.1.2).
    fn has(&self, current: &str) -> bool {
        let strong = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag).to_owned();
        self.0.as_ref().is_some_and(|tags| {
            tags.iter()
                .any(|tag| tag == "*" || strong(tag) == strong(current))
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfNoneMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(tags(&parts.headers, header::IF_NONE_MATCH)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_tags_revalidate_but_never_guard_a_write() {
        let id = Uuid::from_u128(7);
        let tag = etag(3, id);
        let guard = IfMatch(Some(vec![format!("W/{tag}")]));
        assert!(guard.matches(&tag).is_err());
        assert!(IfNoneMatch(Some(vec![format!("W/{tag}")])).has(&tag));
        assert!(IfMatch(Some(vec!["*".into()])).matches(&tag).is_ok());
        assert_eq!(IfMatch(Some(vec![tag.clone()])).version(id), Some(3));
        let with_others = etag_with_others(-3, -9, id);
        assert_ne!(with_others, etag_with_others(-3, 9, id));
        assert_eq!(IfMatch(Some(vec![with_others])).version(id), Some(-3));
        assert_eq!(
            IfMatch(Some(vec![tag])).version(Uuid::from_u128(8)),
            Some(-1)
        );
        assert!(IfMatch(None).required().is_err());
    }

    #[test]
    fn what_the_client_has_is_not_sent_again_and_the_tag_is_always_there() {
        let known = |tag: &str| IfNoneMatch(Some(vec![tag.to_owned()]));
        let current = "\"b\"";
        for (known, status) in [
            (IfNoneMatch(None), StatusCode::OK),
            (IfNoneMatch(Some(Vec::new())), StatusCode::OK),
            (known("\"a\""), StatusCode::OK),
            (known(current), StatusCode::NOT_MODIFIED),
            (known("W/\"b\""), StatusCode::NOT_MODIFIED),
            (known("*"), StatusCode::NOT_MODIFIED),
        ] {
            let response = known.answer(current.to_owned(), "body");
            assert_eq!(response.status(), status, "{known:?}");
            assert_eq!(response.headers()[header::ETAG], current, "{known:?}");
            let sent = response.headers().contains_key(header::CONTENT_TYPE);
            assert_eq!(sent, status == StatusCode::OK, "{known:?}");
        }
    }
}

//! Somebody else's wire format, for a service that speaks it instead of ours: what its clients call the scheme `Bearer`, and how
//! they are told what went wrong. Status, headers and the log line stay what they are everywhere.

use axum::body::Body;
use http::header::{AUTHORIZATION, Entry};
use http::{HeaderMap, HeaderValue, Response};
use serde_json::Value;

use crate::{App, AppBuilder, Problem};

/// A wire format that is not ours.
pub struct Dialect {
    /// What clients call the scheme `Bearer`, besides that.
    pub scheme: &'static str,
    /// The JSON that says what went wrong; none where a problem document shall.
    pub problem: fn(&App, &Problem) -> Option<Value>,
}

impl AppBuilder {
    /// Speaks another wire format. Call it once.
    #[must_use]
    pub fn dialect(self, dialect: Dialect) -> Self {
        self.extension(dialect)
    }
}

impl Dialect {
    /// Names the scheme of a credential as we do.
    pub(crate) fn translate(&self, headers: &mut HeaderMap) {
        let Entry::Occupied(mut values) = headers.entry(AUTHORIZATION) else {
            return;
        };
        for value in values.iter_mut() {
            let credential = value
                .to_str()
                .ok()
                .and_then(|text| text.split_once(' '))
                .filter(|(scheme, _)| scheme.eq_ignore_ascii_case(self.scheme))
                .and_then(|(_, rest)| HeaderValue::from_str(&format!("Bearer {rest}")).ok());
            if let Some(credential) = credential {
                *value = credential;
            }
        }
    }

    /// The answer to a request that failed.
    pub(crate) fn render(&self, app: &App, problem: &Problem, request_id: &str) -> Response<Body> {
        match (self.problem)(app, problem) {
            Some(document) => problem.render_as(&document),
            None => problem.render(request_id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_named_as_ours_are() {
        let dialect = Dialect {
            scheme: "Token",
            problem: |_, _| None,
        };
        for (sent, read) in [
            ("Token a.b.c", "Bearer a.b.c"),
            ("token a.b.c", "Bearer a.b.c"),
            ("Bearer a.b.c", "Bearer a.b.c"),
            ("Basic a", "Basic a"),
            ("Tokens a", "Tokens a"),
            ("Token", "Token"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, HeaderValue::from_static(sent));
            dialect.translate(&mut headers);
            assert_eq!(headers[AUTHORIZATION], read, "{sent}");
        }
        let mut headers = HeaderMap::new();
        headers.append(AUTHORIZATION, HeaderValue::from_static("Token a"));
        headers.append(AUTHORIZATION, HeaderValue::from_static("Token b"));
        dialect.translate(&mut headers);
        assert_eq!(
            headers.get_all(AUTHORIZATION).iter().count(),
            2,
            "which of the two would count is not decided here"
        );
    }
}

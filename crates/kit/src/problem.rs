//! Problem documents (RFC 9457): the one shape of everything that goes wrong, and the one place that decides it.

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Every kind of problem that Spindle answers with, as `urn:spindle:problem:<kind>`. `docs/problems.md` explains each.
pub const KINDS: &[&str] = &[
    "account-disabled",
    "bad-request",
    "code-invalid",
    "conflict",
    "credentials-invalid",
    "email-not-verified",
    "email-taken",
    "exchange-unreachable",
    "forbidden",
    "idempotency-mismatch",
    "internal",
    "invalid-credential",
    "invalid-cursor",
    "key-already-connected",
    "key-locked-out",
    "key-nonce-conflict",
    "key-refused",
    "login-expired",
    "malformed-json",
    "method-not-allowed",
    "misconfigured",
    "moved",
    "not-found",
    "passkey-invalid",
    "payload-too-large",
    "precondition-failed",
    "precondition-required",
    "rate-limited",
    "reauthentication-required",
    "refresh-token-invalid",
    "refresh-token-reused",
    "reset-token-invalid",
    "second-factor-required",
    "secret-shown-once",
    "slug-taken",
    "stale",
    "ticket-closed",
    "timeout",
    "too-many-requests",
    "unauthorized",
    "unavailable",
    "unsupported-media-type",
    "username-taken",
    "validation",
];

/// What is wrong with one field of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FieldError {
    /// Path of the field, `cover.url` or `tags[2]`; empty for the whole body.
    pub field: String,
    /// What would be allowed, for the person who sent it.
    pub message: String,
}

impl FieldError {
    /// An error of one field.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}

/// The body of an answer that reports a problem (`application/problem+json`).
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ProblemDocument {
    /// `urn:spindle:problem:<kind>`; `docs/problems.md` explains each kind.
    pub r#type: String,
    /// The kind in words; the same for every occurrence.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What happened here and what to do about it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detail: Option<String>,
    /// The id to quote to the operator; also in the `x-request-id` header.
    pub request_id: String,
    /// Fields that are wrong, for 422.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub errors: Vec<FieldError>,
}

/// A failed request. Handlers return it; [`crate::Service`] writes it out with the request's id.
#[derive(Clone, Debug)]
pub struct Problem(Box<Parts>);

#[derive(Clone, Debug)]
struct Parts {
    status: StatusCode,
    kind: &'static str,
    title: Cow<'static, str>,
    detail: Option<String>,
    errors: Vec<FieldError>,
    members: Map<String, Value>,
    headers: HeaderMap,
    cause: Option<String>,
}

impl Problem {
    /// A problem of a kind listed in [`KINDS`].
    #[must_use]
    pub fn new(
        status: StatusCode,
        kind: &'static str,
        title: impl Into<Cow<'static, str>>,
    ) -> Self {
        debug_assert!(KINDS.contains(&kind), "{kind} is not in problem::KINDS");
        Self(Box::new(Parts {
            status,
            kind,
            title: title.into(),
            detail: None,
            errors: Vec::new(),
            members: Map::new(),
            headers: HeaderMap::new(),
            cause: None,
        }))
    }

    /// What happened here and what to do about it.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// Says which field it is about, where that is not 422 alone.
    #[must_use]
    pub fn about(mut self, field: &str, message: impl Into<String>) -> Self {
        self.0.errors.push(FieldError::new(field, message));
        self
    }

    /// Adds an extension member to the document.
    #[must_use]
    pub fn with(mut self, member: &str, value: impl Serialize) -> Self {
        if let Ok(value) = serde_json::to_value(value) {
            self.0.members.insert(member.to_owned(), value);
        }
        self
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.0.headers.insert(name, value);
        }
        self
    }

    /// The cause, for the log line alone; the client never sees it.
    #[must_use]
    pub fn caused_by(mut self, cause: impl std::fmt::Display) -> Self {
        self.0.cause = Some(cause.to_string());
        self
    }

    /// 400: the request itself cannot be read.
    #[must_use]
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "bad-request",
            "The request cannot be read",
        )
        .detail(detail)
    }

    /// 401: no credential, or one that is not good.
    #[must_use]
    pub fn unauthorized(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "Authentication is required",
        )
        .detail(detail)
        .header(header::WWW_AUTHENTICATE, "Bearer")
    }

    /// 403: known, but not allowed.
    #[must_use]
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Not allowed").detail(detail)
    }

    /// 403: the permission is the account's, or may be, and is in force in sessions with a second factor alone (RFC 9470).
    #[must_use]
    pub fn second_factor_required(permission: &str) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "second-factor-required",
            "A second factor is required",
        )
        .detail(format!(
            "The permission {permission} needs a session with a second factor. Set up an authenticator app \
             (POST /api/v1/auth/mfa/totp) or a passkey where the account has none, then sign in again with it."
        ))
        .header(
            header::WWW_AUTHENTICATE,
            "Bearer error=\"insufficient_user_authentication\", acr_values=\"urn:spindle:acr:2fa\"",
        )
    }

    /// 404: there is no such thing, or none that the caller may know of.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not found")
            .detail(format!("There is no such {what}."))
    }

    /// 308: the thing is under another address now; the same request goes there.
    #[must_use]
    pub fn moved(location: &str) -> Self {
        Self::new(StatusCode::PERMANENT_REDIRECT, "moved", "Moved")
            .detail("The address has changed; Location holds the one of now.")
            .header(header::LOCATION, location)
    }

    /// 409 with a kind of its own.
    #[must_use]
    pub fn conflict(kind: &'static str, detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            kind,
            "Conflict with the present state",
        )
        .detail(detail)
    }

    /// 412: the resource has changed since the client read it.
    #[must_use]
    pub fn precondition_failed() -> Self {
        Self::new(
            StatusCode::PRECONDITION_FAILED,
            "precondition-failed",
            "The resource has changed",
        )
        .detail("Read it again, merge, and send the new ETag in If-Match.")
    }

    /// 428: the write needs `If-Match`.
    #[must_use]
    pub fn precondition_required() -> Self {
        Self::new(
            StatusCode::PRECONDITION_REQUIRED,
            "precondition-required",
            "If-Match is required",
        )
        .detail("Send the ETag that you last read in If-Match, so that nobody's change is lost.")
    }

    /// 422: fields that are wrong.
    #[must_use]
    pub fn validation(errors: impl IntoIterator<Item = FieldError>) -> Self {
        let mut problem = Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "validation",
            "Some fields are not valid",
        );
        problem.0.errors = errors.into_iter().collect();
        problem
    }

    /// 422 of one field.
    #[must_use]
    pub fn invalid_field(field: &str, message: impl Into<String>) -> Self {
        Self::validation([FieldError::new(field, message)])
    }

    /// 503: something that the answer needs is down. `Retry-After` says one second.
    #[must_use]
    pub fn unavailable(what: &str) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "Temporarily unavailable",
        )
        .detail(format!("{what} is not available; try again."))
        .header(header::RETRY_AFTER, "1")
    }

    /// 503: the operator left something out. Names the variable, never its value.
    #[must_use]
    pub fn misconfigured(variable: &str, why: &str) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "misconfigured",
            "The service is not configured",
        )
        .detail(format!("The variable `{variable}` {why}."))
        .caused_by(format_args!("the variable {variable} {why}"))
        .header(header::RETRY_AFTER, "30")
    }

    /// 500: our fault. The cause goes to the log, not to the client.
    #[must_use]
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Internal error",
        )
        .detail("Something went wrong here. The operator finds the cause by the request id.")
        .caused_by(cause)
    }

    /// The problem that a bare status stands for: what axum answers by itself for unknown paths, wrong methods and so on.
    #[must_use]
    pub fn from_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::not_found("resource"),
            StatusCode::METHOD_NOT_ALLOWED => {
                Self::new(status, "method-not-allowed", "Method not allowed")
                    .detail("The Allow header lists the methods that this resource has.")
            }
            StatusCode::PAYLOAD_TOO_LARGE => {
                Self::new(status, "payload-too-large", "The body is too large")
            }
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                Self::new(status, "unsupported-media-type", "Unsupported media type")
                    .detail("Send the body as application/json.")
            }
            StatusCode::UNAUTHORIZED => Self::unauthorized("Send a bearer token."),
            StatusCode::FORBIDDEN => Self::forbidden("The credential does not allow this."),
            StatusCode::TOO_MANY_REQUESTS => {
                Self::new(status, "too-many-requests", "Too many requests")
            }
            StatusCode::SERVICE_UNAVAILABLE => Self::unavailable("The service"),
            status if status.is_client_error() => {
                Self::new(status, "bad-request", "The request cannot be read")
            }
            status => Self::new(status, "internal", "Internal error"),
        }
    }

    /// The problem that another component answered with; none if its answer is no problem document of ours.
    #[must_use]
    pub fn of_answer(answer: &http::Response<Vec<u8>>) -> Option<Self> {
        let document: ProblemDocument = serde_json::from_slice(answer.body()).ok()?;
        let kind = document.r#type.strip_prefix("urn:spindle:problem:")?;
        let kind = KINDS.iter().copied().find(|known| *known == kind)?;
        let mut problem = Self::new(answer.status(), kind, document.title);
        problem.0.detail = document.detail;
        problem.0.errors = document.errors;
        for name in [header::WWW_AUTHENTICATE, header::RETRY_AFTER] {
            if let Some(value) = answer.headers().get(&name) {
                problem.0.headers.insert(name, value.clone());
            }
        }
        Some(problem)
    }

    /// HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The kebab-case name after `urn:spindle:problem:`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.0.kind
    }

    /// What is wrong with which field.
    #[must_use]
    pub fn errors(&self) -> &[FieldError] {
        &self.0.errors
    }

    /// What happened, for whoever asked.
    #[must_use]
    pub fn message(&self) -> &str {
        self.0.detail.as_deref().unwrap_or(&self.0.title)
    }

    /// The cause for the log line.
    #[must_use]
    pub fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }

    /// The answer, with the request's id in it.
    #[must_use]
    pub fn render(&self, request_id: &str) -> Response {
        let parts = &self.0;
        let mut document = parts.members.clone();
        document.insert(
            "type".into(),
            json!(format!("urn:spindle:problem:{}", parts.kind)),
        );
        document.insert("title".into(), json!(parts.title));
        document.insert("status".into(), json!(parts.status.as_u16()));
        if let Some(detail) = &parts.detail {
            document.insert("detail".into(), json!(detail));
        }
        document.insert("request_id".into(), json!(request_id));
        if !parts.errors.is_empty() {
            document.insert("errors".into(), json!(parts.errors));
        }
        self.answer(
            &Value::Object(document),
            HeaderValue::from_static("application/problem+json"),
        )
    }

    /// The answer in the words of another wire format.
    pub(crate) fn render_as(&self, document: &Value) -> Response {
        self.answer(document, HeaderValue::from_static("application/json"))
    }

    /// This page as the answer, with the status and the headers of the problem.
    #[must_use]
    pub fn render_page(&self, mut page: Response) -> Response {
        *page.status_mut() = self.0.status;
        page.headers_mut().extend(self.0.headers.clone());
        page
    }

    fn answer(&self, document: &Value, kind: HeaderValue) -> Response {
        let mut response = (self.0.status, document.to_string()).into_response();
        response.headers_mut().extend(self.0.headers.clone());
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    }
}

impl IntoResponse for Problem {
    /// The status alone; [`crate::Service`] replaces it by the rendered document, which needs the request's id.
    fn into_response(self) -> Response {
        let mut response = self.0.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_sorted_and_unique() {
        assert!(KINDS.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn every_kind_is_explained_and_nothing_else() {
        let page = include_str!("../../../docs/problems.md");
        let explained: Vec<&str> = page
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
            .collect();
        assert_eq!(explained, KINDS);
    }

    #[test]
    fn what_another_component_refuses_is_refused_in_its_words() {
        let problem = Problem::conflict("username-taken", "Choose another.")
            .about("username", "has already been taken");
        let (parts, body) = problem.render("r-1").into_parts();
        let body = futures::executor::block_on(axum::body::to_bytes(body, 10_000)).unwrap();
        let answer = http::Response::from_parts(parts, body.to_vec());
        let read = Problem::of_answer(&answer).unwrap();
        assert_eq!(
            (read.status(), read.kind()),
            (StatusCode::CONFLICT, "username-taken")
        );
        assert_eq!(read.message(), "Choose another.");
        assert_eq!(read.errors(), problem.errors());
        let strange = http::Response::new(b"{\"type\":\"about:blank\"}".to_vec());
        assert!(Problem::of_answer(&strange).is_none());
    }

    #[test]
    fn the_cause_is_never_rendered() {
        let problem = Problem::internal("duplicate key value violates unique constraint");
        let response = problem.render("r-1");
        let body = futures::executor::block_on(axum::body::to_bytes(response.into_body(), 10_000))
            .unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        assert!(text.contains("\"request_id\":\"r-1\""), "{text}");
        assert!(!text.contains("duplicate"), "{text}");
    }
}

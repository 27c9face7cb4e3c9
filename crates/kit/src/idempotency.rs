//! `Idempotency-Key`: the same POST sent twice creates once. The claim is made by the writing statement
//! (`platform.claim_idempotency`), so there is no moment in which only half of it is done.

use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{Principal, Problem, Value};

/// The key that a request came with, if any.
#[derive(Clone, Debug)]
pub struct Idempotency(Option<String>);

impl Idempotency {
    /// The key.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// Principal, route, key and request hash: the arguments of `platform.claim_idempotency`.
    ///
    /// # Errors
    /// 500 if the body cannot be serialised, which its own type makes impossible.
    pub fn params(
        &self,
        principal: &Principal,
        route: &str,
        body: &impl Serialize,
    ) -> Result<[Value; 4], Problem> {
        let body = serde_json::to_vec(body).map_err(Problem::internal)?;
        Ok([
            Value::from(principal.subject.as_str()),
            Value::from(route),
            Value::from(self.0.clone()),
            Value::Bytes(Sha256::digest(&body).to_vec()),
        ])
    }

    /// The problem of a key that was used with another body.
    #[must_use]
    pub fn mismatch() -> Problem {
        Problem::new(
            http::StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency-mismatch",
            "The Idempotency-Key was used with another request",
        )
        .detail("Use a new key for a new request.")
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Idempotency {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        let Some(value) = parts.headers.get("idempotency-key") else {
            return Ok(Self(None));
        };
        let key = value.to_str().unwrap_or("").trim();
        if key.is_empty() || key.len() > 255 {
            return Err(Problem::bad_request(
                "Idempotency-Key must be 1 to 255 visible ASCII characters.",
            ));
        }
        Ok(Self(Some(key.to_owned())))
    }
}

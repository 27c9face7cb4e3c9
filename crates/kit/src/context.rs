//! What a write says about the request that caused it: who, from where, under which id.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use contracts::identity::tokens::PrincipalKind;
use http::request::Parts;
use serde::Serialize;
use serde_json::json;

use crate::{Principal, Value};

/// The request behind a deed. Its [`value`](Context::value) is the first argument of every writing SQL function.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// The id in `x-request-id`, accepted from the client if sane, else made.
    pub request_id: String,
    /// W3C trace context, carried on as it came.
    pub traceparent: Option<String>,
    /// The client's address.
    pub address: Option<String>,
    /// The client's `User-Agent`, cut to 256 characters.
    pub agent: Option<String>,
    /// Subject of the principal; none for anonymous requests.
    pub actor: Option<String>,
    /// What the principal showed; none for anonymous requests and for work of ours.
    pub credential: Option<Credential>,
}

/// What `identity.require_live` looks up again inside a statement that moves money or credentials: the snapshot that let the request
/// in is up to a second old.
#[derive(Clone, Debug, Serialize)]
pub struct Credential {
    kind: PrincipalKind,
    subject: String,
    session: Option<String>,
    jti: String,
    generation: i64,
}

impl From<&Principal> for Credential {
    fn from(principal: &Principal) -> Self {
        Self {
            kind: principal.kind,
            subject: principal.subject.clone(),
            session: principal.session.clone(),
            jti: principal.jti.clone(),
            generation: principal.generation,
        }
    }
}

impl Context {
    /// The same request, done by this principal.
    #[must_use]
    pub fn for_principal(mut self, principal: &Principal) -> Self {
        self.actor = Some(principal.subject.clone());
        self.credential = Some(principal.into());
        self
    }

    /// The same request, done by this account: for routes that authenticate by themselves.
    #[must_use]
    pub fn for_actor(mut self, actor: impl Into<String>) -> Self {
        self.actor = Some(actor.into());
        self.credential = None;
        self
    }

    /// The `context jsonb` argument of writing functions.
    #[must_use]
    pub fn value(&self) -> Value {
        Value::Jsonb(json!({
            "request_id": self.request_id,
            "traceparent": self.traceparent,
            "address": self.address,
            "agent": self.agent,
            "actor": self.actor,
            "credential": self.credential,
        }))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Context {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}

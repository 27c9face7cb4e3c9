//! Who calls: `Authorization: Token <jwt>`, or `Bearer`, which the kit takes for the same.

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use kit::{App, OptionalPrincipal, Principal, Problem, Scope};
use uuid::Uuid;

/// Somebody who is signed in. Everybody else gets 401, before anything else is looked at.
pub(crate) struct Caller {
    pub(crate) principal: Principal,
    pub(crate) account: Uuid,
}

impl Caller {
    /// The caller, if the credential is good for this.
    ///
    /// # Errors
    /// 403 naming the scope that is missing.
    pub(crate) fn with(self, scope: Scope) -> Result<Self, Problem> {
        self.principal.require(scope).map_err(|problem| {
            problem.about("token", format!("lacks the scope {}", scope.name()))
        })?;
        Ok(self)
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let principal = optional(parts, app)
            .await?
            .ok_or_else(|| Problem::unauthorized("Send a token.").about("token", "is missing"))?;
        let account = principal.user_id()?;
        Ok(Self { principal, account })
    }
}

/// Whoever reads. A credential that is not good is refused all the same.
pub(crate) struct Reader(pub(crate) Option<Uuid>);

impl FromRequestParts<App> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let principal = optional(parts, app).await?;
        Ok(Self(
            principal.and_then(|principal| principal.user_id().ok()),
        ))
    }
}

/// The credential itself, for calls that are made with it.
pub(crate) struct Credential(pub(crate) Option<HeaderValue>);

impl FromRequestParts<App> for Credential {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.headers.get(header::AUTHORIZATION).cloned()))
    }
}

async fn optional(parts: &mut Parts, app: &App) -> Result<Option<Principal>, Problem> {
    match OptionalPrincipal::from_request_parts(parts, app).await {
        Ok(OptionalPrincipal(principal)) => Ok(principal),
        Err(problem) if problem.status() == StatusCode::UNAUTHORIZED => {
            Err(problem.about("token", "is invalid"))
        }
        Err(problem) => Err(problem),
    }
}

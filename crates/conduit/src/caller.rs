//! Who calls: `Authorization: Token <jwt>`, or `Bearer`, which the kit takes for the same. Clients keep one token and never refresh it, so
//! one that has expired stands for its session.

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use kit::{App, Context, OptionalPrincipal, Principal, Problem, Scope};
use uuid::Uuid;

use crate::account;

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

/// Whoever reads. A credential that is not good is nobody's: front-ends send what they have kept, and their suite wants public pages then.
pub(crate) struct Reader(pub(crate) Option<Uuid>);

impl FromRequestParts<App> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let principal = match optional(parts, app).await {
            Err(problem) if problem.status() == StatusCode::UNAUTHORIZED => None,
            answer => answer?,
        };
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
    let refusal = match OptionalPrincipal::from_request_parts(parts, app).await {
        Err(problem) if problem.status() == StatusCode::UNAUTHORIZED => problem,
        answer => return answer.map(|OptionalPrincipal(principal)| principal),
    };
    let Some(next) = renewed(parts, app).await? else {
        return Err(refusal.about("token", "is invalid"));
    };
    // For whoever passes the credential on, too.
    parts.headers.insert(header::AUTHORIZATION, next);
    OptionalPrincipal::from_request_parts(parts, app)
        .await
        .map(|OptionalPrincipal(principal)| principal)
}

/// The credential that follows one which was refused, if its session goes on.
async fn renewed(parts: &mut Parts, app: &App) -> Result<Option<HeaderValue>, Problem> {
    let Ok(context) = Context::from_request_parts(parts, app).await;
    let Some(token) = session_token(parts) else {
        return Ok(None);
    };
    let Some(next) = account::renew(app, &context, token).await? else {
        return Ok(None);
    };
    HeaderValue::from_str(&format!("Bearer {next}"))
        .map(Some)
        .map_err(Problem::internal)
}

/// What may be a session's token; no API key is.
fn session_token(parts: &Parts) -> Option<&str> {
    let credential = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = credential.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && token.split('.').count() == 3).then_some(token)
}

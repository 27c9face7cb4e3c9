//! Asking the exchange again what a key may do.

use axum::extract::State;
use kit::problem::ProblemDocument;
use kit::{App, Context, IfMatch, Json, Path, Principal, Problem, Scope, WithEtag, etag};
use uuid::Uuid;

use super::key::with_etag;
use crate::check;
use crate::domain::Key;
use crate::store::key as store;

/// Asks the exchange again what a key may do.
///
/// The answer is the key with its new status: `drift` if its permissions were changed so that it may not be used any more,
/// with `problem` saying what to do.
///
/// Permissions: `trading.trade`.
#[utoipa::path(
    post,
    path = "/api/v1/trading/keys/{id}/test",
    tag = "trading",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "The key and its status", body = Key),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 404, description = "No such key of yours", body = ProblemDocument),
        (status = 409, description = "The key is in use at this moment", body = ProblemDocument),
        (status = 412, description = "Changed since the version in If-Match", body = ProblemDocument),
        (status = 429, description = "The exchange wants fewer requests", body = ProblemDocument),
        (status = 503, description = "The exchange cannot be reached; the key is as it was", body = ProblemDocument),
    ),
    security(("bearer" = ["trading.trade"]))
)]
pub(crate) async fn test(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(id): Path<Uuid>,
    guard: IfMatch,
) -> Result<WithEtag<Json<Key>>, Problem> {
    principal.require(Scope::TradingTrade)?;
    let owner = principal.user_id()?;
    let context = context.for_principal(&principal);
    let key = store::get_key(app.db(), owner, id)
        .await?
        .ok_or_else(|| Problem::not_found("key"))?;
    // Before the exchange is asked: what it says is true of any version, and is kept.
    guard.matches(&etag(key.version, key.id))?;
    check::run(&app, &context, Some(owner), id)
        .await
        .map(with_etag)
}

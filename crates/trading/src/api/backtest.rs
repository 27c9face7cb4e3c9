//! Backtests: a strategy over stored candles, run by a task.

use axum::extract::State;
use axum::response::Response;
use garde::Validate;
use kit::problem::ProblemDocument;
use kit::{
    Accepted, App, Context, Idempotency, IfNoneMatch, Json, Path, Principal, Problem, RawJson,
    Scope, etag, id,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::bot::checked;
use crate::domain::Amount;
use crate::market;
use crate::store::bot::{self as store, CreateBacktest};
use crate::strategist;

const ROUTE: &str = "POST /api/v1/trading/backtests";

/// A strategy to be tried.
#[derive(Debug, Serialize, Deserialize, ToSchema, Validate)]
#[garde(allow_unvalidated)]
pub(crate) struct CreateBacktestRequest {
    /// One of `GET /api/v1/trading/strategies`.
    #[schema(example = "sma-crossover")]
    #[garde(length(max = 64))]
    strategy: String,
    /// As the strategy's schema says.
    #[schema(value_type = Object)]
    params: Value,
    /// Any name of the pair.
    #[schema(example = "XBTUSD", max_length = 32)]
    #[garde(length(chars, max = 32))]
    pair: String,
    /// Minutes of a candle; the strategy's own if it has one, else 60.
    #[serde(default)]
    interval: Option<u32>,
    /// What there is to spend, in units of the quote asset.
    #[schema(value_type = String, example = "10000")]
    funds: Amount,
}

/// Accepts a backtest; read its report at `Location`.
///
/// Permissions: `trading.trade`.
#[utoipa::path(
    post,
    path = "/api/v1/trading/backtests",
    tag = "trading",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters")),
    request_body = CreateBacktestRequest,
    responses(
        (status = 202, description = "It will be run", body = Object),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 422, description = "A field or a parameter is not valid", body = ProblemDocument),
        (status = 429, description = "The exchange wants fewer requests", body = ProblemDocument),
        (status = 503, description = "The exchange cannot be reached, so that the pair cannot be told", body = ProblemDocument),
    ),
    security(("bearer" = ["trading.trade"]))
)]
pub(crate) async fn create(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    idempotency: Idempotency,
    Json(request): Json<CreateBacktestRequest>,
) -> Result<Accepted<RawJson>, Problem> {
    principal.require(Scope::TradingTrade)?;
    let owner = principal.user_id()?;
    let context = context.for_principal(&principal);
    let pair = market::pair(&app, &context, &request.pair, "pair").await?;
    checked(&app, &request.strategy, &request.params, &pair)?;
    let own = strategist::chosen(&app)?
        .0
        .interval(&request.strategy, &request.params);
    let interval = own.or(request.interval).unwrap_or(60);
    market::check_interval(interval)?;
    let claim = idempotency.params(&principal, ROUTE, &request)?;
    let wanted = json!({
        "id": id::new(), "strategy": request.strategy, "params": request.params, "pair": pair.name,
        "interval": interval, "funds": request.funds,
    });
    let (id, replayed) =
        match store::create_backtest(app.db(), &context, owner, claim, wanted).await? {
            CreateBacktest::Created { id } => (id, false),
            CreateBacktest::Replayed { id } => (id, true),
            CreateBacktest::Mismatch => return Err(Idempotency::mismatch()),
        };
    let found = store::read_backtest(app.db(), owner, id)
        .await?
        .ok_or_else(|| Problem::not_found("backtest"))?;
    Ok(Accepted {
        location: format!("/api/v1/trading/backtests/{id}"),
        etag: etag(found.version, id),
        replayed,
        body: RawJson(found.json),
    })
}

/// Reads a backtest: its report once it is done.
///
/// Permissions: `trading.read`.
#[utoipa::path(
    get,
    path = "/api/v1/trading/backtests/{id}",
    tag = "trading",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "`state` is queued, running (through with `candles_done` of its `candles`, which is so many `percent`), done (with `report`) or failed (with `problem`)", body = Object),
        (status = 304, description = "As in If-None-Match"),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 404, description = "No such backtest of yours", body = ProblemDocument),
    ),
    security(("bearer" = ["trading.read"]))
)]
pub(crate) async fn read(
    State(app): State<App>,
    principal: Principal,
    Path(id): Path<Uuid>,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    principal.require(Scope::TradingRead)?;
    let found = store::read_backtest(app.db(), principal.user_id()?, id)
        .await?
        .ok_or_else(|| Problem::not_found("backtest"))?;
    let tag = etag(found.version, id);
    Ok(known.answer(tag, RawJson(found.json)))
}

//! What a bot did, why it did not, and how it is doing.

use std::str::FromStr;

use axum::extract::State;
use kit::problem::ProblemDocument;
use kit::{App, Context, Json, Page, Path, Principal, Problem, Query, Scope};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::BotDay;
use crate::market;
use crate::store::bot as store;

/// Days of a series at most, and where nobody says.
const MOST_DAYS: i64 = 366;
const DAYS: i64 = 30;

/// What a bot did in a slot, or why it did not, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExecutionList {
    /// `{id, generation, slot, trigger, outcome, reason, signal, orders, created_at}`
    #[schema(value_type = Vec<Object>)]
    items: Vec<Value>,
    next_cursor: Option<String>,
}

/// A bot's events, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct BotEventList {
    /// `{seq, at, type, data}`
    #[schema(value_type = Vec<Object>)]
    items: Vec<Value>,
    next_cursor: Option<String>,
}

/// What a bot has earned, the oldest day first.
#[derive(Serialize, ToSchema)]
pub(crate) struct BotDayList {
    items: Vec<BotDay>,
}

#[derive(Deserialize)]
pub(crate) struct WantedDays {
    days: Option<i64>,
}

/// Lists what a bot did in each slot, and why it did not.
///
/// Permissions: `trading.read`.
#[utoipa::path(
    get,
    path = "/api/v1/trading/bots/{id}/executions",
    tag = "trading",
    params(
        ("id" = Uuid, Path),
        ("limit" = Option<i64>, Query, description = "1 to 100, else 20", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "Newest first", body = ExecutionList),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 404, description = "No such bot of yours", body = ProblemDocument),
        (status = 422, description = "The limit or the cursor is not valid", body = ProblemDocument),
    ),
    security(("bearer" = ["trading.read"]))
)]
pub(crate) async fn executions(
    State(app): State<App>,
    principal: Principal,
    Path(id): Path<Uuid>,
    page: Page,
) -> Result<Json<ExecutionList>, Problem> {
    principal.require(Scope::TradingRead)?;
    let list = format!("trading.executions:{id}");
    let before: Option<Uuid> = page.position(&app, &list)?;
    let mut items = store::executions(app.db(), principal.user_id()?, id, before, page.limit)
        .await?
        .ok_or_else(|| Problem::not_found("bot"))?;
    let next_cursor = page.cut(&app, &list, &mut items, |last| &last["id"])?;
    Ok(Json(ExecutionList { items, next_cursor }))
}

/// Lists a bot's events: its row is what they add up to.
///
/// Permissions: `trading.read`.
#[utoipa::path(
    get,
    path = "/api/v1/trading/bots/{id}/events",
    tag = "trading",
    params(
        ("id" = Uuid, Path),
        ("limit" = Option<i64>, Query, description = "1 to 100, else 20", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "Newest first", body = BotEventList),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 404, description = "No such bot of yours", body = ProblemDocument),
        (status = 422, description = "The limit or the cursor is not valid", body = ProblemDocument),
    ),
    security(("bearer" = ["trading.read"]))
)]
pub(crate) async fn events(
    State(app): State<App>,
    principal: Principal,
    Path(id): Path<Uuid>,
    page: Page,
) -> Result<Json<BotEventList>, Problem> {
    principal.require(Scope::TradingRead)?;
    let list = format!("trading.bot_events:{id}");
    let before: Option<i64> = page.position(&app, &list)?;
    let mut items = store::events(app.db(), principal.user_id()?, id, before, page.limit)
        .await?
        .ok_or_else(|| Problem::not_found("bot"))?;
    let next_cursor = page.cut(&app, &list, &mut items, |last| &last["seq"])?;
    Ok(Json(BotEventList { items, next_cursor }))
}

/// Tells how a bot is doing: its state, position, profit at the present price, last execution and health.
///
/// Permissions: `trading.read`.
#[utoipa::path(
    get,
    path = "/api/v1/trading/bots/{id}/status",
    tag = "trading",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "The bot with `open_orders`, `trades_today`, `unrealized_pnl` and `pnl_today` (null without a price), `used` (of the limits in `risk`), `key_status`, `last_execution`, `health`", body = Object),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 404, description = "No such bot of yours", body = ProblemDocument),
    ),
    security(("bearer" = ["trading.read"]))
)]
pub(crate) async fn status(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<Value>, Problem> {
    principal.require(Scope::TradingRead)?;
    let mut status = store::status(app.db(), principal.user_id()?, id)
        .await?
        .ok_or_else(|| Problem::not_found("bot"))?;
    let unrealized = unrealized(&app, &context, &status).await;
    let today = unrealized.and_then(|unrealized| earned_today(&status, unrealized));
    if let Some(members) = status.as_object_mut() {
        members.remove("version");
        members.remove("day_start_pnl");
        for (name, amount) in [("unrealized_pnl", unrealized), ("pnl_today", today)] {
            let amount = amount.map(|amount| amount.normalize().to_string());
            members.insert(name.to_owned(), json!(amount));
        }
    }
    Ok(axum::Json(status))
}

/// Tells what a bot had earned at the end of each of the last days, the present one included: what its sales have brought by average
/// cost, and what it held at the last price that it saw. Days before its first look at the market are left out.
///
/// Permissions: `trading.read`.
#[utoipa::path(
    get,
    path = "/api/v1/trading/bots/{id}/pnl",
    tag = "trading",
    params(
        ("id" = Uuid, Path),
        ("days" = Option<i64>, Query, description = "1 to 366, else 30", minimum = 1, maximum = 366),
    ),
    responses(
        (status = 200, description = "The oldest day first; each holds all until then", body = BotDayList),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 404, description = "No such bot of yours", body = ProblemDocument),
        (status = 422, description = "The number of days is not valid", body = ProblemDocument),
    ),
    security(("bearer" = ["trading.read"]))
)]
pub(crate) async fn pnl(
    State(app): State<App>,
    principal: Principal,
    Path(id): Path<Uuid>,
    Query(wanted): Query<WantedDays>,
) -> Result<Json<BotDayList>, Problem> {
    principal.require(Scope::TradingRead)?;
    let days = wanted.days.unwrap_or(DAYS);
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(Problem::invalid_field(
            "days",
            format!("must be 1 to {MOST_DAYS}"),
        ));
    }
    let items = store::list_days(app.db(), principal.user_id()?, id, days)
        .await?
        .ok_or_else(|| Problem::not_found("bot"))?;
    Ok(Json(BotDayList { items }))
}

/// What the position would earn if it were sold now, without the fee; none without a price.
async fn unrealized(app: &App, context: &Context, status: &Value) -> Option<Decimal> {
    let position = status.get("position")?;
    let pair = market::pair(app, context, status.get("pair")?.as_str()?, "pair")
        .await
        .ok()?;
    let quote = market::quote(app, context, &pair).await.ok()?;
    let worth = amount(position, "base_quantity")?.checked_mul(quote.ticker.bid)?;
    worth.checked_sub(amount(position, "cost_quote")?)
}

/// What was earned since the first price that it saw today (UTC), what it holds included; none before that.
fn earned_today(status: &Value, unrealized: Decimal) -> Option<Decimal> {
    let realized = amount(status.get("position")?, "realized_pnl")?;
    realized
        .checked_add(unrealized)?
        .checked_sub(amount(status, "day_start_pnl")?)
}

fn amount(of: &Value, name: &str) -> Option<Decimal> {
    Decimal::from_str(of.get(name)?.as_str()?).ok()
}

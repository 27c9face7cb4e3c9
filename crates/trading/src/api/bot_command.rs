//! What a bot is told: start, stop, pause, resume, and decide now. What makes it act needs `bots.run`; to hold it up needs no more
//! than to own it.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use kit::problem::ProblemDocument;
use kit::{
    Accepted, App, Context, Idempotency, IfMatch, Path, Permission, Principal, Problem, Scope, etag,
};
use uuid::Uuid;

use super::bot::{illegal, location};
use crate::check;
use crate::domain::{Bot, KeyStatus, OrderMode};
use crate::store::bot::{self as store, CommandBot};

/// 202 with the bot as it is now.
fn accepted(bot: &Bot, replayed: bool) -> Response {
    Accepted {
        location: location(bot.id),
        etag: etag(bot.version, bot.id),
        replayed,
        body: axum::Json(bot),
    }
    .into_response()
}

fn answered(command: CommandBot) -> Result<Response, Problem> {
    match command {
        CommandBot::Done { bot } | CommandBot::Triggered { bot } => Ok(accepted(&bot, false)),
        CommandBot::Replayed { bot } => Ok(accepted(&bot, true)),
        CommandBot::Stale => Err(Problem::precondition_failed()),
        CommandBot::Illegal { state } => Err(illegal(state)),
        CommandBot::KeyUnfit => Err(key_unfit()),
        CommandBot::KillSwitch => Err(Problem::conflict(
            "conflict",
            "Trading is switched off at the moment.",
        )),
        CommandBot::NotFound => Err(Problem::not_found("bot")),
    }
}

fn key_unfit() -> Problem {
    Problem::conflict(
        "conflict",
        "The bot's key cannot be used: it is disconnected, or its status is not active.",
    )
}

/// Starts a bot. The key of a live one is checked first.
///
/// Permissions: `trading.trade`, `bots.run`.
#[utoipa::path(
    post,
    path = "/api/v1/trading/bots/{id}/start",
    tag = "trading",
    params(("id" = Uuid, Path)),
    responses(
        (status = 202, description = "It runs", body = Bot),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope or the permission is missing", body = ProblemDocument),
        (status = 404, description = "No such bot of yours", body = ProblemDocument),
        (status = 409, description = "It runs already, its key cannot be used, or trading is switched off", body = ProblemDocument),
        (status = 412, description = "Changed since the version in If-Match", body = ProblemDocument),
        (status = 429, description = "The exchange wants fewer requests", body = ProblemDocument),
        (status = 503, description = "The exchange cannot be reached, so that the key cannot be checked", body = ProblemDocument),
    ),
    security(("bearer" = ["trading.trade", "bots.run"]))
)]
pub(crate) async fn start(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(id): Path<Uuid>,
    guard: IfMatch,
) -> Result<Response, Problem> {
    principal.require(Scope::TradingTrade)?;
    principal.require_permission(Permission::BotsRun)?;
    let owner = principal.user_id()?;
    let context = context.for_principal(&principal);
    let bot = store::get(app.db(), owner, id)
        .await?
        .ok_or_else(|| Problem::not_found("bot"))?;
    if bot.mode == OrderMode::Live {
        let key = bot.key_id.ok_or_else(key_unfit)?;
        match check::run(&app, &context, Some(owner), key).await {
            Ok(key) if key.status == KeyStatus::Active => {}
            Ok(_) => return Err(key_unfit()),
            Err(problem) if problem.kind() == "not-found" => return Err(key_unfit()),
            Err(problem) => return Err(problem),
        }
    }
    answered(store::command(app.db(), &context, owner, id, guard.version(id), "start").await?)
}

/// Stops a bot. Its open orders are taken back; what it holds it keeps.
///
/// Permissions: `trading.trade`.
#[utoipa::path(
    post,
    path = "/api/v1/trading/bots/{id}/stop",
    tag = "trading",
    params(("id" = Uuid, Path)),
    responses(
        (status = 202, description = "It is stopped", body = Bot),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 404, description = "No such bot of yours", body = ProblemDocument),
        (status = 409, description = "It is stopped already", body = ProblemDocument),
        (status = 412, description = "Changed since the version in If-Match", body = ProblemDocument),
    ),
    security(("bearer" = ["trading.trade"]))
)]
pub(crate) async fn stop(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(id): Path<Uuid>,
    guard: IfMatch,
) -> Result<Response, Problem> {
    principal.require(Scope::TradingTrade)?;
    let owner = principal.user_id()?;
    let context = context.for_principal(&principal);
    answered(store::command(app.db(), &context, owner, id, guard.version(id), "stop").await?)
}

/// Pauses a bot: no entries, exits go on.
///
/// Permissions: `trading.trade`.
#[utoipa::path(
    post,
    path = "/api/v1/trading/bots/{id}/pause",
    tag = "trading",
    params(("id" = Uuid, Path)),
    responses(
        (status = 202, description = "It is paused", body = Bot),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 404, description = "No such bot of yours", body = ProblemDocument),
        (status = 409, description = "It does not run", body = ProblemDocument),
        (status = 412, description = "Changed since the version in If-Match", body = ProblemDocument),
    ),
    security(("bearer" = ["trading.trade"]))
)]
pub(crate) async fn pause(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(id): Path<Uuid>,
    guard: IfMatch,
) -> Result<Response, Problem> {
    principal.require(Scope::TradingTrade)?;
    let owner = principal.user_id()?;
    let context = context.for_principal(&principal);
    answered(store::command(app.db(), &context, owner, id, guard.version(id), "pause").await?)
}

/// Lets a paused bot enter again.
///
/// Permissions: `trading.trade`, `bots.run`.
#[utoipa::path(
    post,
    path = "/api/v1/trading/bots/{id}/resume",
    tag = "trading",
    params(("id" = Uuid, Path)),
    responses(
        (status = 202, description = "It runs", body = Bot),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope or the permission is missing", body = ProblemDocument),
        (status = 404, description = "No such bot of yours", body = ProblemDocument),
        (status = 409, description = "It is not paused", body = ProblemDocument),
        (status = 412, description = "Changed since the version in If-Match", body = ProblemDocument),
    ),
    security(("bearer" = ["trading.trade", "bots.run"]))
)]
pub(crate) async fn resume(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(id): Path<Uuid>,
    guard: IfMatch,
) -> Result<Response, Problem> {
    principal.require(Scope::TradingTrade)?;
    principal.require_permission(Permission::BotsRun)?;
    let owner = principal.user_id()?;
    let context = context.for_principal(&principal);
    answered(store::command(app.db(), &context, owner, id, guard.version(id), "resume").await?)
}

/// Asks a bot for a decision now. With an `Idempotency-Key`, one trigger is one execution: once it was carried out, a repetition is
/// answered as the first one was, whatever has become of the bot since.
///
/// Permissions: `trading.trade`, `bots.run`.
#[utoipa::path(
    post,
    path = "/api/v1/trading/bots/{id}/trigger",
    tag = "trading",
    params(
        ("id" = Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters"),
    ),
    responses(
        (status = 202, description = "It will decide; see its executions", body = Bot),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope or the permission is missing", body = ProblemDocument),
        (status = 404, description = "No such bot of yours", body = ProblemDocument),
        (status = 409, description = "It does not run", body = ProblemDocument),
        (status = 412, description = "Changed since the version in If-Match", body = ProblemDocument),
    ),
    security(("bearer" = ["trading.trade", "bots.run"]))
)]
pub(crate) async fn trigger(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    idempotency: Idempotency,
    Path(id): Path<Uuid>,
    guard: IfMatch,
) -> Result<Response, Problem> {
    principal.require(Scope::TradingTrade)?;
    principal.require_permission(Permission::BotsRun)?;
    let owner = principal.user_id()?;
    let context = context.for_principal(&principal);
    let key = idempotency
        .key()
        .map_or_else(|| kit::id::new().to_string(), str::to_owned);
    answered(store::trigger(app.db(), &context, owner, id, guard.version(id), &key).await?)
}

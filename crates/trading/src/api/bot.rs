//! Bots: made, listed, read, changed, deleted.

use axum::extract::State;
use axum::response::Response;
use garde::Validate;
use kit::problem::ProblemDocument;
use kit::{
    App, Context, Created, FieldError, Idempotency, IfMatch, IfNoneMatch, Json, NoContent, Page,
    Path, Principal, Problem, Scope, WithEtag, etag, id,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use strategies::Rules;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::{Bot, BotState, Label, OrderMode, Pair, Risk};
use crate::market;
use crate::store::bot::{self as store, CommandBot, CreateBot, UpdateBot};
use crate::strategist;

const ROUTE: &str = "POST /api/v1/trading/bots";
const LIST: &str = "trading.bots";

/// A bot to be made. It is stopped at first.
#[derive(Debug, Serialize, Deserialize, ToSchema, Validate)]
#[garde(allow_unvalidated)]
pub(crate) struct CreateBotRequest {
    /// 1 to 64 characters.
    #[schema(value_type = String, min_length = 1, max_length = 64)]
    name: Label,
    /// One of `GET /api/v1/trading/strategies`.
    #[schema(example = "dca")]
    #[garde(length(max = 64))]
    strategy: String,
    /// As the strategy's schema says.
    #[schema(value_type = Object)]
    params: Value,
    /// Any name of the pair.
    #[schema(example = "XBTUSD", max_length = 32)]
    #[garde(length(chars, max = 32))]
    pair: String,
    /// With play money, or with a key.
    mode: OrderMode,
    /// The key of a live bot; none for paper.
    #[serde(default)]
    key_id: Option<Uuid>,
    /// What it may risk.
    #[serde(default)]
    risk: Risk,
    /// Seconds between two looks at the market.
    #[serde(default = "a_minute")]
    #[schema(minimum = 10, maximum = 2_678_400, default = 60)]
    #[garde(range(min = 10, max = 2_678_400))]
    every: i32,
}

const fn a_minute() -> i32 {
    60
}

/// Changes of a bot. What is absent stays; parameters change only while it is stopped.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[garde(allow_unvalidated)]
pub(crate) struct UpdateBotRequest {
    /// Another name.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 64)]
    name: Option<Label>,
    /// Other parameters, all of them.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    params: Option<Map<String, Value>>,
    /// Other limits, all of them.
    #[serde(default)]
    risk: Option<Risk>,
    /// Seconds between two looks at the market.
    #[serde(default)]
    #[schema(minimum = 10, maximum = 2_678_400)]
    #[garde(inner(range(min = 10, max = 2_678_400)))]
    every: Option<i32>,
}

/// Bots, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct BotList {
    items: Vec<Bot>,
    /// Where the next page begins; null at the end.
    next_cursor: Option<String>,
}

pub(super) fn location(bot: Uuid) -> String {
    format!("/api/v1/trading/bots/{bot}")
}

fn with_etag(bot: Bot) -> WithEtag<Json<Bot>> {
    WithEtag(etag(bot.version, bot.id), Json(bot))
}

/// 409: the bot's state does not allow this.
pub(super) fn illegal(state: BotState) -> Problem {
    Problem::conflict(
        "conflict",
        format!("The bot is {}; that does not allow this.", state.name()),
    )
}

/// 422 for parameters that the strategy cannot run with on this pair.
pub(super) fn checked(
    app: &App,
    strategy: &str,
    params: &Value,
    pair: &Pair,
) -> Result<(), Problem> {
    let faults = strategist::chosen(app)?
        .0
        .check(strategy, params, &Rules::from(pair));
    if faults.is_empty() {
        return Ok(());
    }
    Err(Problem::validation(
        faults
            .into_iter()
            .map(|fault| FieldError::new(fault.field, fault.message)),
    ))
}

/// Makes a bot.
///
/// Permissions: `trading.trade`.
#[utoipa::path(
    post,
    path = "/api/v1/trading/bots",
    tag = "trading",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters")),
    request_body = CreateBotRequest,
    responses(
        (status = 201, description = "Made, and stopped", body = Bot),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 404, description = "The bot that the Idempotency-Key made is deleted", body = ProblemDocument),
        (status = 409, description = "The key only reads, or there are fifty bots", body = ProblemDocument),
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
    Json(request): Json<CreateBotRequest>,
) -> Result<Created<Json<Bot>>, Problem> {
    principal.require(Scope::TradingTrade)?;
    let owner = principal.user_id()?;
    let context = context.for_principal(&principal);
    match (request.mode, request.key_id) {
        (OrderMode::Live, None) => {
            return Err(Problem::invalid_field(
                "key_id",
                "is required for a live bot",
            ));
        }
        (OrderMode::Paper, Some(_)) => {
            return Err(Problem::invalid_field(
                "key_id",
                "must be absent: a paper bot has no key",
            ));
        }
        _ => {}
    }
    let pair = market::pair(&app, &context, &request.pair, "pair").await?;
    checked(&app, &request.strategy, &request.params, &pair)?;
    let claim = idempotency.params(&principal, ROUTE, &request)?;
    let mut wanted = json!(request);
    if let Some(members) = wanted.as_object_mut() {
        members.insert("id".to_owned(), json!(id::new()));
        members.insert("pair".to_owned(), json!(pair.name));
    }
    let created = |bot: Bot, replayed| Created {
        location: location(bot.id),
        etag: Some(etag(bot.version, bot.id)),
        replayed,
        body: Json(bot),
    };
    match store::create(app.db(), &context, owner, claim, wanted).await? {
        CreateBot::Created { bot } => Ok(created(*bot, false)),
        CreateBot::Replayed { bot_id } => store::get(app.db(), owner, bot_id)
            .await?
            .map(|bot| created(bot, true))
            .ok_or_else(|| Problem::not_found("bot")),
        CreateBot::Mismatch => Err(Idempotency::mismatch()),
        CreateBot::NoKey => Err(Problem::invalid_field("key_id", "is no key of yours")),
        CreateBot::KeyUnfit => Err(Problem::conflict(
            "conflict",
            "This key is connected for reading alone.",
        )),
        CreateBot::TooMany => Err(Problem::conflict(
            "conflict",
            "There are fifty bots, and no more can be: delete one first.",
        )),
    }
}

/// Lists your bots.
///
/// Permissions: `trading.read`.
#[utoipa::path(
    get,
    path = "/api/v1/trading/bots",
    tag = "trading",
    params(
        ("limit" = Option<i64>, Query, description = "1 to 100, else 20", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "Newest first", body = BotList),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 422, description = "The limit or the cursor is not valid", body = ProblemDocument),
    ),
    security(("bearer" = ["trading.read"]))
)]
pub(crate) async fn list(
    State(app): State<App>,
    principal: Principal,
    page: Page,
) -> Result<Json<BotList>, Problem> {
    principal.require(Scope::TradingRead)?;
    let before: Option<Uuid> = page.position(&app, LIST)?;
    let mut items = store::list(app.db(), principal.user_id()?, before, page.limit).await?;
    let next_cursor = page.cut(&app, LIST, &mut items, |last| &last.id)?;
    Ok(Json(BotList { items, next_cursor }))
}

/// Reads one bot.
///
/// Permissions: `trading.read`.
#[utoipa::path(
    get,
    path = "/api/v1/trading/bots/{id}",
    tag = "trading",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "The bot", body = Bot),
        (status = 304, description = "As in If-None-Match"),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 404, description = "No such bot of yours", body = ProblemDocument),
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
    let bot = store::get(app.db(), principal.user_id()?, id)
        .await?
        .ok_or_else(|| Problem::not_found("bot"))?;
    let tag = etag(bot.version, bot.id);
    Ok(known.answer(tag, Json(bot)))
}

/// Changes a bot.
///
/// Permissions: `trading.trade`.
#[utoipa::path(
    patch,
    path = "/api/v1/trading/bots/{id}",
    tag = "trading",
    params(("id" = Uuid, Path)),
    request_body = UpdateBotRequest,
    responses(
        (status = 200, description = "The bot", body = Bot),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 404, description = "No such bot of yours", body = ProblemDocument),
        (status = 409, description = "Parameters change only while it is stopped", body = ProblemDocument),
        (status = 412, description = "Changed since the version in If-Match", body = ProblemDocument),
        (status = 422, description = "A field or a parameter is not valid", body = ProblemDocument),
        (status = 429, description = "The exchange wants fewer requests", body = ProblemDocument),
        (status = 503, description = "The exchange cannot be reached, so that parameters cannot be checked", body = ProblemDocument),
    ),
    security(("bearer" = ["trading.trade"]))
)]
pub(crate) async fn update(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(id): Path<Uuid>,
    guard: IfMatch,
    Json(request): Json<UpdateBotRequest>,
) -> Result<WithEtag<Json<Bot>>, Problem> {
    principal.require(Scope::TradingTrade)?;
    let owner = principal.user_id()?;
    let context = context.for_principal(&principal);
    let bot = store::get(app.db(), owner, id)
        .await?
        .ok_or_else(|| Problem::not_found("bot"))?;
    let mut wanted = Map::new();
    if let Some(params) = request.params.map(Value::Object) {
        let pair = market::pair(&app, &context, &bot.pair, "pair").await?;
        checked(&app, &bot.strategy, &params, &pair)?;
        wanted.insert("params".to_owned(), params);
    }
    if let Some(name) = request.name {
        wanted.insert("name".to_owned(), json!(name));
    }
    if let Some(risk) = request.risk {
        wanted.insert("risk".to_owned(), json!(risk));
    }
    if let Some(every) = request.every {
        wanted.insert("every".to_owned(), json!(every));
    }
    let wanted = Value::Object(wanted);
    match store::update(app.db(), &context, owner, id, guard.version(id), wanted).await? {
        UpdateBot::Updated { bot } => Ok(with_etag(*bot)),
        UpdateBot::Illegal { state } => Err(illegal(state)),
        UpdateBot::Stale => Err(Problem::precondition_failed()),
        UpdateBot::NotFound => Err(Problem::not_found("bot")),
    }
}

/// Deletes a bot that is stopped. Its orders and fills stay.
///
/// Permissions: `trading.trade`.
#[utoipa::path(
    delete,
    path = "/api/v1/trading/bots/{id}",
    tag = "trading",
    params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "Gone"),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 404, description = "No such bot of yours", body = ProblemDocument),
        (status = 409, description = "It runs; stop it first", body = ProblemDocument),
        (status = 412, description = "Changed since the version in If-Match", body = ProblemDocument),
    ),
    security(("bearer" = ["trading.trade"]))
)]
pub(crate) async fn delete(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(id): Path<Uuid>,
    guard: IfMatch,
) -> Result<NoContent, Problem> {
    principal.require(Scope::TradingTrade)?;
    let owner = principal.user_id()?;
    let context = context.for_principal(&principal);
    match store::command(app.db(), &context, owner, id, guard.version(id), "delete").await? {
        CommandBot::Done { .. } => Ok(NoContent),
        CommandBot::Stale => Err(Problem::precondition_failed()),
        CommandBot::Illegal { state } => Err(illegal(state)),
        _ => Err(Problem::not_found("bot")),
    }
}

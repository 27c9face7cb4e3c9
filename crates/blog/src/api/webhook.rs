//! `/webhooks`: whom an author wants told.

use axum::extract::State;
use axum::response::Response;
use garde::Validate;
use kit::extract::present;
use kit::problem::ProblemDocument;
use kit::{
    App, Context, Created, Idempotency, IfMatch, IfNoneMatch, Json, NoContent, Page, Path,
    Principal, Problem, RawJson, Scope, WithEtag, etag, id,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::document::rule;
use super::post::page_of;
use crate::domain::field;
use crate::store::webhook::{self as store, Change, Stored};

const CREATE: &str = "POST /api/v1/blog/webhooks";
/// How often a rotation begins anew because the webhook was changed meanwhile.
const ROTATIONS: usize = 5;

/// What can be told.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, Serialize, utoipa::ToSchema)]
pub(crate) enum WebhookEvent {
    #[serde(rename = "post.published")]
    PostPublished,
    #[serde(rename = "post.updated")]
    PostUpdated,
    #[serde(rename = "post.unpublished")]
    PostUnpublished,
    #[serde(rename = "comment.created")]
    CommentCreated,
}

/// A new webhook.
#[derive(Deserialize, Serialize, Validate, utoipa::ToSchema)]
pub(crate) struct NewWebhook {
    /// https, at a name of the public Internet.
    #[garde(custom(|url: &String, _| rule(field::webhook_address(url))))]
    url: String,
    /// What to tell, about the caller's own posts; at least one.
    #[garde(length(min = 1, max = 4))]
    events: Vec<WebhookEvent>,
}

/// Changes to a webhook: what is absent stays.
#[derive(Deserialize, Serialize, Validate, utoipa::ToSchema)]
pub(crate) struct WebhookChanges {
    /// https, at a name of the public Internet.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(nullable = false)]
    #[garde(inner(custom(|url: &String, _| rule(field::webhook_address(url)))))]
    url: Option<String>,
    /// At least one.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(nullable = false)]
    #[garde(inner(length(min = 1, max = 4)))]
    events: Option<Vec<WebhookEvent>>,
    /// `true` switches one on again that failed for long.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(nullable = false)]
    #[garde(skip)]
    active: Option<bool>,
}

/// A webhook.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Webhook {
    id: Uuid,
    url: String,
    events: Vec<WebhookEvent>,
    /// False when its owner or twenty failed deliveries in a row switched it off.
    active: bool,
    /// Failed deliveries in a row.
    failures: i32,
    created_at: String,
    updated_at: String,
}

/// A webhook with its secret, which is shown this once.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct WebhookWithSecret {
    #[serde(flatten)]
    webhook: Webhook,
    /// `whsec_` and base64 of 32 bytes, for the receiver to check `webhook-signature` with (Standard Webhooks).
    secret: String,
}

/// All webhooks of the caller.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Webhooks {
    items: Vec<Webhook>,
    /// Always null: there are twenty at most.
    next_cursor: Option<String>,
}

/// How a delivery stands.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(
    dead_code,
    reason = "described in OpenAPI alone: the database writes it"
)]
enum DeliveryState {
    Queued,
    Delivered,
    Failed,
}

/// An attempt, or several, to tell one event.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Delivery {
    /// Also the header `webhook-id`: the same id is the same message.
    id: Uuid,
    /// The body that is sent: `{type, timestamp, data}`.
    event: Value,
    state: DeliveryState,
    attempts: i32,
    response_status: Option<i32>,
    error: Option<String>,
    created_at: String,
    finished_at: Option<String>,
}

/// A page of deliveries, newest first.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Deliveries {
    items: Vec<Delivery>,
    /// For the next page; null on the last.
    next_cursor: Option<String>,
}

/// Lists the caller's webhooks, newest first.
///
/// Permissions: `posts.write`.
#[utoipa::path(
    get,
    path = "/api/v1/blog/webhooks",
    tag = "blog",
    security(("bearer" = ["posts.write"])),
    responses(
        (status = 200, description = "All of them", body = Webhooks),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope", body = ProblemDocument),
    ),
)]
pub(crate) async fn list(State(app): State<App>, principal: Principal) -> Result<RawJson, Problem> {
    principal.require(Scope::PostsWrite)?;
    let items = store::find_all(app.db(), principal.user_id()?).await?;
    Ok(RawJson(format!(
        "{{\"items\":{items},\"next_cursor\":null}}"
    )))
}

/// Creates a webhook. The answer alone shows its secret.
///
/// Permissions: `posts.write`.
#[utoipa::path(
    post,
    path = "/api/v1/blog/webhooks",
    tag = "blog",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters")),
    request_body = NewWebhook,
    security(("bearer" = ["posts.write"])),
    responses(
        (status = 201, description = "Created; Location and ETag", body = WebhookWithSecret),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope", body = ProblemDocument),
        (status = 409, description = "The caller has twenty webhooks, or the Idempotency-Key created one before", body = ProblemDocument),
        (status = 422, description = "A field is not valid, or the Idempotency-Key was used otherwise", body = ProblemDocument),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    idempotency: Idempotency,
    Json(new): Json<NewWebhook>,
) -> Result<Created<axum::Json<Value>>, Problem> {
    principal.require(Scope::PostsWrite)?;
    let owner = principal.user_id()?;
    let claim = idempotency.params(&principal, CREATE, &new)?;
    let events = names(&new.events)?;
    let context = context.for_principal(&principal);
    // The secret first: a webhook whose secret nobody was told would be of no use.
    let id = id::new();
    let secret = secret_of(&app, &context, id, 1).await?;
    match store::create(app.db(), &context, id, owner, new.url, events, claim).await? {
        Change::Created(stored) => Ok(Created {
            location: location(stored.id),
            etag: Some(etag(stored.version, stored.id)),
            replayed: false,
            body: axum::Json(with_secret(stored, secret)),
        }),
        Change::Shown { id } => Err(Problem::conflict(
            "secret-shown-once",
            "The webhook was created by an earlier request, which showed its secret.",
        )
        .header(http::header::LOCATION, &location(id))),
        Change::TooMany => Err(Problem::conflict(
            "conflict",
            "There are twenty webhooks, and no more can be: delete one first.",
        )),
        Change::Mismatch => Err(Idempotency::mismatch()),
        other => Err(refusal(other)),
    }
}

/// Answers a webhook, without its secret.
///
/// Permissions: `posts.write`.
#[utoipa::path(
    get,
    path = "/api/v1/blog/webhooks/{id}",
    tag = "blog",
    params(("id" = Uuid, Path, description = "Id of the webhook")),
    security(("bearer" = ["posts.write"])),
    responses(
        (status = 200, description = "The webhook, with its ETag", body = Webhook),
        (status = 304, description = "The client has this version already (If-None-Match)"),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope", body = ProblemDocument),
        (status = 404, description = "No such webhook of the caller's", body = ProblemDocument),
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    principal: Principal,
    Path(id): Path<Uuid>,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    principal.require(Scope::PostsWrite)?;
    let webhook = store::find(app.db(), id, principal.user_id()?)
        .await?
        .ok_or_else(|| Problem::not_found("webhook"))?;
    Ok(known.answer(etag(webhook.version, id), RawJson(webhook.json)))
}

/// Changes a webhook, or switches it on again.
///
/// Permissions: `posts.write`.
#[utoipa::path(
    patch,
    path = "/api/v1/blog/webhooks/{id}",
    tag = "blog",
    params(("id" = Uuid, Path, description = "Id of the webhook")),
    request_body = WebhookChanges,
    security(("bearer" = ["posts.write"])),
    responses(
        (status = 200, description = "The webhook after the change, with its ETag", body = Webhook),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope", body = ProblemDocument),
        (status = 404, description = "No such webhook of the caller's", body = ProblemDocument),
        (status = 412, description = "The webhook is not the one in If-Match", body = ProblemDocument),
        (status = 422, description = "A field is not valid", body = ProblemDocument),
    ),
)]
pub(crate) async fn update(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(id): Path<Uuid>,
    known: IfMatch,
    Json(changes): Json<WebhookChanges>,
) -> Result<WithEtag<axum::Json<Value>>, Problem> {
    principal.require(Scope::PostsWrite)?;
    let changes = serde_json::to_value(changes).map_err(Problem::internal)?;
    let context = context.for_principal(&principal);
    let owner = principal.user_id()?;
    match store::update(
        app.db(),
        &context,
        id,
        owner,
        known.version(id),
        Some(changes),
    )
    .await?
    {
        Change::Updated(stored) => Ok(WithEtag(
            etag(stored.version, stored.id),
            axum::Json(stored.webhook),
        )),
        other => Err(refusal(other)),
    }
}

/// Makes another secret; the old one counts no more. The answer alone shows it.
///
/// Permissions: `posts.write`.
#[utoipa::path(
    post,
    path = "/api/v1/blog/webhooks/{id}/rotate-secret",
    tag = "blog",
    params(("id" = Uuid, Path, description = "Id of the webhook")),
    security(("bearer" = ["posts.write"])),
    responses(
        (status = 200, description = "The webhook with its new secret, and its ETag", body = WebhookWithSecret),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope", body = ProblemDocument),
        (status = 404, description = "No such webhook of the caller's", body = ProblemDocument),
        (status = 412, description = "The webhook is not the one in If-Match", body = ProblemDocument),
    ),
)]
pub(crate) async fn rotate_secret(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(id): Path<Uuid>,
    known: IfMatch,
) -> Result<WithEtag<axum::Json<Value>>, Problem> {
    principal.require(Scope::PostsWrite)?;
    let context = context.for_principal(&principal);
    let owner = principal.user_id()?;
    // The secret first: once the old one counts no more, the new one must have been told. So what is changed is the version that was
    // read, and it is read again where somebody else was faster.
    for _ in 0..ROTATIONS {
        let current = store::find_generation(app.db(), id, owner)
            .await?
            .ok_or_else(|| Problem::not_found("webhook"))?;
        if known
            .version(id)
            .is_some_and(|version| version != current.version)
        {
            break;
        }
        let secret = secret_of(&app, &context, id, current.generation + 1).await?;
        let (version, changes) = (Some(current.version), Some(json!({"rotate": true})));
        match store::update(app.db(), &context, id, owner, version, changes).await? {
            Change::Updated(stored) => {
                return Ok(WithEtag(
                    etag(stored.version, stored.id),
                    axum::Json(with_secret(stored, secret)),
                ));
            }
            Change::Stale => {}
            other => return Err(refusal(other)),
        }
    }
    Err(refusal(Change::Stale))
}

/// Deletes a webhook with its deliveries.
///
/// Permissions: `posts.write`.
#[utoipa::path(
    delete,
    path = "/api/v1/blog/webhooks/{id}",
    tag = "blog",
    params(("id" = Uuid, Path, description = "Id of the webhook")),
    security(("bearer" = ["posts.write"])),
    responses(
        (status = 204, description = "Deleted"),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope", body = ProblemDocument),
        (status = 404, description = "No such webhook of the caller's", body = ProblemDocument),
        (status = 412, description = "The webhook is not the one in If-Match", body = ProblemDocument),
    ),
)]
pub(crate) async fn delete(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(id): Path<Uuid>,
    known: IfMatch,
) -> Result<NoContent, Problem> {
    principal.require(Scope::PostsWrite)?;
    let context = context.for_principal(&principal);
    let owner = principal.user_id()?;
    match store::update(app.db(), &context, id, owner, known.version(id), None).await? {
        Change::Deleted => Ok(NoContent),
        other => Err(refusal(other)),
    }
}

/// Lists the deliveries of a webhook, newest first. They are kept for thirty days.
///
/// Permissions: `posts.write`.
#[utoipa::path(
    get,
    path = "/api/v1/blog/webhooks/{id}/deliveries",
    tag = "blog",
    params(
        ("id" = Uuid, Path, description = "Id of the webhook"),
        ("limit" = Option<i64>, Query, description = "1 to 100, 20 if absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    security(("bearer" = ["posts.write"])),
    responses(
        (status = 200, description = "A page", body = Deliveries),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope", body = ProblemDocument),
        (status = 404, description = "No such webhook of the caller's", body = ProblemDocument),
        (status = 422, description = "The limit or the cursor is not valid", body = ProblemDocument),
    ),
)]
pub(crate) async fn deliveries(
    State(app): State<App>,
    principal: Principal,
    Path(id): Path<Uuid>,
    page: Page,
) -> Result<RawJson, Problem> {
    principal.require(Scope::PostsWrite)?;
    let list = format!("blog.deliveries?{id}");
    let after = page.position(&app, &list)?;
    let owner = principal.user_id()?;
    let listed = store::find_deliveries(app.db(), id, owner, after, page.limit)
        .await?
        .ok_or_else(|| Problem::not_found("webhook"))?;
    page_of(&app, &list, listed)
}

/// The secret of a webhook, which the component `webhooks` alone can work out.
async fn secret_of(
    app: &App,
    context: &Context,
    webhook: Uuid,
    generation: i32,
) -> Result<String, Problem> {
    #[derive(Deserialize)]
    struct Answer {
        secret: String,
    }
    let question = json!({"webhook_id": webhook, "generation": generation});
    let answer: Answer = app
        .call(context, "webhooks", "/internal/secret", &question)
        .await?;
    Ok(answer.secret)
}

fn with_secret(stored: Stored, secret: String) -> Value {
    let mut document = match stored.webhook {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    document.insert("secret".to_owned(), Value::String(secret));
    Value::Object(document)
}

fn names(events: &[WebhookEvent]) -> Result<Vec<String>, Problem> {
    let mut names: Vec<String> = events
        .iter()
        .map(|event| serde_json::from_value(json!(event)))
        .collect::<Result<_, _>>()
        .map_err(Problem::internal)?;
    names.sort();
    names.dedup();
    Ok(names)
}

fn location(id: Uuid) -> String {
    format!("/api/v1/blog/webhooks/{id}")
}

fn refusal(change: Change) -> Problem {
    match change {
        Change::NotFound => Problem::not_found("webhook"),
        Change::Stale => Problem::precondition_failed(),
        other => Problem::internal(format!("a change answered what it cannot: {other:?}")),
    }
}

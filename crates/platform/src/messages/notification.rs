//! `/notifications`: what the user was told.

use axum::extract::State;
use kit::problem::ProblemDocument;
use kit::{App, Json, Page, Path, Principal, Problem, Query, RawJson, Scope, page};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::notification::store;

const LIST: &str = "notifications";

/// Something that the user was told.
#[derive(Serialize, ToSchema)]
pub(crate) struct Notification {
    id: Uuid,
    /// As in the preferences.
    #[schema(example = "order_completed")]
    r#type: String,
    /// One line.
    title: String,
    /// One or two sentences.
    body: String,
    /// Path on this server where the matter is.
    link: Option<String>,
    /// What it was made of; by the type.
    data: serde_json::Value,
    /// RFC 3339.
    created_at: String,
    /// RFC 3339; null while unread.
    read_at: Option<String>,
}

/// Notifications, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct NotificationList {
    #[schema(value_type = Vec<Notification>)]
    items: Box<RawValue>,
    /// Where the next page begins; null at the end.
    next_cursor: Option<String>,
    /// How many are unread, on all pages.
    unread: i64,
}

/// Which notifications are listed.
#[derive(Deserialize)]
pub(crate) struct Filter {
    unread: Option<bool>,
}

/// Up to which notification all are read.
#[derive(Deserialize)]
pub(crate) struct Until {
    up_to: Option<Uuid>,
}

/// What reading all came to.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct ReadAll {
    /// How many were unread before.
    marked: i64,
    /// How many are unread now.
    unread: i64,
}

/// Lists notifications. The newest 1,000 are kept.
///
/// Permissions: `profile.read`.
#[utoipa::path(
    get,
    path = "/api/v1/profile/notifications",
    tag = "notifications",
    params(
        ("unread" = Option<bool>, Query, description = "true lists only those that are unread"),
        ("limit" = Option<i64>, Query, description = "1 to 100, else 20", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "Newest first, with the number of unread ones", body = NotificationList),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 422, description = "A parameter is not valid", body = ProblemDocument),
    ),
    security(("bearer" = ["profile.read"]))
)]
pub(crate) async fn list(
    State(app): State<App>,
    principal: Principal,
    Query(filter): Query<Filter>,
    page: Page,
) -> Result<Json<NotificationList>, Problem> {
    principal.require(Scope::ProfileRead)?;
    let account = principal.user_id()?;
    let before: Option<Uuid> = page.position(&app, LIST)?;
    let unread_only = filter.unread.unwrap_or(false);
    let listed = store::list(app.db(), account, unread_only, before, page.limit).await?;
    Ok(Json(NotificationList {
        items: RawValue::from_string(listed.items).map_err(Problem::internal)?,
        next_cursor: listed
            .last
            .map(|last| page::encode(&app, LIST, &last))
            .transpose()?,
        unread: listed.unread,
    }))
}

/// Marks a notification as read. Again changes nothing.
///
/// Permissions: `profile.write`.
#[utoipa::path(
    post,
    path = "/api/v1/profile/notifications/{id}/read",
    tag = "notifications",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "The notification", body = Notification),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 404, description = "No such notification of yours", body = ProblemDocument),
    ),
    security(("bearer" = ["profile.write"]))
)]
pub(crate) async fn read(
    State(app): State<App>,
    principal: Principal,
    Path(id): Path<Uuid>,
) -> Result<RawJson, Problem> {
    principal.require(Scope::ProfileWrite)?;
    store::read(app.db(), principal.user_id()?, id)
        .await?
        .map(RawJson)
        .ok_or_else(|| Problem::not_found("notification"))
}

/// Marks all notifications as read. Again changes nothing.
///
/// With `up_to`, the id of the newest one that was shown, what came since then stays unread.
///
/// Permissions: `profile.write`.
#[utoipa::path(
    post,
    path = "/api/v1/profile/notifications/read-all",
    tag = "notifications",
    params(("up_to" = Option<Uuid>, Query, description = "Only this one and older ones")),
    responses(
        (status = 200, description = "How many were marked, and how many are left", body = ReadAll),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 422, description = "`up_to` is no id", body = ProblemDocument),
    ),
    security(("bearer" = ["profile.write"]))
)]
pub(crate) async fn read_all(
    State(app): State<App>,
    principal: Principal,
    Query(until): Query<Until>,
) -> Result<Json<ReadAll>, Problem> {
    principal.require(Scope::ProfileWrite)?;
    let counts = store::read_all(app.db(), principal.user_id()?, until.up_to).await?;
    Ok(Json(counts))
}

//! `/notifications/preferences`: what the user wants to be told, and where.

use axum::extract::State;
use axum::response::Response;
use garde::Validate;
use kit::problem::ProblemDocument;
use kit::{App, Context, IfMatch, IfNoneMatch, Json, Principal, Problem, Scope, WithEtag, etag};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::notification::store::{self, SetPreferences};
use crate::notification::{Choices, in_force, types, worth_keeping};

/// Preferences, and the types that there are.
#[derive(Serialize, ToSchema)]
pub(crate) struct Preferences {
    /// What is in force, by type: what was chosen, else the default.
    #[schema(example = json!({"order_completed": {"in_app": true, "email": false}}))]
    preferences: Choices,
    /// In the order in which to show them.
    types: Vec<NotificationType>,
}

/// A type of notifications.
#[derive(Serialize, ToSchema)]
pub(crate) struct NotificationType {
    /// Its name in `preferences`.
    #[schema(example = "order_completed")]
    r#type: &'static str,
    /// When it comes.
    description: &'static str,
    /// Channels that are not to be chosen: on where the account's safety is concerned, off where there is nothing to send.
    #[schema(example = json!(["email"]))]
    locked: Vec<&'static str>,
}

/// New preferences, instead of all that was chosen before. A type or channel that is absent or null is as by default.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
pub(crate) struct ReplacePreferencesRequest {
    /// By type.
    #[schema(example = json!({"order_completed": {"in_app": true, "email": false}}))]
    preferences: Choices,
}

fn answer(choices: &Choices) -> Json<Preferences> {
    Json(Preferences {
        preferences: in_force(choices),
        types: types()
            .iter()
            .map(|info| NotificationType {
                r#type: info.name,
                description: info.description,
                locked: [
                    ("in_app", info.channels.in_app.locked),
                    ("email", info.channels.email.locked),
                ]
                .into_iter()
                .filter_map(|(name, locked)| locked.then_some(name))
                .collect(),
            })
            .collect(),
    })
}

/// Answers the preferences: per type and channel.
///
/// Permissions: `profile.read`.
#[utoipa::path(
    get,
    path = "/api/v1/profile/notifications/preferences",
    tag = "notifications",
    responses(
        (status = 200, description = "What is in force, with its ETag", body = Preferences),
        (status = 304, description = "As in If-None-Match"),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
    ),
    security(("bearer" = ["profile.read"]))
)]
pub(crate) async fn show(
    State(app): State<App>,
    principal: Principal,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    principal.require(Scope::ProfileRead)?;
    let account = principal.user_id()?;
    let stored = store::preferences(app.db(), account).await?;
    let tag = etag(stored.version, account);
    Ok(known.answer(tag, answer(&stored.preferences)))
}

/// Replaces the preferences.
///
/// What concerns the safety of the account cannot be turned off.
///
/// Permissions: `profile.write`.
#[utoipa::path(
    put,
    path = "/api/v1/profile/notifications/preferences",
    tag = "notifications",
    request_body = ReplacePreferencesRequest,
    responses(
        (status = 200, description = "What is in force now, with its ETag", body = Preferences),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 412, description = "Changed since the version in If-Match", body = ProblemDocument),
        (status = 422, description = "No such type, or a channel that is not to be chosen", body = ProblemDocument),
    ),
    security(("bearer" = ["profile.write"]))
)]
pub(crate) async fn replace(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    guard: IfMatch,
    Json(request): Json<ReplacePreferencesRequest>,
) -> Result<WithEtag<Json<Preferences>>, Problem> {
    principal.require(Scope::ProfileWrite)?;
    let account = principal.user_id()?;
    let context = context.for_principal(&principal);
    let kept = worth_keeping(&request.preferences).map_err(Problem::validation)?;
    let expected = guard.version(account);
    match store::set_preferences(app.db(), &context, account, expected, &kept).await? {
        SetPreferences::Set { version } => Ok(WithEtag(etag(version, account), answer(&kept))),
        SetPreferences::Stale => Err(Problem::precondition_failed()),
    }
}

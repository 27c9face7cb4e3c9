//! `/`: one's own profile.

use axum::extract::State;
use axum::response::Response;
use garde::Validate;
use kit::extract::present;
use kit::problem::ProblemDocument;
use kit::{
    App, Context, IfMatch, IfNoneMatch, Json, Principal, Problem, RawJson, Scope, WithEtag, etag,
};
use serde::{Deserialize, Serialize};

use crate::domain;
use crate::store::{self, Outcome};

/// A profile as its owner sees it.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct OwnProfile {
    user_id: uuid::Uuid,
    username: String,
    display_name: Option<String>,
    bio: Option<String>,
    image_url: Option<String>,
    website: Option<String>,
    location: Option<String>,
    timezone: Option<String>,
    locale: Option<String>,
    onboarding: super::onboarding::Onboarding,
    /// RFC 3339.
    created_at: String,
    /// RFC 3339; null while nothing was said yet.
    updated_at: Option<String>,
}

/// Changes to a profile: what is absent stays, null clears.
#[derive(Deserialize, Serialize, Validate, utoipa::ToSchema)]
pub(crate) struct ProfileChanges {
    /// 1 to 80 characters on one line.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<String>)]
    #[garde(custom(|field, _| each(field, |text| domain::line(text, 80))))]
    display_name: Option<Option<String>>,
    /// Up to 1,000 characters.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<String>)]
    #[garde(custom(|field, _| each(field, |text| domain::lines(text, 1_000))))]
    bio: Option<Option<String>>,
    /// http or https.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<String>)]
    #[garde(custom(|field, _| each(field, domain::web_address)))]
    image_url: Option<Option<String>>,
    /// http or https.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<String>)]
    #[garde(custom(|field, _| each(field, domain::web_address)))]
    website: Option<Option<String>>,
    /// 1 to 100 characters on one line.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<String>)]
    #[garde(custom(|field, _| each(field, |text| domain::line(text, 100))))]
    location: Option<Option<String>>,
    /// A name of the IANA time zone database.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<String>)]
    #[garde(custom(|field, _| each(field, domain::time_zone)))]
    timezone: Option<Option<String>>,
    /// A BCP 47 language tag.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<String>)]
    #[garde(custom(|field, _| each(field, domain::language_tag)))]
    locale: Option<Option<String>>,
}

#[expect(clippy::ref_option, reason = "garde passes the field")]
fn each(
    field: &Option<Option<String>>,
    rule: impl Fn(&str) -> Result<(), String>,
) -> garde::Result {
    match field {
        Some(Some(text)) => rule(text).map_err(garde::Error::new),
        _ => Ok(()),
    }
}

/// Answers one's own profile.
///
/// Permissions: `profile.read`.
#[utoipa::path(
    get,
    path = "/api/v1/profile",
    tag = "profile",
    security(("bearer" = ["profile.read"])),
    responses(
        (status = 200, description = "The profile, with its ETag", body = OwnProfile),
        (status = 304, description = "The client has this version already (If-None-Match)"),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope", body = ProblemDocument),
        (status = 404, description = "The account was deleted a moment ago", body = ProblemDocument),
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    principal: Principal,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    principal.require(Scope::ProfileRead)?;
    let account = principal.user_id()?;
    let profile = store::find_own(app.db(), account)
        .await?
        .ok_or_else(|| Problem::not_found("account"))?;
    let tag = etag(profile.version, account);
    Ok(known.answer(tag, RawJson(profile.json)))
}

/// Changes one's own profile: what is absent stays, null clears.
///
/// Permissions: `profile.write`.
#[utoipa::path(
    patch,
    path = "/api/v1/profile",
    tag = "profile",
    request_body = ProfileChanges,
    security(("bearer" = ["profile.write"])),
    responses(
        (status = 200, description = "The profile after the change, with its ETag", body = OwnProfile),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope", body = ProblemDocument),
        (status = 404, description = "The account was deleted a moment ago", body = ProblemDocument),
        (status = 412, description = "The profile is not the one in If-Match", body = ProblemDocument),
        (status = 422, description = "A field is not valid", body = ProblemDocument),
    ),
)]
pub(crate) async fn update(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    known: IfMatch,
    Json(changes): Json<ProfileChanges>,
) -> Result<WithEtag<axum::Json<serde_json::Value>>, Problem> {
    principal.require(Scope::ProfileWrite)?;
    let account = principal.user_id()?;
    let changes = serde_json::to_value(changes).map_err(Problem::internal)?;
    let context = context.for_principal(&principal);
    match store::update(app.db(), &context, account, known.version(account), changes).await? {
        Outcome::Updated { profile, version } => {
            Ok(WithEtag(etag(version, account), axum::Json(profile)))
        }
        Outcome::UnknownTimeZone => Err(Problem::invalid_field("timezone", domain::NO_TIME_ZONE)),
        Outcome::Stale => Err(Problem::precondition_failed()),
        Outcome::NotFound => Err(Problem::not_found("account")),
    }
}

//! `/me`: one's own account.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use kit::{
    App, Context, FieldError, IfMatch, IfNoneMatch, Json, NoContent, Principal, Problem, RawJson,
    Scope, WithEtag, etag,
};
use serde::Deserialize;

use super::otp;
use super::registration::username_taken;
use crate::confirmation;
use crate::domain::{CodePurpose, Email, PasswordInput, Username};
use crate::policy::Policy;
use crate::random;
use crate::store::account::{self, AccountChange, DeletedAccount, Me, UpdatedAccount};

/// The account behind the credential, as it is now.
///
/// Permissions: `account.manage`.
#[utoipa::path(
    get,
    path = "/api/v1/auth/me",
    tag = "auth",
    security(("bearer" = ["account.manage"])),
    responses(
        (status = 200, description = "The account, with its ETag", body = Me),
        (status = 304, description = "As the client knows it"),
        (status = 401, description = "No or bad credential, or the account is gone", body = kit::problem::ProblemDocument),
        (status = 403, description = "The credential lacks the scope", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    principal: Principal,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    principal.require(Scope::AccountManage)?;
    let me = account::find_me(app.db(), principal.user_id()?)
        .await?
        .ok_or_else(|| Problem::unauthorized("The account is gone or disabled."))?;
    let tag = etag(me.version, me.user.id);
    Ok(known.answer(tag, Json(me)))
}

/// What is to be another than it is; what is absent stays.
#[derive(Deserialize, garde::Validate, utoipa::ToSchema)]
pub(crate) struct AccountPatch {
    /// Counts once the code that is mailed there has come back to `POST /otp/verify`.
    #[garde(skip)]
    #[schema(format = Email, example = "countess@example.com")]
    email: Option<String>,
    /// Counts at once; the old one is kept from others for 30 days.
    #[garde(skip)]
    #[schema(example = "countess")]
    username: Option<String>,
}

/// Changes the username, or asks to change the e-mail address.
///
/// An address that somebody has is answered as any other: nobody learns who is registered.
///
/// Permissions: `account.manage`, first party; for the address, a sign-in of the last 15 minutes.
#[utoipa::path(
    patch,
    path = "/api/v1/auth/me",
    tag = "auth",
    params(("If-Match" = Option<String>, Header, description = "Only if the account is still this version")),
    request_body = AccountPatch,
    security(("bearer" = ["account.manage"])),
    responses(
        (status = 200, description = "The account as it is now, with its ETag; a new address is `pending_email`", body = Me),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Not a first-party session, or not fresh enough", body = kit::problem::ProblemDocument),
        (status = 409, description = "The username is taken", body = kit::problem::ProblemDocument),
        (status = 412, description = "The account has changed", body = kit::problem::ProblemDocument),
        (status = 422, description = "A field is not valid", body = kit::problem::ProblemDocument),
        (status = 429, description = "Five codes an hour were sent", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn update(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    guard: IfMatch,
    Json(request): Json<AccountPatch>,
) -> Result<WithEtag<Json<Me>>, Problem> {
    principal.require(Scope::AccountManage)?;
    principal.require_first_party()?;
    let change = request.check(&app)?;
    if change.email.is_some() {
        confirmation::require_fresh(&principal)?;
    }
    let (owner, session) = (principal.user_id()?, principal.session_id()?);
    let context = context.for_principal(&principal);
    let version = guard.version(owner);
    match account::update_account(app.db(), &context, owner, session, version, &change).await? {
        UpdatedAccount::Updated { me } => Ok(WithEtag(etag(me.version, owner), Json(me))),
        UpdatedAccount::Stale => Err(Problem::precondition_failed()),
        UpdatedAccount::UsernameTaken => Err(username_taken()),
        UpdatedAccount::TooManyCodes => Err(Problem::from_status(StatusCode::TOO_MANY_REQUESTS)
            .detail("Five codes were mailed within an hour; wait for the next one.")
            .header(http::header::RETRY_AFTER, "3600")),
        UpdatedAccount::Ended => Err(confirmation::ended()),
    }
}

impl AccountPatch {
    /// All that is wrong, at once.
    fn check(&self, app: &App) -> Result<AccountChange, Problem> {
        let email = self.email.as_deref().map(str::parse::<Email>).transpose();
        let username = self
            .username
            .as_deref()
            .map(str::parse::<Username>)
            .transpose();
        match (email, username) {
            (Ok(email), Ok(username)) => {
                let code = match &email {
                    Some(email) => {
                        let code = random::one_time_code()?;
                        let hash = otp::hashed(app, &code, CodePurpose::Change, email)?;
                        Some((code, hash))
                    }
                    None => None,
                };
                Ok(AccountChange {
                    username,
                    email,
                    code,
                })
            }
            (email, username) => {
                let email = email
                    .err()
                    .map(|error| FieldError::new("email", error.to_string()));
                let username = username
                    .err()
                    .map(|error| FieldError::new("username", error.to_string()));
                Err(Problem::validation(email.into_iter().chain(username)))
            }
        }
    }
}

/// The password, typed again.
#[derive(Deserialize, garde::Validate, utoipa::ToSchema)]
pub(crate) struct PasswordConfirmation {
    /// May be absent where the account has none.
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = Password)]
    pub(crate) password: Option<PasswordInput>,
}

/// Deletes the account with all that is personal. Records of what was done stay, under an id that stands for nobody. The last
/// administrator stays.
///
/// Permissions: `account.manage`, first party, and the password.
#[utoipa::path(
    post,
    path = "/api/v1/auth/me/delete",
    tag = "auth",
    request_body = PasswordConfirmation,
    security(("bearer" = ["account.manage"])),
    responses(
        (status = 204, description = "Deleted; exchange keys are destroyed and bots stopped"),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Not a first-party session", body = kit::problem::ProblemDocument),
        (status = 409, description = "The last administrator, or the password was changed by another request meanwhile", body = kit::problem::ProblemDocument),
        (status = 422, description = "The password is wrong", body = kit::problem::ProblemDocument),
        (status = 429, description = "Too many wrong passwords", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn delete(
    State(app): State<App>,
    policy: Policy,
    principal: Principal,
    context: Context,
    Json(request): Json<PasswordConfirmation>,
) -> Result<NoContent, Problem> {
    principal.require(Scope::AccountManage)?;
    principal.require_first_party()?;
    let context = context.for_principal(&principal);
    let confirmed = confirmation::by_password(
        &app,
        &context,
        policy,
        &principal,
        request.password.as_ref(),
        "password",
    )
    .await?;
    match account::delete_account(app.db(), &context, &confirmed).await? {
        DeletedAccount::Deleted => Ok(NoContent),
        DeletedAccount::Stale => Err(confirmation::stale()),
        DeletedAccount::LastAdmin => Err(Problem::conflict(
            "conflict",
            "You are the last administrator; give somebody else the role first.",
        )),
    }
}

/// All that Spindle knows of the account's owner, as one document with a member for each service.
///
/// Permissions: `account.manage`, first party.
#[utoipa::path(
    get,
    path = "/api/v1/auth/me/export",
    tag = "auth",
    security(("bearer" = ["account.manage"])),
    responses(
        (status = 200, description = "The document", body = serde_json::Value),
        (status = 401, description = "No or bad credential, or the account is gone", body = kit::problem::ProblemDocument),
        (status = 403, description = "Not a first-party session", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn export(
    State(app): State<App>,
    principal: Principal,
    context: Context,
) -> Result<RawJson, Problem> {
    principal.require(Scope::AccountManage)?;
    principal.require_first_party()?;
    let context = context.for_principal(&principal);
    account::export_account(app.db(), &context, principal.user_id()?)
        .await?
        .map(RawJson)
        .ok_or_else(|| Problem::unauthorized("The account is gone or disabled."))
}

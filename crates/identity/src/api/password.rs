//! `/password`: changing it, and replacing a forgotten one.

use axum::extract::State;
use http::StatusCode;
use kit::task::Task;
use kit::{App, Context, FieldError, Json, NoContent, Principal, Problem, Scope, id};
use serde::Deserialize;
use uuid::Uuid;

use super::otp::MailRequest;
use crate::confirmation;
use crate::domain::{
    NewPassword, OpaqueToken, PasswordError, PasswordHash, PasswordInput, TokenKind,
};
use crate::oauth::PASSWORD_RESET_PAGE;
use crate::policy::Policy;
use crate::random;
use crate::sign_in::proves_nothing;
use crate::store::hash_slot::{self, HashSlot, Place};
use crate::store::password::{self, BegunReset, ChangedPassword, Reset, Resetting};

/// The old password and the new one.
#[derive(Deserialize, garde::Validate, utoipa::ToSchema)]
pub(crate) struct ChangeRequest {
    /// May be absent where the account has none.
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = Password)]
    current_password: Option<PasswordInput>,
    #[garde(skip)]
    #[schema(value_type = String, format = Password)]
    new_password: PasswordInput,
}

/// Changes the password. Every other session ends, and all API keys, links, codes and what OAuth clients were given.
///
/// Permissions: `account.manage`, first party, and the current password.
#[utoipa::path(
    post,
    path = "/api/v1/auth/password/change",
    tag = "auth",
    request_body = ChangeRequest,
    security(("bearer" = ["account.manage"])),
    responses(
        (status = 204, description = "Changed; the session that changed it lives on"),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Not a first-party session", body = kit::problem::ProblemDocument),
        (status = 409, description = "Changed by another request meanwhile", body = kit::problem::ProblemDocument),
        (status = 422, description = "The current password is wrong, or the new one not acceptable", body = kit::problem::ProblemDocument),
        (status = 429, description = "Too many wrong passwords", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn change(
    State(app): State<App>,
    policy: Policy,
    principal: Principal,
    context: Context,
    Json(request): Json<ChangeRequest>,
) -> Result<NoContent, Problem> {
    principal.require(Scope::AccountManage)?;
    principal.require_first_party()?;
    let context = context.for_principal(&principal);
    let chosen = choose(&request.new_password, policy)?;
    let confirmed = confirmation::by_password(
        &app,
        &context,
        policy,
        &principal,
        request.current_password.as_ref(),
        "current_password",
    )
    .await?;
    let details = &confirmed.details;
    let chosen = match chosen.not_own_data(&details.username, &details.email) {
        Ok(chosen) => chosen,
        Err(error) => {
            hash_slot::release(app.db(), confirmed.hash_slot).await?;
            return Err(not_acceptable(error));
        }
    };
    let hash = PasswordHash::make(&chosen).map_err(Problem::internal)?;
    match password::change_password(app.db(), &context, &confirmed, &hash).await? {
        ChangedPassword::Changed => Ok(NoContent),
        ChangedPassword::Stale => Err(confirmation::stale()),
    }
}

fn choose(typed: &PasswordInput, policy: Policy) -> Result<NewPassword, Problem> {
    NewPassword::choose(typed, policy.password_min_length).map_err(not_acceptable)
}

fn not_acceptable(error: PasswordError) -> Problem {
    Problem::validation([FieldError::new("new_password", error.to_string())])
}

/// Asks for a link that replaces a forgotten password.
///
/// The answer is the same, and costs the same, whether anybody has the address or not.
///
/// Permissions: none.
#[utoipa::path(
    post,
    path = "/api/v1/auth/password/forgot",
    tag = "auth",
    request_body = MailRequest,
    responses(
        (status = 202, description = "If an account has the address, a mail is on its way"),
        (status = 422, description = "A field is missing", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn forgot(
    State(app): State<App>,
    context: Context,
    Json(request): Json<MailRequest>,
) -> Result<StatusCode, Problem> {
    // What can be nobody's address gets nobody a mail.
    if let Ok(email) = request.email.parse() {
        password::ask_for_password_reset(app.db(), &context, &email).await?;
    }
    Ok(StatusCode::ACCEPTED)
}

/// Whose link.
#[derive(Deserialize)]
pub(crate) struct SendReset {
    account: Option<Uuid>,
}

/// Task `send_password_reset`.
pub(crate) async fn send_reset(
    State(app): State<App>,
    task: Task<SendReset>,
) -> Result<NoContent, Problem> {
    if let Some(account) = task.payload.account {
        let token = random::token(TokenKind::PasswordReset)?;
        // The configured origin: nothing that a request says can lead the reader elsewhere. In the fragment, which no browser sends
        // and no log holds.
        let url = format!(
            "{}{PASSWORD_RESET_PAGE}#{}",
            app.config().public_url,
            token.as_str()
        );
        password::issue_password_reset(app.db(), &task.context, account, &token, &url).await?;
    }
    Ok(NoContent)
}

/// What was in the mail, and the new password.
#[derive(Deserialize, garde::Validate, utoipa::ToSchema)]
pub(crate) struct ResetRequest {
    /// The part of the link after `#`.
    #[garde(skip)]
    token: String,
    #[garde(skip)]
    #[schema(value_type = String, format = Password)]
    new_password: PasswordInput,
}

/// Replaces a forgotten password. All sessions end, and all API keys, links, codes and what OAuth clients were given. A second factor
/// is still asked for.
///
/// Permissions: none; the token is the credential.
#[utoipa::path(
    post,
    path = "/api/v1/auth/password/reset",
    tag = "auth",
    request_body = ResetRequest,
    responses(
        (status = 204, description = "Replaced; sign in with it"),
        (status = 401, description = "The link is unknown, has expired or was used", body = kit::problem::ProblemDocument),
        (status = 422, description = "The new password is not acceptable", body = kit::problem::ProblemDocument),
        (status = 503, description = "Too many passwords are being checked", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn reset(
    State(app): State<App>,
    policy: Policy,
    context: Context,
    Json(request): Json<ResetRequest>,
) -> Result<NoContent, Problem> {
    replace(
        &app,
        policy,
        &context,
        &request.token,
        &request.new_password,
    )
    .await
    .map(|()| NoContent)
}

/// Replaces a forgotten password by what was mailed.
///
/// # Errors
/// 401 of the kind [`UNKNOWN_LINK`], 422 for the password, 503 while too many are being hashed.
pub(crate) async fn replace(
    app: &App,
    policy: Policy,
    context: &Context,
    token: &str,
    typed: &PasswordInput,
) -> Result<(), Problem> {
    let token = OpaqueToken::parse(TokenKind::PasswordReset, token).ok_or_else(unknown_link)?;
    let chosen = choose(typed, policy)?;
    let (hash_slot, account) = begin_reset(app, &token, policy).await?;
    let chosen = match chosen.not_own_data(&account.username, &account.email) {
        Ok(chosen) => chosen,
        Err(error) => {
            hash_slot::release(app.db(), hash_slot).await?;
            return Err(not_acceptable(error));
        }
    };
    let hash = PasswordHash::make(&chosen).map_err(Problem::internal)?;
    match password::reset_password(app.db(), context, &token, &hash, hash_slot).await? {
        Reset::Reset => Ok(()),
        Reset::Unknown => Err(unknown_link()),
    }
}

async fn begin_reset(
    app: &App,
    token: &OpaqueToken,
    policy: Policy,
) -> Result<(HashSlot, Resetting), Problem> {
    let holder = id::new();
    hash_slot::wait_for(policy.hash_slots, || async {
        match password::begin_password_reset(app.db(), token, policy.hash_slots, holder).await? {
            BegunReset::Leased { slot, account } => {
                Ok(Place::Leased((HashSlot { holder, slot }, account)))
            }
            BegunReset::Waiting(queued) => Ok(Place::Queued(queued)),
            BegunReset::Unknown => Err(unknown_link()),
        }
    })
    .await
}

/// The kind of problem that a link is which is good for nothing.
pub(crate) const UNKNOWN_LINK: &str = "reset-token-invalid";

fn unknown_link() -> Problem {
    proves_nothing(
        UNKNOWN_LINK,
        "The link is unknown, has expired or was used; ask for another.",
    )
}

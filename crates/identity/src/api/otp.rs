//! `POST /otp/verify`, `POST /otp/resend`: proving a mailbox by the code that was mailed to it.

use axum::extract::State;
use http::StatusCode;
use kit::task::Task;
use kit::{App, Context, Json, NoContent, OptionalPrincipal, Problem};
use serde::Deserialize;
use uuid::Uuid;

use crate::domain::{CodePurpose, Email, OneTimeCode};
use crate::random;
use crate::sign_in::{Offer, Outcome, SignedIn, proves_nothing};
use crate::store::email_code;

/// The code that was mailed, and where to.
#[derive(Deserialize, garde::Validate, utoipa::ToSchema)]
pub(crate) struct VerificationRequest {
    #[garde(skip)]
    #[schema(format = Email, example = "ada@example.com")]
    email: String,
    /// Six digits.
    #[garde(skip)]
    #[schema(example = "012345")]
    code: String,
}

/// Proves an e-mail address, and signs in.
///
/// Without a credential, the address that an account was registered with; with a session, the account's new address. Five attempts
/// an hour, whatever codes were sent. Where the code belongs to a later registration than the password that the account has, or
/// somebody else may have asked for it, all that was set up before the proof ends. A new address ends every session, API key and grant of
/// the account, the present session's tokens too: go on with those of the answer.
///
/// Permissions: none; a session for a new address.
#[utoipa::path(
    post,
    path = "/api/v1/auth/otp/verify",
    tag = "auth",
    request_body = VerificationRequest,
    security((), ("bearer" = ["account.manage"])),
    responses(
        (status = 200, description = "Verified and signed in, or the second factor is owed", body = SignedIn),
        (status = 401, description = "Unknown address, wrong, expired or used-up code", body = kit::problem::ProblemDocument),
        (status = 422, description = "A field is missing", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn verify(
    State(app): State<App>,
    context: Context,
    principal: OptionalPrincipal,
    Json(request): Json<VerificationRequest>,
) -> Result<Json<SignedIn>, Problem> {
    let email: Email = request.email.parse().map_err(|_| refused())?;
    let code = OneTimeCode::parse(&request.code).ok_or_else(refused)?;
    let offer = Offer::to(&context)?;
    let session = match &principal.0 {
        Some(principal) if principal.require_first_party().is_ok() => {
            Some((principal.user_id()?, principal.session_id()?))
        }
        _ => None,
    };
    let outcome = match session {
        Some((account, session)) => {
            let hash = hashed(&app, &code, CodePurpose::Change, &email)?;
            let context = context.clone().for_actor(account.to_string());
            match email_code::change_email(
                app.db(),
                &context,
                account,
                session,
                &email,
                hash,
                &offer,
            )
            .await?
            {
                // A session of an account whose first address is yet to be proved.
                Outcome::Refused => by_code(&app, &context, &email, &code, &offer).await?,
                outcome => outcome,
            }
        }
        None => by_code(&app, &context, &email, &code, &offer).await?,
    };
    SignedIn::from_outcome(&app, &context, outcome, &offer)
        .await?
        .map(Json)
        .map_err(|_| refused())
}

/// Proves the address that an account was registered with.
pub(crate) async fn by_code(
    app: &App,
    context: &Context,
    email: &Email,
    code: &OneTimeCode,
    offer: &Offer,
) -> Result<Outcome, Problem> {
    let hash = hashed(app, code, CodePurpose::Verify, email)?;
    Ok(email_code::verify_email(app.db(), context, email, hash, offer).await?)
}

/// What is stored of a code, by the variable `otp_key`.
pub(crate) fn hashed(
    app: &App,
    code: &OneTimeCode,
    purpose: CodePurpose,
    email: &Email,
) -> Result<Vec<u8>, Problem> {
    code.hash(app.config().secret_bytes("otp_key")?, purpose, email)
        .ok_or_else(|| Problem::misconfigured("otp_key", "is no key"))
}

fn refused() -> Problem {
    proves_nothing(
        "code-invalid",
        "The code is wrong, has expired, or was tried too often; ask for another, or wait an hour.",
    )
}

/// Where to mail something, if an account has the address.
#[derive(Deserialize, garde::Validate, utoipa::ToSchema)]
pub(crate) struct MailRequest {
    #[garde(skip)]
    #[schema(format = Email, example = "ada@example.com")]
    pub(crate) email: String,
}

/// Asks for another code. Attempts are not given back.
///
/// The answer is the same, and costs the same, whether anybody has the address or not.
///
/// Permissions: none.
#[utoipa::path(
    post,
    path = "/api/v1/auth/otp/resend",
    tag = "auth",
    request_body = MailRequest,
    responses(
        (status = 202, description = "If an account waits for its address to be verified, a mail is on its way"),
        (status = 422, description = "A field is missing", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn resend(
    State(app): State<App>,
    context: Context,
    Json(request): Json<MailRequest>,
) -> Result<StatusCode, Problem> {
    // What can be nobody's address gets nobody a mail.
    if let Ok(email) = request.email.parse() {
        email_code::ask_for_code(app.db(), &context, &email).await?;
    }
    Ok(StatusCode::ACCEPTED)
}

/// Whose code, asked for from which network.
#[derive(Deserialize)]
pub(crate) struct SendCode {
    account: Option<Uuid>,
    network: String,
}

/// Task `send_verification_code`. A second run sends nothing: one code a minute.
pub(crate) async fn send(
    State(app): State<App>,
    task: Task<SendCode>,
) -> Result<NoContent, Problem> {
    let Some(account) = task.payload.account else {
        return Ok(NoContent);
    };
    let Some(email) = email_code::find_recipient(app.db(), account).await? else {
        return Ok(NoContent);
    };
    let email: Email = email.parse().map_err(Problem::internal)?;
    let code = random::one_time_code()?;
    let hash = hashed(&app, &code, CodePurpose::Verify, &email)?;
    email_code::issue_code(
        app.db(),
        &task.context,
        account,
        &task.payload.network,
        &code,
        hash,
    )
    .await?;
    Ok(NoContent)
}

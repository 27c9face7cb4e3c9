//! `POST /login`: a session for who knows the password.

use axum::extract::State;
use http::{StatusCode, header};
use kit::{App, Context, Json, Problem, id};
use serde::Deserialize;
use uuid::Uuid;

use super::token::{self, Tokens};
use crate::domain::{LoginName, PasswordHash, PasswordInput, RefreshToken};
use crate::policy::Policy;
use crate::store::account::{self, LoginCandidate};
use crate::store::hash_slot::{self, HashSlot};
use crate::store::session::{self, NewSession, OpenedSession};

/// Who, and the proof.
#[derive(Deserialize, garde::Validate, utoipa::ToSchema)]
pub(crate) struct LoginRequest {
    /// E-mail address or username.
    #[garde(skip)]
    #[schema(example = "ada@example.com")]
    login: String,
    #[garde(skip)]
    #[schema(value_type = String, format = Password)]
    password: PasswordInput,
}

/// Signs in with a password.
///
/// The answer is the same, and costs the same, whether the account is unknown, disabled, or the password is wrong.
///
/// Permissions: none.
#[utoipa::path(
    post,
    path = "/api/v1/auth/login",
    tag = "auth",
    request_body = LoginRequest,
    responses(
        (status = 200, description = "Signed in", body = Tokens),
        (status = 401, description = "Nobody has that name and that password", body = kit::problem::ProblemDocument),
        (status = 422, description = "A field is missing", body = kit::problem::ProblemDocument),
        (status = 503, description = "Too many passwords are being checked", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    policy: Policy,
    context: Context,
    Json(request): Json<LoginRequest>,
) -> Result<Json<Tokens>, Problem> {
    let (hash_slot, candidate) = find(&app, &LoginName::parse(&request.login), policy).await?;
    let account = candidate.as_ref().map(|candidate| candidate.id);
    let stored = candidate
        .and_then(|candidate| candidate.password_hash)
        .map(PasswordHash::stored);
    let matches = PasswordHash::matches(stored.as_ref(), &request.password);
    let Some(account) = account.filter(|_| matches) else {
        account::refuse_login(app.db(), &context, account, hash_slot).await?;
        return Err(refused());
    };
    let refresh_token = random_refresh_token()?;
    let session = NewSession {
        account,
        id: id::new(),
        refresh_token: refresh_token.hash(),
        jti: id::new(),
        amr: vec!["pwd".to_owned()],
    };
    match session::open_session(app.db(), &context, session, hash_slot).await? {
        OpenedSession::Opened { grant } => token::issue(&app, &context, grant, &refresh_token)
            .await
            .map(Json),
        OpenedSession::Refused => Err(refused()),
    }
}

async fn find(
    app: &App,
    name: &LoginName,
    policy: Policy,
) -> Result<(HashSlot, Option<LoginCandidate>), Problem> {
    let holder: Uuid = id::new();
    hash_slot::wait_for(|| async {
        let begun = account::begin_login(app.db(), name, policy.hash_slots, holder).await?;
        Ok(begun
            .slot
            .map(|slot| (HashSlot { holder, slot }, begun.account)))
    })
    .await
}

fn random_refresh_token() -> Result<RefreshToken, Problem> {
    let mut bits = [0; 32];
    getrandom::fill(&mut bits).map_err(Problem::internal)?;
    Ok(RefreshToken::from_random(bits))
}

fn refused() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "credentials-invalid",
        "The login or the password is wrong",
    )
    .detail("Nobody has that login and that password.")
    .header(header::WWW_AUTHENTICATE, "Bearer")
}

//! `POST /refresh`: the next tokens of a session.

use std::borrow::Cow;

use axum::extract::State;
use http::{StatusCode, header};
use kit::{App, Context, Json, Problem, id};
use serde::{Deserialize, Serialize};

use super::token::{self, Tokens};
use crate::domain::RefreshToken;
use crate::store::session::{self, Rotation};

/// A refresh token.
#[derive(Deserialize, garde::Validate, utoipa::ToSchema)]
pub(crate) struct RefreshRequest {
    #[garde(skip)]
    refresh_token: String,
}

/// Exchanges a refresh token for new tokens.
///
/// The same token again within ten seconds gets the same answer; later, the session is ended.
///
/// Permissions: none; the token is the credential.
#[utoipa::path(
    post,
    path = "/api/v1/auth/refresh",
    tag = "auth",
    request_body = RefreshRequest,
    responses(
        (status = 200, description = "New tokens; the presented one is used up", body = Tokens),
        (status = 401, description = "Unknown, expired or revoked; or used before, and the session is ended now",
         body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    context: Context,
    Json(request): Json<RefreshRequest>,
) -> Result<Json<Tokens>, Problem> {
    let presented = RefreshToken::parse(&request.refresh_token).ok_or_else(not_good)?;
    let next = successor(&app, &context, &presented).await?;
    match session::rotate_refresh_token(
        app.db(),
        &context,
        &presented.hash(),
        &next.hash(),
        id::new(),
    )
    .await?
    {
        Rotation::Rotated { grant, successor } if successor == next.hash().hex() => {
            token::issue(&app, &context, grant, &next).await.map(Json)
        }
        // The master key changed between the two answers: the first one's successor can't be given again.
        Rotation::Rotated { .. } | Rotation::Unknown | Rotation::Ended => Err(not_good()),
        Rotation::Reused => Err(reused()),
    }
}

/// What the signer is asked, and answers: its `POST /internal/refresh-successor`.
#[derive(Serialize, Deserialize)]
struct Successor<'a> {
    refresh_token: Cow<'a, str>,
}

/// The one token that may follow this one. Asked for first: the row must hold the successor's hash from the moment the presented token
/// is used up.
pub(crate) async fn successor(
    app: &App,
    context: &Context,
    presented: &RefreshToken,
) -> Result<RefreshToken, Problem> {
    let request = Successor {
        refresh_token: presented.as_str().into(),
    };
    let next: Successor<'static> = app
        .call(context, "signer", "/internal/refresh-successor", &request)
        .await?;
    RefreshToken::parse(&next.refresh_token)
        .ok_or_else(|| Problem::internal("the signer's successor is no refresh token"))
}

fn not_good() -> Problem {
    refused(
        "refresh-token-invalid",
        "The refresh token is unknown, expired or revoked; sign in again.",
    )
}

fn reused() -> Problem {
    refused(
        "refresh-token-reused",
        "The refresh token was used before, so somebody may have stolen it: the session is ended. Sign in again.",
    )
}

fn refused(kind: &'static str, detail: &str) -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        kind,
        "The refresh token is not good",
    )
    .detail(detail)
    .header(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")
}

//! `POST /oauth2/revoke`: tokens that a client gives back (RFC 7009).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use kit::{App, Context, clock};

use crate::domain::RefreshToken;
use crate::oauth::client_authentication::authenticate;
use crate::oauth::failure::{ErrorDocument, Failure};
use crate::oauth::issued_token;
use crate::oauth::parameters::Form;
use crate::oauth::store::token;

const PATH: &str = "/oauth2/revoke";

/// Takes a token back. A refresh token takes all tokens of its grant with it. Unknown tokens, and other clients', get the same
/// answer and stay as they are.
///
/// Permissions: none; the client authenticates.
#[utoipa::path(
    post,
    path = "/oauth2/revoke",
    tag = "oauth2",
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "It is good no more, if it was the client's"),
        (status = 400, description = "No token", body = ErrorDocument),
        (status = 401, description = "The client has not proved who it is", body = ErrorDocument),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    context: Context,
    headers: HeaderMap,
    Form(form): Form,
) -> Result<Response, Failure> {
    let client = authenticate(&app, &headers, &form, PATH).await?;
    let presented = form.require("token")?;
    if let Some(refresh) = RefreshToken::parse(presented) {
        token::revoke_refresh_token(app.db(), &context, &client.client_id, &refresh.hash()).await?;
    } else if let Some(claims) = issued_token::access_token(&app, presented, clock::now_s()).await?
        && claims.client_id == client.client_id
    {
        token::revoke_access_token(app.db(), &context, &client.client_id, &claims.jti).await?;
    }
    Ok(StatusCode::OK.into_response())
}

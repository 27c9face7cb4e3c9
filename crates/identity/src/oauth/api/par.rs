//! `POST /oauth2/par`: authorization requests that clients push, so that no browser carries them (RFC 9126).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use kit::App;
use serde::Serialize;

use super::authorize::{Errand, REQUEST_URI, check};
use crate::domain::TokenKind;
use crate::oauth::authorization_request::return_address;
use crate::oauth::client_authentication::authenticate;
use crate::oauth::dpop;
use crate::oauth::failure::{ErrorDocument, Failure, OAuthError};
use crate::oauth::parameters::Form;
use crate::oauth::store::request;
use crate::random;

const PATH: &str = "/oauth2/par";
/// How long a browser may take to come with it, seconds.
const EXPIRES_IN: i64 = 90;

/// A pushed request.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct PushedRequest {
    /// For `/oauth2/authorize`, with `client_id`.
    request_uri: String,
    /// Seconds.
    expires_in: i64,
}

/// Keeps an authorization request until a browser comes with it.
///
/// Permissions: none; the client authenticates.
#[utoipa::path(
    post,
    path = "/oauth2/par",
    tag = "oauth2",
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 201, description = "Kept", body = PushedRequest),
        (status = 400, description = "What the authorization would have been refused for", body = ErrorDocument),
        (status = 401, description = "The client has not proved who it is", body = ErrorDocument),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    headers: HeaderMap,
    Form(form): Form,
) -> Result<Response, Failure> {
    let client = authenticate(&app, &headers, &form, PATH).await?;
    if form.get("request_uri").is_some() {
        return Err(OAuthError::invalid_request("a pushed request names no request_uri").into());
    }
    let address = return_address(&client, &form).map_err(OAuthError::invalid_request)?;
    let mut pushed = check(&app, &client, &form, &address).await??;
    let possession = dpop::possession(&app, &headers, PATH).await?;
    if let Some(possession) = &possession {
        // RFC 9449 section 10.1: the proof binds the code to its key.
        if pushed
            .jkt
            .as_ref()
            .is_some_and(|announced| *announced != possession.jkt)
        {
            return Err(OAuthError::new(
                "invalid_dpop_proof",
                "dpop_jkt names another key than the proof",
            )
            .into());
        }
        pushed.jkt = Some(possession.jkt.clone());
    }
    let name = random::token(TokenKind::Request)?;
    let errand = Errand::Authorize(Box::new(pushed));
    request::keep(
        app.db(),
        &name.hash(),
        Some(&client.client_id),
        &errand,
        None,
        EXPIRES_IN,
    )
    .await?;
    let mut response = (
        StatusCode::CREATED,
        axum::Json(PushedRequest {
            request_uri: format!("{REQUEST_URI}{}", name.as_str()),
            expires_in: EXPIRES_IN,
        }),
    )
        .into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(possession) = possession {
        possession.mark(headers);
    }
    Ok(response)
}

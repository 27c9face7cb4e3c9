//! `POST /oauth2/introspect`: whether a token is good, for its client and for the resource server that it is for (RFC 7662).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use kit::{App, clock};
use serde_json::{Value, json};

use super::set;
use crate::domain::RefreshToken;
use crate::oauth::client_authentication::authenticate;
use crate::oauth::domain::Client;
use crate::oauth::failure::{ErrorDocument, Failure, OAuthError};
use crate::oauth::issued_token;
use crate::oauth::parameters::Form;
use crate::oauth::store::token::{self, AccessTokenIds};

const PATH: &str = "/oauth2/introspect";

/// Tells whether a token is good. Of what is not, or not the asking client's business, it says `active: false` and no more.
///
/// Permissions: none; the client authenticates, and must be confidential.
#[utoipa::path(
    post,
    path = "/oauth2/introspect",
    tag = "oauth2",
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "What is known", body = Value),
        (status = 400, description = "No token", body = ErrorDocument),
        (status = 401, description = "The client has not proved who it is", body = ErrorDocument),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    headers: HeaderMap,
    Form(form): Form,
) -> Result<Response, Failure> {
    let client = authenticate(&app, &headers, &form, PATH).await?;
    if client.is_public() {
        return Err(
            OAuthError::new("invalid_client", "public clients may not introspect")
                .status(StatusCode::UNAUTHORIZED)
                .into(),
        );
    }
    let presented = form.require("token")?;
    let known = match RefreshToken::parse(presented) {
        Some(token) => refresh_token(&app, &client, &token).await?,
        None => access_token(&app, &client, presented).await?,
    };
    let mut response =
        axum::Json(known.unwrap_or_else(|| json!({"active": false}))).into_response();
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

async fn access_token(
    app: &App,
    client: &Client,
    presented: &str,
) -> Result<Option<Value>, Failure> {
    let Some(claims) = issued_token::access_token(app, presented, clock::now_s()).await? else {
        return Ok(None);
    };
    let ids = AccessTokenIds {
        sub: &claims.sub,
        sid: claims.sid.as_deref(),
        jti: &claims.jti,
        generation: claims.generation(),
        client: &claims.client_id,
    };
    let Some(live) = token::find_access_token(app.db(), &ids, &client.client_id).await? else {
        return Ok(None);
    };
    let for_it = claims
        .audience()
        .iter()
        .any(|recipient| live.resources.contains(recipient));
    if claims.client_id != client.client_id && !for_it {
        return Ok(None);
    }
    let mut known = json!({
        "active": true,
        "iss": app.config().issuer(),
        "sub": claims.sub,
        "aud": claims.audience(),
        "client_id": claims.client_id,
        "scope": claims.scope,
        "token_type": if claims.jkt().is_some() { "DPoP" } else { "Bearer" },
        "iat": claims.iat,
        "exp": claims.exp,
        "jti": claims.jti,
    });
    for (name, value) in [
        ("username", live.username.map(Value::from)),
        ("auth_time", claims.auth_time.map(Value::from)),
        ("acr", claims.acr.clone().map(Value::from)),
        ("amr", (!claims.amr.is_empty()).then(|| json!(claims.amr))),
        ("cnf", claims.jkt().map(|jkt| json!({"jkt": jkt}))),
    ] {
        if let Some(value) = value {
            set(&mut known, name, value);
        }
    }
    Ok(Some(known))
}

async fn refresh_token(
    app: &App,
    client: &Client,
    presented: &RefreshToken,
) -> Result<Option<Value>, Failure> {
    let live = token::find_refresh_token(app.db(), &client.client_id, &presented.hash()).await?;
    Ok(live.map(|live| {
        let mut known = json!({
            "active": true,
            "iss": app.config().issuer(),
            "sub": live.sub,
            "username": live.username,
            "client_id": client.client_id,
            "scope": live.scopes.to_text(),
            "token_type": "refresh_token",
            "iat": live.iat,
            "exp": live.exp,
            "auth_time": live.auth_time,
        });
        if let Some(jkt) = live.jkt {
            set(&mut known, "cnf", json!({"jkt": jkt}));
        }
        known
    }))
}

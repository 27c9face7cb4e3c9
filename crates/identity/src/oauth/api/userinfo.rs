//! `/oauth2/userinfo`: claims about whoever an access token is of (OpenID Connect Core section 5.3).

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use kit::{App, clock};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::oauth::domain::{Scopes, claims_of_scopes};
use crate::oauth::failure::{ErrorDocument, Failure, OAuthError};
use crate::oauth::parameters::Parameters;
use crate::oauth::store::token::{self, AccessTokenIds};
use crate::oauth::{dpop, issued_token};

const PATH: &str = "/oauth2/userinfo";

/// Tells the claims that the token's scopes allow.
///
/// Permissions: an access token with `openid`.
#[utoipa::path(
    get,
    path = "/oauth2/userinfo",
    tag = "oauth2",
    security(("bearer" = ["openid"])),
    responses(
        (status = 200, description = "Claims", body = Value),
        (status = 401, description = "No or bad token", body = ErrorDocument),
        (status = 403, description = "The token lacks `openid`", body = ErrorDocument),
    ),
)]
pub(crate) async fn show(State(app): State<App>, headers: HeaderMap) -> Result<Response, Failure> {
    answer(&app, &headers, "GET", None).await
}

/// The same by POST, where the token may be in the form (RFC 6750 section 2.2).
///
/// Permissions: an access token with `openid`.
#[utoipa::path(
    post,
    path = "/oauth2/userinfo",
    tag = "oauth2",
    request_body(content = Option<String>, content_type = "application/x-www-form-urlencoded"),
    security(("bearer" = ["openid"]), ()),
    responses(
        (status = 200, description = "Claims", body = Value),
        (status = 401, description = "No or bad token", body = ErrorDocument),
        (status = 403, description = "The token lacks `openid`", body = ErrorDocument),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let form = Parameters::parse(&body);
    form.check()?;
    answer(&app, &headers, "POST", form.get("access_token")).await
}

async fn answer(
    app: &App,
    headers: &HeaderMap,
    method: &str,
    in_form: Option<&str>,
) -> Result<Response, Failure> {
    let mut shown = headers.get_all(header::AUTHORIZATION).iter();
    let presented = shown.next().map(|value| value.to_str().unwrap_or_default());
    if presented.is_some() && (shown.next().is_some() || in_form.is_some()) {
        return Err(OAuthError::invalid_request("more than one token came").into());
    }
    let (token, bound) = match (presented.map(scheme), in_form) {
        (Some(Some(credential)), _) => credential,
        (None, Some(token)) => (token, false),
        (None, None) => {
            return Err(challenge(
                "Bearer",
                "invalid_token",
                "an access token is needed",
                true,
            ));
        }
        (Some(None), _) => return Err(refused()),
    };
    let claims = issued_token::access_token(app, token, clock::now_s())
        .await?
        .ok_or_else(refused)?;
    let here = format!("{}/userinfo", app.config().issuer());
    if !claims.audience().contains(&here) {
        return Err(refused());
    }
    let proven = match (claims.jkt(), bound) {
        (None, false) => true,
        (Some(jkt), true) => dpop::proves(app, headers, method, PATH, token, jkt).await?,
        _ => false,
    };
    if !proven {
        return Err(challenge(
            "DPoP",
            "invalid_token",
            "the token is bound to a key, and the proof is missing or wrong",
            false,
        ));
    }
    if !claims.has_scope("openid") {
        return Err(
            OAuthError::new("insufficient_scope", "the token lacks openid")
                .status(StatusCode::FORBIDDEN)
                .header(
                    header::WWW_AUTHENTICATE,
                    "Bearer error=\"insufficient_scope\", scope=\"openid\"",
                )
                .into(),
        );
    }
    let ids = AccessTokenIds {
        sub: &claims.sub,
        sid: claims.sid.as_deref(),
        jti: &claims.jti,
        generation: claims.generation(),
        client: &claims.client_id,
    };
    token::find_access_token(app.db(), &ids, &claims.client_id)
        .await?
        .ok_or_else(refused)?;
    let account: Uuid = claims.sub.parse().map_err(|_| refused())?;
    let grant = claims.sid.as_deref().and_then(|sid| sid.parse().ok());
    let known = token::find_user_claims(app.db(), account, grant)
        .await?
        .ok_or_else(refused)?;
    let allowed: Vec<&str> = claims_of_scopes(&Scopes::parse(&claims.scope)).collect();
    let mut told: Map<String, Value> = known
        .claims
        .into_iter()
        .filter(|(name, _)| allowed.contains(&name.as_str()) || known.asked.userinfo.contains(name))
        .collect();
    told.insert("sub".to_owned(), claims.sub.into());
    let mut response = axum::Json(told).into_response();
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// The token, and whether it comes with a proof of possession.
fn scheme(header: &str) -> Option<(&str, bool)> {
    let (scheme, token) = header.trim().split_once(' ')?;
    let token = token.trim_start();
    if scheme.eq_ignore_ascii_case("bearer") {
        Some((token, false))
    } else if scheme.eq_ignore_ascii_case("dpop") {
        Some((token, true))
    } else {
        None
    }
}

fn refused() -> Failure {
    challenge(
        "Bearer",
        "invalid_token",
        "the token is expired, revoked, or not for this",
        false,
    )
}

/// RFC 6750 section 3: who sent nothing is told no error.
fn challenge(scheme: &str, code: &'static str, description: &str, bare: bool) -> Failure {
    let value = if bare {
        scheme.to_owned()
    } else {
        format!("{scheme} error=\"{code}\", error_description=\"{description}\"")
    };
    OAuthError::new(code, description)
        .status(StatusCode::UNAUTHORIZED)
        .header(header::WWW_AUTHENTICATE, value)
        .into()
}

//! Discovery (OpenID Connect Discovery 1.0, RFC 8414): the same document in both forms.

use axum::extract::State;
use axum::response::IntoResponse;
use http::header;
use kit::App;
use serde_json::{Value, json};

use super::set;
use crate::oauth::domain::{ASSERTION_ALGORITHMS, Scopes};
use crate::oauth::next_step::{ACR_ONE, ACR_TWO};
use crate::oauth::self_registration_is_on;

/// How long clients may keep the document.
const CACHE_CONTROL: &str = "public, max-age=300";

/// What this authorization server can do.
///
/// Permissions: none.
#[utoipa::path(
    get,
    path = "/oauth2/.well-known/openid-configuration",
    tag = "oauth2",
    responses((status = 200, description = "The metadata", body = Value)),
)]
pub(crate) async fn openid(State(app): State<App>) -> impl IntoResponse {
    answer(&app)
}

/// What this authorization server can do, for clients that know no OpenID Connect.
///
/// Permissions: none.
#[utoipa::path(
    get,
    path = "/oauth2/.well-known/oauth-authorization-server",
    tag = "oauth2",
    responses((status = 200, description = "The metadata", body = Value)),
)]
pub(crate) async fn oauth(State(app): State<App>) -> impl IntoResponse {
    answer(&app)
}

/// The same where RFC 8414 section 3.1 looks for it: the issuer's path comes after the well-known one.
///
/// Permissions: none.
#[utoipa::path(
    get,
    path = "/.well-known/oauth-authorization-server/oauth2",
    tag = "oauth2",
    responses((status = 200, description = "The metadata", body = Value)),
)]
pub(crate) async fn oauth_at_root(State(app): State<App>) -> impl IntoResponse {
    answer(&app)
}

fn answer(app: &App) -> impl IntoResponse + use<> {
    (
        [(header::CACHE_CONTROL, CACHE_CONTROL)],
        axum::Json(document(app)),
    )
}

fn document(app: &App) -> Value {
    let issuer = app.config().issuer();
    let at = |path: &str| format!("{issuer}/{path}");
    let with_secret = [
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
    ];
    let methods = [
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
        "none",
    ];
    let mut document = json!({
        "issuer": issuer,
        "authorization_endpoint": at("authorize"),
        "token_endpoint": at("token"),
        "pushed_authorization_request_endpoint": at("par"),
        "userinfo_endpoint": at("userinfo"),
        "introspection_endpoint": at("introspect"),
        "revocation_endpoint": at("revoke"),
        "device_authorization_endpoint": at("device_authorization"),
        "end_session_endpoint": at("end-session"),
        "jwks_uri": at("jwks"),
        "scopes_supported": Scopes::published(),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [
            "authorization_code", "refresh_token", "client_credentials",
            "urn:ietf:params:oauth:grant-type:device_code"
        ],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "EdDSA"],
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": ASSERTION_ALGORITHMS,
        "introspection_endpoint_auth_methods_supported": with_secret,
        "introspection_endpoint_auth_signing_alg_values_supported": ASSERTION_ALGORITHMS,
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": ASSERTION_ALGORITHMS,
        "code_challenge_methods_supported": ["S256"],
        "dpop_signing_alg_values_supported": ["ES256", "EdDSA"],
        "authorization_response_iss_parameter_supported": true,
        "require_pushed_authorization_requests": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "claims_parameter_supported": true,
        "claim_types_supported": ["normal"],
        "claims_supported": [
            "sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "sid",
            "name", "nickname", "preferred_username", "picture", "updated_at", "email", "email_verified"
        ],
        "acr_values_supported": [ACR_ONE, ACR_TWO],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "display_values_supported": ["page"],
        "ui_locales_supported": ["en"],
    });
    if self_registration_is_on(app) {
        set(
            &mut document,
            "registration_endpoint",
            json!(at("register")),
        );
    }
    document
}

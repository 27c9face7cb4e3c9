//! The authorization server: OAuth 2.1 (RFC 9700), OpenID Connect Core, and what belongs to them.

mod api;
mod authorization_request;
mod client_authentication;
mod cookies;
mod domain;
mod dpop;
mod failure;
mod issue;
mod issued_token;
mod method;
mod next_step;
mod origin;
mod page;
mod parameters;
mod script;
mod store;

use axum::routing::get;
use kit::limit::Class;
use kit::{App, id, routes};
use utoipa_axum::router::OpenApiRouter;

use crate::api::jwks;
pub(crate) use domain::UserCode;
pub(crate) use issued_token::first_party_session;
pub(crate) use page::problem as problem_page;

/// Variables that the authorization server reads.
pub(crate) const VARIABLES: &[&str] = &["dynamic_registration"];

/// Secrets that it reads: the key for the codes that prove a mailbox.
pub(crate) const SECRETS: &[&str] = &["otp_key"];

/// Routes that cost more than others, or could be guessed at.
pub(crate) const LIMITS: &[(&str, Class)] = &[
    ("POST /oauth2/login", Class::Login),
    ("POST /oauth2/login/mfa", Class::Otp),
    ("POST /oauth2/login/passkey", Class::Otp),
    ("POST /oauth2/login/passkey/finish", Class::Otp),
    ("POST /oauth2/sign-up", Class::Register),
    ("POST /oauth2/verify", Class::Otp),
    ("POST /oauth2/verify/resend", Class::Password),
    ("POST /oauth2/password/forgot", Class::Password),
    ("POST /oauth2/password/reset", Class::Password),
    ("POST /oauth2/device", Class::Otp),
    ("POST /oauth2/register", Class::Register),
    // Many people's tokens come and go by one client's address, and a secret of 256 bits is not guessed.
    ("POST /oauth2/token", Class::Read),
    ("POST /oauth2/introspect", Class::Read),
    ("POST /oauth2/revoke", Class::Read),
    ("POST /oauth2/userinfo", Class::Read),
    // They keep a request for whoever comes, so they count as writes.
    ("GET /oauth2/authorize", Class::Write),
    ("GET /oauth2/device", Class::Write),
];

/// Where the link in the mail about a forgotten password leads.
pub(crate) const PASSWORD_RESET_PAGE: &str = "/oauth2/password/reset";

/// Paths that no other origin may read, whichever are allowed elsewhere: people's pages (RFC 9700 section 2.6).
pub(crate) const PAGES: &[&str] = &[
    "/oauth2/authorize",
    "/oauth2/login",
    "/oauth2/login/mfa",
    "/oauth2/login/passkey",
    "/oauth2/login/passkey/finish",
    "/oauth2/sign-up",
    "/oauth2/verify",
    "/oauth2/verify/resend",
    "/oauth2/password/forgot",
    PASSWORD_RESET_PAGE,
    "/oauth2/continue",
    "/oauth2/consent",
    "/oauth2/device",
    "/oauth2/end-session",
];

/// All routes of the component `oidc`.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(api::discovery::openid))
        .routes(routes!(api::discovery::oauth))
        .routes(routes!(api::discovery::oauth_at_root))
        .routes(routes!(jwks::show))
        .routes(routes!(api::authorize::show, api::authorize::create))
        .routes(routes!(api::par::create))
        .routes(routes!(api::token::create))
        .routes(routes!(api::userinfo::show, api::userinfo::create))
        .routes(routes!(api::introspection::create))
        .routes(routes!(api::revocation::create))
        .routes(routes!(api::device::authorize))
        .routes(routes!(api::end_session::show, api::end_session::create))
        .routes(routes!(api::registration::create))
        .routes(routes!(api::registration::show, api::registration::delete))
        .routes(routes!(api::login::show, api::login::create))
        .routes(routes!(api::login::create_mfa))
        .routes(routes!(api::passkey::create))
        .routes(routes!(api::passkey::finish))
        .routes(routes!(api::sign_up::show, api::sign_up::create))
        .routes(routes!(api::verification::show, api::verification::create))
        .routes(routes!(api::verification::resend))
        .routes(routes!(
            api::password_forgot::show,
            api::password_forgot::create
        ))
        .routes(routes!(
            api::password_reset::show,
            api::password_reset::create
        ))
        .routes(routes!(api::consent::show, api::consent::create))
        .routes(routes!(api::device::show, api::device::create))
        // Steps between pages, their stylesheet and their scripts: nobody calls them by themselves.
        .route("/oauth2/continue", get(api::login::go_on))
        .route(page::STYLE_PATH, get(page::style))
        .route(script::PASSKEY.path, get(script::passkey))
        .route(script::PASSWORD_RESET.path, get(script::password_reset))
}

/// Routes under `/api/v1/admin/oauth-clients`, for the component `admin`.
pub fn admin_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(api::client::list, api::client::create))
        .routes(routes!(
            api::client::show,
            api::client::update,
            api::client::delete
        ))
        .routes(routes!(api::client::rotate_secret))
}

/// Routes under `/api/v1/auth/consents`, for the component `auth`.
pub(crate) fn consent_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(api::consents::list))
        .routes(routes!(api::consents::delete))
}

/// Whether clients may register themselves.
fn self_registration_is_on(app: &App) -> bool {
    app.config().variable("dynamic_registration").map(str::trim) == Some("on")
}

/// A client id: no UUID, so that it never names an account.
fn client_id() -> String {
    format!("oc_{}", id::new().simple())
}

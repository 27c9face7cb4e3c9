//! What the component `auth` serves.

mod api_key;
mod conduit;
pub(crate) mod jwks;
pub mod key_rotation;
pub(crate) mod login;
mod logout;
mod me;
pub(crate) mod otp;
pub(crate) mod passkey;
pub(crate) mod passkey_login;
pub(crate) mod password;
pub(crate) mod refresh;
pub(crate) mod registration;
mod session;
mod task;
pub(crate) mod token;
mod totp;

use kit::limit::Class;
use kit::routes;
use kit::{App, AppBuilder, Service};
use utoipa_axum::router::OpenApiRouter;

/// All routes under `/api/v1/auth`.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(registration::create))
        .routes(routes!(otp::verify))
        .routes(routes!(otp::resend))
        .routes(routes!(login::create))
        .routes(routes!(login::create_mfa))
        .routes(routes!(refresh::create))
        .routes(routes!(logout::create))
        .routes(routes!(logout::create_all))
        .routes(routes!(password::change))
        .routes(routes!(password::forgot))
        .routes(routes!(password::reset))
        .routes(routes!(me::show, me::update))
        .routes(routes!(me::delete))
        .routes(routes!(me::export))
        .routes(routes!(session::list))
        .routes(routes!(session::delete))
        .routes(routes!(totp::create))
        .routes(routes!(totp::confirm))
        .routes(routes!(totp::disable))
        .routes(routes!(passkey::start_registration))
        .routes(routes!(passkey::finish_registration))
        .routes(routes!(passkey_login::start_login))
        .routes(routes!(passkey_login::finish_login))
        .routes(routes!(passkey::list))
        .routes(routes!(passkey::delete))
        .routes(routes!(api_key::create, api_key::list))
        .routes(routes!(api_key::delete))
        .merge(crate::oauth::consent_routes())
}

/// Routes that cost more than others, or could be guessed at.
const LIMITS: &[(&str, Class)] = &[
    ("POST /api/v1/auth/register", Class::Register),
    ("POST /api/v1/auth/otp/verify", Class::Otp),
    ("POST /api/v1/auth/otp/resend", Class::Password),
    ("POST /api/v1/auth/login", Class::Login),
    ("POST /api/v1/auth/login/mfa", Class::Otp),
    ("POST /api/v1/auth/password/change", Class::Password),
    ("POST /api/v1/auth/password/forgot", Class::Password),
    ("POST /api/v1/auth/password/reset", Class::Password),
    ("POST /api/v1/auth/me/delete", Class::Password),
    ("GET /api/v1/auth/me/export", Class::Export),
    ("POST /api/v1/auth/passkeys/login/start", Class::Otp),
    ("POST /api/v1/auth/passkeys/login/finish", Class::Otp),
    ("POST /api/v1/auth/mfa/totp/confirm", Class::Otp),
    ("POST /api/v1/auth/mfa/totp/disable", Class::Password),
];

/// The service behind the component `auth`.
#[must_use]
pub fn service(app: AppBuilder) -> Service {
    app.variables(crate::policy::VARIABLES)
        .secrets(&["cursor_key", "otp_key"])
        .gate(crate::policy::check)
        .limits(LIMITS)
        .internal(task::routes())
        .internal(conduit::routes())
        .routes(routes())
}

//! The answer of whatever signs somebody in.

use kit::{App, CallError, Context, Problem};
use serde::{Deserialize, Serialize};

use crate::domain::RefreshToken;
use crate::policy::Policy;
use crate::store::session::SessionGrant;

/// An access token and the refresh token for the next one (RFC 6749 section 5.1).
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Tokens {
    /// EdDSA JWT (`typ: at+jwt`).
    access_token: String,
    /// `Bearer`.
    token_type: &'static str,
    /// Life of the access token, seconds.
    expires_in: i64,
    /// Good once; the session ends 30 days after the login however often it is used.
    refresh_token: String,
    /// True where the account has no password any more: choose one by `POST /password/change`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    password_required: bool,
}

impl Tokens {
    pub(crate) fn asking_for_password(mut self, password_required: bool) -> Self {
        self.password_required = password_required;
        self
    }
}

/// What the signer is asked to sign: its `POST /internal/sign`.
#[derive(Serialize)]
struct SigningRequest {
    aud: &'static str,
    client_id: &'static str,
    scope: &'static str,
    sub: String,
    sid: String,
    iat: i64,
    generation: i64,
    jti: String,
    auth_time: i64,
    amr: Vec<String>,
    roles: Vec<String>,
    permissions: Vec<String>,
}

/// What the signer answers.
#[derive(Deserialize)]
pub(crate) struct SignedToken {
    pub(crate) access_token: String,
    /// Seconds.
    pub(crate) expires_in: i64,
}

/// Has an access token signed that says what `request` does.
pub(crate) async fn sign(
    app: &App,
    context: &Context,
    request: &(impl Serialize + Sync),
) -> Result<SignedToken, CallError> {
    app.call(context, "signer", "/internal/sign", request).await
}

/// Has the access token of a first-party session signed, and gives it with the refresh token for the next one.
pub(crate) async fn issue(
    app: &App,
    context: &Context,
    grant: SessionGrant,
    refresh_token: &RefreshToken,
) -> Result<Tokens, Problem> {
    let SignedToken {
        access_token,
        expires_in,
    } = sign_session(app, context, grant).await?;
    Ok(Tokens {
        access_token,
        token_type: "Bearer",
        expires_in,
        refresh_token: refresh_token.as_str().to_owned(),
        password_required: false,
    })
}

/// Has the access token of a first-party session signed.
pub(crate) async fn sign_session(
    app: &App,
    context: &Context,
    grant: SessionGrant,
) -> Result<SignedToken, Problem> {
    let permissions = Policy::read(app.config())?.permissions(grant.permissions, &grant.amr);
    let request = SigningRequest {
        aud: "spindle",
        client_id: "spindle",
        scope: "*",
        sub: grant.sub.to_string(),
        sid: grant.sid.to_string(),
        iat: grant.iat,
        generation: grant.generation,
        jti: grant.jti.to_string(),
        auth_time: grant.auth_time,
        amr: grant.amr,
        roles: grant.roles,
        permissions,
    };
    Ok(sign(app, context, &request).await?)
}

//! The private routes. Whoever may reach them (`allowed_outbound_hosts` says who) may have any token signed.

mod access_token;
mod audit_head;
mod id_token;
mod key;
mod refresh_token;
mod rotation;
mod totp;

use axum::routing::post;
use kit::{AppBuilder, Service};
use utoipa_axum::router::OpenApiRouter;

use crate::OpenKeyring;
use crate::keys::Keys;

/// The signer, on the vault that `open` leads to.
#[must_use]
pub fn service(app: AppBuilder, open: OpenKeyring) -> Service {
    app.secrets(&["identity_master_keys"])
        .extension(Keys::new(open))
        .routes(
            // Not in the OpenAPI document: no client can reach them.
            OpenApiRouter::new()
                .route("/internal/sign", post(access_token::sign))
                .route("/internal/sign-id-token", post(id_token::sign))
                .route(
                    "/internal/refresh-successor",
                    post(refresh_token::successor),
                )
                .route("/internal/keys", post(key::ensure))
                .route("/internal/keys/rotate", post(rotation::rotate))
                .route("/internal/secrets/rewrap", post(rotation::rewrap))
                .route("/internal/totp/create", post(totp::create))
                .route("/internal/totp/check", post(totp::check))
                .route("/internal/audit-head", post(audit_head::sign))
                .route("/internal/audit-heads/verify", post(audit_head::verify)),
        )
}

//! Grants: what tokens say, and how the next ones are had.

use kit::{Context, Db, DbError, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::Hash;
use crate::oauth::domain::{RequestedClaims, Scopes};

/// What the tokens of a grant say.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Grant {
    pub(crate) id: Uuid,
    pub(crate) client_id: String,
    pub(crate) account: Uuid,
    /// The browser's session.
    pub(crate) session: Option<Uuid>,
    /// The access token's.
    pub(crate) scopes: Scopes,
    pub(crate) resources: Vec<String>,
    pub(crate) claims: RequestedClaims,
    pub(crate) nonce: Option<String>,
    /// Seconds since the Unix epoch.
    pub(crate) auth_time: i64,
    pub(crate) amr: Vec<String>,
    pub(crate) acr: String,
    /// The key that the access token is bound to.
    pub(crate) jkt: Option<String>,
    /// Seconds since the Unix epoch.
    pub(crate) iat: i64,
    /// The last revocation of the account that the token follows, microseconds since the Unix epoch.
    pub(crate) generation: i64,
    pub(crate) jti: Uuid,
    pub(crate) roles: Vec<String>,
    pub(crate) permissions: Vec<String>,
}

/// What a grant is made of, besides who and which client.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct GrantDetails {
    /// What the person must agree to: the scopes, and those that single claims are part of.
    pub(crate) consent: Scopes,
    pub(crate) scopes: Scopes,
    pub(crate) resources: Vec<String>,
    pub(crate) claims: RequestedClaims,
    pub(crate) nonce: Option<String>,
    pub(crate) acr: String,
    pub(crate) jkt: Option<String>,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Option<String>,
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "read from one row and taken apart at once"
)]
pub(crate) enum Rotation {
    Rotated {
        grant: Grant,
        /// Hash of the successor in hex: the one given now, or the one given before.
        successor: String,
    },
    Reused,
    Mismatch,
    Scope,
    Resource,
    Ended,
    Unknown,
}

/// A refresh token, with what is asked for by it.
pub(crate) struct Presented<'a> {
    pub(crate) token: Hash,
    pub(crate) successor: Hash,
    pub(crate) client: &'a str,
    pub(crate) jkt: Option<&'a str>,
    /// Whether it must be the key that the grant is bound to: public clients have nothing else to show.
    pub(crate) bound: bool,
    pub(crate) scopes: Option<Scopes>,
    pub(crate) resources: Option<Vec<String>>,
    pub(crate) jti: Uuid,
}

/// Exchanges a refresh token for its successor.
pub(crate) async fn rotate(
    db: &Db,
    context: &Context,
    presented: Presented<'_>,
) -> Result<Rotation, DbError> {
    db.write_json(
        include_str!("../../../sql/oauth_rotate_refresh_token.sql"),
        params![
            context.value(),
            presented.token.to_vec(),
            presented.successor.to_vec(),
            presented.client,
            presented.jkt,
            presented.bound,
            presented.scopes.map(|scopes| scopes.to_vec()),
            presented.resources,
            presented.jti
        ],
    )
    .await
}

//! The public side of signing keys.

use kit::{Db, DbError, params};
use serde::{Deserialize, Serialize};

/// A JWK set (RFC 7517 section 5).
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct KeySet {
    pub(crate) keys: Vec<PublicKey>,
}

/// A public key: Ed25519 (RFC 8037), or RSA (RFC 7518 section 6.3) for ID tokens.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct PublicKey {
    pub(crate) kty: String,
    pub(crate) alg: String,
    pub(crate) r#use: String,
    pub(crate) kid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) crv: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) x: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) n: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) e: Option<String>,
}

/// The keys that tokens may be signed with, by algorithm, newest first.
pub(crate) async fn list_public_keys(db: &Db) -> Result<KeySet, DbError> {
    let keys = db
        .read_json(include_str!("../../sql/public_keys.sql"), params![])
        .await?;
    Ok(keys.unwrap_or_else(|| KeySet { keys: Vec::new() }))
}

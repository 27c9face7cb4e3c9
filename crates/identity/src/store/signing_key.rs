//! The public side of signing keys.

use kit::{Db, DbError, params};
use serde::{Deserialize, Serialize};

/// A JWK set (RFC 7517 section 5).
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct KeySet {
    pub(crate) keys: Vec<PublicKey>,
}

/// An Ed25519 public key (RFC 8037).
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct PublicKey {
    pub(crate) kty: String,
    pub(crate) crv: String,
    pub(crate) alg: String,
    pub(crate) r#use: String,
    pub(crate) kid: String,
    pub(crate) x: String,
}

/// The keys that access tokens may be signed with, newest first.
pub(crate) async fn list_public_keys(db: &Db) -> Result<KeySet, DbError> {
    let keys = db
        .read_json(include_str!("../../sql/public_keys.sql"), params![])
        .await?;
    Ok(keys.unwrap_or_else(|| KeySet { keys: Vec::new() }))
}

//! What is good for one use, and nonces.

use kit::{Db, DbError, params};
use serde::Deserialize;

use crate::domain::Hash;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Use {
    First,
    Again,
}

/// Marks something as used, for as long as it would be accepted otherwise.
pub(crate) async fn use_once(db: &Db, once: &Hash, seconds: i64) -> Result<Use, DbError> {
    db.write_json(
        include_str!("../../../sql/oauth_use_once.sql"),
        params![once.to_vec(), seconds],
    )
    .await
}

/// Marks a proof of possession as used, for longer than it could be shown again: true if it is the first time.
pub(crate) async fn use_proof(db: &Db, thumbprint: &str, jti: &str) -> Result<bool, DbError> {
    db.write_json(
        include_str!("../../../sql/oauth_use_proof.sql"),
        params![thumbprint, jti],
    )
    .await
}

/// The nonces that proofs may carry, the one to give out first.
pub(crate) async fn dpop_nonces(db: &Db) -> Result<Vec<String>, DbError> {
    db.write_json(
        include_str!("../../../sql/oauth_dpop_nonces.sql"),
        params![],
    )
    .await
}

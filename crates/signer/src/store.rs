//! The signer's rows.

use kit::{Context, Db, DbError, params};

use crate::SealedKey;

/// The key of an algorithm that signs; none before the first.
pub(crate) async fn find_current_signing_key(
    db: &Db,
    algorithm: &str,
) -> Result<Option<SealedKey>, DbError> {
    db.read_json(
        include_str!("../sql/find_current_signing_key.sql"),
        params![algorithm],
    )
    .await
}

/// Offers a first key of an algorithm and reads back whichever is current.
pub(crate) async fn add_signing_key(
    db: &Db,
    context: &Context,
    algorithm: &str,
    key: &SealedKey,
) -> Result<SealedKey, DbError> {
    db.write_json(
        include_str!("../sql/add_signing_key.sql"),
        params![context.value(), algorithm, &key.kid, &key.x, &key.sealed],
    )
    .await
}

/// A key that has signed, current or not.
pub(crate) async fn find_signing_key(db: &Db, kid: &str) -> Result<Option<SealedKey>, DbError> {
    db.read_json(include_str!("../sql/find_signing_key.sql"), params![kid])
        .await
}

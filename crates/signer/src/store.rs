//! The signer's rows.

use kit::{Context, Db, DbError, params};

use crate::SealedKey;

/// The key that signs; none before the first.
pub(crate) async fn find_current_signing_key(db: &Db) -> Result<Option<SealedKey>, DbError> {
    db.read_json(
        include_str!("../sql/find_current_signing_key.sql"),
        params![],
    )
    .await
}

/// Offers a first key and reads back whichever is current.
pub(crate) async fn add_signing_key(
    db: &Db,
    context: &Context,
    key: &SealedKey,
) -> Result<SealedKey, DbError> {
    db.write_json(
        include_str!("../sql/add_signing_key.sql"),
        params![context.value(), &key.kid, &key.x, &key.sealed],
    )
    .await
}

/// A key that has signed, current or not.
pub(crate) async fn find_signing_key(db: &Db, kid: &str) -> Result<Option<SealedKey>, DbError> {
    db.read_json(include_str!("../sql/find_signing_key.sql"), params![kid])
        .await
}

/// The RSA key that signs ID tokens; none before the first.
pub(crate) async fn find_current_id_token_key(db: &Db) -> Result<Option<SealedKey>, DbError> {
    db.read_json(
        include_str!("../sql/find_current_id_token_key.sql"),
        params![],
    )
    .await
}

/// Offers a first RSA key and reads back whichever is current.
pub(crate) async fn add_id_token_key(
    db: &Db,
    context: &Context,
    key: &SealedKey,
) -> Result<SealedKey, DbError> {
    db.write_json(
        include_str!("../sql/add_id_token_key.sql"),
        params![context.value(), &key.kid, &key.x, &key.sealed],
    )
    .await
}

//! What tasks and events ask for.

use kit::{Context, Db, DbError, params};
use serde_json::Value;
use uuid::Uuid;

/// Tells that a scheduled post's time has come, unless it was told or is no longer so.
///
/// # Errors
/// [`DbError`].
pub async fn announce(db: &Db, context: &Context, post: Uuid) -> Result<Value, DbError> {
    db.write_json(
        include_str!("../../sql/announce_scheduled.sql"),
        params![context.value(), post],
    )
    .await
}

/// Removes for good what was deleted thirty days ago, up to a hundred posts.
///
/// # Errors
/// [`DbError`].
pub async fn purge(db: &Db, context: &Context) -> Result<Value, DbError> {
    db.write_json(
        include_str!("../../sql/purge_posts.sql"),
        params![context.value()],
    )
    .await
}

/// Erases what a deleted account left.
///
/// # Errors
/// [`DbError`].
pub async fn erase(db: &Db, context: &Context, account: Uuid) -> Result<Value, DbError> {
    db.write_json(
        include_str!("../../sql/erase_account.sql"),
        params![context.value(), account],
    )
    .await
}

//! What tasks and events ask for.

use kit::{Context, Db, DbError, params};
use serde::Deserialize;
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

/// Posts that one statement removes at most.
pub const POSTS_AT_A_TIME: i64 = 100;
/// Deliveries that one statement removes at most.
pub const DELIVERIES_AT_A_TIME: i64 = 500;

/// What went for good.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Purged {
    /// Posts.
    pub purged: i64,
    /// Deliveries of webhooks.
    pub deliveries: i64,
}

/// Removes for good what was deleted thirty days ago, and deliveries of that age.
///
/// # Errors
/// [`DbError`].
pub async fn purge(db: &Db, context: &Context) -> Result<Purged, DbError> {
    db.write_json(
        include_str!("../../sql/purge_posts.sql"),
        params![context.value()],
    )
    .await
}

/// What one statement erased.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Erased {
    /// Posts.
    pub posts: i64,
    /// Whether more is left.
    pub more: bool,
}

/// Erases what a deleted account left, or a part of much.
///
/// # Errors
/// [`DbError`].
pub async fn erase(db: &Db, context: &Context, account: Uuid) -> Result<Erased, DbError> {
    db.write_json(
        include_str!("../../sql/erase_account.sql"),
        params![context.value(), account],
    )
    .await
}

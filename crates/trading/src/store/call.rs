//! Leases of keys' lanes for calls to the exchange.

use kit::{Db, DbError, params};
use serde::Deserialize;
use uuid::Uuid;

use crate::domain::Mode;

/// What a call with a sealed key needs.
#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum BeginCall {
    Begun {
        nonce: u64,
        mode: Mode,
        owner: Uuid,
        sealed_key: String,
        sealed_secret: String,
    },
    Busy,
    Limited {
        retry_ms: i64,
    },
    NotFound,
}

/// Takes the lane of a key for calls of so many points. `owner` none: anybody's key, for tasks.
pub(crate) async fn begin(
    db: &Db,
    owner: Option<Uuid>,
    key: Uuid,
    holder: Uuid,
    points: i32,
) -> Result<BeginCall, DbError> {
    db.write_json(
        include_str!("../../sql/begin_call.sql"),
        params![owner, key, holder, i64::from(points)],
    )
    .await
}

/// Gives the lane of a key back.
pub(crate) async fn end(db: &Db, key: Uuid, holder: Uuid) -> Result<(), DbError> {
    db.write(include_str!("../../sql/end_call.sql"), params![key, holder])
        .await
        .map(|_| ())
}

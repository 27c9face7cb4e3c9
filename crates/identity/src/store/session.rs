//! Sessions and their refresh tokens.

use kit::{Context, Db, DbError, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::Hash;

/// What an access token of a session says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct SessionGrant {
    pub(crate) sub: Uuid,
    pub(crate) sid: Uuid,
    /// Seconds since the Unix epoch.
    pub(crate) iat: i64,
    /// The last revocation of the account that the token follows, microseconds since the Unix epoch.
    pub(crate) generation: i64,
    pub(crate) jti: Uuid,
    /// Seconds since the Unix epoch.
    pub(crate) auth_time: i64,
    pub(crate) amr: Vec<String>,
    pub(crate) roles: Vec<String>,
    pub(crate) permissions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Rotation {
    Rotated {
        grant: SessionGrant,
        /// Hash of the successor in hex: the one given now, or the one given before.
        successor: String,
    },
    Reused,
    Ended,
    Unknown,
}

/// Exchanges a refresh token for its successor.
pub(crate) async fn rotate_refresh_token(
    db: &Db,
    context: &Context,
    presented: &Hash,
    successor: &Hash,
    jti: Uuid,
) -> Result<Rotation, DbError> {
    db.write_json(
        include_str!("../../sql/rotate_refresh_token.sql"),
        params![context.value(), presented.to_vec(), successor.to_vec(), jti],
    )
    .await
}

/// A live session as its owner sees it.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Session {
    pub(crate) id: Uuid,
    /// `User-Agent` of its last use.
    pub(crate) device: Option<String>,
    /// Client address of its last use.
    pub(crate) address: Option<String>,
    /// How its owner signed in (RFC 8176).
    pub(crate) amr: Vec<String>,
    /// RFC 3339, UTC.
    pub(crate) created_at: String,
    pub(crate) last_used_at: String,
    pub(crate) expires_at: String,
    /// Whether the request was made with it.
    #[serde(default)]
    pub(crate) current: bool,
}

/// Live sessions of an account that are older than `before`, newest first; one more than `page`, if there are.
pub(crate) async fn list_sessions(
    db: &Db,
    account: Uuid,
    before: Option<Uuid>,
    page: i64,
) -> Result<Vec<Session>, DbError> {
    let sessions = db
        .read_json(
            include_str!("../../sql/list_sessions.sql"),
            params![account, before, page],
        )
        .await?;
    Ok(sessions.unwrap_or_default())
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum EndedSession {
    Ended,
    NotFound,
}

/// Ends one session of an account.
pub(crate) async fn end_session(
    db: &Db,
    context: &Context,
    account: Uuid,
    session: Uuid,
) -> Result<EndedSession, DbError> {
    db.write_json(
        include_str!("../../sql/end_session.sql"),
        params![context.value(), account, session],
    )
    .await
}

/// Ends all sessions of an account.
pub(crate) async fn end_sessions(db: &Db, context: &Context, account: Uuid) -> Result<(), DbError> {
    db.write(
        include_str!("../../sql/end_sessions.sql"),
        params![context.value(), account],
    )
    .await
    .map(drop)
}

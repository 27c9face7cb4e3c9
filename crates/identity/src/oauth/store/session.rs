//! Browsers that are signed in.

use kit::{Context, Db, DbError, params};
use serde::Deserialize;
use uuid::Uuid;

use crate::domain::Hash;

/// Who is signed in with a browser.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct BrowserSession {
    pub(crate) account: Uuid,
    pub(crate) session: Uuid,
    pub(crate) username: String,
    pub(crate) email: String,
    /// When the person last proved who they are, milliseconds since the Unix epoch.
    pub(crate) auth_time_ms: i64,
    /// RFC 8176.
    pub(crate) amr: Vec<String>,
    /// Of the account; the session may be older than it.
    pub(crate) has_second_factor: bool,
}

/// Who is signed in with this cookie.
pub(crate) async fn find(db: &Db, cookie: &Hash) -> Result<Option<BrowserSession>, DbError> {
    db.read_json(
        include_str!("../../../sql/oauth_browser_session.sql"),
        params![cookie.to_vec()],
    )
    .await
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Attached {
    Attached,
    Refused,
}

/// Signs a browser in with a session that was just opened, by a new cookie.
pub(crate) async fn attach(
    db: &Db,
    context: &Context,
    session: Uuid,
    cookie: &Hash,
    previous: Option<&Hash>,
) -> Result<Attached, DbError> {
    db.write_json(
        include_str!("../../../sql/oauth_attach_browser.sql"),
        params![
            context.value(),
            session,
            cookie.to_vec(),
            previous.map(Hash::to_vec)
        ],
    )
    .await
}

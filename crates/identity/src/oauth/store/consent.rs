//! What people let clients do.

use kit::{Context, Db, DbError, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::oauth::domain::Scopes;

/// What a person let one client do.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Consent {
    pub(crate) client_id: String,
    pub(crate) client_name: String,
    /// The client's home page.
    pub(crate) client_uri: Option<String>,
    pub(crate) scopes: Vec<String>,
    /// RFC 3339, UTC.
    pub(crate) granted_at: String,
    /// When it last got tokens by it; null if it holds none.
    pub(crate) last_used_at: Option<String>,
}

/// What a person let a client have; none if nothing.
pub(crate) async fn find_scopes(
    db: &Db,
    account: Uuid,
    client: &str,
) -> Result<Option<Scopes>, DbError> {
    db.read_json(
        include_str!("../../../sql/oauth_consented_scopes.sql"),
        params![account, client],
    )
    .await
}

/// What a person let which client do.
pub(crate) async fn list(db: &Db, account: Uuid) -> Result<Vec<Consent>, DbError> {
    let consents = db
        .read_json(
            include_str!("../../../sql/oauth_list_consents.sql"),
            params![account],
        )
        .await?;
    Ok(consents.unwrap_or_default())
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Revoked {
    Revoked,
    NotFound,
}

/// Takes back what a person let a client do, with all tokens.
pub(crate) async fn revoke(
    db: &Db,
    context: &Context,
    account: Uuid,
    client: &str,
) -> Result<Revoked, DbError> {
    db.write_json(
        include_str!("../../../sql/oauth_revoke_consent.sql"),
        params![context.value(), account, client],
    )
    .await
}

//! API keys.

use kit::{Context, Db, DbError, Value, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::OpaqueToken;

/// An API key as its owner sees it.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct ApiKey {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    /// Its first letters, to tell it from others.
    pub(crate) prefix: String,
    pub(crate) scopes: Vec<String>,
    /// RFC 3339, UTC.
    pub(crate) created_at: String,
    pub(crate) expires_at: Option<String>,
    /// To the minute.
    pub(crate) last_used_at: Option<String>,
}

/// A key to create.
pub(crate) struct NewApiKey {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) key: OpaqueToken,
    pub(crate) scopes: Vec<String>,
    /// Milliseconds since the Unix epoch.
    pub(crate) expires_at: Option<i64>,
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum CreatedApiKey {
    Created { api_key: ApiKey },
    Replayed { id: Uuid },
    Mismatch,
    TooMany,
    Ended,
}

/// Creates a key, and claims the Idempotency-Key with it.
pub(crate) async fn create_api_key(
    db: &Db,
    context: &Context,
    account: Uuid,
    session: Uuid,
    key: &NewApiKey,
    claim: [Value; 4],
) -> Result<CreatedApiKey, DbError> {
    let mut params = params![
        context.value(),
        account,
        session,
        key.id,
        &key.name,
        key.key.shown_prefix(),
        key.key.hash().to_vec(),
        key.scopes.clone(),
        key.expires_at
    ];
    params.extend(claim);
    db.write_json(include_str!("../../sql/create_api_key.sql"), params)
        .await
}

/// Live keys of an account that are older than `before`, newest first; one more than `page`, if there are.
pub(crate) async fn list_api_keys(
    db: &Db,
    account: Uuid,
    before: Option<Uuid>,
    page: i64,
) -> Result<Vec<ApiKey>, DbError> {
    let keys = db
        .read_json(
            include_str!("../../sql/list_api_keys.sql"),
            params![account, before, page],
        )
        .await?;
    Ok(keys.unwrap_or_default())
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum RevokedApiKey {
    Revoked,
    NotFound,
}

/// Revokes a key of an account.
pub(crate) async fn revoke_api_key(
    db: &Db,
    context: &Context,
    account: Uuid,
    id: Uuid,
) -> Result<RevokedApiKey, DbError> {
    db.write_json(
        include_str!("../../sql/revoke_api_key.sql"),
        params![context.value(), account, id],
    )
    .await
}

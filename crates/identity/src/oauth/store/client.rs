//! Clients.

use kit::{Context, Db, DbError, params};
use serde::Deserialize;
use serde_json::Value;

use crate::domain::Hash;
use crate::oauth::domain::Client;

/// A client that may act; none if it is unknown or disabled.
pub(crate) async fn find(db: &Db, client: &str) -> Result<Option<Client>, DbError> {
    // No text column can hold NUL. Forms and addresses with one were refused; a header or an assertion may still bring it.
    if client.contains('\0') {
        return Ok(None);
    }
    db.read_json(
        include_str!("../../../sql/oauth_client.sql"),
        params![client],
    )
    .await
}

/// A client as administrators see it, and the version that it is.
#[derive(Deserialize)]
pub(crate) struct FoundClient {
    pub(crate) client: Value,
    /// For the entity tag.
    pub(crate) version: i64,
}

/// A client as administrators see it, disabled ones too.
pub(crate) async fn find_document(db: &Db, client: &str) -> Result<Option<FoundClient>, DbError> {
    db.read_json(
        include_str!("../../../sql/oauth_find_client.sql"),
        params![client],
    )
    .await
}

/// The client that registered itself and holds this token.
pub(crate) async fn find_registered(
    db: &Db,
    client: &str,
    token: &Hash,
) -> Result<Option<Value>, DbError> {
    db.read_json(
        include_str!("../../../sql/oauth_registered_client.sql"),
        params![client, token.to_vec()],
    )
    .await
}

/// Clients after this one; one more than `page`, if there are.
pub(crate) async fn list(db: &Db, after: Option<&str>, page: i64) -> Result<Vec<Value>, DbError> {
    let clients = db
        .read_json(
            include_str!("../../../sql/oauth_list_clients.sql"),
            params![after, page],
        )
        .await?;
    Ok(clients.unwrap_or_default())
}

/// A client to register.
pub(crate) struct NewClient<'a> {
    pub(crate) id: &'a str,
    pub(crate) metadata: Value,
    pub(crate) secret: Option<Hash>,
    pub(crate) registration: Option<Hash>,
}

/// Registers a client.
pub(crate) async fn create(
    db: &Db,
    context: &Context,
    client: NewClient<'_>,
) -> Result<Value, DbError> {
    db.write_json(
        include_str!("../../../sql/oauth_create_client.sql"),
        params![
            context.value(),
            client.id,
            client.metadata,
            client.secret.map(|hash| hash.to_vec()),
            client.registration.map(|hash| hash.to_vec())
        ],
    )
    .await
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum CreatedOnce {
    Created(FoundClient),
    Replayed { client_id: String },
    Mismatch,
}

/// Registers a client for an administrator, and claims the Idempotency-Key with it.
pub(crate) async fn create_once(
    db: &Db,
    context: &Context,
    client: NewClient<'_>,
    claim: [kit::Value; 4],
) -> Result<CreatedOnce, DbError> {
    let mut params = params![
        context.value(),
        client.id,
        client.metadata,
        client.secret.map(|hash| hash.to_vec())
    ];
    params.extend(claim);
    db.write_json(
        include_str!("../../../sql/oauth_create_client_once.sql"),
        params,
    )
    .await
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Updated {
    #[serde(rename = "updated")]
    Done(FoundClient),
    /// It is another version.
    Stale,
    NotFound,
}

/// Replaces a client's metadata.
pub(crate) async fn update(
    db: &Db,
    context: &Context,
    client: &str,
    version: Option<i64>,
    metadata: Value,
    disabled: bool,
) -> Result<Updated, DbError> {
    db.write_json(
        include_str!("../../../sql/oauth_update_client.sql"),
        params![context.value(), client, version, metadata, disabled],
    )
    .await
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Deleted {
    #[serde(rename = "deleted")]
    Done,
    /// It is another version.
    Stale,
    NotFound,
}

/// Removes a client with all that it was granted.
pub(crate) async fn delete(
    db: &Db,
    context: &Context,
    client: &str,
    version: Option<i64>,
) -> Result<Deleted, DbError> {
    db.write_json(
        include_str!("../../../sql/oauth_delete_client.sql"),
        params![context.value(), client, version],
    )
    .await
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum RotatedSecret {
    /// The secrets before are good until then.
    Rotated {
        expires_at: Option<String>,
    },
    /// It is another version.
    Stale,
    NotFound,
    WithoutSecret,
    /// The client has this permission, and whoever asks has not.
    TooMighty {
        permission: String,
    },
}

/// Gives a client another secret, for somebody with these permissions; the ones before stay good for `overlap` seconds.
pub(crate) async fn rotate_secret(
    db: &Db,
    context: &Context,
    client: &str,
    version: Option<i64>,
    held: &[String],
    secret: &Hash,
    overlap: i64,
) -> Result<RotatedSecret, DbError> {
    db.write_json(
        include_str!("../../../sql/oauth_rotate_secret.sql"),
        params![
            context.value(),
            client,
            version,
            held.to_vec(),
            secret.to_vec(),
            overlap
        ],
    )
    .await
}

/// Those of the resources that no client serves.
pub(crate) async fn unknown_resources(
    db: &Db,
    resources: &[String],
) -> Result<Vec<String>, DbError> {
    let unknown = db
        .read_json(
            include_str!("../../../sql/oauth_unknown_resources.sql"),
            params![resources.to_vec()],
        )
        .await?;
    Ok(unknown.unwrap_or_default())
}

//! Authorization requests that are kept: pushed ones, and those of people who are still deciding.

use kit::{Context, Db, DbError, params};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::Hash;

/// A kept request.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Kept<P> {
    pub(crate) client_id: Option<String>,
    pub(crate) parameters: P,
    /// When the browser came with it first, milliseconds since the Unix epoch.
    pub(crate) begun_at_ms: i64,
}

/// Keeps a request for some seconds, for one browser or, pushed by its client, for whichever comes first.
pub(crate) async fn keep(
    db: &Db,
    request: &Hash,
    client: Option<&str>,
    parameters: &(impl Serialize + Sync),
    browser: Option<&Hash>,
    seconds: i64,
) -> Result<(), DbError> {
    let parameters =
        serde_json::to_value(parameters).map_err(|error| DbError::decode("parameters", error))?;
    db.write(
        include_str!("../../../sql/oauth_keep_request.sql"),
        params![
            request.to_vec(),
            client,
            parameters,
            browser.map(Hash::to_vec),
            seconds
        ],
    )
    .await
    .map(drop)
}

/// A kept request, for the browser that comes with it: the first has it to itself.
pub(crate) async fn begin<P: DeserializeOwned>(
    db: &Db,
    request: &Hash,
    browser: &Hash,
) -> Result<Option<Kept<P>>, DbError> {
    let text = db
        .write(
            include_str!("../../../sql/oauth_begin_request.sql"),
            params![request.to_vec(), browser.to_vec()],
        )
        .await?
        .into_iter()
        .next()
        .map_or(Ok(None), |row| row.get::<Option<String>>("request"))?;
    text.map(|text| serde_json::from_str(&text).map_err(|error| DbError::decode("request", error)))
        .transpose()
}

/// A kept request that this browser has begun with.
pub(crate) async fn find<P: DeserializeOwned>(
    db: &Db,
    request: &Hash,
    browser: &Hash,
) -> Result<Option<Kept<P>>, DbError> {
    db.read_json(
        include_str!("../../../sql/oauth_find_request.sql"),
        params![request.to_vec(), browser.to_vec()],
    )
    .await
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Denied {
    Denied,
    /// It was answered meanwhile.
    Over,
}

/// Ends a kept request that the person did not agree to.
pub(crate) async fn deny(
    db: &Db,
    context: &Context,
    request: &Hash,
    account: Uuid,
) -> Result<Denied, DbError> {
    db.write_json(
        include_str!("../../../sql/oauth_deny_request.sql"),
        params![context.value(), request.to_vec(), account],
    )
    .await
}

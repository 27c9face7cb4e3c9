//! Tokens as their state is now, whoever holds them.

use kit::{Context, Db, DbError, params};
use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::domain::Hash;
use crate::oauth::domain::{RequestedClaims, Scopes};

/// An access token that has not been taken back.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct LiveAccessToken {
    pub(crate) username: Option<String>,
    /// What the asking client serves.
    pub(crate) resources: Vec<String>,
}

/// What is looked up about an access token whose signature is good.
pub(crate) struct AccessTokenIds<'a> {
    pub(crate) sub: &'a str,
    pub(crate) sid: Option<&'a str>,
    pub(crate) jti: &'a str,
    pub(crate) generation: i64,
    pub(crate) client: &'a str,
}

/// Whether an access token has not been taken back, exactly and now. `asking` is the client that wants to know.
pub(crate) async fn find_access_token(
    db: &Db,
    token: &AccessTokenIds<'_>,
    asking: &str,
) -> Result<Option<LiveAccessToken>, DbError> {
    db.read_json(
        include_str!("../../../sql/oauth_access_token_state.sql"),
        params![
            token.sub,
            token.sid,
            token.jti,
            token.generation,
            token.client,
            asking
        ],
    )
    .await
}

/// A live refresh token, as its client may see it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct LiveRefreshToken {
    pub(crate) scopes: Scopes,
    pub(crate) sub: Uuid,
    pub(crate) username: String,
    pub(crate) iat: i64,
    pub(crate) exp: i64,
    pub(crate) auth_time: i64,
    pub(crate) jkt: Option<String>,
}

/// A live refresh token of this client.
pub(crate) async fn find_refresh_token(
    db: &Db,
    client: &str,
    token: &Hash,
) -> Result<Option<LiveRefreshToken>, DbError> {
    db.read_json(
        include_str!("../../../sql/oauth_refresh_token_state.sql"),
        params![client, token.to_vec()],
    )
    .await
}

/// A client gives a refresh token back.
pub(crate) async fn revoke_refresh_token(
    db: &Db,
    context: &Context,
    client: &str,
    token: &Hash,
) -> Result<(), DbError> {
    db.write(
        include_str!("../../../sql/oauth_revoke_refresh_token.sql"),
        params![context.value(), client, token.to_vec()],
    )
    .await
    .map(drop)
}

/// A client gives an access token back.
pub(crate) async fn revoke_access_token(
    db: &Db,
    context: &Context,
    client: &str,
    jti: &str,
) -> Result<(), DbError> {
    db.write(
        include_str!("../../../sql/oauth_revoke_access_token.sql"),
        params![context.value(), client, jti],
    )
    .await
    .map(drop)
}

/// What is known of an account.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct UserClaims {
    /// All claims, by their names.
    pub(crate) claims: Map<String, Value>,
    /// The single ones that the grant asked for.
    #[serde(default)]
    pub(crate) asked: RequestedClaims,
}

/// What is known of an account; none if it is gone or disabled.
pub(crate) async fn find_user_claims(
    db: &Db,
    account: Uuid,
    grant: Option<Uuid>,
) -> Result<Option<UserClaims>, DbError> {
    db.read_json(
        include_str!("../../../sql/oauth_user_claims.sql"),
        params![account, grant],
    )
    .await
}

//! Devices that wait to be let in.

use kit::{Context, Db, DbError, params};
use serde::Deserialize;
use uuid::Uuid;

use super::grant::Grant;
use crate::domain::Hash;
use crate::oauth::domain::{Scopes, UserCode};

/// A device that asks.
pub(crate) struct NewDevice<'a> {
    pub(crate) device: Hash,
    pub(crate) user_code: &'a UserCode,
    pub(crate) client: &'a str,
    pub(crate) scopes: Scopes,
    pub(crate) resources: Vec<String>,
    pub(crate) jkt: Option<&'a str>,
    /// Seconds between two polls.
    pub(crate) poll_every: i32,
    /// Until the codes are over, seconds.
    pub(crate) seconds: i64,
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum BegunDevice {
    Begun,
    /// Another device shows this user code; choose another.
    Taken,
}

/// A device asks to be let in.
pub(crate) async fn begin(db: &Db, device: NewDevice<'_>) -> Result<BegunDevice, DbError> {
    db.write_json(
        include_str!("../../../sql/oauth_begin_device.sql"),
        params![
            device.device.to_vec(),
            device.user_code.as_str(),
            device.client,
            device.scopes.to_vec(),
            device.resources,
            device.jkt,
            device.poll_every,
            device.seconds
        ],
    )
    .await
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum FoundDevice {
    Waiting(WaitingDevice),
    Unknown,
    Limited,
}

/// A device, for the person who decides.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct WaitingDevice {
    pub(crate) client_name: String,
    pub(crate) client_uri: Option<String>,
    pub(crate) scopes: Scopes,
    pub(crate) self_registered: bool,
}

/// The device that shows this code; wrong ones are counted.
pub(crate) async fn find(db: &Db, account: Uuid, code: &str) -> Result<FoundDevice, DbError> {
    db.write_json(
        include_str!("../../../sql/oauth_find_device.sql"),
        params![account, code],
    )
    .await
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum DecidedDevice {
    Decided,
    Unknown,
    Limited,
    Refused,
}

/// Lets a device in, with a grant of this id, or not.
pub(crate) async fn decide(
    db: &Db,
    context: &Context,
    session: Uuid,
    code: &UserCode,
    approve: bool,
    grant: Uuid,
    acr: &str,
) -> Result<DecidedDevice, DbError> {
    db.write_json(
        include_str!("../../../sql/oauth_decide_device.sql"),
        params![context.value(), session, code.as_str(), approve, grant, acr],
    )
    .await
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum PolledDevice {
    Redeemed { grant: Box<Grant> },
    AuthorizationPending,
    SlowDown,
    AccessDenied,
    ExpiredToken,
    Refused,
}

/// A device asks whether it was let in.
pub(crate) async fn poll(
    db: &Db,
    context: &Context,
    device: &Hash,
    client: &str,
    jkt: Option<&str>,
    refresh: Option<&Hash>,
    jti: Uuid,
) -> Result<PolledDevice, DbError> {
    db.write_json(
        include_str!("../../../sql/oauth_poll_device.sql"),
        params![
            context.value(),
            device.to_vec(),
            client,
            jkt,
            refresh.map(Hash::to_vec),
            jti
        ],
    )
    .await
}

//! The private route of the component `kraken`. No public trigger leads here, and only `trading` may call it.

mod exchange;

use axum::routing::post;
use kit::AppBuilder;
use utoipa_axum::router::OpenApiRouter;

use crate::keyring::{Keyring, KeyringError};

/// Reads the master keys: in Spin by the `vault` component, natively by the crate behind it.
pub type ReadMasterKeys = fn(&str) -> Result<Box<dyn Keyring>, KeyringError>;

/// The service of the component `kraken`.
#[must_use]
pub fn service(builder: AppBuilder, read_master_keys: ReadMasterKeys) -> kit::Service {
    builder
        .variables(&[exchange::BASE_URL])
        .secrets(&[exchange::MASTER_KEYS])
        .extension(exchange::MasterKeys(read_master_keys))
        .routes(OpenApiRouter::new().route("/internal/exchange", post(exchange::call)))
}

//! `POST /internal/exchange`: a request of `spindle:exchange` in, a response (200) or a failure (422) out.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use contracts::exchange::exchange as wire;
use http::StatusCode;
use kit::{App, Problem, clock};
use secrecy::ExposeSecret;

use super::ReadMasterKeys;
use crate::base_url::BaseUrl;
use crate::client::Client;
use crate::keyring::Keyring;
use crate::network::Network;
use crate::service::Service;

pub(crate) const MASTER_KEYS: &str = "exchange_master_keys";
pub(crate) const BASE_URL: &str = "kraken_api_base_url";

/// What reads the master keys, kept by the service.
pub(crate) struct MasterKeys(pub(crate) ReadMasterKeys);

pub(crate) async fn call(State(app): State<App>, body: Bytes) -> Result<Response, Problem> {
    // The text of serde's error could quote a secret.
    let request: wire::Request = serde_json::from_slice(&body)
        .map_err(|_| Problem::bad_request("The body is not a request of spindle:exchange."))?;
    let base = app
        .config()
        .variable(BASE_URL)
        .ok_or_else(|| Problem::misconfigured(BASE_URL, "is missing"))?;
    let base = BaseUrl::parse(base)
        .map_err(|error| Problem::misconfigured(BASE_URL, &error.to_string()))?;
    let client = Client::new(Network::new(&app), base);
    let answer = Service::new(client, keyring(&app)?)
        .call(request, clock::now_s())
        .await;
    Ok(match answer {
        Ok(response) => axum::Json(response).into_response(),
        Err(failure) => (StatusCode::UNPROCESSABLE_ENTITY, axum::Json(failure)).into_response(),
    })
}

fn keyring(app: &App) -> Result<Box<dyn Keyring>, Problem> {
    let read = app
        .extension::<MasterKeys>()
        .ok_or_else(|| Problem::internal("no reader of master keys"))?;
    let master_keys = app.config().secret(MASTER_KEYS)?;
    (read.0)(master_keys.expose_secret())
        .map_err(|error| Problem::misconfigured(MASTER_KEYS, "cannot be read").caused_by(error))
}

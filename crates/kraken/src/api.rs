//! The private route of the component: `POST /internal/exchange`, a request of `spindle:exchange` in, a response (200) or a
//! failure (422) out. No public trigger leads here, and only `trading` may call it.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use contracts::exchange::exchange as wire;
use http::StatusCode;
use kit::outbound::{Outbound, OutboundError};
use kit::{App, AppBuilder, Problem, clock};
use secrecy::ExposeSecret;
use utoipa_axum::router::OpenApiRouter;
use zeroize::Zeroizing;

use crate::base_url::BaseUrl;
use crate::client::Client;
use crate::keyring::{Keyring, KeyringError};
use crate::service::Service;
use crate::transport::{HttpCall, HttpReply, TIMEOUT, Transport, TransportError};

const MASTER_KEYS: &str = "exchange_master_keys";
const BASE_URL: &str = "kraken_api_base_url";

/// For all calls of one request: less than callers wait (15 s), and than the lease of the key's lane (20 s).
const BUDGET: Duration = Duration::from_secs(13);

/// Reads the master keys: in Spin by the `vault` component, natively by the crate behind it.
pub type ReadMasterKeys = fn(&str) -> Result<Box<dyn Keyring>, KeyringError>;

struct MasterKeys(ReadMasterKeys);

/// The service of the component `kraken`.
#[must_use]
pub fn service(builder: AppBuilder, read_master_keys: ReadMasterKeys) -> kit::Service {
    builder
        .variables(&[BASE_URL])
        .secrets(&[MASTER_KEYS])
        .extension(MasterKeys(read_master_keys))
        .routes(OpenApiRouter::new().route("/internal/exchange", post(exchange)))
}

async fn exchange(State(app): State<App>, body: Bytes) -> Result<Response, Problem> {
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

impl Keyring for Box<dyn Keyring> {
    fn seal(&self, place: crate::Place<'_>, secret: &[u8]) -> Result<String, KeyringError> {
        self.as_ref().seal(place, secret)
    }

    fn open(
        &self,
        place: crate::Place<'_>,
        envelope: &str,
    ) -> Result<Zeroizing<Vec<u8>>, KeyringError> {
        self.as_ref().open(place, envelope)
    }

    fn rewrap(&self, place: crate::Place<'_>, envelope: &str) -> Result<String, KeyringError> {
        self.as_ref().rewrap(place, envelope)
    }

    fn derive(&self, info: &str) -> Zeroizing<Vec<u8>> {
        self.as_ref().derive(info)
    }
}

/// The way out for one request, which has a budget of time.
struct Network {
    outbound: Arc<dyn Outbound>,
    deadline_ms: i64,
}

impl Network {
    fn new(app: &App) -> Self {
        let budget = i64::try_from(BUDGET.as_millis()).unwrap_or(0);
        Self {
            outbound: Arc::clone(app.outbound()),
            deadline_ms: clock::now_ms().saturating_add(budget),
        }
    }
}

impl Transport for Network {
    async fn send(&self, call: HttpCall) -> Result<HttpReply, TransportError> {
        let left = u64::try_from(self.deadline_ms.saturating_sub(clock::now_ms())).unwrap_or(0);
        if left == 0 {
            return Err(TransportError::NotSent("no time is left".to_owned()));
        }
        let timeout = TIMEOUT.min(Duration::from_millis(left));
        self.outbound
            .send(call, timeout)
            .await
            .map_err(|error| match error {
                OutboundError::Timeout(_) => TransportError::TimedOut,
                // Whether it left is not known here, so it may have been carried out.
                OutboundError::Failed(cause) => TransportError::Interrupted(cause),
            })
    }
}

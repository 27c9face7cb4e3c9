//! The way to the simulator.

use spindle_kraken::{HttpCall, HttpReply, TIMEOUT, Transport, TransportError};

/// The same as the component's transport, on reqwest.
pub(crate) struct Network(reqwest::Client);

impl Network {
    pub(crate) fn new() -> Self {
        Self(
            reqwest::Client::builder()
                .timeout(TIMEOUT)
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
        )
    }
}

impl Transport for Network {
    async fn send(&self, call: HttpCall) -> Result<HttpReply, TransportError> {
        let failed = |error: reqwest::Error| match () {
            () if error.is_timeout() => TransportError::TimedOut,
            () if error.is_connect() => TransportError::NotSent(error.to_string()),
            () => TransportError::Interrupted(error.to_string()),
        };
        let answer = self
            .0
            .execute(call.try_into().map_err(failed)?)
            .await
            .map_err(failed)?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(failed)?.to_vec();
        Ok(http::Response::builder().status(status).body(body).unwrap())
    }
}

//! A client that signs as Kraken's documentation says, written apart from the client under test.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
pub(crate) use kraken_simulator::TRADING;
use kraken_simulator::{Config, IssuedKey, KeySpec, Simulator};
use serde_json::Value;
use sha2::{Digest, Sha256, Sha512};

pub(crate) struct Client {
    pub(crate) simulator: Simulator,
    http: reqwest::Client,
}

impl Client {
    pub(crate) async fn start() -> Self {
        Self::start_with(Config::default()).await
    }

    pub(crate) async fn start_with(config: Config) -> Self {
        Self {
            simulator: Simulator::start_with(config).await.unwrap(),
            http: reqwest::Client::new(),
        }
    }

    pub(crate) fn key(&self, permissions: &[&str]) -> IssuedKey {
        self.simulator
            .issue_key(KeySpec::with(permissions))
            .unwrap()
    }

    /// The result, or the error string.
    pub(crate) async fn public(&self, call: &str) -> Result<Value, String> {
        let answer = self
            .http
            .get(format!("{}/0/public/{call}", self.simulator.base_url()))
            .send()
            .await
            .unwrap();
        unwrap(answer.json().await.unwrap())
    }

    /// Sends exactly this body, signed with this nonce.
    pub(crate) async fn raw(
        &self,
        key: &IssuedKey,
        method: &str,
        nonce: &str,
        kind: &str,
        body: &str,
    ) -> Result<Value, String> {
        let path = format!("/0/private/{method}");
        let request = self
            .http
            .post(format!("{}{path}", self.simulator.base_url()))
            .header("API-Key", &key.api_key)
            .header("API-Sign", sign(&key.api_secret, &path, nonce, body))
            .header("Content-Type", kind)
            .body(body.to_owned());
        unwrap(
            request
                .send()
                .await
                .map_err(|_| "no answer")?
                .json()
                .await
                .map_err(|_| "no JSON")?,
        )
    }

    /// A form with this nonce and these parameters.
    pub(crate) async fn call(
        &self,
        key: &IssuedKey,
        method: &str,
        nonce: u64,
        params: &[(&str, &str)],
    ) -> Result<Value, String> {
        let body = form_urlencoded::Serializer::new(format!("nonce={nonce}"))
            .extend_pairs(params)
            .finish();
        self.raw(
            key,
            method,
            &nonce.to_string(),
            "application/x-www-form-urlencoded",
            &body,
        )
        .await
    }

    pub(crate) async fn control(&self, call: &str, body: Value) -> (u16, Value) {
        let request = self
            .http
            .post(format!("{}/__sim/{call}", self.simulator.base_url()));
        let answer = request.body(body.to_string()).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    pub(crate) async fn get(&self, path: &str) -> reqwest::Response {
        self.http
            .get(format!("{}{path}", self.simulator.base_url()))
            .send()
            .await
            .unwrap()
    }
}

fn unwrap(mut envelope: Value) -> Result<Value, String> {
    let errors = envelope["error"]
        .as_array()
        .expect("an envelope has errors");
    match errors.first() {
        Some(error) => Err(error.as_str().unwrap().to_owned()),
        None => Ok(envelope["result"].take()),
    }
}

pub(crate) fn sign(secret: &str, path: &str, nonce: &str, body: &str) -> String {
    let inner = Sha256::digest(format!("{nonce}{body}"));
    let mut mac = Hmac::<Sha512>::new_from_slice(&STANDARD.decode(secret).unwrap()).unwrap();
    mac.update(path.as_bytes());
    mac.update(&inner);
    STANDARD.encode(mac.finalize().into_bytes())
}

pub(crate) fn error(text: &str) -> Result<Value, String> {
    Err(text.to_owned())
}

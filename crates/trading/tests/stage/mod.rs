//! The service on a real Postgres, with the service behind `kraken` on the other side and the simulator behind that.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use contracts::identity::tokens::{
    self, Presented, PrincipalKind, Refusal, TrustSnapshot, Verdict,
};
use http::{Method, Request, StatusCode, header};
use kit::db::native::NativeDatabase;
use kit::outbound::{Outbound, OutboundError};
use kit::trust::TokenVerifier;
use kit::{AppBuilder, Db, Ports, Service};
use kraken::{Keyring, KeyringError, Place};
use kraken_simulator::{Config, IssuedKey, KeySpec, Simulator};
use serde_json::{Value, json};
use spindle_migrate::{Schema, Settings, SqlFile, migrate};
use spindle_postgres::Server;
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;
use zeroize::Zeroizing;

pub(crate) const TRADING: [&str; 5] = [
    "query-funds",
    "query-open-trades",
    "query-closed-trades",
    "modify-trades",
    "close-trades",
];

/// One test's world: a database of its own, and a simulator of its own.
pub(crate) struct Stage {
    pub(crate) simulator: Simulator,
    pub(crate) sql: Client,
    service: Service,
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: http::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    pub(crate) fn header(&self, name: header::HeaderName) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Status and kind of problem, to be compared in one go.
    pub(crate) fn problem(&self) -> (u16, String) {
        let kind = self.json()["type"]
            .as_str()
            .unwrap_or("")
            .replace("urn:spindle:problem:", "");
        (self.status.as_u16(), kind)
    }
}

impl Stage {
    pub(crate) async fn new() -> Self {
        let simulator = Simulator::start_with(Config::default()).await.unwrap();
        let base = simulator.base_url();
        Self::with(simulator, &base).await
    }

    /// With an exchange that nobody listens for.
    pub(crate) async fn without_exchange() -> Self {
        let simulator = Simulator::start_with(Config::default()).await.unwrap();
        Self::with(simulator, "http://127.0.0.1:1").await
    }

    async fn with(simulator: Simulator, base: &str) -> Self {
        let url = database().await;
        let variables: HashMap<String, String> = [
            ("environment", "development"),
            ("public_url", "http://localhost:3000"),
            ("cursor_key", "dev-cursor"),
            (
                "exchange_master_keys",
                "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            ),
            ("kraken_api_base_url", base),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
        let variables = Arc::new(variables);
        let exchange = Ports {
            outbound: Arc::new(Network(reqwest::Client::new())),
            ..Ports::none(variables.clone())
        };
        let exchange = kraken::api::service(AppBuilder::new("kraken", exchange), read_master_keys);
        let ports = Ports {
            db: Db::new(NativeDatabase::connect(&url, 16).unwrap()),
            verifier: Arc::new(WhoeverSays),
            outbound: Arc::new(Chained(exchange)),
            ..Ports::none(variables)
        };
        let (sql, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
        tokio::spawn(connection);
        Self {
            simulator,
            sql,
            service: spindle_trading::api::service(AppBuilder::new("trading", ports)),
        }
    }

    pub(crate) fn key(&self, permissions: &[&str]) -> IssuedKey {
        self.simulator
            .issue_key(KeySpec::with(permissions))
            .unwrap()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.service.call(request).await;
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    pub(crate) async fn call(
        &self,
        user: Uuid,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        self.send(request(user, method, path, body)).await
    }

    pub(crate) async fn connect(&self, user: Uuid, key: &IssuedKey) -> Answer {
        self.call(user, Method::POST, "/api/v1/trading/keys", Some(body(key)))
            .await
    }

    /// The number that a statement answers.
    pub(crate) async fn count(&self, sql: &str) -> i64 {
        self.sql.query_one(sql, &[]).await.unwrap().get(0)
    }
}

/// A request of a user who holds both scopes.
pub(crate) fn request(
    user: Uuid,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> Request<Body> {
    let request = Request::builder().method(method).uri(path).header(
        header::AUTHORIZATION,
        format!("Bearer {user} trading.read trading.trade"),
    );
    match body {
        Some(body) => request
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .unwrap(),
        None => request.body(Body::empty()).unwrap(),
    }
}

/// What connects this key for trading.
pub(crate) fn body(key: &IssuedKey) -> Value {
    json!({"exchange": "kraken", "label": "Main", "api_key": key.api_key, "api_secret": key.api_secret, "mode": "trade"})
}

/// A new database with the shared and the trading schema.
async fn database() -> String {
    static SERVER: OnceLock<Server> = OnceLock::new();
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let server = SERVER.get_or_init(|| Server::start_ephemeral().unwrap());
    let name = format!("trading_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let (client, connection) = tokio_postgres::connect(&server.url("postgres"), NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client
        .batch_execute(&format!("create database {name}"))
        .await
        .unwrap();
    let url = server.url(&name);
    let mut schema = Schema::embedded();
    schema.functions.retain(|file| {
        ["/platform/", "/trading/"]
            .iter()
            .any(|owner| file.path.contains(owner))
    });
    schema.grants.clear();
    // Who calls is decided by the verifier below, so nothing of the identity schema is needed but its name.
    schema.functions.push(SqlFile::new(
        "trust_snapshot.sql",
        "create schema if not exists identity;
         create or replace function identity.trust_snapshot(issuer text) returns jsonb language sql as
         $$ select jsonb_build_object('issuer', issuer, 'audience', 'spindle', 'keys', '[]'::jsonb, 'revocations', '[]'::jsonb) $$;",
    ));
    migrate(&url, &schema, &Settings::default()).await.unwrap();
    url
}

/// Believes `Bearer <account> <scope>…`.
struct WhoeverSays;

impl TokenVerifier for WhoeverSays {
    fn trust(&self, _: &TrustSnapshot) {}

    fn verify(&self, presented: &Presented) -> Result<Verdict, Refusal> {
        let mut words = presented
            .authorization
            .split(' ')
            .skip(1)
            .map(str::to_owned);
        Ok(Verdict::Principal(tokens::Principal {
            subject: words.next().ok_or(Refusal::Malformed)?,
            kind: PrincipalKind::User,
            session: Some("session".to_owned()),
            client: "spindle".to_owned(),
            scopes: words.collect(),
            permissions: Vec::new(),
            roles: Vec::new(),
            auth_time: None,
            amr: Vec::new(),
            jti: "token".to_owned(),
            cnf: None,
            issued_at: 0,
        }))
    }
}

/// Service chaining: `http://kraken.spin.internal` is the other service.
struct Chained(Service);

#[async_trait]
impl Outbound for Chained {
    async fn send(
        &self,
        request: Request<Vec<u8>>,
        _: Duration,
    ) -> Result<http::Response<Vec<u8>>, OutboundError> {
        assert_eq!(
            request.uri().host(),
            Some("kraken.spin.internal"),
            "trading reaches nobody else"
        );
        let response = self.0.call(request.map(Body::from)).await;
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Ok(http::Response::from_parts(parts, body))
    }
}

/// The way to the simulator.
struct Network(reqwest::Client);

#[async_trait]
impl Outbound for Network {
    async fn send(
        &self,
        request: Request<Vec<u8>>,
        timeout: Duration,
    ) -> Result<http::Response<Vec<u8>>, OutboundError> {
        let failed = |error: reqwest::Error| OutboundError::Failed(error.to_string());
        let mut request: reqwest::Request = request.try_into().map_err(failed)?;
        *request.timeout_mut() = Some(timeout);
        let answer = self.0.execute(request).await.map_err(failed)?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(failed)?.to_vec();
        Ok(http::Response::builder().status(status).body(body).unwrap())
    }
}

/// The crate behind the `vault` component.
struct Vault(vault::Keyring);

fn read_master_keys(text: &str) -> Result<Box<dyn Keyring>, KeyringError> {
    let keyring =
        vault::Keyring::parse(text).map_err(|error| KeyringError::Failed(error.to_string()))?;
    Ok(Box::new(Vault(keyring)))
}

fn binding(place: Place<'_>) -> vault::Binding<'_> {
    vault::Binding {
        purpose: place.purpose,
        owner: place.owner,
        row: place.row,
    }
}

impl Keyring for Vault {
    fn seal(&self, place: Place<'_>, secret: &[u8]) -> Result<String, KeyringError> {
        self.0
            .seal(&binding(place), secret)
            .map_err(|error| KeyringError::Failed(error.to_string()))
    }

    fn open(&self, place: Place<'_>, envelope: &str) -> Result<Zeroizing<Vec<u8>>, KeyringError> {
        self.0
            .open(&binding(place), envelope)
            .map_err(|_| KeyringError::NotAuthentic)
    }

    fn rewrap(&self, place: Place<'_>, envelope: &str) -> Result<String, KeyringError> {
        self.0
            .rewrap(&binding(place), envelope)
            .map_err(|_| KeyringError::NotAuthentic)
    }

    fn derive(&self, info: &str) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.0.derive(info).to_vec())
    }
}

//! The services `auth`, `oidc` and `signer` on a database of one test, called without a network between.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use contracts::identity::tokens::{Presented, Refusal, TrustSnapshot, Verdict};
use kit::app::Ports;
use kit::db::native::NativeDatabase;
use kit::key_value::{KeyValue, KeyValueError};
use kit::outbound::{Outbound, OutboundError};
use kit::trust::TokenVerifier;
use kit::{AppBuilder, Db, Service};
use serde_json::Value;

use crate::database::Database;

const MASTER_KEYS: &str = "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// An answer: status, headers and JSON body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Value,
}

pub(crate) struct Application {
    auth: Service,
    oidc: Service,
}

impl Application {
    pub(crate) fn new(db: &Database) -> Self {
        Self::with(db, &[])
    }

    /// With other variables than usual.
    pub(crate) fn with(db: &Database, variables: &[(&str, &str)]) -> Self {
        let builder = |name, outbound: Arc<dyn Outbound>| {
            let mut table: HashMap<String, String> = HashMap::new();
            let usual = [
                ("public_url", "https://spindle.example"),
                ("cursor_key", "a cursor key of a test"),
                ("otp_key", "a key for codes of a test"),
                ("identity_master_keys", MASTER_KEYS),
                ("hash_slots", "2"),
            ];
            for (name, value) in usual.iter().chain(variables) {
                table.insert((*name).to_owned(), (*value).to_owned());
            }
            let ports = Ports {
                db: Db::new(NativeDatabase::connect(db.url(), 8).unwrap()),
                verifier: Arc::new(Tokens::default()),
                outbound,
                key_value: Arc::new(Nothing),
                ..Ports::none(Arc::new(table))
            };
            AppBuilder::new(name, ports)
        };
        let signer = signer::service(builder("signer", Arc::new(Nothing)), signer::native_keyring);
        let chained: Arc<dyn Outbound> = Arc::new(Chained { signer });
        Self {
            auth: spindle_identity::api::service(builder("auth", Arc::clone(&chained))),
            oidc: spindle_identity::oidc::service(builder("oidc", chained)),
        }
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path, None, Some(body)).await
    }

    /// As [`Self::post`], with a credential.
    pub(crate) async fn post_as(&self, bearer: &str, path: &str, body: Value) -> Answer {
        self.call("POST", path, Some(bearer), Some(body)).await
    }

    /// As [`Self::post`], from this client address.
    pub(crate) async fn post_from(&self, address: &str, path: &str, body: Value) -> Answer {
        self.send(
            "POST",
            path,
            None,
            Some(body),
            &[("spin-client-addr", address)],
        )
        .await
    }

    /// As [`Self::call`], with more headers.
    pub(crate) async fn call_with(
        &self,
        method: &str,
        path: &str,
        bearer: &str,
        body: Value,
        headers: &[(&str, &str)],
    ) -> Answer {
        self.send(method, path, Some(bearer), Some(body), headers)
            .await
    }

    /// Does what the worker would do with the tasks of this service that are due; answers how many there were.
    pub(crate) async fn work(&self, db: &Database) -> usize {
        let tasks = db
            .json(
                "with taken as (update platform.tasks set state = 'done'
                     where state = 'queued' and kind in ('send_verification_code', 'send_password_reset', 'sweep_accounts',
                         'rotate_signing_keys', 'rewrap_secrets')
                     returning id, kind, payload, idempotency_key)
                 select coalesce(json_agg(json_build_object('task_id', id, 'kind', kind, 'attempt', 1, 'payload', payload,
                     'idempotency_key', idempotency_key, 'request_id', null, 'traceparent', null)), '[]')::text from taken",
                &[],
            )
            .await;
        let tasks = tasks.as_array().unwrap().clone();
        for task in &tasks {
            let request = http::Request::builder()
                .method("POST")
                .uri(format!(
                    "http://auth.spin.internal/internal/tasks/{}",
                    task["kind"].as_str().unwrap()
                ))
                .header("host", "auth.spin.internal")
                .header("content-type", "application/json")
                .body(Body::from(task.to_string()))
                .unwrap();
            let answer = self.auth.call(request).await;
            assert!(answer.status().is_success(), "{task} {answer:?}");
        }
        tasks.len()
    }

    /// Calls a path under `/api/v1/auth`, or `/oauth2`.
    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        bearer: Option<&str>,
        body: Option<Value>,
    ) -> Answer {
        self.send(
            method,
            path,
            bearer,
            body,
            &[("spin-client-addr", "192.0.2.1")],
        )
        .await
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        bearer: Option<&str>,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let (service, path) = if path.starts_with("/oauth2") {
            (&self.oidc, path.to_owned())
        } else {
            (&self.auth, format!("/api/v1/auth{path}"))
        };
        let mut request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("user-agent", "a test");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(bearer) = bearer {
            request = request.header("authorization", format!("Bearer {bearer}"));
        }
        let body = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        let (parts, body) = service.call(request.body(body).unwrap()).await.into_parts();
        let bytes = axum::body::to_bytes(body, 1_000_000).await.unwrap();
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).unwrap()
        };
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        }
    }
}

/// The private component, reached as Spin's service chaining would.
struct Chained {
    signer: Service,
}

#[async_trait::async_trait]
impl Outbound for Chained {
    async fn send(
        &self,
        request: http::Request<Vec<u8>>,
        _timeout: Duration,
    ) -> Result<http::Response<Vec<u8>>, OutboundError> {
        assert_eq!(request.uri().host(), Some("signer.spin.internal"));
        let (parts, body) = self.signer.call(request.map(Body::from)).await.into_parts();
        let body = axum::body::to_bytes(body, 1_000_000).await.unwrap();
        Ok(http::Response::from_parts(parts, body.to_vec()))
    }
}

#[derive(Default)]
struct Tokens(Mutex<tokens::Verifier>);

impl TokenVerifier for Tokens {
    fn trust(&self, snapshot: &TrustSnapshot) {
        self.0.lock().unwrap().trust(snapshot.clone());
    }

    fn verify(&self, presented: &Presented) -> Result<Verdict, Refusal> {
        self.0.lock().unwrap().verify(presented)
    }
}

/// For what these services must not use.
struct Nothing;

#[async_trait::async_trait]
impl KeyValue for Nothing {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        Err(KeyValueError(key.to_owned()))
    }

    async fn set(&self, key: &str, _value: &[u8]) -> Result<(), KeyValueError> {
        Err(KeyValueError(key.to_owned()))
    }
}

#[async_trait::async_trait]
impl Outbound for Nothing {
    async fn send(
        &self,
        request: http::Request<Vec<u8>>,
        _timeout: Duration,
    ) -> Result<http::Response<Vec<u8>>, OutboundError> {
        Err(OutboundError::Failed(request.uri().to_string()))
    }
}

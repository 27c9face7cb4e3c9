//! The services `conduit`, `auth` and `signer` on a database of one test, called without a network between.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use contracts::identity::tokens::{Presented, Refusal, TrustSnapshot, Verdict};
use http::{Request, Response, header};
use kit::db::native::NativeDatabase;
use kit::outbound::{Outbound, OutboundError};
use kit::trust::TokenVerifier;
use kit::{AppBuilder, Db, Ports, Service};
use serde_json::{Value, json};
use spindle_harness::Database;
use tokio_postgres::{Client, NoTls};

/// Good enough for the suite of the RealWorld API, and for nobody else.
pub(crate) const PASSWORD: &str = "password123";

/// One test's world.
pub(crate) struct Stage {
    pub(crate) sql: Client,
    conduit: Service,
    auth: Arc<Service>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl Answer {
    /// Asserts the status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// Asserts the status, and that this and nothing else is wrong.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, errors: &Value) {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.body, json!({ "errors": errors }), "{status}");
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/json");
    }

    pub(crate) fn text_at(&self, pointer: &str) -> String {
        self.body
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("no text at {pointer}: {}", self.text))
            .to_owned()
    }

    /// The slugs of a list.
    pub(crate) fn slugs(&self) -> Vec<&str> {
        self.body["articles"]
            .as_array()
            .unwrap()
            .iter()
            .map(|article| article["slug"].as_str().unwrap())
            .collect()
    }
}

impl Stage {
    /// With the API turned on.
    pub(crate) async fn new() -> Self {
        Self::with(&[("conduit", "on")]).await
    }

    pub(crate) async fn with(variables: &[(&str, &str)]) -> Self {
        let url = Database::new("conduit").await.owner_url();
        let usual = [
            ("public_url", "https://spindle.example"),
            ("cursor_key", "a cursor key of a test"),
            ("otp_key", "a key for codes of a test"),
            (
                "identity_master_keys",
                "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            ),
            ("hash_slots", "2"),
        ];
        let table: HashMap<String, String> = usual
            .iter()
            .chain(variables)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let table = Arc::new(table);
        let builder = |name, outbound: Option<Arc<dyn Outbound>>| {
            let ports = Ports::none(table.clone());
            let ports = Ports {
                db: Db::new(NativeDatabase::connect(&url, 8).unwrap()),
                verifier: Arc::new(Tokens::default()),
                outbound: outbound.unwrap_or_else(|| ports.outbound.clone()),
                ..ports
            };
            AppBuilder::new(name, ports)
        };
        let signer = signer::service(builder("signer", None), signer::native_keyring);
        let signer: Arc<dyn Outbound> = Arc::new(Chained("signer.spin.internal", Arc::new(signer)));
        let auth = Arc::new(identity::api::service(builder("auth", Some(signer))));
        let chained: Arc<dyn Outbound> = Arc::new(Chained("auth.spin.internal", auth.clone()));
        let conduit = spindle_conduit::api::service(
            builder("conduit", Some(chained)),
            blog::renderer::native,
        );
        let (sql, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
        tokio::spawn(connection);
        Self { sql, conduit, auth }
    }

    pub(crate) async fn run(&self, sql: &str) {
        self.sql.batch_execute(sql).await.unwrap();
    }

    pub(crate) async fn count(&self, sql: &str) -> i64 {
        self.sql.query_one(sql, &[]).await.unwrap().get(0)
    }

    /// Calls a path under `/conduit/api`.
    pub(crate) async fn call(
        &self,
        token: Option<&str>,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        let credential = token.map(|token| format!("Token {token}"));
        self.send(credential.as_deref(), method, path, body).await
    }

    /// As [`Self::call`], with the whole header.
    pub(crate) async fn send(
        &self,
        authorization: Option<&str>,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        let path = format!("/conduit/api{path}");
        answer(&self.conduit, authorization, method, &path, body).await
    }

    /// What a browser asks before a page of another origin may call a path under `/conduit/api`.
    pub(crate) async fn preflight(&self, origin: &str, method: &str, path: &str) -> Answer {
        let request = Request::builder()
            .method("OPTIONS")
            .uri(format!("/conduit/api{path}"))
            .header(header::ORIGIN, origin)
            .header(header::ACCESS_CONTROL_REQUEST_METHOD, method)
            .header(
                header::ACCESS_CONTROL_REQUEST_HEADERS,
                "authorization,content-type",
            )
            .body(Body::empty());
        ask(&self.conduit, request.unwrap()).await
    }

    /// Calls `auth` from outside.
    pub(crate) async fn auth(
        &self,
        authorization: Option<&str>,
        method: &str,
        path: &str,
        body: Value,
    ) -> Answer {
        answer(&self.auth, authorization, method, path, Some(body)).await
    }

    pub(crate) async fn get(&self, token: Option<&str>, path: &str) -> Answer {
        self.call(token, "GET", path, None).await
    }

    pub(crate) async fn post(&self, token: &str, path: &str, body: Value) -> Answer {
        self.call(Some(token), "POST", path, Some(body)).await
    }

    pub(crate) async fn put(&self, token: &str, path: &str, body: Value) -> Answer {
        self.call(Some(token), "PUT", path, Some(body)).await
    }

    /// Does something without a body.
    pub(crate) async fn act(&self, token: &str, method: &str, path: &str) -> Answer {
        self.call(Some(token), method, path, None).await
    }

    /// Registers `name` at `name@test.com`; answers the token.
    pub(crate) async fn user(&self, name: &str) -> String {
        let user =
            json!({"username": name, "email": format!("{name}@test.com"), "password": PASSWORD});
        self.call(None, "POST", "/users", Some(json!({ "user": user })))
            .await
            .expect(201)
            .text_at("/user/token")
    }

    /// Publishes an article with these tags; answers its slug.
    pub(crate) async fn article(&self, token: &str, title: &str, tags: &[&str]) -> String {
        let article =
            json!({"title": title, "description": "test", "body": "test", "tagList": tags});
        self.post(token, "/articles", json!({ "article": article }))
            .await
            .expect(201)
            .text_at("/article/slug")
    }
}

async fn answer(
    service: &Service,
    authorization: Option<&str>,
    method: &str,
    path: &str,
    body: Option<Value>,
) -> Answer {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("user-agent", "a test")
        .header("spin-client-addr", "192.0.2.1");
    if let Some(credential) = authorization {
        request = request.header(header::AUTHORIZATION, credential);
    }
    let body = match body {
        Some(body) => {
            request = request.header(header::CONTENT_TYPE, "application/json");
            Body::from(body.to_string())
        }
        None => Body::empty(),
    };
    ask(service, request.body(body).unwrap()).await
}

async fn ask(service: &Service, request: Request<Body>) -> Answer {
    let (parts, body) = service.call(request).await.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: serde_json::from_str(&text).unwrap_or(Value::Null),
        text,
    }
}

/// One private component, reached as Spin's service chaining would, and no other.
struct Chained(&'static str, Arc<Service>);

#[async_trait]
impl Outbound for Chained {
    async fn send(
        &self,
        request: Request<Vec<u8>>,
        _: Duration,
    ) -> Result<Response<Vec<u8>>, OutboundError> {
        assert_eq!(request.uri().host(), Some(self.0));
        let (parts, body) = self.1.call(request.map(Body::from)).await.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Ok(Response::from_parts(parts, body))
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

//! The services `conduit`, `auth` and `signer` on a database of one test, called without a network between.

use std::sync::{Arc, Mutex};

use axum::body::Body;
use contracts::identity::tokens::{Presented, Refusal, TrustSnapshot, Verdict};
use http::{Request, header};
use kit::db::native::NativeDatabase;
use kit::outbound::Outbound;
use kit::trust::TokenVerifier;
use kit::{AppBuilder, Db, Ports, Service};
use serde_json::{Value, json};
use spindle_harness::Database;
use spindle_stage::{Answer, Chained, ask, variables, with_body};
use tokio_postgres::Client;

/// Good enough for the suite of the RealWorld API, and for nobody else.
pub(crate) const PASSWORD: &str = "password123";

/// One test's world.
pub(crate) struct Stage {
    pub(crate) sql: Client,
    conduit: Service,
    auth: Arc<Service>,
}

/// What is asked of this API's answers.
pub(crate) trait RealWorld {
    /// Asserts the status, and that this and nothing else is wrong.
    fn refused(self, status: u16, errors: &Value);

    /// A string of the body, by JSON pointer.
    fn text_at(&self, pointer: &str) -> String;

    /// The slugs of a list.
    fn slugs(&self) -> Vec<&str>;
}

impl RealWorld for Answer {
    #[track_caller]
    fn refused(self, status: u16, errors: &Value) {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.body, json!({ "errors": errors }), "{status}");
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/json");
    }

    fn text_at(&self, pointer: &str) -> String {
        self.body
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("no text at {pointer}: {}", self.text))
            .to_owned()
    }

    fn slugs(&self) -> Vec<&str> {
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

    pub(crate) async fn with(more: &[(&str, &str)]) -> Self {
        let database = Database::new("conduit").await;
        let url = database.owner_url();
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
        let variables = variables(&usual, more);
        let db = Db::new(NativeDatabase::connect(&url, 16).unwrap());
        let builder = |name, outbound: Option<Arc<dyn Outbound>>| {
            let ports = Ports::none(variables.clone());
            let ports = Ports {
                db: db.clone(),
                verifier: Arc::new(Tokens::default()),
                outbound: outbound.unwrap_or_else(|| ports.outbound.clone()),
                ..ports
            };
            AppBuilder::new(name, ports)
        };
        let signer = signer::service(builder("signer", None), signer::native_keyring);
        let signer: Arc<dyn Outbound> = Arc::new(Chained::new("signer", signer));
        identity::domain::PasswordHash::cheapen_for_tests();
        let auth = Arc::new(identity::api::service(builder("auth", Some(signer))));
        let chained: Arc<dyn Outbound> = Arc::new(Chained::new("auth", auth.clone()));
        let conduit = spindle_conduit::api::service(
            builder("conduit", Some(chained)),
            blog::renderer::native,
        );
        let sql = database.connect().await.unwrap();
        Self { sql, conduit, auth }
    }

    pub(crate) async fn run(&self, sql: &str) {
        self.sql.batch_execute(sql).await.unwrap();
    }

    pub(crate) async fn count(&self, sql: &str) -> i64 {
        self.sql.query_one(sql, &[]).await.unwrap().get(0)
    }

    /// Moves the clock of all SQL, by which sessions begin and tokens are issued. Whether a token has expired is told by another.
    pub(crate) async fn later(&self, interval: &str) {
        self.run(&format!(
            "create or replace function platform.now() returns timestamptz language sql stable as
             $$ select now() + interval '{interval}' $$"
        ))
        .await;
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

    /// Posts these bytes as they are.
    pub(crate) async fn post_bytes(
        &self,
        token: &str,
        path: &str,
        kind: Option<&str>,
        body: Vec<u8>,
    ) -> Answer {
        let mut request = Request::builder()
            .method("POST")
            .uri(format!("/conduit/api{path}"))
            .header(header::AUTHORIZATION, format!("Token {token}"));
        if let Some(kind) = kind {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        ask(&self.conduit, request.body(Body::from(body)).unwrap()).await
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
    ask(service, with_body(request, body.as_ref())).await
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

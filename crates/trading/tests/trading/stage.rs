//! The service on a real Postgres, with the service behind `kraken` on the other side and the simulator behind that.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use http::{Method, Request, header};
use kit::db::native::NativeDatabase;
use kit::key_value::{KeyValue, KeyValueError};
use kit::outbound::{Outbound, OutboundError};
use kit::{AppBuilder, Db, Ports, Service};
pub(crate) use kraken_simulator::TRADING;
use kraken_simulator::{Config, IssuedKey, KeySpec, Simulator};
use serde_json::{Value, json};
use spindle_harness::Database;
use spindle_stage::{Answer, Chained, WhoeverSays, ask, variables, with_body};
use tokio_postgres::Client;
use uuid::Uuid;

pub(crate) const KEYS: &str = "/api/v1/trading/keys";
pub(crate) const ORDERS: &str = "/api/v1/trading/orders";

/// One test's world: a database of its own, and a simulator of its own.
pub(crate) struct Stage {
    pub(crate) simulator: Simulator,
    pub(crate) sql: Client,
    /// Where the database is.
    pub(crate) url: String,
    pub(crate) market_data: Arc<Memory>,
    /// Seconds that the clocks are ahead.
    ahead: std::sync::atomic::AtomicI64,
    /// Who has signed in.
    signed_in: Mutex<HashSet<Uuid>>,
    service: Service,
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
        let database = Database::new("trading").await;
        let url = database.owner_url();
        let usual = [
            ("environment", "development"),
            ("public_url", "http://localhost:3000"),
            ("cursor_key", "dev-cursor"),
            (
                "exchange_master_keys",
                "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            ),
            ("kraken_api_base_url", base),
        ];
        let variables = variables(&usual, &[]);
        let exchange = Ports {
            outbound: Arc::new(Network(reqwest::Client::new())),
            ..Ports::none(variables.clone())
        };
        let exchange =
            kraken::api::service(AppBuilder::new("kraken", exchange), kraken::native_keyring);
        let market_data = Arc::new(Memory::default());
        let ports = Ports {
            key_value: market_data.clone(),
            db: Db::new(NativeDatabase::connect(&url, 16).unwrap()),
            verifier: Arc::new(WhoeverSays),
            outbound: Arc::new(Chained::new("kraken", exchange)),
            ..Ports::none(variables)
        };
        Self {
            simulator,
            sql: database.connect().await.unwrap(),
            url,
            market_data,
            ahead: 0.into(),
            signed_in: Mutex::default(),
            service: spindle_trading::api::service(
                AppBuilder::new("trading", ports),
                spindle_trading::strategist::Native,
            ),
        }
    }

    pub(crate) fn key(&self, permissions: &[&str]) -> IssuedKey {
        self.simulator
            .issue_key(KeySpec::with(permissions))
            .unwrap()
    }

    /// Sends a request, after its user has signed in.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        if let Some(user) = user_of(&request) {
            self.sign_in(user).await;
        }
        ask(&self.service, request).await
    }

    /// Makes the user's account and session, once: those of the same id. They may run bots.
    async fn sign_in(&self, user: Uuid) {
        if self.signed_in.lock().unwrap().contains(&user) {
            return;
        }
        let sql = format!(
            "insert into identity.accounts (id, email, username, username_key, created_at, updated_at)
             values ('{user}', '{user}@example.com', '{user}', '{user}', platform.now(), platform.now())
             on conflict do nothing;
             insert into identity.sessions (id, account_id, amr, authenticated_at, last_used_at, expires_at)
             values ('{user}', '{user}', '{{pwd}}', platform.now(), platform.now(), 'infinity')
             on conflict do nothing;
             insert into identity.account_roles (account_id, role, granted_at)
             values ('{user}', 'trader', platform.now())
             on conflict do nothing"
        );
        self.sql.batch_execute(&sql).await.unwrap();
        self.signed_in.lock().unwrap().insert(user);
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

    /// The id of a connected key.
    pub(crate) async fn connected(&self, user: Uuid, key: &IssuedKey) -> String {
        let answer = self.connect(user, key).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.body["id"].as_str().unwrap().to_owned()
    }

    /// Sets the clocks of all SQL and of the exchange so far ahead, and forgets market data, which would be old by then.
    pub(crate) async fn advance(&self, seconds: i64) {
        let before = self.ahead.swap(seconds, Ordering::Relaxed);
        self.simulator.advance_clock(seconds - before);
        let sql = format!(
            "create or replace function platform.now() returns timestamptz language sql stable as
             $$ select now() + interval '{seconds} s' $$"
        );
        self.sql.batch_execute(&sql).await.unwrap();
        self.market_data.forget();
    }

    /// So much later than it is.
    pub(crate) async fn later(&self, seconds: i64) {
        self.advance(self.ahead.load(Ordering::Relaxed) + seconds)
            .await;
    }

    /// What a bid and an ask are from now on.
    pub(crate) fn price(&self, pair: &str, bid: &str, ask: &str) {
        let change = kraken_simulator::PriceMove {
            pair: pair.to_owned(),
            bid: Some(bid.parse().unwrap()),
            ask: Some(ask.parse().unwrap()),
            last: Some(ask.parse().unwrap()),
            ..Default::default()
        };
        self.simulator.move_price(&change).unwrap();
        self.market_data.forget();
    }

    /// Calls a task's route as the worker does.
    pub(crate) async fn task(&self, kind: &str, key: &str, payload: Value) -> Answer {
        let call = json!({
            "task_id": Uuid::now_v7(), "kind": kind, "attempt": 1, "payload": payload, "idempotency_key": key,
            "request_id": "request", "traceparent": null,
        });
        let request = Request::post(format!("/internal/tasks/{kind}"));
        self.send(with_body(request, Some(&call))).await
    }

    /// Tells of an account as the worker does.
    pub(crate) async fn user_event(&self, kind: &str, user: Uuid) {
        let event = json!({
            "specversion": "1.0", "id": Uuid::now_v7(), "source": "/spindle/user", "type": kind, "subject": user,
            "time": "2026-11-21T01:02:03.004Z", "data": {"user_id": user},
        });
        let request = Request::post("/internal/events/user.events")
            .header(header::CONTENT_TYPE, "application/cloudevents+json")
            .header("spindle-consumer", "trading")
            .body(Body::from(event.to_string()))
            .unwrap();
        let answer = self.send(request).await;
        assert!(
            (200..300).contains(&answer.status),
            "{kind}: {}",
            answer.text
        );
    }

    /// A worker: does all due tasks of ours, and what they ask for, until nothing is due. Answers how many were done.
    pub(crate) async fn work(&self) -> usize {
        const DUE: &str = "select id, kind, idempotency_key, payload from platform.tasks
            where state in ('queued', 'scheduled') and run_at <= platform.now() and kind not in ('notify', 'send_mail')
            order by run_at, id";
        let mut done = 0;
        for _ in 0..50 {
            let due = self.sql.query(DUE, &[]).await.unwrap();
            let mut progress = false;
            for row in due {
                let (id, kind, key): (Uuid, String, String) = (row.get(0), row.get(1), row.get(2));
                if !OURS.contains(&kind.as_str()) {
                    continue;
                }
                let answer = self.task(&kind, &key, row.get(3)).await;
                if (200..300).contains(&answer.status) {
                    done += 1;
                    progress = true;
                    let sql = "update platform.tasks set state = 'done' where id = $1";
                    self.sql.execute(sql, &[&id]).await.unwrap();
                } else {
                    assert!(
                        [429, 503].contains(&answer.status),
                        "{kind}: {} {}",
                        answer.status,
                        answer.text
                    );
                }
            }
            if !progress {
                break;
            }
        }
        done
    }

    /// An order's id, accepted.
    pub(crate) async fn order(&self, user: Uuid, body: Value) -> String {
        let answer = self.call(user, Method::POST, ORDERS, Some(body)).await;
        assert_eq!(answer.status, 202, "{}", answer.text);
        answer.body["id"].as_str().unwrap().to_owned()
    }

    /// An order as its owner reads it.
    pub(crate) async fn read_order(&self, user: Uuid, id: &str) -> Value {
        let answer = self
            .call(user, Method::GET, &format!("{ORDERS}/{id}"), None)
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.body
    }

    /// How often a method was called at the exchange.
    pub(crate) fn called(&self, endpoint: &str) -> usize {
        let calls = self.simulator.journal();
        calls
            .iter()
            .filter(|entry| entry.endpoint == endpoint)
            .count()
    }

    /// The number that a statement answers.
    pub(crate) async fn count(&self, sql: &str) -> i64 {
        self.sql.query_one(sql, &[]).await.unwrap().get(0)
    }
}

const OURS: [&str; 11] = [
    "process_order",
    "sync_order",
    "cancel_order",
    "check_key",
    "check_keys",
    "rewrap_keys",
    "sweep_lanes",
    "sweep_orders",
    "evaluate_bot",
    "tick_bots",
    "run_backtest",
];

/// The key-value store.
#[derive(Default)]
pub(crate) struct Memory(std::sync::RwLock<HashMap<String, Vec<u8>>>);

impl Memory {
    fn forget(&self) {
        self.0.write().unwrap().clear();
    }
}

#[async_trait]
impl KeyValue for Memory {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        Ok(self.0.read().unwrap().get(key).cloned())
    }

    async fn set(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        self.0
            .write()
            .unwrap()
            .insert(key.to_owned(), value.to_vec());
        Ok(())
    }
}

/// A request of a user who holds both scopes and may run bots.
pub(crate) fn request(
    user: Uuid,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> Request<Body> {
    let request = Request::builder().method(method).uri(path).header(
        header::AUTHORIZATION,
        format!("Bearer {user} trading.read,trading.trade bots.run"),
    );
    with_body(request, body.as_ref())
}

/// What connects this key for trading.
pub(crate) fn body(key: &IssuedKey) -> Value {
    json!({"exchange": "kraken", "label": "Main", "api_key": key.api_key, "api_secret": key.api_secret, "mode": "trade"})
}

/// The account in `Bearer <account> …`.
fn user_of(request: &Request<Body>) -> Option<Uuid> {
    let authorization = request.headers().get(header::AUTHORIZATION)?;
    authorization.to_str().ok()?.split(' ').nth(1)?.parse().ok()
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

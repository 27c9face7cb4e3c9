//! One test's world: a database of its own, the worker, an owner, and the chaining between them.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use axum::body::Body;
use http::{Request, Response, header};
use kit::db::native::NativeDatabase;
use kit::outbound::{Outbound, OutboundError};
use kit::{AppBuilder, Db, Ports, Service};
use serde_json::{Value, json};
use spindle_harness::Database;
use spindle_platform::kinds::Kind;
use spindle_platform::subscriptions::Subscription;
use spindle_platform::worker::{self, Report};
use spindle_stage::{ask, relay, variables};
use tokio_postgres::types::{FromSqlOwned, ToSql};
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use crate::owner::{self, Notes};

pub(crate) const TOKEN: &str = "the worker's token";

/// Tried thrice, without pauses.
pub(crate) const JOB: Kind = Kind {
    name: "job",
    owner: "owner",
    max_attempts: 3,
    time_limit: Duration::from_secs(30),
    concurrency: 100,
    backoff: Duration::ZERO,
    max_backoff: Duration::ZERO,
};

pub(crate) const ORDERS: Subscription = Subscription {
    consumer: "orders",
    topics: &["trading.events"],
    owner: "owner",
};

pub(crate) struct Stage {
    pub(crate) url: String,
    pub(crate) sql: Client,
    pub(crate) notes: Arc<Notes>,
    pub(crate) worker: Arc<Service>,
}

impl Stage {
    pub(crate) async fn new(kinds: &[Kind], subscriptions: &[Subscription]) -> Self {
        Self::with(kinds, subscriptions, &[]).await
    }

    pub(crate) async fn with(
        kinds: &[Kind],
        subscriptions: &[Subscription],
        more: &[(&str, &str)],
    ) -> Self {
        let url = Database::new("queue").await.owner_url();
        let stage = Self::at(url, kinds, subscriptions, more).await;
        stage
            .sql
            .batch_execute(
                "create table public.effects (key text primary key); create table public.attempts (key text);
                 delete from platform.tasks",
            )
            .await
            .unwrap();
        stage
    }

    /// Other programs, with other variables, on the database of a stage that was there before.
    pub(crate) async fn at(
        url: String,
        kinds: &[Kind],
        subscriptions: &[Subscription],
        more: &[(&str, &str)],
    ) -> Self {
        let usual = [
            ("environment", "development"),
            ("public_url", "http://localhost:3000"),
            ("worker_token", TOKEN),
        ];
        let variables = variables(&usual, more);
        let db = Db::new(NativeDatabase::connect(&url, 24).unwrap());
        let network = Arc::new(Network::default());
        let ports = || Ports {
            db: db.clone(),
            outbound: network.clone(),
            ..Ports::none(variables.clone())
        };
        let notes = Arc::new(Notes::default());
        let worker = Arc::new(worker::service_for(
            AppBuilder::new("worker", ports()),
            kinds,
            subscriptions,
        ));
        let owner = owner::service(AppBuilder::new("owner", ports()), notes.clone());
        network.0.set((worker.clone(), owner)).ok().unwrap();
        let sql = connect(&url).await;
        Self {
            url,
            sql,
            notes,
            worker,
        }
    }

    /// Drains until nothing is left of what is there now.
    pub(crate) async fn tick(&self) -> Report {
        self.nothing_is_held_back().await;
        tick(&self.worker).await
    }

    /// Waits until all events can be read. Transactions of other tests hold them back too, for order is that of the whole server;
    /// a tick waits two seconds for them, and on a busy machine a database is cloned for longer.
    pub(crate) async fn nothing_is_held_back(&self) {
        let held_back =
            "select count(*) from platform.outbox where xid >= platform.transaction_horizon()";
        let deadline = Instant::now() + Duration::from_secs(120);
        while self.count(held_back).await > 0 {
            assert!(
                Instant::now() < deadline,
                "somebody's transaction does not end"
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// A task of the kind `job`, or of another.
    pub(crate) async fn enqueue(&self, key: &str, payload: Value) -> Uuid {
        self.enqueue_kind("job", key, payload).await
    }

    pub(crate) async fn enqueue_kind(&self, kind: &str, key: &str, payload: Value) -> Uuid {
        let context =
            json!({"request_id": format!("request-of-{key}"), "traceparent": "00-trace-01"});
        self.sql
            .query_one(
                "select platform.enqueue($1, $2, $3, $4)",
                &[&context, &kind, &key, &payload],
            )
            .await
            .unwrap()
            .get(0)
    }

    /// An event of the topic `trading.events` that carries a number.
    pub(crate) async fn emit(&self, key: &str, n: i64) -> Uuid {
        let context = json!({"request_id": format!("request-{n}")});
        self.sql
            .query_one(
                "select platform.emit($1, 'trading.events', $2, 'trade.executed', $3)",
                &[&context, &key, &json!({"n": n})],
            )
            .await
            .unwrap()
            .get(0)
    }

    /// The JSON text that a statement answers.
    pub(crate) async fn json(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Value {
        let text: Option<String> = self.sql.query_one(sql, params).await.unwrap().get(0);
        text.map_or(Value::Null, |text| serde_json::from_str(&text).unwrap())
    }

    pub(crate) async fn count(&self, sql: &str) -> i64 {
        self.sql.query_one(sql, &[]).await.unwrap().get(0)
    }

    /// The first column of all rows.
    pub(crate) async fn column<T: FromSqlOwned>(
        &self,
        sql: &str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Vec<T> {
        let rows = self.sql.query(sql, params).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    pub(crate) async fn task(&self, id: Uuid) -> Value {
        let mut found = self.json("select platform.read_task($1)", &[&id]).await;
        found["task"].take()
    }

    /// As if the pauses of all parked events were over.
    pub(crate) async fn let_pauses_end(&self) {
        self.sql
            .batch_execute(
                "update platform.parked_events set run_at = platform.now() where state = 'retry'",
            )
            .await
            .unwrap();
    }

    /// As if the time of all leases had passed.
    pub(crate) async fn let_leases_run_out(&self) {
        self.sql
            .batch_execute(
                "update platform.tasks set leased_until = leased_until - interval '1 hour' where state = 'running';
                 update platform.parked_events set leased_until = leased_until - interval '1 hour' where state = 'running';
                 update platform.consumers set leased_until = leased_until - interval '1 hour' where lease_holder is not null",
            )
            .await
            .unwrap();
    }
}

pub(crate) async fn tick(worker: &Service) -> Report {
    let request = Request::post("/internal/worker/tick")
        .header(header::AUTHORIZATION, format!("Bearer {TOKEN}"))
        .body(Body::empty())
        .unwrap();
    let answer = ask(worker, request).await.expect(200);
    serde_json::from_value(answer.body).unwrap()
}

pub(crate) async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Service chaining, and a stand-in for the one endpoint outside.
#[derive(Default)]
pub(crate) struct Network(OnceLock<(Arc<Service>, Service)>);

#[async_trait]
impl Outbound for Network {
    async fn send(
        &self,
        request: Request<Vec<u8>>,
        timeout: Duration,
    ) -> Result<Response<Vec<u8>>, OutboundError> {
        let (worker, owner) = self.0.get().unwrap();
        let service = match request.uri().host() {
            Some("worker.spin.internal") => worker,
            Some("owner.spin.internal") => owner,
            Some("events.example") => return crate::sink::receive(request),
            other => return Err(OutboundError::Failed(format!("nobody is {other:?}"))),
        };
        tokio::time::timeout(timeout, relay(service, request))
            .await
            .map_err(|_| OutboundError::Timeout(timeout))
    }
}

//! What outlives a process, a database, an exchange and a mail provider, and the processes that come and go.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use http::{Request, Response, header};
use kit::db::Database as Statements;
use kit::db::native::NativeDatabase;
use kit::key_value::{KeyValue, KeyValueError};
use kit::outbound::{Outbound, OutboundError};
use kit::{AppBuilder, Db, DbError, Ports, Row, Service, Value};
use kraken_simulator::{Config, Simulator};
use platform::kinds::{KINDS, Kind};
use platform::mail::{Failure, Mailer, Message, Receipt};
use platform::worker;
use serde_json::json;
use spindle_harness::Database;
use spindle_stage::{WhoeverSays, ask, relay, variables, with_body};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::fault::Fault;

const WORKER_TOKEN: &str = "the worker's token";
/// From an accepted order to its mail.
pub(crate) const CHAIN: [&str; 3] = ["process_order", "notify", "send_mail"];

/// What outlives a process. Among it the connections, as behind a pooler: a new one for each process would spend most of the time on
/// sessions that know no function yet.
pub(crate) struct World {
    database: Arc<NativeDatabase>,
    sql: Client,
    simulator: Simulator,
    variables: Arc<HashMap<String, String>>,
    /// Keys of the mails that the provider was given.
    provided: Arc<Mutex<Vec<String>>>,
}

impl World {
    /// Mails end in development's mailbox.
    pub(crate) async fn with_mailbox() -> Self {
        Self::with(&[]).await
    }

    /// Mails go to a provider.
    pub(crate) async fn with_provider() -> Self {
        Self::with(&[("mail_provider", "resend")]).await
    }

    async fn with(more: &[(&str, &str)]) -> Self {
        let database = Database::new("order_chain").await;
        let simulator = Simulator::start_with(Config::default()).await.unwrap();
        let base = simulator.base_url();
        let usual = [
            ("environment", "development"),
            ("public_url", "http://localhost:3000"),
            ("cursor_key", "dev-cursor"),
            ("worker_token", WORKER_TOKEN),
            (
                "exchange_master_keys",
                "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            ),
            ("kraken_api_base_url", base.as_str()),
        ];
        let sql = database.connect().await.unwrap();
        sql.batch_execute("delete from platform.tasks")
            .await
            .unwrap();
        Self {
            database: Arc::new(NativeDatabase::connect(&database.owner_url(), 4).unwrap()),
            sql,
            variables: variables(&usual, more),
            simulator,
            provided: Arc::default(),
        }
    }

    /// A new account.
    pub(crate) async fn account(&self, name: &str) -> Uuid {
        let id = Uuid::now_v7();
        let sql = "insert into identity.accounts (id, email, username, username_key, created_at, updated_at)
            values ($1, $2 || '@a.example', $2, $2, now(), now())";
        self.sql.execute(sql, &[&id, &name]).await.unwrap();
        let sql = "insert into identity.sessions (id, account_id, amr, authenticated_at, last_used_at, expires_at)
            values ($1, $1, '{pwd}', now(), now(), 'infinity')";
        self.sql.execute(sql, &[&id]).await.unwrap();
        id
    }

    /// A process with all services of the chain. It begins with nothing in memory.
    pub(crate) fn start(&self, dies_at: Option<usize>) -> Process {
        let fault = Arc::new(Fault::at(dies_at));
        let variables = self.variables.clone();
        let network = Arc::new(Network {
            services: OnceLock::new(),
            fault: fault.clone(),
        });
        let db = Db::new(Watched {
            database: self.database.clone(),
            fault: fault.clone(),
        });
        let builder = |name| {
            let ports = Ports {
                db: db.clone(),
                verifier: Arc::new(WhoeverSays),
                outbound: network.clone(),
                key_value: Arc::new(Memory::default()),
                ..Ports::none(variables.clone())
            };
            AppBuilder::new(name, ports)
        };
        let exchange = Ports {
            outbound: Arc::new(Internet(reqwest::Client::new())),
            ..Ports::none(variables.clone())
        };
        let exchange =
            kraken::api::service(AppBuilder::new("kraken", exchange), kraken::native_keyring);
        let trading = Arc::new(trading::api::service(
            builder("trading"),
            trading::strategist::Native,
        ));
        let provider = Provider {
            provided: self.provided.clone(),
            fault: fault.clone(),
        };
        let profile = profile::api::service(builder("profile"), provider);
        let kinds: Vec<Kind> = KINDS
            .iter()
            .filter(|kind| CHAIN.contains(&kind.name))
            .copied()
            .collect();
        let worker = worker::service_for(builder("worker"), &kinds, &[]);
        let services = HashMap::from([
            ("kraken.spin.internal", Arc::new(exchange)),
            ("trading.spin.internal", trading.clone()),
            ("profile.spin.internal", Arc::new(profile)),
        ]);
        network.services.set(services).ok().unwrap();
        Process {
            fault,
            trading,
            worker,
        }
    }

    /// Lets the leases of the dead run out, and the pauses of what is to be tried again, and works until the chain has ended.
    pub(crate) async fn finish(&self, process: &Process) {
        for _ in 0..20 {
            self.sql
                .batch_execute(
                    "update platform.tasks set leased_until = platform.now() - interval '1 second' where state = 'running';
                     update platform.tasks set run_at = platform.now()
                     where state = 'scheduled' and kind in ('process_order', 'notify', 'send_mail');
                     update platform.mails set leased_until = platform.now() - interval '1 second' where state = 'sending'",
                )
                .await
                .unwrap();
            process.tick().await;
            let left = "select count(*) from platform.tasks
                where kind in ('process_order', 'notify', 'send_mail') and state <> 'done'";
            if self.count(left).await == 0 {
                return;
            }
        }
        let tasks = self
            .sql
            .query_one(
                "select json_agg(platform.task_document(t))::text from platform.tasks t where t.state <> 'done'",
                &[],
            )
            .await
            .unwrap();
        panic!("the chain does not end: {}", tasks.get::<_, String>(0));
    }

    pub(crate) async fn count(&self, sql: &str) -> i64 {
        self.sql.query_one(sql, &[]).await.unwrap().get(0)
    }

    /// Keys of the mails that the provider was given, as often as it was.
    pub(crate) fn provided(&self) -> Vec<String> {
        self.provided.lock().unwrap().clone()
    }

    /// Calls that moved somebody's money at the exchange.
    pub(crate) fn private_calls(&self) -> usize {
        let calls = self.simulator.journal();
        calls.iter().filter(|call| call.api_key.is_some()).count()
    }
}

/// All services of the chain. It may die.
pub(crate) struct Process {
    fault: Arc<Fault>,
    trading: Arc<Service>,
    worker: Service,
}

impl Process {
    /// Places the user's order, always under the same key. Answers its id; none if the process died over it.
    pub(crate) async fn order(&self, user: Uuid) -> Option<String> {
        let order = json!({"mode": "paper", "pair": "XBTUSD", "side": "buy", "type": "market", "volume": "0.1"});
        let request = Request::post("/api/v1/trading/orders")
            .header(header::AUTHORIZATION, format!("Bearer {user} *"))
            .header("idempotency-key", "once");
        let answer = ask(&self.trading, with_body(request, Some(&order)));
        let order = self.fault.lives_through(answer).await?.expect(202).body;
        Some(order["id"].as_str().unwrap().to_owned())
    }

    /// A worker's tick: drains until nothing is left, or the process dies.
    pub(crate) async fn tick(&self) {
        let request = Request::post("/internal/worker/tick")
            .header(header::AUTHORIZATION, format!("Bearer {WORKER_TOKEN}"))
            .body(Body::empty())
            .unwrap();
        if let Some(answer) = self.fault.lives_through(self.worker.call(request)).await {
            assert_eq!(answer.status(), 200);
        }
    }

    /// Where it died.
    pub(crate) fn died_at(&self) -> Option<String> {
        self.fault.struck().map(str::to_owned)
    }
}

/// The database, as far as the process that asks lives.
struct Watched {
    database: Arc<NativeDatabase>,
    fault: Arc<Fault>,
}

#[async_trait]
impl Statements for Watched {
    async fn query(&self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, DbError> {
        self.fault.pass(&format!("before {sql}")).await;
        let answer = self.database.query(sql, params).await;
        self.fault.pass(&format!("after {sql}")).await;
        answer
    }
}

/// Service chaining: whoever is called dies with the process.
struct Network {
    services: OnceLock<HashMap<&'static str, Arc<Service>>>,
    fault: Arc<Fault>,
}

#[async_trait]
impl Outbound for Network {
    async fn send(
        &self,
        request: Request<Vec<u8>>,
        _: Duration,
    ) -> Result<Response<Vec<u8>>, OutboundError> {
        let uri = request.uri().clone();
        let host = uri.host().unwrap_or_default();
        let service = self.services.get().unwrap().get(host);
        let service = service.ok_or_else(|| OutboundError::Failed(format!("nobody is {host}")))?;
        self.fault.pass(&format!("before a call of {uri}")).await;
        let answer = relay(service, request).await;
        self.fault.pass(&format!("after a call of {uri}")).await;
        Ok(answer)
    }
}

/// The way to the simulator.
struct Internet(reqwest::Client);

#[async_trait]
impl Outbound for Internet {
    async fn send(
        &self,
        request: Request<Vec<u8>>,
        timeout: Duration,
    ) -> Result<Response<Vec<u8>>, OutboundError> {
        let failed = |error: reqwest::Error| OutboundError::Failed(error.to_string());
        let mut request: reqwest::Request = request.try_into().map_err(failed)?;
        *request.timeout_mut() = Some(timeout);
        let answer = self.0.execute(request).await.map_err(failed)?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(failed)?.to_vec();
        Ok(Response::builder().status(status).body(body).unwrap())
    }
}

/// Takes every mail.
struct Provider {
    provided: Arc<Mutex<Vec<String>>>,
    fault: Arc<Fault>,
}

#[async_trait]
impl Mailer for Provider {
    async fn send(&self, message: Message) -> Result<Receipt, Failure> {
        self.fault.pass("before the provider").await;
        self.provided.lock().unwrap().push(message.key);
        self.fault.pass("after the provider").await;
        Ok(Receipt {
            provider: "resend".to_owned(),
            id: None,
        })
    }
}

#[derive(Default)]
struct Memory(Mutex<HashMap<String, Vec<u8>>>);

#[async_trait]
impl KeyValue for Memory {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        Ok(self.0.lock().unwrap().get(key).cloned())
    }

    async fn set(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        self.0
            .lock()
            .unwrap()
            .insert(key.to_owned(), value.to_vec());
        Ok(())
    }
}

//! One test's world: a database of its own, the service with the routes of messages, and a provider that does as it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::body::Body;
use http::{Method, Request, header};
use kit::db::native::NativeDatabase;
use kit::{AppBuilder, Db, Ports, Service};
use serde_json::{Value, json};
use spindle_harness::Database;
use spindle_platform::mail::{Failure, Mailer, Message, Receipt};
use spindle_platform::messages;
pub(crate) use spindle_stage::Answer;
use spindle_stage::{WhoeverSays, ask, variables, with_body};
use tokio::sync::Notify;
use tokio_postgres::Client;
use uuid::Uuid;

pub(crate) const URL: &str = "https://spindle.example";

pub(crate) struct Stage {
    pub(crate) sql: Client,
    pub(crate) db: Db,
    pub(crate) provider: Provider,
    service: Service,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::with(&[("environment", "development"), ("public_url", URL)]).await
    }

    /// With a provider, as in production.
    pub(crate) async fn with_provider() -> Self {
        Self::with(&[("public_url", URL), ("mail_provider", "postmark")]).await
    }

    pub(crate) async fn with(more: &[(&str, &str)]) -> Self {
        let database = Database::new("messages").await;
        let usual = [("cursor_key", "a cursor key of a test"), ("limits", "off")];
        let db = Db::new(NativeDatabase::connect(&database.owner_url(), 8).unwrap());
        let ports = Ports {
            db: db.clone(),
            verifier: Arc::new(WhoeverSays),
            ..Ports::none(variables(&usual, more))
        };
        let provider = Provider::default();
        let builder = messages::install(AppBuilder::new("profile", ports), provider.clone());
        Self {
            sql: database.connect().await.unwrap(),
            db,
            provider,
            service: builder.routes(messages::routes()),
        }
    }

    /// A new account.
    pub(crate) async fn account(&self, name: &str) -> Uuid {
        let id = Uuid::now_v7();
        self.run(&format!(
            "insert into identity.accounts (id, email, username, username_key, created_at, updated_at)
             values ('{id}', '{name}@a.example', '{name}', '{name}', now(), now())"
        ))
        .await;
        id
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        ask(&self.service, request).await
    }

    /// A request below `/api/v1/profile` of a user who holds both scopes.
    pub(crate) async fn call(
        &self,
        user: Uuid,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        self.send(request(user, method, path, body)).await
    }

    pub(crate) async fn get(&self, user: Uuid, path: &str) -> Answer {
        self.call(user, Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, user: Uuid, path: &str, body: Value) -> Answer {
        self.call(user, Method::POST, path, Some(body)).await
    }

    /// Calls the owner of a kind as the worker does.
    pub(crate) async fn task(&self, kind: &str, key: &str, payload: Value) -> Answer {
        self.task_of(Some("r-1"), kind, key, payload).await
    }

    async fn task_of(
        &self,
        request_id: Option<&str>,
        kind: &str,
        key: &str,
        payload: Value,
    ) -> Answer {
        let call = json!({"task_id": Uuid::now_v7(), "kind": kind, "attempt": 1, "payload": payload,
            "idempotency_key": key, "request_id": request_id, "traceparent": null});
        let request = Request::post(format!("/internal/tasks/{kind}"));
        self.send(with_body(request, Some(&call))).await
    }

    pub(crate) async fn notify(&self, key: &str, user: Uuid, kind: &str, data: Value) -> Answer {
        let payload = json!({"user_id": user, "type": kind, "data": data});
        self.task("notify", key, payload).await
    }

    /// Does all tasks that wait, each `times` times, until there are none. Answers the kinds in order.
    pub(crate) async fn work(&self, times: usize) -> Vec<String> {
        let mut done = Vec::new();
        loop {
            let sql = "select id, kind, idempotency_key, payload, request_id from platform.tasks
                       where state in ('queued', 'scheduled') and kind in ('notify', 'send_mail') order by priority desc, id limit 1";
            let Some(task) = self.sql.query_opt(sql, &[]).await.unwrap() else {
                return done;
            };
            let (id, kind): (Uuid, String) = (task.get(0), task.get(1));
            for _ in 0..times {
                let _ = self
                    .task_of(task.get(4), &kind, task.get(2), task.get(3))
                    .await
                    .expect(200);
            }
            self.run(&format!(
                "update platform.tasks set state = 'done', finished_at = now() where id = '{id}'"
            ))
            .await;
            done.push(kind);
        }
    }

    /// Moves the clock of all SQL.
    pub(crate) async fn later(&self, interval: &str) {
        self.run(&format!(
            "create or replace function platform.now() returns timestamptz language sql stable as
             $$ select now() + interval '{interval}' $$"
        ))
        .await;
    }

    pub(crate) async fn run(&self, sql: &str) {
        self.sql.batch_execute(sql).await.unwrap();
    }

    pub(crate) async fn count(&self, sql: &str) -> i64 {
        self.sql.query_one(sql, &[]).await.unwrap().get(0)
    }

    /// The JSON that a statement answers as text.
    pub(crate) async fn json(&self, sql: &str) -> Value {
        let text: Option<String> = self.sql.query_one(sql, &[]).await.unwrap().get(0);
        text.map_or(Value::Null, |text| serde_json::from_str(&text).unwrap())
    }

    /// Template and recipient of all mails that were asked for.
    pub(crate) async fn mails(&self) -> Vec<(String, String)> {
        let sql = "select payload ->> 'template', payload ->> 'recipient' from platform.tasks
                   where kind = 'send_mail' order by id";
        let rows = self.sql.query(sql, &[]).await.unwrap();
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    }
}

pub(crate) fn request(
    user: Uuid,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> Request<Body> {
    let request = Request::builder()
        .method(method)
        .uri(format!("/api/v1/profile{path}"))
        .header(
            header::AUTHORIZATION,
            format!("Bearer {user} profile.read,profile.write"),
        );
    with_body(request, body.as_ref())
}

/// A provider that answers what it is told to, in order, and then takes every mail.
#[derive(Clone, Default)]
pub(crate) struct Provider(Arc<Inner>);

#[derive(Default)]
struct Inner {
    taken: Mutex<Vec<Message>>,
    answers: Mutex<VecDeque<Failure>>,
    /// While set, the provider lets its caller wait.
    holding: Mutex<Option<Arc<Notify>>>,
    asked: Notify,
}

impl Provider {
    pub(crate) fn will(&self, failure: Failure) {
        self.0.answers.lock().unwrap().push_back(failure);
    }

    pub(crate) fn asked(&self) -> Vec<Message> {
        self.0.taken.lock().unwrap().clone()
    }

    /// Lets callers wait until the answer is notified.
    pub(crate) fn hold(&self) -> Arc<Notify> {
        let gate = Arc::new(Notify::new());
        *self.0.holding.lock().unwrap() = Some(Arc::clone(&gate));
        gate
    }

    /// Until somebody asks.
    pub(crate) async fn is_asked(&self) {
        self.0.asked.notified().await;
    }
}

#[async_trait]
impl Mailer for Provider {
    async fn send(&self, message: Message) -> Result<Receipt, Failure> {
        self.0.taken.lock().unwrap().push(message);
        self.0.asked.notify_one();
        let gate = self.0.holding.lock().unwrap().take();
        if let Some(gate) = gate {
            gate.notified().await;
        }
        match self.0.answers.lock().unwrap().pop_front() {
            Some(failure) => Err(failure),
            None => Ok(Receipt {
                provider: "postmark".to_owned(),
                id: Some("m-1".to_owned()),
            }),
        }
    }
}

//! The blog's service on a real Postgres, called without a network between.

use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use http::{Request, Response, header};
use kit::db::native::NativeDatabase;
use kit::outbound::{Outbound, OutboundError};
use kit::{AppBuilder, Db, Ports, Service};
use serde_json::{Value, json};
use spindle_blog::renderer;
use spindle_harness::Database;
pub(crate) use spindle_stage::Answer;
use spindle_stage::{Chained, WhoeverSays, ask, variables, with_body};
use tokio_postgres::Client;
use uuid::Uuid;

/// One test's world: a database of its own.
pub(crate) struct Stage {
    pub(crate) sql: Client,
    /// What left for the outside.
    pub(crate) sent: Arc<Mutex<Vec<Request<Vec<u8>>>>>,
    /// What receivers of webhooks answer.
    pub(crate) answered: Arc<AtomicU16>,
    /// Set while `webhooks` can't be reached.
    pub(crate) cut_off: Arc<AtomicBool>,
    service: Service,
}

/// Somebody who calls, with all scopes unless others are named.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) id: Uuid,
    pub(crate) scopes: &'static str,
    pub(crate) permissions: &'static str,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        let database = Database::new("blog").await;
        let usual = [
            ("environment", "development"),
            ("public_url", "http://localhost:3000"),
            ("cursor_key", "dev-cursor"),
            ("webhook_key", "dev-webhook"),
        ];
        let variables = variables(&usual, &[]);
        let (sent, answered) = (Arc::default(), Arc::new(AtomicU16::new(204)));
        let outside = Ports {
            outbound: Arc::new(Outside(Arc::clone(&sent), Arc::clone(&answered))),
            ..Ports::none(variables.clone())
        };
        let webhooks = webhooks::api::service(AppBuilder::new("webhooks", outside));
        let cut_off = Arc::new(AtomicBool::new(false));
        let ports = Ports {
            outbound: Arc::new(Webhooks {
                service: Chained::new("webhooks", webhooks),
                cut_off: Arc::clone(&cut_off),
            }),
            db: Db::new(NativeDatabase::connect(&database.owner_url(), 16).unwrap()),
            verifier: Arc::new(WhoeverSays),
            ..Ports::none(variables)
        };
        Self {
            sql: database.connect().await.unwrap(),
            sent,
            answered,
            cut_off,
            service: spindle_blog::api::service(AppBuilder::new("blog", ports), renderer::native),
        }
    }

    /// A new account.
    pub(crate) async fn account(&self, name: &str) -> Caller {
        let id = Uuid::now_v7();
        self.sql
            .execute(
                "insert into identity.accounts (id, email, username, username_key, created_at, updated_at)
                 values ($1, $2 || '@test.com', $2, $2, platform.now(), platform.now())",
                &[&id, &name],
            )
            .await
            .unwrap();
        Caller {
            id,
            scopes: "posts.read,posts.write",
            permissions: "",
        }
    }

    pub(crate) async fn run(&self, sql: &str) {
        self.sql.batch_execute(sql).await.unwrap();
    }

    /// The number that a statement answers.
    pub(crate) async fn count(&self, sql: &str) -> i64 {
        self.sql.query_one(sql, &[]).await.unwrap().get(0)
    }

    pub(crate) async fn events(&self, kind: &str) -> i64 {
        self.count(&format!(
            "select count(*) from platform.outbox where type = '{kind}'"
        ))
        .await
    }

    /// Moves the clock of all SQL.
    pub(crate) async fn later(&self, interval: &str) {
        self.run(&format!(
            "create or replace function platform.now() returns timestamptz language sql stable as
             $$ select now() + interval '{interval}' $$"
        ))
        .await;
    }

    /// Calls a path under `/api/v1/blog`.
    pub(crate) async fn call(
        &self,
        caller: Option<&Caller>,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answer {
        let path = if path.starts_with("/internal") {
            path.to_owned()
        } else {
            format!("/api/v1/blog{path}")
        };
        let mut request = Request::builder().method(method).uri(path);
        if let Some(Caller {
            id,
            scopes,
            permissions,
        }) = caller
        {
            request = request.header(
                header::AUTHORIZATION,
                format!("Bearer {id} {scopes} {permissions}"),
            );
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        ask(&self.service, with_body(request, body.as_ref())).await
    }

    /// Posts a file.
    pub(crate) async fn raw(&self, caller: &Caller, path: &str, kind: &str, file: &str) -> Answer {
        let bearer = format!("Bearer {} {}", caller.id, caller.scopes);
        let request = Request::post(format!("/api/v1/blog{path}"))
            .header(header::AUTHORIZATION, bearer)
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(file.to_owned()));
        ask(&self.service, request.unwrap()).await
    }

    pub(crate) async fn get(&self, caller: Option<&Caller>, path: &str) -> Answer {
        self.call(caller, "GET", path, &[], None).await
    }

    pub(crate) async fn post(&self, caller: &Caller, path: &str, body: Value) -> Answer {
        self.call(Some(caller), "POST", path, &[], Some(body)).await
    }

    /// Changes a post, whatever it is by now.
    pub(crate) async fn patch(&self, caller: &Caller, path: &str, body: Value) -> Answer {
        self.call(
            Some(caller),
            "PATCH",
            path,
            &[("if-match", "*")],
            Some(body),
        )
        .await
    }

    /// Does something without a body.
    pub(crate) async fn act(&self, caller: &Caller, method: &str, path: &str) -> Answer {
        self.call(Some(caller), method, path, &[], None).await
    }

    /// A published post with this title.
    pub(crate) async fn published(&self, author: &Caller, title: &str) -> Answer {
        let post = json!({"title": title, "body": "Words.", "status": "published"});
        let answer = self.post(author, "/posts", post).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer
    }

    /// All pages of a list, one member of each item.
    pub(crate) async fn all(
        &self,
        caller: Option<&Caller>,
        path: &str,
        limit: u32,
        member: &str,
    ) -> Vec<String> {
        let mut found = Vec::new();
        let mut cursor = String::new();
        loop {
            let sep = if path.contains('?') { '&' } else { '?' };
            let page = self
                .get(caller, &format!("{path}{sep}limit={limit}&cursor={cursor}"))
                .await;
            assert_eq!(page.status, 200, "{page:?}");
            found.extend(page.each(member));
            match page.body["next_cursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => return found,
            }
        }
    }

    /// What the worker does with a due task of this kind.
    pub(crate) async fn do_tasks(&self, kind: &str) -> Vec<Answer> {
        let rows = self
            .sql
            .query(
                "select id, idempotency_key, payload from platform.tasks
                 where kind = $1 and run_at <= platform.now() order by run_at",
                &[&kind],
            )
            .await
            .unwrap();
        let mut answers = Vec::new();
        for row in rows {
            let call = json!({
                "task_id": row.get::<_, Uuid>(0), "kind": kind, "attempt": 1, "payload": row.get::<_, Value>(2),
                "idempotency_key": row.get::<_, String>(1), "request_id": "r-1", "traceparent": null,
            });
            let path = format!("/internal/tasks/{kind}");
            answers.push(self.call(None, "POST", &path, &[], Some(call)).await);
        }
        answers
    }

    /// Takes the events of the blog that are in the outbox to their consumers, as the worker does.
    pub(crate) async fn take_blog_events(&self) {
        let rows = self
            .sql
            .query(
                "select payload from platform.outbox where aggregatetype = 'blog.events' order by seq",
                &[],
            )
            .await
            .unwrap();
        for row in rows {
            let answer = self
                .call(
                    None,
                    "POST",
                    "/internal/events/blog.events",
                    &[],
                    Some(row.get(0)),
                )
                .await;
            assert_eq!(answer.status, 200, "{answer:?}");
        }
    }

    /// What the worker does with an event.
    pub(crate) async fn take_event(&self, topic: &str, kind: &str, data: Value) -> Answer {
        let event = json!({
            "specversion": "1.0", "id": Uuid::now_v7(), "source": "/spindle/user", "type": kind, "subject": "k",
            "time": "2026-11-21T01:02:03.004Z", "datacontenttype": "application/json", "data": data,
        });
        let path = format!("/internal/events/{topic}");
        self.call(None, "POST", &path, &[], Some(event)).await
    }
}

/// The component `webhooks`, while it can be reached.
struct Webhooks {
    service: Chained,
    cut_off: Arc<AtomicBool>,
}

#[async_trait]
impl Outbound for Webhooks {
    async fn send(
        &self,
        request: Request<Vec<u8>>,
        timeout: Duration,
    ) -> Result<Response<Vec<u8>>, OutboundError> {
        if self.cut_off.load(Ordering::Relaxed) {
            return Err(OutboundError::Failed("cut off".to_owned()));
        }
        self.service.send(request, timeout).await
    }
}

/// The Internet.
struct Outside(Arc<Mutex<Vec<Request<Vec<u8>>>>>, Arc<AtomicU16>);

#[async_trait]
impl Outbound for Outside {
    async fn send(
        &self,
        request: Request<Vec<u8>>,
        _: Duration,
    ) -> Result<Response<Vec<u8>>, OutboundError> {
        self.0.lock().unwrap().push(request);
        Ok(Response::builder()
            .status(self.1.load(Ordering::Relaxed))
            .body(Vec::new())
            .unwrap())
    }
}

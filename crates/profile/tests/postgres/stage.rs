//! The profile service on a real Postgres, called without a network between.

use std::sync::Arc;

use http::{Request, header};
use kit::db::native::NativeDatabase;
use kit::{AppBuilder, Db, Ports, Service};
use serde_json::{Value, json};
use spindle_harness::Database;
use spindle_stage::{Answer, WhoeverSays, ask, variables, with_body};
use tokio_postgres::Client;
use uuid::Uuid;

/// One test's world: a database of its own.
pub(crate) struct Stage {
    pub(crate) sql: Client,
    service: Service,
}

/// Somebody who calls, with all scopes unless others are named.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) scopes: &'static str,
    pub(crate) permissions: &'static str,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        let database = Database::new("profile").await;
        let usual = [
            ("environment", "development"),
            ("public_url", "http://localhost:3000"),
            ("cursor_key", "dev-cursor"),
        ];
        let ports = Ports {
            db: Db::new(NativeDatabase::connect(&database.owner_url(), 16).unwrap()),
            verifier: Arc::new(WhoeverSays),
            ..Ports::none(variables(&usual, &[]))
        };
        Self {
            sql: database.connect().await.unwrap(),
            service: spindle_profile::api::service(
                AppBuilder::new("profile", ports),
                platform::mail::NoMailer,
            ),
        }
    }

    /// A new account.
    pub(crate) async fn account(&self, name: &str) -> Caller {
        let id = Uuid::now_v7();
        self.sql
            .execute(
                "insert into identity.accounts (id, email, username, username_key, created_at, updated_at)
                 values ($1, $2 || '@test.com', $2, lower($2), platform.now(), platform.now())",
                &[&id, &name],
            )
            .await
            .unwrap();
        Caller {
            id,
            name: name.to_owned(),
            scopes: "profile.read,profile.write",
            permissions: "",
        }
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

    /// Calls a path under `/api/v1/profile`.
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
            format!("/api/v1/profile{path}")
        };
        let mut request = Request::builder().method(method).uri(path);
        if let Some(Caller {
            id,
            scopes,
            permissions,
            ..
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

    pub(crate) async fn get(&self, caller: Option<&Caller>, path: &str) -> Answer {
        self.call(caller, "GET", path, &[], None).await
    }

    /// Does something without a body.
    pub(crate) async fn act(&self, caller: &Caller, method: &str, path: &str) -> Answer {
        self.call(Some(caller), method, path, &[], None).await
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

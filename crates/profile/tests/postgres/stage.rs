//! The profile service on a real Postgres, called without a network between.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use contracts::identity::tokens::{
    self, Presented, PrincipalKind, Refusal, TrustSnapshot, Verdict,
};
use http::{Request, header};
use kit::db::native::NativeDatabase;
use kit::trust::TokenVerifier;
use kit::{AppBuilder, Db, Ports, Service};
use serde_json::{Value, json};
use spindle_harness::Database;
use tokio_postgres::{Client, NoTls};
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

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn etag(&self) -> &str {
        self.header("etag")
    }

    /// Status and kind of problem, to be compared in one go.
    pub(crate) fn problem(&self) -> (u16, &str) {
        let kind = self.body["type"].as_str().unwrap_or("");
        (
            self.status,
            kind.strip_prefix("urn:spindle:problem:").unwrap_or(kind),
        )
    }

    /// The fields that are wrong.
    pub(crate) fn fields(&self) -> Vec<&str> {
        self.body["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["field"].as_str().unwrap())
            .collect()
    }

    /// One member of each item.
    pub(crate) fn each(&self, member: &str) -> Vec<String> {
        self.body["items"]
            .as_array()
            .unwrap_or_else(|| panic!("no list: {self:?}"))
            .iter()
            .map(|item| match &item[member] {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            })
            .collect()
    }
}

impl Stage {
    pub(crate) async fn new() -> Self {
        let url = Database::new("profile").await.owner_url();
        let variables: HashMap<String, String> = [
            ("environment", "development"),
            ("public_url", "http://localhost:3000"),
            ("cursor_key", "dev-cursor"),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
        let ports = Ports {
            db: Db::new(NativeDatabase::connect(&url, 40).unwrap()),
            verifier: Arc::new(WhoeverSays),
            ..Ports::none(Arc::new(variables))
        };
        let (sql, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
        tokio::spawn(connection);
        Self {
            sql,
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
        let request = match body {
            Some(body) => request
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(body.to_string())),
            None => request.body(Body::empty()),
        };
        let (parts, body) = self.service.call(request.unwrap()).await.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: if bytes.is_empty() {
                Value::Null
            } else {
                serde_json::from_slice(&bytes)
                    .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()))
            },
        }
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

/// Believes `Bearer <account> <scope,…> <permission,…>`.
struct WhoeverSays;

impl TokenVerifier for WhoeverSays {
    fn trust(&self, _: &TrustSnapshot) {}

    fn verify(&self, presented: &Presented) -> Result<Verdict, Refusal> {
        let mut words = presented.authorization.split(' ').skip(1);
        let subject = words.next().ok_or(Refusal::Malformed)?.to_owned();
        let mut list = || {
            words
                .next()
                .unwrap_or("")
                .split(',')
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect()
        };
        Ok(Verdict::Principal(tokens::Principal {
            subject,
            kind: PrincipalKind::User,
            session: Some("session".to_owned()),
            client: "spindle".to_owned(),
            scopes: list(),
            permissions: list(),
            roles: Vec::new(),
            auth_time: None,
            amr: Vec::new(),
            jti: "token".to_owned(),
            cnf: None,
            issued_at: 0,
        }))
    }
}

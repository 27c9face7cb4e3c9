//! The services `auth`, `oidc` and `signer` on a database of one test, called without a network between.

use std::sync::Arc;

use axum::body::Body;
use kit::Service;
use serde_json::Value;
pub(crate) use spindle_stage::Answer;
use spindle_stage::{ask, with_body};

use crate::database::Database;
use crate::services;

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
        let signer = services::signer(db, variables);
        let builder = |name| services::builder(name, db, variables, Arc::clone(&signer));
        Self {
            auth: spindle_identity::api::service(builder("auth")),
            oidc: spindle_identity::oidc::service(builder("oidc")),
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

    /// As [`Self::post`], with other headers.
    pub(crate) async fn post_with(
        &self,
        path: &str,
        body: Value,
        headers: &[(&str, &str)],
    ) -> Answer {
        self.send("POST", path, None, Some(body), headers).await
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

    /// Calls a path under `/internal`, as another component does.
    pub(crate) async fn internal(&self, path: &str, bearer: Option<&str>, body: Value) -> Answer {
        let mut request = http::Request::builder()
            .method("POST")
            .uri(format!("http://auth.spin.internal/internal{path}"))
            .header("host", "auth.spin.internal");
        if let Some(bearer) = bearer {
            request = request.header("authorization", format!("Bearer {bearer}"));
        }
        ask(&self.auth, with_body(request, Some(&body))).await
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
        ask(service, with_body(request, body.as_ref())).await
    }
}

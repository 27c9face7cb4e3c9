//! A migrated database for one test, and a service of three routes on it.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use axum::body::Body;
use kit::db::native::NativeDatabase;
use kit::limit::Class;
use kit::routes;
use kit::{App, AppBuilder, Db, NoContent, Pages, Ports, Problem, Service, limit};
use serde_json::Value;
use spindle_migrate::{Schema, Settings, migrate};
use spindle_postgres::Server;
use tokio_postgres::NoTls;
use utoipa_axum::router::OpenApiRouter;

fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start_ephemeral().unwrap())
}

pub(crate) struct Stage {
    pub(crate) url: String,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

impl Stage {
    pub(crate) async fn new(name: &str) -> Self {
        let (admin, connection) = tokio_postgres::connect(&server().url("postgres"), NoTls)
            .await
            .unwrap();
        tokio::spawn(connection);
        admin
            .batch_execute(&format!("create database kit_{name}"))
            .await
            .unwrap();
        let url = server().url(&format!("kit_{name}"));
        let mut schema = Schema::embedded();
        schema
            .migrations
            .retain(|file| file.path.contains("/V1__") || file.path.contains("/V20__"));
        schema.functions.retain(|file| {
            ["now", "take_token", "tokens_at", "sweep_token_buckets"]
                .iter()
                .any(|name| {
                    file.path
                        .ends_with(&format!("platform/sql/functions/{name}.sql"))
                })
        });
        schema.grants.clear();
        migrate(&url, &schema, &Settings::default()).await.unwrap();
        Self { url }
    }

    pub(crate) async fn connect(&self) -> tokio_postgres::Client {
        let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// A service with the variable `limits`, or without.
    pub(crate) fn service(&self, limits: Option<&str>) -> Service {
        let mut variables = HashMap::new();
        if let Some(limits) = limits {
            variables.insert("limits".to_owned(), limits.to_owned());
        }
        let ports = Ports {
            db: Db::new(NativeDatabase::connect(&self.url, 8).unwrap()),
            ..Ports::none(Arc::new(variables))
        };
        AppBuilder::new("test", ports)
            .limits(&[
                ("POST /login", Class::Login),
                ("GET /search", Class::Search),
                ("GET /found", Class::Search),
            ])
            .pages(Pages::new().get("/found", async || "found"))
            .routes(
                OpenApiRouter::new()
                    .routes(routes!(login))
                    .routes(routes!(read))
                    .routes(routes!(search))
                    .routes(routes!(write)),
            )
    }
}

#[utoipa::path(post, path = "/login", responses((status = 204)))]
async fn login(
    axum::extract::State(app): axum::extract::State<App>,
    headers: http::HeaderMap,
) -> Result<NoContent, Problem> {
    if let Some(name) = headers.get("x-login") {
        limit::take(&app, Class::Account, name.to_str().unwrap_or("")).await?;
    }
    Ok(NoContent)
}

#[utoipa::path(get, path = "/read", responses((status = 204)))]
async fn read() -> NoContent {
    NoContent
}

#[utoipa::path(get, path = "/search", responses((status = 204)))]
async fn search() -> NoContent {
    NoContent
}

#[utoipa::path(put, path = "/write", responses((status = 204)))]
async fn write() -> NoContent {
    NoContent
}

/// Sends `METHOD /path` with these headers.
pub(crate) async fn call(service: &Service, what: &str, headers: &[(&str, &str)]) -> Answer {
    let (method, path) = what.split_once(' ').unwrap();
    let mut request = http::Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (parts, body) = service
        .call(request.body(Body::empty()).unwrap())
        .await
        .into_parts();
    let bytes = axum::body::to_bytes(body, 100_000).await.unwrap();
    Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
    }
}

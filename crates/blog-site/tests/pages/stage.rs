//! A blog with something in it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use http::Request;
use kit::db::native::NativeDatabase;
use kit::key_value::{KeyValue, KeyValueError};
use kit::{AppBuilder, Db, Ports, Service};
use serde_json::{Value, json};
use spindle_harness::Database;
use spindle_stage::{Answer, variables, with_body};
use tokio_postgres::Client;
use uuid::Uuid;

pub(crate) struct Stage {
    pub(crate) sql: Client,
    store: Arc<Memory>,
    site: Service,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::limited("off").await
    }

    /// With these limits.
    pub(crate) async fn limited(limits: &str) -> Self {
        Self::with(limits, false).await
    }

    /// With a key-value store; the others have none that can be reached.
    pub(crate) async fn with_store() -> Self {
        Self::with("off", true).await
    }

    /// Keys of what is kept.
    pub(crate) fn kept(&self) -> Vec<String> {
        self.store.0.lock().unwrap().keys().cloned().collect()
    }

    /// Other words in what is kept, to tell it from what is made anew.
    pub(crate) fn replace_in_store(&self, words: &str, others: &str) {
        for value in self.store.0.lock().unwrap().values_mut() {
            let text = std::str::from_utf8(value).unwrap();
            *value = text.replace(words, others).into_bytes();
        }
    }

    async fn with(limits: &str, stores: bool) -> Self {
        let database = Database::new("pages").await;
        let usual = [
            ("environment", "development"),
            ("public_url", "http://localhost:3000"),
            ("cursor_key", "dev-cursor"),
            ("limits", limits),
        ];
        let mut ports = Ports {
            db: Db::new(NativeDatabase::connect(&database.owner_url(), 8).unwrap()),
            ..Ports::none(variables(&usual, &[]))
        };
        let store = Arc::new(Memory::default());
        if stores {
            ports.key_value = store.clone();
        }
        Self {
            sql: database.connect().await.unwrap(),
            store,
            site: spindle_blog_site::api::service(AppBuilder::new("blog-site", ports)),
        }
    }

    /// The time in the database.
    pub(crate) async fn now_ms(&self) -> i64 {
        let now = "select (extract(epoch from platform.now()) * 1000)::int8";
        self.sql.query_one(now, &[]).await.unwrap().get(0)
    }

    pub(crate) async fn account(&self, username: &str, name: &str, bio: &str) -> Uuid {
        let id = Uuid::now_v7();
        self.sql
            .execute(
                "insert into identity.accounts (id, email, username, username_key, created_at, updated_at)
                 values ($1, $2 || '@test.com', $2, $2, platform.now(), platform.now())",
                &[&id, &username],
            )
            .await
            .unwrap();
        self.sql
            .execute(
                "insert into profile.profiles (user_id, display_name, bio, location, website, updated_at)
                 values ($1, $2, $3, 'Lisbon', 'https://example.com/', platform.now())",
                &[&id, &name, &bio],
            )
            .await
            .unwrap();
        id
    }

    pub(crate) async fn post(&self, author: Uuid, slug: &str, mut post: Value) -> Uuid {
        let id = Uuid::now_v7();
        let rendered = blog::renderer::native(post["body"].as_str().unwrap());
        let toc: Vec<Value> = rendered
            .toc
            .iter()
            .map(|heading| json!({"level": heading.level, "anchor": heading.anchor, "text": heading.text}))
            .collect();
        for (name, value) in [
            ("html", json!(rendered.html)),
            ("toc", json!(toc)),
            ("text", json!(rendered.text)),
            ("words", json!(rendered.words)),
        ] {
            post[name] = value;
        }
        if post["status"].is_null() {
            post["status"] = json!("published");
        }
        if post["tags"].is_null() {
            post["tags"] = json!([]);
        }
        self.sql
            .execute(
                "select blog.insert_post('{}', $1, $2, $3, $4, 'created')",
                &[&id, &author, &slug, &post],
            )
            .await
            .unwrap();
        id
    }

    pub(crate) async fn comment(
        &self,
        slug: &str,
        author: Uuid,
        body: &str,
        parent: Option<Uuid>,
    ) -> Uuid {
        let id = Uuid::now_v7();
        let html = blog::renderer::native(body).html;
        let none: Option<&str> = None;
        let hash: Option<&[u8]> = None;
        self.sql
            .execute(
                "select blog.create_comment('{}', $1, $2, $3, false, $4, $5, $6, 'p', 'r', $7, $8)",
                &[&slug, &id, &author, &parent, &body, &html, &none, &hash],
            )
            .await
            .unwrap();
        id
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(path, &[]).await
    }

    /// What a browser is told that wants the headers alone.
    pub(crate) async fn head(&self, path: &str) -> Answer {
        spindle_stage::ask(&self.site, with_body(Request::head(path), None)).await
    }

    pub(crate) async fn ask(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        spindle_stage::ask(&self.site, with_body(request, None)).await
    }
}

#[derive(Default)]
struct Memory(Mutex<BTreeMap<String, Vec<u8>>>);

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

const ESSAY: &str = include_str!("essay.md");

pub(crate) async fn library() -> Stage {
    let stage = Stage::new().await;
    let ada = stage
        .account(
            "ada",
            "Ada Byron",
            "Writes about engines that weave algebra.\nOccasionally about horses.",
        )
        .await;
    let grace = stage
        .account("grace", "Grace Brewster", "Compilers, nanoseconds, moths.")
        .await;
    stage
        .post(
            ada,
            "the-loom-and-the-engine",
            json!({"title": "The loom and the engine", "summary": "What a punched card knows about cloth, and what a machine knows about a punched card.",
                "body": ESSAY, "tags": ["engines", "history", "c++"], "series": "Notes on the engine",
                "cover": {"url": "https://example.com/loom.jpg", "alt": "A <loom>"}, "published_at_ms": 1_780_000_000_000_i64}),
        )
        .await;
    stage
        .post(ada, "tables", json!({"title": "Tables & <angles>", "summary": "Short.", "body": "Words & <b>bold</b> words.\n\n<script>alert(1)</script>",
            "tags": ["engines"], "series": "Notes on the engine", "published_at_ms": 1_770_000_000_000_i64}))
        .await;
    for number in 0..20 {
        stage
            .post(grace, &format!("moth-{number}"), json!({"title": format!("Moth number {number}"),
                "summary": "Found in relay 70, panel F, and taped into the logbook with care.", "body": "A moth, found in a relay.",
                "tags": ["debugging"], "published_at_ms": 1_760_000_000_000_i64 + number * 86_400_000}))
            .await;
    }
    let first = stage
        .comment(
            "the-loom-and-the-engine",
            grace,
            "The **cards** came first, and the *idea* much later.",
            None,
        )
        .await;
    stage
        .comment(
            "the-loom-and-the-engine",
            ada,
            "They did; nobody wrote the idea down.",
            Some(first),
        )
        .await;
    stage
        .comment(
            "the-loom-and-the-engine",
            grace,
            "Then we had better keep this one.",
            None,
        )
        .await;
    stage
}

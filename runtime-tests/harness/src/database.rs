//! Databases cloned from a template that is migrated once for each version of the schema.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock, OnceLock};

use anyhow::Context;
use spindle_migrate::{Schema, Settings};
use spindle_postgres::Server;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Mutex;
use tokio_postgres::{Client, NoTls};

use crate::unique;

/// Password of the application's role on test servers.
const APP_PASSWORD: &str = "spindle-app-of-tests";
/// Names the lock under which the template is made.
const TEMPLATE_LOCK: i64 = 20_051_613_160_112;

/// A database of a test's own, with all of Spindle's schema. Left behind when the test ends; the server goes with the test run.
#[derive(Clone, Debug)]
pub struct Database {
    admin_url: String,
    /// Its name.
    pub name: String,
}

impl Database {
    /// Clones the template on the shared server, for a test that needs no app. The name tells whose it is, in the server's log
    /// and lists; it need not be unique.
    pub async fn new(name: &str) -> Self {
        Self::clone_template(shared_server(), name)
            .await
            .expect("a database")
    }

    /// Clones the template on the server at this administrator's address.
    ///
    /// # Errors
    /// When the server cannot be reached or the schema does not apply.
    pub async fn create(admin_url: &str) -> anyhow::Result<Self> {
        Self::clone_template(admin_url, "app").await
    }

    async fn clone_template(admin_url: &str, name: &str) -> anyhow::Result<Self> {
        // Postgres cuts names off after 63 bytes, and the end is what makes this one unique.
        let name = unique(&format!("spindle_test_{name:.36}_"));
        let database = Self {
            admin_url: admin_url.to_owned(),
            name,
        };
        let cloned = database.clone();
        RUNTIME
            .spawn(async move {
                administrator(&cloned.admin_url)
                    .await?
                    .clone_to(&cloned.name)
                    .await
            })
            .await??;
        Ok(database)
    }

    /// Address for the owner, who may do everything.
    #[must_use]
    pub fn owner_url(&self) -> String {
        with_database(&self.admin_url, &self.name).unwrap_or_default()
    }

    /// Address for the application's role.
    #[must_use]
    pub fn app_url(&self) -> String {
        let url = self.owner_url();
        let host = self.host();
        let query = url
            .split_once('?')
            .map(|(_, query)| format!("?{query}"))
            .unwrap_or_default();
        format!(
            "postgres://spindle_app:{APP_PASSWORD}@{host}/{}{query}",
            self.name
        )
    }

    /// `host:port` of the server.
    #[must_use]
    pub fn host(&self) -> String {
        let rest = self
            .admin_url
            .split_once("://")
            .map_or(self.admin_url.as_str(), |(_, rest)| rest);
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        authority.rsplit('@').next().unwrap_or_default().to_owned()
    }

    /// A connection as the owner, for tests that look into tables.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn connect(&self) -> anyhow::Result<Client> {
        connect(&self.owner_url()).await
    }
}

/// Outlives the tests, each of which has a runtime of its own that takes its connections with it.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a thread")
});

/// A connection that makes databases, kept for all tests of this process: a new one costs Postgres as much as half a database.
struct Administrator {
    client: Client,
    template: String,
}

impl Administrator {
    async fn connect(url: &str) -> anyhow::Result<Self> {
        let client = connect(url).await?;
        let template = template(&client, url).await?;
        Ok(Self { client, template })
    }

    async fn clone_to(&self, name: &str) -> anyhow::Result<()> {
        let template = &self.template;
        // Copying files is two to three times as fast as writing every page to the log.
        let sql = format!("create database {name} template {template} strategy file_copy");
        Ok(self.client.batch_execute(&sql).await?)
    }
}

/// The administrator at this address, connected when first asked for and again after the server has gone.
async fn administrator(url: &str) -> anyhow::Result<Arc<Administrator>> {
    static CONNECTED: LazyLock<Mutex<HashMap<String, Arc<Administrator>>>> =
        LazyLock::new(Mutex::default);
    let mut connected = CONNECTED.lock().await;
    if let Some(administrator) = connected.get(url)
        && !administrator.client.is_closed()
    {
        return Ok(Arc::clone(administrator));
    }
    let administrator = Arc::new(Administrator::connect(url).await?);
    connected.insert(url.to_owned(), Arc::clone(&administrator));
    Ok(administrator)
}

/// The template's name, made if the server has none for this schema.
async fn template(admin: &Client, admin_url: &str) -> anyhow::Result<String> {
    static SCHEMA: OnceLock<(Schema, u64)> = OnceLock::new();
    let (schema, hash) = SCHEMA.get_or_init(|| {
        let schema = Schema::embedded();
        let mut hasher = DefaultHasher::new();
        format!("{schema:?}").hash(&mut hasher);
        (schema, hasher.finish())
    });
    let template = format!("spindle_template_{hash:016x}");
    admin
        .execute("select pg_advisory_lock($1)", &[&TEMPLATE_LOCK])
        .await?;
    let made = admin
        .query_opt(
            "select 1 from pg_database where datname = $1 and datistemplate",
            &[&template],
        )
        .await?;
    if made.is_none() {
        admin
            .batch_execute(&format!("drop database if exists {template}"))
            .await?;
        admin
            .batch_execute(&format!("create database {template}"))
            .await?;
        let settings = Settings {
            app_password: Some(APP_PASSWORD.to_owned()),
            ..Settings::default()
        };
        spindle_migrate::migrate(&with_database(admin_url, &template)?, schema, &settings).await?;
        admin
            .batch_execute(&format!("alter database {template} is_template true"))
            .await?;
    }
    admin
        .execute("select pg_advisory_unlock($1)", &[&TEMPLATE_LOCK])
        .await?;
    Ok(template)
}

/// The server of all tests: the one that `cargo xtask test` started, or one of this process.
pub(crate) fn shared_server() -> &'static str {
    static URL: OnceLock<String> = OnceLock::new();
    URL.get_or_init(|| {
        std::env::var("SPINDLE_TEST_DATABASE_URL").unwrap_or_else(|_| {
            static SERVER: OnceLock<Server> = OnceLock::new();
            let server = SERVER.get_or_init(|| Server::start_for_tests().expect("a Postgres"));
            server.url("postgres")
        })
    })
}

async fn connect(url: &str) -> anyhow::Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .with_context(|| "connecting to the test server")?;
    tokio::spawn(connection);
    Ok(client)
}

/// The same server, another database.
fn with_database(url: &str, name: &str) -> anyhow::Result<String> {
    let (scheme, rest) = url
        .split_once("://")
        .context("the test server's address is not a URL")?;
    let (authority, tail) = rest.split_once('/').unwrap_or((rest, ""));
    let query = tail
        .split_once('?')
        .map(|(_, query)| format!("?{query}"))
        .unwrap_or_default();
    Ok(format!("{scheme}://{authority}/{name}{query}"))
}

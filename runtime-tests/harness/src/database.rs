//! Databases cloned from a template that is migrated once for each version of the schema.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use anyhow::Context;
use spindle_migrate::{Schema, Settings};
use tokio_postgres::{Client, NoTls};

use crate::unique;

/// Password of the application's role on test servers.
const APP_PASSWORD: &str = "spindle-app-of-tests";
/// Names the lock under which the template is made.
const TEMPLATE_LOCK: i64 = 20_051_613_160_112;

/// A database of a test's own. Left behind when the test ends; the server goes with the test run.
#[derive(Clone, Debug)]
pub struct Database {
    admin_url: String,
    /// Its name.
    pub name: String,
}

impl Database {
    /// Clones the template on the server at this administrator's address.
    ///
    /// # Errors
    /// When the server cannot be reached or the schema does not apply.
    pub async fn create(admin_url: &str) -> anyhow::Result<Self> {
        let schema = Schema::embedded();
        let mut hasher = DefaultHasher::new();
        format!("{schema:?}").hash(&mut hasher);
        let template = format!("spindle_template_{:016x}", hasher.finish());
        let admin = connect(admin_url).await?;
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
            spindle_migrate::migrate(&with_database(admin_url, &template)?, &schema, &settings)
                .await?;
            admin
                .batch_execute(&format!("alter database {template} is_template true"))
                .await?;
        }
        let name = unique("spindle_test_");
        admin
            .batch_execute(&format!("create database {name} template {template}"))
            .await?;
        Ok(Self {
            admin_url: admin_url.to_owned(),
            name,
        })
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

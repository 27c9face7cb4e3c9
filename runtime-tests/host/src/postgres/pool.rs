//! The database connections of one component: a pool per address.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio_postgres::config::SslMode;
use tokio_postgres::{Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::lease::Lease;
use crate::bindings::postgres::Error;

/// Addresses for which a component may have a pool at the same time; more only follows from addresses made up at run time.
const MAX_POOLS: usize = 16;

/// How soon, and how often, the kernel asks an idle connection's other end whether it is still there: one that has vanished without a
/// word (a failed-over server, a broken network) would cost the next guest its patience.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(30);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);
const KEEPALIVE_RETRIES: u32 = 3;

/// How a component's pools are bounded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PoolLimits {
    /// Connections per address.
    pub(crate) max_connections: usize,
    /// How long an `open` waits for one.
    pub(crate) acquire_timeout: Duration,
}

/// All pools of one component.
#[derive(Debug)]
pub(crate) struct Pools {
    limits: PoolLimits,
    pools: Mutex<HashMap<(String, Option<String>), Pool>>,
}

impl Pools {
    /// No pool yet: each is made by the first `open` of its address.
    pub(crate) fn new(limits: PoolLimits) -> Self {
        Self {
            limits,
            pools: Mutex::default(),
        }
    }

    /// A connection that nobody else uses until it is dropped.
    pub(super) async fn acquire(
        &self,
        address: &str,
        ca_root: Option<&str>,
    ) -> Result<Lease, Error> {
        let failed = |error: String| Error::ConnectionFailed(error);
        let pool = self
            .pool(address, ca_root)
            .map_err(|error| failed(format!("{error:#}")))?;
        match tokio::time::timeout(self.limits.acquire_timeout, pool.get()).await {
            Ok(Ok(client)) => Ok(Lease::new(client)),
            Ok(Err(error)) => Err(failed(format!("{error:?}"))),
            Err(_) => Err(failed(format!(
                "no database connection within {:?}: {} of {} are open, {} requests wait",
                self.limits.acquire_timeout,
                pool.status().size,
                pool.status().max_size,
                pool.status().waiting
            ))),
        }
    }

    /// Opens a connection and leaves it in the pool.
    pub(super) async fn warm(&self, address: &str) {
        if let Ok(pool) = self.pool(address, None) {
            drop(pool.get().await);
        }
    }

    fn pool(&self, address: &str, ca_root: Option<&str>) -> Result<Pool> {
        let key = (address.to_owned(), ca_root.map(str::to_owned));
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = pools.get(&key) {
            return Ok(pool.clone());
        }
        if pools.len() >= MAX_POOLS {
            pools.retain(|_, pool| pool.status().size > pool.status().available);
        }
        let pool = make_pool(address, ca_root, self.limits)?;
        pools.insert(key, pool.clone());
        Ok(pool)
    }
}

fn make_pool(address: &str, ca_root: Option<&str>, limits: PoolLimits) -> Result<Pool> {
    let mut config: Config = address.parse().context("invalid database address")?;
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(limits.acquire_timeout);
    }
    // An address that sets the interval knows better in all of it.
    if config.get_keepalives_interval().is_none() {
        config
            .keepalives_idle(KEEPALIVE_IDLE)
            .keepalives_interval(KEEPALIVE_INTERVAL)
            .keepalives_retries(KEEPALIVE_RETRIES);
    }
    if config.get_application_name().is_none() {
        config.application_name("spindle");
    }
    // A lease cleans its connection when it ends, so a connection in the pool is known to be idle and only has to be alive.
    let recycling = ManagerConfig {
        recycling_method: RecyclingMethod::Fast,
    };
    let manager = if config.get_ssl_mode() == SslMode::Disable {
        Manager::from_config(config, NoTls, recycling)
    } else {
        Manager::from_config(config, tls(ca_root)?, recycling)
    };
    Ok(Pool::builder(manager)
        .max_size(limits.max_connections)
        .runtime(Runtime::Tokio1)
        .build()?)
}

fn tls(ca_root: Option<&str>) -> Result<MakeRustlsConnect> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(root_certificates(ca_root)?)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// Mozilla's roots, and the guest's own if it gave one.
pub(super) fn root_certificates(ca_root: Option<&str>) -> Result<RootCertStore> {
    let mut roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.into(),
    };
    if let Some(pem) = ca_root {
        let mut found = false;
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            roots.add(certificate.context("not a PEM certificate")?)?;
            found = true;
        }
        anyhow::ensure!(found, "no certificate in it");
    }
    Ok(roots)
}

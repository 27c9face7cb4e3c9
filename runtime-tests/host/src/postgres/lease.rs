//! A database connection while one guest has it.
//!
//! A connection goes back to the pool only clean: outside a transaction and with the session's settings reset. Where that is
//! not certain (a statement was cut off, the server doesn't answer, the transaction is broken) the connection is closed, which
//! makes the server roll back. It doesn't matter why the lease ends: dropped by the guest, by a trap, by a time-out, between
//! two statements or within one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use deadpool_postgres::Object;
use tokio::runtime::Handle;
use tokio_postgres::{NoTls, Statement};

use super::failure::query_failed;
use super::parameter::Parameter;
use super::rows::QueryRows;
use crate::bindings::postgres::{Error, ParameterValue};

/// Brings a connection back to how it was after connecting. `BEGIN; ROLLBACK` ends a transaction if there is one and, unlike a
/// lone `ROLLBACK`, writes no warning to the server's log if there is none; in a broken transaction it fails.
const RESET: &str = "BEGIN; ROLLBACK; CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; UNLISTEN *; \
                     SELECT pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES";

/// How long the reset may take before the connection is closed.
const RESET_TIMEOUT: Duration = Duration::from_secs(2);

/// Statements that a connection keeps prepared. More only follows from SQL text made up at run time.
const MAX_STATEMENTS: usize = 512;

/// SQLSTATEs that say that a prepared statement has become useless; the statement was not executed.
const STALE_STATEMENT: [&str; 2] = ["0A000", "26000"];

/// A connection in use.
#[derive(Debug)]
pub(super) struct Lease {
    /// `None` only while it is dropped.
    client: Option<Object>,
    interrupted: AtomicBool,
    runtime: Handle,
}

/// A statement under way. Dropped before it is [`finished`](Running::finished), it spoils the connection: nobody knows what the
/// server is doing.
#[derive(Debug)]
pub(super) struct Running {
    lease: Arc<Lease>,
    finished: bool,
}

impl Running {
    /// The server's answer is complete.
    pub(super) fn finished(mut self) {
        self.finished = true;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.finished {
            self.lease.interrupted.store(true, Ordering::Release);
        }
    }
}

impl Lease {
    pub(super) fn new(client: Object) -> Self {
        Self {
            client: Some(client),
            interrupted: AtomicBool::new(false),
            runtime: Handle::current(),
        }
    }

    /// Starts a query; its rows are still to come.
    pub(super) async fn query(
        self: &Arc<Self>,
        statement: &str,
        params: &[ParameterValue],
    ) -> Result<QueryRows, Error> {
        let params = parameters(params).map_err(Error::BadParameter)?;
        let client = self.client()?;
        let running = self.running();
        let result = async {
            let prepared = Self::prepare(client, statement).await?;
            match client.query_raw(&prepared, &params).await {
                Err(error) if Self::forget_stale(client, statement, &error) => {
                    let prepared = Self::prepare(client, statement).await?;
                    Ok((client.query_raw(&prepared, &params).await?, prepared))
                }
                rows => Ok((rows?, prepared)),
            }
        };
        match result.await {
            Ok((rows, prepared)) => Ok(QueryRows::new(rows, &prepared, running)),
            Err(error) => {
                running.finished();
                Err(query_failed(&error))
            }
        }
    }

    /// Runs a statement; the answer is the number of rows that it changed.
    pub(super) async fn execute(
        self: &Arc<Self>,
        statement: &str,
        params: &[ParameterValue],
    ) -> Result<u64, Error> {
        let params = parameters(params).map_err(Error::ValueConversionFailed)?;
        let client = self.client()?;
        let running = self.running();
        let result = async {
            let prepared = Self::prepare(client, statement).await?;
            match client.execute_raw(&prepared, &params).await {
                Err(error) if Self::forget_stale(client, statement, &error) => {
                    let prepared = Self::prepare(client, statement).await?;
                    client.execute_raw(&prepared, &params).await
                }
                changed => changed,
            }
        };
        let result = result.await;
        running.finished();
        result.map_err(|error| query_failed(&error))
    }

    async fn prepare(client: &Object, statement: &str) -> Result<Statement, tokio_postgres::Error> {
        if client.statement_cache.size() >= MAX_STATEMENTS {
            client.statement_cache.clear();
        }
        client.prepare_cached(statement).await
    }

    /// Whether the failed statement should be prepared anew: a migration or a `DISCARD ALL` came between.
    fn forget_stale(client: &Object, statement: &str, error: &tokio_postgres::Error) -> bool {
        let stale = error
            .code()
            .is_some_and(|code| STALE_STATEMENT.contains(&code.code()));
        if stale {
            client.statement_cache.remove(statement, &[]);
        }
        stale
    }

    fn client(&self) -> Result<&Object, Error> {
        self.client
            .as_ref()
            .ok_or_else(|| Error::ConnectionFailed("the connection is closed".to_owned()))
    }

    fn running(self: &Arc<Self>) -> Running {
        Running {
            lease: self.clone(),
            finished: false,
        }
    }
}

fn parameters(params: &[ParameterValue]) -> Result<Vec<Parameter>, String> {
    params.iter().map(Parameter::new).collect()
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(client) = self.client.take() else {
            return;
        };
        if client.is_closed() {
            close(client);
        } else if self.interrupted.load(Ordering::Acquire) {
            self.runtime.spawn(abandon(client));
        } else {
            self.runtime.spawn(give_back(client));
        }
    }
}

async fn give_back(client: Object) {
    match tokio::time::timeout(RESET_TIMEOUT, client.batch_execute(RESET)).await {
        Ok(Ok(())) => drop(client),
        Ok(Err(_)) | Err(_) => close(client),
    }
}

/// Asks the server to stop the statement that is cut off, so that it doesn't go on for nobody, and closes the connection.
async fn abandon(client: Object) {
    let cancel = client.cancel_token();
    close(client);
    // A server that insists on TLS refuses this; then the statement ends by its own `statement_timeout`.
    let _ = tokio::time::timeout(RESET_TIMEOUT, cancel.cancel_query(NoTls)).await;
}

/// Takes the connection out of its pool, which may then open another.
fn close(client: Object) {
    drop(Object::take(client));
}

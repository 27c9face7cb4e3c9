//! `spin:postgres@4.2.0`: what a guest sees of its database. The statements of one connection run concurrently; they are
//! pipelined on the wire in the order in which they were sent.

#![expect(
    clippy::result_large_err,
    reason = "the error of the WIT has the server's own fields, and errors are rare"
)]

mod address;
mod failure;
mod lease;
mod parameter;
mod pool;
mod range;
mod rows;
mod value;

use std::sync::Arc;

use opentelemetry::KeyValue;
use wasmtime::Result;
use wasmtime::component::{Accessor, FutureReader, HasSelf, Resource, StreamReader};

pub(crate) use pool::{PoolLimits, Pools};

use crate::bindings::postgres::{
    Column, Error, Host, HostConnection, HostConnectionBuilder, HostConnectionBuilderWithStore,
    HostConnectionWithStore, ParameterValue, QueryError, Row, RowSet,
};
use crate::guest::{Grants, GuestState};
use crate::telemetry::{Span, guest_call};
use lease::Lease;
use rows::Rows;

/// An open connection: the resource that guests hold. It goes back to the pool when the guest, or its instance, is gone.
#[expect(unreachable_pub, reason = "the generated bindings name it")]
pub struct Connection(Arc<Lease>);

/// A connection that is not yet open.
#[expect(unreachable_pub, reason = "the generated bindings name it")]
pub struct ConnectionBuilder {
    address: String,
    ca_root: Option<String>,
}

async fn open(grants: &Grants, address: &str, ca_root: Option<&str>) -> Result<Lease, Error> {
    address::check(address, &grants.allowed_hosts, &grants.component)?;
    grants.postgres.acquire(address, ca_root).await
}

/// Opens one connection to each database that a variable of the component names and its manifest allows: a new session costs
/// Postgres several milliseconds, which the first request need not wait for. What fails here the guest will be told.
pub(crate) fn warm(grants: &Arc<Grants>) {
    let addresses = grants.variables.values().filter(|value| {
        let scheme = value.split("://").next();
        matches!(scheme, Some("postgres" | "postgresql"))
    });
    for address in addresses {
        let (grants, address) = (grants.clone(), address.clone());
        tokio::spawn(async move {
            if address::check(&address, &grants.allowed_hosts, &grants.component).is_ok() {
                grants.postgres.warm(&address).await;
            }
        });
    }
}

/// The span of a statement. Its text is one of the application's files; what is bound to it stays out.
fn statement_span<T: 'static>(
    accessor: &Accessor<T, HasSelf<GuestState>>,
    name: &'static str,
    statement: &str,
) -> Span {
    guest_call(accessor, name, || {
        vec![
            KeyValue::new("db.system.name", "postgresql"),
            KeyValue::new("statement", statement.to_owned()),
        ]
    })
}

/// The span of opening a connection.
fn open_span<T: 'static>(accessor: &Accessor<T, HasSelf<GuestState>>, address: &str) -> Span {
    guest_call(accessor, "spin_outbound_pg.open_async", || {
        let mut attributes = vec![KeyValue::new("db.system.name", "postgresql")];
        attributes.extend(address::server(address));
        attributes
    })
}

/// Notes a failure by its SQLSTATE, or by what it is where the server said nothing.
fn note_failure(span: &Span, error: &Error) {
    span.failed(match error {
        Error::QueryFailed(QueryError::DbError(error)) => error.code.as_str(),
        Error::QueryFailed(QueryError::Text(_)) => "query_failed",
        Error::ConnectionFailed(_) => "connection_failed",
        Error::BadParameter(_) => "bad_parameter",
        Error::ValueConversionFailed(_) => "value_conversion_failed",
        Error::Other(_) => "other",
    });
}

fn lease<T>(
    accessor: &Accessor<T, HasSelf<GuestState>>,
    connection: &Resource<Connection>,
) -> Result<Arc<Lease>> {
    accessor.with(|mut access| Ok(access.get().table.get(connection)?.0.clone()))
}

impl Host for GuestState {}

impl HostConnectionBuilder for GuestState {
    async fn new(&mut self, address: String) -> Result<Resource<ConnectionBuilder>> {
        Ok(self.table.push(ConnectionBuilder {
            address,
            ca_root: None,
        })?)
    }

    async fn set_ca_root(
        &mut self,
        builder: Resource<ConnectionBuilder>,
        certificate: String,
    ) -> Result<Result<(), Error>> {
        if let Err(error) = pool::root_certificates(Some(&certificate)) {
            return Ok(Err(Error::Other(format!(
                "invalid root certificate: {error:#}"
            ))));
        }
        self.table.get_mut(&builder)?.ca_root = Some(certificate);
        Ok(Ok(()))
    }

    async fn build(
        &mut self,
        builder: Resource<ConnectionBuilder>,
    ) -> Result<Result<Resource<Connection>, Error>> {
        let ConnectionBuilder { address, ca_root } = self.table.get(&builder)?;
        match open(&self.grants, address, ca_root.as_deref()).await {
            Ok(lease) => Ok(Ok(self.table.push(Connection(Arc::new(lease)))?)),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn drop(&mut self, builder: Resource<ConnectionBuilder>) -> Result<()> {
        self.table.delete(builder)?;
        Ok(())
    }
}

impl<T: 'static> HostConnectionBuilderWithStore<T> for HasSelf<GuestState> {
    async fn build_async(
        accessor: &Accessor<T, Self>,
        builder: Resource<ConnectionBuilder>,
    ) -> Result<Result<Resource<Connection>, Error>> {
        let (grants, address, ca_root) = accessor.with(|mut access| {
            let state = access.get();
            let ConnectionBuilder { address, ca_root } = state.table.get(&builder)?;
            wasmtime::error::Ok((state.grants.clone(), address.clone(), ca_root.clone()))
        })?;
        match open(&grants, &address, ca_root.as_deref()).await {
            Ok(lease) => accessor
                .with(|mut access| Ok(Ok(access.get().table.push(Connection(Arc::new(lease)))?))),
            Err(error) => Ok(Err(error)),
        }
    }
}

impl HostConnection for GuestState {
    async fn open(&mut self, address: String) -> Result<Result<Resource<Connection>, Error>> {
        match open(&self.grants, &address, None).await {
            Ok(lease) => Ok(Ok(self.table.push(Connection(Arc::new(lease)))?)),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn query(
        &mut self,
        connection: Resource<Connection>,
        statement: String,
        params: Vec<ParameterValue>,
    ) -> Result<Result<RowSet, Error>> {
        let lease = self.table.get(&connection)?.0.clone();
        Ok(match lease.query(&statement, &params).await {
            Ok(rows) => rows
                .collect()
                .await
                .map(|(columns, rows)| RowSet { columns, rows }),
            Err(error) => Err(error),
        })
    }

    async fn execute(
        &mut self,
        connection: Resource<Connection>,
        statement: String,
        params: Vec<ParameterValue>,
    ) -> Result<Result<u64, Error>> {
        let lease = self.table.get(&connection)?.0.clone();
        Ok(lease.execute(&statement, &params).await)
    }

    async fn drop(&mut self, connection: Resource<Connection>) -> Result<()> {
        self.table.delete(connection)?;
        Ok(())
    }
}

/// The answer of `query-async`.
type RowStream = (
    Vec<Column>,
    StreamReader<Row>,
    FutureReader<Result<(), Error>>,
);

impl<T: 'static> HostConnectionWithStore<T> for HasSelf<GuestState> {
    async fn open_async(
        accessor: &Accessor<T, Self>,
        address: String,
    ) -> Result<Result<Resource<Connection>, Error>> {
        let span = open_span(accessor, &address);
        let grants = accessor.with(|mut access| access.get().grants.clone());
        match open(&grants, &address, None).await {
            Ok(lease) => accessor
                .with(|mut access| Ok(Ok(access.get().table.push(Connection(Arc::new(lease)))?))),
            Err(error) => {
                note_failure(&span, &error);
                Ok(Err(error))
            }
        }
    }

    async fn query_async(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        statement: String,
        params: Vec<ParameterValue>,
    ) -> Result<Result<RowStream, Error>> {
        let span = statement_span(accessor, "spin_outbound_pg.query_async", &statement);
        let lease = lease(accessor, &connection)?;
        let rows = match lease.query(&statement, &params).await {
            Ok(rows) => rows,
            Err(error) => {
                note_failure(&span, &error);
                return Ok(Err(error));
            }
        };
        match rows.first_batch().await {
            Rows::All {
                columns,
                rows,
                result,
            } => accessor.with(|mut access| {
                let rows = StreamReader::new(&mut access, rows)?;
                let result =
                    FutureReader::new(&mut access, async move { wasmtime::error::Ok(result) })?;
                Ok(Ok((columns, rows, result)))
            }),
            Rows::More {
                columns,
                producer,
                result,
            } => accessor.with(|mut access| {
                let rows = StreamReader::new(&mut access, producer)?;
                let result = FutureReader::new(&mut access, async move {
                    wasmtime::error::Ok(result.await.unwrap_or(Ok(())))
                })?;
                Ok(Ok((columns, rows, result)))
            }),
        }
    }

    async fn execute_async(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        statement: String,
        params: Vec<ParameterValue>,
    ) -> Result<Result<u64, Error>> {
        let span = statement_span(accessor, "spin_outbound_pg.execute", &statement);
        let lease = lease(accessor, &connection)?;
        let changed = lease.execute(&statement, &params).await;
        if let Err(error) = &changed {
            note_failure(&span, error);
        }
        Ok(changed)
    }
}

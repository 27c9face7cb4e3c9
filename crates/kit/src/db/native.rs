//! The database on tokio-postgres: for native tests, coverage, and the performance limit to compare with.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::BytesMut;
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime, Timeouts};
use postgres_types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::NoTls;
use uuid::Uuid;

use super::patience::Patience;
use super::{Database, DbError, Row, Value};

/// A pool of connections whose statements stay prepared.
pub struct NativeDatabase {
    pool: Pool,
    patience: Patience,
}

impl NativeDatabase {
    /// A pool on this address. Connects when first used.
    ///
    /// # Errors
    /// `Unavailable` if the address cannot be read.
    pub fn connect(address: &str, connections: usize) -> Result<Self, DbError> {
        let unavailable = |error: &dyn std::fmt::Display| DbError::Unavailable(error.to_string());
        let config: tokio_postgres::Config =
            address.parse().map_err(|error| unavailable(&error))?;
        let manager = Manager::from_config(
            config,
            NoTls,
            ManagerConfig {
                recycling_method: RecyclingMethod::Fast,
            },
        );
        // Not as hasty as a host, which refuses after two seconds: with all cores busy, a hundred requests of a test that queue at one
        // row take longer, and so do sixteen new connections.
        let timeout = Some(Duration::from_secs(15));
        Pool::builder(manager)
            .max_size(connections)
            .runtime(Runtime::Tokio1)
            .timeouts(Timeouts {
                wait: timeout,
                create: timeout,
                recycle: timeout,
            })
            .build()
            .map(|pool| Self {
                pool,
                patience: Patience::default(),
            })
            .map_err(|error| unavailable(&error))
    }
}

#[async_trait]
impl Database for NativeDatabase {
    async fn query(&self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, DbError> {
        self.patience.rested()?;
        let client = self
            .pool
            .get()
            .await
            .map_err(|error| DbError::Unavailable(error.to_string()))?;
        let answer = self.patience.wait(run(&client, sql, params)).await;
        if matches!(answer, Err(DbError::TimedOut)) {
            // Nobody knows what the server is doing there.
            drop(Object::take(client));
        }
        answer
    }

    fn answered_within(&self, time: Duration) -> bool {
        self.patience.answered_within(time)
    }
}

async fn run(client: &Object, sql: &str, params: &[Value]) -> Result<Vec<Row>, DbError> {
    let statement = client.prepare_cached(sql).await.map_err(sort)?;
    let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|value| value as _).collect();
    let rows = client.query(&statement, &params).await.map_err(sort)?;
    let columns: Arc<[String]> = statement
        .columns()
        .iter()
        .map(|column| column.name().to_owned())
        .collect();
    rows.iter()
        .map(|row| {
            let values = (0..row.len())
                .map(|index| row.try_get::<_, Value>(index))
                .collect::<Result<_, _>>();
            values
                .map(|values| Row::new(Arc::clone(&columns), values))
                .map_err(sort)
        })
        .collect()
}

fn sort(error: tokio_postgres::Error) -> DbError {
    match error.as_db_error() {
        Some(db) => DbError::from_sqlstate(db.code().code(), db.message(), db.constraint()),
        None if error.is_closed()
            || error
                .source()
                .is_some_and(|cause| cause.is::<std::io::Error>()) =>
        {
            DbError::ConnectionLost(error.to_string())
        }
        None => DbError::Failed {
            code: String::new(),
            message: format!(
                "{error}: {}",
                error.source().map(ToString::to_string).unwrap_or_default()
            ),
        },
    }
}

type Fault = Box<dyn Error + Sync + Send>;

/// As strict as Spin: a value binds only to its own type.
impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        fn checked<T: ToSql>(value: &T, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
            if T::accepts(ty) {
                value.to_sql(ty, out)
            } else {
                Err(format!("cannot bind to {ty}").into())
            }
        }
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Bool(value) => checked(value, ty, out),
            Self::Int4(value) => checked(value, ty, out),
            Self::Int8(value) => checked(value, ty, out),
            Self::Float8(value) => checked(value, ty, out),
            Self::Text(value) => checked(value, ty, out),
            Self::Bytes(value) => checked(value, ty, out),
            Self::Uuid(value) => checked(value, ty, out),
            Self::Jsonb(value) => checked(value, ty, out),
            Self::Numeric(value) => checked(value, ty, out),
            Self::TextArray(value) => checked(value, ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Fault> {
        Ok(match *ty {
            Type::BOOL => Self::Bool(bool::from_sql(ty, raw)?),
            Type::INT4 => Self::Int4(i32::from_sql(ty, raw)?),
            Type::INT8 => Self::Int8(i64::from_sql(ty, raw)?),
            Type::FLOAT8 => Self::Float8(f64::from_sql(ty, raw)?),
            Type::TEXT | Type::VARCHAR | Type::BPCHAR => Self::Text(String::from_sql(ty, raw)?),
            Type::BYTEA => Self::Bytes(Vec::from_sql(ty, raw)?),
            Type::UUID => Self::Uuid(Uuid::from_sql(ty, raw)?),
            Type::JSONB => Self::Jsonb(serde_json::Value::from_sql(ty, raw)?),
            Type::NUMERIC => Self::Numeric(rust_decimal::Decimal::from_sql(ty, raw)?),
            Type::TEXT_ARRAY => Self::TextArray(Vec::from_sql(ty, raw)?),
            ref other => {
                return Err(
                    format!("{other} cannot be read; cast it to a type that Spin carries").into(),
                );
            }
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Fault> {
        Ok(Self::Null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

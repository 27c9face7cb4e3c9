//! Deeds with a database.

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures::future::join_all;
use serde_json::json;
use spin_sdk::http::{BoxBody, Response};
use spin_sdk::pg::{Connection, DbValue, ParameterValue};
use spin_sdk::time::sleep;

use crate::turn::Turn;
use crate::{json_text, text};

/// The connection that this instance keeps for its life.
static KEPT: OnceLock<Connection> = OnceLock::new();
/// Who opens it.
static OPENING: LazyLock<Turn> = LazyLock::new(Turn::default);

pub(crate) async fn answer(
    deed: &str,
    query: &BTreeMap<String, String>,
) -> Result<Response<BoxBody>> {
    let sql = || {
        query
            .get("sql")
            .map(String::as_str)
            .context("?sql= is missing")
    };
    Ok(match deed {
        "query" => rows(&open(query).await?, sql()?, parameters(query)?).await?,
        "query-kept" => rows(kept(query).await?, sql()?, parameters(query)?).await?,
        "execute" => text(
            open(query)
                .await?
                .execute(sql()?, parameters(query)?)
                .await
                .map_err(|error| anyhow::anyhow!("{error:?}"))?
                .to_string(),
        ),
        // Sixteen statements at once on one connection.
        "pipeline" => {
            let connection = open(query).await?;
            let answers = join_all((0..16_i32).map(|number| {
                let connection = &connection;
                async move {
                    match value(
                        connection,
                        "select $1::int4 * 2",
                        ParameterValue::Int32(number),
                    )
                    .await?
                    {
                        DbValue::Int32(double) => Ok(double),
                        other => bail!("{other:?}"),
                    }
                }
            }));
            json_text(&json!(
                answers.await.into_iter().collect::<Result<Vec<_>>>()?
            ))
        }
        "begin-and-return" => {
            begin(query, sql()?).await?;
            text("returned inside a transaction")
        }
        "begin-and-trap" => {
            let _connection = begin(query, sql()?).await?;
            std::process::abort()
        }
        "begin-and-wait" => {
            let _connection = begin(query, sql()?).await?;
            loop {
                sleep(Duration::from_secs(1)).await;
            }
        }
        "begin-and-spin" => {
            let _connection = begin(query, sql()?).await?;
            loop {
                std::hint::spin_loop();
            }
        }
        "open-at" => {
            let address = query.get("address").context("?address= is missing")?;
            match Connection::open(address).await {
                Ok(_) => text("open"),
                Err(error) => text(format!("{error:?}")),
            }
        }
        "types" => types(&open(query).await?).await?,
        _ => bail!("no deed {deed:?}"),
    })
}

/// Opened by the first request; the others of the instance wait for it.
async fn kept(query: &BTreeMap<String, String>) -> Result<&'static Connection> {
    let _turn = OPENING.take().await;
    if let Some(connection) = KEPT.get() {
        return Ok(connection);
    }
    let connection = open(query).await?;
    Ok(KEPT.get_or_init(|| connection))
}

async fn open(query: &BTreeMap<String, String>) -> Result<Connection> {
    let address = match query.get("address") {
        Some(address) => address.clone(),
        None => spin_sdk::variables::get("db_url").await?,
    };
    Connection::open(address)
        .await
        .map_err(|error| anyhow::anyhow!("{error:?}"))
}

async fn begin(query: &BTreeMap<String, String>, sql: &str) -> Result<Connection> {
    let connection = open(query).await?;
    connection.execute("begin", []).await?;
    connection.execute(sql, []).await?;
    Ok(connection)
}

fn parameters(query: &BTreeMap<String, String>) -> Result<Vec<ParameterValue>> {
    let parameter = |(kind, value): (&str, &str)| {
        Ok(match kind {
            "str" => ParameterValue::Str(value.to_owned()),
            "int32" => ParameterValue::Int32(value.parse()?),
            "int64" => ParameterValue::Int64(value.parse()?),
            "timestamp" => ParameterValue::Timestamp(value.parse()?),
            "uuid" => ParameterValue::Uuid(value.to_owned()),
            "jsonb" => ParameterValue::Jsonb(value.as_bytes().to_vec()),
            "decimal" => ParameterValue::Decimal(value.to_owned()),
            "datetime" => ParameterValue::Datetime((2026, 11, 21, 1, 2, 3, 4_000)),
            "null" => ParameterValue::DbNull,
            _ => bail!("no parameter type {kind:?}"),
        })
    };
    query
        .get("parameter")
        .and_then(|text| text.split_once(':'))
        .map(parameter)
        .into_iter()
        .collect()
}

async fn rows(
    connection: &Connection,
    sql: &str,
    parameters: Vec<ParameterValue>,
) -> Result<Response<BoxBody>> {
    let failed = |error| anyhow::anyhow!("{error:?}");
    let mut result = connection.query(sql, parameters).await.map_err(failed)?;
    let columns: Vec<_> = result
        .columns()
        .iter()
        .map(|column| json!([column.name, shown(&column.data_type)]))
        .collect();
    let mut rows = Vec::new();
    while let Some(row) = result.rows().next().await {
        rows.push(json!(row.iter().map(shown).collect::<Vec<_>>()));
    }
    result.result().await.map_err(failed)?;
    Ok(json_text(&json!({"columns": columns, "rows": rows})))
}

/// A value as the tests write it, without the name of its type.
fn shown(value: &impl std::fmt::Debug) -> String {
    ["DbValue::", "DbDataType::", "ParameterValue::"]
        .iter()
        .fold(format!("{value:?}"), |text, prefix| {
            text.replace(prefix, "")
        })
}

/// The one value of a query.
async fn value(connection: &Connection, sql: &str, parameter: ParameterValue) -> Result<DbValue> {
    let mut result = connection.query(sql, [parameter]).await?;
    let row = result.rows().next().await;
    result.result().await?;
    row.and_then(|row| row.into_iter().next()).context("no row")
}

/// Sends every kind of parameter and reads it back.
async fn types(connection: &Connection) -> Result<Response<BoxBody>> {
    use spin_sdk::pg::{Interval, RangeBoundKind};

    let inclusive = RangeBoundKind::Inclusive;
    let exclusive = RangeBoundKind::Exclusive;
    let cases: Vec<(&str, ParameterValue)> = vec![
        ("bool", ParameterValue::Boolean(true)),
        ("int2", ParameterValue::Int16(-2)),
        ("int4", ParameterValue::Int32(-4)),
        ("int8", ParameterValue::Int64(i64::MIN)),
        ("float4", ParameterValue::Floating32(0.5)),
        ("float8", ParameterValue::Floating64(-0.25)),
        ("text", ParameterValue::Str("snöw ☃".to_owned())),
        ("varchar", ParameterValue::Str("v".to_owned())),
        ("bytea", ParameterValue::Binary(vec![0, 255, 7])),
        ("date", ParameterValue::Date((2026, 11, 21))),
        ("time", ParameterValue::Time((23, 59, 58, 123_456_000))),
        (
            "timestamp",
            ParameterValue::Datetime((2026, 11, 21, 23, 59, 58, 123_456_000)),
        ),
        (
            "uuid",
            ParameterValue::Uuid("018f4e9c-7b1a-7000-8000-000000000001".to_owned()),
        ),
        (
            "jsonb",
            ParameterValue::Jsonb(br#"{"a":[1,2.50,null]}"#.to_vec()),
        ),
        (
            "numeric",
            ParameterValue::Decimal("12345678901234567890.12345678".to_owned()),
        ),
        (
            "int4range",
            ParameterValue::RangeInt32((Some((1, inclusive)), Some((5, exclusive)))),
        ),
        (
            "int8range",
            ParameterValue::RangeInt64((None, Some((5, exclusive)))),
        ),
        (
            "numrange",
            ParameterValue::RangeDecimal((
                Some(("0.5".to_owned(), exclusive)),
                Some(("1.5".to_owned(), inclusive)),
            )),
        ),
        (
            "int4[]",
            ParameterValue::ArrayInt32(vec![Some(1), None, Some(-1)]),
        ),
        (
            "int8[]",
            ParameterValue::ArrayInt64(vec![Some(1 << 40), None]),
        ),
        (
            "numeric[]",
            ParameterValue::ArrayDecimal(vec![Some("1.10".to_owned()), None]),
        ),
        (
            "text[]",
            ParameterValue::ArrayStr(vec![Some("a".to_owned()), None]),
        ),
        (
            "interval",
            ParameterValue::Interval(Interval {
                micros: 5,
                days: -6,
                months: 7,
            }),
        ),
        ("inet", ParameterValue::DbNull),
    ];
    let mut answers = Vec::new();
    for (ty, value) in cases {
        let sent = shown(&value);
        let received = self::value(connection, &format!("select $1::{ty}"), value).await;
        let received = received.map_or_else(|error| format!("{error:#}"), |value| shown(&value));
        answers.push(json!([ty, sent, received]));
    }
    Ok(json_text(&json!(answers)))
}

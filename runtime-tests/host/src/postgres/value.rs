//! A column of the server on its way to the guest, with Spin's limits: `timestamptz` is listed as a date and time but can't be
//! read, and a type that is not listed arrives as its raw bytes.

use std::error::Error as StdError;

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use postgres_types::{FromSql, Type};
use rust_decimal::Decimal;
use tokio_postgres::Row;
use uuid::Uuid;

use super::range::{Bound, Bounds};
use crate::bindings::postgres::{DbDataType, DbValue, Interval};

/// The WIT's name for a type of the server.
pub(super) fn data_type(ty: &Type) -> DbDataType {
    match *ty {
        Type::BOOL => DbDataType::Boolean,
        Type::BYTEA => DbDataType::Binary,
        Type::FLOAT4 => DbDataType::Floating32,
        Type::FLOAT8 => DbDataType::Floating64,
        Type::INT2 => DbDataType::Int16,
        Type::INT4 => DbDataType::Int32,
        Type::INT8 => DbDataType::Int64,
        Type::TEXT | Type::VARCHAR | Type::BPCHAR => DbDataType::Str,
        Type::TIMESTAMP | Type::TIMESTAMPTZ => DbDataType::Datetime,
        Type::DATE => DbDataType::Date,
        Type::TIME => DbDataType::Time,
        Type::UUID => DbDataType::Uuid,
        Type::JSONB => DbDataType::Jsonb,
        Type::NUMERIC => DbDataType::Decimal,
        Type::INT4_RANGE => DbDataType::RangeInt32,
        Type::INT8_RANGE => DbDataType::RangeInt64,
        Type::NUM_RANGE => DbDataType::RangeDecimal,
        Type::INT4_ARRAY => DbDataType::ArrayInt32,
        Type::INT8_ARRAY => DbDataType::ArrayInt64,
        Type::NUMERIC_ARRAY => DbDataType::ArrayDecimal,
        Type::TEXT_ARRAY | Type::VARCHAR_ARRAY | Type::BPCHAR_ARRAY => DbDataType::ArrayStr,
        Type::INTERVAL => DbDataType::Interval,
        _ => DbDataType::Other(ty.name().to_owned()),
    }
}

/// One value of a row.
pub(super) fn read(row: &Row, index: usize, ty: &Type) -> Result<DbValue, tokio_postgres::Error> {
    match *ty {
        Type::BOOL => column(row, index, DbValue::Boolean),
        Type::BYTEA => column(row, index, DbValue::Binary),
        Type::FLOAT4 => column(row, index, DbValue::Floating32),
        Type::FLOAT8 => column(row, index, DbValue::Floating64),
        Type::INT2 => column(row, index, DbValue::Int16),
        Type::INT4 => column(row, index, DbValue::Int32),
        Type::INT8 => column(row, index, DbValue::Int64),
        Type::TEXT | Type::VARCHAR | Type::BPCHAR => column(row, index, DbValue::Str),
        // The second is refused by the driver: it isn't a time without a zone.
        Type::TIMESTAMP | Type::TIMESTAMPTZ => column(row, index, |value: NaiveDateTime| {
            let (date, time) = (value.date(), value.time());
            let ((year, month, day), (hour, minute, second, nanosecond)) =
                (date_parts(date), time_parts(time));
            DbValue::Datetime((year, month, day, hour, minute, second, nanosecond))
        }),
        Type::DATE => column(row, index, |value: NaiveDate| {
            DbValue::Date(date_parts(value))
        }),
        Type::TIME => column(row, index, |value: NaiveTime| {
            DbValue::Time(time_parts(value))
        }),
        Type::UUID => column(row, index, |value: Uuid| DbValue::Uuid(value.to_string())),
        Type::JSONB => column(row, index, |Json(bytes)| DbValue::Jsonb(bytes)),
        Type::NUMERIC => column(row, index, |value: Decimal| {
            DbValue::Decimal(value.to_string())
        }),
        Type::INT4_RANGE => column(row, index, |Bounds(lower, upper)| {
            DbValue::RangeInt32((lower, upper))
        }),
        Type::INT8_RANGE => column(row, index, |Bounds(lower, upper)| {
            DbValue::RangeInt64((lower, upper))
        }),
        Type::NUM_RANGE => column(row, index, |Bounds(lower, upper): Bounds<Decimal>| {
            DbValue::RangeDecimal((decimal_bound(lower), decimal_bound(upper)))
        }),
        Type::INT4_ARRAY => column(row, index, DbValue::ArrayInt32),
        Type::INT8_ARRAY => column(row, index, DbValue::ArrayInt64),
        Type::NUMERIC_ARRAY => column(row, index, |values: Vec<Option<Decimal>>| {
            DbValue::ArrayDecimal(
                values
                    .into_iter()
                    .map(|value| value.map(|value| value.to_string()))
                    .collect(),
            )
        }),
        Type::TEXT_ARRAY | Type::VARCHAR_ARRAY | Type::BPCHAR_ARRAY => {
            column(row, index, DbValue::ArrayStr)
        }
        Type::INTERVAL => column(row, index, |IntervalValue(value)| DbValue::Interval(value)),
        _ => column(row, index, |Raw(bytes)| DbValue::Unsupported(bytes)),
    }
}

fn column<'a, T: FromSql<'a>>(
    row: &'a Row,
    index: usize,
    value: impl FnOnce(T) -> DbValue,
) -> Result<DbValue, tokio_postgres::Error> {
    Ok(row
        .try_get::<_, Option<T>>(index)?
        .map_or(DbValue::DbNull, value))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a month and a day are below 32"
)]
fn date_parts(date: NaiveDate) -> (i32, u8, u8) {
    (date.year(), date.month() as u8, date.day() as u8)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "hours, minutes and seconds are below 61"
)]
fn time_parts(time: NaiveTime) -> (u8, u8, u8, u32) {
    (
        time.hour() as u8,
        time.minute() as u8,
        time.second() as u8,
        time.nanosecond(),
    )
}

fn decimal_bound(bound: Bound<Decimal>) -> Bound<String> {
    bound.map(|(value, kind)| (value.to_string(), kind))
}

/// The text of a jsonb, without parsing it: the protocol puts a version byte before it. Spin parses and writes it again; the
/// guest sees the same document.
struct Json(Vec<u8>);

impl FromSql<'_> for Json {
    fn from_sql(_: &Type, raw: &[u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        match raw.split_first() {
            Some((1, document)) => Ok(Self(document.to_vec())),
            _ => Err("unknown version of jsonb".into()),
        }
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::JSONB
    }
}

struct IntervalValue(Interval);

impl FromSql<'_> for IntervalValue {
    fn from_sql(_: &Type, raw: &[u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        let (micros, rest) = raw.split_first_chunk().ok_or("an interval has 16 bytes")?;
        let (days, rest) = rest.split_first_chunk().ok_or("an interval has 16 bytes")?;
        let months = rest.try_into()?;
        Ok(Self(Interval {
            micros: i64::from_be_bytes(*micros),
            days: i32::from_be_bytes(*days),
            months: i32::from_be_bytes(months),
        }))
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::INTERVAL
    }
}

struct Raw(Vec<u8>);

impl FromSql<'_> for Raw {
    fn from_sql(_: &Type, raw: &[u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Self(raw.to_vec()))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// Roughly what a value takes in memory, for the limit of a result.
pub(super) fn size(value: &DbValue) -> usize {
    let content = match value {
        DbValue::Str(text) | DbValue::Uuid(text) | DbValue::Decimal(text) => text.len(),
        DbValue::Binary(bytes) | DbValue::Jsonb(bytes) | DbValue::Unsupported(bytes) => bytes.len(),
        DbValue::ArrayInt32(values) => values.len() * 8,
        DbValue::ArrayInt64(values) => values.len() * 16,
        DbValue::ArrayDecimal(values) | DbValue::ArrayStr(values) => values
            .iter()
            .map(|value| 24 + value.as_ref().map_or(0, String::len))
            .sum(),
        _ => 0,
    };
    size_of::<DbValue>() + content
}

//! A guest's parameter on its way to the server. Binding is strict, as in Spin: a parameter is only accepted for the types
//! that its Rust type stands for, so a string is none for a uuid.

use std::error::Error as StdError;

use bytes::{BufMut, BytesMut};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use postgres_types::{IsNull, ToSql, Type, to_sql_checked};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::range::{Bound, Bounds};
use crate::bindings::postgres::{Interval, ParameterValue, RangeBoundKind};

/// A parameter in the driver's terms.
#[derive(Debug)]
pub(super) enum Parameter {
    Null,
    Typed(Box<dyn ToSql + Send + Sync>),
    RangeInt32(Bounds<i32>),
    RangeInt64(Bounds<i64>),
    RangeDecimal(Bounds<Decimal>),
    Interval(Interval),
}

type Refusal = String;

impl Parameter {
    /// Checks what the types of the WIT leave open: dates, uuids, numbers and JSON in strings.
    pub(super) fn new(value: &ParameterValue) -> Result<Self, Refusal> {
        fn typed(value: impl ToSql + Send + Sync + 'static) -> Parameter {
            Parameter::Typed(Box::new(value))
        }
        Ok(match value {
            ParameterValue::DbNull => Self::Null,
            ParameterValue::Boolean(value) => typed(*value),
            ParameterValue::Int8(value) => typed(*value),
            ParameterValue::Int16(value) => typed(*value),
            ParameterValue::Int32(value) => typed(*value),
            ParameterValue::Int64(value) => typed(*value),
            ParameterValue::Floating32(value) => typed(*value),
            ParameterValue::Floating64(value) => typed(*value),
            ParameterValue::Str(value) => typed(value.clone()),
            ParameterValue::Binary(value) => typed(value.clone()),
            ParameterValue::Date(value) => typed(date(*value)?),
            ParameterValue::Time(value) => typed(time(*value)?),
            ParameterValue::Datetime((year, month, day, hour, minute, second, nanosecond)) => {
                typed(NaiveDateTime::new(
                    date((*year, *month, *day))?,
                    time((*hour, *minute, *second, *nanosecond))?,
                ))
            }
            ParameterValue::Timestamp(seconds) => typed(
                DateTime::<Utc>::from_timestamp(*seconds, 0)
                    .ok_or_else(|| format!("invalid timestamp {seconds}"))?,
            ),
            ParameterValue::Uuid(text) => typed(
                Uuid::parse_str(text).map_err(|error| format!("invalid uuid {text:?}: {error}"))?,
            ),
            ParameterValue::Jsonb(bytes) => typed(
                serde_json::from_slice::<serde_json::Value>(bytes)
                    .map_err(|error| format!("invalid JSON: {error}"))?,
            ),
            ParameterValue::Decimal(text) => typed(decimal(text)?),
            ParameterValue::RangeInt32((lower, upper)) => Self::RangeInt32(Bounds(*lower, *upper)),
            ParameterValue::RangeInt64((lower, upper)) => Self::RangeInt64(Bounds(*lower, *upper)),
            ParameterValue::RangeDecimal((lower, upper)) => Self::RangeDecimal(Bounds(
                decimal_bound(lower.as_ref())?,
                decimal_bound(upper.as_ref())?,
            )),
            ParameterValue::ArrayInt32(values) => typed(values.clone()),
            ParameterValue::ArrayInt64(values) => typed(values.clone()),
            ParameterValue::ArrayDecimal(values) => typed(
                values
                    .iter()
                    .map(|value| value.as_deref().map(decimal).transpose())
                    .collect::<Result<Vec<_>, _>>()?,
            ),
            ParameterValue::ArrayStr(values) => typed(values.clone()),
            ParameterValue::Interval(value) => Self::Interval(*value),
        })
    }
}

fn date((year, month, day): (i32, u8, u8)) -> Result<NaiveDate, Refusal> {
    NaiveDate::from_ymd_opt(year, month.into(), day.into())
        .ok_or_else(|| format!("invalid date {year}-{month}-{day}"))
}

fn time((hour, minute, second, nanosecond): (u8, u8, u8, u32)) -> Result<NaiveTime, Refusal> {
    NaiveTime::from_hms_nano_opt(hour.into(), minute.into(), second.into(), nanosecond)
        .ok_or_else(|| format!("invalid time {hour}:{minute}:{second}.{nanosecond:09}"))
}

fn decimal(text: &str) -> Result<Decimal, Refusal> {
    Decimal::from_str_exact(text).map_err(|error| format!("invalid decimal {text:?}: {error}"))
}

fn decimal_bound(bound: Option<&(String, RangeBoundKind)>) -> Result<Bound<Decimal>, Refusal> {
    bound
        .map(|(text, kind)| Ok((decimal(text)?, *kind)))
        .transpose()
}

impl ToSql for Parameter {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Typed(value) => value.to_sql_checked(ty, out),
            Self::RangeInt32(range) if *ty == Type::INT4_RANGE => range.write(ty, out),
            Self::RangeInt64(range) if *ty == Type::INT8_RANGE => range.write(ty, out),
            Self::RangeDecimal(range) if *ty == Type::NUM_RANGE => range.write(ty, out),
            Self::Interval(interval) if *ty == Type::INTERVAL => {
                out.put_i64(interval.micros);
                out.put_i32(interval.days);
                out.put_i32(interval.months);
                Ok(IsNull::No)
            }
            Self::RangeInt32(_)
            | Self::RangeInt64(_)
            | Self::RangeDecimal(_)
            | Self::Interval(_) => {
                Err(format!("cannot convert {self:?} to the Postgres type {ty}").into())
            }
        }
    }

    /// The kinds check for themselves, when the value is known.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

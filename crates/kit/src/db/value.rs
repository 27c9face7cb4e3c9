//! Values that go into statements and come back in rows. Only types that Spin's interface carries faithfully: no
//! `timestamptz` (times travel as milliseconds), no enum, no inet.

use rust_decimal::Decimal;
use uuid::Uuid;

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// NULL of any type.
    Null,
    /// `bool`.
    Bool(bool),
    /// `int4`.
    Int4(i32),
    /// `int8`.
    Int8(i64),
    /// `float8`.
    Float8(f64),
    /// `text`.
    Text(String),
    /// `bytea`.
    Bytes(Vec<u8>),
    /// `uuid`.
    Uuid(Uuid),
    /// `jsonb`.
    Jsonb(serde_json::Value),
    /// `numeric`.
    Numeric(Decimal),
    /// `text[]` without nulls.
    TextArray(Vec<String>),
}

macro_rules! from {
    ($($type:ty => $variant:ident),* $(,)?) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(value)
            }
        }
    )*};
}

from! {
    bool => Bool, i32 => Int4, i64 => Int8, f64 => Float8, String => Text, Vec<u8> => Bytes, Uuid => Uuid,
    serde_json::Value => Jsonb, Decimal => Numeric, Vec<String> => TextArray,
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// The parameters of a statement, in order.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        ::std::vec![$($crate::Value::from($value)),*]
    };
}

//! Rows, read by column name, with an error for whatever is not what the code expects.

use std::sync::Arc;

use rust_decimal::Decimal;
use uuid::Uuid;

use super::{DbError, Value};

/// One row.
#[derive(Clone, Debug)]
pub struct Row {
    columns: Arc<[String]>,
    values: Vec<Value>,
}

impl Row {
    /// A row of these values, in the order of the columns.
    #[must_use]
    pub fn new(columns: Arc<[String]>, values: Vec<Value>) -> Self {
        Self { columns, values }
    }

    /// The value of a column.
    ///
    /// # Errors
    /// `Decode` if there is no such column, or its type is another, or it is null and `T` is not an `Option`.
    pub fn get<T: FromValue>(&self, column: &str) -> Result<T, DbError> {
        let value = self
            .columns
            .iter()
            .position(|name| name == column)
            .and_then(|index| self.values.get(index))
            .ok_or_else(|| DbError::decode(column, "no such column"))?;
        T::from_value(value)
            .ok_or_else(|| DbError::decode(column, format!("not a {}", std::any::type_name::<T>())))
    }

    pub(super) fn into_only_text(self) -> Result<Option<String>, DbError> {
        let mut values = self.values;
        match (values.pop(), values.is_empty()) {
            (Some(Value::Text(text)), true) => Ok(Some(text)),
            (Some(Value::Null), true) => Ok(None),
            _ => Err(DbError::decode(
                "json",
                "the statement must answer one text column",
            )),
        }
    }
}

/// A type that a column can be read as.
pub trait FromValue: Sized {
    /// The value, if it is of this type.
    fn from_value(value: &Value) -> Option<Self>;
}

macro_rules! from_value {
    ($($type:ty => $variant:ident),* $(,)?) => {$(
        impl FromValue for $type {
            fn from_value(value: &Value) -> Option<Self> {
                match value {
                    Value::$variant(value) => Some(value.clone()),
                    _ => None,
                }
            }
        }
    )*};
}

from_value! {
    bool => Bool, i32 => Int4, i64 => Int8, f64 => Float8, String => Text, Vec<u8> => Bytes, Uuid => Uuid,
    serde_json::Value => Jsonb, Decimal => Numeric, Vec<String> => TextArray,
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::from_value(value).map(Some),
        }
    }
}

//! The parameters of a call: a form or a JSON object, or the query of a public one.

use std::collections::BTreeMap;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde_json::Value;

use crate::reply::{Refusal, invalid_argument};

/// No amount that a client may name is larger, so that no product of two overflows.
const LARGEST_AMOUNT: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Params(BTreeMap<String, String>);

impl Params {
    pub(crate) fn from_form(text: &[u8]) -> Self {
        Self(form_urlencoded::parse(text).into_owned().collect())
    }

    /// JSON members become what the same form would have said.
    pub(crate) fn from_json(text: &[u8]) -> Option<Self> {
        let Value::Object(members) = serde_json::from_slice(text).ok()? else {
            return None;
        };
        let text_of = |value: Value| match value {
            Value::Null => None,
            Value::String(text) => Some(text),
            other => Some(other.to_string()),
        };
        Some(Self(
            members
                .into_iter()
                .filter_map(|(name, value)| Some((name, text_of(value)?)))
                .collect(),
        ))
    }

    /// The value, if there is one that isn't empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.get(name) == Some("true")
    }

    pub(crate) fn any_starts_with(&self, prefix: &str) -> bool {
        self.0.keys().any(|name| name.starts_with(prefix))
    }

    pub(crate) fn parsed<T: FromStr>(&self, name: &str) -> Result<Option<T>, Refusal> {
        self.get(name)
            .map(|text| text.parse().map_err(|_| invalid_argument(name)))
            .transpose()
    }

    /// A positive amount.
    pub(crate) fn amount(&self, name: &str) -> Result<Option<Decimal>, Refusal> {
        self.get(name)
            .map(|text| amount(text).ok_or_else(|| invalid_argument(name)))
            .transpose()
    }
}

pub(crate) fn amount(text: &str) -> Option<Decimal> {
    // Decimal's own reader also takes exponents and underscores.
    if !text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.')
    {
        return None;
    }
    let value = Decimal::from_str(text).ok()?;
    (value > Decimal::ZERO && value <= LARGEST_AMOUNT && value.scale() <= 18).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_and_form_say_the_same() {
        let form = Params::from_form(b"nonce=1&volume=1.25&validate=true");
        let json = Params::from_json(br#"{"nonce":1,"volume":"1.25","validate":true,"none":null}"#);
        assert_eq!(Some(form), json);
        assert_eq!(Params::from_json(b"[1]"), None);
    }

    #[test]
    fn amounts_are_positive_decimals_of_a_sane_size() {
        for bad in [
            "",
            "0",
            "-1",
            "1e3",
            "NaN",
            "abc",
            "1000000001",
            "79228162514264337593543950335",
        ] {
            assert_eq!(amount(bad), None, "{bad}");
        }
        assert_eq!(amount("0.00000001"), Some(Decimal::new(1, 8)));
    }
}

//! Numbers as Kraken writes them: strings where they are money, bare where they are not, now and then the other way round.

use std::str::FromStr;

use rust_decimal::Decimal;
use serde::de::{Deserialize, Deserializer, Error};
use serde_json::value::RawValue;

/// A decimal, from a JSON string or number, never by way of a float.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Amount(pub(crate) Decimal);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = bare(deserializer)?;
        let parsed = if text.contains(['e', 'E']) {
            Decimal::from_scientific(&text)
        } else {
            Decimal::from_str(&text)
        };
        parsed
            .map(Self)
            .map_err(|_| D::Error::custom("not a decimal"))
    }
}

/// Reads an integer from a JSON string or number.
pub(crate) fn integer<'de, D, N>(deserializer: D) -> Result<Option<N>, D::Error>
where
    D: Deserializer<'de>,
    N: FromStr,
{
    let text = bare(deserializer)?;
    if text == "null" || text.is_empty() {
        return Ok(None);
    }
    text.parse()
        .map(Some)
        .map_err(|_| D::Error::custom("not an integer"))
}

/// The JSON value's text without its quotes. Numbers have no escapes, so what is between the quotes is the value.
fn bare<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    Ok(raw.get().trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_numbers_are_the_same_amount() {
        for (json, expected) in [
            (r#""1011.1908877900""#, "1011.1908877900"),
            ("25435.21", "25435.21"),
            ("0.1", "0.1"),
            ("1e-8", "0.00000001"),
            (r#""-10.0232""#, "-10.0232"),
        ] {
            let amount: Amount = serde_json::from_str(json).unwrap();
            assert_eq!(amount.0.to_string(), expected, "{json}");
        }
    }

    #[test]
    fn what_is_no_number_is_no_amount() {
        for json in [r#""""#, "null", "[]", "{}", "true", r#""1,5""#, r#""NaN""#] {
            assert!(serde_json::from_str::<Amount>(json).is_err(), "{json}");
        }
    }
}

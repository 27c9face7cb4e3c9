//! Amounts of money and of what it buys: decimal strings, never floats.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A positive amount of up to 18 digits before and 12 after the point, 28 in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Amount(Decimal);

/// The text is no such amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a positive decimal in a string, such as \"0.25\"")]
pub struct AmountError;

impl TryFrom<String> for Amount {
    type Error = AmountError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        // More digits than there is room for would be rounded otherwise.
        let amount = Decimal::from_str_exact(&text).map_err(|_| AmountError)?;
        let most = Decimal::from(1_000_000_000_000_000_000_u64);
        let amount = amount.normalize();
        if plain && amount > Decimal::ZERO && amount < most && amount.scale() <= 12 {
            Ok(Self(amount))
        } else {
            Err(AmountError)
        }
    }
}

impl From<Amount> for String {
    fn from(amount: Amount) -> Self {
        amount.0.to_string()
    }
}

impl Amount {
    /// The number.
    #[must_use]
    pub const fn get(self) -> Decimal {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_a_positive_plain_decimal() {
        for (text, good) in [
            ("0.25", true),
            ("1", true),
            ("000.10", true),
            ("999999999999999999", true),
            ("0.000000000001", true),
            ("1234567890123456.123456789012", true),
            ("123456789012345678.123456789012", false),
            ("0", false),
            ("0.0", false),
            ("-1", false),
            ("+1", false),
            ("1e3", false),
            ("1_000", false),
            ("", false),
            (".", false),
            ("1.0000000000001", false),
            ("1000000000000000000", false),
            ("NaN", false),
            ("1,5", false),
            (" 1", false),
        ] {
            assert_eq!(Amount::try_from(text.to_owned()).is_ok(), good, "{text:?}");
        }
        assert!(serde_json::from_str::<Amount>("0.1").is_err(), "a float");
    }
}

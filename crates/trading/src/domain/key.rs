//! A connected key as its owner sees it. Its secret is not in it.

use contracts::exchange::exchange as wire;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Exchanges that keys can be of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Exchange {
    /// Kraken Spot.
    Kraken,
}

/// What a key is connected for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Balances, orders and trades are read.
    Read,
    /// Orders are placed and cancelled too.
    Trade,
}

impl Mode {
    /// As it is stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Trade => "trade",
        }
    }
}

impl From<Mode> for wire::Mode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Read => Self::Read,
            Mode::Trade => Self::Trade,
        }
    }
}

/// Whether a key can be used. Anything but `active` stops what uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyStatus {
    /// Verified, and fit for its mode.
    Active,
    /// Its permissions were changed at the exchange, and it is no longer fit.
    Drift,
    /// The exchange does not accept it any more.
    Invalid,
    /// It is past its end.
    Expired,
    /// Another program uses it with higher nonces.
    NonceConflict,
    /// The exchange has locked it out for some minutes.
    Locked,
}

impl KeyStatus {
    /// As it is stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Drift => "drift",
            Self::Invalid => "invalid",
            Self::Expired => "expired",
            Self::NonceConflict => "nonce_conflict",
            Self::Locked => "locked",
        }
    }

    /// What a failed check says about the key; none where it says nothing about it.
    #[must_use]
    pub const fn after(failure: &wire::Failure) -> Option<Self> {
        match failure {
            wire::Failure::Refused(_) | wire::Failure::Denied(_) => Some(Self::Drift),
            wire::Failure::CredentialsInvalid(_)
            | wire::Failure::NotAuthentic
            | wire::Failure::Rejected(_) => Some(Self::Invalid),
            wire::Failure::NonceConflict(_) => Some(Self::NonceConflict),
            wire::Failure::LockedOut(_) => Some(Self::Locked),
            wire::Failure::RateLimited(_)
            | wire::Failure::Unreachable(_)
            | wire::Failure::UnknownOutcome(_) => None,
        }
    }
}

impl KeyStatus {
    /// What a failed call, other than a check, says about the key: a refused call says nothing about it.
    #[must_use]
    pub const fn after_call(failure: &wire::Failure) -> Option<Self> {
        match failure {
            wire::Failure::Rejected(_) => None,
            other => Self::after(other),
        }
    }
}

/// How a key's permissions were learnt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VerifiedBy {
    /// The exchange listed them.
    Info,
    /// Calls were tried that only certain permissions open.
    Probe,
}

/// Tiers of accounts at the exchange. Nothing tells which it is, so its owner says so; the lowest is assumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "Kraken's own names")]
pub enum Tier {
    Starter,
    Intermediate,
    Pro,
}

/// A connected key.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Key {
    /// Its id.
    pub id: Uuid,
    /// Where it is a key of.
    pub exchange: Exchange,
    /// What its owner calls it.
    pub label: String,
    /// The last four characters of its public part.
    pub last4: String,
    /// What it is connected for.
    pub mode: Mode,
    /// Whether it can be used.
    pub status: KeyStatus,
    /// Why not, and what its owner should do.
    pub problem: Option<String>,
    /// What it may do, by the exchange's own names, as it was at `checked_at`, fit or not.
    pub permissions: Vec<String>,
    /// What its owner should know.
    pub warnings: Vec<String>,
    /// How the permissions were learnt.
    pub verified_by: VerifiedBy,
    /// When they were last found fit, RFC 3339.
    pub verified_at: String,
    /// When they were last looked at, RFC 3339. A call that is refused for lack of one has them looked at again at once.
    pub checked_at: String,
    /// When the key's settings were last changed at the exchange, RFC 3339.
    pub modified_at: Option<String>,
    /// When the key stops working, RFC 3339.
    pub valid_until: Option<String>,
    /// Addresses that it works from; empty is all.
    pub ip_allowlist: Vec<String>,
    /// How far below the highest nonce one may be; 0 is best.
    pub nonce_window: i64,
    /// Pairs that may be traded with it; null is all.
    pub pairs: Option<Vec<String>>,
    /// Most that one order may be worth, in units of the pair's quote asset.
    pub max_order_value: Option<String>,
    /// Most that a day's orders may be worth, for each quote asset.
    pub max_daily_value: Option<String>,
    /// The currency that these two are in; while one of them is set, orders in pairs of another are refused. Null: the quote asset
    /// of each order's pair.
    pub limits_quote: Option<String>,
    /// Most orders within an hour.
    pub max_orders_per_hour: Option<i32>,
    /// The account's tier at the exchange, which decides how often it may be asked.
    pub tier: Tier,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
    /// Counts changes; part of the ETag.
    #[serde(skip_serializing)]
    #[schema(ignore)]
    pub version: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_certainty_about_the_key_changes_its_status() {
        let text = String::new;
        let refusal = wire::Refusal {
            forbidden: vec![],
            missing: vec![],
            unknown: vec![],
            advice: text(),
            permissions: vec![],
            verified_by: "info".to_owned(),
        };
        let table = [
            (wire::Failure::Refused(refusal), Some(KeyStatus::Drift)),
            (
                wire::Failure::CredentialsInvalid(text()),
                Some(KeyStatus::Invalid),
            ),
            (
                wire::Failure::NonceConflict(text()),
                Some(KeyStatus::NonceConflict),
            ),
            (wire::Failure::LockedOut(text()), Some(KeyStatus::Locked)),
            (wire::Failure::NotAuthentic, Some(KeyStatus::Invalid)),
            (wire::Failure::Rejected(text()), Some(KeyStatus::Invalid)),
            (wire::Failure::RateLimited(text()), None),
            (wire::Failure::Unreachable(text()), None),
            (wire::Failure::UnknownOutcome(text()), None),
            (wire::Failure::Denied(text()), Some(KeyStatus::Drift)),
        ];
        for (failure, status) in table {
            assert_eq!(KeyStatus::after(&failure), status, "{failure:?}");
        }
    }

    #[test]
    fn names_are_those_of_the_wire() {
        for status in [
            KeyStatus::Active,
            KeyStatus::Drift,
            KeyStatus::Invalid,
            KeyStatus::Expired,
            KeyStatus::NonceConflict,
            KeyStatus::Locked,
        ] {
            assert_eq!(serde_json::to_value(status).unwrap(), status.name());
        }
        for mode in [Mode::Read, Mode::Trade] {
            assert_eq!(serde_json::to_value(mode).unwrap(), mode.name());
        }
    }
}

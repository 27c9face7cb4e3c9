//! From our types to those of the contract `spindle:exchange`.

use contracts::exchange::exchange as wire;

use crate::balance::Balance;
use crate::failure::Failure;
use crate::permission::{Permission, PermissionReview};
use crate::ticker::Ticker;

impl From<PermissionReview> for wire::Refusal {
    fn from(review: PermissionReview) -> Self {
        let names = |permissions: &[Permission]| {
            permissions
                .iter()
                .map(|permission| permission.name().to_owned())
                .collect()
        };
        Self {
            forbidden: names(&review.forbidden),
            missing: names(&review.missing),
            advice: review.advice(),
            unknown: review.unknown,
        }
    }
}

impl From<Failure> for wire::Failure {
    fn from(failure: Failure) -> Self {
        let text = failure.to_string();
        match failure {
            Failure::Refused(review) => Self::Refused(review.into()),
            Failure::CredentialsInvalid { .. } | Failure::Expired => Self::CredentialsInvalid(text),
            Failure::NonceConflict => Self::NonceConflict(text),
            Failure::LockedOut => Self::LockedOut(text),
            Failure::RateLimited => Self::RateLimited(text),
            Failure::Unreachable { .. } => Self::Unreachable(text),
            Failure::Rejected { .. } => Self::Rejected(text),
        }
    }
}

impl From<Balance> for wire::Balance {
    fn from(balance: Balance) -> Self {
        Self {
            total: balance.total.to_string(),
            held: balance.held.to_string(),
            asset: balance.asset,
        }
    }
}

impl From<Ticker> for wire::Ticker {
    fn from(ticker: Ticker) -> Self {
        Self {
            bid: ticker.bid.to_string(),
            ask: ticker.ask.to_string(),
            last: ticker.last.to_string(),
            volume_24h: ticker.volume_24h.to_string(),
            pair: ticker.pair,
        }
    }
}

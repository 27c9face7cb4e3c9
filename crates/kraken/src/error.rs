//! Kraken's error strings and what they mean for the caller.

use std::fmt;

/// What an error means. Each row of the table in the tests decides one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// Key or signature is not accepted. Never retried: bad keys in a row lock the caller out.
    CredentialsInvalid,
    /// The nonce is not above the last one: another program uses the key, or calls overtook each other.
    Nonce,
    /// The key may not do this.
    Permission,
    /// The key is locked out; any call for it waits at least 15 minutes.
    Lockout,
    /// Too many calls with this key; wait 5 to 15 seconds, or as long as [`KrakenError::retry_at`] says.
    RateLimited,
    /// Too many orders on this pair.
    EngineRate,
    /// The order itself was refused: it does not exist and sending it again changes nothing.
    OrderRejected,
    /// The call is wrong or not offered: a fault of ours.
    Unsupported,
    /// Kraken is down or could not be reached. Reads may be repeated; whether a write was carried out is unknown.
    VenueDown,
    /// The market, or the account's trading, is not open for this now.
    MarketState,
    /// No such asset or pair.
    BadPair,
    /// Kraken wants something of the account's owner.
    Account,
    /// An answer to funding calls only: whoever gets it has the permission.
    Funding,
    /// Not in the table. Nothing may be concluded.
    Unrecognised,
}

/// One string of `error`: `<E|W><Category>:<Message>[:detail]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KrakenError(String);

impl KrakenError {
    pub(crate) const fn new(text: String) -> Self {
        Self(text)
    }

    /// A warning comes with a result that stands.
    #[must_use]
    pub fn is_warning(&self) -> bool {
        self.0.starts_with('W')
    }

    /// What it means.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        use ErrorClass as C;
        let mut parts = self
            .0
            .get(1..)
            .unwrap_or_default()
            .split(':')
            .map(str::trim);
        let (category, message) = (
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        );
        match (category, message) {
            ("API", "Invalid key" | "Invalid signature") => C::CredentialsInvalid,
            ("API", "Invalid nonce") => C::Nonce,
            ("General", "Permission denied") => C::Permission,
            ("General", "Temporary lockout") => C::Lockout,
            ("API", "Rate limit exceeded")
            | ("Service", "Throttled")
            | ("General", "Too many requests") => C::RateLimited,
            ("Order", "Rate limit exceeded" | "Domain rate limit exceeded") => C::EngineRate,
            ("Order", _) => C::OrderRejected,
            ("General", "Invalid arguments" | "Unknown method")
            | ("API", "Bad request" | "Feature disabled") => C::Unsupported,
            ("Service", "Unavailable" | "Busy") | ("General" | "Database", "Internal error") => {
                C::VenueDown
            }
            ("Service", "Deadline elapsed") | ("Trade", "User Locked" | "Locked") => C::MarketState,
            ("Service", text) if text.starts_with("Market in ") => C::MarketState,
            ("Query", "Unknown asset" | "Unknown asset pair" | "Invalid asset pair") => C::BadPair,
            ("Auth" | "Account" | "BM", _) => C::Account,
            ("Funding", _) => C::Funding,
            _ => C::Unrecognised,
        }
    }

    /// Whether Kraken does not offer the method at all.
    #[must_use]
    pub fn is_unknown_method(&self) -> bool {
        self.0.starts_with("EGeneral:Unknown method")
    }

    /// When a throttled caller may come back, seconds since the Unix epoch, if it says so.
    #[must_use]
    pub fn retry_at(&self) -> Option<i64> {
        let (_, time) = self.0.split_once("Throttled:")?;
        time.trim().trim_matches(['[', ']']).parse().ok()
    }
}

impl fmt::Display for KrakenError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ErrorClass as C;

    #[test]
    fn every_known_string_has_its_class() {
        let table = [
            ("EAPI:Invalid key", C::CredentialsInvalid),
            ("EAPI:Invalid signature", C::CredentialsInvalid),
            ("EAPI:Invalid nonce", C::Nonce),
            ("EGeneral:Permission denied", C::Permission),
            ("EGeneral:Temporary lockout", C::Lockout),
            ("EAPI:Rate limit exceeded", C::RateLimited),
            ("EService: Throttled: 1700000000", C::RateLimited),
            ("EGeneral:Too many requests", C::RateLimited),
            ("EOrder:Rate limit exceeded", C::EngineRate),
            ("EOrder:Domain rate limit exceeded", C::EngineRate),
            ("EOrder:Insufficient funds", C::OrderRejected),
            ("EOrder:Order minimum not met", C::OrderRejected),
            ("EOrder:Cost minimum not met", C::OrderRejected),
            ("EOrder:Tick size check failed", C::OrderRejected),
            (
                "EOrder:Invalid price:XXBTZUSD price can only be specified up to 1 decimals.",
                C::OrderRejected,
            ),
            ("EOrder:Orders limit exceeded", C::OrderRejected),
            ("EOrder:Scheduled orders limit exceeded", C::OrderRejected),
            ("EOrder:Unknown order", C::OrderRejected),
            ("EOrder:Invalid order", C::OrderRejected),
            ("EOrder:Reduce only:No position exists", C::OrderRejected),
            ("EGeneral:Invalid arguments", C::Unsupported),
            ("EGeneral:Invalid arguments:volume", C::Unsupported),
            ("EGeneral:Unknown method", C::Unsupported),
            ("EAPI:Bad request", C::Unsupported),
            ("EAPI:Feature disabled", C::Unsupported),
            ("EService:Unavailable", C::VenueDown),
            ("EService:Busy", C::VenueDown),
            ("EGeneral:Internal error", C::VenueDown),
            ("EGeneral:Internal error:1a2b", C::VenueDown),
            ("EDatabase:Internal error", C::VenueDown),
            ("EService:Market in cancel_only mode", C::MarketState),
            ("EService:Market in post_only mode", C::MarketState),
            ("EService:Market in limit_only mode", C::MarketState),
            ("EService:Deadline elapsed", C::MarketState),
            ("ETrade:User Locked", C::MarketState),
            ("ETrade:Locked", C::MarketState),
            ("EQuery:Unknown asset", C::BadPair),
            ("EQuery:Unknown asset pair", C::BadPair),
            ("EQuery:Invalid asset pair", C::BadPair),
            ("EAuth:Account temporary disabled", C::Account),
            ("EAuth:Account unconfirmed", C::Account),
            ("EAuth:Rate limit exceeded", C::Account),
            ("EAuth:Too many requests", C::Account),
            (
                "EAccount:Invalid permissions:XBT trading restricted",
                C::Account,
            ),
            ("EBM:limit exceeded:CAL", C::Account),
            ("EFunding:Unknown withdraw key", C::Funding),
            ("EFunding:Max fee exceeded", C::Funding),
            ("EFunding:No funding method", C::Funding),
            ("EFunding:Unknown reference id", C::Funding),
            ("ESomething:New", C::Unrecognised),
            ("EGeneral:Something new", C::Unrecognised),
            ("EService:Something new", C::Unrecognised),
            ("", C::Unrecognised),
            ("é", C::Unrecognised),
            (":::", C::Unrecognised),
        ];
        for (text, class) in table {
            assert_eq!(KrakenError::new(text.to_owned()).class(), class, "{text}");
        }
    }

    #[test]
    fn a_throttled_caller_learns_when_to_come_back() {
        let at = |text: &str| KrakenError::new(text.to_owned()).retry_at();
        assert_eq!(at("EService: Throttled: 1700000000"), Some(1_700_000_000));
        assert_eq!(at("EService: Throttled: [1700000000]"), Some(1_700_000_000));
        assert_eq!(at("EAPI:Rate limit exceeded"), None);
    }
}

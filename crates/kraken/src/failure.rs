//! Why a key is not accepted, or a call for it failed, in words for its owner.

use crate::error::ErrorClass;
use crate::permission::PermissionReview;
use crate::response::CallError;

/// The failure of a piece of work. Its text is for the key's owner and says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The key may do too much or too little.
    #[error("{}", .0.advice())]
    Refused(PermissionReview),
    /// Kraken does not accept key or signature.
    #[error(
        "Kraken does not accept this key: {said}. Check that key and secret were copied whole, that the key still exists, \
         that it needs no one-time password, and, if it works from certain addresses only, that ours is among them."
    )]
    CredentialsInvalid {
        /// Kraken's own words.
        said: String,
    },
    /// The key has an end, and it is past.
    #[error("This key has expired. Create a new one at Kraken and connect that.")]
    Expired,
    /// Another program uses the key.
    #[error(
        "Another program uses this key with higher nonces, and Kraken lets no program go back. Create a key for Spindle \
         alone, leave its nonce window at 0, and connect that one."
    )]
    NonceConflict,
    /// Kraken has locked the key out.
    #[error(
        "Kraken has locked this key out after too many failed calls. Try again in a quarter of an hour."
    )]
    LockedOut,
    /// Kraken wants fewer requests.
    #[error("Kraken wants fewer requests for this key at the moment. Try again in a minute.")]
    RateLimited,
    /// Nothing is known about the key.
    #[error(
        "Kraken cannot be reached or gave no usable answer: {cause}. Nothing is known about the key; try again later."
    )]
    Unreachable {
        /// For the log, and harmless to show.
        cause: String,
    },
    /// The key lacks a permission.
    #[error("The key may not do this: Kraken answered {said}.")]
    Denied {
        /// Kraken's own words.
        said: String,
    },
    /// A write was sent, and whether it was carried out is not known.
    #[error("Whether this was carried out is not known yet: {cause}.")]
    UnknownOutcome {
        /// For the log, and harmless to show.
        cause: String,
    },
    /// Kraken refused the call itself.
    #[error("Kraken answered {said}.")]
    Rejected {
        /// Kraken's own words.
        said: String,
    },
}

impl Failure {
    /// What the failure of a write means: reads are simply tried again, a write may have been carried out.
    #[must_use]
    pub fn of_write(error: CallError) -> Self {
        if error.outcome_is_unknown() {
            Self::UnknownOutcome {
                cause: error.to_string(),
            }
        } else {
            Self::from(error)
        }
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        use ErrorClass as C;
        let said = |error: &CallError| match error {
            CallError::Kraken(text) => text.to_string(),
            other => other.to_string(),
        };
        match error.class() {
            C::CredentialsInvalid => Self::CredentialsInvalid { said: said(&error) },
            C::Nonce => Self::NonceConflict,
            C::Lockout => Self::LockedOut,
            C::RateLimited | C::EngineRate => Self::RateLimited,
            C::VenueDown => Self::Unreachable {
                cause: said(&error),
            },
            C::Unrecognised if matches!(error, CallError::Unreadable) => Self::Unreachable {
                cause: said(&error),
            },
            C::Permission => Self::Denied { said: said(&error) },
            C::OrderRejected
            | C::Unsupported
            | C::MarketState
            | C::BadPair
            | C::Account
            | C::Funding
            | C::Unrecognised => Self::Rejected { said: said(&error) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::KrakenError;

    #[test]
    fn every_call_error_becomes_the_failure_that_tells_what_to_do() {
        let kraken =
            |text: &str| Failure::from(CallError::Kraken(KrakenError::new(text.to_owned())));
        let said = |text: &str| text.to_owned();
        assert_eq!(
            kraken("EAPI:Invalid key"),
            Failure::CredentialsInvalid {
                said: said("EAPI:Invalid key")
            }
        );
        assert_eq!(kraken("EAPI:Invalid nonce"), Failure::NonceConflict);
        assert_eq!(kraken("EGeneral:Temporary lockout"), Failure::LockedOut);
        assert_eq!(kraken("EAPI:Rate limit exceeded"), Failure::RateLimited);
        assert_eq!(
            kraken("EService:Busy"),
            Failure::Unreachable {
                cause: said("EService:Busy")
            }
        );
        assert_eq!(
            kraken("EAuth:Account unconfirmed"),
            Failure::Rejected {
                said: said("EAuth:Account unconfirmed")
            }
        );
        assert_eq!(
            kraken("EGeneral:Permission denied"),
            Failure::Denied {
                said: said("EGeneral:Permission denied")
            }
        );
        assert_eq!(
            kraken("ENew:Thing"),
            Failure::Rejected {
                said: said("ENew:Thing")
            }
        );
        assert!(matches!(
            Failure::from(CallError::Status(502)),
            Failure::Unreachable { .. }
        ));
        assert!(matches!(
            Failure::from(CallError::Status(429)),
            Failure::RateLimited
        ));
        assert!(matches!(
            Failure::from(CallError::Unreadable),
            Failure::Unreachable { .. }
        ));
        for lost in [CallError::Status(502), CallError::Unreadable] {
            assert!(matches!(
                Failure::of_write(lost),
                Failure::UnknownOutcome { .. }
            ));
        }
        assert!(matches!(
            Failure::of_write(CallError::Status(429)),
            Failure::RateLimited
        ));
    }
}

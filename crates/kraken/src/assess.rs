//! What may this key do? Asked before a key is stored and again while it is in use. At most four calls, none of which can
//! change anything at the exchange, and whatever is not certain is refused.

use std::fmt;

use serde::de::IgnoredAny;

use crate::client::Client;
use crate::credentials::{AccountNumber, Credentials};
use crate::endpoint::{PrivateEndpoint, Probe, Signed};
use crate::error::ErrorClass;
use crate::failure::Failure;
use crate::key_info::ApiKeyInfo;
use crate::nonce::{Nonce, Nonces};
use crate::permission::{Mode, Permission, PermissionReview, VerifiedBy};
use crate::response::CallError;
use crate::transport::Transport;

/// What is known about an accepted key.
#[derive(Debug, Clone)]
pub struct KeyReport {
    /// What it may do; after probes, only what those showed.
    pub permissions: Vec<Permission>,
    /// What its owner should know.
    pub warnings: Vec<Warning>,
    /// How the permissions were learnt.
    pub verified_by: VerifiedBy,
    /// The account that it belongs to.
    pub account: Option<AccountNumber>,
    /// When its settings were last changed, seconds since the Unix epoch.
    pub modified_at: Option<i64>,
    /// When it stops working, seconds since the Unix epoch.
    pub valid_until: Option<i64>,
    /// Addresses from which it works; empty is all.
    pub ip_allowlist: Vec<String>,
    /// How far below the highest nonce one may be; 0 is best.
    pub nonce_window: u64,
    /// The highest nonce that was used here.
    pub last_nonce: Nonce,
}

/// What an owner should know about an accepted key. The texts are for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// A permission that the mode does not need.
    Surplus(Permission),
    /// The key works from anywhere.
    NoIpAllowlist,
    /// Late calls are accepted, so an old order could be carried out after a newer one.
    NonceWindow(u64),
    /// Probes cannot tell whether the key has these.
    NotShown(Vec<Permission>),
}

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Surplus(permission @ Permission::EarnFunds) => {
                write!(formatter, "{permission} is not needed and can lock funds into products; better untick it.")
            }
            Self::Surplus(permission) => write!(formatter, "{permission} is more than needed; better untick it."),
            Self::NoIpAllowlist => {
                formatter.write_str("The key works from any address; Kraken can restrict it to the address of this service.")
            }
            Self::NonceWindow(window) => {
                write!(formatter, "The nonce window is {window}; with 0, calls cannot be carried out late or twice.")
            }
            Self::NotShown(permissions) => {
                let boxes: Vec<String> = permissions.iter().map(ToString::to_string).collect();
                write!(formatter, "Kraken did not list the key's permissions; make sure that it has {}, ", boxes.join(", "))?;
                formatter.write_str("and none that concerns withdrawal addresses.")
            }
        }
    }
}

/// Assesses the key for the mode. `first` is the first of up to four nonces, counted up; `now` is in seconds since the
/// Unix epoch.
///
/// # Errors
/// [`Failure`]: anything but certainty that the key may do what the mode needs, and cannot move funds out.
pub async fn assess<T: Transport>(
    client: &Client<T>,
    credentials: &Credentials,
    mode: Mode,
    first: Nonce,
    now: i64,
) -> Result<KeyReport, Failure> {
    let mut asking = Asking {
        client,
        credentials,
        nonces: Nonces::starting_at(first),
    };
    let info = match asking
        .ask::<ApiKeyInfo>(Signed::Call(PrivateEndpoint::GetApiKeyInfo))
        .await
    {
        Ok(info) => Some(info),
        Err(CallError::Kraken(error)) if error.is_unknown_method() => None,
        Err(error) => return Err(error.into()),
    };
    let report = match info
        .as_ref()
        .and_then(|info| Some((info, info.permissions.as_deref()?)))
    {
        Some((info, permissions)) => by_info(info, permissions, credentials, mode, now)?,
        None => asking.by_probes(mode).await?,
    };
    Ok(KeyReport {
        last_nonce: asking.nonces.last().unwrap_or(first),
        ..report
    })
}

/// The exchange listed the permissions.
fn by_info(
    info: &ApiKeyInfo,
    permissions: &[String],
    credentials: &Credentials,
    mode: Mode,
    now: i64,
) -> Result<KeyReport, Failure> {
    if info
        .api_key
        .as_deref()
        .is_some_and(|key| key != credentials.key.expose())
    {
        return Err(Failure::Unreachable {
            cause: "the answer is about another key".to_owned(),
        });
    }
    let review = PermissionReview::of(permissions, mode);
    if !review.is_acceptable() {
        return Err(Failure::Refused(review));
    }
    let valid_until = info.expires_at();
    if valid_until.is_some_and(|end| end <= now) {
        return Err(Failure::Expired);
    }
    let nonce_window = info.nonce_window.unwrap_or_default();
    let mut warnings: Vec<Warning> = review
        .surplus
        .iter()
        .copied()
        .map(Warning::Surplus)
        .collect();
    if info.ip_allowlist().is_empty() {
        warnings.push(Warning::NoIpAllowlist);
    }
    if nonce_window > 0 {
        warnings.push(Warning::NonceWindow(nonce_window));
    }
    Ok(KeyReport {
        permissions: review.held,
        warnings,
        verified_by: VerifiedBy::Info,
        account: info.account(),
        modified_at: info.modified_time,
        valid_until,
        ip_allowlist: info.ip_allowlist().to_vec(),
        nonce_window,
        last_nonce: Nonce::from(0),
    })
}

struct Asking<'a, T> {
    client: &'a Client<T>,
    credentials: &'a Credentials,
    nonces: Nonces,
}

/// What a probe shows.
enum Shown {
    Has,
    Lacks,
}

impl<T: Transport> Asking<'_, T> {
    async fn ask<R: serde::de::DeserializeOwned>(&mut self, call: Signed) -> Result<R, CallError> {
        self.client
            .signed(call, self.credentials, self.nonces.take())
            .await
    }

    /// Only a definite "permission denied" shows that one is lacking.
    async fn probe(
        &mut self,
        call: Signed,
        also_has: Option<ErrorClass>,
    ) -> Result<Shown, Failure> {
        match self.ask::<IgnoredAny>(call).await {
            Ok(_) => Ok(Shown::Has),
            Err(error) if error.class() == ErrorClass::Permission => Ok(Shown::Lacks),
            Err(error) if Some(error.class()) == also_has => Ok(Shown::Has),
            Err(error) => Err(error.into()),
        }
    }

    /// The exchange did not list the permissions. The order matters: `WithdrawMethods` is denied to a key that may
    /// withdraw but not query funds, so its denial counts only after `Balance` has succeeded.
    async fn by_probes(&mut self, mode: Mode) -> Result<KeyReport, Failure> {
        use Permission as P;
        if let Shown::Lacks = self
            .probe(Signed::Call(PrivateEndpoint::Balance), None)
            .await?
        {
            return Err(Failure::Refused(PermissionReview::lacks(
                &[],
                P::QueryFunds,
            )));
        }
        let withdrawals = Signed::Probe(Probe::WithdrawMethods);
        if let Shown::Has = self.probe(withdrawals, Some(ErrorClass::Funding)).await? {
            return Err(Failure::Refused(PermissionReview::forbids(
                &[P::QueryFunds],
                P::WithdrawFunds,
            )));
        }
        let (probe, also_has, wanted, not_shown) = match mode {
            Mode::Read => (
                Probe::OpenOrders,
                None,
                P::QueryOpenTrades,
                vec![P::QueryClosedTrades],
            ),
            Mode::Trade => (
                Probe::ValidateOrder,
                Some(ErrorClass::OrderRejected),
                P::ModifyTrades,
                vec![P::QueryOpenTrades, P::QueryClosedTrades, P::CloseTrades],
            ),
        };
        if let Shown::Lacks = self.probe(Signed::Probe(probe), also_has).await? {
            return Err(Failure::Refused(PermissionReview::lacks(
                &[P::QueryFunds],
                wanted,
            )));
        }
        Ok(KeyReport {
            permissions: vec![P::QueryFunds, wanted],
            warnings: vec![Warning::NotShown(not_shown)],
            verified_by: VerifiedBy::Probe,
            account: None,
            modified_at: None,
            valid_until: None,
            ip_allowlist: Vec::new(),
            nonce_window: 0,
            last_nonce: Nonce::from(0),
        })
    }
}

//! What the private `kraken` component does with one request of the contract `spindle:exchange`: it alone sees a secret in
//! plain text, and lets none of it out but sealed.

use contracts::exchange::exchange as wire;
use zeroize::Zeroizing;

use crate::assess::{KeyReport, assess};
use crate::client::Client;
use crate::credentials::{ApiKey, ApiSecret, Credentials};
use crate::failure::Failure;
use crate::keyring::{Keyring, Place};
use crate::nonce::Nonce;
use crate::permission::Mode;
use crate::transport::Transport;

const KEY: &str = "exchange-key";
const SECRET: &str = "exchange-secret";
/// Pairs of one `tickers` call; more would not fit into an address that proxies accept.
const MOST_PAIRS: usize = 100;

/// Answers requests of the contract.
pub struct Service<T, K> {
    client: Client<T>,
    keyring: K,
}

impl<T: Transport, K: Keyring> Service<T, K> {
    /// A service that reaches the exchange by `client` and seals with `keyring`.
    pub const fn new(client: Client<T>, keyring: K) -> Self {
        Self { client, keyring }
    }

    /// Carries out one request. `now` is in seconds since the Unix epoch.
    ///
    /// # Errors
    /// [`wire::Failure`], in words for the key's owner; none holds a secret.
    pub async fn call(
        &self,
        request: wire::Request,
        now: i64,
    ) -> Result<wire::Response, wire::Failure> {
        match request {
            wire::Request::Connect(connect) => self
                .connect(connect, now)
                .await
                .map(wire::Response::Connected),
            wire::Request::Check(check) => {
                let credentials = self.open(&check)?;
                let nonce = Nonce::from(check.nonce);
                let report =
                    assess(&self.client, &credentials, mode_of(check.mode), nonce, now).await?;
                Ok(wire::Response::Checked(self.report(&report)))
            }
            wire::Request::Balances(check) => {
                let credentials = self.open(&check)?;
                let balances = self
                    .client
                    .balances(&credentials, Nonce::from(check.nonce))
                    .await
                    .map_err(Failure::from)?;
                Ok(wire::Response::Balances(
                    balances.into_iter().map(Into::into).collect(),
                ))
            }
            wire::Request::Tickers(pairs) => {
                if pairs.len() > MOST_PAIRS {
                    return Err(wire::Failure::Rejected(format!(
                        "At most {MOST_PAIRS} pairs at once."
                    )));
                }
                let pairs: Vec<&str> = pairs.iter().map(String::as_str).collect();
                let tickers = self.client.tickers(&pairs).await.map_err(Failure::from)?;
                Ok(wire::Response::Tickers(
                    tickers.into_iter().map(Into::into).collect(),
                ))
            }
        }
    }

    /// Assess first: what is not accepted is never sealed.
    async fn connect(
        &self,
        connect: wire::Connect,
        now: i64,
    ) -> Result<wire::Connected, wire::Failure> {
        let key = Zeroizing::new(connect.credentials.api_key);
        let secret = Zeroizing::new(connect.credentials.api_secret);
        let credentials = Credentials::parse(&key, &secret)
            .map_err(|error| wire::Failure::CredentialsInvalid(error.to_string()))?;
        let mode = mode_of(connect.mode);
        let first = Nonce::from(connect.nonce);
        let report = assess(&self.client, &credentials, mode, first, now).await?;
        Ok(wire::Connected {
            report: self.report(&report),
            sealed_key: self.seal(KEY, &connect.binding, credentials.key.expose())?,
            sealed_secret: self.seal(SECRET, &connect.binding, credentials.secret.expose())?,
            last4: credentials.key.last4().to_owned(),
            fingerprint: credentials.key.fingerprint(&self.pepper()),
        })
    }

    /// The account's number becomes a fingerprint here; the number itself goes nowhere.
    fn report(&self, report: &KeyReport) -> wire::KeyReport {
        wire::KeyReport {
            permissions: report
                .permissions
                .iter()
                .map(|permission| permission.name().to_owned())
                .collect(),
            warnings: report.warnings.iter().map(ToString::to_string).collect(),
            verified_by: report.verified_by.name().to_owned(),
            account_fingerprint: report
                .account
                .as_ref()
                .map(|account| account.fingerprint(&self.pepper())),
            modified_at: report.modified_at,
            valid_until: report.valid_until,
            ip_allowlist: report.ip_allowlist.clone(),
            nonce_window: report.nonce_window,
            last_nonce: report.last_nonce.get(),
        }
    }

    fn seal(
        &self,
        purpose: &'static str,
        binding: &wire::KeyBinding,
        text: &str,
    ) -> Result<String, wire::Failure> {
        // An owner cannot do anything about a keyring that fails, and nothing of the key is known to be wrong.
        self.keyring
            .seal(place(purpose, binding), text.as_bytes())
            .map_err(|error| wire::Failure::Unreachable(error.to_string()))
    }

    fn open(&self, check: &wire::Check) -> Result<Credentials, wire::Failure> {
        let text = |purpose, envelope: &str| {
            let bytes = self
                .keyring
                .open(place(purpose, &check.binding), envelope)
                .map_err(|_| wire::Failure::NotAuthentic)?;
            std::str::from_utf8(&bytes)
                .map(|text| Zeroizing::new(text.to_owned()))
                .map_err(|_| wire::Failure::NotAuthentic)
        };
        let key = text(KEY, &check.sealed_key)?;
        let secret = text(SECRET, &check.sealed_secret)?;
        Ok(Credentials {
            key: ApiKey::parse(&key).map_err(|_| wire::Failure::NotAuthentic)?,
            secret: ApiSecret::parse(&secret).map_err(|_| wire::Failure::NotAuthentic)?,
        })
    }

    fn pepper(&self) -> Zeroizing<Vec<u8>> {
        self.keyring.derive("exchange-fingerprint")
    }
}

fn place<'a>(purpose: &'static str, binding: &'a wire::KeyBinding) -> Place<'a> {
    Place {
        purpose,
        owner: &binding.owner,
        row: &binding.key_id,
    }
}

const fn mode_of(mode: wire::Mode) -> Mode {
    match mode {
        wire::Mode::Read => Mode::Read,
        wire::Mode::Trade => Mode::Trade,
    }
}

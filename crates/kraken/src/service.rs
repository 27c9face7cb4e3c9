//! What the private `kraken` component does with one request of the contract `spindle:exchange`: it alone sees a secret in
//! plain text, and lets none of it out but sealed.

use std::str::FromStr;

use contracts::exchange::exchange as wire;
use rust_decimal::Decimal;
use zeroize::Zeroizing;

use crate::assess::{KeyReport, assess};
use crate::client::{Client, Part};
use crate::credentials::{ApiKey, ApiSecret, Credentials};
use crate::failure::Failure;
use crate::keyring::{Keyring, Place};
use crate::nonce::{Nonce, Nonces};
use crate::order::{NewOrder, Order};
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
                let credentials =
                    self.open(&check.binding, &check.sealed_key, &check.sealed_secret)?;
                let nonce = Nonce::from(check.nonce);
                let report =
                    assess(&self.client, &credentials, mode_of(check.mode), nonce, now).await?;
                Ok(wire::Response::Checked(self.report(&report)))
            }
            wire::Request::Rewrap(check) => Ok(wire::Response::Rewrapped(wire::Rewrapped {
                sealed_key: self.rewrap(KEY, &check.binding, &check.sealed_key)?,
                sealed_secret: self.rewrap(SECRET, &check.binding, &check.sealed_secret)?,
            })),
            wire::Request::Place(placement) => self.place(placement).await,
            wire::Request::Cancel(cancellation) => {
                let (credentials, nonce) = self.authority(&cancellation.authority)?;
                let cancelled = self
                    .client
                    .cancel_order(&credentials, nonce, &cancellation.client_id)
                    .await
                    .map_err(Failure::of_write)?;
                Ok(wire::Response::Cancelled(cancelled))
            }
            wire::Request::Balances(authority) => {
                let (credentials, nonce) = self.authority(&authority)?;
                let balances = self
                    .client
                    .balances(&credentials, nonce)
                    .await
                    .map_err(Failure::from)?;
                Ok(wire::Response::Balances(
                    balances.into_iter().map(Into::into).collect(),
                ))
            }
            wire::Request::FindOrder(query) => self.find_order(query).await,
            wire::Request::OpenOrders(authority) => {
                let (credentials, nonce) = self.authority(&authority)?;
                let orders = self
                    .client
                    .open_orders(&credentials, nonce, None)
                    .await
                    .map_err(Failure::from)?;
                Ok(orders_of(orders))
            }
            wire::Request::ClosedOrders(history) => {
                let (credentials, nonce) = self.authority(&history.authority)?;
                let orders = self
                    .client
                    .closed_orders(&credentials, nonce, &part(&history), None)
                    .await
                    .map_err(Failure::from)?;
                Ok(orders_of(orders))
            }
            wire::Request::Trades(history) => {
                let (credentials, nonce) = self.authority(&history.authority)?;
                let trades = self
                    .client
                    .trades(&credentials, nonce, &part(&history))
                    .await
                    .map_err(Failure::from)?;
                Ok(wire::Response::Trades(
                    trades.into_iter().map(Into::into).collect(),
                ))
            }
            wire::Request::Pairs => {
                let pairs = self.client.pairs().await.map_err(Failure::from)?;
                Ok(wire::Response::Pairs(
                    pairs.into_iter().map(Into::into).collect(),
                ))
            }
            wire::Request::Candles(query) => {
                let candles = self
                    .client
                    .candles(&query.pair, query.interval, query.since)
                    .await
                    .map_err(Failure::from)?;
                Ok(wire::Response::Candles(
                    candles.into_iter().map(Into::into).collect(),
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

    /// Sends an order once.
    async fn place(&self, placement: wire::Placement) -> Result<wire::Response, wire::Failure> {
        let amount = |text: &str| {
            Decimal::from_str(text)
                .map_err(|_| wire::Failure::Rejected(format!("{text} is no amount.")))
        };
        let (credentials, nonce) = self.authority(&placement.authority)?;
        let order = NewOrder {
            client_id: &placement.client_id,
            pair: &placement.pair,
            side: placement.side.into(),
            volume: amount(&placement.volume)?,
            limit_price: placement.limit_price.as_deref().map(amount).transpose()?,
            post_only: placement.post_only,
            deadline: &placement.deadline,
        };
        let (txid, description) = self
            .client
            .add_order(&credentials, nonce, &order)
            .await
            .map_err(Failure::of_write)?;
        Ok(wire::Response::Placed(wire::Placed { txid, description }))
    }

    /// Looks among open orders, then among closed ones: it may end between the two calls, but not come back.
    async fn find_order(&self, query: wire::OrderQuery) -> Result<wire::Response, wire::Failure> {
        let (credentials, first) = self.authority(&query.authority)?;
        let mut nonces = Nonces::starting_at(first);
        let wanted = Some(query.client_id.as_str());
        let is_it = |order: &Order| order.client_id.as_deref() == wanted;
        let open = self
            .client
            .open_orders(&credentials, nonces.take(), wanted)
            .await
            .map_err(Failure::from)?;
        let found = match open.into_iter().find(is_it) {
            Some(order) => Some(order),
            None => {
                let since = Part {
                    start: Some(query.since),
                    ..Part::default()
                };
                self.client
                    .closed_orders(&credentials, nonces.take(), &since, wanted)
                    .await
                    .map_err(Failure::from)?
                    .into_iter()
                    .find(is_it)
            }
        };
        Ok(wire::Response::Order(found.map(Into::into)))
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

    fn rewrap(
        &self,
        purpose: &'static str,
        binding: &wire::KeyBinding,
        envelope: &str,
    ) -> Result<String, wire::Failure> {
        self.keyring
            .rewrap(place(purpose, binding), envelope)
            .map_err(|_| wire::Failure::NotAuthentic)
    }

    fn authority(
        &self,
        authority: &wire::Authority,
    ) -> Result<(Credentials, Nonce), wire::Failure> {
        let credentials = self.open(
            &authority.binding,
            &authority.sealed_key,
            &authority.sealed_secret,
        )?;
        Ok((credentials, Nonce::from(authority.nonce)))
    }

    fn open(
        &self,
        binding: &wire::KeyBinding,
        sealed_key: &str,
        sealed_secret: &str,
    ) -> Result<Credentials, wire::Failure> {
        let text = |purpose, envelope: &str| {
            let bytes = self
                .keyring
                .open(place(purpose, binding), envelope)
                .map_err(|_| wire::Failure::NotAuthentic)?;
            std::str::from_utf8(&bytes)
                .map(|text| Zeroizing::new(text.to_owned()))
                .map_err(|_| wire::Failure::NotAuthentic)
        };
        let key = text(KEY, sealed_key)?;
        let secret = text(SECRET, sealed_secret)?;
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

fn part(history: &wire::History) -> Part {
    Part {
        start: history.start,
        end: history.end,
        offset: history.offset,
    }
}

fn orders_of(orders: Vec<Order>) -> wire::Response {
    wire::Response::Orders(orders.into_iter().map(Into::into).collect())
}

const fn mode_of(mode: wire::Mode) -> Mode {
    match mode {
        wire::Mode::Read => Mode::Read,
        wire::Mode::Trade => Mode::Trade,
    }
}

//! Builds, signs and sends calls. One call is one request: nothing here repeats any.

use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, USER_AGENT};
use http::{Method, Request};
use serde::de::DeserializeOwned;

use crate::balance::{self, Balance};
use crate::base_url::BaseUrl;
use crate::candle::{self, Candle};
use crate::credentials::Credentials;
use crate::endpoint::{PrivateEndpoint, PublicEndpoint, Signed};
use crate::key_info::ApiKeyInfo;
use crate::nonce::Nonce;
use crate::order::{
    Cancelled, ClosedOrders, NewOrder, OpenOrders, Order, Placed, Trade, TradesHistory,
};
use crate::pair::{self, Pair};
use crate::response::{CallError, read};
use crate::signature::api_sign;
use crate::ticker::{self, Ticker};
use crate::transport::{HttpCall, Transport, TransportError};

const API_KEY: HeaderName = HeaderName::from_static("api-key");
const API_SIGN: HeaderName = HeaderName::from_static("api-sign");
const AGENT: &str = concat!("spindle/", env!("CARGO_PKG_VERSION"));

/// A part of an account's history.
#[derive(Debug, Clone, Copy, Default)]
pub struct Part {
    /// Excluded, seconds since the Unix epoch.
    pub start: Option<i64>,
    /// Included, seconds since the Unix epoch.
    pub end: Option<i64>,
    /// How many of the newest to leave out.
    pub offset: u32,
}

impl Part {
    fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut form: Vec<_> = [("start", self.start), ("end", self.end)]
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?.to_string())))
            .collect();
        if self.offset > 0 {
            form.push(("ofs", self.offset.to_string()));
        }
        form
    }
}

/// Kraken's interface behind a transport.
#[derive(Debug, Clone)]
pub struct Client<T> {
    transport: T,
    base: BaseUrl,
}

impl<T: Transport> Client<T> {
    /// A client of the exchange at `base`.
    pub const fn new(transport: T, base: BaseUrl) -> Self {
        Self { transport, base }
    }

    /// What the exchange says about the key. Costs one point of the key's rate limit, as each private call here.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn api_key_info(
        &self,
        credentials: &Credentials,
        nonce: Nonce,
    ) -> Result<ApiKeyInfo, CallError> {
        self.signed(
            Signed::Call(PrivateEndpoint::GetApiKeyInfo),
            credentials,
            nonce,
        )
        .await
    }

    /// All balances, with what open orders hold of them, by asset.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn balances(
        &self,
        credentials: &Credentials,
        nonce: Nonce,
    ) -> Result<Vec<Balance>, CallError> {
        let endpoint = Signed::Call(PrivateEndpoint::BalanceEx);
        Ok(balance::listed(
            self.signed(endpoint, credentials, nonce).await?,
        ))
    }

    /// The latest prices of these pairs, by Kraken's names of them. Any of a pair's names may be asked for.
    ///
    /// # Errors
    /// [`CallError`]; one unknown pair fails the whole call.
    pub async fn tickers(&self, pairs: &[&str]) -> Result<Vec<Ticker>, CallError> {
        if pairs.is_empty() {
            // Without the parameter Kraken would send all of them.
            return Ok(Vec::new());
        }
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("pair", &pairs.join(","))
            .finish();
        Ok(ticker::listed(
            self.public(PublicEndpoint::Ticker, &query).await?,
        ))
    }

    /// All pairs with the rules of their orders.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn pairs(&self) -> Result<Vec<Pair>, CallError> {
        Ok(pair::listed(
            self.public(PublicEndpoint::AssetPairs, "").await?,
        ))
    }

    /// The last candles of a pair, 720 at most, oldest first; the last one still runs. `interval` is in minutes.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn candles(
        &self,
        pair: &str,
        interval: u32,
        since: Option<i64>,
    ) -> Result<Vec<Candle>, CallError> {
        let since = since.map(|since| ("since", since.to_string()));
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("pair", pair)
            .append_pair("interval", &interval.to_string())
            .extend_pairs(since)
            .finish();
        let answer = self.public(PublicEndpoint::Ohlc, &query).await?;
        candle::listed(&answer).ok_or(CallError::Unreadable)
    }

    /// Places an order, once; answers its id at the exchange and its description.
    ///
    /// # Errors
    /// [`CallError`]: where [`CallError::outcome_is_unknown`], the order may be there.
    pub async fn add_order(
        &self,
        credentials: &Credentials,
        nonce: Nonce,
        order: &NewOrder<'_>,
    ) -> Result<(String, String), CallError> {
        let placed: Placed = self
            .form(
                PrivateEndpoint::AddOrder,
                &order.parameters(),
                credentials,
                nonce,
            )
            .await?;
        let txid = placed.txid.into_iter().next();
        Ok((txid.ok_or(CallError::Unreadable)?, placed.descr.order))
    }

    /// Takes an open order back; answers how many that were.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn cancel_order(
        &self,
        credentials: &Credentials,
        nonce: Nonce,
        client_id: &str,
    ) -> Result<u32, CallError> {
        let form = [("cl_ord_id", client_id.to_owned())];
        let cancelled: Cancelled = self
            .form(PrivateEndpoint::CancelOrder, &form, credentials, nonce)
            .await?;
        Ok(cancelled.count)
    }

    /// Orders in the book, newest first, perhaps only the one with this id of ours.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn open_orders(
        &self,
        credentials: &Credentials,
        nonce: Nonce,
        client_id: Option<&str>,
    ) -> Result<Vec<Order>, CallError> {
        let form: Vec<_> = client_id
            .map(|id| ("cl_ord_id", id.to_owned()))
            .into_iter()
            .collect();
        let orders: OpenOrders = self
            .form(PrivateEndpoint::OpenOrders, &form, credentials, nonce)
            .await?;
        Ok(orders.into())
    }

    /// Orders that ended, newest first, 50 at most, perhaps only the one with this id of ours.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn closed_orders(
        &self,
        credentials: &Credentials,
        nonce: Nonce,
        part: &Part,
        client_id: Option<&str>,
    ) -> Result<Vec<Order>, CallError> {
        let mut form = part.parameters();
        form.extend(client_id.map(|id| ("cl_ord_id", id.to_owned())));
        let orders: ClosedOrders = self
            .form(PrivateEndpoint::ClosedOrders, &form, credentials, nonce)
            .await?;
        Ok(orders.into())
    }

    /// Executions, newest first, 50 at most. Costs two points.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn trades(
        &self,
        credentials: &Credentials,
        nonce: Nonce,
        part: &Part,
    ) -> Result<Vec<Trade>, CallError> {
        let trades: TradesHistory = self
            .form(
                PrivateEndpoint::TradesHistory,
                &part.parameters(),
                credentials,
                nonce,
            )
            .await?;
        Ok(trades.into())
    }

    async fn form<R: DeserializeOwned>(
        &self,
        endpoint: PrivateEndpoint,
        form: &[(&'static str, String)],
        credentials: &Credentials,
        nonce: Nonce,
    ) -> Result<R, CallError> {
        self.send_signed(Signed::Call(endpoint), form, credentials, nonce)
            .await
    }

    pub(crate) async fn signed<R: DeserializeOwned>(
        &self,
        call: Signed,
        credentials: &Credentials,
        nonce: Nonce,
    ) -> Result<R, CallError> {
        self.send_signed(call, &[], credentials, nonce).await
    }

    async fn send_signed<R: DeserializeOwned>(
        &self,
        call: Signed,
        form: &[(&'static str, String)],
        credentials: &Credentials,
        nonce: Nonce,
    ) -> Result<R, CallError> {
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("nonce", &nonce.get().to_string())
            .extend_pairs(call.parameters())
            .extend_pairs(form)
            .finish()
            .into_bytes();
        let signature = api_sign(&credentials.secret, call.path(), nonce, &body);
        let request = Request::builder()
            .method(Method::POST)
            .uri(self.base.join(call.path()))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(API_KEY, sensitive(credentials.key.expose())?)
            .header(API_SIGN, sensitive(&signature)?);
        self.send(request, body).await
    }

    async fn public<R: DeserializeOwned>(
        &self,
        call: PublicEndpoint,
        query: &str,
    ) -> Result<R, CallError> {
        let request = Request::builder()
            .method(Method::GET)
            .uri(if query.is_empty() {
                self.base.join(call.path())
            } else {
                format!("{}?{query}", self.base.join(call.path()))
            });
        self.send(request, Vec::new()).await
    }

    async fn send<R: DeserializeOwned>(
        &self,
        request: http::request::Builder,
        body: Vec<u8>,
    ) -> Result<R, CallError> {
        let call: HttpCall = request
            .header(USER_AGENT, AGENT)
            .body(body)
            .map_err(|error| unsendable(&error))?;
        read(&self.transport.send(call).await?)
    }
}

/// A header that `Debug` of a request doesn't show.
fn sensitive(value: &str) -> Result<HeaderValue, CallError> {
    let mut value = HeaderValue::from_str(value).map_err(|error| unsendable(&error.into()))?;
    value.set_sensitive(true);
    Ok(value)
}

fn unsendable(error: &http::Error) -> CallError {
    TransportError::NotSent(error.to_string()).into()
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::transport::HttpReply;

    /// Keeps what it was given and answers the same to all.
    struct Recorder(RefCell<Vec<HttpCall>>);

    impl Transport for &Recorder {
        async fn send(&self, call: HttpCall) -> Result<HttpReply, TransportError> {
            self.0.borrow_mut().push(call);
            Ok(http::Response::new(br#"{"error":[],"result":{}}"#.to_vec()))
        }
    }

    fn block_on<F: Future>(future: F) -> F::Output {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(future)
    }

    #[test]
    fn a_private_call_is_a_signed_form_without_a_query() {
        let recorder = Recorder(RefCell::default());
        let client = Client::new(&recorder, BaseUrl::parse("https://api.kraken.com").unwrap());
        let secret = "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==";
        let credentials = Credentials::parse("the-public-key", secret).unwrap();
        block_on(client.api_key_info(&credentials, Nonce::from(1_616_492_376_595))).unwrap();

        let calls = recorder.0.borrow();
        let call = &calls[0];
        assert_eq!(call.method(), Method::POST);
        assert_eq!(call.uri(), "https://api.kraken.com/0/private/GetApiKeyInfo");
        assert_eq!(call.body(), b"nonce=1616492376595");
        assert_eq!(call.headers()["api-key"], "the-public-key");
        let signature = "O/6rFypGosso+PZT3F9aeErMyL+OCUlvVjwVlTSkYhUWZeC09/GaW8st3yVfjOgJ1c/MEotnMWgslMi/pBE8PA==";
        assert_eq!(call.headers()["api-sign"], signature);
        assert!(call.headers().contains_key(USER_AGENT));

        let printed = format!("{call:?}");
        assert!(
            !printed.contains("the-public-key") && !printed.contains(signature),
            "{printed}"
        );
    }

    #[test]
    fn a_pairs_name_cannot_add_a_parameter() {
        let recorder = Recorder(RefCell::default());
        let client = Client::new(&recorder, BaseUrl::parse("https://api.kraken.com").unwrap());
        block_on(client.tickers(&["XBTUSD", "A&b=c"])).unwrap();
        assert_eq!(
            recorder.0.borrow()[0].uri().query(),
            Some("pair=XBTUSD%2CA%26b%3Dc")
        );
        assert!(block_on(client.tickers(&[])).unwrap().is_empty());
        assert_eq!(recorder.0.borrow().len(), 1);
    }

    /// Answers the same to everything.
    struct Same(&'static str);

    impl Transport for Same {
        async fn send(&self, _: HttpCall) -> Result<HttpReply, TransportError> {
            Ok(http::Response::new(self.0.as_bytes().to_vec()))
        }
    }

    /// A client that is answered by a seed of the fuzzer.
    macro_rules! answered {
        ($seed:literal) => {
            Client::new(
                Same(include_str!(concat!(
                    "../../../infra/fuzz/seeds/kraken_answers/",
                    $seed
                ))),
                BaseUrl::parse("https://api.kraken.com").unwrap(),
            )
        };
    }

    /// A seed that is refused leads the fuzzer nowhere.
    #[test]
    fn the_seeds_of_infra_fuzz_are_answers() {
        let secret = format!("{}==", "A".repeat(86));
        let credentials = Credentials::parse("the-public-key", &secret).unwrap();
        let nonce = || Nonce::from(1);
        let part = Part::default();
        block_on(async {
            assert_eq!(answered!("pairs.json").pairs().await.unwrap().len(), 2);
            let tickers = answered!("tickers.json").tickers(&["XBTUSD"]).await;
            assert_eq!(tickers.unwrap().len(), 1);
            let candles = answered!("candles.json").candles("XBTUSD", 1, None).await;
            assert_eq!(candles.unwrap().len(), 1);
            let client = answered!("key.json");
            let key = client.api_key_info(&credentials, nonce()).await.unwrap();
            assert_eq!(key.ip_allowlist(), ["192.0.2.1"]);
            let client = answered!("balances.json");
            let balances = client.balances(&credentials, nonce()).await;
            assert_eq!(balances.unwrap().len(), 2);
            let client = answered!("open-orders.json");
            let open = client.open_orders(&credentials, nonce(), None).await;
            assert_eq!(open.unwrap().len(), 1);
            let client = answered!("closed-orders.json");
            let closed = client
                .closed_orders(&credentials, nonce(), &part, None)
                .await;
            assert_eq!(closed.unwrap().len(), 1);
            let client = answered!("trades.json");
            let trades = client.trades(&credentials, nonce(), &part).await;
            assert_eq!(trades.unwrap().len(), 1);
            let client = answered!("cancelled.json");
            let cancelled = client.cancel_order(&credentials, nonce(), "a").await;
            assert_eq!(cancelled.unwrap(), 1);
        });
    }
}

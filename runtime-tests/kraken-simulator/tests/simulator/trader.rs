//! Who trades in these tests.

use kraken_simulator::{ClockConfig, Config, IssuedKey, PriceMove};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::client::{Client, TRADING};

/// A trader with a still clock and nonces that count.
pub(crate) struct Trader {
    pub(crate) client: Client,
    pub(crate) key: IssuedKey,
    pub(crate) nonce: std::cell::Cell<u64>,
}

impl Trader {
    pub(crate) async fn new() -> Self {
        Self::with(Config::default()).await
    }

    /// With this configuration, but for the clock.
    pub(crate) async fn with(config: Config) -> Self {
        let clock = ClockConfig {
            realtime: false,
            now: 1_700_000_000,
        };
        let client = Client::start_with(Config { clock, ..config }).await;
        let key = client.key(&TRADING);
        Self {
            client,
            key,
            nonce: std::cell::Cell::new(0),
        }
    }

    pub(crate) async fn call(
        &self,
        method: &str,
        params: &[(&str, &str)],
    ) -> Result<Value, String> {
        self.nonce.set(self.nonce.get() + 1);
        // The REST counter is tested elsewhere.
        self.client.simulator.advance_clock(1);
        self.client
            .call(&self.key, method, self.nonce.get(), params)
            .await
    }

    /// `buy limit 25000 0.01`, with more parameters.
    pub(crate) async fn order(&self, words: &str, more: &[(&str, &str)]) -> Result<Value, String> {
        let words: Vec<&str> = words.split(' ').collect();
        let mut params = vec![
            ("pair", "XBTUSD"),
            ("type", words[0]),
            ("ordertype", words[1]),
        ];
        match words[1] {
            "limit" => params.extend([("price", words[2]), ("volume", words[3])]),
            _ => params.push(("volume", words[2])),
        }
        params.extend(more);
        self.call("AddOrder", &params).await
    }

    pub(crate) async fn placed(&self, words: &str, more: &[(&str, &str)]) -> String {
        self.order(words, more).await.unwrap()["txid"][0]
            .as_str()
            .unwrap()
            .to_owned()
    }

    pub(crate) async fn query(&self, id: &str) -> Value {
        self.call("QueryOrders", &[("txid", id), ("trades", "true")])
            .await
            .unwrap()[id]
            .take()
    }

    pub(crate) async fn balance(&self, asset: &str) -> (String, String) {
        let mut all = self.call("BalanceEx", &[]).await.unwrap();
        let entry = all[asset].take();
        (
            entry["balance"].as_str().unwrap().to_owned(),
            entry["hold_trade"].as_str().unwrap().to_owned(),
        )
    }

    pub(crate) fn price(&self, bid: &str, ask: &str, askq: Option<&str>) {
        let number = |text: &str| text.parse::<Decimal>().unwrap();
        let (bid, ask, askq) = (Some(number(bid)), Some(number(ask)), askq.map(number));
        let pair = "XBTUSD".to_owned();
        self.client
            .simulator
            .move_price(&PriceMove {
                pair,
                bid,
                ask,
                askq,
                ..PriceMove::default()
            })
            .unwrap();
    }
}

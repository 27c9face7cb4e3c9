//! An account with a key that trades, and the orders that it places with it.

use http::Method;
use kraken_simulator::{Fault, FaultKind, IssuedKey};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::stage::{Stage, TRADING};

pub(crate) struct Trader {
    pub(crate) stage: Stage,
    pub(crate) user: Uuid,
    pub(crate) key: IssuedKey,
    pub(crate) key_id: String,
}

impl Trader {
    pub(crate) async fn new() -> Self {
        let (stage, user) = (Stage::new().await, Uuid::now_v7());
        let key = stage.key(&TRADING);
        let key_id = stage.connected(user, &key).await;
        stage.price("XBTUSD", "30000", "30010");
        Self {
            stage,
            user,
            key,
            key_id,
        }
    }

    pub(crate) fn market(&self) -> Value {
        json!({"mode": "live", "key_id": self.key_id, "pair": "XBTUSD", "side": "buy", "type": "market", "volume": "0.01"})
    }

    pub(crate) fn limit(&self, price: &str) -> Value {
        json!({"mode": "live", "key_id": self.key_id, "pair": "XBTUSD", "side": "buy", "type": "limit",
            "volume": "0.01", "limit_price": price})
    }

    pub(crate) async fn order(&self, body: Value) -> String {
        self.stage.order(self.user, body).await
    }

    pub(crate) async fn read(&self, id: &str) -> Value {
        self.stage.read_order(self.user, id).await
    }

    /// Works and lets time pass until the order is over.
    pub(crate) async fn until_over(&self, id: &str) -> Value {
        for _ in 1..8 {
            self.stage.work().await;
            let order = self.read(id).await;
            if order["finished_at"] != Value::Null {
                return order;
            }
            self.stage.later(30).await;
        }
        panic!("never over: {}", self.read(id).await);
    }

    pub(crate) fn fault(&self, kind: FaultKind, endpoint: &str) {
        self.stage
            .simulator
            .plan_fault(Fault::next(kind).on(endpoint).by(&self.key.api_key));
    }

    /// Orders of this account that the exchange has carried out.
    pub(crate) async fn bought(&self) -> usize {
        let path = format!("/api/v1/trading/account/trades?key={}", self.key_id);
        let answer = self.stage.call(self.user, Method::GET, &path, None).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.body["items"].as_array().unwrap().len()
    }

    pub(crate) fn nonces_held(&self) {
        for entry in self.stage.simulator.journal() {
            assert!(
                !entry.outcome.contains("Invalid nonce") && !entry.outcome.contains("Rate limit"),
                "{entry:?}"
            );
        }
    }
}

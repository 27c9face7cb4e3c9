//! A key that goes leaves no order behind at the exchange, or its owner is told which.

use futures::future::join_all;
use http::{Method, header};
use kraken_simulator::FaultKind;
use serde_json::json;

use crate::stage::{KEYS, request};
use crate::trader::Trader;

impl Trader {
    /// An order that rests at the exchange.
    async fn resting(&self, price: &str) -> String {
        let id = self.order(self.limit(price)).await;
        self.stage.work().await;
        id
    }

    async fn disconnect(&self) -> u16 {
        let path = format!("{KEYS}/{}", self.key_id);
        let answer = self
            .stage
            .call(self.user, Method::DELETE, &path, None)
            .await;
        answer.status
    }

    async fn told(&self) -> i64 {
        let told = "select count(*) from platform.tasks where kind = 'notify' and payload ->> 'type' = 'orders_left'";
        self.stage.count(told).await
    }
}

#[tokio::test]
async fn who_disconnects_a_key_has_its_open_orders_taken_back_with_what_was_filled_of_them() {
    let trader = Trader::new().await;
    let (first, second) = (trader.resting("29000").await, trader.resting("20000").await);
    // The first is filled, and nobody has looked since.
    trader.stage.price("XBTUSD", "28900", "28990");
    assert_eq!(trader.disconnect().await, 204);
    let (first, second) = (trader.read(&first).await, trader.read(&second).await);
    assert_eq!(first["state"], "filled", "{first}");
    assert_eq!(first["fills"].as_array().unwrap().len(), 1);
    assert_eq!(second["state"], "canceled", "{second}");
    assert_eq!(trader.told().await, 0);
    let secrets = "select count(*) from trading.exchange_keys where sealed_secret is not null";
    assert_eq!(trader.stage.count(secrets).await, 0);
    assert_eq!(trader.disconnect().await, 404);
}

#[tokio::test]
async fn who_disconnects_a_key_several_times_at_once_leaves_no_order_behind_either() {
    let trader = Trader::new().await;
    let orders = [trader.resting("29000").await, trader.resting("20000").await];
    let mut statuses = join_all((0..4).map(|_| trader.disconnect())).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 404, 404, 404]);
    for id in &orders {
        let order = trader.read(id).await;
        assert_eq!(order["state"], "canceled", "{order}");
    }
    assert_eq!(trader.told().await, 0);
}

#[tokio::test]
async fn an_exchange_that_does_not_answer_keeps_no_key_and_what_is_left_is_told_once() {
    let trader = Trader::new().await;
    let id = trader.resting("20000").await;
    for endpoint in ["CancelOrder", "OpenOrders", "ClosedOrders"] {
        trader.fault(FaultKind::Http { status: 502 }, endpoint);
    }
    assert_eq!(trader.disconnect().await, 204);
    let order = trader.read(&id).await;
    assert_eq!(
        (&order["state"], &order["reason"]),
        (&json!("unknown"), &json!("key_disconnected"))
    );
    for ahead in 1..4 {
        trader.stage.advance(ahead * 60).await;
        trader.stage.work().await;
    }
    assert_eq!(trader.told().await, 1);
}

#[tokio::test]
async fn a_stale_version_takes_nothing_back() {
    let trader = Trader::new().await;
    let id = trader.resting("20000").await;
    let path = format!("{KEYS}/{}", trader.key_id);
    let mut stale = request(trader.user, Method::DELETE, &path, None);
    stale
        .headers_mut()
        .insert(header::IF_MATCH, "\"another\"".parse().unwrap());
    assert_eq!(trader.stage.send(stale).await.status, 412);
    assert_eq!(trader.stage.called("CancelOrder"), 0);
    assert_eq!(trader.read(&id).await["state"], "open");
}

#[tokio::test]
async fn an_account_that_is_deleted_loses_its_keys_and_its_open_orders_are_taken_back() {
    let trader = Trader::new().await;
    let id = trader.resting("20000").await;
    for _ in 0..2 {
        trader.stage.user_event("user.deleted", trader.user).await;
    }
    let left = "select count(*) from trading.exchange_keys where sealed_secret is not null or label <> 'deleted'";
    assert_eq!(trader.stage.count(left).await, 0);
    assert_eq!(trader.read(&id).await["state"], "canceled");
    let gone = "select count(*) from platform.outbox where type = 'kraken.key.disconnected'";
    assert_eq!(trader.stage.count(gone).await, 1);
}

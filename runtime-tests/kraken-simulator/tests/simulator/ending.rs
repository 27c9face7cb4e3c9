//! How orders end, and what is remembered of them.

use serde_json::json;

use crate::client::error;
use crate::trader::Trader;

#[tokio::test]
async fn orders_end_by_request_reference_time_and_switch() {
    let trader = Trader::new().await;
    let by_id = trader.placed("buy limit 25000 0.01", &[]).await;
    assert_eq!(
        trader
            .call("CancelOrder", &[("txid", &by_id)])
            .await
            .unwrap(),
        json!({ "count": 1 })
    );
    let order = trader.query(&by_id).await;
    assert_eq!(
        (&order["status"], &order["reason"]),
        (&json!("canceled"), &json!("User requested"))
    );
    assert_eq!(
        trader.call("CancelOrder", &[("txid", &by_id)]).await,
        error("EOrder:Unknown order")
    );

    for _ in 0..2 {
        trader
            .placed("buy limit 25000 0.01", &[("userref", "77")])
            .await;
    }
    assert_eq!(
        trader.call("CancelOrder", &[("txid", "77")]).await.unwrap()["count"],
        2
    );

    let dated = trader
        .placed(
            "buy limit 25000 0.01",
            &[("expiretm", "+60"), ("timeinforce", "GTD")],
        )
        .await;
    trader.client.simulator.advance_clock(61);
    assert_eq!(trader.query(&dated).await["status"], "expired");

    let switched = trader.placed("buy limit 25000 0.01", &[]).await;
    trader
        .call("CancelAllOrdersAfter", &[("timeout", "60")])
        .await
        .unwrap();
    trader.client.simulator.advance_clock(61);
    assert_eq!(trader.query(&switched).await["status"], "canceled");
    assert_eq!(trader.balance("ZUSD").await.1, "0.0000");

    for price in ["24000", "25000"] {
        trader.placed(&format!("buy limit {price} 0.01"), &[]).await;
    }
    assert_eq!(trader.call("CancelAll", &[]).await.unwrap()["count"], 2);
}

#[tokio::test]
async fn immediate_orders_do_not_rest() {
    let trader = Trader::new().await;
    trader.price("29990", "30000", Some("0.04"));
    let all_or_nothing = trader
        .query(
            &trader
                .placed("buy limit 30000 0.1", &[("timeinforce", "FOK")])
                .await,
        )
        .await;
    assert_eq!(
        (&all_or_nothing["status"], &all_or_nothing["vol_exec"]),
        (&json!("canceled"), &json!("0.00000000"))
    );
    let some = trader
        .query(
            &trader
                .placed("buy limit 30000 0.1", &[("timeinforce", "IOC")])
                .await,
        )
        .await;
    assert_eq!(
        (&some["status"], &some["vol_exec"]),
        (&json!("canceled"), &json!("0.04000000"))
    );
}

#[tokio::test]
async fn a_market_that_is_not_open_refuses_orders_and_still_cancels() {
    let trader = Trader::new().await;
    let resting = trader.placed("buy limit 25000 0.01", &[]).await;
    let refusals = [
        (json!({ "status": "maintenance" }), "EService:Unavailable"),
        (
            json!({ "status": "cancel_only" }),
            "EService:Market in cancel_only mode",
        ),
        (
            json!({ "status": "post_only" }),
            "EService:Market in post_only mode",
        ),
        (
            json!({ "status": "cancel_only", "pair": "XBTUSD" }),
            "EService:Market in cancel_only mode",
        ),
    ];
    for (status, expected) in refusals {
        assert_eq!(trader.client.control("status", status.clone()).await.0, 200);
        assert_eq!(
            trader.order("buy limit 25000 0.01", &[]).await,
            error(expected),
            "{status}"
        );
        trader
            .client
            .control("status", json!({ "status": "online" }))
            .await;
    }
    assert!(
        trader
            .call("CancelOrder", &[("txid", &resting)])
            .await
            .is_ok()
    );
    trader
        .client
        .control("status", json!({ "status": "online", "pair": "XBTUSD" }))
        .await;
    assert!(
        trader
            .order("buy limit 25000 0.01", &[("oflags", "post")])
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn placing_and_cancelling_at_once_exhausts_the_engine() {
    let trader = Trader::new().await;
    let mut refused = None;
    for _ in 0..40 {
        // Young orders cost nine points a round; a second gives 2.34 back.
        match trader.order("buy limit 25000 0.001", &[]).await {
            Ok(answer) => {
                trader
                    .call(
                        "CancelOrder",
                        &[("txid", answer["txid"][0].as_str().unwrap())],
                    )
                    .await
                    .unwrap();
            }
            Err(error) => {
                refused = Some(error);
                break;
            }
        }
    }
    assert_eq!(refused.as_deref(), Some("EOrder:Rate limit exceeded"));
    trader.client.simulator.advance_clock(60);
    assert!(trader.order("buy limit 25000 0.001", &[]).await.is_ok());
}

#[tokio::test]
async fn history_is_newest_first_in_pages_of_fifty() {
    let trader = Trader::new().await;
    for _ in 0..55 {
        let id = trader.placed("buy market 0.0001", &[]).await;
        assert!(id.starts_with("OSIM00"));
    }
    let raw = trader.call("TradesHistory", &[]).await.unwrap();
    assert_eq!(
        (
            raw["count"].as_u64(),
            raw["trades"].as_object().unwrap().len()
        ),
        (Some(55), 50)
    );
    let rest = trader
        .call("TradesHistory", &[("ofs", "50")])
        .await
        .unwrap();
    assert!(rest["trades"].get("TSIM00-00000-000001").is_some());
    let closed = trader
        .call("ClosedOrders", &[("ofs", "50"), ("without_count", "true")])
        .await
        .unwrap();
    assert!(closed.get("count").is_none());
    assert_eq!(closed["closed"].as_object().unwrap().len(), 5);
    // `start` is excluded, `end` included, and an id is as good as a time.
    let between = [
        ("start", "TSIM00-00000-000002"),
        ("end", "TSIM00-00000-000005"),
    ];
    let found = trader.call("TradesHistory", &between).await.unwrap();
    let ids: Vec<&String> = found["trades"].as_object().unwrap().keys().collect();
    assert_eq!(ids.len(), 3);
}

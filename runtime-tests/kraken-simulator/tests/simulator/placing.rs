//! What is placed, held and filled, and what is refused.

use kraken_simulator::Config;
use serde_json::{Value, json};

use crate::client::{TRADING, error};
use crate::trader::Trader;

fn pair(one: &str, two: &str) -> (String, String) {
    (one.to_owned(), two.to_owned())
}

#[tokio::test]
async fn a_resting_order_holds_funds_fills_as_maker_and_is_history() {
    let trader = Trader::new().await;
    let id = trader
        .placed("buy limit 25000 0.1", &[("cl_ord_id", "my-first")])
        .await;
    assert_eq!(id, "OSIM00-00000-000001");
    // 2500 and the taker's fee of 0.4 %.
    assert_eq!(
        trader.balance("ZUSD").await,
        pair("10000.0000", "2510.0000")
    );

    trader.price("24990", "24999", None);
    let order = trader.query(&id).await;
    assert_eq!(
        (&order["status"], &order["vol_exec"], &order["cost"]),
        (&json!("closed"), &json!("0.10000000"), &json!("2500.00000"))
    );
    assert_eq!(
        (&order["fee"], &order["price"], &order["cl_ord_id"]),
        (&json!("6.25000"), &json!("25000.0"), &json!("my-first"))
    );
    assert_eq!(trader.balance("ZUSD").await, pair("7493.7500", "0.0000"));
    assert_eq!(
        trader.balance("XXBT").await,
        pair("1.1000000000", "0.0000000000")
    );

    let trades = trader.call("TradesHistory", &[]).await.unwrap();
    assert_eq!(trades["count"], 1);
    let trade = &trades["trades"]["TSIM00-00000-000001"];
    assert_eq!(
        (&trade["ordertxid"], &trade["maker"], &trade["type"]),
        (&json!(id), &json!(true), &json!("buy"))
    );
    let closed = trader
        .call("ClosedOrders", &[("cl_ord_id", "my-first")])
        .await
        .unwrap();
    assert_eq!(closed["closed"][&id]["trades"], json!(null));
    assert_eq!(closed["count"], 1);
}

#[tokio::test]
async fn numbers_may_go_on_where_another_simulator_has_ended() {
    let trader = Trader::with(Config {
        first_number: 1_795_000_000,
        ..Config::default()
    })
    .await;
    for expected in ["OSIM00-01795-000000", "OSIM00-01795-000001"] {
        assert_eq!(trader.placed("sell market 0.1", &[]).await, expected);
    }
    let history = trader.call("TradesHistory", &[]).await.unwrap();
    let trades = history["trades"].as_object().unwrap();
    for expected in ["TSIM00-01795-000000", "TSIM00-01795-000001"] {
        assert!(trades.contains_key(expected), "{history}");
    }
}

#[tokio::test]
async fn a_market_order_takes_at_the_other_side_with_the_takers_fee() {
    let trader = Trader::new().await;
    let id = trader.placed("sell market 0.5", &[]).await;
    let order = trader.query(&id).await;
    assert_eq!(
        (&order["status"], &order["cost"], &order["fee"]),
        (&json!("closed"), &json!("15000.00000"), &json!("60.00000"))
    );
    assert_eq!(order["descr"]["order"], "sell 0.50000000 XBTUSD @ market");
    assert_eq!(trader.balance("ZUSD").await, pair("24940.0000", "0.0000"));

    // In units of the quote currency.
    let id = trader
        .placed("buy market 3000.01", &[("oflags", "viqc")])
        .await;
    assert_eq!(trader.query(&id).await["vol"], "0.10000000");
}

#[tokio::test]
async fn a_thin_book_fills_in_parts() {
    let trader = Trader::new().await;
    trader.price("29990", "30000", Some("0.04"));
    let limit = trader.placed("buy limit 30000 0.1", &[]).await;
    let order = trader.query(&limit).await;
    assert_eq!(
        (&order["status"], &order["vol_exec"]),
        (&json!("open"), &json!("0.04000000"))
    );
    assert_eq!(order["trades"], json!(["TSIM00-00000-000001"]));
    // 0.06 at 30000 and the fee are still held.
    assert_eq!(trader.balance("ZUSD").await.1, "1807.2000");

    trader.price("29990", "30000", Some("0.05"));
    assert_eq!(trader.query(&limit).await["vol_exec"], "0.09000000");
    trader.price("29990", "30000", Some("1"));
    assert_eq!(trader.query(&limit).await["status"], "closed");

    trader.price("29990", "30000", Some("0.01"));
    let market = trader
        .query(&trader.placed("buy market 0.02", &[]).await)
        .await;
    assert_eq!(
        (&market["status"], &market["vol_exec"]),
        (&json!("canceled"), &json!("0.01000000"))
    );
}

#[tokio::test]
async fn crossed_orders_fill_oldest_first() {
    let trader = Trader::new().await;
    let older = trader.placed("buy limit 25000 0.1", &[]).await;
    let dearer = trader.placed("buy limit 26000 0.1", &[]).await;
    trader.price("24000", "24500", Some("0.1"));
    assert_eq!(trader.query(&older).await["status"], "closed");
    assert_eq!(trader.query(&dearer).await["vol_exec"], "0.00000000");
}

#[tokio::test]
async fn bad_orders_are_refused_with_krakens_words() {
    let trader = Trader::new().await;
    let arguments = |field: &str| error(&format!("EGeneral:Invalid arguments:{field}"));
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], Result<Value, String>);
    let cases: [Case<'_>; 19] = [
        ("hold limit 25000 0.01", &[], arguments("type")),
        ("buy stop-loss 25000", &[], arguments("ordertype")),
        ("buy limit 25000 -1", &[], arguments("volume")),
        ("buy limit 25000 1e3", &[], arguments("volume")),
        ("buy limit 25000 0.000000001", &[], arguments("volume")),
        ("buy limit abc 0.01", &[], arguments("price")),
        (
            "buy limit 25000.15 0.01",
            &[],
            error("EOrder:Invalid price:XXBTZUSD price can only be specified up to 1 decimals."),
        ),
        (
            "buy limit 25000 0.00001",
            &[],
            error("EOrder:Order minimum not met"),
        ),
        (
            "buy limit 100 0.0001",
            &[],
            error("EOrder:Cost minimum not met"),
        ),
        (
            "buy limit 25000 10",
            &[],
            error("EOrder:Insufficient funds"),
        ),
        (
            "sell limit 35000 1.00000001",
            &[],
            error("EOrder:Insufficient funds"),
        ),
        (
            "buy limit 31000 0.01",
            &[("oflags", "post")],
            error("EOrder:Post only order"),
        ),
        (
            "buy limit 25000 0.01",
            &[("userref", "1"), ("cl_ord_id", "a")],
            arguments("cl_ord_id"),
        ),
        (
            "buy limit 25000 0.01",
            &[("cl_ord_id", "this is not an id")],
            arguments("cl_ord_id"),
        ),
        (
            "buy limit 25000 0.01",
            &[("leverage", "2")],
            arguments("leverage"),
        ),
        (
            "buy limit 25000 0.01",
            &[("timeinforce", "GTD")],
            arguments("expiretm"),
        ),
        (
            "buy limit 25000 0.01",
            &[("deadline", "soon")],
            arguments("deadline"),
        ),
        (
            "buy limit 25000 0.01",
            &[("deadline", "2023-11-14T22:00:00Z")],
            error("EService:Deadline elapsed"),
        ),
        (
            "buy limit 25000 0.01",
            &[("deadline", "2023-11-14T23:59:59Z")],
            arguments("deadline"),
        ),
    ];
    for (words, more, expected) in cases {
        assert_eq!(
            trader.order(words, more).await,
            expected,
            "{words} {more:?}"
        );
    }
    assert!(
        trader.call("OpenOrders", &[]).await.unwrap()["open"]
            .as_object()
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn any_value_of_validate_only_validates() {
    let trader = Trader::new().await;
    for value in ["true", "false", "0"] {
        // Funds are not looked at.
        let answer = trader
            .order("buy limit 25000 100", &[("validate", value)])
            .await
            .unwrap();
        assert_eq!(
            answer,
            json!({ "descr": { "order": "buy 100.00000000 XBTUSD @ limit 25000.0" } }),
            "{value}"
        );
    }
}

#[tokio::test]
async fn a_client_order_id_is_unique_among_open_orders_only() {
    let trader = Trader::new().await;
    let first = trader
        .placed("buy limit 25000 0.01", &[("cl_ord_id", "once")])
        .await;
    let again = trader
        .order("buy limit 25000 0.01", &[("cl_ord_id", "once")])
        .await;
    assert!(again.unwrap_err().starts_with("EOrder:"));
    assert_eq!(
        trader
            .call("CancelOrder", &[("cl_ord_id", "once")])
            .await
            .unwrap()["count"],
        1
    );
    let second = trader
        .placed("buy limit 25000 0.01", &[("cl_ord_id", "once")])
        .await;
    assert_ne!(first, second);
    // Another account's ids and orders are its own.
    let other = trader.client.key(&TRADING);
    assert_eq!(
        trader
            .client
            .call(&other, "CancelOrder", 1, &[("txid", &second)])
            .await,
        error("EOrder:Unknown order")
    );
    assert_eq!(
        trader
            .client
            .call(&other, "QueryOrders", 2, &[("txid", &second)])
            .await,
        error("EOrder:Unknown order")
    );
}

#[tokio::test]
async fn relative_prices_start_from_the_last() {
    let trader = Trader::new().await;
    for (words, price) in [
        ("buy limit -100 0.01", "29900.0"),
        ("buy limit -10% 0.01", "27000.0"),
        ("buy limit #100 0.01", "29900.0"),
        ("sell limit #1% 0.01", "30300.0"),
        ("sell limit +5 0.01", "30005.0"),
    ] {
        let order = trader.query(&trader.placed(words, &[]).await).await;
        assert_eq!(order["descr"]["price"], price, "{words}");
    }
}

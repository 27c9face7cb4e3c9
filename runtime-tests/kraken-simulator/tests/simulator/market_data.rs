//! Public calls.

use kraken_simulator::{ClockConfig, Config, PairSpec};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::client::{Client, error};

fn still() -> Config {
    Config {
        clock: ClockConfig {
            realtime: false,
            now: 1_700_000_000,
        },
        ..Config::default()
    }
}

#[tokio::test]
async fn the_same_script_gets_the_same_bytes() {
    let (one, two) = (
        Client::start_with(still()).await,
        Client::start_with(still()).await,
    );
    for call in [
        "Time",
        "SystemStatus",
        "Assets",
        "AssetPairs",
        "Ticker",
        "Depth?pair=XBTUSD",
        "OHLC?pair=XBTUSD&interval=60",
    ] {
        let path = format!("/0/public/{call}");
        assert_eq!(
            one.get(&path).await.text().await.unwrap(),
            two.get(&path).await.text().await.unwrap(),
            "{call}"
        );
    }
    assert_eq!(one.key(&["query-funds"]), two.key(&["query-funds"]));
}

#[tokio::test]
async fn time_and_status_are_told() {
    let client = Client::start_with(still()).await;
    let time = client.public("Time").await.unwrap();
    assert_eq!(
        time,
        json!({ "unixtime": 1_700_000_000, "rfc1123": "Tue, 14 Nov 23 22:13:20 +0000" })
    );
    let status = client.public("SystemStatus").await.unwrap();
    assert_eq!(
        status,
        json!({ "status": "online", "timestamp": "2023-11-14T22:13:20Z" })
    );
    let (answered, _) = client
        .control("status", json!({ "status": "maintenance" }))
        .await;
    assert_eq!(answered, 200);
    assert_eq!(
        client.public("SystemStatus").await.unwrap()["status"],
        "maintenance"
    );
}

#[tokio::test]
async fn pairs_answer_to_all_their_names() {
    let client = Client::start().await;
    for name in ["XXBTZUSD", "XBTUSD", "XBT/USD", "BTC/USD", "BTCUSD"] {
        let ticker = client.public(&format!("Ticker?pair={name}")).await.unwrap();
        assert_eq!(ticker["XXBTZUSD"]["b"][0], "30000.0", "{name}");
    }
    let modern = client
        .public("AssetPairs?pair=XBTUSD&assetVersion=1")
        .await
        .unwrap();
    assert_eq!(modern["BTC/USD"]["tick_size"], "0.1");
    assert_eq!(
        client.public("Ticker?pair=XBTUSD,NOPE").await,
        error("EQuery:Unknown asset pair")
    );
    assert_eq!(
        client.public("Assets?asset=NOPE").await,
        error("EQuery:Unknown asset")
    );
    assert!(
        client
            .public("Ticker")
            .await
            .unwrap()
            .as_object()
            .unwrap()
            .len()
            >= 6
    );
    assert_eq!(
        client.public("NoSuchMethod").await,
        error("EGeneral:Unknown method")
    );
}

#[tokio::test]
async fn candles_are_720_with_the_running_one_last() {
    let client = Client::start_with(still()).await;
    let candles = client.public("OHLC?pair=XBTUSD&interval=60").await.unwrap();
    let rows = candles["XXBTZUSD"].as_array().unwrap();
    assert_eq!(rows.len(), 720);
    let running = 1_700_000_000 / 3600 * 3600;
    assert_eq!(rows[719][0], running);
    assert_eq!(candles["last"], running - 3600);
    for row in rows {
        let number = |at: usize| row[at].as_str().unwrap().parse::<Decimal>().unwrap();
        assert!(
            number(3) <= number(1).min(number(4)) && number(2) >= number(1).max(number(4)),
            "{row}"
        );
    }
    let newer = client
        .public(&format!(
            "OHLC?pair=XBTUSD&interval=60&since={}",
            running - 3600
        ))
        .await
        .unwrap();
    assert_eq!(newer["XXBTZUSD"].as_array().unwrap().len(), 1);
    assert_eq!(
        client.public("OHLC?pair=XBTUSD&interval=7").await,
        error("EGeneral:Invalid arguments:interval")
    );
}

#[tokio::test]
async fn a_pair_of_ones_own_is_served_like_the_others() {
    let client = Client::start().await;
    let spec = PairSpec {
        base: "MINE".to_owned(),
        quote: "ZUSD".to_owned(),
        bid: Decimal::new(995, 2),
        ask: Decimal::new(1005, 2),
        price_decimals: 2,
        ordermin: Decimal::ONE,
        costmin: Decimal::ONE,
    };
    assert_eq!(client.simulator.add_pair(spec), "MINEUSD");
    let ticker = client.public("Ticker?pair=MINE/USD").await.unwrap();
    assert_eq!(
        (&ticker["MINEUSD"]["b"][0], &ticker["MINEUSD"]["a"][0]),
        (&json!("9.95"), &json!("10.05"))
    );
    assert!(client.public("Assets?asset=MINE").await.is_ok());
    let (_, made) = client
        .control("pair", json!({ "base": "YOURS", "bid": "1", "ask": "2" }))
        .await;
    assert_eq!(made, json!({ "pair": "YOURSUSD" }));
}

#[tokio::test]
async fn a_book_has_levels_away_from_the_best() {
    let client = Client::start().await;
    let depth: Value = client.public("Depth?pair=XBTUSD&count=3").await.unwrap();
    let prices = |side: &str| -> Vec<String> {
        let levels = depth["XXBTZUSD"][side].as_array().unwrap();
        levels
            .iter()
            .map(|level| level[0].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(prices("asks"), ["30000.1", "30000.2", "30000.3"]);
    assert_eq!(prices("bids"), ["30000.0", "29999.9", "29999.8"]);
}

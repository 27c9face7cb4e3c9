//! Misfortune on order, and the log that shows what really happened.

use std::time::{Duration, Instant};

use kraken_simulator::{Fault, FaultKind};

use crate::client::{Client, TRADING, error};

const ORDER: [(&str, &str); 5] = [
    ("pair", "XBTUSD"),
    ("type", "buy"),
    ("ordertype", "limit"),
    ("price", "25000"),
    ("volume", "0.01"),
];

#[tokio::test]
async fn an_order_whose_answer_is_lost_was_placed_once() {
    let client = Client::start().await;
    for (kind, told) in [
        (FaultKind::DropAfter, "no answer"),
        (FaultKind::HttpAfter { status: 504 }, "no JSON"),
    ] {
        let key = client.key(&TRADING);
        client
            .simulator
            .plan_fault(Fault::next(kind).on("AddOrder").by(&key.api_key));
        assert_eq!(client.call(&key, "AddOrder", 1, &ORDER).await, error(told));
        let open = client.call(&key, "OpenOrders", 2, &[]).await.unwrap();
        assert_eq!(open["open"].as_object().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn an_order_that_never_arrived_was_not_placed() {
    let client = Client::start().await;
    let faults = [
        (FaultKind::DropBefore, "no answer"),
        (FaultKind::Http { status: 502 }, "no JSON"),
        (
            FaultKind::Error {
                error: "EService:Busy".to_owned(),
            },
            "EService:Busy",
        ),
    ];
    for (kind, told) in faults {
        let key = client.key(&TRADING);
        client
            .simulator
            .plan_fault(Fault::next(kind).on("AddOrder").by(&key.api_key));
        assert_eq!(client.call(&key, "AddOrder", 1, &ORDER).await, error(told));
        // It never got as far as the nonce.
        let open = client.call(&key, "OpenOrders", 1, &[]).await.unwrap();
        assert!(open["open"].as_object().unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_proxys_page_has_its_status_and_is_html() {
    let client = Client::start().await;
    client
        .simulator
        .plan_fault(Fault::next(FaultKind::Http { status: 520 }).on("Time"));
    let answer = client.get("/0/public/Time").await;
    assert_eq!(answer.status().as_u16(), 520);
    assert!(
        answer.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/html")
    );
    assert!(client.public("Time").await.is_ok());
}

#[tokio::test]
async fn a_delay_holds_up_only_the_call_that_it_befalls() {
    let client = Client::start().await;
    client
        .simulator
        .plan_fault(Fault::next(FaultKind::Delay { millis: 2000 }).on("Assets"));
    let begin = Instant::now();
    let timed =
        async |call: &'static str| client.public(call).await.map(|_| begin.elapsed()).unwrap();
    let (slow, quick) = tokio::join!(timed("Assets"), timed("Time"));
    assert!(
        slow >= Duration::from_secs(2) && quick < slow,
        "{slow:?} {quick:?}"
    );
}

#[tokio::test]
async fn the_log_has_each_call_and_what_came_of_it() {
    let client = Client::start().await;
    let (mine, other) = (client.key(&TRADING), client.key(&["query-funds"]));
    client.call(&mine, "Balance", 1, &[]).await.unwrap();
    client.call(&other, "Balance", 1, &[]).await.unwrap();
    client.call(&mine, "Withdraw", 2, &[]).await.unwrap_err();
    client
        .simulator
        .plan_fault(Fault::next(FaultKind::DropAfter).by(&mine.api_key));
    client.call(&mine, "Balance", 3, &[]).await.unwrap_err();

    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("api_key", &mine.api_key)
        .finish();
    let log: serde_json::Value = client
        .get(&format!("/__sim/log?{query}"))
        .await
        .json()
        .await
        .unwrap();
    let entries: Vec<(&str, &str)> = log["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            (
                entry["endpoint"].as_str().unwrap(),
                entry["outcome"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        entries,
        [
            ("Balance", "ok"),
            ("Withdraw", "EGeneral:Permission denied"),
            ("Balance", "ok, then dropped")
        ]
    );
    assert_eq!(client.simulator.journal().len(), 4);
    assert!(!log.to_string().contains(&mine.api_secret));
}

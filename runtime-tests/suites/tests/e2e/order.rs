//! Orders, from accepted to filled by the worker and told to their owner. Each test trades on a pair of its own.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use spindle_harness::{Account, App, patience, unique};
use spindle_suites::TRADING;

const ORDERS: &str = "/api/v1/trading/orders";

/// A pair that nobody else trades; none where the simulator's control is out of reach.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
pub(crate) async fn pair(app: &App) -> Option<String> {
    let Some(control) = app.simulator("/__sim/pair") else {
        eprintln!("skipped: SPINDLE_SIMULATOR_URL is not set");
        return None;
    };
    let base = unique("t").to_ascii_uppercase().replace(['-', '_'], "");
    let _ = control
        .json(json!({"base": base, "quote": "ZUSD", "bid": "100.00", "ask": "100.10"}))
        .await
        .expect(200);
    let name = format!("{base}USD");
    // A listing that was read just before is not read again at once.
    let started = Instant::now();
    let ticker = format!("/api/v1/trading/market/ticker?pair={name}");
    while app.call("GET", &ticker).send().await.status != 200 {
        assert!(started.elapsed() < patience(), "{name} stays unknown");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Some(name)
}

pub(crate) async fn get(app: &App, account: &Account, path: &str) -> Value {
    let answer = app.call("GET", path).bearer(&account.token).send().await;
    answer.expect(200).body
}

/// Reads until it is so: the worker's work.
pub(crate) async fn until(
    app: &App,
    account: &Account,
    path: &str,
    so: impl Fn(&Value) -> bool,
) -> Value {
    let started = Instant::now();
    loop {
        let answer = app.call("GET", path).bearer(&account.token).send().await;
        // The worker may have the key in use at this moment, or the exchange have been asked enough.
        let again = answer.status != 200 && answer.header("retry-after").is_some();
        if !again && so(&answer.body) {
            return answer.expect(200).body;
        }
        assert!(again || answer.status == 200, "{}", answer.text);
        assert!(
            started.elapsed() < patience(),
            "it is never so: {}",
            answer.text
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_paper_order_is_filled_by_the_worker_and_its_owner_hears_of_it() {
    let app = App::shared();
    let Some(pair) = pair(app).await else { return };
    let account = Account::new(app).await;
    let order =
        json!({"mode": "paper", "pair": pair, "side": "buy", "type": "market", "volume": "2"});
    let accepted = app
        .call("POST", ORDERS)
        .bearer(&account.token)
        .header("idempotency-key", "first")
        .json(order.clone())
        .await
        .expect(202);
    let path = format!("{ORDERS}/{}", accepted.text_at("/id"));
    let filled = until(app, &account, &path, |order| order["state"] == "filled").await;
    assert_eq!(filled["fills"][0]["price"], "100.1");
    assert_eq!(filled["fee"], "0.8008");

    let again = app
        .call("POST", ORDERS)
        .bearer(&account.token)
        .header("idempotency-key", "first")
        .json(order)
        .await
        .expect(202);
    assert_eq!(again.text_at("/id"), accepted.text_at("/id"));
    let orders = get(app, &account, ORDERS).await;
    assert_eq!(orders["items"].as_array().map(Vec::len), Some(1));

    let told = until(app, &account, "/api/v1/profile/notifications", |list| {
        list["items"]
            .as_array()
            .is_some_and(|items| items.iter().any(|item| item["type"] == "order_completed"))
    })
    .await;
    let of_orders = told["items"].as_array().map(|items| {
        items
            .iter()
            .filter(|item| item["type"] == "order_completed")
            .count()
    });
    assert_eq!(of_orders, Some(1), "{told}");
}

#[tokio::test]
async fn a_live_order_rests_at_the_exchange_and_is_taken_back() {
    let app = App::shared();
    let Some(pair) = pair(app).await else { return };
    let account = Account::new(app).await;
    let Some(control) = app.simulator("/__sim/key") else {
        return;
    };
    let key = control
        .json(json!({"seed": unique("seed"), "permissions": TRADING}))
        .await
        .expect(200);
    let connected = app
        .call("POST", "/api/v1/trading/keys")
        .bearer(&account.token)
        .json(
            json!({"exchange": "kraken", "label": "Main", "api_key": key.text_at("/api_key"),
            "api_secret": key.text_at("/api_secret"), "mode": "trade"}),
        )
        .await
        .expect(201);
    let order = json!({"mode": "live", "key_id": connected.text_at("/id"), "pair": pair, "side": "buy", "type": "limit",
        "volume": "1", "limit_price": "90"});
    let accepted = app
        .call("POST", ORDERS)
        .bearer(&account.token)
        .json(order)
        .await
        .expect(202);
    let path = format!("{ORDERS}/{}", accepted.text_at("/id"));
    let open = until(app, &account, &path, |order| order["state"] == "open").await;
    assert!(open["txid"].is_string());
    let at_kraken = format!(
        "/api/v1/trading/account/open-orders?key={}",
        connected.text_at("/id")
    );
    let listed = until(app, &account, &at_kraken, |list| {
        list["items"]
            .as_array()
            .is_some_and(|items| items.len() == 1)
    })
    .await;
    assert_eq!(listed["items"][0]["order_id"], accepted.body["id"]);
    let _ = app
        .call("DELETE", &path)
        .bearer(&account.token)
        .send()
        .await
        .expect(202);
    until(app, &account, &path, |order| order["state"] == "canceled").await;
}

#[tokio::test]
async fn market_data_is_open_to_all_and_orders_are_not() {
    let app = App::shared();
    let Some(pair) = pair(app).await else { return };
    let ticker = app
        .call("GET", &format!("/api/v1/trading/market/ticker?pair={pair}"))
        .send()
        .await
        .expect(200);
    assert_eq!(ticker.body["items"][0]["bid"], "100.00");
    let strategies = app
        .call("GET", "/api/v1/trading/strategies")
        .send()
        .await
        .expect(200);
    assert_eq!(strategies.body["items"].as_array().map(Vec::len), Some(3));
    for path in [ORDERS, "/api/v1/trading/bots", "/api/v1/trading/dashboard"] {
        let _ = app
            .call("GET", path)
            .send()
            .await
            .problem(401, "unauthorized");
    }
}

/// ARCHITECTURE 6: a revoked credential is refused everywhere within a second, and at once where money moves.
#[tokio::test]
async fn no_order_is_taken_after_a_logout_not_even_within_its_second() {
    let app = App::shared();
    let Some(pair) = pair(app).await else { return };
    let account = Account::new(app).await;
    let order = async || {
        app.call("POST", ORDERS)
            .bearer(&account.token)
            .json(json!({"mode": "paper", "pair": pair, "side": "buy", "type": "market", "volume": "1"}))
            .await
    };
    let _ = order().await.expect(202);
    let _ = app
        .call("POST", "/api/v1/auth/logout")
        .bearer(&account.token)
        .send()
        .await
        .expect(204);
    let _ = order().await.problem(401, "unauthorized");
}

//! Paper orders: from accepted to filled, once, whatever dies on the way, and never near a key.

use futures::future::join_all;
use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::stage::{ORDERS, Stage, request};

fn market(side: &str, volume: &str) -> Value {
    json!({"mode": "paper", "pair": "XBTUSD", "side": side, "type": "market", "volume": volume})
}

fn limit(side: &str, volume: &str, price: &str) -> Value {
    json!({"mode": "paper", "pair": "XBT/USD", "side": side, "type": "limit", "volume": volume, "limit_price": price})
}

fn types(order: &Value) -> Vec<&str> {
    order["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect()
}

/// `total held` of an asset.
async fn wallet(stage: &Stage, user: Uuid, asset: &str) -> String {
    let sql = "select trim_scale(total)::text || ' ' || trim_scale(held)::text from trading.paper_balances
        where user_id = $1 and asset = $2";
    stage
        .sql
        .query_one(sql, &[&user, &asset])
        .await
        .unwrap()
        .get(0)
}

#[tokio::test]
async fn a_market_order_is_accepted_filled_and_told() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    let answer = stage
        .call(user, Method::POST, ORDERS, Some(market("buy", "0.1")))
        .await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    let accepted = answer.body;
    assert_eq!(accepted["state"], "intent");
    let id = accepted["id"].as_str().unwrap();

    assert_eq!(stage.work().await, 1);
    let order = stage.read_order(user, id).await;
    assert_eq!(order["state"], "filled", "{order}");
    assert_eq!(types(&order), ["intent", "fill", "filled"]);
    let ask = order["fills"][0]["price"].as_str().unwrap();
    assert_eq!(order["average_price"], ask);
    assert_eq!(wallet(&stage, user, "XXBT").await, "0.1 0");

    let told = "select count(*) from platform.tasks where kind = 'notify'
        and payload ->> 'type' = 'order_completed'";
    assert_eq!(stage.count(told).await, 1);
    let published = "select count(*) from platform.outbox where type = 'trade.executed'";
    assert_eq!(stage.count(published).await, 1);
    assert!(
        stage
            .simulator
            .journal()
            .iter()
            .all(|entry| entry.api_key.is_none()),
        "a paper order makes no private call"
    );
}

#[tokio::test]
async fn the_average_price_is_that_of_the_executions_whatever_was_rounded_of_their_cost() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    stage.price("XBTUSD", "30000", "30000.1");
    let id = stage.order(user, market("buy", "0.00123457")).await;
    stage.work().await;
    let order = stage.read_order(user, &id).await;
    assert_eq!(order["average_price"], "30000.1", "{order}");
    let told = "select count(*) from platform.tasks where kind = 'notify' and payload::text ~ '\"price\": ?\"30000.1\"'";
    assert_eq!(stage.count(told).await, 1);
}

#[tokio::test]
async fn a_list_reads_what_all_of_its_orders_were_carried_out_at_in_one_statement() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    for price in ["30000", "30500", "31000"] {
        stage.price("XBTUSD", "29000", price);
        stage.order(user, market("buy", "0.01")).await;
        stage.work().await;
    }
    stage.order(user, limit("buy", "0.01", "20000")).await;
    stage.work().await;
    for (query, prices) in [
        ("", json!([null, "31000", "30500", "30000"])),
        ("?open=true", json!([null])),
        ("?open=false&limit=2", json!(["31000", "30500"])),
        ("?mode=live", json!([])),
    ] {
        let path = format!("{ORDERS}{query}");
        let listed = stage.call(user, Method::GET, &path, None).await.body;
        let told: Vec<&Value> = listed["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|order| &order["average_price"])
            .collect();
        assert_eq!(json!(told), prices, "{query}");
    }
    stage
        .sql
        .batch_execute("begin; set local track_functions = 'all'")
        .await
        .unwrap();
    let list = "select trading.list_orders($1, null, 20, null, null, null)";
    stage.sql.query_one(list, &[&user]).await.unwrap();
    let calls = "select coalesce(sum(calls), 0)::bigint from pg_stat_xact_user_functions
        where funcname in ('average_price', 'average_prices')";
    assert_eq!(stage.count(calls).await, 1);
    stage.sql.batch_execute("rollback").await.unwrap();
}

#[tokio::test]
async fn each_step_done_again_changes_nothing() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    let id = stage.order(user, market("buy", "0.1")).await;
    let again = || stage.task("process_order", &id, json!({"order_id": id}));
    // At once, and once more afterwards.
    for answer in join_all((0..8).map(|_| again())).await {
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    assert_eq!(again().await.status, 200);
    let order = stage.read_order(user, &id).await;
    assert_eq!(types(&order), ["intent", "fill", "filled"]);
    assert_eq!(wallet(&stage, user, "XXBT").await, "0.1 0");
    for sql in [
        "select count(*) from trading.fills",
        "select count(*) from platform.tasks where kind = 'notify'",
        "select count(*) from platform.outbox where type = 'trade.executed'",
    ] {
        assert_eq!(stage.count(sql).await, 1, "{sql}");
    }
}

#[tokio::test]
async fn an_idempotency_key_makes_one_order_of_many_requests() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    let send = |body: Value| {
        let mut request = request(user, Method::POST, ORDERS, Some(body));
        request
            .headers_mut()
            .insert("idempotency-key", "once".parse().unwrap());
        stage.send(request)
    };
    let answers = join_all((0..6).map(|_| send(market("buy", "0.1")))).await;
    let ids: std::collections::BTreeSet<String> = answers
        .iter()
        .map(|answer| {
            assert_eq!(answer.status, 202, "{}", answer.text);
            answer.body["id"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(ids.len(), 1);
    let fresh = answers
        .iter()
        .filter(|answer| !answer.headers.contains_key("idempotency-replayed"));
    assert_eq!(fresh.count(), 1);
    assert_eq!(
        send(market("buy", "0.2")).await.problem(),
        (422, "idempotency-mismatch")
    );

    // Worth less than the exchange takes by now: it is not a new order that is asked for.
    stage.price("XBTUSD", "1", "1.1");
    let late = send(market("buy", "0.1")).await.expect(202);
    assert_eq!(late.body["id"], *ids.first().unwrap());
    assert!(late.headers.contains_key("idempotency-replayed"));
    assert_eq!(
        send(market("buy", "0.2")).await.problem(),
        (422, "idempotency-mismatch")
    );
}

#[tokio::test]
async fn a_resting_order_holds_its_funds_and_fills_when_the_market_comes() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    stage.price("XBTUSD", "30000", "30010");
    let id = stage.order(user, limit("buy", "0.1", "29000")).await;
    stage.work().await;
    assert_eq!(stage.read_order(user, &id).await["state"], "open");
    // 2900 and the taker's fee of 0.4 %.
    assert_eq!(wallet(&stage, user, "ZUSD").await, "10000 2911.6");

    // What is held cannot be spent twice.
    let second = stage.order(user, limit("buy", "0.3", "29000")).await;
    stage.work().await;
    let refused = stage.read_order(user, &second).await;
    assert_eq!(
        (&refused["state"], &refused["reason"]),
        (&json!("rejected"), &json!("insufficient_funds"))
    );

    stage.price("XBTUSD", "28900", "28950");
    stage.advance(60).await;
    stage.work().await;
    let order = stage.read_order(user, &id).await;
    assert_eq!(order["state"], "filled", "{order}");
    assert_eq!(order["fills"][0]["maker"], true);
    assert_eq!(order["fills"][0]["price"], "29000");
    // 10000 − 2900 − 0.25 %.
    assert_eq!(wallet(&stage, user, "ZUSD").await, "7092.75 0");
}

#[tokio::test]
async fn an_order_taken_back_gives_back_what_it_held() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    let id = stage.order(user, limit("buy", "0.1", "20000")).await;
    stage.work().await;
    let path = format!("{ORDERS}/{id}");
    let canceled = stage.call(user, Method::DELETE, &path, None).await;
    assert_eq!(
        (canceled.status, &canceled.body["state"]),
        (200, &json!("canceled"))
    );
    assert_eq!(wallet(&stage, user, "ZUSD").await, "10000 0");
    let again = stage.call(user, Method::DELETE, &path, None).await;
    assert_eq!(again.problem(), (409, "conflict"));
    let stranger = stage
        .call(Uuid::now_v7(), Method::DELETE, &path, None)
        .await;
    assert_eq!(stranger.status, 404);
    stage.advance(120).await;
    stage.work().await;
    assert_eq!(stage.read_order(user, &id).await["state"], "canceled");
}

#[tokio::test]
async fn a_wallet_never_pays_more_than_it_has() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    stage.price("XBTUSD", "30000", "30000");
    // Three of these are what 10,000 pays for.
    let ids = join_all((0..6).map(|_| stage.order(user, market("buy", "0.1")))).await;
    join_all(
        ids.iter()
            .map(|id| stage.task("process_order", id, json!({"order_id": id}))),
    )
    .await;
    let mut filled = 0;
    for id in &ids {
        let order = stage.read_order(user, id).await;
        match order["state"].as_str().unwrap() {
            "filled" => filled += 1,
            "rejected" => assert_eq!(order["reason"], "insufficient_funds"),
            other => panic!("{other}"),
        }
    }
    assert_eq!(filled, 3);
    assert_eq!(wallet(&stage, user, "XXBT").await, "0.3 0");
    assert_eq!(wallet(&stage, user, "ZUSD").await, "964 0");
}

#[tokio::test]
async fn what_the_exchange_would_refuse_is_named_and_not_written_down() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    let key = Uuid::now_v7();
    let cases = [
        (json!({"pair": "NOPE"}), "pair"),
        (json!({"volume": "0.000001"}), "volume"),
        (json!({"volume": "-1"}), "volume"),
        (json!({"volume": 1}), "volume"),
        (json!({"type": "limit"}), "limit_price"),
        (json!({"limit_price": "1"}), "limit_price"),
        (json!({"key_id": key}), "key_id"),
        (json!({"mode": "live"}), "key_id"),
        (json!({"post_only": true}), "post_only"),
        (json!({"side": "hold"}), "side"),
        (
            json!({"type": "limit", "limit_price": "30000.123"}),
            "limit_price",
        ),
    ];
    for (change, field) in cases {
        let mut body = market("buy", "0.1");
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        let answer = stage.call(user, Method::POST, ORDERS, Some(body)).await;
        assert_eq!(answer.status, 422, "{change}: {}", answer.text);
        assert_eq!(answer.body["errors"][0]["field"], field, "{change}");
    }
    let foreign = json!({"mode": "live", "key_id": key, "pair": "XBTUSD", "side": "buy", "type": "market", "volume": "0.1"});
    let answer = stage.call(user, Method::POST, ORDERS, Some(foreign)).await;
    assert_eq!(answer.body["errors"][0]["field"], "key_id");
    assert_eq!(stage.count("select count(*) from trading.orders").await, 0);
    assert_eq!(
        stage
            .count("select count(*) from platform.idempotency")
            .await,
        0
    );
}

#[tokio::test]
async fn history_is_append_only_and_lists_go_page_by_page() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(stage.order(user, market("buy", "0.01")).await);
    }
    stage.work().await;
    let page = stage
        .call(user, Method::GET, &format!("{ORDERS}?limit=2"), None)
        .await
        .body;
    assert_eq!(page["items"][0]["id"], *ids[2]);
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = stage
        .call(
            user,
            Method::GET,
            &format!("{ORDERS}?limit=2&cursor={cursor}"),
            None,
        )
        .await
        .body;
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    assert_eq!(rest["next_cursor"], Value::Null);
    let open = stage
        .call(user, Method::GET, &format!("{ORDERS}?open=true"), None)
        .await;
    assert_eq!(open.body["items"], json!([]));
    let foreign = stage.call(Uuid::now_v7(), Method::GET, ORDERS, None).await;
    assert_eq!(foreign.body["items"], json!([]));
}

#[tokio::test]
async fn a_kill_switch_lets_nothing_through() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    let engage = format!("select trading.engage_kill_switch('{{}}', '{user}', 'enough')::text");
    stage.sql.query_one(&engage, &[]).await.unwrap();
    let id = stage.order(user, market("buy", "0.1")).await;
    stage.work().await;
    let order = stage.read_order(user, &id).await;
    assert_eq!(
        (&order["state"], &order["reason"]),
        (&json!("rejected"), &json!("kill_switch"))
    );
}

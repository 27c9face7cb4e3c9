//! Live orders: exactly one at the exchange or none, and we know which, whatever is lost on the way.

use futures::future::join_all;
use http::Method;
use kraken_simulator::{FaultKind, KeyEdit};
use serde_json::{Value, json};

use crate::stage::{ORDERS, TRADING};
use crate::trader::Trader;

#[tokio::test]
async fn a_live_order_is_sent_once_looked_up_and_its_fills_add_up() {
    let trader = Trader::new().await;
    let id = trader.order(trader.market()).await;
    let order = trader.until_over(&id).await;
    assert_eq!(order["state"], "filled", "{order}");
    assert!(order["txid"].is_string());
    assert_eq!(order["volume_executed"], "0.01");
    assert_eq!(order["fills"].as_array().unwrap().len(), 1);
    assert_eq!(trader.stage.called("AddOrder"), 1);
    trader.nonces_held();
}

#[tokio::test]
async fn whatever_is_lost_an_order_is_there_once_or_not_at_all_and_we_know_which() {
    let cases = [
        (FaultKind::DropAfter, "filled"),
        (FaultKind::HttpAfter { status: 502 }, "filled"),
        (FaultKind::DropBefore, "not_placed"),
        (FaultKind::Http { status: 502 }, "not_placed"),
        (
            FaultKind::Error {
                error: "EService:Busy".to_owned(),
            },
            "not_placed",
        ),
        (
            FaultKind::Error {
                error: "EOrder:Insufficient funds".to_owned(),
            },
            "rejected",
        ),
    ];
    let trader = Trader::new().await;
    let (mut sent, mut bought) = (0, 0);
    for (fault, state) in cases {
        trader.fault(fault.clone(), "AddOrder");
        let id = trader.order(trader.market()).await;
        let order = trader.until_over(&id).await;
        assert_eq!(order["state"], state, "{fault:?}: {order}");
        sent += 1;
        assert_eq!(trader.stage.called("AddOrder"), sent, "{fault:?}");
        let there = usize::from(state == "filled");
        assert_eq!(order["fills"].as_array().unwrap().len(), there, "{fault:?}");
        trader.stage.later(600).await;
        bought += there;
        assert_eq!(trader.bought().await, bought, "{fault:?}");
    }
}

#[tokio::test]
async fn a_limit_of_calls_puts_the_order_off_and_it_is_sent_then() {
    let trader = Trader::new().await;
    let fault = FaultKind::Error {
        error: "EOrder:Rate limit exceeded".to_owned(),
    };
    trader.fault(fault, "AddOrder");
    let id = trader.order(trader.market()).await;
    let order = trader.until_over(&id).await;
    assert_eq!(order["state"], "filled", "{order}");
    assert_eq!(trader.stage.called("AddOrder"), 2);
    assert_eq!(trader.bought().await, 1);
}

#[tokio::test]
async fn a_worker_that_dies_before_sending_leaves_no_order_and_one_that_dies_after_leaves_one() {
    // Before: the statement that lets it leave was done, and nothing else.
    let trader = Trader::new().await;
    let id = trader.order(trader.market()).await;
    let begin = format!(
        "select trading.begin_submission('{{}}', '{id}', gen_random_uuid(),
            '{{\"bid\": \"30000\", \"ask\": \"30010\", \"volume_24h\": \"1\"}}') ->> 'outcome'"
    );
    let begun: String = trader
        .stage
        .sql
        .query_one(&begin, &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(begun, "begun");
    // The task comes again: it must not send.
    let again = trader
        .stage
        .task("process_order", &id, json!({"order_id": id}))
        .await;
    assert_eq!(again.status, 200);
    assert_eq!(trader.stage.called("AddOrder"), 0);
    let order = trader.until_over(&id).await;
    assert_eq!(order["state"], "not_placed", "{order}");
    assert_eq!(trader.stage.called("AddOrder"), 0);

    // After: it was sent, and its answer never written down.
    trader
        .stage
        .sql
        .batch_execute(
            "create or replace function trading.record_submission(context jsonb, order_id uuid, holder uuid, result jsonb)
             returns jsonb language plpgsql as $$ begin raise exception 'the worker died here'; end $$",
        )
        .await
        .unwrap();
    let id = trader.order(trader.market()).await;
    let died = trader
        .stage
        .task("process_order", &id, json!({"order_id": id}))
        .await;
    assert_eq!(died.status, 500);
    let again = trader
        .stage
        .task("process_order", &id, json!({"order_id": id}))
        .await;
    assert_eq!(again.status, 200);
    let order = trader.until_over(&id).await;
    assert_eq!(order["state"], "filled", "{order}");
    assert_eq!(trader.stage.called("AddOrder"), 1);
    assert_eq!(trader.bought().await, 1);
}

#[tokio::test]
async fn a_lookup_repeated_or_failing_counts_each_fill_once() {
    let trader = Trader::new().await;
    for endpoint in ["OpenOrders", "ClosedOrders", "TradesHistory"] {
        trader.fault(FaultKind::DropAfter, endpoint);
    }
    let id = trader.order(trader.market()).await;
    let order = trader.until_over(&id).await;
    assert_eq!(order["state"], "filled", "{order}");
    let payload = json!({"order_id": id});
    for _ in 0..3 {
        let again = trader.stage.task("sync_order", "x", payload.clone()).await;
        assert_eq!(again.status, 200);
    }
    assert_eq!(
        trader
            .stage
            .count("select count(*) from trading.fills")
            .await,
        1
    );
}

#[tokio::test]
async fn executions_are_found_behind_a_hundred_others_of_the_same_second() {
    let trader = Trader::new().await;
    let first = trader.order(trader.limit("29000")).await;
    trader.stage.work().await;
    let mut busy = trader.limit("28000");
    busy["volume"] = json!("0.12");
    let second = trader.order(busy).await;
    trader.stage.work().await;
    let ask = |price: &str, volume: &str| kraken_simulator::PriceMove {
        pair: "XBTUSD".to_owned(),
        bid: Some("27900".parse().unwrap()),
        ask: Some(price.parse().unwrap()),
        askq: Some(volume.parse().unwrap()),
        ..Default::default()
    };
    // One execution of the first, then 120 of the second, before anybody looks.
    trader
        .stage
        .simulator
        .move_price(&ask("28990", "1"))
        .unwrap();
    for _ in 0..120 {
        trader
            .stage
            .simulator
            .move_price(&ask("27990", "0.001"))
            .unwrap();
    }
    for step in 1..8 {
        trader.stage.advance(step * 60).await;
        trader.stage.work().await;
    }
    for (id, executed) in [(&first, "0.01"), (&second, "0.12")] {
        let order = trader.read(id).await;
        assert_eq!(
            (&order["state"], &order["volume_executed"]),
            (&json!("filled"), &json!(executed)),
            "{order}"
        );
    }
    let fills = "select count(*) from trading.fills";
    assert_eq!(trader.stage.count(fills).await, 121);
    trader.nonces_held();
}

#[tokio::test]
async fn a_resting_order_is_filled_in_parts_and_then_taken_back() {
    let trader = Trader::new().await;
    let id = trader.order(trader.limit("29000")).await;
    trader.stage.work().await;
    assert_eq!(trader.read(&id).await["state"], "open");

    let part = kraken_simulator::PriceMove {
        pair: "XBTUSD".to_owned(),
        ask: Some("28990".parse().unwrap()),
        bid: Some("28980".parse().unwrap()),
        askq: Some("0.004".parse().unwrap()),
        ..Default::default()
    };
    trader.stage.simulator.move_price(&part).unwrap();
    trader.stage.advance(60).await;
    trader.stage.work().await;
    let order = trader.read(&id).await;
    assert_eq!(
        (&order["state"], &order["volume_executed"]),
        (&json!("partially_filled"), &json!("0.004")),
        "{order}"
    );

    let path = format!("{ORDERS}/{id}");
    let asked = trader
        .stage
        .call(trader.user, Method::DELETE, &path, None)
        .await;
    assert_eq!(asked.status, 202, "{}", asked.text);
    let order = trader.until_over(&id).await;
    assert_eq!(
        (&order["state"], &order["volume_executed"]),
        (&json!("canceled"), &json!("0.004")),
        "{order}"
    );
    assert_eq!(trader.stage.called("CancelOrder"), 1);
    trader.nonces_held();
}

#[tokio::test]
async fn a_cancellation_whose_answer_is_lost_is_asked_for_again() {
    let trader = Trader::new().await;
    let id = trader.order(trader.limit("20000")).await;
    trader.stage.work().await;
    trader.fault(FaultKind::DropBefore, "CancelOrder");
    let path = format!("{ORDERS}/{id}");
    trader
        .stage
        .call(trader.user, Method::DELETE, &path, None)
        .await;
    assert_eq!(trader.until_over(&id).await["state"], "canceled");
}

#[tokio::test]
async fn limits_of_a_key_hold_for_many_orders_at_once() {
    let trader = Trader::new().await;
    let path = format!("/api/v1/trading/keys/{}", trader.key_id);
    let limits = json!({"pairs": ["XBT/USD"], "max_daily_value": "700", "max_order_value": "400"});
    let changed = trader
        .stage
        .call(trader.user, Method::PATCH, &path, Some(limits))
        .await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert_eq!(changed.body["pairs"], json!(["XBTUSD"]));

    // 300.1 each: two of them stay within 700.
    let ids = join_all((0..5).map(|_| trader.order(trader.market()))).await;
    join_all(ids.iter().map(|id| {
        trader
            .stage
            .task("process_order", id, json!({"order_id": id}))
    }))
    .await;
    let (mut sent, mut refused) = (0, 0);
    for id in &ids {
        match trader.until_over(id).await {
            order if order["state"] == "filled" => sent += 1,
            order => {
                assert_eq!(order["reason"], "risk_limit:max_daily_value", "{order}");
                refused += 1;
            }
        }
    }
    assert_eq!((sent, refused), (2, 3));

    let mut other = trader.market();
    other["pair"] = json!("ETHUSD");
    other["volume"] = json!("0.1");
    let id = trader.order(other).await;
    assert_eq!(trader.until_over(&id).await["reason"], "pair_not_allowed");
    let mut large = trader.market();
    large["volume"] = json!("0.02");
    let id = trader.order(large).await;
    assert_eq!(
        trader.until_over(&id).await["reason"],
        "risk_limit:max_order_value"
    );
    let hourly = json!({"max_orders_per_hour": 2});
    let changed = trader
        .stage
        .call(trader.user, Method::PATCH, &path, Some(hourly))
        .await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    let id = trader.order(trader.market()).await;
    assert_eq!(
        trader.until_over(&id).await["reason"],
        "risk_limit:max_orders_per_hour"
    );
}

#[tokio::test]
async fn a_limit_in_dollars_lets_no_order_in_euros_through() {
    let trader = Trader::new().await;
    let path = format!("/api/v1/trading/keys/{}", trader.key_id);
    let change = async |limits: Value| {
        let changed = trader
            .stage
            .call(trader.user, Method::PATCH, &path, Some(limits))
            .await;
        (changed.status, changed.body)
    };
    let (status, key) = change(json!({"limits_quote": "usd", "max_order_value": "400"})).await;
    assert_eq!((status, &key["limits_quote"]), (200, &json!("ZUSD")));
    let mut other = trader.market();
    other["pair"] = json!("XBTEUR");
    let euros = trader.order(other).await;
    let dollars = trader.order(trader.market()).await;
    for step in 1..6 {
        trader.stage.work().await;
        trader.stage.advance(step * 30).await;
    }
    let euros = trader.read(&euros).await;
    assert_eq!(euros["reason"], "risk_limit:limits_quote", "{euros}");
    assert_eq!(trader.read(&dollars).await["state"], "filled");
    let (status, problem) = change(json!({"limits_quote": "cheese"})).await;
    assert_eq!(
        (status, &problem["errors"][0]["field"]),
        (422, &json!("limits_quote"))
    );
}

#[tokio::test]
async fn an_order_that_had_to_wait_too_long_is_not_sent() {
    let trader = Trader::new().await;
    let id = trader.order(trader.market()).await;
    trader.stage.advance(301).await;
    assert_eq!(trader.until_over(&id).await["reason"], "too_late");
    assert_eq!(trader.stage.called("AddOrder"), 0);
}

#[tokio::test]
async fn a_key_that_only_reads_or_is_not_active_places_nothing() {
    let trader = Trader::new().await;
    let id = trader.order(trader.market()).await;
    trader
        .stage
        .sql
        .batch_execute("update trading.exchange_keys set status = 'drift'")
        .await
        .unwrap();
    let refused = trader
        .stage
        .call(trader.user, Method::POST, ORDERS, Some(trader.market()))
        .await;
    assert_eq!(refused.problem(), (409, "conflict"));
    let order = trader.until_over(&id).await;
    assert_eq!(order["reason"], "key_not_active");
    assert_eq!(trader.stage.called("AddOrder"), 0);
}

#[tokio::test]
async fn a_refused_permission_has_the_key_looked_at_again_and_its_owner_told() {
    let trader = Trader::new().await;
    let id = trader.order(trader.market()).await;
    let left: Vec<String> = TRADING
        .into_iter()
        .filter(|name| *name != "modify-trades")
        .map(str::to_owned)
        .collect();
    let edit = KeyEdit {
        api_key: trader.key.api_key.clone(),
        permissions: Some(left.clone()),
        ..KeyEdit::default()
    };
    trader.stage.simulator.edit_key(edit).unwrap();
    assert_eq!(trader.until_over(&id).await["state"], "rejected");
    let path = format!("/api/v1/trading/keys/{}", trader.key_id);
    let key = trader
        .stage
        .call(trader.user, Method::GET, &path, None)
        .await;
    assert_eq!(key.body["status"], "drift");
    assert_eq!(key.body["permissions"], json!(left), "{}", key.text);
    let problem = key.body["problem"].as_str().unwrap();
    assert!(problem.starts_with("Tick "), "{problem}");
    let told = "select count(*) from platform.tasks where kind = 'notify' and payload ->> 'type' = 'key_drift'";
    assert_eq!(trader.stage.count(told).await, 1);
}

#[tokio::test]
async fn of_320_parallel_calls_none_sees_an_invalid_nonce() {
    let trader = Trader::new().await;
    trader
        .stage
        .sql
        .batch_execute("update trading.exchange_keys set tier = 'intermediate'")
        .await
        .unwrap();
    let path = format!("/api/v1/trading/account/balances?key={}", trader.key_id);
    let mut good = 0;
    // So many at once that the exchange's counter has room for all of them; then it is as good as empty again.
    for _ in 0..20 {
        let calls = (0..16).map(|_| trader.stage.call(trader.user, Method::GET, &path, None));
        for answer in join_all(calls).await {
            match answer.status {
                200 => good += 1,
                409 | 429 => assert!(answer.headers.contains_key("retry-after")),
                other => panic!("{other}: {}", answer.text),
            }
        }
        trader.stage.later(60).await;
    }
    // They go one after the other, and none waits for more than two seconds: on a slow machine many are told to come back.
    assert!(good >= 40, "{good} calls went through");
    assert_eq!(trader.stage.called("BalanceEx"), good);
    trader.nonces_held();
}

#[tokio::test]
async fn nothing_that_leaves_holds_a_secret() {
    let trader = Trader::new().await;
    let id = trader.order(trader.market()).await;
    trader.until_over(&id).await;
    let dump: String = trader
        .stage
        .sql
        .query_one(
            "select coalesce((select jsonb_agg(to_jsonb(o)) from platform.outbox o)::text, '')
                || coalesce((select jsonb_agg(to_jsonb(t)) from platform.tasks t)::text, '')
                || coalesce((select jsonb_agg(to_jsonb(e)) from trading.order_events e)::text, '')
                || coalesce((select jsonb_agg(to_jsonb(k)) from trading.exchange_keys k)::text, '')
                || coalesce((select jsonb_agg(to_jsonb(a)) from platform.audit_personal a)::text, '')",
            &[],
        )
        .await
        .unwrap()
        .get(0);
    assert!(dump.len() > 1000);
    assert!(!dump.contains(&trader.key.api_secret) && !dump.contains(&trader.key.api_key));
}

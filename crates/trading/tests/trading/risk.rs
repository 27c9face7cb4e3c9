//! What a bot may risk, and who else stops it.

use kraken_simulator::{Fault, FaultKind};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::owner::{Owner, dca, grid};
use crate::stage::{Stage, TRADING};

const DAY: i64 = 86_400;

#[tokio::test]
async fn limits_of_a_bot_hold_and_a_loss_stops_it_at_the_next_look_and_tells() {
    let (owner, mut now) = (Owner::new().await, 0);
    owner.noon(&mut now).await;
    let mut body = dca();
    body["risk"] = json!({"max_order_value": "50"});
    let id = owner.create(body).await;
    owner.tell(&id, "start").await;
    owner.stage.work().await;
    let order = "select count(*) from trading.orders where reason = 'risk_limit:max_order_value'";
    assert_eq!(owner.stage.count(order).await, 1);
    let skipped = "select count(*) from platform.outbox where type = 'bot.trade.skipped'
        and payload::text ~ '\"reason\": ?\"risk_limit\"'
        and payload::text ~ '\"detail\": ?\"risk_limit:max_order_value\"'";
    assert_eq!(owner.stage.count(skipped).await, 1);

    let mut body = dca();
    body["risk"] = json!({"max_daily_loss": "5"});
    let id = owner.create(body).await;
    owner.tell(&id, "start").await;
    owner.stage.work().await;
    owner.stage.price("XBTUSD", "25000", "25010");
    // The slot of this hour is taken; the loss counts nevertheless.
    owner.pass(70, &mut now).await;
    let bot = owner.read(&id, "").await;
    assert_eq!(
        (&bot["state"], &bot["stopped_by"]),
        (&json!("stopped"), &json!("risk")),
        "{bot}"
    );
    let told = "select count(*) from platform.tasks where kind = 'notify' and payload ->> 'type' = 'bot_stopped'";
    assert_eq!(owner.stage.count(told).await, 1);
    owner.rows_are_folds().await;
}

#[tokio::test]
async fn a_limit_may_be_as_large_as_it_may_be_written() {
    let owner = Owner::new().await;
    let mut body = dca();
    body["risk"] = json!({"max_orders_per_hour": u32::MAX, "max_open_orders": u32::MAX, "max_spread_bps": u32::MAX,
        "max_order_value": "999999999999999999.999999"});
    let id = owner.create(body).await;
    owner.tell(&id, "start").await;
    owner.stage.work().await;
    let filled = "select count(*) from trading.orders where state = 'filled'";
    assert_eq!(owner.stage.count(filled).await, 1);
}

#[tokio::test]
async fn each_limit_of_a_bot_refuses_what_is_beyond_it_and_says_so() {
    let owner = Owner::new().await;
    let (buying, levels) = (dca(), grid());
    let mut resting = dca();
    resting["params"]["order"] = json!("limit");
    // 1 % below the bid.
    resting["params"]["limit_offset_bps"] = json!(100);
    for (body, risk, taken, refusal) in [
        // Ten dollars at 30,000 are 3.3 hundredths of a percent.
        (&buying, json!({"max_spread_bps": 3}), 0, "spread_guard"),
        (
            &resting,
            json!({"price_guard_percent": "0.9"}),
            0,
            "price_guard",
        ),
        (
            &buying,
            json!({"min_volume_24h": "999999999999999999"}),
            0,
            "illiquid_market",
        ),
        (
            &buying,
            json!({"max_order_value": "50"}),
            0,
            "risk_limit:max_order_value",
        ),
        (
            &buying,
            json!({"max_daily_value": "50"}),
            0,
            "risk_limit:max_daily_value",
        ),
        (
            &buying,
            json!({"max_exposure": "50"}),
            0,
            "risk_limit:max_exposure",
        ),
        // Of the levels below the price.
        (
            &levels,
            json!({"max_orders_per_hour": 1}),
            1,
            "risk_limit:max_orders_per_hour",
        ),
        (
            &levels,
            json!({"max_open_orders": 1}),
            1,
            "risk_limit:max_open_orders",
        ),
    ] {
        let mut body = body.clone();
        body["risk"] = risk;
        let id = owner.create(body).await;
        assert_eq!(owner.tell(&id, "start").await.0, 202);
        owner.stage.work().await;
        let orders = format!(
            "select count(*) filter (where o.state in ('open', 'filled')), string_agg(distinct o.reason, ' ')
             from trading.orders o where o.bot_id = '{id}'"
        );
        let row = owner.stage.sql.query_one(&orders, &[]).await.unwrap();
        let found: (i64, Option<&str>) = (row.get(0), row.get(1));
        assert_eq!(found, (taken, Some(refusal)));
    }
}

#[tokio::test]
async fn a_bot_never_sells_more_than_it_has_bought_whatever_its_strategy_wants() {
    let owner = Owner::new().await;
    let id = owner.create(dca()).await;
    owner.tell(&id, "start").await;
    owner.stage.work().await;
    let sale = format!(
        "select trading.insert_order('{{}}', o.user_id, o.bot_id, null, to_jsonb(o) || jsonb_build_object(
             'id', '{}', 'side', 'sell', 'volume', o.volume * 2))::text
         from trading.orders o where o.bot_id = '{id}' limit 1",
        Uuid::now_v7()
    );
    owner.stage.sql.batch_execute(&sale).await.unwrap();
    owner.stage.work().await;
    let refused =
        "select count(*) from trading.orders where side = 'sell' and reason = 'more_than_owned'";
    assert_eq!(owner.stage.count(refused).await, 1);
    owner.books_balance().await;
}

#[tokio::test]
async fn a_loss_is_measured_from_the_first_price_of_the_day_and_a_drawdown_from_the_best_of_the_run()
 {
    let (owner, mut now) = (Owner::new().await, 0);
    owner.noon(&mut now).await;
    let mut ids = Vec::new();
    for risk in [json!({"max_daily_loss": "5"}), json!({"max_drawdown": "8"})] {
        let mut body = dca();
        body["params"]["every"] = json!(30 * DAY);
        body["risk"] = risk;
        let id = owner.create(body).await;
        assert_eq!(owner.tell(&id, "start").await.0, 202);
        ids.push(id);
    }
    owner.stage.work().await;
    // What was bought for 100 at 30,010 is worth 3.32 less for each 1000 that the price falls.
    for (seconds, price, states) in [
        (70, 29_000, ["running", "running"]),
        // 7.07 in all, 3.32 of it today.
        (DAY, 29_000, ["running", "running"]),
        (70, 28_000, ["running", "running"]),
        // 5.64 within the day, though 0.56 are gained in all.
        (DAY, 32_000, ["running", "running"]),
        (70, 30_300, ["stopped", "running"]),
        // 8.30 from the best.
        (DAY, 29_500, ["stopped", "stopped"]),
    ] {
        owner
            .stage
            .price("XBTUSD", &price.to_string(), &(price + 10).to_string());
        owner.pass(seconds, &mut now).await;
        for (id, state) in ids.iter().zip(states) {
            let bot = owner.read(id, "").await;
            assert_eq!(bot["state"], state, "at {price}: {bot}");
            if state == "stopped" {
                assert_eq!(bot["stopped_by"], "risk", "{bot}");
            }
        }
        if price == 28_000 {
            let status = owner.read(&ids[0], "/status").await;
            let position = &status["position"];
            let base: Decimal = position["base_quantity"].as_str().unwrap().parse().unwrap();
            let lost: Decimal = status["pnl_today"].as_str().unwrap().parse().unwrap();
            assert_eq!(lost, base * Decimal::from(-1000), "{status}");
            // What was bought yesterday counts no more, but for what is invested.
            let used = json!({"max_orders_per_hour": 0, "max_daily_value": "0", "max_open_orders": 0,
                "max_exposure": position["cost_quote"]});
            assert_eq!(status["used"], used);
        }
    }
    owner.rows_are_folds().await;

    // Whoever starts it again has accepted what is lost.
    assert_eq!(owner.tell(&ids[1], "start").await.0, 202);
    owner.stage.work().await;
    assert_eq!(owner.read(&ids[1], "").await["state"], "running");
}

#[tokio::test]
async fn why_an_order_came_to_nothing_is_one_word_of_a_closed_set() {
    let stage = Stage::new().await;
    for (state, reason, word) in [
        ("rejected", "risk_limit:max_daily_value", "risk_limit"),
        ("rejected", "illiquid_market", "risk_limit"),
        ("rejected", "pair_not_allowed", "risk_limit"),
        ("rejected", "kill_switch", "kill_switch"),
        ("rejected", "too_late", "stale_signal"),
        ("rejected", "more_than_owned", "insufficient_funds"),
        (
            "rejected",
            "EOrder:Insufficient funds",
            "insufficient_funds",
        ),
        ("rejected", "post_only_would_cross", "price_guard"),
        ("rejected", "EOrder:Unknown position", "refused"),
        ("not_placed", "not found at the exchange", "not_placed"),
    ] {
        let sql = "select trading.skip_reason($1, $2)";
        let told = stage.sql.query_one(sql, &[&state, &reason]).await.unwrap();
        assert_eq!(told.get::<_, String>(0), word, "{state}: {reason}");
    }
}

/// Whether what it may do grew or shrank: no call of a bot that waits for its hour fails for either.
#[tokio::test]
async fn permissions_that_drift_stop_the_bots_of_that_key_within_one_tick_and_no_others() {
    let grown = [&TRADING[..], &["withdraw-funds"]].concat();
    for (permissions, every) in [(grown, 10), (TRADING[..3].to_vec(), 60)] {
        let (owner, mut now) = (Owner::new().await, 0);
        let (drifting, steady) = (owner.stage.key(&TRADING), owner.stage.key(&TRADING));
        let mut ids = Vec::new();
        for key in [Some(&drifting), Some(&steady), None] {
            let mut body = dca();
            body["every"] = json!(every);
            if let Some(key) = key {
                body["mode"] = json!("live");
                body["key_id"] = json!(owner.stage.connected(owner.user, key).await);
            }
            ids.push(owner.create(body).await);
        }
        for id in &ids {
            assert_eq!(owner.tell(id, "start").await.0, 202);
        }
        for seconds in [30, 30, 601] {
            owner.pass(seconds, &mut now).await;
        }
        let edit = kraken_simulator::KeyEdit {
            api_key: drifting.api_key.clone(),
            permissions: Some(permissions.iter().copied().map(str::to_owned).collect()),
            ..Default::default()
        };
        owner.stage.simulator.edit_key(edit).unwrap();
        owner.pass(every + 1, &mut now).await;
        let bot = owner.read(&ids[0], "").await;
        assert_eq!(
            (&bot["state"], &bot["stopped_by"]),
            (&json!("stopped"), &json!("key")),
            "{permissions:?}"
        );
        for id in &ids[1..] {
            assert_eq!(owner.read(id, "").await["state"], "running");
        }
        assert_eq!(owner.tell(&ids[0], "start").await.0, 409);
        owner.rows_are_folds().await;
    }
}

#[tokio::test]
async fn a_tick_looks_at_the_key_of_live_bots_once_and_leaves_what_it_did_not_learn_to_the_next() {
    let (owner, mut now) = (Owner::new().await, 0);
    let issued = owner.stage.key(&TRADING);
    let key = owner.stage.connected(owner.user, &issued).await;
    for _ in 0..2 {
        let mut body = dca();
        body["every"] = json!(10);
        body["mode"] = json!("live");
        body["key_id"] = json!(key);
        let id = owner.create(body).await;
        assert_eq!(owner.tell(&id, "start").await.0, 202);
    }
    for seconds in [30, 30, 30] {
        owner.pass(seconds, &mut now).await;
    }
    let looks = || owner.stage.called("GetApiKeyInfo");
    for _ in 0..3 {
        let before = looks();
        owner.pass(11, &mut now).await;
        assert_eq!(looks(), before + 1, "both bots have one key");
    }
    let unreachable = FaultKind::Http { status: 502 };
    owner
        .stage
        .simulator
        .plan_fault(Fault::next(unreachable).by(&issued.api_key));
    owner.pass(11, &mut now).await;
    let left = "select count(*) from platform.tasks where kind = 'check_key' and state <> 'done'";
    assert_eq!(owner.stage.count(left).await, 0);
}

#[tokio::test]
async fn a_kill_switch_stops_the_bots_of_its_scope_until_it_is_released() {
    let owner = Owner::new().await;
    let stranger = Owner {
        user: Uuid::now_v7(),
        stage: owner.stage,
    };
    let others = stranger.create(grid()).await;
    assert_eq!(stranger.tell(&others, "start").await.0, 202);
    let owner = Owner {
        user: owner.user,
        stage: stranger.stage,
    };
    let id = owner.create(grid()).await;
    assert_eq!(owner.tell(&id, "start").await.0, 202);
    let mine = format!(
        "select count(*) from trading.orders where finished_at is null and bot_id = '{id}'"
    );
    let running = "select count(*) from trading.bots where state = 'running'";
    for (scope, stopped, left) in [
        (owner.user.to_string(), "1", 1),
        ("global".to_owned(), "2", 0),
    ] {
        owner.stage.work().await;
        assert!(owner.stage.count(&mine).await > 0);
        let engage = format!(
            "select trading.engage_kill_switch('{{\"actor\": \"admin\"}}', '{scope}', 'exchange trouble') ->> 'stopped'"
        );
        let told: String = owner
            .stage
            .sql
            .query_one(&engage, &[])
            .await
            .unwrap()
            .get(0);
        assert_eq!(told, stopped, "{scope}");
        assert_eq!(owner.stage.count(running).await, left, "{scope}");
        owner.stage.work().await;
        assert_eq!(owner.stage.count(&mine).await, 0);
        assert_eq!(owner.tell(&id, "start").await.0, 409);
        let release = format!("select trading.release_kill_switch('{{}}', '{scope}')::text");
        owner.stage.sql.query_one(&release, &[]).await.unwrap();
        assert_eq!(owner.tell(&id, "start").await.0, 202);
    }
}

/// Each limit refuses what is just beyond it, by its own name, and lets through what just meets it.
#[tokio::test]
async fn each_limit_of_a_bot_refuses_what_is_beyond_it_and_a_pause_refuses_entries_alone() {
    let owner = Owner::new().await;
    let id = owner.create(dca()).await;
    assert_eq!(owner.tell(&id, "start").await.0, 202);
    let order = |side: &str| {
        json!({"id": Uuid::now_v7(), "user_id": owner.user, "bot_id": id, "mode": "paper", "pair": "XBTUSD", "base": "XXBT",
            "quote": "ZUSD", "side": side, "type": "limit", "volume": "0.01", "limit_price": "30000", "value": "300",
            "state": "intent"})
    };
    let refusal = async |order: Value, market: Value| -> Option<String> {
        let ask =
            "select trading.risk_refusal(jsonb_populate_record(null::trading.orders, $1), $2)";
        let row = owner.stage.sql.query_one(ask, &[&order, &market]).await;
        row.unwrap().get(0)
    };
    let set = async |what: String| {
        let change = format!("update trading.bots set {what} where id = '{id}'");
        owner.stage.sql.batch_execute(&change).await.unwrap();
    };
    let market = json!({"bid": "30890", "ask": "30910", "volume_24h": "10"});
    for (name, beyond, within, word) in [
        ("max_order_value", "299", "300", "risk_limit"),
        ("max_orders_per_hour", "0", "1", "risk_limit"),
        ("max_open_orders", "0", "1", "risk_limit"),
        ("max_daily_value", "299", "300", "risk_limit"),
        ("max_exposure", "299", "300", "risk_limit"),
        ("max_spread_bps", "6", "7", "spread_guard"),
        ("price_guard_percent", "2.9", "3", "price_guard"),
        ("min_volume_24h", "309001", "309000", "illiquid_market"),
    ] {
        let reason = match word {
            "risk_limit" => format!("risk_limit:{name}"),
            word => word.to_owned(),
        };
        for (limit, expected) in [(within, None), (beyond, Some(reason))] {
            set(format!("risk = '{}'", json!({name: limit}))).await;
            let told = refusal(order("buy"), market.clone()).await;
            assert_eq!(told, expected, "{name} {limit}");
        }
    }
    set("risk = '{}', base_quantity = 0.01, state = 'paused'".to_owned()).await;
    let told = refusal(order("buy"), market.clone()).await;
    assert_eq!(told.as_deref(), Some("paused"));
    assert_eq!(refusal(order("sell"), market.clone()).await, None);
    set("base_quantity = 0.009".to_owned()).await;
    let told = refusal(order("sell"), market).await;
    assert_eq!(told.as_deref(), Some("more_than_owned"));
}

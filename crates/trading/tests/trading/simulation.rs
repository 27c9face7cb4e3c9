//! Days of bots, live and on paper, while again and again what the exchange is asked goes wrong: nothing is doubled, nothing is
//! lost, and all books balance to the last decimal.

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use kraken_simulator::{Fault, FaultKind, JournalEntry};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use spindle_harness::size;
use uuid::Uuid;

use crate::stage::{Stage, TRADING};

/// A linear congruential generator: the same day each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

const ENDPOINTS: [&str; 7] = [
    "AddOrder",
    "CancelOrder",
    "OpenOrders",
    "ClosedOrders",
    "TradesHistory",
    "Ticker",
    "OHLC",
];

/// One in so many of the calls of each method fails, in each of the ways that there are.
fn faults(one_in: u32) -> impl Iterator<Item = Fault> {
    let kinds = [
        FaultKind::DropBefore,
        FaultKind::DropAfter,
        FaultKind::Http { status: 502 },
        FaultKind::HttpAfter { status: 504 },
        FaultKind::Error {
            error: "EService:Busy".to_owned(),
        },
    ];
    ENDPOINTS.into_iter().flat_map(move |endpoint| {
        // The ways take turns.
        (0..).zip(kinds.clone()).map(move |(index, kind)| {
            Fault::one_in(5 * one_in, one_in / 3 + one_in * index, kind).on(endpoint)
        })
    })
}

fn bots(key: Option<&str>) -> [Value; 3] {
    let mode = if key.is_some() { "live" } else { "paper" };
    [
        ("dca", json!({"quote_amount": "25", "every": 3600})),
        (
            "grid",
            json!({"lower": "27000", "upper": "33000", "levels": 12, "quote_per_level": "100"}),
        ),
        (
            "sma-crossover",
            json!({"interval": 60, "fast": 5, "slow": 20, "quote_amount": "200"}),
        ),
    ]
    .map(|(strategy, params)| {
        json!({"name": strategy, "strategy": strategy, "params": params, "pair": "XBTUSD", "mode": mode, "key_id": key,
            "every": 600})
    })
}

/// At least half as many of the calls have failed as were to, and in several ways: a fault that never strikes proves nothing.
fn faults_have_struck(journal: &[JournalEntry], one_in: u32) {
    let (mut calls, mut failed, mut ways) = (0, 0, BTreeSet::new());
    for entry in journal {
        if !ENDPOINTS.contains(&entry.endpoint.as_str()) {
            continue;
        }
        calls += 1;
        let ends = [
            ", then dropped",
            ", then http 504",
            "dropped",
            "http 502",
            "EService:Busy",
        ];
        if let Some(way) = ends.into_iter().find(|end| entry.outcome.ends_with(*end)) {
            failed += 1;
            ways.insert(way);
        }
    }
    assert!(
        2 * failed * one_in >= calls,
        "{failed} of {calls} calls failed"
    );
    assert!(ways.len() >= size(3, 5), "{ways:?}");
}

/// The exchange's own books beside ours: each of its orders is one of ours, there once, over, and executed as we know it; nothing that it
/// has executed is missing, nothing of ours was made up, and what each account has is what our fills left of it.
async fn exchange_and_we_agree(stage: &Stage, keys: &[(String, String)]) {
    let plain = |amount: Decimal| amount.normalize().to_string();
    let placed = stage.simulator.orders();
    let theirs: BTreeMap<String, [String; 4]> = placed
        .iter()
        .map(|order| {
            assert!(!order.is_open, "{order:?} rests, and nobody knows");
            let books = [
                order.txid.clone(),
                plain(order.executed),
                plain(order.cost),
                plain(order.fee),
            ];
            (order.client_id.clone().unwrap(), books)
        })
        .collect();
    assert_eq!(theirs.len(), placed.len(), "an order is there twice");
    let ours: BTreeMap<String, [String; 4]> = stage
        .sql
        .query(
            "select o.id::text, o.txid, trim_scale(o.volume_executed)::text, trim_scale(o.cost)::text, trim_scale(o.fee)::text
            from trading.orders o where o.mode = 'live' and o.txid is not null",
            &[],
        )
        .await
        .unwrap()
        .iter()
        .map(|row| (row.get(0), [1_usize, 2, 3, 4].map(|column| row.get(column))))
        .collect();
    assert_eq!(ours, theirs);

    let executed: BTreeSet<String> = placed.into_iter().flat_map(|order| order.trades).collect();
    let known: BTreeSet<String> = stage
        .sql
        .query("select id from trading.fills where mode = 'live'", &[])
        .await
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(known, executed);

    // A new account of the simulator has 10,000 dollars and one bitcoin.
    let left = "select trim_scale(10000 + coalesce(sum(case f.side when 'buy' then -f.cost else f.cost end - f.fee), 0))::text,
            trim_scale(1 + coalesce(sum(case f.side when 'buy' then f.volume else -f.volume end), 0))::text
        from trading.exchange_keys k
        left join trading.orders o on o.key_id = k.id
        left join trading.fills f on f.order_id = o.id
        where k.id::text = $1";
    for (key, account) in keys {
        let row = stage.sql.query_one(left, &[key]).await.unwrap();
        let ours: [String; 2] = [row.get(0), row.get(1)];
        let theirs = ["ZUSD", "XXBT"].map(|asset| plain(stage.simulator.balance(account, asset)));
        assert_eq!(ours, theirs, "{account}");
    }
}

/// Seconds between two looks at the market, and how far the price may go meanwhile.
const EVERY: i64 = 3600;
const REACH: i64 = 1200;

/// Fifty bots for ten days with `cargo xtask test --full`, one call in twenty failing; else six for some hours, in which one call in
/// five fails, so that each fault strikes. Three live bots on each key, the others on paper.
#[tokio::test]
async fn days_of_faults_double_nothing_and_lose_nothing() {
    let steps = i64::try_from(size(10, 240)).unwrap();
    let faulty = u32::try_from(size(5, 20)).unwrap();
    let (connected, made) = (size(1, 8), size(6, 50));
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    let mut keys = Vec::new();
    for _ in 0..connected {
        let issued = stage.key(&TRADING);
        keys.push((stage.connected(user, &issued).await, issued.account));
    }
    stage
        .sql
        .batch_execute("update trading.exchange_keys set tier = 'intermediate'")
        .await
        .unwrap();
    stage.price("XBTUSD", "30000", "30010");
    let whose = keys
        .iter()
        .map(|(key, _)| Some(key.as_str()))
        .chain(std::iter::repeat(None));
    let mut ids = Vec::new();
    for bot in whose.flat_map(bots).take(made) {
        let made = stage
            .call(user, Method::POST, "/api/v1/trading/bots", Some(bot))
            .await;
        assert_eq!(made.status, 201, "{}", made.text);
        ids.push(made.body["id"].as_str().unwrap().to_owned());
    }
    let tell = async |command: &str| {
        for id in &ids {
            let path = format!("/api/v1/trading/bots/{id}/{command}");
            let answer = stage.call(user, Method::POST, &path, None).await;
            assert_eq!(answer.status, 202, "{}", answer.text);
        }
    };
    tell("start").await;
    for fault in faults(faulty) {
        stage.simulator.plan_fault(fault);
    }

    let mut numbers = Numbers(7);
    let mut price = 30_000_i64;
    for step in 1..=steps {
        let change = numbers.below(2 * REACH.unsigned_abs() + 1);
        price = (price + i64::try_from(change).unwrap() - REACH).clamp(27_500, 32_500);
        stage.price("XBTUSD", &price.to_string(), &(price + 10).to_string());
        stage.advance(step * EVERY).await;
        let _ = stage.task("tick_bots", "tick", json!({})).await;
        stage.work().await;
    }
    let end = steps * EVERY;
    for round in 1..=3 {
        stage.advance(end + round * 60).await;
        stage.work().await;
    }
    tell("stop").await;
    stage.simulator.clear_faults();
    faults_have_struck(&stage.simulator.journal(), faulty);
    let open = "select count(*) from trading.orders where finished_at is null";
    for round in 4..=20 {
        stage.advance(end + round * 60).await;
        stage.work().await;
        if stage.count(open).await == 0 {
            break;
        }
    }
    assert_eq!(stage.count(open).await, 0, "every order's fate is known");
    for (mode, least) in [("live", size(3, 21)), ("paper", size(5, 11))] {
        let fills = format!("select count(*) from trading.fills where mode = '{mode}'");
        let fills = usize::try_from(stage.count(&fills).await).unwrap();
        assert!(fills >= least, "{mode}: {fills}");
    }

    exchange_and_we_agree(&stage, &keys).await;
    for (rule, sql) in [
        (
            "an order's totals are its fills'",
            "select count(*) from trading.orders o
                left join lateral (select coalesce(sum(f.volume), 0) as volume, coalesce(sum(f.cost), 0) as cost,
                    coalesce(sum(f.fee), 0) as fee from trading.fills f where f.order_id = o.id) f on true
                where o.volume_executed <> f.volume or o.cost <> f.cost or o.fee <> f.fee",
        ),
        (
            "a bot's row is the fold of its events",
            "select count(*) from trading.bots b where b is distinct from trading.rebuild_bot(b.id)",
        ),
        (
            "a bot holds what its fills left",
            "select count(*) from trading.bots b where b.base_quantity <> (
                select coalesce(sum(case f.side when 'buy' then f.volume else -f.volume end), 0)
                from trading.fills f where f.bot_id = b.id)",
        ),
        (
            "a bot has earned what its fills say",
            "select count(*) from trading.bots b where b.realized_pnl - b.cost_quote <> (
                select coalesce(sum(case f.side when 'buy' then -f.cost else f.cost end - f.fee), 0)
                from trading.fills f where f.bot_id = b.id)",
        ),
        (
            "a slot was carried out once",
            "select count(*) from (select 1 from trading.bot_executions x
                group by x.bot_id, x.slot_key having count(*) > 1) twice",
        ),
        (
            "a purchase of every hour is one order",
            "select count(*) from (select 1 from trading.orders o join trading.bots b on b.id = o.bot_id
                where b.strategy = 'dca' group by o.bot_id, o.execution_id having count(*) > 1) twice",
        ),
        (
            "no bot sold what it had not",
            "select count(*) from trading.bots b where b.base_quantity < 0",
        ),
        (
            "play money is what fills left of it",
            "select count(*) from trading.paper_balances w where w.held <> 0 or w.total <>
                case when w.asset = 'ZUSD' then 10000 else 0 end + (
                select coalesce(sum(case when w.asset = f.quote
                    then case f.side when 'buy' then -f.cost else f.cost end - f.fee
                    else case f.side when 'buy' then f.volume else -f.volume end end), 0)
                from trading.fills f where f.user_id = w.user_id and f.mode = 'paper')",
        ),
    ] {
        assert_eq!(stage.count(sql).await, 0, "{rule}");
    }
    let nonces = stage
        .simulator
        .journal()
        .into_iter()
        .filter(|entry| {
            entry.outcome.contains("Invalid nonce")
                || entry.outcome.contains("EAPI:Rate limit exceeded")
        })
        .count();
    assert_eq!(nonces, 0);
}

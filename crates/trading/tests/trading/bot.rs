//! Bots: commands, one execution a slot, and a row that is what its events add up to.

use futures::future::join_all;
use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::stage::{KEYS, Stage, TRADING, request};

const BOTS: &str = "/api/v1/trading/bots";

fn dca() -> Value {
    json!({"name": "Savings", "strategy": "dca", "params": {"quote_amount": "100", "every": 3600}, "pair": "XBT/USD",
        "mode": "paper", "every": 60})
}

fn grid() -> Value {
    json!({"name": "Grid", "strategy": "grid", "pair": "XBTUSD", "mode": "paper", "every": 60,
        "params": {"lower": "28000", "upper": "32000", "levels": 8, "quote_per_level": "300"}})
}

struct Owner {
    stage: Stage,
    user: Uuid,
}

impl Owner {
    async fn new() -> Self {
        let (stage, user) = (Stage::new().await, Uuid::now_v7());
        stage.price("XBTUSD", "30000", "30010");
        Self { stage, user }
    }

    async fn create(&self, body: Value) -> String {
        let answer = self
            .stage
            .call(self.user, Method::POST, BOTS, Some(body))
            .await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        assert_eq!(answer.json()["state"], "stopped");
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    async fn tell(&self, id: &str, command: &str) -> (u16, Value) {
        let path = format!("{BOTS}/{id}/{command}");
        let answer = self.stage.call(self.user, Method::POST, &path, None).await;
        (answer.status.as_u16(), answer.json())
    }

    async fn read(&self, id: &str, what: &str) -> Value {
        let path = format!("{BOTS}/{id}{what}");
        let answer = self.stage.call(self.user, Method::GET, &path, None).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    /// Time goes on, and the schedule with it.
    async fn pass(&self, seconds: i64, now: &mut i64) {
        *now += seconds;
        self.stage.advance(*now).await;
        let tick = self.stage.task("tick_bots", "tick", json!({})).await;
        assert_eq!(tick.status, 200, "{}", tick.text);
        self.stage.work().await;
    }

    /// Each bot's row equals the fold of its events.
    async fn rows_are_folds(&self) {
        let different = "select count(*) from trading.bots b where b is distinct from trading.rebuild_bot(b.id)";
        assert_eq!(self.stage.count(different).await, 0);
    }

    /// What a bot says it holds is what its fills left.
    async fn books_balance(&self) {
        let wrong = "select count(*) from trading.bots b where b.base_quantity <> (
            select coalesce(sum(case f.side when 'buy' then f.volume else -f.volume end), 0)
            from trading.fills f where f.bot_id = b.id)
            or b.realized_pnl - b.cost_quote <> (
            select coalesce(sum(case f.side when 'buy' then -f.cost else f.cost end - f.fee), 0)
            from trading.fills f where f.bot_id = b.id)";
        assert_eq!(self.stage.count(wrong).await, 0);
    }
}

#[tokio::test]
async fn a_bot_runs_only_along_the_legal_moves() {
    let owner = Owner::new().await;
    let id = owner.create(dca()).await;
    let moves = [
        ("stop", 409),
        ("pause", 409),
        ("resume", 409),
        ("trigger", 409),
        ("start", 202),
        ("start", 409),
        ("resume", 409),
        ("pause", 202),
        ("pause", 409),
        ("trigger", 202),
        ("resume", 202),
        ("stop", 202),
        ("stop", 409),
        ("start", 202),
    ];
    for (command, status) in moves {
        assert_eq!(owner.tell(&id, command).await.0, status, "{command}");
    }
    let path = format!("{BOTS}/{id}");
    let delete = || owner.stage.call(owner.user, Method::DELETE, &path, None);
    assert_eq!(delete().await.status, 409);
    let changed = json!({"params": {"quote_amount": "200"}});
    let patch = owner
        .stage
        .call(owner.user, Method::PATCH, &path, Some(changed))
        .await;
    assert_eq!(patch.problem(), (409, "conflict".to_owned()));
    owner.tell(&id, "stop").await;
    assert_eq!(delete().await.status, 204);
    for command in ["start", "stop", "trigger"] {
        assert_eq!(owner.tell(&id, command).await.0, 404);
    }
    owner.rows_are_folds().await;
}

#[tokio::test]
async fn what_makes_a_bot_act_needs_bots_run_and_what_holds_it_up_does_not() {
    let owner = Owner::new().await;
    let bot = owner.create(dca()).await;
    let tell = async |command: &str, may_run: bool| {
        let path = format!("{BOTS}/{bot}/{command}");
        let mut request = request(owner.user, Method::POST, &path, None);
        if !may_run {
            let bearer = format!("Bearer {} trading.read trading.trade", owner.user);
            request
                .headers_mut()
                .insert("authorization", bearer.parse().unwrap());
        }
        owner.stage.send(request).await.status.as_u16()
    };
    for (command, may_run, expected) in [
        ("start", false, 403),
        ("start", true, 202),
        ("trigger", false, 403),
        ("trigger", true, 202),
        ("pause", false, 202),
        ("resume", false, 403),
        ("resume", true, 202),
        ("stop", false, 202),
    ] {
        assert_eq!(
            tell(command, may_run).await,
            expected,
            "{command}, {may_run}"
        );
    }
}

#[tokio::test]
async fn a_slot_is_carried_out_once_however_many_ticks_there_are() {
    let owner = Owner::new().await;
    let id = owner.create(dca()).await;
    owner.tell(&id, "start").await;
    owner.stage.work().await;
    let mut now = 0;
    for _ in 0..5 {
        owner.pass(70, &mut now).await;
    }
    let executions = owner.read(&id, "/executions").await;
    let executed: Vec<&Value> = executions["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|execution| execution["outcome"] == "executed")
        .collect();
    assert_eq!(
        executed.len(),
        1,
        "one purchase in the first hour: {executions}"
    );
    assert_eq!(
        owner
            .stage
            .count("select count(*) from trading.fills")
            .await,
        1
    );
    owner.pass(3600, &mut now).await;
    assert_eq!(
        owner
            .stage
            .count("select count(*) from trading.fills")
            .await,
        2,
        "and one in the second"
    );
    let bot = owner.read(&id, "").await;
    assert_eq!(bot["position"]["trades"], 2);
    owner.rows_are_folds().await;
    owner.books_balance().await;
}

#[tokio::test]
async fn fifty_bots_are_enough_however_many_are_asked_for_at_once() {
    let owner = Owner::new().await;
    let first = owner.create(dca()).await;
    let copy = "insert into trading.bots
        select (jsonb_populate_record(b, jsonb_build_object('id', gen_random_uuid()))).* from trading.bots b, generate_series(1, 47)";
    owner.stage.sql.batch_execute(copy).await.unwrap();
    let create = || {
        owner
            .stage
            .call(owner.user, Method::POST, BOTS, Some(dca()))
    };
    let mut statuses: Vec<u16> = join_all((0..6).map(|_| create()))
        .await
        .iter()
        .map(|answer| answer.status.as_u16())
        .collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 201, 409, 409, 409, 409]);
    assert_eq!(create().await.problem(), (409, "conflict".to_owned()));
    let path = format!("{BOTS}/{first}");
    let deleted = owner
        .stage
        .call(owner.user, Method::DELETE, &path, None)
        .await;
    assert_eq!(deleted.status, 204);
    assert_eq!(create().await.status, 201, "a deleted one does not count");
    let other = Uuid::now_v7();
    let others = owner.stage.call(other, Method::POST, BOTS, Some(dca()));
    assert_eq!(others.await.status, 201, "each account has its own");
}

#[tokio::test]
async fn a_bot_made_once_is_answered_again_after_its_key_has_gone() {
    let owner = Owner::new().await;
    let key = owner
        .stage
        .connected(owner.user, &owner.stage.key(&TRADING))
        .await;
    let mut body = dca();
    body["mode"] = json!("live");
    body["key_id"] = json!(key);
    let send = |name: &'static str| {
        let mut request = request(owner.user, Method::POST, BOTS, Some(body.clone()));
        request
            .headers_mut()
            .insert("idempotency-key", name.parse().unwrap());
        owner.stage.send(request)
    };
    let made = send("once").await;
    assert_eq!(made.status, 201, "{}", made.text);
    let path = format!("{KEYS}/{key}");
    let gone = owner
        .stage
        .call(owner.user, Method::DELETE, &path, None)
        .await;
    assert_eq!(gone.status, 204);
    let again = send("once").await;
    assert_eq!(again.status, 201, "{}", again.text);
    assert!(again.headers.contains_key("idempotency-replayed"));
    assert_eq!(again.json()["id"], made.json()["id"]);
    for _ in 0..2 {
        let other = send("another").await;
        assert_eq!(
            other.problem(),
            (422, "validation".to_owned()),
            "what was refused has used up no key"
        );
    }
}

#[tokio::test]
async fn a_trigger_is_one_execution_however_often_it_is_sent() {
    let owner = Owner::new().await;
    let id = owner.create(dca()).await;
    owner.tell(&id, "start").await;
    owner.stage.work().await;
    let before = owner
        .stage
        .count("select count(*) from trading.fills")
        .await;
    let path = format!("{BOTS}/{id}/trigger");
    let send = || {
        let mut request = request(owner.user, Method::POST, &path, None);
        request
            .headers_mut()
            .insert("idempotency-key", "now".parse().unwrap());
        owner.stage.send(request)
    };
    for answer in join_all((0..4).map(|_| send())).await {
        assert_eq!(answer.status, 202, "{}", answer.text);
    }
    owner.stage.work().await;
    assert_eq!(send().await.status, 202);
    owner.stage.work().await;
    let after = owner
        .stage
        .count("select count(*) from trading.fills")
        .await;
    assert_eq!(after - before, 1);
    let executions = owner.read(&id, "/executions").await;
    let manual = executions["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|execution| execution["trigger"] == "manual");
    assert_eq!(manual.count(), 1, "{executions}");
    let published = "select count(*) from platform.outbox where type = 'bot.trade.executed'";
    assert_eq!(owner.stage.count(published).await, after);
}

#[tokio::test]
async fn evaluations_at_the_same_moment_place_once() {
    let owner = Owner::new().await;
    let id = owner.create(grid()).await;
    owner.tell(&id, "start").await;
    let look = json!({"bot_id": id, "generation": 1});
    join_all((0..6).map(|_| owner.stage.task("evaluate_bot", "x", look.clone()))).await;
    let tags = "select count(*) - count(distinct tag) from trading.orders where tag is not null";
    assert_eq!(owner.stage.count(tags).await, 0);
    let orders = owner
        .stage
        .count("select count(*) from trading.orders")
        .await;
    assert_eq!(orders, 4, "levels below the price");
    owner.rows_are_folds().await;
}

#[tokio::test]
async fn a_grid_buys_low_sells_high_and_its_books_balance() {
    let owner = Owner::new().await;
    let id = owner.create(grid()).await;
    owner.tell(&id, "start").await;
    owner.stage.work().await;
    let mut now = 0;
    for (bid, ask) in [
        ("29400", "29410"),
        ("28900", "28910"),
        ("29600", "29610"),
        ("30100", "30110"),
        ("29400", "29410"),
        ("30600", "30610"),
    ] {
        owner.stage.price("XBTUSD", bid, ask);
        owner.pass(70, &mut now).await;
        owner.pass(70, &mut now).await;
    }
    let bot = owner.read(&id, "").await;
    let earned: f64 = bot["position"]["realized_pnl"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!(earned > 0.0, "{bot}");
    owner.rows_are_folds().await;
    owner.books_balance().await;
    let status = owner.read(&id, "/status").await;
    assert_eq!(status["health"], "ok");
    assert!(status["unrealized_pnl"].is_string());

    // Stopped, it takes back what is open and keeps what it holds.
    owner.tell(&id, "stop").await;
    owner.stage.work().await;
    let open = "select count(*) from trading.orders where finished_at is null";
    assert_eq!(owner.stage.count(open).await, 0);
    owner.rows_are_folds().await;
    let dashboard = owner
        .stage
        .call(owner.user, Method::GET, "/api/v1/trading/dashboard", None)
        .await
        .json();
    assert_eq!(
        dashboard["positions"][0]["realized_pnl"],
        bot["position"]["realized_pnl"]
    );
}

#[tokio::test]
async fn what_a_bot_has_earned_is_told_day_by_day_and_adds_up_from_its_fills() {
    let owner = Owner::new().await;
    let id = owner.create(grid()).await;
    assert_eq!(owner.read(&id, "/pnl").await["items"], json!([]));
    owner.tell(&id, "start").await;
    owner.stage.work().await;
    let mut now = 0;
    for prices in [
        [("28900", "28910"), ("29600", "29610")],
        [("29400", "29410"), ("30600", "30610")],
        [("28900", "28910"), ("28400", "28410")],
    ] {
        for (bid, ask) in prices {
            owner.stage.price("XBTUSD", bid, ask);
            owner.pass(70, &mut now).await;
            owner.pass(70, &mut now).await;
        }
        owner.pass(86_400 - 280, &mut now).await;
    }
    let series = owner.read(&id, "/pnl?days=10").await;
    let days = series["items"].as_array().unwrap();
    // Four, or five if midnight fell into the test itself.
    assert!((4..=5).contains(&days.len()), "{series}");
    let decimal =
        |value: &Value| -> rust_decimal::Decimal { value.as_str().unwrap().parse().unwrap() };
    for day in days {
        let worth = decimal(&day["base_quantity"]) * decimal(&day["price"]);
        assert_eq!(
            decimal(&day["unrealized_pnl"]),
            worth - decimal(&day["cost_quote"]),
            "{day}"
        );
        assert_eq!(
            decimal(&day["pnl"]),
            decimal(&day["realized_pnl"]) + decimal(&day["unrealized_pnl"]),
            "{day}"
        );
    }
    let wrong = "select count(*) from trading.bot_days d
        cross join lateral (
            select coalesce(sum(case f.side when 'buy' then f.volume else -f.volume end), 0) as base,
                   coalesce(sum(case f.side when 'buy' then -f.cost else f.cost end - f.fee), 0) as books,
                   coalesce(sum(f.fee), 0) as fees, count(*) as trades
            from trading.fills f
            where f.bot_id = d.bot_id and (f.created_at at time zone 'UTC')::date <= d.day) f
        where d.base_quantity <> f.base or d.realized_pnl - d.cost_quote <> f.books or d.fees <> f.fees or d.trades <> f.trades";
    assert_eq!(owner.stage.count(wrong).await, 0);
    let sold = days
        .iter()
        .any(|day| decimal(&day["realized_pnl"]) > decimal(&json!("0")));
    assert!(sold, "{series}");
    let (last, status) = (days.last().unwrap(), owner.read(&id, "/status").await);
    assert_eq!(last["realized_pnl"], status["position"]["realized_pnl"]);
    assert_eq!(
        decimal(&last["unrealized_pnl"]),
        decimal(&status["unrealized_pnl"])
    );

    // It rests for some days: they are as the last one on which it looked.
    owner.tell(&id, "stop").await;
    owner.pass(3 * 86_400, &mut now).await;
    let series = owner.read(&id, "/pnl?days=2").await;
    let rested = series["items"].as_array().unwrap();
    assert_eq!(rested.len(), 2, "{series}");
    for day in rested {
        assert_eq!(day["as_of"], last["as_of"]);
        assert_eq!(day["pnl"], last["pnl"]);
    }
    for days in ["0", "367", "x"] {
        let path = format!("{BOTS}/{id}/pnl?days={days}");
        let answer = owner.stage.call(owner.user, Method::GET, &path, None).await;
        assert_eq!(answer.status, 422, "{days}: {}", answer.text);
    }
}

#[tokio::test]
async fn limits_of_a_bot_hold_and_a_loss_stops_it_and_tells() {
    let owner = Owner::new().await;
    let mut body = dca();
    body["risk"] = json!({"max_order_value": "50"});
    let id = owner.create(body).await;
    owner.tell(&id, "start").await;
    owner.stage.work().await;
    let order = "select count(*) from trading.orders where reason = 'risk_limit:max_order_value'";
    assert_eq!(owner.stage.count(order).await, 1);
    let skipped = "select count(*) from platform.outbox where type = 'bot.trade.skipped'";
    assert_eq!(owner.stage.count(skipped).await, 1);

    let mut body = dca();
    body["risk"] = json!({"max_daily_loss": "5"});
    let id = owner.create(body).await;
    owner.tell(&id, "start").await;
    owner.stage.work().await;
    owner.stage.price("XBTUSD", "25000", "25010");
    let mut now = 0;
    owner.pass(70, &mut now).await;
    let bot = owner.read(&id, "").await;
    // The slot of this hour is taken; the loss shows at the next purchase.
    if bot["state"] == "running" {
        owner.pass(3600, &mut now).await;
    }
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
async fn drift_of_a_key_stops_its_bots_and_no_others() {
    let owner = Owner::new().await;
    let key = owner.stage.key(&TRADING);
    let key_id = owner.stage.connected(owner.user, &key).await;
    let mut live = dca();
    live["mode"] = json!("live");
    live["key_id"] = json!(key_id);
    let live = owner.create(live).await;
    let paper = owner.create(dca()).await;
    for id in [&live, &paper] {
        assert_eq!(owner.tell(id, "start").await.0, 202);
    }
    owner.stage.work().await;
    let edit = kraken_simulator::KeyEdit {
        api_key: key.api_key.clone(),
        permissions: Some(vec!["query-funds".to_owned(), "withdraw-funds".to_owned()]),
        ..Default::default()
    };
    owner.stage.simulator.edit_key(edit).unwrap();
    let checked = owner
        .stage
        .task("check_key", "x", json!({"key_id": key_id}))
        .await;
    assert_eq!(checked.json()["status"], "drift", "{}", checked.text);
    let bot = owner.read(&live, "").await;
    assert_eq!(
        (&bot["state"], &bot["stopped_by"]),
        (&json!("stopped"), &json!("key"))
    );
    assert_eq!(owner.read(&paper, "").await["state"], "running");
    assert_eq!(owner.tell(&live, "start").await.0, 409);
    owner.rows_are_folds().await;
}

#[tokio::test]
async fn the_kill_switch_stops_all_bots_until_it_is_released() {
    let owner = Owner::new().await;
    let id = owner.create(grid()).await;
    owner.tell(&id, "start").await;
    owner.stage.work().await;
    let engage = "select trading.engage_kill_switch('{\"actor\": \"admin\"}', 'global', 'exchange trouble') ->> 'stopped'";
    let stopped: String = owner.stage.sql.query_one(engage, &[]).await.unwrap().get(0);
    assert_eq!(stopped, "1");
    owner.stage.work().await;
    let open = "select count(*) from trading.orders where finished_at is null";
    assert_eq!(owner.stage.count(open).await, 0);
    assert_eq!(owner.tell(&id, "start").await.0, 409);
    let release = "select trading.release_kill_switch('{}', 'global')::text";
    owner.stage.sql.query_one(release, &[]).await.unwrap();
    assert_eq!(owner.tell(&id, "start").await.0, 202);
}

#[tokio::test]
async fn parameters_are_checked_by_the_strategy_and_the_pair() {
    let owner = Owner::new().await;
    let cases = [
        (json!({"strategy": "nope"}), "strategy"),
        (json!({"params": {}}), "params.quote_amount"),
        (
            json!({"params": {"quote_amount": "100", "every": 1}}),
            "params.every",
        ),
        (json!({"pair": "NOPE"}), "pair"),
        (json!({"every": 1}), "every"),
        (json!({"mode": "live"}), "key_id"),
        (json!({"name": ""}), "name"),
        (
            json!({"risk": {"max_order_value": 5}}),
            "risk.max_order_value",
        ),
    ];
    for (change, field) in cases {
        let mut body = dca();
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        let answer = owner
            .stage
            .call(owner.user, Method::POST, BOTS, Some(body))
            .await;
        assert_eq!(answer.status, 422, "{change}: {}", answer.text);
        assert_eq!(answer.json()["errors"][0]["field"], field, "{change}");
    }
    let id = owner.create(dca()).await;
    for what in ["", "/status", "/events", "/executions", "/pnl"] {
        let foreign = owner
            .stage
            .call(
                Uuid::now_v7(),
                Method::GET,
                &format!("{BOTS}/{id}{what}"),
                None,
            )
            .await;
        assert_eq!(foreign.status, 404, "{what}");
    }
}

#[tokio::test]
async fn a_backtest_runs_over_stored_candles_and_is_kept() {
    let owner = Owner::new().await;
    let body = json!({"strategy": "sma-crossover", "pair": "XBTUSD", "funds": "10000",
        "params": {"interval": 60, "fast": 5, "slow": 20, "quote_amount": "5000"}});
    let asked = owner
        .stage
        .call(
            owner.user,
            Method::POST,
            "/api/v1/trading/backtests",
            Some(body),
        )
        .await;
    assert_eq!(asked.status, 202, "{}", asked.text);
    let path = format!(
        "/api/v1/trading/backtests/{}",
        asked.json()["id"].as_str().unwrap()
    );
    owner.stage.work().await;
    let done = owner
        .stage
        .call(owner.user, Method::GET, &path, None)
        .await
        .json();
    assert_eq!(done["state"], "done", "{done}");
    assert_eq!(done["report"]["candles"], 719);
    assert!(done["report"]["trades"].as_array().unwrap().len() > 5);
    let foreign = owner
        .stage
        .call(Uuid::now_v7(), Method::GET, &path, None)
        .await;
    assert_eq!(foreign.status, 404);
}

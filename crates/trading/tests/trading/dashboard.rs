//! The dashboard: every figure can be computed from balances, fills and prices.

use std::collections::BTreeMap;

use http::Method;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::owner::{Owner, dca, grid};
use crate::stage::Stage;

const DASHBOARD: &str = "/api/v1/trading/dashboard";

fn decimal(value: &Value) -> Decimal {
    value.as_str().unwrap().parse().unwrap()
}

async fn dashboard(stage: &Stage, user: Uuid, query: &str) -> Value {
    let path = format!("{DASHBOARD}{query}");
    let answer = stage.call(user, Method::GET, &path, None).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body
}

/// A bot that has bought for a hundred dollars, and a purchase by hand.
async fn traded() -> (Stage, Uuid) {
    let owner = Owner::new().await;
    let id = owner.create(dca()).await;
    assert_eq!(owner.tell(&id, "start").await.0, 202);
    let body = json!({"mode": "paper", "pair": "XBTUSD", "side": "buy", "type": "market", "volume": "0.1"});
    owner.stage.order(owner.user, body).await;
    owner.stage.work().await;
    (owner.stage, owner.user)
}

#[tokio::test]
async fn balances_and_positions_are_worth_what_fills_and_the_bid_say() {
    let (stage, user) = traded().await;
    stage.price("XBTUSD", "31000", "31010");
    let told = dashboard(&stage, user, "").await;
    let row = stage
        .sql
        .query_one(
            "select (10000 - sum(f.cost + f.fee))::text, sum(f.volume)::text,
                (sum(f.volume) filter (where f.bot_id is not null))::text,
                (sum(f.cost + f.fee) filter (where f.bot_id is not null))::text
             from trading.fills f",
            &[],
        )
        .await
        .unwrap();
    let figure = |index: usize| -> Decimal { row.get::<_, String>(index).parse().unwrap() };
    let bid = Decimal::from(31_000);
    assert_eq!(told["worth"]["quote"], "ZUSD");
    assert_eq!(
        decimal(&told["worth"]["paper_balances"]),
        figure(0) + figure(1) * bid
    );
    assert_eq!(told["worth"]["unpriced"], json!([]));
    let position = &told["positions"][0];
    assert_eq!(decimal(&position["value"]), figure(2) * bid);
    assert_eq!(
        decimal(&position["unrealized_pnl"]),
        figure(2) * bid - figure(3)
    );
    let sum: Decimal = told["paper_balances"]
        .as_array()
        .unwrap()
        .iter()
        .map(|balance| decimal(&balance["value"]))
        .sum();
    assert_eq!(sum, decimal(&told["worth"]["paper_balances"]));
}

/// One execution as it was written down.
struct Fill {
    day: String,
    buys: bool,
    volume: Decimal,
    cost: Decimal,
    fee: Decimal,
}

async fn fills(stage: &Stage) -> Vec<Fill> {
    let sql = "select (f.executed_at at time zone 'UTC')::date::text, f.side, f.volume::text, f.cost::text, f.fee::text
        from trading.fills f order by f.created_at, f.id";
    let rows = stage.sql.query(sql, &[]).await.unwrap();
    rows.iter()
        .map(|row| {
            let amount = |index: usize| -> Decimal { row.get::<_, String>(index).parse().unwrap() };
            Fill {
                day: row.get(0),
                buys: row.get::<_, String>(1) == "buy",
                volume: amount(2),
                cost: amount(3),
                fee: amount(4),
            }
        })
        .collect()
}

#[tokio::test]
async fn what_bots_have_traded_and_earned_is_what_their_fills_add_up_to() {
    let (owner, mut now) = (Owner::new().await, 0);
    owner.noon(&mut now).await;
    let id = owner.create(grid()).await;
    owner.tell(&id, "start").await;
    owner.stage.work().await;
    for (seconds, bid, ask) in [
        (70, "28900", "28910"),
        (70, "28900", "28910"),
        (70, "29600", "29610"),
        (86_400, "29600", "29610"),
        (70, "30600", "30610"),
        (70, "30600", "30610"),
    ] {
        owner.stage.price("XBTUSD", bid, ask);
        owner.pass(seconds, &mut now).await;
    }
    let told = dashboard(&owner.stage, owner.user, "").await;
    let fills = fills(&owner.stage).await;

    // By average cost, as a bookkeeper would.
    let [mut base, mut cost, mut realized, mut fees] = [Decimal::ZERO; 4];
    let mut days: BTreeMap<&str, [Decimal; 4]> = BTreeMap::new();
    for fill in &fills {
        fees += fill.fee;
        let day = days.entry(&fill.day).or_default();
        day[2] += fill.fee;
        day[3] += Decimal::ONE;
        if fill.buys {
            base += fill.volume;
            cost += fill.cost + fill.fee;
            day[0] += fill.cost;
        } else {
            let share = (cost * fill.volume / base).round_dp(12);
            realized += fill.cost - fill.fee - share;
            cost -= share;
            base -= fill.volume;
            day[1] += fill.cost;
        }
    }
    let position = &told["positions"][0];
    assert_eq!(decimal(&position["base_quantity"]), base);
    assert_eq!(decimal(&position["fees"]), fees);
    let (told_realized, told_cost) = (
        decimal(&position["realized_pnl"]),
        decimal(&position["cost_quote"]),
    );
    assert_eq!(
        told_realized - told_cost,
        realized - cost,
        "to the last decimal"
    );
    // Shares of a cost are rounded to twelve decimals.
    let close = Decimal::new(1, 10);
    assert!((told_realized - realized).abs() < close, "{position}");
    assert!(realized > Decimal::ZERO, "{position}");
    assert_eq!(told["bots"][0]["realized_pnl"], position["realized_pnl"]);

    let series: Vec<(&str, [Decimal; 4])> = told["series"]
        .as_array()
        .unwrap()
        .iter()
        .map(|day| {
            let trades = Decimal::from(day["trades"].as_i64().unwrap());
            let figures = [&day["bought"], &day["sold"], &day["fees"]].map(decimal);
            let [bought, sold, fees] = figures;
            (day["day"].as_str().unwrap(), [bought, sold, fees, trades])
        })
        .collect();
    assert_eq!(series, days.into_iter().collect::<Vec<_>>());

    // What all bots had earned by the end of a day is what this one had.
    let pnl = told["pnl"].as_array().unwrap();
    let own = owner.read(&id, "/pnl").await;
    let own = own["items"].as_array().unwrap();
    assert_eq!((pnl.len(), own.len()), (2, 2), "{told}");
    for (day, own) in pnl.iter().zip(own) {
        for figure in ["day", "realized_pnl", "unrealized_pnl", "pnl", "fees"] {
            assert_eq!(day[figure], own[figure], "{figure} of {day}");
        }
    }
    assert_eq!(pnl[1]["realized_pnl"], position["realized_pnl"]);
    assert_eq!(pnl[1]["unrealized_pnl"], position["unrealized_pnl"]);
}

#[tokio::test]
async fn each_day_of_the_series_is_a_whole_one() {
    let (stage, user) = traded().await;
    // By hand in the first moment of the first day, by the bot a second earlier.
    let moved = "update trading.fills f
        set executed_at = date_trunc('day', platform.now() at time zone 'UTC') at time zone 'UTC' - interval '29 days'
            - case when f.bot_id is null then interval '0 s' else interval '1 s' end";
    stage.sql.batch_execute(moved).await.unwrap();
    let told = dashboard(&stage, user, "").await;
    let series = told["series"].as_array().unwrap();
    assert_eq!(
        (series.len(), &series[0]["trades"]),
        (1, &json!(1)),
        "{told}"
    );
}

#[tokio::test]
async fn the_currency_may_be_another_and_must_be_one() {
    let (stage, user) = traded().await;
    let told = dashboard(&stage, user, "?quote=eur").await;
    assert_eq!(told["worth"]["quote"], "ZEUR");
    let bitcoin = told["paper_balances"]
        .as_array()
        .unwrap()
        .iter()
        .find(|balance| balance["asset"] == "XXBT")
        .unwrap();
    assert!(decimal(&bitcoin["value"]) > Decimal::ZERO, "{told}");
    let wrong = format!("{DASHBOARD}?quote=CHEESE");
    let answer = stage.call(user, Method::GET, &wrong, None).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    assert_eq!(answer.body["errors"][0]["field"], "quote");
}

#[tokio::test]
async fn without_the_exchange_the_rest_is_told() {
    let (stage, user) = (Stage::without_exchange().await, Uuid::now_v7());
    let told = dashboard(&stage, user, "").await;
    assert_eq!(
        (&told["bots"], told.get("worth")),
        (&json!([]), None),
        "{told}"
    );
}

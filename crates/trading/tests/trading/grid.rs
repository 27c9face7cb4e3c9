//! A grid over days: what it buys and sells, and what it says that it has earned.

use http::Method;
use serde_json::{Value, json};

use crate::owner::{BOTS, Owner, grid};

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
        .body;
    assert_eq!(
        dashboard["positions"][0]["realized_pnl"],
        bot["position"]["realized_pnl"]
    );
}

#[tokio::test]
async fn a_level_that_rests_behind_hundreds_of_ended_orders_is_sold_when_it_has_bought() {
    let owner = Owner::new().await;
    let id = owner.create(grid()).await;
    owner.tell(&id, "start").await;
    owner.stage.work().await;
    let ended = "insert into trading.orders
        select (jsonb_populate_record(o, jsonb_build_object(
            'id', 'ffffffff-0000-4000-8000-' || lpad(n::text, 12, '0'), 'tag', null, 'state', 'canceled', 'held', 0,
            'finished_at', platform.now()))).*
        from trading.orders o, generate_series(1, 300) n
        where o.id = (select f.id from trading.orders f limit 1)";
    owner.stage.sql.batch_execute(ended).await.unwrap();
    owner.stage.price("XBTUSD", "28900", "28910");
    let mut now = 0;
    for _ in 0..2 {
        owner.pass(70, &mut now).await;
    }
    let sales = "select count(*) from trading.orders where side = 'sell'";
    assert_eq!(
        owner.stage.count(sales).await,
        2,
        "what was bought at 29500 and at 29000"
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

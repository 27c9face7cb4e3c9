//! Backtests: accepted, run by a task, and kept for their owner.

use http::{Method, header};
use serde_json::{Value, json};
use spindle_stage::Answer;
use uuid::Uuid;

use crate::owner::Owner;
use crate::stage::request;

/// Keeps what a backtest that runs tells of itself.
const NOTES_ARE_KEPT: &str = "
    create table trading.noted (number int generated always as identity, done bigint);
    create function trading.note() returns trigger language plpgsql as $$
    begin
        insert into trading.noted (done) values (new.candles_done);
        return new;
    end $$;
    create trigger note after update on trading.backtests for each row when (new.state = 'running') execute function trading.note()";

#[tokio::test]
async fn how_far_a_backtest_is_can_be_read_while_it_runs() {
    let owner = Owner::new().await;
    let body = json!({"strategy": "dca", "pair": "XBTUSD", "funds": "10000",
        "params": {"quote_amount": "50", "every": 86400}});
    let route = "/api/v1/trading/backtests";
    let asked = owner
        .stage
        .call(owner.user, Method::POST, route, Some(body))
        .await;
    assert_eq!(asked.status, 202, "{}", asked.text);
    let path = format!("{route}/{}", asked.body["id"].as_str().unwrap());
    for (step, candles_done, percent) in [
        ("true", 0, 0),
        ("trading.start_backtest(t.id, 700)", 0, 0),
        ("trading.advance_backtest(t.id, 69)", 69, 9),
        ("trading.advance_backtest(t.id, 350)", 350, 50),
        ("trading.finish_backtest(t.id, null, 'stuck')", 350, 50),
        // It is over: nothing moves any more.
        ("trading.advance_backtest(t.id, 700)", 350, 50),
    ] {
        let sql = format!("select ({step})::text from trading.backtests t");
        owner.stage.sql.query_one(&sql, &[]).await.unwrap();
        let answer = owner.stage.call(owner.user, Method::GET, &path, None).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let read = (&answer.body["candles_done"], &answer.body["percent"]);
        assert_eq!(read, (&json!(candles_done), &json!(percent)), "{step}");
    }
}

#[tokio::test]
async fn a_backtest_that_was_asked_for_twice_is_one_and_the_second_answer_says_so() {
    let owner = Owner::new().await;
    let send = async || {
        let body = json!({"strategy": "dca", "pair": "XBTUSD", "funds": "10000", "params": {"quote_amount": "50"}});
        let path = "/api/v1/trading/backtests";
        let mut request = request(owner.user, Method::POST, path, Some(body));
        request
            .headers_mut()
            .insert("idempotency-key", "once".parse().unwrap());
        owner.stage.send(request).await.expect(202)
    };
    let (first, second) = (send().await, send().await);
    assert_eq!(first.body["id"], second.body["id"]);
    let replayed = |answer: &Answer| answer.headers.contains_key("idempotency-replayed");
    assert_eq!((replayed(&first), replayed(&second)), (false, true));
    let path = first.header(header::LOCATION);
    let shown = owner.stage.call(owner.user, Method::GET, path, None).await;
    assert_eq!((shown.etag(), &shown.body), (first.etag(), &first.body));
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
        asked.body["id"].as_str().unwrap()
    );
    let read = async || {
        let answer = owner.stage.call(owner.user, Method::GET, &path, None).await;
        answer.body
    };
    assert_eq!(read().await["state"], "queued");
    let shown = owner.stage.call(owner.user, Method::GET, &path, None).await;
    let read_again = async || {
        let mut request = request(owner.user, Method::GET, &path, None);
        request
            .headers_mut()
            .insert(header::IF_NONE_MATCH, shown.etag().parse().unwrap());
        owner.stage.send(request).await.status
    };
    assert_eq!(read_again().await, 304);
    // An attempt that dies after its beginning is done again.
    let start = "select trading.start_backtest(t.id, 1)::text from trading.backtests t";
    owner.stage.sql.query_one(start, &[]).await.unwrap();
    let running = read().await;
    assert_eq!(
        (&running["state"], &running["candles"]),
        (&json!("running"), &json!(1))
    );
    assert_eq!(read_again().await, 200, "it has begun");
    assert!(running["started_at"].is_string());
    let progress = |read: &Value| (read["candles_done"].clone(), read["percent"].clone());
    assert_eq!(progress(&running), (json!(0), json!(0)));

    owner.stage.sql.batch_execute(NOTES_ARE_KEPT).await.unwrap();
    owner.stage.work().await;
    let noted: Vec<i64> = owner
        .stage
        .sql
        .query("select done from trading.noted order by number", &[])
        .await
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(noted, [0, 72, 144, 216, 288, 360, 432, 504, 576, 648]);
    let done = read().await;
    assert_eq!(done["state"], "done", "{done}");
    assert_eq!(done["candles"], 719);
    assert_eq!(progress(&done), (json!(719), json!(100)));
    assert_eq!(done["report"]["candles"], 719);
    assert!(done["report"]["trades"].as_array().unwrap().len() > 5);
    let foreign = owner
        .stage
        .call(Uuid::now_v7(), Method::GET, &path, None)
        .await;
    assert_eq!(foreign.status, 404);

    let kept = "select count(*) from trading.backtests";
    assert_eq!(owner.stage.count(kept).await, 1);
    owner.stage.user_event("user.deleted", owner.user).await;
    assert_eq!(owner.stage.count(kept).await, 0);
}

//! Another key of the same account in a key's place, limits, and new master keys.

use futures::future::{join, join_all};
use http::Method;
use kraken_simulator::KeySpec;
use serde_json::{Value, json};
use spindle_stage::Answer;
use uuid::Uuid;

use crate::stage::{KEYS, Stage, TRADING, body};

fn entered(key: &kraken_simulator::IssuedKey) -> Option<Value> {
    Some(json!({"api_key": key.api_key, "api_secret": key.api_secret}))
}

#[tokio::test]
async fn a_key_of_the_same_account_takes_the_place_and_the_id_stays() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    let old = stage.key(&TRADING);
    let id = stage.connected(user, &old).await;
    let spec = KeySpec {
        account: Some(old.account.clone()),
        seed: Some("second".to_owned()),
        ..KeySpec::with(&TRADING)
    };
    let new = stage.simulator.issue_key(spec).unwrap();
    let path = format!("{KEYS}/{id}/replace");
    let replaced = stage.call(user, Method::POST, &path, entered(&new)).await;
    assert_eq!(replaced.status, 200, "{}", replaced.text);
    assert_eq!(replaced.body["id"], *id);
    assert!(
        new.api_key
            .ends_with(replaced.body["last4"].as_str().unwrap())
    );
    let balances = format!("/api/v1/trading/account/balances?key={id}");
    let read = stage.call(user, Method::GET, &balances, None).await;
    assert_eq!(read.status, 200, "{}", read.text);
    let used = stage.simulator.journal();
    assert_eq!(used.last().unwrap().api_key.as_ref(), Some(&new.api_key));

    let stranger = stage.key(&TRADING);
    let refused = stage
        .call(user, Method::POST, &path, entered(&stranger))
        .await;
    assert_eq!(refused.problem(), (422, "validation"));
    let withdrawing = KeySpec {
        account: Some(old.account),
        seed: Some("third".to_owned()),
        ..KeySpec::with(&[&TRADING[..], &["withdraw-funds"]].concat())
    };
    let withdrawing = stage.simulator.issue_key(withdrawing).unwrap();
    let refused = stage
        .call(user, Method::POST, &path, entered(&withdrawing))
        .await;
    assert_eq!(refused.problem(), (422, "key-refused"));
    let foreign = stage
        .call(Uuid::now_v7(), Method::POST, &path, entered(&new))
        .await;
    assert_eq!(foreign.status, 404);
    assert_eq!(
        stage
            .count("select count(*) from trading.key_lanes where leased_until > platform.now()")
            .await,
        0,
        "no lane stays taken"
    );
}

#[tokio::test]
async fn a_key_that_has_used_up_its_calls_is_not_said_to_be_in_use() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    let key = stage.key(&TRADING);
    let id = stage.connected(user, &key).await;
    let used_up = "update trading.key_lanes set spent = 100, spent_at = platform.now()";
    stage.sql.batch_execute(used_up).await.unwrap();
    let path = format!("{KEYS}/{id}/replace");
    let refused = stage.call(user, Method::POST, &path, entered(&key)).await;
    assert_eq!(refused.problem(), (429, "rate-limited"));
    assert!(!refused.header("retry-after").is_empty());
}

#[tokio::test]
async fn a_connected_key_is_shown_to_the_exchange_by_nobody_else() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    let theirs = stage.key(&TRADING);
    stage.connected(Uuid::now_v7(), &theirs).await;
    let id = stage.connected(user, &stage.key(&TRADING)).await;
    let asked = stage.simulator.journal().len();
    let mut guess = body(&theirs);
    guess["api_secret"] = json!("bm90IHRoZSBzZWNyZXQgb2YgdGhpcyBrZXk=");
    let place = json!({"api_key": guess["api_key"], "api_secret": guess["api_secret"]});
    let replace = format!("{KEYS}/{id}/replace");
    for (path, body) in [(KEYS, guess), (replace.as_str(), place)] {
        let refused = stage.call(user, Method::POST, path, Some(body)).await;
        let expected = (409, "key-already-connected");
        assert_eq!(refused.problem(), expected, "{path}: {}", refused.text);
    }
    assert_eq!(stage.simulator.journal().len(), asked);
}

#[tokio::test]
async fn limits_are_set_kept_and_lifted() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    let id = stage.connected(user, &stage.key(&TRADING)).await;
    let path = format!("{KEYS}/{id}");
    let patch = |body: Value| stage.call(user, Method::PATCH, &path, Some(body));
    let set = patch(json!({"pairs": ["btc-usd", "XXBTZUSD"], "max_order_value": "250", "max_orders_per_hour": 10, "tier": "pro"}))
        .await
        .body;
    assert_eq!(
        (&set["pairs"], &set["max_order_value"], &set["tier"]),
        (&json!(["XBTUSD"]), &json!("250"), &json!("pro"))
    );
    let kept = patch(json!({"label": "Other"})).await.body;
    assert_eq!(
        (&kept["pairs"], &kept["max_orders_per_hour"]),
        (&set["pairs"], &json!(10))
    );
    let lifted = patch(json!({"pairs": null, "max_order_value": null}))
        .await
        .body;
    assert_eq!(
        (&lifted["pairs"], &lifted["max_order_value"]),
        (&Value::Null, &Value::Null)
    );
    for (body, field) in [
        (json!({"pairs": ["NOPE"]}), "pairs[0]"),
        (json!({"max_order_value": "-1"}), "max_order_value"),
        (json!({"max_orders_per_hour": 0}), "max_orders_per_hour"),
        (json!({"tier": "gold"}), "tier"),
    ] {
        let answer = patch(body.clone()).await;
        assert_eq!(answer.status, 422, "{body}");
        assert_eq!(answer.body["errors"][0]["field"], field, "{body}");
    }
}

#[tokio::test]
async fn envelopes_are_wrapped_anew_while_the_key_works() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    let id = stage.connected(user, &stage.key(&TRADING)).await;
    let sealed = async || -> String {
        stage
            .sql
            .query_one("select sealed_secret from trading.exchange_keys", &[])
            .await
            .unwrap()
            .get(0)
    };
    let before = sealed().await;
    let balances = format!("/api/v1/trading/account/balances?key={id}");
    // They take turns, and who has waited for two seconds is told to try again.
    let read = async || -> Answer {
        for _ in 0..30 {
            let read = stage.call(user, Method::GET, &balances, None).await;
            if read.status != 409 {
                return read;
            }
        }
        panic!("the key stays in use");
    };
    let (done, meanwhile) = join(
        stage.task("rewrap_keys", "daily", json!({})),
        join_all((0..5).map(|_| read())),
    )
    .await;
    for read in meanwhile {
        assert_eq!(read.status, 200, "{}", read.text);
    }
    assert_eq!(
        (done.status, &done.body["rewrapped"]),
        (200, &json!(1)),
        "{}",
        done.text
    );
    assert_ne!(sealed().await, before);
    let read = read().await;
    assert_eq!(read.status, 200, "{}", read.text);
}

#[tokio::test]
async fn lanes_of_connections_that_broke_off_are_swept_and_those_of_keys_are_not() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    stage.connected(user, &stage.key(&TRADING)).await;
    let taken = "select trading.take_lane('\\x00'::bytea, gen_random_uuid(), 4, 'starter')::text";
    stage.sql.query_one(taken, &[]).await.unwrap();
    stage.advance(3 * 86_400).await;
    let swept = stage.task("sweep_lanes", "daily", json!({})).await;
    assert_eq!(swept.body["swept"], 1, "{}", swept.text);
    assert_eq!(
        stage.count("select count(*) from trading.key_lanes").await,
        1
    );
}

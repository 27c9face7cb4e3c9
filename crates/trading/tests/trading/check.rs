//! What a key may do, asked again.

use std::collections::BTreeSet;

use futures::future::join_all;
use http::Method;
use kraken_simulator::{Fault, FaultKind, KeyEdit, KeySpec};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::stage::{KEYS, Stage, TRADING};

#[tokio::test]
async fn a_test_finds_drift_and_its_repair_and_publishes_both() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    let issued = stage.key(&TRADING);
    let key = stage.connect(user, &issued).await.body;
    let path = format!("{KEYS}/{}/test", key["id"].as_str().unwrap());
    for (permissions, status) in [
        ([&TRADING[..], &["withdraw-funds"]].concat(), "drift"),
        (TRADING.to_vec(), "active"),
    ] {
        let edit = KeyEdit {
            api_key: issued.api_key.clone(),
            permissions: Some(permissions.iter().copied().map(str::to_owned).collect()),
            ..KeyEdit::default()
        };
        stage.simulator.edit_key(edit).unwrap();
        let tested = stage.call(user, Method::POST, &path, None).await;
        assert_eq!(
            tested.body["permissions"],
            json!(permissions),
            "what it may do now, fit or not"
        );
        assert_eq!(tested.body["status"], status, "{}", tested.text);
        assert_eq!(tested.body["problem"].is_null(), status == "active");
    }
    let edit = KeyEdit {
        api_key: issued.api_key.clone(),
        revoked: Some(true),
        ..KeyEdit::default()
    };
    stage.simulator.edit_key(edit).unwrap();
    assert_eq!(
        stage.call(user, Method::POST, &path, None).await.body["status"],
        "invalid"
    );
    let updates: Vec<Value> = stage
        .sql
        .query("select payload -> 'data' -> 'status' || (payload -> 'data' -> 'changed') from platform.outbox
            where type = 'kraken.key.updated' order by xid, seq", &[])
        .await
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(
        updates,
        [
            json!(["drift", "status", "permissions"]),
            json!(["active", "status", "permissions"]),
            json!(["invalid", "status"])
        ]
    );
}

#[tokio::test]
async fn a_test_that_learns_nothing_changes_nothing() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    let issued = stage.key(&TRADING);
    let key = stage.connect(user, &issued).await.body;
    let path = format!("{KEYS}/{}", key["id"].as_str().unwrap());
    for (kind, status) in [
        (FaultKind::Http { status: 502 }, 503),
        (
            FaultKind::Error {
                error: "EAPI:Rate limit exceeded".to_owned(),
            },
            429,
        ),
    ] {
        stage
            .simulator
            .plan_fault(Fault::next(kind).by(&issued.api_key));
        let answer = stage
            .call(user, Method::POST, &format!("{path}/test"), None)
            .await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
    assert_eq!(stage.call(user, Method::GET, &path, None).await.body, key);
    let tested = stage
        .call(user, Method::POST, &format!("{path}/test"), None)
        .await;
    assert_eq!(tested.status, 200, "the lane was given back");
}

#[tokio::test]
async fn a_key_that_the_exchange_has_locked_out_is_left_alone_until_that_is_over() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    let issued = stage.key(&TRADING);
    let id = stage.connected(user, &issued).await;
    let lockout = FaultKind::Error {
        error: "EGeneral:Temporary lockout".to_owned(),
    };
    stage
        .simulator
        .plan_fault(Fault::next(lockout).by(&issued.api_key));
    let balances = format!("/api/v1/trading/account/balances?key={id}");
    let test = format!("{KEYS}/{id}/test");
    let told = stage.call(user, Method::GET, &balances, None).await;
    assert_eq!(told.problem(), (429, "key-locked-out"));

    let calls = stage.simulator.journal().len();
    for (method, path) in [(Method::GET, &balances), (Method::POST, &test)] {
        let refused = stage.call(user, method, path, None).await;
        assert_eq!(refused.problem(), (429, "rate-limited"), "{path}");
        let pause: u32 = refused.header("retry-after").parse().unwrap();
        assert!((600..=900).contains(&pause), "{pause}");
    }
    let long_ago = "update trading.exchange_keys set checked_at = checked_at - interval '1 day'";
    stage.sql.batch_execute(long_ago).await.unwrap();
    let asked = stage.task("check_keys", "all", json!({})).await;
    assert_eq!(asked.body["asked"], 0, "{}", asked.text);
    assert_eq!(stage.simulator.journal().len(), calls);

    stage.advance(16 * 60).await;
    let tested = stage.call(user, Method::POST, &test, None).await;
    assert_eq!(tested.body["status"], "active", "{}", tested.text);
}

#[tokio::test]
async fn whose_key_ends_is_told_fourteen_days_before_three_and_one_once_each() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    let now = "select extract(epoch from platform.now())::bigint";
    let ends = KeySpec {
        valid_until: stage.count(now).await + 20 * 86_400,
        ..KeySpec::with(&TRADING)
    };
    let key = stage.simulator.issue_key(ends).unwrap();
    stage.connected(user, &key).await;
    let told = "select coalesce(string_agg(t.payload #>> '{data,days}', ' ' order by t.created_at, t.id), '') from platform.tasks t
        where t.kind = 'notify' and t.payload ->> 'type' = 'key_expiring'";
    for (day, days) in [
        (1, ""),
        (7, "14"),
        (8, "14"),
        (18, "14 3"),
        (19, "14 3"),
        (20, "14 3 1"),
        (21, "14 3 1"),
    ] {
        // An hour before the day is over.
        stage.advance(day * 86_400 - 3600).await;
        let asked = stage.task("check_keys", "all", json!({})).await;
        assert_eq!(asked.status, 200, "{}", asked.text);
        let row = stage.sql.query_one(told, &[]).await.unwrap();
        assert_eq!(row.get::<_, String>(0), days, "day {day}");
    }
}

#[tokio::test]
async fn calls_of_one_key_never_overtake_each_other() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    let issued = stage.key(&TRADING);
    let key = stage.connect(user, &issued).await.body;
    let path = format!("{KEYS}/{}/test", key["id"].as_str().unwrap());
    for _ in 0..2 {
        let answers = join_all((0..5).map(|_| stage.call(user, Method::POST, &path, None))).await;
        let statuses: BTreeSet<u16> = answers.iter().map(|answer| answer.status).collect();
        assert!(
            statuses.contains(&200) && statuses.is_subset(&BTreeSet::from([200, 409, 429])),
            "{statuses:?}"
        );
    }
    assert!(
        stage
            .simulator
            .journal()
            .iter()
            .all(|entry| !entry.outcome.contains("nonce"))
    );
}

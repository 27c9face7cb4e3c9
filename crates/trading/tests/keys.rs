//! Trading keys from connected to gone, on a real Postgres, with the simulator as the exchange.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what a test's helper trips over fails the test"
)]

mod stage;

use std::collections::BTreeSet;

use axum::body::Body;
use futures::future::join_all;
use http::{Method, Request, header};
use kraken_simulator::{Fault, FaultKind, KeyEdit, KeySpec};
use serde_json::{Value, json};
use stage::{Stage, TRADING, body, request};
use uuid::Uuid;

const KEYS: &str = "/api/v1/trading/keys";

#[tokio::test]
async fn a_key_walks_from_connected_to_gone() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    let issued = stage.key(&TRADING);
    let created = stage.connect(user, &issued).await;
    assert_eq!(created.status, 201, "{}", created.text);
    let key = created.json();
    let path = format!("{KEYS}/{}", key["id"].as_str().unwrap());
    assert_eq!(created.header(header::LOCATION), path);
    assert_eq!(
        (&key["label"], &key["mode"], &key["status"]),
        (&json!("Main"), &json!("trade"), &json!("active"))
    );
    assert!(issued.api_key.ends_with(key["last4"].as_str().unwrap()));
    assert_eq!(key["permissions"].as_array().unwrap().len(), 5);

    let read = stage.call(user, Method::GET, &path, None).await;
    assert_eq!((read.status.as_u16(), read.json()), (200, key.clone()));
    let mut again = request(user, Method::GET, &path, None);
    again.headers_mut().insert(
        header::IF_NONE_MATCH,
        read.header(header::ETAG).parse().unwrap(),
    );
    assert_eq!(stage.send(again).await.status, 304);
    let list = stage.call(user, Method::GET, KEYS, None).await;
    assert_eq!(list.json(), json!({"items": [key], "next_cursor": null}));

    let renamed = stage
        .call(
            user,
            Method::PATCH,
            &path,
            Some(json!({"label": " Savings "})),
        )
        .await;
    assert_eq!(
        (renamed.status.as_u16(), &renamed.json()["label"]),
        (200, &json!("Savings"))
    );
    let mut stale = request(user, Method::PATCH, &path, Some(json!({"label": "Other"})));
    stale
        .headers_mut()
        .insert(header::IF_MATCH, read.header(header::ETAG).parse().unwrap());
    assert_eq!(stage.send(stale).await.status, 412);
    let mut stale = request(user, Method::DELETE, &path, None);
    stale
        .headers_mut()
        .insert(header::IF_MATCH, read.header(header::ETAG).parse().unwrap());
    assert_eq!(stage.send(stale).await.status, 412);
    let tested = stage
        .call(user, Method::POST, &format!("{path}/test"), None)
        .await;
    assert_eq!(
        (tested.status.as_u16(), &tested.json()["status"]),
        (200, &json!("active")),
        "{}",
        tested.text
    );

    assert_eq!(
        stage.call(user, Method::DELETE, &path, None).await.status,
        204
    );
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(stage.call(user, method, &path, None).await.status, 404);
    }
    assert_eq!(
        stage.call(user, Method::GET, KEYS, None).await.json()["items"],
        json!([])
    );
    let shredded = "select count(*) from trading.exchange_keys where sealed_key is null and sealed_secret is null";
    assert_eq!(stage.count(shredded).await, 1);
    let events: Vec<String> = stage
        .sql
        .query("select type from platform.outbox where aggregatetype = 'kraken.events' order by xid, seq", &[])
        .await
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(
        events,
        [
            "kraken.key.connected",
            "kraken.key.updated",
            "kraken.key.disconnected"
        ]
    );
    assert_eq!(
        stage
            .count("select count(*) from platform.audit where target_type = 'exchange_key'")
            .await,
        4
    );

    let back = stage.connect(user, &issued).await;
    assert_eq!(
        back.status, 201,
        "a disconnected key may come back: {}",
        back.text
    );
}

#[tokio::test]
async fn neither_key_nor_secret_is_answered_or_stored_in_plain_text() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    let issued = stage.key(&TRADING);
    let mut first = request(user, Method::POST, KEYS, Some(body(&issued)));
    first
        .headers_mut()
        .insert("idempotency-key", "once".parse().unwrap());
    let created = stage.send(first).await;
    assert_eq!(created.status, 201);
    for plain in [&issued.api_key, &issued.api_secret] {
        assert!(!created.text.contains(plain.as_str()));
        for table in [
            "trading.exchange_keys",
            "trading.key_lanes",
            "platform.outbox",
            "platform.audit",
            "platform.audit_personal",
            "platform.idempotency",
        ] {
            let sql =
                format!("select count(*) from {table} t where position('{plain}' in t::text) > 0");
            assert_eq!(stage.count(&sql).await, 0, "{table}");
        }
    }
}

#[tokio::test]
async fn a_key_that_is_not_fit_is_refused_with_what_to_do_and_leaves_nothing() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    let issued = stage.key(&[&TRADING[..4], &["withdraw-funds", "new-thing"]].concat());
    let refused = stage.connect(user, &issued).await;
    assert_eq!(refused.problem(), (422, "key-refused".to_owned()));
    let problem = refused.json();
    assert_eq!(problem["forbidden"], json!(["withdraw-funds"]));
    assert_eq!(problem["missing"], json!(["close-trades"]));
    assert_eq!(problem["unknown"], json!(["new-thing"]));
    assert!(
        problem["advice"]
            .as_str()
            .unwrap()
            .starts_with("Untick “Funds permissions: Withdraw”"),
        "{problem}"
    );
    assert_eq!(problem["errors"].as_array().unwrap().len(), 3);

    let mut wrong = body(&stage.key(&TRADING));
    wrong["api_secret"] = json!("bm90IHRoZSBzZWNyZXQgb2YgdGhpcyBrZXk=");
    let invalid = stage.call(user, Method::POST, KEYS, Some(wrong)).await;
    assert_eq!(
        invalid.problem(),
        (422, "credentials-invalid".to_owned()),
        "{}",
        invalid.text
    );

    for table in [
        "trading.exchange_keys",
        "trading.key_lanes",
        "platform.outbox",
        "platform.idempotency",
    ] {
        assert_eq!(
            stage.count(&format!("select count(*) from {table}")).await,
            0,
            "{table}"
        );
    }
}

#[tokio::test]
async fn nothing_is_stored_while_the_exchange_cannot_be_reached() {
    let (stage, user) = (Stage::without_exchange().await, Uuid::now_v7());
    let answer = stage.connect(user, &stage.key(&TRADING)).await;
    assert_eq!(
        answer.problem(),
        (503, "exchange-unreachable".to_owned()),
        "{}",
        answer.text
    );
    assert!(!answer.header(header::RETRY_AFTER).is_empty());
    assert_eq!(
        stage
            .count("select count(*) from trading.exchange_keys")
            .await,
        0
    );
}

#[tokio::test]
async fn of_many_who_connect_one_key_at_the_same_moment_one_does() {
    let (stage, issuer) = (Stage::new().await, Uuid::now_v7());
    let issued = stage.key(&TRADING);
    let answers = join_all((0..12).map(|_| stage.connect(issuer, &issued))).await;
    let mut statuses: Vec<u16> = answers
        .iter()
        .map(|answer| answer.status.as_u16())
        .collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [&[201][..], &[409; 11]].concat());
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        assert_eq!(answer.problem().1, "key-already-connected");
    }
    assert_eq!(
        stage
            .count("select count(*) from trading.exchange_keys")
            .await,
        1
    );
    assert!(
        stage
            .simulator
            .journal()
            .iter()
            .all(|entry| !entry.outcome.contains("nonce")),
        "nobody fought over nonces"
    );
}

#[tokio::test]
async fn an_account_is_connected_once_whoever_asks() {
    let stage = Stage::new().await;
    let first = stage.key(&TRADING);
    assert_eq!(stage.connect(Uuid::now_v7(), &first).await.status, 201);
    let second = stage
        .simulator
        .issue_key(KeySpec {
            account: Some(first.account.clone()),
            ..KeySpec::with(&TRADING)
        })
        .unwrap();
    for (user, key) in [(Uuid::now_v7(), &first), (Uuid::now_v7(), &second)] {
        let answer = stage.connect(user, key).await;
        assert_eq!(
            answer.problem(),
            (409, "key-already-connected".to_owned()),
            "{}",
            answer.text
        );
    }
}

#[tokio::test]
async fn anothers_key_does_not_exist() {
    let (stage, owner, other) = (Stage::new().await, Uuid::now_v7(), Uuid::now_v7());
    let key = stage.connect(owner, &stage.key(&TRADING)).await.json();
    let path = format!("{KEYS}/{}", key["id"].as_str().unwrap());
    for (method, path, body) in [
        (Method::GET, path.clone(), None),
        (Method::PATCH, path.clone(), Some(json!({"label": "Mine"}))),
        (Method::POST, format!("{path}/test"), None),
        (Method::DELETE, path.clone(), None),
        (Method::GET, format!("{KEYS}/not-an-id"), None),
    ] {
        let answer = stage.call(other, method.clone(), &path, body).await;
        assert_eq!(
            answer.problem(),
            (404, "not-found".to_owned()),
            "{method} {path}"
        );
    }
    assert_eq!(
        stage.call(owner, Method::GET, &path, None).await.json(),
        key,
        "and nothing happened to it"
    );
}

#[tokio::test]
async fn a_test_finds_drift_and_its_repair_and_publishes_both() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    let issued = stage.key(&TRADING);
    let key = stage.connect(user, &issued).await.json();
    let path = format!("{KEYS}/{}/test", key["id"].as_str().unwrap());
    for (permissions, status) in [
        ([&TRADING[..], &["withdraw-funds"]].concat(), "drift"),
        (TRADING.to_vec(), "active"),
    ] {
        let edit = KeyEdit {
            api_key: issued.api_key.clone(),
            permissions: Some(permissions.into_iter().map(str::to_owned).collect()),
            ..KeyEdit::default()
        };
        stage.simulator.edit_key(edit).unwrap();
        let tested = stage.call(user, Method::POST, &path, None).await;
        assert_eq!(tested.json()["status"], status, "{}", tested.text);
        assert_eq!(tested.json()["problem"].is_null(), status == "active");
    }
    let edit = KeyEdit {
        api_key: issued.api_key.clone(),
        revoked: Some(true),
        ..KeyEdit::default()
    };
    stage.simulator.edit_key(edit).unwrap();
    assert_eq!(
        stage.call(user, Method::POST, &path, None).await.json()["status"],
        "invalid"
    );
    let updates: Vec<Value> = stage
        .sql
        .query("select payload -> 'data' -> 'status' from platform.outbox where type = 'kraken.key.updated' order by xid, seq", &[])
        .await
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(updates, ["drift", "active", "invalid"]);
}

#[tokio::test]
async fn a_test_that_learns_nothing_changes_nothing() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    let issued = stage.key(&TRADING);
    let key = stage.connect(user, &issued).await.json();
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
        assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
    }
    assert_eq!(stage.call(user, Method::GET, &path, None).await.json(), key);
    let tested = stage
        .call(user, Method::POST, &format!("{path}/test"), None)
        .await;
    assert_eq!(tested.status, 200, "the lane was given back");
}

#[tokio::test]
async fn calls_of_one_key_never_overtake_each_other() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    let issued = stage.key(&TRADING);
    let key = stage.connect(user, &issued).await.json();
    let path = format!("{KEYS}/{}/test", key["id"].as_str().unwrap());
    for _ in 0..3 {
        let answers = join_all((0..8).map(|_| stage.call(user, Method::POST, &path, None))).await;
        let statuses: BTreeSet<u16> = answers
            .iter()
            .map(|answer| answer.status.as_u16())
            .collect();
        assert!(
            statuses.contains(&200) && statuses.is_subset(&BTreeSet::from([200, 409])),
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

#[tokio::test]
async fn a_repeated_request_is_told_where_its_key_is() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    let issued = stage.key(&TRADING);
    let send = |body: Value| {
        let mut request = request(user, Method::POST, KEYS, Some(body));
        request
            .headers_mut()
            .insert("idempotency-key", "once".parse().unwrap());
        stage.send(request)
    };
    let created = send(body(&issued)).await;
    assert_eq!(created.status, 201);
    let asked = stage.simulator.journal().len();
    let again = send(body(&issued)).await;
    assert_eq!(again.problem(), (409, "secret-shown-once".to_owned()));
    assert_eq!(
        again.header(header::LOCATION),
        created.header(header::LOCATION)
    );
    let other = send(body(&stage.key(&TRADING))).await;
    assert_eq!(other.problem(), (422, "idempotency-mismatch".to_owned()));
    assert_eq!(
        stage.simulator.journal().len(),
        asked,
        "the exchange was not asked again"
    );
}

#[tokio::test]
async fn lists_go_page_by_page() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    for _ in 0..3 {
        assert_eq!(stage.connect(user, &stage.key(&TRADING)).await.status, 201);
    }
    let mut seen = Vec::new();
    let mut path = format!("{KEYS}?limit=2");
    for expected in [2, 1] {
        let page = stage.call(user, Method::GET, &path, None).await.json();
        let items = page["items"].as_array().unwrap().clone();
        assert_eq!(items.len(), expected);
        seen.extend(
            items
                .iter()
                .map(|item| item["id"].as_str().unwrap().to_owned()),
        );
        path = format!(
            "{KEYS}?limit=2&cursor={}",
            page["next_cursor"].as_str().unwrap_or("")
        );
    }
    let mut sorted = seen.clone();
    sorted.sort();
    sorted.reverse();
    assert_eq!((seen.len(), seen == sorted), (3, true));
    let forged = stage
        .call(user, Method::GET, &format!("{KEYS}?cursor=Zm9yZ2Vk"), None)
        .await;
    assert_eq!(forged.status, 422);
}

#[tokio::test]
async fn bad_input_is_named_and_never_shown_to_the_exchange() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    let good = body(&stage.key(&TRADING));
    let long = "x".repeat(600);
    for (field, value) in [
        ("label", json!("")),
        ("label", json!("x".repeat(65))),
        ("label", json!("two\nlines")),
        ("label", json!(7)),
        ("label", Value::Null),
        ("exchange", json!("binance")),
        ("mode", json!("withdraw")),
        ("api_key", json!("has spaces in it")),
        ("api_key", json!(long)),
        ("api_secret", json!("")),
        ("api_secret", json!(["a"])),
    ] {
        let mut bad = good.clone();
        bad[field] = value.clone();
        let answer = stage.call(user, Method::POST, KEYS, Some(bad)).await;
        assert_eq!(
            answer.problem(),
            (422, "validation".to_owned()),
            "{field}: {value}"
        );
        assert_eq!(answer.json()["errors"][0]["field"], field, "{value}");
    }
    for field in ["exchange", "label", "api_key", "api_secret", "mode"] {
        let mut bad = good.clone();
        bad.as_object_mut().unwrap().remove(field);
        let answer = stage.call(user, Method::POST, KEYS, Some(bad)).await;
        assert_eq!(
            answer.json()["errors"],
            json!([{"field": field, "message": "is required"}])
        );
    }
    let mut broken = request(user, Method::POST, KEYS, Some(json!({})));
    *broken.body_mut() = Body::from("{");
    assert_eq!(stage.send(broken).await.status, 400);
    assert_eq!(stage.call(user, Method::PUT, KEYS, None).await.status, 405);
    assert!(stage.simulator.journal().is_empty());
}

#[tokio::test]
async fn every_route_wants_its_scope() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    let key = format!("{KEYS}/{}", Uuid::now_v7());
    let test = format!("{key}/test");
    let routes = [
        (Method::GET, KEYS, "trading.read"),
        (Method::GET, key.as_str(), "trading.read"),
        (Method::PATCH, key.as_str(), "trading.trade"),
        (Method::DELETE, key.as_str(), "trading.trade"),
        (Method::POST, test.as_str(), "trading.trade"),
        (Method::POST, KEYS, "trading.trade"),
    ];
    for (method, path, scope) in routes {
        let sent = |authorization: Option<String>| {
            let mut request = Request::builder()
                .method(method.clone())
                .uri(path)
                .header(header::CONTENT_TYPE, "application/json");
            if let Some(authorization) = authorization {
                request = request.header(header::AUTHORIZATION, authorization);
            }
            let content = json!({"exchange": "kraken", "label": "Main", "api_key": "a-key-here", "api_secret": "a-secret", "mode": "read"});
            stage.send(request.body(Body::from(content.to_string())).unwrap())
        };
        assert_eq!(sent(None).await.status, 401, "{method} {path}");
        let others = if scope == "trading.read" {
            "trading.trade"
        } else {
            "trading.read"
        };
        assert_eq!(
            sent(Some(format!("Bearer {user} {others} posts.write")))
                .await
                .status,
            403,
            "{method} {path}"
        );
        let answer = sent(Some(format!("Bearer {user} {scope}"))).await;
        assert!(
            ![401, 403].contains(&answer.status.as_u16()),
            "{method} {path}: {}",
            answer.text
        );
    }
}

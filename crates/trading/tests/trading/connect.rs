//! Connecting keys: only what is fit, only once, and nothing where it fails.

use futures::future::join_all;
use http::{Method, header};
use kraken_simulator::{Fault, FaultKind, KeySpec};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::stage::{KEYS, Stage, TRADING, body, request};

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
    assert_eq!(refused.problem(), (422, "key-refused"));
    let problem = refused.body;
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
        (422, "credentials-invalid"),
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
        (503, "exchange-unreachable"),
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
async fn a_key_that_the_exchange_wants_to_be_left_alone_is_not_shown_to_it_again_whoever_connects_it()
 {
    for (said, kind, pause) in [
        ("EGeneral:Temporary lockout", "key-locked-out", 900),
        ("EAPI:Rate limit exceeded", "rate-limited", 60),
    ] {
        let (stage, user) = (Stage::new().await, Uuid::now_v7());
        let key = stage.key(&TRADING);
        let fault = FaultKind::Error {
            error: said.to_owned(),
        };
        stage
            .simulator
            .plan_fault(Fault::next(fault).by(&key.api_key));
        let told = stage.connect(user, &key).await;
        assert_eq!(told.problem(), (429, kind), "{}", told.text);
        assert_eq!(told.header("retry-after"), pause.to_string());
        let asked = stage.simulator.journal().len();
        for whoever in [user, Uuid::now_v7()] {
            let refused = stage.connect(whoever, &key).await;
            assert_eq!(refused.problem(), (429, "rate-limited"));
            let left: i64 = refused.header("retry-after").parse().unwrap();
            assert!((pause - 50..=pause).contains(&left), "{said}: {left}");
        }
        assert_eq!(stage.simulator.journal().len(), asked);
        stage.advance(pause).await;
        let connected = stage.connect(user, &key).await;
        assert_eq!(connected.status, 201, "{}", connected.text);
    }
}

#[tokio::test]
async fn of_many_who_connect_one_key_at_the_same_moment_one_does() {
    let (stage, issuer) = (Stage::new().await, Uuid::now_v7());
    let issued = stage.key(&TRADING);
    let answers = join_all((0..12).map(|_| stage.connect(issuer, &issued))).await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
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
            (409, "key-already-connected"),
            "{}",
            answer.text
        );
    }
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
    assert_eq!(again.problem(), (409, "secret-shown-once"));
    assert_eq!(
        again.header(header::LOCATION),
        created.header(header::LOCATION)
    );
    let other = send(body(&stage.key(&TRADING))).await;
    assert_eq!(other.problem(), (422, "idempotency-mismatch"));
    assert_eq!(
        stage.simulator.journal().len(),
        asked,
        "the exchange was not asked again"
    );
}

//! The private pipeline, step by step.

use kraken_simulator::{
    ClockConfig, Config, IssuedKey, KeyEdit, KeySpec, LockoutConfig, LockoutScope,
};

use crate::client::{Client, TRADING, error};

const DOCUMENTED: &str =
    "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==";
const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn the_documented_vectors_are_accepted_as_they_are_printed() {
    let client = Client::start().await;
    let vectors = [
        (
            "AddOrder",
            FORM,
            "nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25",
            "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ==",
        ),
        (
            "Balance",
            FORM,
            "nonce=1616492376594",
            "1nH4vwR+8FHiYh1QT649xXkGd3JR3x0DWkgv3u9Ed/Qqv6KPtgQpEU4m+Emb/VgpEji3j1XNwI+HCbfXxmrTOg==",
        ),
        (
            "GetApiKeyInfo",
            FORM,
            "nonce=1616492376595",
            "O/6rFypGosso+PZT3F9aeErMyL+OCUlvVjwVlTSkYhUWZeC09/GaW8st3yVfjOgJ1c/MEotnMWgslMi/pBE8PA==",
        ),
        (
            "AddOrder",
            FORM,
            "nonce=1616492376596&expiretm=%2B60&ordertype=limit&pair=XBTUSD&price=37500&type=buy&validate=true&volume=1.25",
            "U/Jya9p4llKEZEsab2Sm5GmvMuKueNuodmEzZk1GIfhyRIp4T3TW687llqH6Ljgd2ZOpbEOz7VYM1izIil+avA==",
        ),
        (
            "Balance",
            "application/json",
            r#"{"nonce":1616492376594}"#,
            "ZVxRwNS9zIRhbpUb8yixCnTByWFw2zyehNjZaXEL5we8API+r8c+DBmgFxxnKoY+TaJXx0NSYhsaAexZm62elg==",
        ),
    ];
    for (method, kind, body, signature) in vectors {
        // A key of its own, as the vectors use nonces twice; all have the documented secret.
        let spec = KeySpec {
            api_secret: Some(DOCUMENTED.to_owned()),
            ..KeySpec::default()
        };
        let key = client.simulator.issue_key(spec).unwrap();
        let request = reqwest::Client::new()
            .post(format!(
                "{}/0/private/{method}",
                client.simulator.base_url()
            ))
            .header("API-Key", &key.api_key)
            .header("API-Sign", signature)
            .header("Content-Type", kind)
            .body(body);
        let answer: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
        // The first vector's order is dearer than the account; that it is looked at shows that it was let in.
        let expected = if body.contains("volume") && !body.contains("validate") {
            vec!["EOrder:Insufficient funds"]
        } else {
            vec![]
        };
        assert_eq!(
            answer["error"],
            serde_json::json!(expected),
            "{method} {body}"
        );
    }
}

#[tokio::test]
async fn a_nonce_counts_once_and_only_upwards() {
    let client = Client::start().await;
    let key = client.key(&TRADING);
    assert!(client.call(&key, "Balance", 5, &[]).await.is_ok());
    assert_eq!(
        client.call(&key, "Balance", 5, &[]).await,
        error("EAPI:Invalid nonce")
    );
    assert_eq!(
        client.call(&key, "Balance", 4, &[]).await,
        error("EAPI:Invalid nonce")
    );
    assert!(client.call(&key, "Balance", u64::MAX, &[]).await.is_ok());
    assert_eq!(
        client.call(&key, "GetApiKeyInfo", u64::MAX, &[]).await,
        error("EAPI:Invalid nonce")
    );
}

#[tokio::test]
async fn a_nonce_that_is_no_number_is_invalid() {
    let client = Client::start().await;
    let key = client.key(&TRADING);
    for body in [
        "",
        "nonce=",
        "nonce=abc",
        "nonce=-1",
        "nonce=1.5",
        "nonce=18446744073709551616",
    ] {
        let nonce = body.strip_prefix("nonce=").unwrap_or_default();
        assert_eq!(
            client.raw(&key, "Balance", nonce, FORM, body).await,
            error("EAPI:Invalid nonce"),
            "{body:?}"
        );
    }
    assert_eq!(
        client
            .raw(&key, "Balance", "1", "application/json", "[1")
            .await,
        error("EAPI:Invalid nonce")
    );
}

#[tokio::test]
async fn a_nonce_is_spent_even_if_the_call_is_refused() {
    let client = Client::start().await;
    let key = client.key(&["query-open-trades"]);
    assert_eq!(
        client.call(&key, "Balance", 5, &[]).await,
        error("EGeneral:Permission denied")
    );
    assert_eq!(
        client.call(&key, "OpenOrders", 5, &[]).await,
        error("EAPI:Invalid nonce")
    );
    assert_eq!(
        client.call(&key, "NoSuchMethod", 6, &[]).await,
        error("EGeneral:Unknown method")
    );
    assert_eq!(
        client.call(&key, "OpenOrders", 6, &[]).await,
        error("EAPI:Invalid nonce")
    );
}

#[tokio::test]
async fn what_is_not_signed_as_sent_is_refused_and_spends_no_nonce() {
    let client = Client::start().await;
    let key = client.key(&TRADING);
    // Signed with another nonce than the body's, another secret, another path.
    assert_eq!(
        client.raw(&key, "Balance", "2", FORM, "nonce=1").await,
        error("EAPI:Invalid signature")
    );
    let other = client.key(&TRADING);
    let mixed = IssuedKey {
        api_secret: other.api_secret,
        ..key.clone()
    };
    assert_eq!(
        client.call(&mixed, "Balance", 1, &[]).await,
        error("EAPI:Invalid signature")
    );
    let request = reqwest::Client::new()
        .post(format!("{}/0/private/Balance", client.simulator.base_url()))
        .header("API-Key", &key.api_key)
        .header(
            "API-Sign",
            crate::client::sign(&key.api_secret, "/0/private/BalanceEx", "1", "nonce=1"),
        )
        .body("nonce=1");
    let answer: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["error"][0], "EAPI:Invalid signature");
    assert!(client.call(&key, "Balance", 1, &[]).await.is_ok());
}

#[tokio::test]
async fn five_bad_keys_in_a_row_lock_the_source_out_for_a_quarter_of_an_hour() {
    let lockout = LockoutConfig {
        scope: LockoutScope::Address,
        ..LockoutConfig::default()
    };
    // The last second of the quarter is looked at, which must not pass by itself.
    let clock = ClockConfig {
        realtime: false,
        now: 1_700_000_000,
    };
    let client = Client::start_with(Config {
        lockout,
        clock,
        ..Config::default()
    })
    .await;
    let good = client.key(&TRADING);
    let bad = IssuedKey {
        api_key: "bad".to_owned(),
        ..good.clone()
    };
    for nonce in 1..=4 {
        assert_eq!(
            client.call(&bad, "Balance", nonce, &[]).await,
            error("EAPI:Invalid key")
        );
    }
    // A good one in between begins the count anew.
    assert!(client.call(&good, "Balance", 1, &[]).await.is_ok());
    for nonce in 1..=5 {
        assert_eq!(
            client.call(&bad, "Balance", nonce, &[]).await,
            error("EAPI:Invalid key")
        );
    }
    assert_eq!(
        client.call(&good, "Balance", 2, &[]).await,
        error("EGeneral:Temporary lockout")
    );
    client.simulator.advance_clock(899);
    assert_eq!(
        client.call(&good, "Balance", 2, &[]).await,
        error("EGeneral:Temporary lockout")
    );
    client.simulator.advance_clock(2);
    assert!(client.call(&good, "Balance", 2, &[]).await.is_ok());
}

#[tokio::test]
async fn by_default_one_keys_lockout_is_not_anothers() {
    let client = Client::start().await;
    let good = client.key(&TRADING);
    let bad = IssuedKey {
        api_key: "bad".to_owned(),
        ..good.clone()
    };
    for nonce in 1..=5 {
        assert_eq!(
            client.call(&bad, "Balance", nonce, &[]).await,
            error("EAPI:Invalid key")
        );
    }
    assert_eq!(
        client.call(&bad, "Balance", 6, &[]).await,
        error("EGeneral:Temporary lockout")
    );
    assert!(client.call(&good, "Balance", 1, &[]).await.is_ok());
}

#[tokio::test]
async fn revoked_expired_and_far_away_keys_are_invalid() {
    let client = Client::start().await;
    let revoked = client.key(&TRADING);
    let edit = KeyEdit {
        api_key: revoked.api_key.clone(),
        revoked: Some(true),
        ..KeyEdit::default()
    };
    client.simulator.edit_key(edit).unwrap();
    let expired = client
        .simulator
        .issue_key(KeySpec {
            valid_until: 1,
            ..KeySpec::default()
        })
        .unwrap();
    let elsewhere = KeySpec {
        ip_allowlist: vec!["10.0.0.0/8".to_owned()],
        ..KeySpec::default()
    };
    let elsewhere = client.simulator.issue_key(elsewhere).unwrap();
    for key in [revoked, expired, elsewhere] {
        assert_eq!(
            client.call(&key, "GetApiKeyInfo", 1, &[]).await,
            error("EAPI:Invalid key")
        );
    }
}

#[tokio::test]
async fn a_key_with_a_one_time_password_wants_it_in_each_call() {
    let client = Client::start().await;
    let key = client
        .simulator
        .issue_key(KeySpec {
            otp: Some("123456".to_owned()),
            ..KeySpec::default()
        })
        .unwrap();
    assert!(client.call(&key, "Balance", 1, &[]).await.is_err());
    assert!(
        client
            .call(&key, "Balance", 2, &[("otp", "654321")])
            .await
            .is_err()
    );
    assert!(
        client
            .call(&key, "Balance", 3, &[("otp", "123456")])
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn the_rest_counter_fills_and_empties() {
    let config = Config {
        clock: ClockConfig {
            realtime: false,
            now: 1_700_000_000,
        },
        ..Config::default()
    };
    let client = Client::start_with(config).await;
    let key = client.key(&TRADING);
    // Intermediate: 20 points, half a point a second; TradesHistory costs two.
    for nonce in 1..=10 {
        assert!(
            client.call(&key, "TradesHistory", nonce, &[]).await.is_ok(),
            "{nonce}"
        );
    }
    assert_eq!(
        client.call(&key, "Balance", 11, &[]).await,
        error("EAPI:Rate limit exceeded")
    );
    client.simulator.advance_clock(2);
    assert_eq!(
        client.call(&key, "TradesHistory", 12, &[]).await,
        error("EAPI:Rate limit exceeded")
    );
    assert!(client.call(&key, "Balance", 13, &[]).await.is_ok());
    // Orders have a counter of their own.
    assert_eq!(
        client.call(&key, "CancelOrder", 14, &[("txid", "O")]).await,
        error("EOrder:Unknown order")
    );
}

#[tokio::test]
async fn fifty_parallel_calls_on_one_key_with_allocated_nonces_are_checked_one_by_one() {
    let client = Client::start().await;
    let key = client.key(&TRADING);
    let calls = (1..=50).map(|nonce| client.call(&key, "CancelOrder", nonce, &[("txid", "O")]));
    let outcomes = futures::future::join_all(calls).await;
    // Whatever order they came in: each is either let in or too low, and the highest always is let in.
    let let_in = outcomes
        .iter()
        .filter(|outcome| **outcome == error("EOrder:Unknown order"))
        .count();
    let too_low = outcomes
        .iter()
        .filter(|outcome| **outcome == error("EAPI:Invalid nonce"))
        .count();
    assert!(let_in >= 1 && let_in + too_low == 50, "{outcomes:?}");
    assert_eq!(
        client.call(&key, "Balance", 50, &[]).await,
        error("EAPI:Invalid nonce")
    );
}

#[tokio::test]
async fn a_private_method_is_posted() {
    let client = Client::start().await;
    let answer: serde_json::Value = client.get("/0/private/Balance").await.json().await.unwrap();
    assert_eq!(answer["error"][0], "EAPI:Bad request");
}

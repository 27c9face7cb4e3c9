//! Which permission opens what, and what a key says of itself.

use kraken_simulator::{KeyEdit, KeySpec};
use serde_json::json;

use crate::client::{Client, TRADING, error};

const DENIED: &str = "EGeneral:Permission denied";
const UNKNOWN_KEY: &str = "EFunding:Unknown withdraw key";
const UNKNOWN_REFERENCE: &str = "EFunding:Unknown reference id";

#[tokio::test]
async fn withdrawal_calls_tell_permissions_apart_as_the_reference_says() {
    let client = Client::start().await;
    let calls = [
        "GetApiKeyInfo",
        "Balance",
        "WithdrawMethods",
        "WithdrawInfo",
        "WithdrawStatus",
        "WithdrawCancel",
    ];
    let matrix: [(&[&str], [&str; 6]); 4] = [
        (&TRADING, ["ok", "ok", DENIED, DENIED, DENIED, DENIED]),
        (
            &["query-funds", "withdraw-funds"],
            ["ok", "ok", "ok", UNKNOWN_KEY, "ok", UNKNOWN_REFERENCE],
        ),
        (
            &["withdraw-funds"],
            ["ok", DENIED, DENIED, DENIED, "ok", UNKNOWN_REFERENCE],
        ),
        (
            &["query-funds", "query-ledger"],
            ["ok", "ok", DENIED, DENIED, "ok", DENIED],
        ),
    ];
    for (permissions, expected) in matrix {
        let key = client.key(permissions);
        for (nonce, (call, expected)) in (1..).zip(calls.into_iter().zip(expected)) {
            let outcome = client
                .call(&key, call, nonce, &[])
                .await
                .map_or_else(|error| error, |_| "ok".to_owned());
            assert_eq!(outcome, expected, "{call} with {permissions:?}");
        }
    }
}

#[tokio::test]
async fn reading_orders_and_trading_have_permissions_of_their_own() {
    let client = Client::start().await;
    let cases = [
        ("TradeBalance", "query-open-trades"),
        ("OpenOrders", "query-open-trades"),
        ("ClosedOrders", "query-closed-trades"),
        ("TradesHistory", "query-closed-trades"),
        ("GetWebSocketsToken", "create-ws-token"),
        ("BalanceEx", "query-funds"),
    ];
    for (call, permission) in cases {
        assert!(
            client
                .call(&client.key(&[permission]), call, 1, &[])
                .await
                .is_ok(),
            "{call} with {permission}"
        );
        assert_eq!(
            client
                .call(&client.key(&["export-data"]), call, 1, &[])
                .await,
            error(DENIED),
            "{call} without"
        );
    }
    let closing = client.key(&["close-trades"]);
    assert_eq!(
        client.call(&closing, "AddOrder", 1, &[]).await,
        error(DENIED)
    );
    assert_eq!(
        client
            .call(&closing, "CancelOrder", 2, &[("txid", "O")])
            .await,
        error("EOrder:Unknown order")
    );
}

#[tokio::test]
async fn a_key_describes_itself_with_numbers_as_strings() {
    let client = Client::start().await;
    let spec = KeySpec {
        name: "mine".to_owned(),
        nonce_window: 3,
        ..KeySpec::with(&["query-funds", "a-new-one"])
    };
    let key = client.simulator.issue_key(spec).unwrap();
    let info = client.call(&key, "GetApiKeyInfo", 7, &[]).await.unwrap();
    assert_eq!(info["apiKeyName"], "mine");
    assert_eq!(info["apiKey"], key.api_key);
    assert_eq!(info["nonce"], "7");
    assert_eq!(info["nonceWindow"], 3);
    assert_eq!(info["permissions"], json!(["query-funds", "a-new-one"]));
    assert_eq!(info["validUntil"], "0");
    assert_eq!(info["ipAllowlist"], json!([]));
    assert_eq!(info["lastUsed"], json!(null));
    assert!(info["modifiedTime"].is_string() && info["iban"].as_str().unwrap().len() == 19);
    assert!(client.call(&key, "GetApiKeyInfo", 8, &[]).await.unwrap()["lastUsed"].is_string());
}

#[tokio::test]
async fn an_edit_is_felt_at_once_and_dated() {
    let config = kraken_simulator::Config {
        clock: kraken_simulator::ClockConfig {
            realtime: false,
            now: 1_700_000_000,
        },
        ..kraken_simulator::Config::default()
    };
    let client = Client::start_with(config).await;
    let key = client.key(&["query-funds"]);
    assert!(client.call(&key, "Balance", 1, &[]).await.is_ok());
    client.simulator.advance_clock(10);
    let edit = KeyEdit {
        api_key: key.api_key.clone(),
        permissions: Some(vec!["withdraw-funds".to_owned()]),
        ..KeyEdit::default()
    };
    client.simulator.edit_key(edit).unwrap();
    assert_eq!(client.call(&key, "Balance", 2, &[]).await, error(DENIED));
    let info = client.call(&key, "GetApiKeyInfo", 3, &[]).await.unwrap();
    assert_eq!(
        (&info["createdTime"], &info["modifiedTime"]),
        (&json!("1700000000"), &json!("1700000010"))
    );
}

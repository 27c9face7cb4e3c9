//! Exchange keys, from connecting to destroyed. Against a foreign app this needs `SPINDLE_SIMULATOR_URL`.

use futures::future::join_all;
use serde_json::{Value, json};
use spindle_harness::{Account, App, Call, unique};
use spindle_suites::TRADING;

const KEYS: &str = "/api/v1/trading/keys";

/// A fresh key at the simulated exchange; none where its control is out of reach.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
async fn issue(app: &App, permissions: &[&str]) -> Option<(String, String)> {
    let Some(control) = app.simulator("/__sim/key") else {
        eprintln!("skipped: SPINDLE_SIMULATOR_URL is not set");
        return None;
    };
    let key = control
        .json(json!({"seed": unique("seed"), "permissions": permissions}))
        .await
        .expect(200);
    Some((key.text_at("/api_key"), key.text_at("/api_secret")))
}

fn connect(app: &App, account: &Account) -> Call {
    app.call("POST", KEYS).bearer(&account.token)
}

fn body(key: &(String, String), mode: &str) -> Value {
    json!({"exchange": "kraken", "label": "Main", "api_key": key.0, "api_secret": key.1, "mode": mode})
}

#[tokio::test]
async fn a_key_walks_from_connected_to_destroyed() {
    let app = App::shared();
    let Some(key) = issue(app, &TRADING).await else {
        return;
    };
    let account = Account::new(app).await;
    let stranger = Account::new(app).await;

    let created = connect(app, &account)
        .json(body(&key, "trade"))
        .await
        .expect(201);
    assert!(!created.text.contains(&key.1), "the secret came back");
    let last4 = &key.0[key.0.len() - 4..];
    assert_eq!(created.body["last4"], json!(last4));
    assert_eq!(created.body["status"], "active");
    let path = format!("{KEYS}/{}", created.text_at("/id"));

    let _ = connect(app, &account)
        .json(body(&key, "trade"))
        .await
        .expect(409);
    let _ = connect(app, &stranger)
        .json(body(&key, "trade"))
        .await
        .expect(409);
    let listed = app
        .call("GET", KEYS)
        .bearer(&account.token)
        .send()
        .await
        .expect(200);
    assert_eq!(listed.body["items"].as_array().map(Vec::len), Some(1));
    assert!(!listed.text.contains(&key.1) && !listed.text.contains(&key.0));

    for (method, path) in [
        ("GET", path.clone()),
        ("DELETE", path.clone()),
        ("POST", format!("{path}/test")),
    ] {
        let _ = app
            .call(method, &path)
            .bearer(&stranger.token)
            .send()
            .await
            .problem(404, "not-found");
    }
    let tested = app
        .call("POST", &format!("{path}/test"))
        .bearer(&account.token)
        .send()
        .await
        .expect(200);
    assert_eq!(tested.body["status"], "active");

    let _ = app
        .call("DELETE", &path)
        .bearer(&account.token)
        .send()
        .await
        .expect(204);
    let _ = app
        .call("POST", &format!("{path}/test"))
        .bearer(&account.token)
        .send()
        .await;
    let listed = app
        .call("GET", KEYS)
        .bearer(&account.token)
        .send()
        .await
        .expect(200);
    assert_eq!(
        listed.body["items"].as_array().map(Vec::len),
        Some(0),
        "{}",
        listed.text
    );
}

#[tokio::test]
async fn a_key_that_can_withdraw_is_refused_with_the_boxes_to_untick() {
    let app = App::shared();
    let mut permissions = TRADING.to_vec();
    permissions.push("withdraw-funds");
    let Some(key) = issue(app, &permissions).await else {
        return;
    };
    let account = Account::new(app).await;
    let refused = connect(app, &account)
        .json(body(&key, "trade"))
        .await
        .problem(422, "key-refused");
    assert!(refused.text.contains("withdraw-funds"), "{}", refused.text);
    assert!(
        refused.text.to_lowercase().contains("untick"),
        "{}",
        refused.text
    );
    assert!(!refused.text.contains(&key.1));
    let listed = app
        .call("GET", KEYS)
        .bearer(&account.token)
        .send()
        .await
        .expect(200);
    assert_eq!(
        listed.body["items"].as_array().map(Vec::len),
        Some(0),
        "nothing is stored unless it was verified"
    );
}

#[tokio::test]
async fn a_key_that_lacks_what_the_mode_needs_is_refused() {
    let app = App::shared();
    let Some(key) = issue(
        app,
        &["query-funds", "query-open-trades", "query-closed-trades"],
    )
    .await
    else {
        return;
    };
    let account = Account::new(app).await;
    let refused = connect(app, &account)
        .json(body(&key, "trade"))
        .await
        .problem(422, "key-refused");
    assert!(refused.text.contains("modify-trades"), "{}", refused.text);
    let _ = connect(app, &account)
        .json(body(&key, "read"))
        .await
        .expect(201);
}

#[tokio::test]
async fn an_unknown_permission_is_refused() {
    let app = App::shared();
    let mut permissions = TRADING.to_vec();
    permissions.push("teleport-funds");
    let Some(key) = issue(app, &permissions).await else {
        return;
    };
    let account = Account::new(app).await;
    let refused = connect(app, &account)
        .json(body(&key, "trade"))
        .await
        .problem(422, "key-refused");
    assert!(refused.text.contains("teleport-funds"), "{}", refused.text);
}

#[tokio::test]
async fn a_wrong_secret_is_invalid() {
    let app = App::shared();
    let Some(key) = issue(app, &TRADING).await else {
        return;
    };
    let Some(other) = issue(app, &TRADING).await else {
        return;
    };
    let account = Account::new(app).await;
    let answer = connect(app, &account)
        .json(body(&(key.0, other.1), "trade"))
        .await;
    assert_eq!(answer.status, 422, "{}", answer.text);
}

#[tokio::test]
async fn two_connects_at_once_store_one_key() {
    let app = App::shared();
    let Some(key) = issue(app, &TRADING).await else {
        return;
    };
    let account = Account::new(app).await;
    let answers = join_all((0..2).map(|_| connect(app, &account).json(body(&key, "trade")))).await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    // The loser's call may also be refused by the exchange for its nonce; nothing is stored twice either way.
    assert_eq!(
        statuses[0],
        201,
        "{:?}",
        answers
            .iter()
            .map(|answer| &answer.text)
            .collect::<Vec<_>>()
    );
    assert!(matches!(statuses[1], 409 | 422), "{statuses:?}");
    let listed = app
        .call("GET", KEYS)
        .bearer(&account.token)
        .send()
        .await
        .expect(200);
    assert_eq!(listed.body["items"].as_array().map(Vec::len), Some(1));
}

//! Notifications: an order that was accepted over HTTP ends in a notification and a mail.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use spindle_harness::{Account, Answer, App, patience};

const LIST: &str = "/api/v1/profile/notifications";
const PREFERENCES: &str = "/api/v1/profile/notifications/preferences";

async fn place_order(app: &App, account: &Account) {
    let _ = app
        .call("POST", "/api/v1/trading/orders")
        .bearer(&account.token)
        .json(json!({"mode": "paper", "pair": "XBTUSD", "side": "buy", "type": "market", "volume": "0.01"}))
        .await
        .expect(202);
}

async fn get(app: &App, account: &Account, path: &str) -> Answer {
    app.call("GET", path)
        .bearer(&account.token)
        .send()
        .await
        .expect(200)
}

/// Waits until the account has as many unread notifications.
async fn unread(app: &App, account: &Account, count: u64) -> Value {
    let started = Instant::now();
    loop {
        let list = get(app, account, LIST).await.body;
        if list["unread"] == json!(count) {
            return list;
        }
        assert!(
            started.elapsed() < patience(),
            "{count} are never unread: {list}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn an_order_ends_in_a_notification_and_a_mail() {
    let app = App::shared();
    let account = Account::new(app).await;
    place_order(app, &account).await;
    let list = unread(app, &account, 1).await;
    let item = &list["items"][0];
    assert_eq!(item["type"], "order_completed");
    assert_eq!(item["data"]["side"], "buy");
    let order = get(app, &account, item["link"].as_str().unwrap_or_default()).await;
    assert_eq!(order.body["id"], item["data"]["order_id"]);
    let mail = app.mail(&account.email, "order filled").await;
    assert!(mail.text.contains("Volume: 0.01"), "{}", mail.text);

    let id = item["id"].as_str().unwrap_or_default();
    let read = async || {
        app.call("POST", &format!("{LIST}/{id}/read"))
            .bearer(&account.token)
            .send()
            .await
            .expect(200)
    };
    let (first, second) = (read().await, read().await);
    assert_eq!(first.body, second.body, "read once");
    let _ = unread(app, &account, 0).await;
    let stranger = Account::new(app).await;
    let _ = app
        .call("POST", &format!("{LIST}/{id}/read"))
        .bearer(&stranger.token)
        .send()
        .await
        .problem(404, "not-found");
}

#[tokio::test]
async fn what_was_turned_off_does_not_come() {
    let app = App::shared();
    let account = Account::new(app).await;
    let put = |body: Value| {
        app.call("PUT", PREFERENCES)
            .bearer(&account.token)
            .json(body)
    };
    let before = get(app, &account, PREFERENCES).await;
    let set = put(json!({"preferences": {"order_completed": {"email": false}}}))
        .await
        .expect(200);
    assert_eq!(
        set.body["preferences"]["order_completed"],
        json!({"in_app": true, "email": false})
    );
    assert_ne!(set.header("etag"), before.header("etag"));
    put(json!({"preferences": {"new_sign_in": {"email": false}}}))
        .await
        .invalid("preferences.new_sign_in.email");
    put(json!({"preferences": {"weather": {}}}))
        .await
        .invalid("preferences.weather");

    place_order(app, &account).await;
    let _ = unread(app, &account, 1).await;
    // The mail would have been asked for by the statement that wrote the notification.
    let mails = app.mails(&account.email).await;
    assert!(
        !mails
            .iter()
            .any(|mail| mail.subject.contains("order filled")),
        "{mails:?}"
    );

    let all = app
        .call("POST", &format!("{LIST}/read-all"))
        .bearer(&account.token)
        .send()
        .await
        .expect(200);
    assert_eq!(all.body, json!({"marked": 1, "unread": 0}));
}

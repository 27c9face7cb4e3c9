//! Support tickets, the user's side.

use serde_json::{Value, json};
use spindle_harness::{Account, Answer, App, unique};

const TICKETS: &str = "/api/v1/profile/support/tickets";

async fn post(app: &App, account: &Account, path: &str, key: &str, body: Value) -> Answer {
    app.call("POST", path)
        .bearer(&account.token)
        .header("idempotency-key", key)
        .json(body)
        .await
}

#[tokio::test]
async fn a_ticket_is_opened_once_and_continued() {
    let app = App::shared();
    let account = Account::new(app).await;
    let key = unique("k");
    let body =
        json!({"subject": "My bot sleeps", "category": "trading", "body": "Since\nyesterday 🦀"});
    let opened = post(app, &account, TICKETS, &key, body.clone())
        .await
        .expect(201);
    let path = opened.header("location").unwrap_or_default().to_owned();
    let again = post(app, &account, TICKETS, &key, body).await.expect(201);
    assert_eq!(again.body["id"], opened.body["id"]);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));

    let read = app
        .call("GET", &path)
        .bearer(&account.token)
        .send()
        .await
        .expect(200);
    assert_eq!(read.body["state"], "open");
    assert_eq!(read.body["messages"][0]["body"], "Since\nyesterday 🦀");
    let etag = read.header("etag").unwrap_or_default().to_owned();
    let _ = app
        .call("GET", &path)
        .bearer(&account.token)
        .header("if-none-match", &etag)
        .send()
        .await
        .expect(304);

    let messages = format!("{path}/messages");
    let more = post(
        app,
        &account,
        &messages,
        &unique("k"),
        json!({"body": "Still."}),
    )
    .await
    .expect(201);
    assert_eq!(more.body["author"], "user");
    let _ = app
        .call("POST", &messages)
        .bearer(&account.token)
        .header("if-match", &etag)
        .json(json!({"body": "Too late."}))
        .await
        .problem(412, "precondition-failed");

    let list = app
        .call("GET", TICKETS)
        .bearer(&account.token)
        .send()
        .await
        .expect(200);
    assert_eq!(list.body["items"].as_array().map(Vec::len), Some(1));
    let closed = app
        .call("GET", &format!("{TICKETS}?state=closed"))
        .bearer(&account.token)
        .send()
        .await
        .expect(200);
    assert_eq!(closed.body["items"], json!([]));
}

#[tokio::test]
async fn a_ticket_is_its_owners_alone() {
    let app = App::shared();
    let (owner, stranger) = (Account::new(app).await, Account::new(app).await);
    let opened = post(
        app,
        &owner,
        TICKETS,
        &unique("k"),
        json!({"subject": "s", "body": "b"}),
    )
    .await
    .expect(201);
    let path = opened.header("location").unwrap_or_default();
    let _ = app
        .call("GET", path)
        .bearer(&stranger.token)
        .send()
        .await
        .problem(404, "not-found");
    let _ = post(
        app,
        &stranger,
        &format!("{path}/messages"),
        &unique("k"),
        json!({"body": "b"}),
    )
    .await
    .problem(404, "not-found");
    let _ = app
        .call("GET", path)
        .send()
        .await
        .problem(401, "unauthorized");
    let _ = app
        .call("GET", "/api/v1/admin/support/tickets")
        .bearer(&owner.token)
        .send()
        .await
        .problem(403, "forbidden");
}

#[tokio::test]
async fn fields_say_what_they_allow() {
    let app = App::shared();
    let account = Account::new(app).await;
    for (body, field) in [
        (json!({"body": "b"}), "subject"),
        (json!({"subject": "a\nb", "body": "b"}), "subject"),
        (json!({"subject": "s", "body": "x".repeat(5_001)}), "body"),
        (
            json!({"subject": "s", "body": "b", "category": "weather"}),
            "category",
        ),
    ] {
        post(app, &account, TICKETS, &unique("k"), body)
            .await
            .invalid(field);
    }
}

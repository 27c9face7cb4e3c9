//! Notifications, from told to read.

use axum::body::Body;
use futures::future::join_all;
use http::{Method, Request, header};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::stage::{Stage, request};

const LIST: &str = "/notifications";

fn order() -> Value {
    json!({"pair": "BTC/USD", "side": "buy", "volume": "0.10000000", "price": "64000.50"})
}

#[tokio::test]
async fn a_notification_walks_from_asked_for_to_read() {
    let stage = Stage::new().await;
    let user = stage.account("ada").await;
    stage
        .run(&format!(
            "select platform.notify('{{\"request_id\": \"r-7\"}}', 'order:1', '{user}', 'order_completed', '{}')",
            order()
        ))
        .await;
    assert_eq!(stage.work(1).await, ["notify", "send_mail"]);

    let list = stage.get(user, LIST).await.expect(200);
    assert_eq!(list.body["unread"], 1);
    assert_eq!(list.body["next_cursor"], Value::Null);
    let item = &list.body["items"][0];
    assert_eq!(item["title"], "Order filled: buy 0.10000000 BTC/USD");
    assert_eq!(item["data"], order());
    assert_eq!(item["read_at"], Value::Null);

    let path = format!("{LIST}/{}/read", item["id"].as_str().unwrap());
    let read = stage.post(user, &path, Value::Null).await.expect(200);
    assert!(read.body["read_at"].is_string());
    let again = stage.post(user, &path, Value::Null).await.expect(200);
    assert_eq!(again.body, read.body, "the first reading counts");
    assert_eq!(stage.get(user, LIST).await.body["unread"], 0);
    let unread = stage.get(user, "/notifications?unread=true").await;
    assert_eq!(unread.body["items"], json!([]));

    let mail = stage
        .json("select json_build_object('to', recipient, 'subject', subject, 'account', account_id)::text from platform.mailbox")
        .await;
    assert_eq!(
        mail,
        json!({"to": "ada@a.example", "subject": "Order filled: buy 0.10000000 BTC/USD", "account": user})
    );
    let cause = "select count(*) from platform.tasks where request_id = 'r-7'";
    assert_eq!(
        stage.count(cause).await,
        2,
        "the mail's task has the cause of the first"
    );
}

#[tokio::test]
async fn what_names_an_address_is_mailed_there_whatever_the_accounts_is_by_then() {
    let stage = Stage::new().await;
    let user = stage.account("ada").await;
    let data = json!({"device": "a test", "address": "192.0.2.7", "at": "2030-01-01T00:00:00Z"});
    stage
        .run(&format!(
            "select platform.notify('{{}}', 'sign-in:1', '{user}', 'new_sign_in', '{data}', 'ada@a.example');
             update identity.accounts set email = 'eve@a.example'"
        ))
        .await;
    assert_eq!(stage.work(1).await, ["notify", "send_mail"]);
    assert_eq!(
        stage.mails().await,
        [("new_sign_in".to_owned(), "ada@a.example".to_owned())]
    );
}

#[tokio::test]
async fn a_task_that_comes_often_and_at_once_tells_once() {
    let stage = Stage::new().await;
    let user = stage.account("ada").await;
    let answers =
        join_all((0..8).map(|_| stage.notify("k", user, "order_completed", order()))).await;
    for answer in answers {
        assert_eq!(
            answer.expect(200).body,
            json!({"in_app": true, "email": true})
        );
    }
    assert_eq!(stage.work(3).await, ["send_mail"]);
    for table in ["notifications", "mailbox"] {
        let sql = format!("select count(*) from platform.{table}");
        assert_eq!(stage.count(&sql).await, 1, "{table}");
    }
    // The same key of another user is another notification.
    let other = stage.account("bob").await;
    let _ = stage
        .notify("k", other, "order_completed", order())
        .await
        .expect(200);
    assert_eq!(stage.get(other, LIST).await.body["unread"], 1);
}

#[tokio::test]
async fn pages_follow_each_other_newest_first() {
    let stage = Stage::new().await;
    let user = stage.account("ada").await;
    for number in 0..5 {
        let data = json!({"username": format!("u{number}")});
        let _ = stage
            .notify(&format!("k{number}"), user, "new_follower", data)
            .await
            .expect(200);
    }
    let (mut seen, mut path) = (Vec::new(), format!("{LIST}?limit=2"));
    loop {
        let page = stage.get(user, &path).await.expect(200);
        assert_eq!(page.body["unread"], 5, "on all pages");
        let items = page.body["items"].as_array().unwrap().clone();
        assert!(items.len() <= 2);
        seen.extend(
            items
                .iter()
                .map(|item| item["data"]["username"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = page.body["next_cursor"].as_str() else {
            break;
        };
        path = format!("{LIST}?limit=2&cursor={cursor}");
    }
    assert_eq!(seen, ["u4", "u3", "u2", "u1", "u0"]);
    for path in ["?limit=0", "?cursor=x", "?limit=x", "?unread=maybe"] {
        let refused = stage.get(user, &format!("{LIST}{path}")).await;
        assert_eq!(refused.problem(), (422, "validation"), "{path}");
    }
}

#[tokio::test]
async fn what_came_after_the_last_look_stays_unread() {
    let stage = Stage::new().await;
    let user = stage.account("ada").await;
    for name in ["a", "b", "c"] {
        let _ = stage
            .notify(name, user, "new_follower", json!({"username": name}))
            .await
            .expect(200);
    }
    let list = stage.get(user, LIST).await;
    let second = list.body["items"][1]["id"].as_str().unwrap().to_owned();
    let path = format!("{LIST}/read-all?up_to={second}");
    let read = stage
        .call(user, Method::POST, &path, None)
        .await
        .expect(200);
    assert_eq!(read.body, json!({"marked": 2, "unread": 1}));
    let all = format!("{LIST}/read-all");
    for marked in [1, 0] {
        let read = stage.call(user, Method::POST, &all, None).await.expect(200);
        assert_eq!(read.body, json!({"marked": marked, "unread": 0}));
    }
    let refused = stage
        .call(user, Method::POST, &format!("{all}?up_to=x"), None)
        .await;
    assert_eq!(refused.problem().0, 422);
}

#[tokio::test]
async fn somebody_elses_notification_is_not_found() {
    let stage = Stage::new().await;
    let (user, other) = (stage.account("ada").await, stage.account("bob").await);
    let _ = stage
        .notify("k", user, "order_completed", order())
        .await
        .expect(200);
    let list = stage.get(user, LIST).await;
    let path = format!(
        "{LIST}/{}/read",
        list.body["items"][0]["id"].as_str().unwrap()
    );
    let missing = format!("{LIST}/{}/read", Uuid::now_v7());
    for (who, path) in [
        (other, path.as_str()),
        (user, &missing),
        (user, "/notifications/x/read"),
    ] {
        let answer = stage.call(who, Method::POST, path, None).await;
        assert_eq!(answer.problem(), (404, "not-found"), "{path}");
    }
    assert_eq!(stage.get(other, LIST).await.body["items"], json!([]));
    let _ = stage
        .call(other, Method::POST, "/notifications/read-all", None)
        .await
        .expect(200);
    assert_eq!(stage.get(user, LIST).await.body["unread"], 1);
}

#[tokio::test]
async fn a_scope_is_needed_and_a_credential_first() {
    let stage = Stage::new().await;
    let user = stage.account("ada").await;
    for (method, path, scope) in [
        (Method::GET, LIST, "profile.write"),
        (Method::POST, "/notifications/read-all", "profile.read"),
        (Method::GET, "/notifications/preferences", "profile.write"),
        (Method::GET, "/support/tickets", "profile.write"),
    ] {
        let mut wrong = request(user, method.clone(), path, None);
        let value = format!("Bearer {user} {scope}");
        wrong
            .headers_mut()
            .insert(header::AUTHORIZATION, value.parse().unwrap());
        assert_eq!(
            stage.send(wrong).await.problem(),
            (403, "forbidden"),
            "{path}"
        );
        let nobody = Request::builder()
            .method(method)
            .uri(format!("/api/v1/profile{path}"));
        let answer = stage.send(nobody.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.problem(), (401, "unauthorized"), "{path}");
    }
}

#[tokio::test]
async fn an_account_that_is_gone_or_disabled_is_told_nothing() {
    let stage = Stage::new().await;
    let disabled = stage.account("ada").await;
    stage
        .run("update identity.accounts set disabled_at = now()")
        .await;
    for user in [disabled, Uuid::now_v7()] {
        let answer = stage
            .notify("k", user, "order_completed", order())
            .await
            .expect(200);
        assert_eq!(answer.body, json!({"in_app": false, "email": false}));
    }
    assert_eq!(
        stage
            .count("select count(*) from platform.notifications")
            .await,
        0
    );
    assert!(stage.mails().await.is_empty());
}

#[tokio::test]
async fn what_cannot_be_told_is_a_dead_letter() {
    let stage = Stage::new().await;
    let user = stage.account("ada").await;
    for (kind, data) in [
        ("weather", json!({})),
        ("order_completed", json!({"pair": "BTC/USD"})),
        ("ticket_answer", json!({"ticket_id": "x", "subject": "a"})),
    ] {
        let answer = stage.notify("k", user, kind, data).await;
        assert_eq!(answer.problem().0, 422, "{kind}: {}", answer.body);
    }
}

#[tokio::test]
async fn the_newest_thousand_are_kept() {
    let stage = Stage::new().await;
    let (user, other) = (stage.account("ada").await, stage.account("bob").await);
    for account in [user, other] {
        stage
            .run(&format!(
                "insert into platform.notifications (id, user_id, idempotency_key, type, title, body, data, created_at)
                 select ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, '{account}', 'old' || n, 'new_follower', 't', 'b', '{{}}', now()
                 from generate_series(case when '{account}' = '{user}' then 1 else 5001 end,
                                      case when '{account}' = '{user}' then 1000 else 6000 end) n"
            ))
            .await;
    }
    let _ = stage
        .notify("k", user, "order_completed", order())
        .await
        .expect(200);
    let of = |account: Uuid| {
        format!("select count(*) from platform.notifications where user_id = '{account}'")
    };
    assert_eq!(stage.count(&of(user)).await, 1000);
    assert_eq!(stage.count(&of(other)).await, 1000);
    assert_eq!(
        stage
            .count("select count(*) from platform.notifications where idempotency_key = 'old1'")
            .await,
        0,
        "the oldest has gone"
    );
    assert_eq!(stage.get(user, LIST).await.body["unread"], 1000);
}

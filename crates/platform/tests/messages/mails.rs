//! Mails, from asked for to handed over once.

use axum::body::Body;
use futures::future::join;
use http::{Request, header};
use serde_json::{Value, json};
use spindle_platform::mail::{Failure, Postponement, mailbox};

use crate::stage::{Stage, URL};

fn code(minutes: u32, asked_ms: i64) -> Value {
    json!({"recipient": "ada@a.example", "template": "verification_code",
        "data": {"code": "493721", "minutes": minutes}, "asked_ms": asked_ms})
}

fn deleted() -> Value {
    json!({"recipient": "ada@a.example", "template": "account_deleted", "data": {}})
}

fn unavailable(retry_after: Option<u32>) -> Failure {
    Failure::Unavailable(Postponement {
        reason: "postmark answered 503".to_owned(),
        retry_after,
    })
}

async fn now_ms(stage: &Stage) -> i64 {
    stage
        .count("select (extract(epoch from platform.now()) * 1000)::bigint")
        .await
}

#[tokio::test]
async fn in_development_a_mail_is_a_row_once() {
    let stage = Stage::new().await;
    let user = stage.account("ada").await;
    for key in ["a", "b"] {
        let sql = format!(
            "select platform.send_mail('{{}}', '{key}', 'ada@a.example', 'ticket_answer',
                 '{{\"subject\": \"<b>{key}</b>\", \"url\": \"{URL}/t\"}}')"
        );
        stage.run(&sql).await;
        stage.run(&sql).await;
    }
    let _ = stage.work(2).await;
    let all = mailbox::list(&stage.db, None, 10).await.unwrap();
    let mails: Value = serde_json::from_str(&all).unwrap();
    assert_eq!(mails.as_array().unwrap().len(), 2);
    assert_eq!(mails[0]["subject"], "Answer to “<b>b</b>”", "newest first");
    assert_eq!(mails[0]["to"], "ada@a.example");
    assert!(
        mails[0]["html"]
            .as_str()
            .unwrap()
            .contains("&lt;b&gt;b&lt;/b&gt;")
    );
    assert!(
        mails[0]["text"]
            .as_str()
            .unwrap()
            .contains(&format!("{URL}/t"))
    );
    let none = mailbox::list(&stage.db, Some("bob@a.example"), 10)
        .await
        .unwrap();
    assert_eq!(none, "[]");
    let upper = mailbox::list(&stage.db, Some("ADA@a.example"), 1)
        .await
        .unwrap();
    assert_eq!(serde_json::from_str::<Value>(&upper).unwrap()[0], mails[0]);
    assert!(stage.provider.asked().is_empty());

    stage
        .run(&format!("select platform.erase_messages('{user}')"))
        .await;
    assert_eq!(mailbox::list(&stage.db, None, 10).await.unwrap(), "[]");
}

#[tokio::test]
async fn a_mail_is_handed_over_once_however_often_its_task_comes() {
    let stage = Stage::with_provider().await;
    let first = stage.task("send_mail", "k", deleted()).await.expect(200);
    assert_eq!(first.body, json!({"provider": "postmark", "id": "m-1"}));
    for _ in 0..2 {
        let again = stage.task("send_mail", "k", deleted()).await.expect(200);
        assert_eq!(again.body["id"], Value::Null);
    }
    let asked = stage.provider.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(
        (asked[0].key.as_str(), asked[0].to.as_str()),
        ("k", "ada@a.example")
    );
    assert_eq!(asked[0].tag, "account_deleted");
    let row = "select json_build_object('state', state, 'attempts', attempts, 'id', provider_id)::text from platform.mails";
    assert_eq!(
        stage.json(row).await,
        json!({"state": "sent", "attempts": 1, "id": "m-1"})
    );
}

#[tokio::test]
async fn two_attempts_at_once_hand_over_once() {
    let stage = Stage::with_provider().await;
    let gate = stage.provider.hold();
    let first = stage.task("send_mail", "k", deleted());
    let second = async {
        stage.provider.is_asked().await;
        let busy = stage.task("send_mail", "k", deleted()).await;
        gate.notify_one();
        busy
    };
    let (first, second) = join(first, second).await;
    let _ = first.expect(200);
    assert_eq!(second.problem(), (503, "unavailable"));
    let wait: u64 = second.header(header::RETRY_AFTER).parse().unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    assert_eq!(stage.provider.asked().len(), 1);
}

#[tokio::test]
async fn after_a_crash_the_mail_is_handed_over_again_under_its_key() {
    let stage = Stage::with_provider().await;
    // What an attempt leaves that ended between the two steps.
    stage
        .run("select platform.begin_mail('k', 'account_deleted', platform.uuid_v7(), 30, null)")
        .await;
    assert_eq!(
        stage.task("send_mail", "k", deleted()).await.problem().0,
        503
    );
    stage
        .run("update platform.mails set leased_until = now() - interval '1 second'")
        .await;
    let _ = stage.task("send_mail", "k", deleted()).await.expect(200);
    assert_eq!(stage.provider.asked()[0].key, "k");
    assert_eq!(
        stage
            .count("select attempts::bigint from platform.mails")
            .await,
        2
    );
}

#[tokio::test]
async fn a_provider_that_is_down_is_asked_again_when_it_says() {
    let stage = Stage::with_provider().await;
    for (retry_after, told) in [(Some(77), "77"), (None, "10")] {
        stage.provider.will(unavailable(retry_after));
        let later = stage.task("send_mail", "k", deleted()).await;
        assert_eq!(later.problem(), (503, "unavailable"));
        assert_eq!(later.header(header::RETRY_AFTER), told);
    }
    let _ = stage.task("send_mail", "k", deleted()).await.expect(200);
    assert_eq!(stage.provider.asked().len(), 3, "nothing waits for a lease");
}

#[tokio::test]
async fn what_the_provider_refuses_is_never_sent_again() {
    let stage = Stage::with_provider().await;
    stage
        .provider
        .will(Failure::Refused("hard bounce".to_owned()));
    for detail in ["hard bounce", "refused this mail before"] {
        let dead = stage.task("send_mail", "k", deleted()).await;
        assert_eq!(dead.problem().0, 422);
        assert!(
            dead.body["detail"].as_str().unwrap().contains(detail),
            "{}",
            dead.body
        );
    }
    assert_eq!(stage.provider.asked().len(), 1);
}

#[tokio::test]
async fn mails_wait_for_the_operator() {
    let stage = Stage::with_provider().await;
    stage.provider.will(Failure::Misconfigured(
        "mail_api_token is missing".to_owned(),
    ));
    let waits = stage.task("send_mail", "k", deleted()).await;
    assert_eq!(waits.problem().0, 503);
    assert!(
        waits.body["detail"]
            .as_str()
            .unwrap()
            .contains("mail_api_token")
    );
    let _ = stage.task("send_mail", "k", deleted()).await.expect(200);
    // Production keeps no mailbox: codes and links would stay readable.
    for provider in ["", "mailbox"] {
        let stage = Stage::with(&[("public_url", URL), ("mail_provider", provider)]).await;
        let waits = stage.task("send_mail", "k", deleted()).await;
        assert_eq!(waits.problem(), (503, "misconfigured"));
        assert_eq!(
            stage.count("select count(*) from platform.mailbox").await,
            0
        );
    }
}

#[tokio::test]
async fn a_code_is_not_sent_after_it_has_expired() {
    for stage in [Stage::new().await, Stage::with_provider().await] {
        let now = now_ms(&stage).await;
        let late = stage
            .task("send_mail", "late", code(10, now - 601_000))
            .await;
        assert_eq!(late.problem().0, 422);
        assert!(!late.body.to_string().contains("493721"));
        let _ = stage
            .task("send_mail", "in time", code(10, now - 540_000))
            .await
            .expect(200);
        // It was sent in time, and the news of that came late.
        let again = stage
            .task("send_mail", "in time", code(10, now - 601_000))
            .await;
        let _ = again.expect(200);
        assert!(stage.provider.asked().len() <= 1);
    }
}

#[tokio::test]
async fn what_cannot_be_written_is_a_dead_letter_that_tells_no_secret() {
    let stage = Stage::new().await;
    for payload in [
        json!({"recipient": "a@b.example, c@d.example", "template": "account_deleted"}),
        json!({"recipient": "a@b.example", "template": "no_such_template", "data": {"code": "493721"}}),
        json!({"recipient": "a@b.example", "template": "verification_code", "data": {"code": 493721, "minutes": 5}}),
        json!({"recipient": "a@b.example", "template": "password_reset", "data": {"url": "http://evil.example/493721", "minutes": 5}}),
        json!({"recipient": "a@b.example", "template": "verification_code"}),
    ] {
        let dead = stage.task("send_mail", "k", payload).await;
        assert_eq!(dead.problem(), (422, "validation"), "{}", dead.body);
        let told = dead.body.to_string();
        assert!(
            !told.contains("493721") && !told.contains("b.example"),
            "{told}"
        );
    }
    assert_eq!(
        stage.count("select count(*) from platform.mailbox").await,
        0
    );
}

#[tokio::test]
async fn a_mails_data_goes_with_whatever_ends_its_task() {
    let stage = Stage::new().await;
    for state in ["done", "dead", "cancelled", "queued"] {
        stage
            .run(&format!(
                "select platform.send_mail('{{}}', '{state}', 'ada@a.example', 'verification_code', '{{\"code\": \"493721\", \"minutes\": 10}}');
                 update platform.tasks set state = '{state}' where idempotency_key = '{state}'"
            ))
            .await;
    }
    let kept = "select string_agg(idempotency_key, ',') from platform.tasks where payload::text like '%493721%'";
    let kept: Option<String> = stage.sql.query_one(kept, &[]).await.unwrap().get(0);
    assert_eq!(kept.as_deref(), Some("queued"));
}

#[tokio::test]
async fn nobody_from_outside_may_send_a_mail() {
    let stage = Stage::new().await;
    let request = Request::post("/internal/tasks/send_mail")
        .header(header::CONTENT_TYPE, "application/json")
        .header("spin-client-addr", "192.0.2.7:1234")
        .body(Body::from(json!({"payload": deleted()}).to_string()))
        .unwrap();
    assert_eq!(stage.send(request).await.problem(), (404, "not-found"));
}

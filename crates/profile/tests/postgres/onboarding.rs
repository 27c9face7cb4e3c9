//! Onboarding: its order, its resumption, its one end.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::stage::Stage;

#[tokio::test]
async fn steps_are_taken_in_their_order_and_resumed_where_they_were_left() {
    let stage = Stage::new().await;
    let ada = stage.account("ada").await;
    let fresh = stage.get(Some(&ada), "/onboarding").await;
    assert_eq!(
        (&fresh.body["state"], &fresh.body["next"]),
        (&json!("not_started"), &json!("profile"))
    );
    let take = async |step: &str, body: Value| {
        stage
            .call(
                Some(&ada),
                "PUT",
                &format!("/onboarding/{step}"),
                &[],
                Some(body),
            )
            .await
    };

    let early = take("exchange", json!({"skip": true})).await;
    assert_eq!(
        (early.problem(), &early.body["next"]),
        ((409, "conflict"), &json!("profile"))
    );
    assert_eq!(take("dance", json!({})).await.status, 404);
    assert_eq!(
        take("profile", json!({"skip": true})).await.fields(),
        ["skip"]
    );
    assert_eq!(
        take("profile", json!({"data": "x"})).await.fields(),
        ["data"]
    );
    assert_eq!(
        take("profile", json!({"data": {"x": "y".repeat(5000)}}))
            .await
            .fields(),
        ["data"]
    );
    assert_eq!(
        stage.act(&ada, "POST", "/onboarding/complete").await.body["next"],
        "profile"
    );

    let one = take("profile", json!({"data": {"theme": "dark"}})).await;
    assert_eq!(
        (&one.body["state"], &one.body["next"]),
        (&json!("in_progress"), &json!("preferences")),
        "{one:?}"
    );
    assert_eq!(
        stage.get(Some(&ada), "/onboarding").await.body,
        one.body,
        "a client that lost its place finds it"
    );
    assert_eq!(
        take("profile", json!({"data": {"theme": "dark"}}))
            .await
            .etag(),
        one.etag(),
        "the same again changes nothing"
    );
    let noted = json!({"theme": "light", "font": null});
    let other = take("profile", json!({"data": noted})).await;
    assert_eq!(other.body["steps"][0]["data"], noted);
    let stale = stage
        .call(
            Some(&ada),
            "PUT",
            "/onboarding/preferences",
            &[("if-match", one.etag())],
            Some(json!({})),
        )
        .await;
    assert_eq!(stale.status, 412);

    take("preferences", json!({})).await;
    assert_eq!(
        stage.act(&ada, "POST", "/onboarding/complete").await.body["next"],
        "exchange"
    );
    let skipped = take("exchange", json!({"skip": true})).await;
    assert_eq!(
        (&skipped.body["steps"][2]["state"], &skipped.body["next"]),
        (&json!("skipped"), &Value::Null)
    );
    let stale = stage
        .call(
            Some(&ada),
            "POST",
            "/onboarding/complete",
            &[("if-match", one.etag())],
            None,
        )
        .await;
    assert_eq!(stale.problem(), (412, "precondition-failed"));
    let done = stage.act(&ada, "POST", "/onboarding/complete").await;
    assert_eq!(
        (done.status, &done.body["state"]),
        (200, &json!("completed"))
    );
    assert_eq!(
        take("profile", json!({})).await.problem(),
        (409, "conflict")
    );
    assert_eq!(
        stage.get(Some(&ada), "").await.body["onboarding"],
        done.body
    );
}

#[tokio::test]
async fn fifty_completions_at_once_are_one_event() {
    let stage = Arc::new(Stage::new().await);
    let ada = stage.account("ada").await;
    for (step, skip) in [
        ("profile", false),
        ("preferences", false),
        ("exchange", true),
    ] {
        let mut takers = tokio::task::JoinSet::new();
        for _ in 0..10 {
            let (stage, ada) = (Arc::clone(&stage), ada.clone());
            takers.spawn(async move {
                stage
                    .call(
                        Some(&ada),
                        "PUT",
                        &format!("/onboarding/{step}"),
                        &[],
                        Some(json!({"skip": skip})),
                    )
                    .await
                    .status
            });
        }
        assert!(
            takers.join_all().await.iter().all(|status| *status == 200),
            "{step}"
        );
    }
    let mut completions = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (stage, ada) = (Arc::clone(&stage), ada.clone());
        completions.spawn(async move { stage.act(&ada, "POST", "/onboarding/complete").await });
    }
    for answer in completions.join_all().await {
        assert_eq!(
            (answer.status, &answer.body["state"]),
            (200, &json!("completed"))
        );
    }
    assert_eq!(
        stage
            .count("select count(*) from platform.outbox where type = 'onboarding.completed'")
            .await,
        1
    );
    let data = stage
        .sql
        .query_one(
            "select payload -> 'data' from platform.outbox where type = 'onboarding.completed'",
            &[],
        )
        .await
        .unwrap();
    assert_eq!(
        data.get::<_, Value>(0),
        json!({"user_id": ada.id, "skipped": ["exchange"]})
    );
}

#[tokio::test]
async fn the_own_profile_is_another_when_onboarding_goes_on() {
    let stage = Stage::new().await;
    let ada = stage.account("ada").await;
    let before = stage.get(Some(&ada), "").await;
    assert_eq!(before.status, 200, "{before:?}");
    stage
        .call(
            Some(&ada),
            "PUT",
            "/onboarding/profile",
            &[],
            Some(json!({})),
        )
        .await;
    let read = stage
        .call(
            Some(&ada),
            "GET",
            "",
            &[("if-none-match", before.etag())],
            None,
        )
        .await;
    assert_eq!(read.status, 200, "what a client has kept is out of date");
    let stale = stage
        .call(
            Some(&ada),
            "PATCH",
            "",
            &[("if-match", before.etag())],
            Some(json!({"bio": "x"})),
        )
        .await;
    assert_eq!(stale.status, 412);
    let fresh = stage
        .call(
            Some(&ada),
            "PATCH",
            "",
            &[("if-match", read.etag())],
            Some(json!({"bio": "x"})),
        )
        .await;
    assert_eq!((fresh.status, &fresh.body["bio"]), (200, &json!("x")));
    let next = stage
        .call(
            Some(&ada),
            "PATCH",
            "",
            &[("if-match", fresh.etag())],
            Some(json!({"bio": null})),
        )
        .await;
    assert_eq!((next.status, &next.body["bio"]), (200, &Value::Null));
}

//! What users decide.

use http::{Method, header};
use serde_json::{Value, json};

use crate::stage::{Stage, request};

const PATH: &str = "/notifications/preferences";

fn order() -> Value {
    json!({"pair": "BTC/USD", "side": "buy", "volume": "1", "price": "2"})
}

fn sign_in() -> Value {
    json!({"device": "Firefox", "address": "192.0.2.7", "at": "2026-11-21T07:00:00.000Z"})
}

#[tokio::test]
async fn what_is_turned_off_does_not_come() {
    let stage = Stage::new().await;
    let user = stage.account("ada").await;
    let fresh = stage.get(user, PATH).await.expect(200);
    assert_eq!(
        fresh.body["preferences"]["order_completed"],
        json!({"in_app": true, "email": true})
    );
    let security = fresh.body["types"].as_array().unwrap();
    let security = security
        .iter()
        .find(|info| info["type"] == "new_sign_in")
        .unwrap();
    assert_eq!(security["locked"], json!(["in_app", "email"]));

    for (choice, told) in [
        (
            json!({"email": false}),
            json!({"in_app": true, "email": false}),
        ),
        (
            json!({"in_app": false}),
            json!({"in_app": false, "email": true}),
        ),
        (
            json!({"in_app": false, "email": false}),
            json!({"in_app": false, "email": false}),
        ),
        (
            json!({"in_app": null}),
            json!({"in_app": true, "email": true}),
        ),
    ] {
        let body = json!({"preferences": {"order_completed": choice}});
        let set = stage
            .call(user, Method::PUT, PATH, Some(body))
            .await
            .expect(200);
        assert_eq!(set.body["preferences"]["order_completed"], told);
        assert_eq!(stage.get(user, PATH).await.body, set.body);
        let answer = stage
            .notify(&choice.to_string(), user, "order_completed", order())
            .await;
        assert_eq!(answer.expect(200).body, told, "{choice}");
        let answer = stage
            .notify(&format!("sign in {choice}"), user, "new_sign_in", sign_in())
            .await;
        assert_eq!(
            answer.expect(200).body,
            json!({"in_app": true, "email": true})
        );
    }
    let mails = stage.mails().await;
    let count = |template: &str| mails.iter().filter(|(name, _)| name == template).count();
    assert_eq!((count("order_completed"), count("new_sign_in")), (2, 4));
}

#[tokio::test]
async fn what_concerns_safety_cannot_be_turned_off() {
    let stage = Stage::new().await;
    let user = stage.account("ada").await;
    let put = async |body: Value| stage.call(user, Method::PUT, PATH, Some(body)).await;
    for (body, field) in [
        (
            json!({"preferences": {"new_sign_in": {"email": false}}}),
            "preferences.new_sign_in.email",
        ),
        (
            json!({"preferences": {"key_drift": {"in_app": false}}}),
            "preferences.key_drift.in_app",
        ),
        (
            json!({"preferences": {"new_follower": {"email": true}}}),
            "preferences.new_follower.email",
        ),
        (
            json!({"preferences": {"weather": {}}}),
            "preferences.weather",
        ),
        (
            json!({"preferences": {"order_completed": {"email": "no"}}}),
            "preferences.order_completed.email",
        ),
        (json!({}), "preferences"),
    ] {
        let refused = put(body).await;
        assert_eq!(
            refused.problem(),
            (422, "validation"),
            "{field}: {}",
            refused.body
        );
        assert_eq!(refused.fields(), [field]);
    }
    // A page sends back all that it was given.
    let given = stage.get(user, PATH).await.body;
    let _ = put(given).await.expect(200);
    assert_eq!(
        stage
            .count(
                "select count(*) from platform.notification_preferences where preferences = '{}'"
            )
            .await,
        1
    );
}

#[tokio::test]
async fn a_stale_etag_loses_no_choice() {
    let stage = Stage::new().await;
    let user = stage.account("ada").await;
    let tag = stage.get(user, PATH).await.header(header::ETAG).to_owned();
    let put = async |tag: &str, email: bool| {
        let body = json!({"preferences": {"order_completed": {"email": email}}});
        let mut request = request(user, Method::PUT, PATH, Some(body));
        request
            .headers_mut()
            .insert(header::IF_MATCH, tag.parse().unwrap());
        stage.send(request).await
    };
    let first = put(&tag, false).await.expect(200);
    let next = first.header(header::ETAG).to_owned();
    assert_ne!(next, tag);
    assert_eq!(
        put(&tag, true).await.problem(),
        (412, "precondition-failed")
    );
    let same = put(&next, false).await.expect(200);
    assert_eq!(same.header(header::ETAG), next, "nothing was changed");
    let mut known = request(user, Method::GET, PATH, None);
    known
        .headers_mut()
        .insert(header::IF_NONE_MATCH, next.parse().unwrap());
    assert_eq!(stage.send(known).await.status, 304);
    let recorded =
        "select count(*) from platform.audit where action = 'notification_preferences.updated'";
    assert_eq!(stage.count(recorded).await, 1);
}

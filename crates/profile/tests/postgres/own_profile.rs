//! One's own profile.

use serde_json::{Value, json};

use crate::stage::Stage;

#[tokio::test]
async fn a_change_keeps_what_is_absent_clears_what_is_null_and_is_told_once() {
    let stage = Stage::new().await;
    let ada = stage.account("ada").await;
    let patch = async |body: Value| stage.call(Some(&ada), "PATCH", "", &[], Some(body)).await;
    let fresh = stage.get(Some(&ada), "").await;
    assert_eq!(
        (&fresh.body["username"], &fresh.body["updated_at"]),
        (&json!("ada"), &Value::Null)
    );
    let said = json!({"display_name": "Ada", "bio": "Two\nlines", "image_url": "https://a.example/x.png", "website": "http://a.example",
        "location": "London", "timezone": "Europe/London", "locale": "en-GB"});
    let first = patch(said.clone()).await;
    assert_eq!(first.status, 200, "{first:?}");
    for (member, value) in said.as_object().unwrap() {
        assert_eq!(&first.body[member], value, "{member}");
    }
    assert_ne!(first.etag(), fresh.etag());
    assert_eq!(stage.events("user.updated").await, 1);
    for nothing in [json!({}), json!({"bio": "Two\nlines"})] {
        assert_eq!(
            patch(nothing.clone()).await.etag(),
            first.etag(),
            "{nothing}"
        );
    }
    assert_eq!(stage.events("user.updated").await, 1, "nothing was changed");

    let cleared = patch(json!({"bio": null, "image_url": null})).await;
    for member in ["bio", "image_url"] {
        assert_eq!(cleared.body[member], Value::Null, "{member}");
    }
    assert_eq!(cleared.body["display_name"], "Ada");
    assert_eq!(stage.events("user.updated").await, 2);
    let seen = stage.get(None, "/users/ADA").await;
    assert_eq!(
        (&seen.body["display_name"], &seen.body["image_url"]),
        (&json!("Ada"), &Value::Null)
    );

    let disable = "update identity.accounts set disabled_at = platform.now()";
    stage.sql.execute(disable, &[]).await.unwrap();
    let gone = stage.get(Some(&ada), "").await;
    assert_eq!(gone.status, 404, "the token outlives the account: {gone:?}");
    assert_eq!(patch(json!({"bio": "x"})).await.status, 404);
}

#[tokio::test]
async fn a_new_name_is_another_version() {
    let stage = Stage::new().await;
    let ada = stage.account("ada").await;
    let before = stage.get(Some(&ada), "").await.expect(200);
    let rename = "update identity.accounts set username = 'lovelace', username_key = 'lovelace' where id = $1";
    stage.sql.execute(rename, &[&ada.id]).await.unwrap();
    let known = [("if-none-match", before.etag())];
    let after = stage
        .call(Some(&ada), "GET", "", &known, None)
        .await
        .expect(200);
    assert_eq!(after.body["username"], "lovelace");
    for (tag, status) in [(before.etag(), 412), (after.etag(), 200)] {
        let guard = [("if-match", tag)];
        let patch = Some(json!({"bio": "x"}));
        let answer = stage.call(Some(&ada), "PATCH", "", &guard, patch).await;
        assert_eq!(answer.status, status, "{tag}");
    }
}

#[tokio::test]
async fn the_wrong_field_is_named_and_nothing_is_changed() {
    let stage = Stage::new().await;
    let ada = stage.account("ada").await;
    let long = format!("https://a.example/{}", "x".repeat(2048));
    for (field, value) in [
        ("display_name", json!(" ")),
        ("display_name", json!("x".repeat(81))),
        ("bio", json!("x".repeat(1_001))),
        ("image_url", json!("javascript:alert(1)")),
        ("image_url", json!("data:image/png;base64,AA")),
        ("image_url", json!("https://ada:secret@a.example/x.png")),
        ("image_url", json!(long)),
        ("website", json!("ftp://a.example")),
        ("location", json!("x".repeat(101))),
        ("timezone", json!("Berlin time")),
        ("timezone", json!("Europe/Atlantis")),
        ("timezone", json!("CEST")),
        ("timezone", json!("Berlin5")),
        ("timezone", json!("Etc/GMT+13")),
        ("locale", json!("en_US")),
    ] {
        let change = json!({"location": "Lisbon", field: value});
        let answer = stage.call(Some(&ada), "PATCH", "", &[], Some(change)).await;
        assert_eq!(
            (answer.status, answer.fields()),
            (422, vec![field]),
            "{field}"
        );
    }
    let kept = stage.get(Some(&ada), "").await;
    assert_eq!(kept.body["location"], Value::Null);
    assert_eq!(stage.events("user.updated").await, 0);
}

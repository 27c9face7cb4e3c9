//! Favourites.

use std::sync::Arc;

use serde_json::json;

use crate::stage::Stage;

#[tokio::test]
async fn a_hundred_clicks_at_once_are_counted_exactly() {
    let stage = Arc::new(Stage::new().await);
    let ada = stage.account("ada").await;
    stage.published(&ada, "Loved").await;
    let mut fans = Vec::new();
    for number in 0..25 {
        fans.push(stage.account(&format!("fan-{number}")).await);
    }
    let click = async |method: &'static str| {
        let mut clicks = tokio::task::JoinSet::new();
        for _ in 0..4 {
            for fan in &fans {
                let (stage, fan) = (Arc::clone(&stage), fan.clone());
                clicks.spawn(async move {
                    let answer = stage.act(&fan, method, "/posts/loved/favorite").await;
                    assert_eq!(answer.status, 200, "{answer:?}");
                    assert_eq!(
                        answer.body["favorited"],
                        method == "PUT",
                        "one reads what one wrote"
                    );
                });
            }
        }
        clicks.join_all().await;
        stage.get(None, "/posts/loved").await
    };
    let before = stage.get(None, "/posts/loved").await;
    let loved = click("PUT").await;
    assert_eq!(
        (&loved.body["favorites_count"], &loved.body["favorited"]),
        (&json!(25), &json!(false))
    );
    assert_ne!(
        loved.etag(),
        before.etag(),
        "what a client has kept is out of date"
    );
    let edit = stage
        .call(
            Some(&ada),
            "PATCH",
            "/posts/loved",
            &[("if-match", before.etag())],
            Some(json!({"summary": "s"})),
        )
        .await;
    assert_eq!(edit.status, 200, "but favourites are no edits: {edit:?}");
    assert_eq!(click("DELETE").await.body["favorites_count"], 0);
}

#[tokio::test]
async fn what_is_deleted_while_it_is_clicked_is_whole_or_not_found() {
    let stage = Arc::new(Stage::new().await);
    let ada = stage.account("ada").await;
    stage.published(&ada, "Loved").await;
    let mut deeds = tokio::task::JoinSet::new();
    for number in 0..8 {
        let fan = stage.account(&format!("fan-{number}")).await;
        let (stage, ada) = (Arc::clone(&stage), ada.clone());
        deeds.spawn(async move {
            for _ in 0..10 {
                if number == 0 {
                    stage.act(&ada, "DELETE", "/posts/loved").await;
                    stage.act(&ada, "POST", "/posts/loved/restore").await;
                    continue;
                }
                for method in ["PUT", "DELETE", "PUT"] {
                    let answer = stage.act(&fan, method, "/posts/loved/favorite").await;
                    let is_whole = answer.status == 200 && answer.body["slug"] == "loved";
                    assert!(is_whole || answer.status == 404, "{answer:?}");
                }
            }
        });
    }
    deeds.join_all().await;
    let loved = stage.get(None, "/posts/loved").await;
    let fans = stage.count("select count(*) from blog.favorites").await;
    assert_eq!(loved.body["favorites_count"], fans);
}

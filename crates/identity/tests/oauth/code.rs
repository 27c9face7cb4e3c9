//! Authorization codes at the token endpoint.

use std::sync::Arc;

use futures::future::{join, join_all};
use serde_json::json;

use crate::browser::Browser;
use crate::stage::{CALLBACK, OAuth, Stage, TestClient, VERIFIER};

const GRANT: (&str, &str) = ("grant_type", "authorization_code");

async fn code(stage: &Stage, client: &TestClient) -> String {
    Browser::new(stage)
        .authorize(client, "ada", &[("scope", "openid offline_access")])
        .await
}

#[tokio::test]
async fn a_code_fits_one_client_one_address_and_one_verifier() {
    let stage = Stage::new("code_fits").await;
    stage.account("ada").await;
    let client = stage.client(json!({})).await;
    let other = stage.client(json!({})).await;
    let long = "a".repeat(129);
    let good = |code: &str| {
        vec![
            ("code", code.to_owned()),
            ("redirect_uri", CALLBACK.to_owned()),
            ("code_verifier", VERIFIER.to_owned()),
        ]
    };
    let cases: &[(&str, &str, &str)] = &[
        ("code_verifier", "", "B6: none"),
        (
            "code_verifier",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "B6: a wrong one",
        ),
        (
            "code_verifier",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "B8: 42 letters",
        ),
        ("code_verifier", &long, "B8: 129 letters"),
        (
            "code_verifier",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!",
            "B8: a letter that may not be",
        ),
        ("redirect_uri", "https://client.example/other", "B11"),
        ("redirect_uri", "", "B11"),
    ];
    for (name, value, rule) in cases {
        let code = code(&stage, &client).await;
        let mut parameters = good(&code);
        parameters.retain(|(had, _)| had != name);
        parameters.push((name, (*value).to_owned()));
        let mut borrowed: Vec<(&str, &str)> =
            parameters.iter().map(|(n, v)| (*n, v.as_str())).collect();
        borrowed.push(GRANT);
        let _ = stage
            .token(&client, &borrowed)
            .await
            .error(400, "invalid_grant");
        let _ = stage
            .redeem(&client, &code)
            .await
            .error(400, "invalid_grant");
        assert!(!rule.is_empty());
    }
    let theirs = code(&stage, &client).await;
    let _ = stage
        .redeem(&other, &theirs)
        .await
        .error(400, "invalid_grant");
    let _ = stage.redeem(&client, &theirs).await.expect(200);

    let late = code(&stage, &client).await;
    stage
        .db
        .run("update identity.oauth_codes set expires_at = platform.now()")
        .await;
    let _ = stage
        .redeem(&client, &late)
        .await
        .error(400, "invalid_grant");
    for nonsense in ["x", "spc_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let _ = stage
            .redeem(&client, nonsense)
            .await
            .error(400, "invalid_grant");
    }
}

#[tokio::test]
async fn a_code_lives_a_minute() {
    let stage = Stage::new("code_life").await;
    stage.account("ada").await;
    let client = stage.client(json!({})).await;
    code(&stage, &client).await;
    let left = "select extract(epoch from max(expires_at) - platform.now())::int8 from identity.oauth_codes";
    // A minute, less what this machine took since.
    assert!((10..=60).contains(&stage.db.count(left).await), "B10");
}

#[tokio::test]
async fn a_replayed_code_kills_what_came_of_it() {
    let stage = Stage::new("code_replay").await;
    stage.account("ada").await;
    let client = stage.client(json!({})).await;
    let code = code(&stage, &client).await;
    let tokens = stage.redeem(&client, &code).await.expect(200);
    let (access, refresh) = (
        tokens.text_of("access_token"),
        tokens.text_of("refresh_token"),
    );
    assert!(stage.is_active(&client, &access).await && stage.is_active(&client, &refresh).await);
    let _ = stage.userinfo(&access).await.expect(200);

    let _ = stage
        .redeem(&client, &code)
        .await
        .error(400, "invalid_grant");
    assert!(!stage.is_active(&client, &access).await, "B9");
    assert!(!stage.is_active(&client, &refresh).await, "B9");
    let _ = stage.userinfo(&access).await.error(401, "invalid_token");
    let _ = stage
        .refresh(&client, &refresh)
        .await
        .error(400, "invalid_grant");
}

/// facts/identity.md 5.2.
#[tokio::test]
async fn twenty_redemptions_at_once_give_one_answer_and_nothing_that_lives() {
    let stage = Arc::new(Stage::new("code_race").await);
    stage.account("ada").await;
    let client = stage.client(json!({})).await;
    let code = code(&stage, &client).await;
    let answers = join_all((0..20).map(|_| {
        let (stage, client, code) = (stage.clone(), client.clone(), code.clone());
        tokio::spawn(async move { stage.redeem(&client, &code).await })
    }))
    .await;
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    let good: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status == 200)
        .collect();
    assert_eq!(good.len(), 1);
    assert!(
        answers
            .iter()
            .all(|answer| answer.status == 200 || answer.body["error"] == "invalid_grant")
    );
    assert!(
        !stage
            .is_active(&client, &good[0].text_of("access_token"))
            .await
    );
    assert!(
        !stage
            .is_active(&client, &good[0].text_of("refresh_token"))
            .await
    );
}

#[tokio::test]
async fn a_client_without_pkce_is_held_to_it() {
    let stage = Stage::new("without_pkce").await;
    stage.account("ada").await;
    let client = stage.client(json!({"require_pkce": false})).await;
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    let code = Browser::new(&stage)
        .authorize(&client, "ada", &without)
        .await;
    let _ = stage
        .redeem(&client, &code)
        .await
        .error(400, "invalid_grant"); // B7: a verifier for a code without challenge.
    let code = Browser::new(&stage)
        .authorize(&client, "ada", &without)
        .await;
    let parameters = [GRANT, ("code", code.as_str()), ("redirect_uri", CALLBACK)];
    let _ = stage.token(&client, &parameters).await.expect(200);
    let code = Browser::new(&stage).authorize(&client, "ada", &[]).await;
    let _ = stage.redeem(&client, &code).await.expect(200);
    let with_method = [("code_challenge", "")];
    let (_, parameters) = Browser::new(&stage)
        .ask(&client, &with_method)
        .await
        .redirect();
    assert_eq!(
        parameters["error"], "invalid_request",
        "half of PKCE is none"
    );
}

/// Taking a consent back and issuing a code queue at the same row: one of them sees the other.
#[tokio::test]
async fn a_consent_that_is_taken_back_leaves_nothing_that_lives() {
    let stage = Stage::new("consent_race").await;
    let ada = stage.account("ada").await;
    let client = stage.client(json!({})).await;
    let mut browser = Browser::new(&stage);
    browser.authorize(&client, "ada", &[]).await;
    let cookies = browser.cookies.clone();
    let silent = [("prompt", "none")];
    let codes = join_all((0..20).map(|_| async {
        let mut same = Browser::with(&stage, &cookies);
        same.ask(&client, &silent).await.redirect().1
    }));
    let path = format!("/api/v1/auth/consents/{}", client.id);
    let taken_back = stage.json("DELETE", &path, Some(&ada), json!(null));
    let (answers, taken_back) = join(codes, taken_back).await;
    let _ = taken_back.expect(204);
    assert!(
        answers.iter().all(|answer| answer.contains_key("code")
            || answer
                .get("error")
                .is_some_and(|error| error == "consent_required")),
        "{answers:?}"
    );
    let live = "select count(*) from identity.oauth_grants where ended_at is null";
    assert_eq!(stage.db.count(live).await, 0);
}

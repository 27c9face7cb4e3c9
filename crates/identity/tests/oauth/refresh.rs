//! Refresh tokens of clients: rotation, races, theft.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use serde_json::json;

use crate::browser::Browser;
use crate::stage::{CALLBACK, OAuth, Stage, VERIFIER, decode};

/// facts/identity.md 5.1.
#[tokio::test]
async fn twenty_refreshes_at_once_get_the_same_tokens() {
    let stage = Arc::new(Stage::new("refresh_race").await);
    stage.account("ada").await;
    let client = stage.client(json!({})).await;
    let tokens = stage.tokens(&client, "ada", "openid offline_access").await;
    let refresh = tokens.text_of("refresh_token");
    let answers = join_all((0..20).map(|_| {
        let (stage, client, refresh) = (stage.clone(), client.clone(), refresh.clone());
        tokio::spawn(async move { stage.refresh(&client, &refresh).await })
    }))
    .await;
    let answers: Vec<_> = answers
        .into_iter()
        .map(|answer| answer.unwrap().expect(200))
        .collect();
    for answer in &answers {
        assert_eq!(answer.body, answers[0].body, "R1: one and the same answer");
        assert!(
            !answer.headers.contains_key("set-cookie"),
            "R7: no cookie holds a token, so none is cleared"
        );
    }
    let next = stage
        .refresh(&client, &answers[0].text_of("refresh_token"))
        .await
        .expect(200);
    assert_eq!(
        decode(&next.text_of("id_token")).1["auth_time"],
        decode(&tokens.text_of("id_token")).1["auth_time"],
        "OpenID Connect Core 12.2"
    );
    assert!(decode(&next.text_of("id_token")).1["sub"].is_string());
    assert_eq!(decode(&tokens.text_of("id_token")).1["nonce"], "a nonce");
    assert!(
        decode(&next.text_of("id_token")).1["nonce"].is_null(),
        "it was for the first answer alone"
    );
}

/// R5: the connection is lost at any moment of the first try, before or after the write; the client asks again.
/// facts/identity.md 5.20.
#[tokio::test]
async fn who_lost_the_answer_asks_again_and_gets_it() {
    let stage = Arc::new(Stage::new("refresh_lost").await);
    stage.account("ada").await;
    let client = stage.client(json!({})).await;
    let tokens = stage.tokens(&client, "ada", "openid offline_access").await;
    let mut refresh = tokens.text_of("refresh_token");
    for tries in 0..24_u64 {
        let moment = Duration::from_micros(400 * tries);
        let lost = tokio::time::timeout(moment, stage.refresh(&client, &refresh)).await;
        let retried = stage.refresh(&client, &refresh).await.expect(200);
        if let Ok(answer) = lost {
            assert_eq!(answer.body, retried.body, "R1");
        }
        refresh = retried.text_of("refresh_token");
    }
}

#[tokio::test]
async fn a_stolen_refresh_token_ends_the_grant() {
    let stage = Stage::new("refresh_theft").await;
    stage.account("ada").await;
    let client = stage.client(json!({})).await;
    for (rule, late) in [("R2: after the window", true), ("R3: a grandparent", false)] {
        let first = stage
            .tokens(&client, "ada", "openid offline_access")
            .await
            .text_of("refresh_token");
        let second = stage.refresh(&client, &first).await.expect(200);
        let mut newest = second;
        if late {
            stage.db.run("update identity.oauth_refresh_tokens set used_at = used_at - interval '10 seconds'").await;
        } else {
            newest = stage
                .refresh(&client, &newest.text_of("refresh_token"))
                .await
                .expect(200);
        }
        let _ = stage
            .refresh(&client, &first)
            .await
            .error(400, "invalid_grant");
        let _ = stage
            .refresh(&client, &newest.text_of("refresh_token"))
            .await
            .error(400, "invalid_grant");
        assert!(
            !stage
                .is_active(&client, &newest.text_of("access_token"))
                .await,
            "B13 {rule}"
        );
    }
}

#[tokio::test]
async fn what_does_not_fit_changes_nothing() {
    let stage = Stage::new("refresh_mismatch").await;
    stage.account("ada").await;
    let client = stage.client(json!({})).await;
    let other = stage.client(json!({})).await;
    let tokens = stage
        .tokens(&client, "ada", "openid email posts.read offline_access")
        .await;
    let refresh = tokens.text_of("refresh_token");
    let _ = stage
        .refresh(&other, &refresh)
        .await
        .error(400, "invalid_grant"); // B14
    let parameters = |scope: &'static str| {
        [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh.as_str()),
            ("scope", scope),
        ]
    };
    for wider in ["openid posts.write", "openid nonsense"] {
        let _ = stage
            .token(&client, &parameters(wider))
            .await
            .error(400, "invalid_scope"); // B15
    }
    let narrow = stage
        .token(&client, &parameters("openid"))
        .await
        .expect(200);
    assert_eq!(narrow.body["scope"], "openid", "B15");
    let again = stage
        .token(&client, &parameters("openid"))
        .await
        .expect(200);
    assert_eq!(again.body, narrow.body);
    let _ = stage
        .refresh(&other, &refresh)
        .await
        .error(400, "invalid_grant"); // R6
    let _ = stage
        .refresh(&client, &refresh)
        .await
        .error(400, "invalid_grant"); // R6: asks for more than the first time
    let whole = stage
        .refresh(&client, &narrow.text_of("refresh_token"))
        .await
        .expect(200);
    assert_eq!(
        whole.body["scope"], "openid email posts.read offline_access",
        "the grant stays as wide"
    );
}

#[tokio::test]
async fn what_was_granted_but_taken_from_the_client_since_is_no_scope_any_more() {
    let stage = Stage::new("refresh_scope_taken").await;
    stage.account("ada").await;
    let client = stage.client(json!({})).await;
    let tokens = stage
        .tokens(&client, "ada", "openid posts.read offline_access")
        .await;
    let refresh = tokens.text_of("refresh_token");
    stage
        .db
        .run("update identity.oauth_clients set scopes = array_remove(scopes, 'posts.read')")
        .await;
    for asked in ["posts.read", ""] {
        let parameters = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh.as_str()),
            ("scope", asked),
        ];
        let answer = stage.token(&client, &parameters).await;
        if asked.is_empty() {
            // RFC 6749 section 3.1: a parameter without a value is one that was not sent.
            assert_eq!(
                answer.expect(200).body["scope"],
                "openid offline_access",
                "all that is left"
            );
        } else {
            let _ = answer.error(400, "invalid_scope");
        }
    }
}

#[tokio::test]
async fn grants_end_with_their_time_and_their_account() {
    let stage = Stage::new("refresh_end").await;
    stage.account("ada").await;
    let client = stage.client(json!({})).await;
    for (rule, change) in [
        (
            "30 days absolute",
            "update identity.oauth_grants set expires_at = platform.now()",
        ),
        (
            "7 days idle",
            "update identity.oauth_grants set last_used_at = platform.now() - interval '7 days'",
        ),
        (
            "disabled",
            "update identity.accounts set disabled_at = platform.now() where username_key = 'ada'",
        ),
        (
            "client disabled",
            "update identity.oauth_clients set disabled_at = platform.now()",
        ),
    ] {
        stage
            .db
            .run("update identity.accounts set disabled_at = null; update identity.oauth_clients set disabled_at = null")
            .await;
        let refresh = stage
            .tokens(&client, "ada", "openid offline_access")
            .await
            .text_of("refresh_token");
        stage.db.run(change).await;
        let answer = stage.refresh(&client, &refresh).await;
        assert!(
            ["invalid_grant", "invalid_client"].contains(&answer.body["error"].as_str().unwrap()),
            "{rule}: {}",
            answer.text
        );
    }
}

#[tokio::test]
async fn after_a_refresh_and_a_revocation_at_once_nothing_lives() {
    let stage = Arc::new(Stage::new("refresh_revoke").await);
    stage.account("ada").await;
    let client = stage.client(json!({})).await;
    for _ in 0..8 {
        let refresh = stage
            .tokens(&client, "ada", "openid offline_access")
            .await
            .text_of("refresh_token");
        let (one, two) = (stage.clone(), stage.clone());
        let (c1, c2, r1, r2) = (
            client.clone(),
            client.clone(),
            refresh.clone(),
            refresh.clone(),
        );
        let refreshing = tokio::spawn(async move { one.refresh(&c1, &r1).await });
        let revoking =
            tokio::spawn(async move { two.form("/oauth2/revoke", &c2, &[("token", &r2)]).await });
        let refreshed = refreshing.await.unwrap();
        let _ = revoking.await.unwrap().expect(200);
        if refreshed.status == 200 {
            assert!(
                !stage
                    .is_active(&client, &refreshed.text_of("refresh_token"))
                    .await,
                "R4"
            );
            assert!(
                !stage
                    .is_active(&client, &refreshed.text_of("access_token"))
                    .await,
                "R4"
            );
        } else {
            assert_eq!(refreshed.body["error"], "invalid_grant");
        }
        assert!(!stage.is_active(&client, &refresh).await, "R4");
    }
}

#[tokio::test]
async fn without_offline_access_a_grant_ends_with_the_session() {
    let stage = Stage::new("refresh_session").await;
    let session = stage.account("ada").await;
    let client = stage.client(json!({})).await;
    let online = stage.tokens(&client, "ada", "openid").await;
    let offline = stage.tokens(&client, "ada", "openid offline_access").await;
    stage
        .db
        .run("do $$ begin perform identity.close_session(session_id) from identity.oauth_grants; end $$")
        .await;
    let _ = stage
        .refresh(&client, &online.text_of("refresh_token"))
        .await
        .error(400, "invalid_grant");
    assert!(
        !stage
            .is_active(&client, &online.text_of("access_token"))
            .await
    );
    assert!(
        stage
            .is_active(&client, &offline.text_of("access_token"))
            .await
    );
    let offline = stage
        .refresh(&client, &offline.text_of("refresh_token"))
        .await
        .expect(200);

    let change = json!({"current_password": crate::stage::PASSWORD, "new_password": "another long password"});
    let _ = stage
        .json(
            "POST",
            "/api/v1/auth/password/change",
            Some(&session),
            change,
        )
        .await
        .expect(204);
    let _ = stage
        .refresh(&client, &offline.text_of("refresh_token"))
        .await
        .error(400, "invalid_grant");
    assert!(
        !stage
            .is_active(&client, &offline.text_of("access_token"))
            .await,
        "a changed password ends all"
    );
}

/// B15: thirty days from the consent, however often it is used; what a use prolongs are the seven days without one.
#[tokio::test]
async fn no_refresh_prolongs_a_grant() {
    let stage = Stage::new("refresh_absolute").await;
    stage.account("ada").await;
    let client = stage.client(json!({})).await;
    let tokens = stage.tokens(&client, "ada", "openid offline_access").await;
    let mut refresh = tokens.text_of("refresh_token");
    let end =
        "select (extract(epoch from max(expires_at)) * 1000000)::int8 from identity.oauth_grants";
    let before = stage.db.count(end).await;
    for _ in 0..3 {
        stage
            .db
            .run("update identity.oauth_grants set last_used_at = platform.now() - interval '6 days 23 hours'")
            .await;
        refresh = stage
            .refresh(&client, &refresh)
            .await
            .expect(200)
            .text_of("refresh_token");
        let idle = "select extract(epoch from platform.now() - max(last_used_at))::int8 from identity.oauth_grants";
        assert!(stage.db.count(idle).await < 60);
    }
    assert_eq!(stage.db.count(end).await, before);
}

/// RFC 8707 section 2.2: what is asked for at the token endpoint narrows what was granted, and widens nothing.
#[tokio::test]
async fn a_resource_that_was_no_part_of_the_authorization_is_refused() {
    let stage = Stage::new("resource_beyond").await;
    stage.account("ada").await;
    let client = stage.client(json!({})).await;
    stage
        .client(json!({"resources": ["https://api.example/"], "grant_types": ["client_credentials"], "redirect_uris": []}))
        .await;
    let beyond = ("resource", "https://api.example");
    let tokens = stage.tokens(&client, "ada", "openid offline_access").await;
    let refresh = tokens.text_of("refresh_token");
    let asked = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh.as_str()),
        beyond,
    ];
    let _ = stage
        .token(&client, &asked)
        .await
        .error(400, "invalid_target");
    let _ = stage.refresh(&client, &refresh).await.expect(200);

    let code = Browser::new(&stage).authorize(&client, "ada", &[]).await;
    let asked = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
        beyond,
    ];
    let _ = stage
        .token(&client, &asked)
        .await
        .error(400, "invalid_target");
    let _ = stage
        .redeem(&client, &code)
        .await
        .error(400, "invalid_grant");
}

//! Accounts and sessions, from registration to gone.

use futures::future::join_all;
use serde_json::json;
use spindle_harness::{Account, App, patience, unique};

#[tokio::test]
async fn a_session_lives_from_login_to_logout() {
    let app = App::shared();
    let account = Account::new(app).await;

    let me = app
        .call("GET", "/api/v1/auth/me")
        .bearer(&account.token)
        .send()
        .await
        .expect(200);
    assert_eq!(me.body["email"], json!(account.email));
    assert_eq!(me.body["username"], json!(account.username));
    assert!(
        me.body["roles"]
            .as_array()
            .unwrap()
            .contains(&json!("trader")),
        "{}",
        me.text
    );
    assert!(!me.text.contains("password"), "{}", me.text);

    let refreshed = app
        .call("POST", "/api/v1/auth/refresh")
        .json(json!({"refresh_token": account.refresh_token}))
        .await
        .expect(200);
    assert_eq!(refreshed.body["token_type"], "Bearer");
    assert_eq!(refreshed.body["expires_in"], 300);
    let token = refreshed.text_at("/access_token");
    assert_ne!(refreshed.text_at("/refresh_token"), account.refresh_token);

    let sessions = app
        .call("GET", "/api/v1/auth/sessions")
        .bearer(&token)
        .send()
        .await
        .expect(200);
    assert_eq!(
        sessions.body["items"].as_array().map(Vec::len),
        Some(1),
        "{}",
        sessions.text
    );

    let _ = app
        .call("POST", "/api/v1/auth/logout")
        .bearer(&token)
        .send()
        .await
        .expect(204);
    let _ = app
        .call("POST", "/api/v1/auth/refresh")
        .json(json!({"refresh_token": refreshed.text_at("/refresh_token")}))
        .await
        .problem(401, "refresh-token-invalid");
    // Within a second everywhere, and the machine may be busy; the loop waits for the event, not for a guess.
    let deadline = std::time::Instant::now() + patience();
    loop {
        let answer = app
            .call("GET", "/api/v1/auth/me")
            .bearer(&token)
            .send()
            .await;
        if answer.status == 401 {
            break;
        }
        assert!(
            std::time::Instant::now() < deadline,
            "a revoked session's token is still accepted"
        );
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn login_works_by_username_and_answers_the_same_for_unknown_and_wrong() {
    let app = App::shared();
    let account = Account::new(app).await;
    let login = |login: &str, password: &str| {
        app.call("POST", "/api/v1/auth/login")
            .patient()
            .json(json!({"login": login, "password": password}))
    };
    let _ = login(&account.username.to_uppercase(), &account.password)
        .await
        .expect(200);
    let wrong = login(&account.email, "not the password at all")
        .await
        .expect(401);
    let unknown = login(
        &format!("{}@example.com", unique("nobody")),
        "not the password at all",
    )
    .await
    .expect(401);
    let same = |answer: &spindle_harness::Answer| {
        (
            answer.body["type"].clone(),
            answer.body["title"].clone(),
            answer.body["detail"].clone(),
        )
    };
    assert_eq!(same(&wrong), same(&unknown));
}

#[tokio::test]
async fn twenty_parallel_registrations_of_one_address_make_one_account() {
    let app = App::shared();
    let email = format!("{}@example.com", unique("race"));
    let password = "correct horse battery staple";
    let answers = join_all((0..20).map(|_| {
        let username = unique("r");
        app.call("POST", "/api/v1/auth/register")
            .patient()
            .json(json!({"email": email, "username": username, "password": password}))
    }))
    .await;
    // A taken address is told to its owner by mail, not to whoever asks.
    for answer in &answers {
        assert!(
            matches!(answer.status, 201 | 503),
            "{} {}",
            answer.status,
            answer.text
        );
    }
    assert!(answers.iter().any(|answer| answer.status == 201));
    let _ = app
        .call("POST", "/api/v1/auth/login")
        .patient()
        .json(json!({"login": email, "password": password}))
        .await
        .expect(200);
}

#[tokio::test]
async fn twenty_parallel_registrations_of_one_username_make_one_account() {
    let app = App::shared();
    let username = unique("same");
    let answers = join_all((0..20).map(|_| {
        let email = format!("{}@example.com", unique("e"));
        app.call("POST", "/api/v1/auth/register")
            .patient()
            .json(json!({"email": email, "username": username, "password": "correct horse battery staple"}))
    }))
    .await;
    let created = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(
        created,
        1,
        "{:?}",
        answers
            .iter()
            .map(|answer| answer.status)
            .collect::<Vec<_>>()
    );
    assert!(
        answers
            .iter()
            .all(|answer| matches!(answer.status, 201 | 409 | 503))
    );
}

#[tokio::test]
async fn twenty_parallel_refreshes_give_one_successor() {
    let app = App::shared();
    let account = Account::new(app).await;
    let answers = join_all((0..20).map(|_| {
        app.call("POST", "/api/v1/auth/refresh")
            .json(json!({"refresh_token": account.refresh_token}))
    }))
    .await;
    let mut tokens: Vec<(String, String)> = answers
        .into_iter()
        .map(|answer| {
            let answer = answer.expect(200);
            (
                answer.text_at("/access_token"),
                answer.text_at("/refresh_token"),
            )
        })
        .collect();
    tokens.dedup();
    assert_eq!(tokens.len(), 1, "all get the same tokens");
}

#[tokio::test]
async fn a_refresh_token_from_before_the_last_one_ends_the_session() {
    let app = App::shared();
    let account = Account::new(app).await;
    let refresh = |token: &str| {
        app.call("POST", "/api/v1/auth/refresh")
            .json(json!({"refresh_token": token}))
    };
    let second = refresh(&account.refresh_token)
        .await
        .expect(200)
        .text_at("/refresh_token");
    let third = refresh(&second).await.expect(200).text_at("/refresh_token");
    let _ = refresh(&account.refresh_token).await.expect(401);
    let _ = refresh(&third).await.expect(401);
}

#[tokio::test]
async fn forged_credentials_are_refused() {
    let app = App::shared();
    let account = Account::new(app).await;
    let (head, rest) = account.token.split_once('.').unwrap();
    let (claims, signature) = rest.split_once('.').unwrap();
    // {"alg":"none","typ":"at+jwt"}
    let none = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0";
    for token in [
        String::new(),
        "x".to_owned(),
        format!("{none}.{claims}."),
        format!("{none}.{claims}.{signature}"),
        format!(
            "{head}.{claims}.{}",
            signature.chars().rev().collect::<String>()
        ),
        format!("{head}.{claims}"),
        "spk_0000000000000000000000000000000000000000000".to_owned(),
    ] {
        let answer = app
            .call("GET", "/api/v1/auth/me")
            .header("authorization", &format!("Bearer {token}"))
            .send()
            .await;
        let answer = answer.problem(401, "unauthorized");
        assert!(
            answer
                .header("www-authenticate")
                .is_some_and(|value| value.starts_with("Bearer"))
        );
    }
    let _ = app
        .call("GET", "/api/v1/auth/me")
        .bearer(&account.token)
        .header("authorization", "Bearer other")
        .send()
        .await
        .problem(400, "bad-request");
}

#[tokio::test]
async fn the_key_set_verifies_our_tokens() {
    let app = App::shared();
    let _ = Account::new(app).await;
    let keys = app.call("GET", "/oauth2/jwks").send().await.expect(200);
    let key = &keys.body["keys"][0];
    assert_eq!(
        (&key["kty"], &key["crv"], &key["use"]),
        (&json!("OKP"), &json!("Ed25519"), &json!("sig")),
        "{}",
        keys.text
    );
    assert!(key["d"].is_null(), "a private key is published");
}

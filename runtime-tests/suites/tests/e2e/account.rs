//! An account's ways: its password, its keys, its end.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use spindle_harness::{Account, App};

#[tokio::test]
async fn a_changed_password_ends_every_other_session_and_every_key() {
    let app = App::shared();
    let account = Account::new(app).await;
    let login = |password: &str| {
        app.call("POST", "/api/v1/auth/login")
            .patient()
            .json(json!({"login": account.email, "password": password}))
    };
    let other = login(&account.password).await.expect(200);
    let key = app
        .call("POST", "/api/v1/auth/api-keys")
        .bearer(&account.token)
        .json(json!({"name": "ci", "scopes": ["account.manage"]}))
        .await
        .expect(201);
    let new = "a wholly other password";
    app.call("POST", "/api/v1/auth/password/change")
        .patient()
        .bearer(&account.token)
        .json(json!({"current_password": "not it", "new_password": new}))
        .await
        .invalid("current_password");
    let _ = app
        .call("POST", "/api/v1/auth/password/change")
        .patient()
        .bearer(&account.token)
        .json(json!({"current_password": account.password, "new_password": new}))
        .await
        .expect(204);
    let _ = app
        .call("GET", "/api/v1/auth/me")
        .bearer(&key.text_at("/key"))
        .send()
        .await
        .problem(401, "unauthorized");
    let _ = app
        .call("POST", "/api/v1/auth/refresh")
        .json(json!({"refresh_token": other.text_at("/refresh_token")}))
        .await
        .problem(401, "refresh-token-invalid");
    let _ = app
        .call("POST", "/api/v1/auth/refresh")
        .json(json!({"refresh_token": account.refresh_token}))
        .await
        .expect(200);
    let _ = login(&account.password)
        .await
        .problem(401, "invalid-credential");
    let _ = login(new).await.expect(200);
}

#[tokio::test]
async fn common_passwords_are_refused_with_the_reason() {
    let app = App::shared();
    let username = spindle_harness::unique("weak");
    for password in ["password123", "iloveyou1", "qwertyuiop", username.as_str()] {
        app.call("POST", "/api/v1/auth/register")
            .json(json!({"email": format!("{username}@example.com"), "username": username, "password": password}))
            .await
            .invalid("password");
    }
}

#[tokio::test]
async fn nobody_learns_by_asking_for_mail_who_is_registered() {
    let app = App::shared();
    let account = Account::new(app).await;
    for route in ["/api/v1/auth/password/forgot", "/api/v1/auth/otp/resend"] {
        for email in [account.email.as_str(), "nobody-at-all@example.com"] {
            let answer = app
                .call("POST", route)
                .json(json!({"email": email}))
                .await
                .expect(202);
            assert_eq!(answer.text, "", "{route}");
        }
    }
}

#[tokio::test]
async fn an_export_names_its_owner_and_a_deleted_account_is_gone() {
    let app = App::shared();
    let account = Account::new(app).await;
    let export = app
        .call("GET", "/api/v1/auth/me/export")
        .bearer(&account.token)
        .send()
        .await
        .expect(200);
    assert_eq!(export.text_at("/identity/account/email"), account.email);
    assert!(!export.text.contains("argon2"));
    let _ = app
        .call("POST", "/api/v1/auth/me/delete")
        .patient()
        .bearer(&account.token)
        .json(json!({"password": account.password}))
        .await
        .expect(204);
    let _ = app
        .call("POST", "/api/v1/auth/login")
        .patient()
        .json(json!({"login": account.email, "password": account.password}))
        .await
        .problem(401, "invalid-credential");
    let _ = app
        .call("POST", "/api/v1/auth/refresh")
        .json(json!({"refresh_token": account.refresh_token}))
        .await
        .problem(401, "refresh-token-invalid");
}

/// With a place for hashing or two all of these are served, or told to come again and served then.
#[tokio::test]
async fn thirty_two_parallel_logins_are_all_served() {
    let app = App::shared();
    let account = Account::new(app).await;
    let answers = futures::future::join_all((0..32).map(|_| {
        app.call("POST", "/api/v1/auth/login")
            .patient()
            .json(json!({"login": account.email, "password": account.password}))
    }))
    .await;
    let served = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(
        served,
        32,
        "{:?}",
        answers
            .iter()
            .map(|answer| answer.status)
            .collect::<Vec<_>>()
    );
}

/// A flood of logins takes the places for hashing, and nobody else's: health and the key set answer in between.
#[tokio::test]
async fn health_answers_while_passwords_are_being_checked() {
    let app = App::shared();
    let account = Account::new(app).await;
    let over = AtomicBool::new(false);
    let flood = async {
        // The right password: wrong ones would count against this network, where all tests come from.
        let logins = (0..32).map(|_| {
            app.call("POST", "/api/v1/auth/login")
                .json(json!({"login": account.email, "password": account.password}))
        });
        let answers = futures::future::join_all(logins).await;
        over.store(true, Ordering::Relaxed);
        answers
    };
    let asked = async {
        while !over.load(Ordering::Relaxed) {
            for path in ["/health/live", "/oauth2/jwks"] {
                let _ = app.call("GET", path).send().await.expect(200);
            }
        }
    };
    let (answers, ()) = tokio::join!(flood, asked);
    for answer in &answers {
        assert!(
            [200, 429, 503].contains(&answer.status),
            "{} {}",
            answer.status,
            answer.text
        );
    }
}

/// More than any password may have costs what any wrong one does, and a body beyond the limit is not read to its end.
#[tokio::test]
async fn a_password_of_a_megabyte_is_refused_unread() {
    let app = App::shared();
    for (letters, statuses) in [(100_000, [401, 429]), (1_000_000, [413, 413])] {
        let body = json!({"login": "nobody", "password": "x".repeat(letters)});
        let login = app.call("POST", "/api/v1/auth/login").patient();
        let answer = login.json(body).await;
        assert!(
            statuses.contains(&answer.status),
            "{letters}: {} {}",
            answer.status,
            answer.text
        );
    }
}

/// The link in the mail leads a person to a page, not to a program's route.
#[tokio::test]
async fn a_forgotten_password_is_replaced_on_the_page_that_the_mail_leads_to() {
    let app = App::shared();
    let account = Account::new(app).await;
    let _ = app
        .call("POST", "/api/v1/auth/password/forgot")
        .json(json!({"email": account.email}))
        .await
        .expect(202);
    let mail = app.mail(&account.email, "password").await;
    let link = mail.text.lines().find(|line| line.contains("/oauth2/"));
    let (page, token) = link.and_then(|link| link.split_once('#')).expect("a link");
    let (_, path) = page.split_once("/oauth2/").expect("a page of ours");
    let path = format!("/oauth2/{path}");
    let shown = app.call("GET", &path).send().await.expect(200);
    assert!(shown.text.contains("<form"), "{}", shown.text);
    let new = "a wholly other password";
    let _ = app
        .call("POST", &path)
        .patient()
        .form(&[("token", token), ("new_password", new)])
        .await
        .expect(200);
    let _ = app
        .call("POST", "/api/v1/auth/login")
        .patient()
        .json(json!({"login": account.email, "password": new}))
        .await
        .expect(200);
}

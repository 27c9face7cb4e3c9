//! Passkeys on the pages: as the first factor, as the second, and what is none.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::security_key::SecurityKey;
use crate::stage::{Answer, OAuth, Stage};

const ASK: &str = "/oauth2/login/passkey";

/// Gives an account this key.
pub(crate) async fn add_passkey(stage: &Stage, bearer: &str, key: &mut SecurityKey) {
    let path = "/api/v1/auth/passkeys/register";
    let started = stage
        .json("POST", &format!("{path}/start"), Some(bearer), json!({}))
        .await
        .expect(200);
    let credential = key.register(&started.body["options"]);
    let body = json!({"ceremony": started.body["ceremony"], "credential": credential});
    let _ = stage
        .json("POST", &format!("{path}/finish"), Some(bearer), body)
        .await
        .expect(201);
}

/// What the page's script gives the browser.
fn options(page: &Answer) -> Value {
    let text = page.text.split(" data-options=\"").nth(1).unwrap();
    let text = text.split('"').next().unwrap();
    let text = text.replace("&quot;", "\"").replace("&amp;", "&");
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn a_passkey_signs_in_on_the_page_alone_and_after_a_password() {
    let stage = Stage::new("page_passkey").await;
    let ada = stage.account("ada").await;
    let client = stage.client(json!({})).await;
    let mut key = SecurityKey::new(7);
    add_passkey(&stage, &ada, &mut key).await;

    let mut browser = Browser::new(&stage);
    let login = browser.ask(&client, &[]).await;
    let page = browser.submit_to(&login, ASK, &[]).await.expect(200);
    let policy = page.header("content-security-policy");
    assert!(!policy.contains("connect-src"), "it asks nobody: {policy}");
    let script = stage.script_of(&page).await;
    assert!(script.contains("navigator.credentials.get"), "{script}");
    assert!(page.text.contains("<noscript>"), "{}", page.text);
    let asked = options(&page);
    assert_eq!(asked["userVerification"], "required", "it is all there is");
    assert_eq!(asked["allowCredentials"], json!([]), "it tells whose it is");
    let answer = key.sign(&asked).to_string();
    let consent = browser
        .submit(&page, &[("credential", &answer)])
        .await
        .expect(200);
    let back = browser.agree(&consent).await;
    let identity = stage.identity(&client, &back["code"]).await;
    assert_eq!(identity["acr"], "urn:spindle:acr:2fa");
    assert!(identity["amr"].as_array().unwrap().contains(&json!("pop")));

    let mut second = Browser::new(&stage);
    let login = second.ask(&client, &[]).await;
    let factor = second.log_in(&login, "ada").await.expect(200);
    assert!(
        factor.text.contains("Use your passkey") && factor.text.contains("recovery code"),
        "{}",
        factor.text
    );
    let page = second.submit_to(&factor, ASK, &[]).await.expect(200);
    let asked = options(&page);
    assert_eq!(asked["allowCredentials"].as_array().unwrap().len(), 1);
    // Touched, not verified: the password was the other factor.
    key.flags = 1;
    let answer = key.sign(&asked).to_string();
    let (_, back) = second
        .submit(&page, &[("credential", &answer)])
        .await
        .redirect();
    assert!(back.contains_key("code"), "{back:?}");
}

#[tokio::test]
async fn what_is_no_answer_to_the_pages_challenge_signs_nobody_in() {
    let stage = Stage::new("page_passkey_lies").await;
    let ada = stage.account("ada").await;
    let bob = stage.account("bob").await;
    let client = stage.client(json!({})).await;
    let (mut hers, mut his) = (SecurityKey::new(7), SecurityKey::new(9));
    add_passkey(&stage, &ada, &mut hers).await;
    add_passkey(&stage, &bob, &mut his).await;
    let mut browser = Browser::new(&stage);
    let login = browser.ask(&client, &[]).await;

    let page = browser.submit_to(&login, ASK, &[]).await.expect(200);
    let asked = options(&page);
    let mut unverified = SecurityKey::new(7);
    (unverified.flags, unverified.count) = (1, 50);
    let answer = unverified.sign(&asked).to_string();
    let refused = browser
        .submit(&page, &[("credential", &answer)])
        .await
        .expect(422);
    assert!(
        refused.text.contains("does not sign in here")
            && refused.text.contains("name=\"password\""),
        "nobody verified: {}",
        refused.text
    );
    let answer = hers.sign(&asked).to_string();
    let used_up = browser.submit(&page, &[("credential", &answer)]).await;
    assert_eq!(
        used_up.status, 422,
        "a challenge is good once, even for a lie"
    );
    for credential in ["", "{}", "no JSON"] {
        let page = browser.submit_to(&login, ASK, &[]).await.expect(200);
        let answer = browser.submit(&page, &[("credential", credential)]).await;
        assert_eq!(answer.status, 422, "{credential}");
    }

    let factor = browser.log_in(&login, "ada").await.expect(200);
    let page = browser.submit_to(&factor, ASK, &[]).await.expect(200);
    let answer = his.sign(&options(&page)).to_string();
    let foreign = browser
        .submit(&page, &[("credential", &answer)])
        .await
        .expect(422);
    assert!(
        foreign.text.contains("Use your passkey"),
        "somebody else's; the login still owes: {}",
        foreign.text
    );
    let over = browser
        .submit_to(&factor, ASK, &[("mfa_token", "x")])
        .await
        .expect(422);
    assert!(over.text.contains("took too long"), "{}", over.text);

    let page = browser.submit_to(&login, ASK, &[]).await.expect(200);
    let answer = hers.sign(&options(&page)).to_string();
    let (action, body) = crate::browser::fill(&page, &[("credential", &answer)]);
    for (mut sender, headers) in [
        (Browser::new(&stage), vec![]),
        (
            Browser::with(&stage, &browser.cookies),
            vec![("sec-fetch-site", "cross-site")],
        ),
    ] {
        let answer = sender.send("POST", &action, &headers, Some(&body)).await;
        assert_eq!(answer.status, 403, "{headers:?}");
    }
    assert!(!browser.cookies.contains_key("__Host-spindle_session"));
}

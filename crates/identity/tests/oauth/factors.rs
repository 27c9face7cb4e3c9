//! Second factors on the pages: too late, too often, and in the middle of something else; and pages that are busy, or of no use.

use serde_json::json;

use crate::authenticator::code_at;
use crate::browser::{Browser, link};
use crate::mailbox::last_code;
use crate::passkeys::add_passkey;
use crate::security_key::SecurityKey;
use crate::stage::{OAuth, PASSWORD, Stage};

const MFA: &str = "/oauth2/login/mfa";
const PASSKEY: &str = "/oauth2/login/passkey";

/// Sets up an app; its secret. The code of the present step was not used yet.
async fn set_up_app(stage: &Stage, bearer: &str) -> String {
    let made = stage
        .json("POST", "/api/v1/auth/mfa/totp", Some(bearer), json!({}))
        .await
        .expect(201);
    let secret = made.text_of("secret");
    let confirm = json!({"code": code_at(&secret, kit::clock::now_s() - 30)});
    let _ = stage
        .json(
            "POST",
            "/api/v1/auth/mfa/totp/confirm",
            Some(bearer),
            confirm,
        )
        .await
        .expect(200);
    secret
}

/// The query that names the request which a page is about.
fn request_of(page: &crate::stage::Answer) -> String {
    let path = link(page, "/oauth2/sign-up");
    path.split_once('?').unwrap().1.to_owned()
}

#[tokio::test]
async fn a_factor_that_comes_too_late_or_too_often_is_told_so() {
    let stage = Stage::new("page_factor_late").await;
    let ada = stage.account("ada").await;
    set_up_app(&stage, &ada).await;
    add_passkey(&stage, &ada, &mut SecurityKey::new(7)).await;
    let client = stage.client(json!({})).await;
    let mut browser = Browser::new(&stage);
    let login = browser.ask(&client, &[]).await;
    let wrong = [("method", "totp"), ("code", "000000")];

    let factor = browser.log_in(&login, "ada").await.expect(200);
    let forged = [wrong[0], wrong[1], ("mfa_token", "x")];
    let late = browser.submit_to(&factor, MFA, &forged).await.expect(422);
    assert!(late.text.contains("took too long"), "{}", late.text);
    let asked = browser.submit_to(&factor, PASSKEY, &[]).await.expect(200);
    stage
        .db
        .run("update identity.mfa_challenges set expires_at = platform.now()")
        .await;
    for path in [MFA, PASSKEY] {
        let late = browser.submit_to(&factor, path, &wrong).await.expect(422);
        assert!(
            late.text.contains("took too long") && late.text.contains("name=\"password\""),
            "{path}: {}",
            late.text
        );
    }
    let finish = "/oauth2/login/passkey/finish";
    let late = browser.submit_to(&asked, finish, &[]).await.expect(422);
    assert!(late.text.contains("does not sign in here"), "{}", late.text);

    for _ in 0..2 {
        let factor = browser.log_in(&login, "ada").await.expect(200);
        for _ in 0..5 {
            let again = browser.submit_to(&factor, MFA, &wrong).await.expect(422);
            assert!(again.text.contains("The code is wrong"), "{}", again.text);
        }
    }
    let factor = browser.log_in(&login, "ada").await.expect(200);
    for path in [MFA, PASSKEY] {
        let often = browser.submit_to(&factor, path, &wrong).await.expect(429);
        assert!(
            often.text.contains("Too many wrong attempts") && often.text.contains("name=\"code\""),
            "{path}: {}",
            often.text
        );
        assert!(!often.header("retry-after").is_empty(), "{path}");
    }
    assert!(!browser.cookies.contains_key("__Host-spindle_session"));
}

#[tokio::test]
async fn who_proves_an_address_still_owes_the_second_factor() {
    let stage = Stage::new("page_verify_factor").await;
    let ada = stage.account("ada").await;
    let secret = set_up_app(&stage, &ada).await;
    let client = stage.client(json!({})).await;
    let mut browser = Browser::new(&stage);
    let login = browser.ask(&client, &[]).await;
    let page = browser
        .open(&format!("/oauth2/verify?{}", request_of(&login)))
        .await
        .expect(200);
    let email = "ada@example.com";
    let mailed = last_code(&stage.db, email).await;
    let factor = browser
        .submit(&page, &[("email", email), ("code", &mailed)])
        .await
        .expect(200);
    assert!(factor.text.contains("authenticator app"), "{}", factor.text);
    assert!(!browser.cookies.contains_key("__Host-spindle_session"));
    let code = code_at(&secret, kit::clock::now_s());
    let consent = browser
        .submit_to(&factor, MFA, &[("method", "totp"), ("code", &code)])
        .await
        .expect(200);
    assert!(
        consent.text.contains("name=\"decision\""),
        "{}",
        consent.text
    );
}

#[tokio::test]
async fn a_passkey_is_no_way_round_an_address_that_must_be_proved() {
    let stage = Stage::new("page_passkey_unproved").await;
    let ada = stage.account("ada").await;
    let mut key = SecurityKey::new(7);
    add_passkey(&stage, &ada, &mut key).await;
    let client = stage.client(json!({})).await;
    let stage = stage.again_with(&[("email_verification", "required")]);
    let mut browser = Browser::new(&stage);
    let login = browser.ask(&client, &[]).await;
    let page = browser.submit_to(&login, PASSKEY, &[]).await.expect(200);
    let options = page.text.split(" data-options=\"").nth(1).unwrap();
    let options = options.split('"').next().unwrap().replace("&quot;", "\"");
    let options = serde_json::from_str(&options.replace("&amp;", "&")).unwrap();
    let answer = key.sign(&options).to_string();
    let told = browser
        .submit(&page, &[("credential", &answer)])
        .await
        .expect(422);
    assert!(told.text.contains("not verified yet"), "{}", told.text);
    assert!(!browser.cookies.contains_key("__Host-spindle_session"));
}

#[tokio::test]
async fn who_cannot_be_served_now_gets_the_page_again() {
    let stage = Stage::new("page_busy").await;
    stage.account("ada").await;
    let client = stage.client(json!({})).await;
    let mut browser = Browser::new(&stage);
    let login = browser.ask(&client, &[]).await;
    let form = browser.open(&link(&login, "/oauth2/sign-up")).await;
    stage
        .db
        .run(
            "update identity.hash_slots set leased_until = platform.now() + interval '1 hour';
             insert into identity.hash_queue (holder, seen_at)
             select gen_random_uuid(), platform.now() + interval '1 hour' from generate_series(1, 200)",
        )
        .await;
    let signing_in = browser.log_in(&login, "ada").await;
    let fields = [
        ("email", "grace@example.com"),
        ("username", "grace"),
        ("password", PASSWORD),
    ];
    let signing_up = browser.submit(&form, &fields).await;
    for page in [signing_in, signing_up] {
        let page = page.expect(503);
        assert!(
            page.text.contains("Many people are signing in right now")
                && page.text.contains("name=\"password\"")
                && !page.text.contains(PASSWORD),
            "{}",
            page.text
        );
        assert_eq!(page.header("retry-after"), "1");
    }
}

/// Pages that are asked for out of turn: the question for consent without a session, and about a device.
#[tokio::test]
async fn a_question_that_nobody_asked_leads_back() {
    let stage = Stage::new("page_out_of_turn").await;
    stage.account("ada").await;
    let client = stage.client(json!({})).await;
    let mut browser = Browser::new(&stage);
    let login = browser.ask(&client, &[]).await;
    let about_client = format!("/oauth2/consent?{}", request_of(&login));
    let page = browser.open(&about_client).await.expect(200);
    assert!(page.text.contains("name=\"password\""), "{}", page.text);
    let device = browser.open("/oauth2/device").await.expect(200);
    let about_device = format!("/oauth2/consent?{}", request_of(&device));
    let page = browser.log_in(&device, "ada").await.expect(200);
    assert!(page.text.contains("name=\"user_code\""), "{}", page.text);
    let _ = browser.open(&about_device).await.expect(400);
    let page = browser.open(&about_client).await.expect(200);
    assert!(page.text.contains("name=\"decision\""), "{}", page.text);
}

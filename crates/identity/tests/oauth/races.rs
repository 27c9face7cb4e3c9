//! Two requests at the same moment, on pages and at the device's end. Codes, refresh tokens, consents and proofs have theirs beside them.

use futures::future::{join, join_all};
use serde_json::json;

use crate::browser::{Browser, borrowed, fill, pushed_parameters};
use crate::stage::{Answer, OAuth, Stage, TestClient, encode};

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const OURS: &[(&str, &str)] = &[("sec-fetch-site", "same-origin")];
const WAITS: &str = "select count(*) from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'";

fn with_status(answers: &[Answer], status: u16) -> usize {
    answers
        .iter()
        .filter(|answer| answer.status == status)
        .count()
}

async fn tv(stage: &Stage) -> TestClient {
    let device =
        json!({"token_endpoint_auth_method": "none", "grant_types": [DEVICE], "redirect_uris": []});
    stage.client(device).await
}

async fn begin(stage: &Stage, tv: &TestClient) -> (String, String) {
    let begun = stage
        .form(
            "/oauth2/device_authorization",
            tv,
            &[("scope", "openid offline_access")],
        )
        .await
        .expect(200);
    (begun.text_of("device_code"), begun.text_of("user_code"))
}

#[tokio::test]
async fn of_ten_answers_to_one_question_one_counts() {
    let stage = Stage::new("consent_answers").await;
    stage.account("ada").await;
    let client = stage.client(json!({})).await;
    let mut browser = Browser::new(&stage);
    let login = browser.ask(&client, &[]).await;
    let page = browser.log_in(&login, "ada").await.expect(200);
    let (action, allow) = fill(&page, &[("decision", "allow")]);
    let (_, deny) = fill(&page, &[("decision", "deny")]);
    let cookies = browser.cookies.clone();
    let answers = join_all((0..10).map(|n| {
        let (stage, cookies, action) = (&stage, &cookies, &action);
        let body = if n % 5 == 4 { &deny } else { &allow };
        async move {
            let mut same = Browser::with(stage, cookies);
            same.send("POST", action, OURS, Some(body)).await
        }
    }))
    .await;
    assert_eq!(with_status(&answers, 303), 1, "{answers:?}");
    assert_eq!(with_status(&answers, 400), 9, "{answers:?}");
    let answered = answers.iter().find(|answer| answer.status == 303).unwrap();
    let allowed = i64::from(answered.redirect().1.contains_key("code"));
    for table in ["oauth_codes", "oauth_grants", "oauth_consents"] {
        let made = format!("select count(*) from identity.{table}");
        assert_eq!(stage.db.count(&made).await, allowed, "{table}");
    }
}

#[tokio::test]
async fn a_pushed_request_that_ten_browsers_begin_at_once_is_one_browsers() {
    let stage = Stage::new("pushed_race").await;
    let client = stage.client(json!({})).await;
    let parameters = pushed_parameters(&client);
    let parameters = borrowed(&parameters);
    let pushed = stage
        .form("/oauth2/par", &client, &parameters)
        .await
        .expect(201);
    let uri = pushed.text_of("request_uri");
    let path = format!(
        "/oauth2/authorize?{}",
        encode(&[("client_id", &client.id), ("request_uri", &uri)])
    );
    let answers = join_all((0..10).map(|_| async {
        let mut browser = Browser::new(&stage);
        browser.open(&path).await
    }))
    .await;
    assert_eq!(with_status(&answers, 200), 1, "{answers:?}");
    assert_eq!(with_status(&answers, 400), 9, "{answers:?}");
}

#[tokio::test]
async fn twenty_polls_at_once_give_one_answer_and_nothing_that_lives() {
    let stage = Stage::new("device_polls").await;
    stage.account("ada").await;
    let tv = tv(&stage).await;
    let (device, code) = begin(&stage, &tv).await;
    let mut browser = Browser::new(&stage);
    let login = browser.open("/oauth2/device").await;
    let page = browser.log_in(&login, "ada").await;
    let question = browser.submit(&page, &[("user_code", &code)]).await;
    let _ = browser
        .submit(&question, &[("decision", "allow")])
        .await
        .expect(200);
    let form = [("grant_type", DEVICE), ("device_code", device.as_str())];
    let answers = join_all((0..20).map(|_| stage.token(&tv, &form))).await;
    assert_eq!(with_status(&answers, 200), 1, "{answers:?}");
    for answer in &answers {
        if answer.status == 200 {
            let told = stage.userinfo(&answer.text_of("access_token")).await;
            assert_eq!(told.status, 401, "a copied code kills what came of it");
        } else {
            assert_eq!(answer.body["error"], "invalid_grant");
        }
    }
    let live = "select count(*) from identity.oauth_grants where ended_at is null";
    assert_eq!(stage.db.count(live).await, 0);
}

#[tokio::test]
async fn of_twenty_guessed_codes_at_once_ten_are_looked_at() {
    let stage = Stage::new("device_guess_race").await;
    stage.account("ada").await;
    let mut browser = Browser::new(&stage);
    let login = browser.open("/oauth2/device").await;
    let page = browser.log_in(&login, "ada").await;
    let cookies = browser.cookies.clone();
    let bodies = [
        fill(&page, &[("user_code", "BBBBBBBB")]),
        fill(&page, &[("user_code", "BBBBBBBB"), ("decision", "allow")]),
    ];
    let answers = join_all((0..20).map(|n| {
        let (stage, cookies) = (&stage, &cookies);
        let (action, body) = &bodies[n % 2];
        async move {
            let mut same = Browser::with(stage, cookies);
            same.send("POST", action, OURS, Some(body)).await
        }
    }))
    .await;
    assert_eq!(with_status(&answers, 422), 10, "{answers:?}");
    assert_eq!(with_status(&answers, 429), 10, "{answers:?}");
}

/// Whoever ends an account's access holds the account and comes to its sessions. Somebody who lets a client in must not hold the
/// session and come to the account: they would wait for each other, and the one who changes a stolen password might lose.
#[tokio::test]
async fn who_lets_a_client_in_waits_for_who_ends_the_access() {
    let stage = Stage::new("end_while_letting_in").await;
    stage.account("ada").await;
    let client = stage.client(json!({})).await;
    let tv = tv(&stage).await;
    for at in ["authorize", "device"] {
        let mut browser = Browser::new(&stage);
        browser.authorize(&client, "ada", &[]).await;
        let (device, code) = begin(&stage, &tv).await;
        let page = browser.open("/oauth2/device").await;
        let question = browser.submit(&page, &[("user_code", &code)]).await;

        let ending = stage.db.connect().await;
        ending
            .batch_execute(
                "begin; select 1 from identity.accounts where username_key = 'ada' for update",
            )
            .await
            .unwrap();
        let letting_in = async {
            if at == "authorize" {
                browser.ask(&client, &[("prompt", "none")]).await
            } else {
                browser.submit(&question, &[("decision", "allow")]).await
            }
        };
        let end = async {
            while stage.db.count(WAITS).await == 0 {
                tokio::task::yield_now().await;
            }
            ending
                .batch_execute(
                    "select identity.end_access(id, null) from identity.accounts where username_key = 'ada'; commit",
                )
                .await
                .unwrap();
        };
        let (answer, ()) = join(letting_in, end).await;
        if at == "authorize" {
            assert_eq!(answer.redirect().1["error"], "login_required");
        } else {
            assert!(answer.text.contains("name=\"password\""), "{}", answer.text);
            stage
                .db
                .run("update identity.oauth_device_codes set poll_after = platform.now()")
                .await;
            let form = [("grant_type", DEVICE), ("device_code", device.as_str())];
            let _ = stage
                .token(&tv, &form)
                .await
                .error(400, "authorization_pending");
        }
        let live = "select count(*) from identity.oauth_grants where ended_at is null";
        assert_eq!(stage.db.count(live).await, 0, "{at}");
    }
}

/// The same for who redeems: deleting an account or a client takes its grants, and then the codes of these.
#[tokio::test]
async fn who_redeems_a_code_waits_for_who_deletes_the_grant() {
    let stage = Stage::new("delete_while_redeeming").await;
    stage.account("ada").await;
    let client = stage.client(json!({})).await;
    let tv = tv(&stage).await;
    let mut browser = Browser::new(&stage);
    let code = browser.authorize(&client, "ada", &[]).await;
    let (device, user_code) = begin(&stage, &tv).await;
    let page = browser.open("/oauth2/device").await;
    let question = browser.submit(&page, &[("user_code", &user_code)]).await;
    let _ = browser
        .submit(&question, &[("decision", "allow")])
        .await
        .expect(200);
    let polled = [("grant_type", DEVICE), ("device_code", device.as_str())];
    for table in ["oauth_codes", "oauth_device_codes"] {
        let deleting = stage.db.connect().await;
        deleting
            .batch_execute("begin; select 1 from identity.oauth_grants for update")
            .await
            .unwrap();
        let redeeming = async {
            if table == "oauth_codes" {
                stage.redeem(&client, &code).await
            } else {
                stage.token(&tv, &polled).await
            }
        };
        let delete = async {
            while stage.db.count(WAITS).await == 0 {
                tokio::task::yield_now().await;
            }
            deleting
                .batch_execute(&format!("delete from identity.{table}; commit"))
                .await
                .unwrap();
        };
        let (answer, ()) = join(redeeming, delete).await;
        let _ = answer.error(400, "invalid_grant");
    }
}

//! Making an account on the way to a client: the pages for it, and what they tell of others' accounts.

use serde_json::{Value, json};

use crate::browser::{Browser, link};
use crate::mailbox::{a_minute_passes, last_code, wrong};
use crate::stage::{OAuth, PASSWORD, Stage};

const VERIFY: &str = "/oauth2/verify";

#[tokio::test]
async fn somebody_new_makes_an_account_on_the_way_to_a_client() {
    let stage = Stage::new("sign_up").await;
    let client = stage.client(json!({})).await;
    let mut browser = Browser::new(&stage);
    let scope = [
        ("scope", "openid email"),
        ("login_hint", "grace@example.com"),
    ];
    let login = browser.ask(&client, &scope).await;
    let form = browser.open(&link(&login, "/oauth2/sign-up")).await;
    assert!(
        form.text.contains("value=\"grace@example.com\""),
        "the client's hint: {}",
        form.text
    );
    for field in ["email", "username", "password"] {
        assert!(form.text.contains(&format!("<label for=\"{field}\">")));
    }
    let policy = form.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && !form.text.contains("<script"));

    let all_wrong = [("email", "grace"), ("username", "g"), ("password", "short")];
    let again = browser.submit(&form, &all_wrong).await.expect(422);
    assert_eq!(
        again.text.matches("role=\"alert\"").count(),
        3,
        "all that is wrong, at once: {}",
        again.text
    );
    let mut fields = [
        ("email", "grace@example.com"),
        ("username", "keeper"),
        ("password", PASSWORD),
    ];
    let taken = browser.submit(&again, &fields).await.expect(409);
    assert!(taken.text.contains("Somebody has this username"));
    assert!(
        !taken.text.contains(PASSWORD),
        "a page repeats no password: {}",
        taken.text
    );
    fields[1].1 = "grace";
    let page = browser.submit(&taken, &fields).await.expect(200);
    assert!(page.text.contains("We mailed a code to"), "{}", page.text);

    let mailed = last_code(&stage.db, "grace@example.com").await;
    let refused = browser
        .submit(&page, &[("code", wrong(&mailed))])
        .await
        .expect(422);
    assert!(refused.text.contains("The code is wrong"));
    let sent = browser
        .submit_to(&refused, "/oauth2/verify/resend", &[])
        .await
        .expect(200);
    assert!(!browser.cookies.contains_key("__Host-spindle_session"));
    let consent = browser
        .submit(&sent, &[("code", &mailed)])
        .await
        .expect(200);
    assert!(
        consent.text.contains("name=\"decision\"") && consent.text.contains("grace"),
        "signed in, and asked: {}",
        consent.text
    );
    let used = browser.submit(&sent, &[("code", &mailed)]).await;
    assert_eq!(used.status, 422, "a code is good once");
    let back = browser.agree(&consent).await;
    let tokens = stage.redeem(&client, &back["code"]).await.expect(200);
    let told = stage
        .userinfo(&tokens.text_of("access_token"))
        .await
        .expect(200);
    assert_eq!(told.body["email"], "grace@example.com");
    assert_eq!(told.body["email_verified"], Value::Bool(true));
}

#[tokio::test]
async fn the_pages_tell_nobody_who_has_an_account() {
    let stage = Stage::new("sign_up_known").await;
    stage.account("ada").await;
    stage
        .db
        .run("update identity.accounts set email_verified_at = platform.now()")
        .await;
    let client = stage.client(json!({})).await;
    let mut pages = Vec::new();
    for (name, email) in [("eve1", "ada@example.com"), ("eve2", "new@example.com")] {
        let mut browser = Browser::new(&stage);
        let login = browser.ask(&client, &[]).await;
        let form = browser.open(&link(&login, "/oauth2/sign-up")).await;
        let fields = [("email", email), ("username", name), ("password", PASSWORD)];
        let page = browser.submit(&form, &fields).await.expect(200);
        let refused = browser.submit(&page, &[("code", "000000")]).await;
        let resent = browser.submit_to(&page, "/oauth2/verify/resend", &[]).await;
        let forgot = browser
            .open(&link(&login, "/oauth2/password/forgot"))
            .await
            .expect(200);
        let asked = browser.submit(&forgot, &[("email", email)]).await;
        let shown: Vec<(u16, String)> = [page, refused, resent, asked]
            .into_iter()
            .map(|answer| (answer.status, words(&answer.text).replace(email, "-")))
            .collect();
        pages.push(shown);
    }
    assert_eq!(pages[0], pages[1]);
    assert_eq!(
        pages[0].iter().map(|page| page.0).collect::<Vec<_>>(),
        [200, 422, 200, 200]
    );
    let asked = "select count(*) from platform.tasks where kind = 'send_password_reset'";
    assert_eq!(stage.db.count(asked).await, 2, "the same work for both");
}

/// What a page says, without its tags.
fn words(page: &str) -> String {
    page.split('<')
        .filter_map(|part| part.split_once('>'))
        .map(|(_, text)| text)
        .collect::<Vec<_>>()
        .join(" ")
}

/// facts/identity.md 5.12: whoever set up something with a mailbox that is not theirs keeps nothing of it.
#[tokio::test]
async fn who_proves_a_mailbox_that_two_claim_is_led_to_choose_a_password() {
    let stage = Stage::new("sign_up_contested").await;
    let client = stage.client(json!({})).await;
    let hers = "grace@example.com";
    let body = json!({"email": hers, "username": "mallory", "password": "known to mallory"});
    let _ = stage
        .json("POST", "/api/v1/auth/register", None, body)
        .await
        .expect(201);
    a_minute_passes(&stage.db).await;
    let mut browser = Browser::new(&stage);
    let login = browser.ask(&client, &[]).await;
    let form = browser.open(&link(&login, "/oauth2/sign-up")).await;
    let fields = [
        ("email", hers),
        ("username", "grace"),
        ("password", PASSWORD),
    ];
    let page = browser.submit(&form, &fields).await.expect(200);
    let mailed = last_code(&stage.db, hers).await;
    let choose = browser
        .submit(&page, &[("code", &mailed)])
        .await
        .expect(200);
    assert!(
        choose.text.contains("no password was kept"),
        "{}",
        choose.text
    );
    assert!(browser.cookies.contains_key("__Host-spindle_session"));
    for password in [PASSWORD, "known to mallory"] {
        let body = json!({"login": hers, "password": password});
        let answer = stage.json("POST", "/api/v1/auth/login", None, body).await;
        assert_eq!(answer.status, 401, "{password}");
    }
    let sent = browser.submit(&choose, &[]).await.expect(200);
    assert!(sent.text.contains("Look into your mailbox"));
    let consent = browser.open(&link(&choose, "/oauth2/continue")).await;
    assert!(
        consent.text.contains("name=\"decision\""),
        "she is signed in"
    );
}

/// Where addresses must be proved, a right password leads to the page for the code, and a wrong one does not say so.
#[tokio::test]
async fn who_has_yet_to_prove_an_address_is_asked_for_the_code() {
    let name = "sign_up_unverified";
    let stage = Stage::new(name).await;
    stage.account("ada").await;
    let client = stage.client(json!({})).await;
    let stage = stage.again_with(&[("email_verification", "required")]);
    let mut browser = Browser::new(&stage);
    let login = browser.ask(&client, &[]).await;
    let wrong = [("login", "ada"), ("password", "a wrong password")];
    let refused = browser.submit(&login, &wrong).await.expect(422);
    assert!(refused.text.contains("Nobody has that name"));
    let page = browser.log_in(&login, "ada").await.expect(422);
    assert!(page.text.contains("not verified yet"), "{}", page.text);
    let (action, _) = crate::browser::fill(&page, &[]);
    assert_eq!(action, VERIFY);
    let mailed = last_code(&stage.db, "ada@example.com").await;
    let fields = [("email", "ada@example.com"), ("code", mailed.as_str())];
    let consent = browser.submit(&page, &fields).await.expect(200);
    assert!(consent.text.contains("name=\"decision\""));
    let asked = browser.open(&link(&login, "/oauth2/sign-up")).await;
    assert!(asked.text.contains("name=\"username\""));
    let request = link(&login, "/oauth2/sign-up");
    let request = request.split_once('?').map(|(_, query)| query).unwrap();
    let bare = browser
        .open(&format!("{VERIFY}?{request}"))
        .await
        .expect(200);
    assert!(bare.text.contains("name=\"code\""), "by its address too");
    for path in [VERIFY, "/oauth2/sign-up", "/oauth2/password/forgot"] {
        let foreign = Browser::new(&stage)
            .open(&format!("{path}?{request}"))
            .await;
        assert_eq!(foreign.status, 400, "another browser's request: {path}");
        let forged = browser
            .send(
                "POST",
                path,
                &[("sec-fetch-site", "cross-site")],
                Some("a=b"),
            )
            .await;
        assert_eq!(forged.status, 403, "{path}");
    }
}

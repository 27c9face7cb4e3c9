//! Pages: what browsers are told about them, and forms that did not come from them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::browser::{Browser, fill, link};
use crate::stage::{OAuth, PASSWORD, Stage};

#[tokio::test]
async fn pages_cannot_be_framed_scripted_or_kept() {
    let stage = Stage::new("pages").await;
    stage.account("ada").await;
    let client = stage
        .client(json!({"client_name": "<script>alert(1)</script>"}))
        .await;
    let mut browser = Browser::new(&stage);
    let login = browser
        .ask(&client, &[("login_hint", "\"><script>alert(1)</script>")])
        .await;
    let consent = browser.log_in(&login, "ada").await;
    for page in [&login, &consent] {
        assert!(!page.text.contains("<script"), "{}", page.text);
        let policy = page.header("content-security-policy");
        for rule in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self' https://client.example",
        ] {
            assert!(policy.contains(rule), "B22: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(page.header("x-frame-options"), "DENY", "B22");
        assert_eq!(
            page.header("referrer-policy"),
            "same-origin",
            "B22, and forms name their origin"
        );
        assert_eq!(page.header("cache-control"), "no-store", "B22");
        assert!(page.text.contains("<html lang=\"en\">") && page.text.contains("<h1>"));
    }
    assert!(login.text.contains("<label for=\"password\">"));
    let style = stage.get("/oauth2/style.css").await.expect(200);
    assert!(
        style.text.contains("prefers-color-scheme: dark")
            && style.header("content-type").starts_with("text/css")
    );
}

/// facts/identity.md 5.19.
#[tokio::test]
async fn forms_from_elsewhere_do_nothing() {
    let stage = Stage::new("forms").await;
    stage.account("ada").await;
    stage.account("bob").await;
    let client = stage.client(json!({})).await;
    let mut browser = Browser::new(&stage);
    let login = browser.ask(&client, &[]).await;
    let (action, body) = fill(&login, &[("login", "ada"), ("password", PASSWORD)]);
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        let answer = browser
            .send("POST", &action, &[(name, value)], Some(&body))
            .await;
        assert_eq!(answer.status, 403, "{name}: {value}");
    }
    let (_, forged) = fill(
        &login,
        &[("login", "ada"), ("password", PASSWORD), ("token", "x")],
    );
    assert_eq!(
        browser
            .send("POST", &action, &[], Some(&forged))
            .await
            .status,
        403,
        "no token"
    );
    let mut victim = Browser::new(&stage);
    victim.ask(&client, &[]).await;
    assert_eq!(
        victim.send("POST", &action, &[], Some(&body)).await.status,
        403,
        "another browser's form"
    );
    assert!(!browser.cookies.contains_key("__Host-spindle_session"));

    let consent = browser.log_in(&login, "ada").await;
    let (action, allow) = fill(&consent, &[("decision", "allow")]);
    let before = browser.cookies.clone();
    let page = browser.open(consent_login(&consent).as_str()).await;
    let other = browser.log_in(&page, "bob").await;
    assert!(other.text.contains("bob"), "{}", other.text);
    assert_eq!(
        browser
            .send("POST", &action, &[], Some(&allow))
            .await
            .status,
        403,
        "ada's page, bob's session"
    );
    let mut old = Browser::new(&stage);
    old.cookies = before;
    let answer = old.send("POST", &action, &[], Some(&allow)).await;
    assert!(
        answer.header("location").starts_with("/oauth2/login"),
        "ada's session ended with bob's login: {answer:?}"
    );

    let (_, deny) = fill(&other, &[("decision", "deny")]);
    let (_, back) = browser
        .send("POST", &action, &[], Some(&deny))
        .await
        .redirect();
    assert_eq!(back["error"], "access_denied");
    for decision in ["allow", "deny"] {
        let (_, again) = fill(&other, &[("decision", decision)]);
        let answer = browser.send("POST", &action, &[], Some(&again)).await;
        assert_eq!(answer.status, 400, "{decision}: it was answered");
    }
    assert_eq!(
        stage
            .db
            .count("select count(*) from identity.oauth_codes")
            .await,
        0
    );
}

/// The link to another account.
fn consent_login(page: &crate::stage::Answer) -> String {
    page.text
        .split("href=\"/oauth2/login")
        .nth(1)
        .map(|rest| format!("/oauth2/login{}", rest.split('"').next().unwrap()))
        .unwrap()
}

#[tokio::test]
async fn other_origins_read_tokens_but_no_pages() {
    let stage = Stage::with("cors", &[("cors_origins", "https://app.example")]).await;
    let client = stage.client(json!({})).await;
    let origin = [("origin", "https://app.example")];
    for (path, allowed) in [
        ("/oauth2/jwks", true),
        ("/oauth2/.well-known/openid-configuration", true),
        ("/oauth2/userinfo", true),
        ("/oauth2/login?request=x", false),
        ("/oauth2/device", false),
        ("/oauth2/end-session", false),
        (
            &format!(
                "/oauth2/authorize?{}",
                crate::browser::request(&client, &[])
            ),
            false,
        ),
    ] {
        let answer = stage.send("GET", path, &origin, None).await;
        assert_eq!(
            answer.headers.contains_key("access-control-allow-origin"),
            allowed,
            "B21: {path}"
        );
    }
    let token = stage
        .send("POST", "/oauth2/token", &origin, Some("a=b"))
        .await;
    assert!(
        token.headers.contains_key("access-control-allow-origin"),
        "B21"
    );
    let exposed = token.header("access-control-expose-headers");
    assert!(
        exposed.contains("dpop-nonce") && exposed.contains("www-authenticate"),
        "RFC 9449 section 8: {exposed}"
    );
}

/// The link in the mail is of use to a person, not to a program alone.
#[tokio::test]
async fn a_mailed_link_leads_to_a_page_that_sets_another_password() {
    const PAGE: &str = "/oauth2/password/reset";
    const NEW: &str = "quite another password";
    let stage = Stage::new("password_reset").await;
    stage.account("ada").await;
    let page = stage.get(PAGE).await.expect(200);
    let policy = page.header("content-security-policy");
    assert!(policy.contains("default-src 'none'"), "{policy}");
    let script = stage.script_of(&page).await;
    assert!(script.contains("location.hash"), "{script}");
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("referrer-policy"), "same-origin");
    for field in ["token", "new_password"] {
        assert!(
            page.text.contains(&format!("<label for=\"{field}\">")),
            "without scripts too: {}",
            page.text
        );
    }

    let token = format!("spp_{}", URL_SAFE_NO_PAD.encode([7; 32]));
    let issue = "select identity.issue_password_reset('{}', (select id from identity.accounts), $1, '')::text";
    let hash = Sha256::digest(token.as_bytes()).to_vec();
    let issued = stage.db.json(issue, &[&hash]).await;
    assert_eq!(issued["outcome"], "sent");

    let mut browser = Browser::new(&stage);
    let short = [("token", token.as_str()), ("new_password", "short")];
    let again = browser.submit(&page, &short).await.expect(422);
    assert!(
        again.text.contains("must have at least 8 characters"),
        "{}",
        again.text
    );
    assert!(
        !again.text.contains("<script"),
        "the token is there already"
    );
    let new = [("new_password", NEW)];
    let done = browser.submit(&again, &new).await.expect(200);
    assert!(!done.text.contains("<form") && !done.text.contains(&token));
    for (password, status) in [(PASSWORD, 401), (NEW, 200)] {
        let body = json!({"login": "ada", "password": password});
        let _ = stage
            .json("POST", "/api/v1/auth/login", None, body)
            .await
            .expect(status);
    }
    let used = browser.submit(&again, &new).await.expect(422);
    assert!(
        used.text.contains("This link does not work"),
        "{}",
        used.text
    );
    let forged = [
        ("token", "\"><script>alert(1)</script>"),
        ("new_password", NEW),
    ];
    let forged = browser.submit(&page, &forged).await.expect(422);
    assert!(!forged.text.contains("<script"), "{}", forged.text);
    assert!(browser.cookies.is_empty(), "no cookie is needed or given");
}

/// What goes wrong before a page is made is told to a person by a page, and to a program by a problem.
#[tokio::test]
async fn a_person_is_told_by_a_page_what_went_wrong() {
    let stage = Stage::with("problem_pages", &[("hash_slots", "0")]).await;
    let person = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
    for path in ["/oauth2/login?request=x", "/oauth2/authorize"] {
        let page = stage.send("GET", path, &person, None).await.expect(503);
        assert!(page.header("content-type").starts_with("text/html"));
        assert!(
            page.text.contains("role=\"alert\"") && page.text.contains("<h1>"),
            "{}",
            page.text
        );
        assert!(page.text.contains(page.header("x-request-id")));
        assert!(!page.text.contains("hash_slots"), "{}", page.text);
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("retry-after"), "30");
        assert!(
            page.header("content-security-policy")
                .contains("form-action 'self'")
        );
        let problem = stage.get(path).await.expect(503);
        assert_eq!(problem.header("content-type"), "application/problem+json");
    }
    let program = stage.send("GET", "/oauth2/jwks", &person, None).await;
    assert_eq!(program.header("content-type"), "application/problem+json");

    let stage = stage.again_with(&[]);
    let path = "/oauth2/login?request=%00";
    let page = stage.send("GET", path, &person, None).await.expect(400);
    assert!(page.text.contains("role=\"alert\""), "{}", page.text);
    for (path, body) in [
        ("/oauth2/login", "login=a&login=b"),
        ("/oauth2/device", r#"{"user_code": "x"}"#),
        ("/oauth2/end-session", "state=%00"),
    ] {
        let page = stage.send("POST", path, &person, Some(body)).await;
        let page = page.expect(400);
        assert!(
            page.text.contains("role=\"alert\""),
            "{path}: {}",
            page.text
        );
    }
    let path = "/oauth2/end-session?state=1&state=2";
    let page = stage.send("GET", path, &person, None).await.expect(400);
    assert!(page.text.contains("role=\"alert\""), "{}", page.text);
    let long = "a".repeat(300_000);
    let page = stage
        .send("POST", "/oauth2/login", &person, Some(&long))
        .await
        .expect(413);
    assert!(page.text.contains("role=\"alert\""), "{}", page.text);
}

/// ASVS 6.3.1: the page says when it is of use again, as the API does.
#[tokio::test]
async fn who_guesses_is_told_when_to_come_again() {
    let stage = Stage::new("guesses").await;
    stage.account("ada").await;
    let client = stage.client(json!({})).await;
    let mut browser = Browser::new(&stage);
    let mut page = browser.ask(&client, &[]).await;
    for _ in 0..11 {
        page = browser
            .submit(&page, &[("login", "ada"), ("password", "quite wrong")])
            .await;
    }
    let page = page.expect(429);
    let seconds: u64 = page.header("retry-after").parse().unwrap();
    assert!(seconds > 0, "{}", page.text);
    assert!(page.text.contains("Too many wrong attempts"));
}

/// ASVS 10.7.2.
#[tokio::test]
async fn consent_says_how_long_it_lasts() {
    let stage = Stage::new("consent_life").await;
    stage.account("ada").await;
    let client = stage.client(json!({})).await;
    for (scope, said) in [
        ("openid email", "It ends when you sign out."),
        ("openid offline_access", "It lasts up to 30 days"),
    ] {
        let mut browser = Browser::new(&stage);
        let login = browser.ask(&client, &[("scope", scope)]).await;
        let consent = browser.log_in(&login, "ada").await.expect(200);
        assert!(consent.text.contains(said), "{scope}: {}", consent.text);
    }
}

/// ASVS 7.4.4.
#[tokio::test]
async fn who_is_signed_in_can_sign_out_from_every_page() {
    let stage = Stage::new("way_out").await;
    stage.account("ada").await;
    let client = stage.client(json!({})).await;
    let mut browser = Browser::new(&stage);
    let login = browser.ask(&client, &[]).await;
    let consent = browser.log_in(&login, "ada").await.expect(200);
    let device = browser.open("/oauth2/device").await.expect(200);
    for page in [&consent, &device] {
        assert!(page.text.contains("You are signed in as"));
        let question = browser.open(&link(page, "/oauth2/end-session")).await;
        assert!(question.text.contains("Sign out?"), "{}", question.text);
    }
    let question = browser.open("/oauth2/end-session").await;
    let over = browser.submit(&question, &[("decision", "sign-out")]).await;
    assert!(over.text.contains("You are signed out"), "{}", over.text);
}

//! `/dev/mail`: development's mailbox.

use spindle_harness::{Account, App, unique};

#[tokio::test]
async fn a_mail_is_listed_as_json_and_shown_as_a_page() {
    let app = App::shared();
    let account = Account::new(app).await;
    let _ = app
        .call("POST", "/api/v1/auth/password/forgot")
        .json(serde_json::json!({"email": account.email}))
        .await
        .expect(202);
    let mail = app.mail(&account.email, "new password").await;
    assert_eq!(mail.to, account.email);
    assert!(mail.html.contains("<!DOCTYPE html>"));
    let link = mail.text.lines().find(|line| line.starts_with("http"));
    assert!(
        link.is_some_and(|link| link.starts_with("http://localhost:3000/")),
        "{}",
        mail.text
    );

    let path = format!("/dev/mail?to={}", account.email);
    let page = app
        .call("GET", &path)
        .header("accept", "text/html")
        .send()
        .await
        .expect(200);
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert!(
        page.text
            .contains("<iframe sandbox=\"allow-popups allow-popups-to-escape-sandbox\"")
    );
    let policy = page.header("content-security-policy").unwrap_or_default();
    assert!(
        policy.starts_with("default-src 'none'") && !policy.contains("script-src"),
        "{policy}"
    );
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert!(
        app.mails(&format!("{}@example.com", unique("nobody")))
            .await
            .is_empty()
    );
}

//! What tests do again and again.

use serde_json::{Value, json};

use crate::application::{Answer, Application};
use crate::database::Database;
use crate::mailbox::last_code;

pub(crate) const PASSWORD: &str = "correct horse battery";

pub(crate) async fn register(app: &Application, name: &str) -> Answer {
    app.post(
        "/register",
        json!({"email": format!("{name}@example.com"), "username": name, "password": PASSWORD}),
    )
    .await
}

pub(crate) async fn login(app: &Application, name: &str) -> Value {
    let answer = try_login(app, name, PASSWORD).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

pub(crate) async fn try_login(app: &Application, name: &str, password: &str) -> Answer {
    app.post("/login", json!({"login": name, "password": password}))
        .await
}

/// Registers an account and signs it in; the access token.
pub(crate) async fn signed_in(app: &Application, name: &str) -> String {
    let registered = register(app, name).await;
    assert_eq!(registered.status, 201, "{registered:?}");
    text(&login(app, name).await, "access_token").to_owned()
}

#[track_caller]
pub(crate) fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member]
        .as_str()
        .unwrap_or_else(|| unreachable!("no {member} in {value}"))
}

pub(crate) async fn refresh(app: &Application, token: &str) -> Answer {
    app.post("/refresh", json!({"refresh_token": token})).await
}

pub(crate) async fn verify(app: &Application, email: &str, code: &str) -> Answer {
    app.post("/otp/verify", json!({"email": email, "code": code}))
        .await
}

/// An instance that has not read the trust snapshot yet, as any will have within a second.
pub(crate) fn a_second_later(db: &Database) -> Application {
    Application::new(db)
}

/// Asks for another address of the account, and answers the code that was mailed there.
pub(crate) async fn code_for_new_address(
    app: &Application,
    db: &Database,
    access: &str,
    address: &str,
) -> String {
    let asked = app
        .call(
            "PATCH",
            "/me",
            Some(access),
            Some(json!({"email": address})),
        )
        .await;
    assert_eq!(asked.status, 200, "{asked:?}");
    last_code(db, address).await
}

//! `/oauth2/sign-up`: the page where people make an account, on the way to a client.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use kit::{App, Context, FieldError, Problem};
use maud::html;

use super::pending::{Pending, Submission, Visit, hidden};
use super::verification::code_page;
use crate::api::registration::{RegistrationRequest, register};
use crate::oauth::cookies::Browser;
use crate::oauth::failure::Failure;
use crate::oauth::page::{BUSY, Page, Told, alert, new_password};
use crate::policy::Policy;

/// Shows the form.
///
/// Permissions: none.
#[utoipa::path(
    get,
    path = "/oauth2/sign-up",
    tag = "oauth2",
    params(("request" = String, Query, description = "The request that it is for")),
    responses((status = 200, description = "The page", content_type = "text/html")),
)]
pub(crate) async fn show(
    State(app): State<App>,
    policy: Policy,
    Visit { browser, pending }: Visit,
) -> Result<Response, Failure> {
    // What the client was told might be an address.
    let hint = pending.login_hint();
    let email = if hint.contains('@') { hint } else { "" };
    let page = form_page(policy, &browser, &pending, email, "", &[]);
    Ok(page.render(&app, Some(&browser)))
}

/// Registers an account, as `POST /api/v1/auth/register` does: an address that has one gets the same answer.
///
/// Permissions: none.
#[utoipa::path(
    post,
    path = "/oauth2/sign-up",
    tag = "oauth2",
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The page for the code that was mailed", content_type = "text/html"),
        (status = 403, description = "The form did not come from our page", content_type = "text/html"),
        (status = 409, description = "The page again: the username is taken", content_type = "text/html"),
        (status = 422, description = "The page again, with what is wrong", content_type = "text/html"),
        (status = 503, description = "The page again: too many passwords are being checked", content_type = "text/html"),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    policy: Policy,
    context: Context,
    Submission {
        browser,
        pending,
        form,
    }: Submission,
) -> Result<Response, Failure> {
    let field = |name: &str| form.get(name).unwrap_or_default();
    let (email, username) = (field("email").trim(), field("username").trim());
    let request = RegistrationRequest::of_form(email, username, field("password"));
    let registered = match request.check(policy) {
        Ok((email, username, password)) => {
            register(&app, &context, policy, email, username, &password).await
        }
        Err(problem) => Err(problem),
    };
    let page = match registered {
        Ok(_) => code_page(&browser, &pending, email, None),
        Err(problem) => {
            let wrong = told(problem)?;
            form_page(policy, &browser, &pending, email, username, &wrong.text).again(wrong)
        }
    };
    Ok(page.render(&app, Some(&browser)))
}

/// What a person is told of a problem that other words or a moment's patience solve; any other stays one.
fn told(problem: Problem) -> Result<Told<Vec<String>>, Failure> {
    let text = match problem.status() {
        StatusCode::UNPROCESSABLE_ENTITY => problem.errors().iter().map(sentence).collect(),
        StatusCode::CONFLICT => vec!["Somebody has this username; choose another.".to_owned()],
        StatusCode::SERVICE_UNAVAILABLE if problem.kind() == "unavailable" => {
            vec![BUSY.to_owned()]
        }
        _ => return Err(problem.into()),
    };
    Ok(Told { text, problem })
}

fn sentence(error: &FieldError) -> String {
    let what = match error.field.as_str() {
        "email" => "e-mail address",
        "username" => "username",
        _ => "password",
    };
    format!("The {what} {}.", error.message)
}

fn form_page(
    policy: Policy,
    browser: &Browser,
    pending: &Pending,
    email: &str,
    username: &str,
    wrong: &[String],
) -> Page {
    let body = html! {
        @for text in wrong { (alert(text)) }
        form method="post" action="/oauth2/sign-up" {
            (hidden(browser, &pending.name))
            label for="email" { "E-mail address" }
            input type="text" id="email" name="email" value=(email) inputmode="email" autocomplete="email"
                autocapitalize="none" spellcheck="false" required autofocus;
            label for="username" { "Username" }
            input type="text" id="username" name="username" value=(username) autocomplete="username"
                autocapitalize="none" spellcheck="false" minlength="3" maxlength="32" required;
            (new_password(policy, "password", "Password", false))
            div.actions { button type="submit" { "Create the account" } }
        }
        p.muted { a href=(pending.login()) { "I have an account" } }
    };
    Page::new("Create an account", body).leading_to(pending.redirect_uri())
}

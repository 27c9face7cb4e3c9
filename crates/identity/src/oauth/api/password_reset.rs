//! `/oauth2/password/reset`: the page where a mailed link lets somebody choose another password.
//!
//! The token is in the link's fragment, which browsers send to nobody: a script puts it into the form, or the reader does. It is the whole
//! credential, so a form from elsewhere could do no more than whoever sent it could do alone, and needs no cookie of ours.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use kit::{App, Context, Problem};
use maud::{Markup, html};

use crate::api::password::{UNKNOWN_LINK, replace};
use crate::domain::PasswordInput;
use crate::oauth::PASSWORD_RESET_PAGE;
use crate::oauth::failure::Failure;
use crate::oauth::page::{BUSY, Page, Told, alert, new_password};
use crate::oauth::parameters::PageForm;
use crate::oauth::script;
use crate::policy::Policy;

/// Shows the form.
///
/// Permissions: none.
#[utoipa::path(
    get,
    path = "/oauth2/password/reset",
    tag = "oauth2",
    responses((status = 200, description = "The page", content_type = "text/html")),
)]
pub(crate) async fn show(State(app): State<App>, policy: Policy) -> Response {
    form_page(policy, None, None)
        .running(script::PASSWORD_RESET)
        .render(&app, None)
}

/// Replaces a forgotten password, as `POST /api/v1/auth/password/reset` does, and says so to a person.
///
/// Permissions: none; the token is the credential.
#[utoipa::path(
    post,
    path = "/oauth2/password/reset",
    tag = "oauth2",
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "Replaced", content_type = "text/html"),
        (status = 422, description = "The page again, with what is wrong", content_type = "text/html"),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    policy: Policy,
    context: Context,
    PageForm(form): PageForm,
) -> Result<Response, Failure> {
    let token = form.get("token").unwrap_or_default().trim();
    let typed = PasswordInput::from(form.get("new_password").unwrap_or_default().to_owned());
    let page = match replace(&app, policy, &context, token, &typed).await {
        Ok(()) => Page::new("Your password is changed", done()),
        Err(problem) if problem.kind() == UNKNOWN_LINK => {
            Page::new("This link does not work", over()).status(StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(problem) => {
            let wrong = told(problem)?;
            form_page(policy, Some(token), Some(&wrong.text)).again(wrong)
        }
    };
    Ok(page.render(&app, None))
}

/// What a person is told of a problem that another password or a moment's patience solves; any other stays one.
fn told(problem: Problem) -> Result<Told<String>, Failure> {
    let text = match (problem.status(), problem.errors().first()) {
        (StatusCode::UNPROCESSABLE_ENTITY, Some(error)) => {
            format!("The password {}.", error.message)
        }
        (StatusCode::SERVICE_UNAVAILABLE, _) if problem.kind() == "unavailable" => BUSY.to_owned(),
        _ => return Err(problem.into()),
    };
    Ok(Told { text, problem })
}

/// The form; `token` if it is known already.
fn form_page(policy: Policy, token: Option<&str>, wrong: Option<&str>) -> Page {
    let body = html! {
        @if let Some(text) = wrong { (alert(text)) }
        form method="post" action=(PASSWORD_RESET_PAGE) {
            @match token {
                Some(token) => { input type="hidden" name="token" value=(token); }
                None => {
                    div id="link" {
                        label for="token" { "The part of the link after #" }
                        input type="text" id="token" name="token" autocomplete="off" autocapitalize="none"
                            spellcheck="false" required;
                    }
                }
            }
            (new_password(policy, "new_password", "New password", true))
            div.actions { button type="submit" { "Set the password" } }
        }
    };
    Page::new("Choose a new password", body)
}

fn done() -> Markup {
    html! {
        p { "Sign in with it where you want to go on. Whoever was signed in to your account is signed out, and its API keys are revoked." }
    }
}

fn over() -> Markup {
    html! {
        (alert("It was used before, has expired, or is not whole."))
        p { "Links are good for half an hour, once. Ask for another where you sign in, and open the newest mail." }
    }
}

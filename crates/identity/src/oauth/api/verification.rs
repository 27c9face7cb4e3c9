//! `/oauth2/verify`: the page where the code that was mailed proves an address, and signs in.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use kit::{App, Context};
use maud::html;

use super::login::{factor_page, signed_in, signed_in_with};
use super::pending::{Pending, Submission, Visit, hidden};
use crate::api::otp;
use crate::domain::{Email, OneTimeCode};
use crate::oauth::cookies::Browser;
use crate::oauth::failure::Failure;
use crate::oauth::page::{Page, alert};
use crate::sign_in::{Offer, Outcome};

/// Asks for the code.
///
/// Permissions: none.
#[utoipa::path(
    get,
    path = "/oauth2/verify",
    tag = "oauth2",
    params(("request" = String, Query, description = "The request that it is for")),
    responses((status = 200, description = "The page", content_type = "text/html")),
)]
pub(crate) async fn show(
    State(app): State<App>,
    Visit { browser, pending }: Visit,
) -> Result<Response, Failure> {
    Ok(code_page(&browser, &pending, "", None).render(&app, Some(&browser)))
}

/// Proves an address, as `POST /api/v1/auth/otp/verify` does, and signs the browser in.
///
/// Permissions: none; the code is the proof.
#[utoipa::path(
    post,
    path = "/oauth2/verify",
    tag = "oauth2",
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 303, description = "Signed in; on to what it was for"),
        (status = 200, description = "The page for the second factor, or about a password that is to be chosen", content_type = "text/html"),
        (status = 403, description = "The form did not come from our page", content_type = "text/html"),
        (status = 422, description = "The page again: the code is wrong", content_type = "text/html"),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    context: Context,
    Submission {
        browser,
        pending,
        form,
    }: Submission,
) -> Result<Response, Failure> {
    let typed = form.get("email").unwrap_or_default().trim();
    let code = form.get("code").and_then(OneTimeCode::parse);
    let offer = Offer::to(&context)?;
    let outcome = match (typed.parse::<Email>(), code) {
        (Ok(email), Some(code)) => otp::by_code(&app, &context, &email, &code, &offer).await?,
        _ => Outcome::Refused,
    };
    match outcome {
        Outcome::Opened {
            password_required: true,
            ..
        } => {
            let page = without_password(&browser, &pending, typed).render(&app, Some(&browser));
            signed_in_with(&app, &context, &browser, &offer, page).await
        }
        Outcome::Opened { .. } => signed_in(&app, &context, &browser, &pending, &offer).await,
        Outcome::MfaRequired { methods } => {
            let page = factor_page(&browser, &pending, offer.challenge.as_str(), &methods, None);
            Ok(page.render(&app, Some(&browser)))
        }
        Outcome::Refused | Outcome::Unverified | Outcome::Unknown => {
            let wrong = "The code is wrong, has expired, or was tried too often. Ask for another, or wait an hour.";
            let page = code_page(&browser, &pending, typed, Some(wrong));
            Ok(page
                .status(StatusCode::UNPROCESSABLE_ENTITY)
                .render(&app, Some(&browser)))
        }
    }
}

/// Asks for another code, as `POST /api/v1/auth/otp/resend` does. The same answer for every address.
///
/// Permissions: none.
#[utoipa::path(
    post,
    path = "/oauth2/verify/resend",
    tag = "oauth2",
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The page again", content_type = "text/html"),
        (status = 403, description = "The form did not come from our page", content_type = "text/html"),
    ),
)]
pub(crate) async fn resend(
    State(app): State<App>,
    context: Context,
    Submission {
        browser,
        pending,
        form,
    }: Submission,
) -> Result<Response, Failure> {
    let email = form.get("email").unwrap_or_default().trim();
    otp::ask_for_code(&app, &context, email).await?;
    let told = "If an account waits for this address, another code is on its way. Attempts are not given back.";
    Ok(code_page(&browser, &pending, email, Some(told)).render(&app, Some(&browser)))
}

/// The form for the code; `email` is empty if we do not know where it went.
pub(super) fn code_page(
    browser: &Browser,
    pending: &Pending,
    email: &str,
    told: Option<&str>,
) -> Page {
    let body = html! {
        @if let Some(text) = told { (alert(text)) }
        @if told.is_none() && !email.is_empty() {
            p { "We mailed a code to " strong { (email) } ". It is good for ten minutes." }
        }
        form method="post" action="/oauth2/verify" {
            (hidden(browser, &pending.name))
            label for="email" { "E-mail address" }
            input type="text" id="email" name="email" value=(email) inputmode="email" autocomplete="email"
                autocapitalize="none" spellcheck="false" required autofocus[email.is_empty()];
            label for="code" { "Code" }
            input.code type="text" id="code" name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="20"
                spellcheck="false" required autofocus[!email.is_empty()];
            div.actions { button type="submit" { "Verify" } }
        }
        @if !email.is_empty() {
            form.also method="post" action="/oauth2/verify/resend" {
                (hidden(browser, &pending.name))
                input type="hidden" name="email" value=(email);
                div.actions { button.second type="submit" { "Mail another code" } }
            }
        }
        p.muted { a href=(pending.login()) { "Sign in" } }
    };
    Page::new("Verify your e-mail address", body).leading_to(pending.redirect_uri())
}

/// For whose password a code of the mailbox did not confirm: signed in, and none is left.
fn without_password(browser: &Browser, pending: &Pending, email: &str) -> Page {
    let body = html! {
        p { "Your address is verified. Somebody else may have registered with it, or asked for the code, so no password was kept." }
        form method="post" action="/oauth2/password/forgot" {
            (hidden(browser, &pending.name))
            input type="hidden" name="email" value=(email);
            div.actions { button type="submit" { "Mail me a link to choose one" } }
        }
        p.muted { a href=(pending.way_on()) { "Go on without" } }
    };
    Page::new("Choose a password", body).leading_to(pending.redirect_uri())
}

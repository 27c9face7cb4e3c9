//! `/oauth2/login`: the page where people sign in, with their second factor if they have one.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use kit::{App, Context, Problem};
use maud::{Markup, html};

use super::authorize::over;
use super::pending::{Pending, Submission, Visit, hidden};
use super::verification::code_page;
use crate::api::login::{Method, by_password, by_second_factor};
use crate::api::passkey;
use crate::domain::{LoginName, OpaqueToken, PasswordInput, TokenKind};
use crate::oauth::cookies::{self, Browser};
use crate::oauth::failure::Failure;
use crate::oauth::method::refuse_head;
use crate::oauth::page::{self, BUSY, Page, Told, alert};
use crate::oauth::parameters::Parameters;
use crate::oauth::store::session::{self, Attached};
use crate::policy::Policy;
use crate::random;
use crate::sign_in::{Offer, Outcome};

/// Shows the login.
///
/// Permissions: none.
#[utoipa::path(
    get,
    path = "/oauth2/login",
    tag = "oauth2",
    params(("request" = String, Query, description = "The request that it is for")),
    responses((status = 200, description = "The page", content_type = "text/html")),
)]
pub(crate) async fn show(
    State(app): State<App>,
    Visit { browser, pending }: Visit,
) -> Result<Response, Failure> {
    let hint = pending.login_hint().to_owned();
    let page = login_page(&app, &browser, &pending, &hint, None).await?;
    Ok(page.render(&app, Some(&browser)))
}

/// Signs in with a password.
///
/// Permissions: none; the password is the proof.
#[utoipa::path(
    post,
    path = "/oauth2/login",
    tag = "oauth2",
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 303, description = "Signed in; on to what it was for"),
        (status = 200, description = "The page for the second factor", content_type = "text/html"),
        (status = 403, description = "The form did not come from our page", content_type = "text/html"),
        (status = 422, description = "The page again, with what is wrong", content_type = "text/html"),
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
    let typed = form.get("login").unwrap_or_default();
    let password = PasswordInput::from(form.get("password").unwrap_or_default().to_owned());
    let offer = Offer::to(&context)?;
    let outcome = by_password(
        &app,
        &context,
        policy,
        &LoginName::parse(typed),
        &password,
        &offer,
    )
    .await;
    let wrong = match outcome {
        Ok(Outcome::MfaRequired { methods }) => {
            let page = factor_page(&browser, &pending, offer.challenge.as_str(), &methods, None);
            return Ok(page.render(&app, Some(&browser)));
        }
        Ok(Outcome::Opened { .. }) => {
            return signed_in(&app, &context, &browser, &pending, &offer).await;
        }
        Ok(Outcome::Unverified) => return Ok(unverified(&app, &browser, &pending)),
        Ok(Outcome::Refused | Outcome::Unknown) => {
            Told::wrong("Nobody has that name and that password.")
        }
        Err(problem) => told(problem)?,
    };
    let page = login_page(&app, &browser, &pending, typed, Some(wrong.text)).await?;
    Ok(page.again(wrong).render(&app, Some(&browser)))
}

/// Takes the second factor.
///
/// Permissions: none; the code is the proof.
#[utoipa::path(
    post,
    path = "/oauth2/login/mfa",
    tag = "oauth2",
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 303, description = "Signed in; on to what it was for"),
        (status = 403, description = "The form did not come from our page", content_type = "text/html"),
        (status = 422, description = "The page again, with what is wrong", content_type = "text/html"),
    ),
)]
pub(crate) async fn create_mfa(
    State(app): State<App>,
    context: Context,
    Submission {
        browser,
        pending,
        form,
    }: Submission,
) -> Result<Response, Failure> {
    let token = form.get("mfa_token").unwrap_or_default();
    let Some(challenge) = OpaqueToken::parse(TokenKind::SecondFactor, token) else {
        return too_late(&app, &browser, &pending).await;
    };
    let recovery = form.get("method") == Some("recovery_code");
    let method = if recovery {
        Method::RecoveryCode
    } else {
        Method::Totp
    };
    let code = form.get("code").unwrap_or_default().trim();
    let offer = Offer::to(&context)?;
    let wrong = match by_second_factor(&app, &context, &challenge, method, code, &offer).await {
        Ok(Outcome::Opened { .. }) => {
            return signed_in(&app, &context, &browser, &pending, &offer).await;
        }
        Ok(Outcome::Unknown) => return too_late(&app, &browser, &pending).await,
        Ok(Outcome::Refused | Outcome::Unverified | Outcome::MfaRequired { .. }) => {
            Told::wrong("The code is wrong, or was used before; wait for the next one.")
        }
        Err(problem) => told(problem)?,
    };
    let methods = methods_of(&form);
    let page = factor_page(&browser, &pending, token, &methods, Some(wrong.text));
    Ok(page.again(wrong).render(&app, Some(&browser)))
}

/// The ways to show a second factor, as the page before had them.
pub(super) fn methods_of(form: &Parameters) -> Vec<String> {
    form.get("methods")
        .unwrap_or_default()
        .split_ascii_whitespace()
        .map(str::to_owned)
        .collect()
}

/// The login again, for a second factor that was owed and is not any more.
pub(super) async fn too_late(
    app: &App,
    browser: &Browser,
    pending: &Pending,
) -> Result<Response, Failure> {
    let text = "That took too long, or too many codes were wrong. Sign in again.";
    let page = login_page(app, browser, pending, "", Some(text)).await?;
    Ok(page
        .status(StatusCode::UNPROCESSABLE_ENTITY)
        .render(app, Some(browser)))
}

/// The page for the code, for who was right about all else.
pub(super) fn unverified(app: &App, browser: &Browser, pending: &Pending) -> Response {
    let text =
        "Your e-mail address is not verified yet. Enter it, and the code that we mailed you.";
    code_page(browser, pending, "", Some(text))
        .status(StatusCode::UNPROCESSABLE_ENTITY)
        .render(app, Some(browser))
}

/// What a person is told of a problem that will pass; any other stays one.
pub(super) fn told(problem: Problem) -> Result<Told<&'static str>, Failure> {
    match problem.status() {
        StatusCode::TOO_MANY_REQUESTS => Ok(Told {
            text: "Too many wrong attempts. Wait a little before you try again.",
            problem,
        }),
        StatusCode::SERVICE_UNAVAILABLE => Ok(Told {
            text: BUSY,
            problem,
        }),
        _ => Err(problem.into()),
    }
}

/// Gives the browser a new cookie and goes on.
pub(super) async fn signed_in(
    app: &App,
    context: &Context,
    browser: &Browser,
    pending: &Pending,
    offer: &Offer,
) -> Result<Response, Failure> {
    // By GET, which the browser does with its new cookie.
    let on = page::see_other(&pending.way_on());
    signed_in_with(app, context, browser, offer, on).await
}

/// Gives the browser a new cookie with this answer.
pub(super) async fn signed_in_with(
    app: &App,
    context: &Context,
    browser: &Browser,
    offer: &Offer,
    mut response: Response,
) -> Result<Response, Failure> {
    let cookie = random::token(TokenKind::Session)?;
    let previous = browser.session();
    let attached = session::attach(
        app.db(),
        context,
        offer.session,
        &cookie.hash(),
        previous.as_ref(),
    )
    .await?;
    match attached {
        Attached::Attached => cookies::sign_in(app, response.headers_mut(), &cookie),
        Attached::Refused => return Ok(over(app)),
    }
    Ok(response)
}

/// `GET /oauth2/continue`: on, once somebody has signed in.
pub(crate) async fn go_on(
    State(app): State<App>,
    method: http::Method,
    context: Context,
    Visit { browser, pending }: Visit,
) -> Result<Response, Failure> {
    refuse_head(&method, "GET")?;
    pending.go_on(&app, &context, &browser, false).await
}

pub(super) async fn login_page(
    app: &App,
    browser: &Browser,
    pending: &Pending,
    typed: &str,
    wrong: Option<&str>,
) -> Result<Page, Failure> {
    let client = pending.client_name(app).await?;
    let body = html! {
        @if let Some(text) = wrong { (alert(text)) }
        @if let Some(name) = &client { p { "to go on to " strong { (name) } } }
        form method="post" action="/oauth2/login" {
            (hidden(browser, &pending.name))
            label for="login" { "E-mail address or username" }
            input type="text" id="login" name="login" value=(typed) autocomplete="username webauthn"
                autocapitalize="none" spellcheck="false" required autofocus[typed.is_empty()];
            label for="password" { "Password" }
            input type="password" id="password" name="password" autocomplete="current-password" required
                autofocus[!typed.is_empty()];
            div.actions { button type="submit" { "Sign in" } }
        }
        @if passkey::are_possible(app) { (passkey_form(browser, &pending.name, None)) }
        p.muted.links {
            a href=(format!("/oauth2/password/forgot?request={}", pending.name)) { "Forgot your password?" }
            a href=(format!("/oauth2/sign-up?request={}", pending.name)) { "Create an account" }
        }
    };
    Ok(Page::new("Sign in", body).leading_to(pending.redirect_uri()))
}

pub(super) fn factor_page(
    browser: &Browser,
    pending: &Pending,
    challenge: &str,
    methods: &[String],
    wrong: Option<&str>,
) -> Page {
    let has = |method: &str| methods.iter().any(|had| had == method);
    let body = html! {
        @if let Some(text) = wrong { (alert(text)) }
        @if has("passkey") { (passkey_form(browser, &pending.name, Some((challenge, methods)))) }
        @if has("totp") || has("recovery_code") {
            form method="post" action="/oauth2/login/mfa" {
                (hidden(browser, &pending.name))
                (owed(challenge, methods))
                @if has("totp") && has("recovery_code") {
                    fieldset {
                        legend { "Your second factor" }
                        label.choice { input type="radio" name="method" value="totp" checked; "A code of your authenticator app" }
                        label.choice { input type="radio" name="method" value="recovery_code"; "A recovery code" }
                    }
                } @else if has("recovery_code") {
                    input type="hidden" name="method" value="recovery_code";
                    p { "Enter one of your recovery codes." }
                } @else {
                    input type="hidden" name="method" value="totp";
                    p { "Enter the code that your authenticator app shows." }
                }
                label for="code" { "Code" }
                input.code type="text" id="code" name="code" autocomplete="one-time-code" autocapitalize="none"
                    spellcheck="false" required autofocus;
                div.actions { button type="submit" { "Go on" } }
            }
        }
    };
    Page::new("One more step", body).leading_to(pending.redirect_uri())
}

/// What the forms of a second factor have besides: the login that owes it.
pub(super) fn owed(challenge: &str, methods: &[String]) -> Markup {
    html! {
        input type="hidden" name="mfa_token" value=(challenge);
        input type="hidden" name="methods" value=(methods.join(" "));
    }
}

/// The way to the page that asks for a passkey; `second` where one is owed.
fn passkey_form(browser: &Browser, about: &str, second: Option<(&str, &[String])>) -> Markup {
    html! {
        form.also method="post" action="/oauth2/login/passkey" {
            (hidden(browser, about))
            @if let Some((challenge, methods)) = second { (owed(challenge, methods)) }
            div.actions {
                button.second type="submit" {
                    @if second.is_some() { "Use your passkey" } @else { "Sign in with a passkey" }
                }
            }
        }
    }
}

//! `/oauth2/login/passkey`: the page that asks for a passkey, as the first factor or the second. The one that needs a script: browsers
//! give passkeys to nothing else. The script asks nobody but the browser, and sends what it got with the page's form.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use kit::{App, Context};
use maud::html;
use uuid::Uuid;

use super::login::{
    factor_page, login_page, methods_of, owed, signed_in, told, too_late, unverified,
};
use super::pending::{Pending, Submission, hidden};
use crate::api::passkey::CeremonyAnswer;
use crate::api::passkey_login::{LoginCredential, begin_login, by_passkey};
use crate::domain::{OpaqueToken, TokenKind};
use crate::oauth::cookies::Browser;
use crate::oauth::failure::Failure;
use crate::oauth::page::{Page, Told, alert};
use crate::oauth::parameters::Parameters;
use crate::oauth::script;
use crate::policy::Policy;
use crate::sign_in::{Offer, Outcome};

const REFUSED: &str = "The passkey does not sign in here.";

/// A login that owes its second factor: its token, and the ways to show one.
type Second<'a> = Option<(&'a str, &'a [String])>;

/// Asks for a passkey.
///
/// Permissions: none.
#[utoipa::path(
    post,
    path = "/oauth2/login/passkey",
    tag = "oauth2",
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The page that asks the browser", content_type = "text/html"),
        (status = 403, description = "The form did not come from our page", content_type = "text/html"),
        (status = 422, description = "The login again: it took too long", content_type = "text/html"),
        (status = 429, description = "The page again: too many wrong codes", content_type = "text/html"),
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
    let methods = methods_of(&form);
    let second = second_of(&form, &methods);
    let challenge = match second {
        Some((token, _)) => match OpaqueToken::parse(TokenKind::SecondFactor, token) {
            Some(challenge) => Some(challenge),
            None => return too_late(&app, &browser, &pending).await,
        },
        None => None,
    };
    match begin_login(&app, &context, challenge.as_ref()).await {
        Ok(begun) => Ok(ask_page(&browser, &pending, second, &begun).render(&app, Some(&browser))),
        Err(problem) if problem.status() == StatusCode::UNAUTHORIZED => {
            too_late(&app, &browser, &pending).await
        }
        Err(problem) => {
            let wrong = told(problem)?;
            again(&app, &browser, &pending, second, wrong).await
        }
    }
}

/// Signs in with a passkey.
///
/// Permissions: none; the passkey is the credential.
#[utoipa::path(
    post,
    path = "/oauth2/login/passkey/finish",
    tag = "oauth2",
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 303, description = "Signed in; on to what it was for"),
        (status = 403, description = "The form did not come from our page", content_type = "text/html"),
        (status = 422, description = "The page before, with what is wrong", content_type = "text/html"),
    ),
)]
pub(crate) async fn finish(
    State(app): State<App>,
    policy: Policy,
    context: Context,
    Submission {
        browser,
        pending,
        form,
    }: Submission,
) -> Result<Response, Failure> {
    let ceremony = form
        .get("ceremony")
        .and_then(|text| text.parse::<Uuid>().ok());
    let credential = form
        .get("credential")
        .and_then(|text| serde_json::from_str::<LoginCredential>(text).ok());
    let offer = Offer::to(&context)?;
    let outcome = match (ceremony, credential) {
        (Some(ceremony), Some(credential)) => {
            by_passkey(&app, &context, policy, ceremony, credential, &offer).await
        }
        _ => Ok(Outcome::Refused),
    };
    let wrong = match outcome {
        Ok(Outcome::Opened { .. }) => {
            return signed_in(&app, &context, &browser, &pending, &offer).await;
        }
        Ok(Outcome::Unverified) => return Ok(unverified(&app, &browser, &pending)),
        Ok(Outcome::Unknown) => return too_late(&app, &browser, &pending).await,
        Ok(Outcome::Refused | Outcome::MfaRequired { .. }) => Told::wrong(REFUSED),
        Err(problem) if problem.status() == StatusCode::UNAUTHORIZED => Told::wrong(REFUSED),
        Err(problem) => told(problem)?,
    };
    let methods = methods_of(&form);
    let second = second_of(&form, &methods);
    again(&app, &browser, &pending, second, wrong).await
}

fn second_of<'a>(form: &'a Parameters, methods: &'a [String]) -> Second<'a> {
    form.get("mfa_token").map(|token| (token, methods))
}

/// The page that led here, with what is wrong.
async fn again(
    app: &App,
    browser: &Browser,
    pending: &Pending,
    second: Second<'_>,
    wrong: Told<&str>,
) -> Result<Response, Failure> {
    let text = Some(wrong.text);
    let page = match second {
        Some((token, methods)) => factor_page(browser, pending, token, methods, text),
        None => login_page(app, browser, pending, pending.login_hint(), text).await?,
    };
    Ok(page.again(wrong).render(app, Some(browser)))
}

fn ask_page(
    browser: &Browser,
    pending: &Pending,
    second: Second<'_>,
    begun: &CeremonyAnswer,
) -> Page {
    let body = html! {
        noscript { (alert("Browsers give passkeys to scripts alone, and yours runs none here. Sign in another way.")) }
        p.alert id="failed" role="alert" hidden { "Your browser gave no passkey. Ask again, or sign in another way." }
        p { "Your browser or your device asks for your passkey now." }
        form id="passkey" method="post" action="/oauth2/login/passkey/finish" data-options=(begun.options.to_string()) {
            (hidden(browser, &pending.name))
            @if let Some((token, methods)) = second { (owed(token, methods)) }
            input type="hidden" name="ceremony" value=(begun.ceremony.to_string());
            input type="hidden" name="credential";
            div.actions { button type="submit" hidden { "Ask again" } }
        }
        p.muted { a href=(pending.login()) { "Sign in another way" } }
    };
    Page::new("Use your passkey", body)
        .leading_to(pending.redirect_uri())
        .running(script::PASSKEY)
}

//! `/oauth2/login`: the page where people sign in, with their second factor if they have one.

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use kit::{App, Context, Problem, Query};
use maud::{Markup, html};
use serde::Deserialize;

use super::authorize::{Errand, KeptRequest, over, proceed};
use crate::api::login::{Method, by_password, by_second_factor};
use crate::domain::{Hash, LoginName, OpaqueToken, PasswordInput, TokenKind};
use crate::oauth::cookies::{self, Browser};
use crate::oauth::failure::Failure;
use crate::oauth::origin;
use crate::oauth::page::{self, Page, alert};
use crate::oauth::parameters::{Form, Parameters};
use crate::oauth::store::client;
use crate::oauth::store::request::{self, Kept};
use crate::oauth::store::session::{self, Attached};
use crate::policy::Policy;
use crate::random;
use crate::sign_in::{Offer, Outcome};

/// Which request it is about.
#[derive(Deserialize)]
pub(crate) struct About {
    #[serde(default)]
    pub(crate) request: String,
}

/// A kept request with its name, of this browser.
pub(crate) struct Pending {
    pub(crate) name: String,
    pub(crate) hash: Hash,
    pub(crate) kept: Kept<Errand>,
}

impl Pending {
    /// The request of this name, if this browser has begun with it.
    pub(crate) async fn find(
        app: &App,
        browser: &Browser,
        name: &str,
    ) -> Result<Option<Self>, Failure> {
        let Some(hash) = OpaqueToken::parse(TokenKind::Request, name).map(|name| name.hash())
        else {
            return Ok(None);
        };
        let kept = request::find(app.db(), &hash, &browser.hash()).await?;
        Ok(kept.map(|kept| Self {
            name: name.to_owned(),
            hash,
            kept,
        }))
    }

    fn redirect_uri(&self) -> Option<&str> {
        match &self.kept.parameters {
            Errand::Authorize(request) => Some(&request.redirect_uri),
            Errand::Device { .. } => None,
        }
    }

    fn login_hint(&self) -> &str {
        match &self.kept.parameters {
            Errand::Authorize(request) => request.login_hint.as_deref().unwrap_or_default(),
            Errand::Device { .. } => "",
        }
    }

    async fn client_name(&self, app: &App) -> Result<Option<String>, Failure> {
        let Some(id) = &self.kept.client_id else {
            return Ok(None);
        };
        Ok(client::find(app.db(), id)
            .await?
            .map(|client| client.client_name))
    }

    /// Goes on with what somebody was on the way to.
    pub(crate) async fn go_on(
        &self,
        app: &App,
        context: &Context,
        browser: &Browser,
        agreed: bool,
    ) -> Result<Response, Failure> {
        match (&self.kept.parameters, &self.kept.client_id) {
            (Errand::Authorize(request), Some(id)) => {
                let Some(client) = client::find(app.db(), id).await? else {
                    return Ok(over(app));
                };
                let kept = KeptRequest {
                    name: &self.name,
                    hash: &self.hash,
                    begun_at_ms: self.kept.begun_at_ms,
                };
                proceed(app, context, browser, &client, request, Some(kept), agreed).await
            }
            (Errand::Device { user_code }, _) => Ok(page::see_other(&match user_code {
                Some(code) => format!("/oauth2/device?user_code={code}"),
                None => "/oauth2/device".to_owned(),
            })),
            (Errand::Authorize(_), None) => Ok(over(app)),
        }
    }
}

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
    headers: HeaderMap,
    Query(about): Query<About>,
) -> Result<Response, Failure> {
    let browser = Browser::of(&app, &headers)?;
    let Some(pending) = Pending::find(&app, &browser, &about.request).await? else {
        return Ok(over(&app));
    };
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
    headers: HeaderMap,
    Form(form): Form,
) -> Result<Response, Failure> {
    let browser = Browser::of(&app, &headers)?;
    let pending = match of_form(&app, &browser, &headers, &form).await? {
        Ok(pending) => pending,
        Err(response) => return Ok(response),
    };
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
    let (status, wrong) = match outcome {
        Ok(Outcome::MfaRequired { methods }) => {
            let page = factor_page(&browser, &pending, offer.challenge.as_str(), &methods, None);
            return Ok(page.render(&app, Some(&browser)));
        }
        Ok(Outcome::Opened { .. }) => {
            return signed_in(&app, &context, &browser, &pending, &offer).await;
        }
        Ok(Outcome::Unverified) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "Your e-mail address is not verified yet. Enter the code that we mailed you, then sign in.".to_owned(),
        ),
        Ok(Outcome::Refused | Outcome::Unknown) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "Nobody has that name and that password.".to_owned(),
        ),
        Err(problem) => told(problem)?,
    };
    let page = login_page(&app, &browser, &pending, typed, Some(&wrong)).await?;
    Ok(page.status(status).render(&app, Some(&browser)))
}

/// Shows the second factor.
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
    headers: HeaderMap,
    Form(form): Form,
) -> Result<Response, Failure> {
    let browser = Browser::of(&app, &headers)?;
    let pending = match of_form(&app, &browser, &headers, &form).await? {
        Ok(pending) => pending,
        Err(response) => return Ok(response),
    };
    let too_late = async || {
        let text = "That took too long, or too many codes were wrong. Sign in again.";
        let page = login_page(&app, &browser, &pending, "", Some(text)).await?;
        Ok(page
            .status(StatusCode::UNPROCESSABLE_ENTITY)
            .render(&app, Some(&browser)))
    };
    let token = form.get("mfa_token").unwrap_or_default();
    let Some(challenge) = OpaqueToken::parse(TokenKind::SecondFactor, token) else {
        return too_late().await;
    };
    let recovery = form.get("method") == Some("recovery_code");
    let method = if recovery {
        Method::RecoveryCode
    } else {
        Method::Totp
    };
    let code = form.get("code").unwrap_or_default().trim();
    let offer = Offer::to(&context)?;
    let (status, wrong) =
        match by_second_factor(&app, &context, &challenge, method, code, &offer).await {
            Ok(Outcome::Opened { .. }) => {
                return signed_in(&app, &context, &browser, &pending, &offer).await;
            }
            Ok(Outcome::Unknown) => return too_late().await,
            Ok(Outcome::Refused | Outcome::Unverified | Outcome::MfaRequired { .. }) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "The code is wrong, or was used before; wait for the next one.".to_owned(),
            ),
            Err(problem) => told(problem)?,
        };
    let methods: Vec<String> = form
        .get("methods")
        .unwrap_or_default()
        .split_ascii_whitespace()
        .map(str::to_owned)
        .collect();
    let page = factor_page(&browser, &pending, token, &methods, Some(&wrong));
    Ok(page.status(status).render(&app, Some(&browser)))
}

/// What a person is told of a problem that will pass; any other stays one.
fn told(problem: Problem) -> Result<(StatusCode, String), Failure> {
    match problem.status() {
        status @ StatusCode::TOO_MANY_REQUESTS => Ok((
            status,
            "Too many wrong attempts. Wait a little before you try again.".to_owned(),
        )),
        status @ StatusCode::SERVICE_UNAVAILABLE => Ok((
            status,
            "Many people are signing in right now. Try again in a moment.".to_owned(),
        )),
        _ => Err(problem.into()),
    }
}

/// The request that a form is about, if the form came from our page in this browser.
async fn of_form(
    app: &App,
    browser: &Browser,
    headers: &HeaderMap,
    form: &Parameters,
) -> Result<Result<Pending, Response>, Failure> {
    let name = form.get("request").unwrap_or_default();
    if !origin::is_ours(app, headers) || !origin::token_fits(browser, name, form) {
        return Ok(Err(origin::refuse(app)));
    }
    Ok(Pending::find(app, browser, name)
        .await?
        .ok_or_else(|| over(app)))
}

/// Gives the browser a new cookie and goes on.
async fn signed_in(
    app: &App,
    context: &Context,
    browser: &Browser,
    pending: &Pending,
    offer: &Offer,
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
    let mut response = match attached {
        // By GET, which the browser does with its new cookie.
        Attached::Attached => {
            page::see_other(&format!("/oauth2/continue?request={}", pending.name))
        }
        Attached::Refused => over(app),
    };
    cookies::sign_in(app, response.headers_mut(), &cookie);
    Ok(response)
}

/// `GET /oauth2/continue`: on, once somebody has signed in.
pub(crate) async fn go_on(
    State(app): State<App>,
    context: Context,
    headers: HeaderMap,
    Query(about): Query<About>,
) -> Result<Response, Failure> {
    let browser = Browser::of(&app, &headers)?;
    match Pending::find(&app, &browser, &about.request).await? {
        Some(pending) => pending.go_on(&app, &context, &browser, false).await,
        None => Ok(over(&app)),
    }
}

async fn login_page(
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
    };
    Ok(Page::new("Sign in", body).leading_to(pending.redirect_uri()))
}

fn factor_page(
    browser: &Browser,
    pending: &Pending,
    challenge: &str,
    methods: &[String],
    wrong: Option<&str>,
) -> Page {
    let has = |method: &str| methods.iter().any(|had| had == method);
    let body = html! {
        @if let Some(text) = wrong { (alert(text)) }
        @if !has("totp") && !has("recovery_code") {
            p { "Your second factor is a passkey, which this page cannot ask for. Set up an authenticator app too, or keep recovery codes." }
        } @else {
            form method="post" action="/oauth2/login/mfa" {
                (hidden(browser, &pending.name))
                input type="hidden" name="mfa_token" value=(challenge);
                input type="hidden" name="methods" value=(methods.join(" "));
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

fn hidden(browser: &Browser, about: &str) -> Markup {
    html! {
        input type="hidden" name="request" value=(about);
        input type="hidden" name="token" value=(browser.form_token(about));
    }
}

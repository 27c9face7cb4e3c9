//! Devices without a keyboard (RFC 8628): `POST /oauth2/device_authorization` for them, `/oauth2/device` for their people.

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use kit::{App, Context, Problem, id};
use maud::html;
use serde::Serialize;

use super::authorize::{Errand, known_resources};
use super::consent::{how_long, scope_list, session_of, way_out, who_is_asking};
use crate::domain::TokenKind;
use crate::oauth::client_authentication::authenticate;
use crate::oauth::cookies::Browser;
use crate::oauth::domain::{GrantType, Scopes, UserCode};
use crate::oauth::failure::{ErrorDocument, Failure, OAuthError};
use crate::oauth::method::refuse_head;
use crate::oauth::next_step::acr;
use crate::oauth::page::{self, Page, Told, alert};
use crate::oauth::parameters::{Form, PageForm, Parameters};
use crate::oauth::store::device::{
    self, BegunDevice, DecidedDevice, FoundDevice, NewDevice, WaitingDevice,
};
use crate::oauth::store::request;
use crate::oauth::store::session::BrowserSession;
use crate::oauth::{dpop, issue, origin};
use crate::random;

const PATH: &str = "/oauth2/device_authorization";
/// How long a person may take, seconds.
const EXPIRES_IN: i64 = 600;
/// Seconds between two polls.
const INTERVAL: i32 = 5;
/// How often another user code is tried when one is taken: one in 25 billion is.
const ATTEMPTS: usize = 3;
/// What the forms of the device pages are about.
const ABOUT: &str = "device";

/// What a device shows, and what it polls with.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct DeviceAuthorization {
    device_code: String,
    /// For the person to type.
    #[schema(example = "BCDF-GHJK")]
    user_code: String,
    verification_uri: String,
    /// The same with the code in it, for a QR code.
    verification_uri_complete: String,
    /// Seconds.
    expires_in: i64,
    /// Seconds between two polls.
    interval: i32,
}

/// Begins the authorization of a device.
///
/// Permissions: none; the client authenticates.
#[utoipa::path(
    post,
    path = "/oauth2/device_authorization",
    tag = "oauth2",
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The codes", body = DeviceAuthorization),
        (status = 400, description = "RFC 6749 section 5.2", body = ErrorDocument),
        (status = 401, description = "The client has not proved who it is", body = ErrorDocument),
    ),
)]
pub(crate) async fn authorize(
    State(app): State<App>,
    headers: HeaderMap,
    Form(form): Form,
) -> Result<Response, Failure> {
    let client = authenticate(&app, &headers, &form, PATH).await?;
    if !client.may(GrantType::DeviceCode) {
        return Err(OAuthError::new(
            "unauthorized_client",
            "the client is not registered for device codes",
        )
        .into());
    }
    let scopes = Scopes::parse(form.get("scope").unwrap_or_default());
    if scopes.is_empty() || !scopes.is_within(&client.scope) {
        return Err(OAuthError::new(
            "invalid_scope",
            "the client is not registered for this scope",
        )
        .into());
    }
    known_resources(&app, &form.resources).await??;
    issue::audience_of(&app, &scopes, &form.resources)?;
    let possession = dpop::possession(&app, &headers, PATH).await?;
    for _ in 0..ATTEMPTS {
        let secret = random::token(TokenKind::Device)?;
        let user_code = random::user_code()?;
        let new = NewDevice {
            device: secret.hash(),
            user_code: &user_code,
            client: &client.client_id,
            scopes: scopes.clone(),
            resources: form.resources.clone(),
            jkt: possession
                .as_ref()
                .map(|possession| possession.jkt.as_str()),
            poll_every: INTERVAL,
            seconds: EXPIRES_IN,
        };
        if let BegunDevice::Taken = device::begin(app.db(), new).await? {
            continue;
        }
        let page = format!("{}/device", app.config().issuer());
        let mut response = axum::Json(DeviceAuthorization {
            device_code: secret.as_str().to_owned(),
            verification_uri_complete: format!("{page}?user_code={user_code}"),
            user_code: user_code.to_string(),
            verification_uri: page,
            expires_in: EXPIRES_IN,
            interval: INTERVAL,
        })
        .into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(possession) = &possession {
            possession.mark(headers);
        }
        return Ok(response);
    }
    Err(Problem::unavailable("A user code").into())
}

/// Asks for the code that a device shows.
///
/// Permissions: none; whoever is signed in with this browser decides.
#[utoipa::path(
    get,
    path = "/oauth2/device",
    tag = "oauth2",
    params(("user_code" = Option<String>, Query, description = "What the device shows")),
    responses(
        (status = 200, description = "The page", content_type = "text/html"),
        (status = 303, description = "To the login"),
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    method: Method,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    refuse_head(&method, "GET, POST")?;
    let browser = Browser::of(&app, &headers)?;
    let parameters = Parameters::parse(query.unwrap_or_default().as_bytes());
    let code = parameters.get("user_code").and_then(UserCode::parse);
    let Some(session) = session_of(&app, &browser).await? else {
        return sign_in_first(&app, &browser, code).await;
    };
    let shown = code.map_or(String::new(), |code| code.to_string());
    Ok(code_page(&browser, &session, &shown, None).render(&app, Some(&browser)))
}

async fn sign_in_first(
    app: &App,
    browser: &Browser,
    code: Option<UserCode>,
) -> Result<Response, Failure> {
    let name = random::token(TokenKind::Request)?;
    let errand = Errand::Device {
        user_code: code.map(|code| code.to_string()),
    };
    request::keep(
        app.db(),
        &name.hash(),
        None,
        &errand,
        Some(&browser.hash()),
        EXPIRES_IN,
    )
    .await?;
    let mut response = page::see_other(&format!("/oauth2/login?request={}", name.as_str()));
    browser.mark(app, response.headers_mut());
    Ok(response)
}

/// Shows which device it is, or takes the decision.
///
/// Permissions: none; whoever is signed in with this browser decides.
#[utoipa::path(
    post,
    path = "/oauth2/device",
    tag = "oauth2",
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The question, or that it is decided", content_type = "text/html"),
        (status = 403, description = "The form did not come from our page", content_type = "text/html"),
        (status = 422, description = "The page again: no device shows this code", content_type = "text/html"),
        (status = 429, description = "Too many wrong codes", content_type = "text/html"),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    context: Context,
    headers: HeaderMap,
    PageForm(form): PageForm,
) -> Result<Response, Failure> {
    let browser = Browser::of(&app, &headers)?;
    let typed = form.get("user_code").unwrap_or_default();
    let code = UserCode::parse(typed);
    if !origin::is_ours(&app, &headers) {
        return Ok(origin::refuse(&app));
    }
    let Some(session) = session_of(&app, &browser).await? else {
        return sign_in_first(&app, &browser, code).await;
    };
    if !origin::token_fits(&browser, &about(&session), &form) {
        return Ok(origin::refuse(&app));
    }
    if let (Some(code), Some(decision)) = (&code, form.get("decision")) {
        return decide(
            &app,
            &context,
            &browser,
            &session,
            code,
            decision == "allow",
        )
        .await;
    }
    // What can't be a code is looked for as one that nobody has: it counts like any wrong one.
    let wanted = code.as_ref().map_or("", UserCode::as_str);
    let wrong = match device::find(app.db(), session.account, wanted).await? {
        FoundDevice::Waiting(device) => {
            return Ok(
                question_page(&browser, &session, &device, typed).render(&app, Some(&browser))
            );
        }
        FoundDevice::Unknown => Told::wrong("No device shows this code, or its time is over."),
        FoundDevice::Limited => limited(),
    };
    let page = code_page(&browser, &session, typed, Some(wrong.text)).again(wrong);
    Ok(page.render(&app, Some(&browser)))
}

async fn decide(
    app: &App,
    context: &Context,
    browser: &Browser,
    session: &BrowserSession,
    code: &UserCode,
    allow: bool,
) -> Result<Response, Failure> {
    let decided = device::decide(
        app.db(),
        context,
        session.session,
        code,
        allow,
        id::new(),
        acr(&session.amr),
    )
    .await?;
    let page = match decided {
        DecidedDevice::Decided if allow => Page::new(
            "Your device is connected",
            html! { p { "You can close this page and go on on your device." } },
        ),
        DecidedDevice::Decided => Page::new(
            "Your device was not connected",
            html! { p { "Nothing was shared. You can close this page." } },
        ),
        DecidedDevice::Unknown => {
            let wrong = Told::wrong("The time of this code is over, or it was decided already.");
            code_page(browser, session, "", Some(wrong.text)).again(wrong)
        }
        DecidedDevice::Limited => {
            let wrong = limited();
            code_page(browser, session, "", Some(wrong.text)).again(wrong)
        }
        DecidedDevice::Refused => return sign_in_first(app, browser, Some(code.clone())).await,
    };
    Ok(page.render(app, Some(browser)))
}

/// What somebody is told who has guessed too often.
fn limited() -> Told<&'static str> {
    Told {
        text: "Too many wrong codes. Try again in ten minutes.",
        problem: Problem::from_status(StatusCode::TOO_MANY_REQUESTS)
            .header(header::RETRY_AFTER, "600"),
    }
}

fn about(session: &BrowserSession) -> String {
    format!("{ABOUT} {}", session.session)
}

fn code_page(browser: &Browser, session: &BrowserSession, code: &str, wrong: Option<&str>) -> Page {
    let body = html! {
        @if let Some(text) = wrong { (alert(text)) }
        p { "Enter the code that your device shows." }
        form method="post" action="/oauth2/device" {
            input type="hidden" name="token" value=(browser.form_token(&about(session)));
            label for="user_code" { "Code" }
            input.code type="text" id="user_code" name="user_code" value=(code) maxlength="20" autocomplete="off"
                autocapitalize="characters" spellcheck="false" required autofocus;
            div.actions { button type="submit" { "Go on" } }
        }
        p.muted { "You are signed in as " strong { (session.username) } ". " (way_out()) }
    };
    Page::new("Connect a device", body)
}

fn question_page(
    browser: &Browser,
    session: &BrowserSession,
    device: &WaitingDevice,
    code: &str,
) -> Page {
    let body = html! {
        p { strong { (device.client_name) } " on your device wants to:" }
        (scope_list(&device.scopes))
        (how_long(&device.scopes))
        (who_is_asking(device.client_uri.as_deref(), device.self_registered))
        p { "Allow it only if you have the device before you and it shows " strong { (code) } ". Nobody else needs this code from you." }
        form method="post" action="/oauth2/device" {
            input type="hidden" name="token" value=(browser.form_token(&about(session)));
            input type="hidden" name="user_code" value=(code);
            div.actions {
                button type="submit" name="decision" value="allow" { "Allow" }
                button.second type="submit" name="decision" value="deny" { "Deny" }
            }
        }
        p.muted { "You are signed in as " strong { (session.username) } ". " (way_out()) }
    };
    Page::new("Connect this device?", body)
}

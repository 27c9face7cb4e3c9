//! `/oauth2/end-session`: signing out at a client's wish (OpenID Connect RP-Initiated Logout 1.0).

use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::{HeaderMap, Method, StatusCode};
use kit::{App, Context};
use maud::html;
use uuid::Uuid;

use super::consent::session_of;
use crate::oauth::cookies::{self, Browser};
use crate::oauth::domain::{Client, RedirectUri};
use crate::oauth::failure::Failure;
use crate::oauth::issued_token::{self, Hint, IdTokenClaims};
use crate::oauth::method::refuse_head;
use crate::oauth::origin;
use crate::oauth::page::{self, Page};
use crate::oauth::parameters::{PageForm, Parameters, unreadable};
use crate::oauth::store::client;
use crate::oauth::store::session::BrowserSession;
use crate::store::session;

/// What the form of the page is about.
const ABOUT: &str = "end-session";

/// Signs out. With an ID token of the session's it is done at once, else the person is asked.
///
/// Permissions: none; whoever is signed in with this browser decides.
#[utoipa::path(
    get,
    path = "/oauth2/end-session",
    tag = "oauth2",
    params(
        ("id_token_hint" = Option<String>, Query), ("client_id" = Option<String>, Query),
        ("post_logout_redirect_uri" = Option<String>, Query), ("state" = Option<String>, Query),
    ),
    responses(
        (status = 200, description = "The question, or that it is done", content_type = "text/html"),
        (status = 303, description = "Signed out; back to the client"),
        (status = 400, description = "A page: the hint or the address is not known", content_type = "text/html"),
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    method: Method,
    context: Context,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    refuse_head(&method, "GET, POST")?;
    let parameters = Parameters::parse(query.unwrap_or_default().as_bytes());
    parameters.check().map_err(unreadable)?;
    answer(&app, &context, &headers, &parameters).await
}

/// The same by POST, and the person's answer.
///
/// Permissions: none; whoever is signed in with this browser decides.
#[utoipa::path(
    post,
    path = "/oauth2/end-session",
    tag = "oauth2",
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The question, or that it is done", content_type = "text/html"),
        (status = 303, description = "Signed out; back to the client"),
        (status = 400, description = "A page: the hint or the address is not known", content_type = "text/html"),
        (status = 403, description = "The form did not come from our page", content_type = "text/html"),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    context: Context,
    headers: HeaderMap,
    PageForm(form): PageForm,
) -> Result<Response, Failure> {
    answer(&app, &context, &headers, &form).await
}

async fn answer(
    app: &App,
    context: &Context,
    headers: &HeaderMap,
    parameters: &Parameters,
) -> Result<Response, Failure> {
    let browser = Browser::of(app, headers)?;
    let (hint, proven) = match parameters.get("id_token_hint") {
        None => (None, false),
        Some(token) => match issued_token::hint(app, token).await? {
            Hint::Proven(claims) => (Some(claims), true),
            // It tells which client asks, as `client_id` does, and no more: the person is asked.
            Hint::Outdated(claims) => (Some(claims), false),
            Hint::None => {
                return Ok(page::error(
                    app,
                    StatusCode::BAD_REQUEST,
                    "The application sent something that is no ID token of ours (id_token_hint).",
                ));
            }
        },
    };
    let asking = match asking(app, parameters, hint.as_ref()).await? {
        Ok(client) => client,
        Err(text) => return Ok(page::error(app, StatusCode::BAD_REQUEST, text)),
    };
    let target = parameters.get("post_logout_redirect_uri");
    if let Some(target) = target
        && !asking
            .as_ref()
            .is_some_and(|client| client.has_post_logout_redirect_uri(target))
    {
        return Ok(page::error(
            app,
            StatusCode::BAD_REQUEST,
            "The address that the application wants to send you to (post_logout_redirect_uri) is not registered for it.",
        ));
    }
    let session = session_of(app, &browser).await?;
    if parameters.get("decision").is_some() {
        if !origin::is_ours(app, headers) || !origin::token_fits(&browser, ABOUT, parameters) {
            return Ok(origin::refuse(app));
        }
        return sign_out(
            app,
            context,
            session.as_ref(),
            None,
            target,
            parameters.get("state"),
        )
        .await;
    }
    // The ID token must be of whoever is signed in here: an old one of somebody else's signs nobody out.
    let known = hint.as_ref().filter(|hint| {
        proven
            && session
                .as_ref()
                .is_none_or(|session| session.account.to_string() == hint.sub)
    });
    match (known, &session) {
        (Some(hint), _) => {
            sign_out(
                app,
                context,
                session.as_ref(),
                Some(hint),
                target,
                parameters.get("state"),
            )
            .await
        }
        (None, None) => sign_out(app, context, None, None, target, parameters.get("state")).await,
        (None, Some(session)) => {
            Ok(
                question(&browser, session, asking.as_ref(), target, parameters)
                    .render(app, Some(&browser)),
            )
        }
    }
}

/// The client that asks: by name, or by the ID token that it holds.
async fn asking(
    app: &App,
    parameters: &Parameters,
    hint: Option<&IdTokenClaims>,
) -> Result<Result<Option<Client>, &'static str>, Failure> {
    let named = parameters.get("client_id");
    if let (Some(named), Some(hint)) = (named, hint)
        && named != hint.aud
    {
        return Ok(Err(
            "The application sent another application's ID token (id_token_hint).",
        ));
    }
    match named.or(hint.map(|hint| hint.aud.as_str())) {
        Some(id) => Ok(Ok(client::find(app.db(), id).await?)),
        None => Ok(Ok(None)),
    }
}

async fn sign_out(
    app: &App,
    context: &Context,
    session: Option<&BrowserSession>,
    hint: Option<&IdTokenClaims>,
    target: Option<&str>,
    state: Option<&str>,
) -> Result<Response, Failure> {
    let of_hint = || -> Option<(Uuid, Uuid)> {
        let hint = hint?;
        Some((hint.sub.parse().ok()?, hint.sid.as_ref()?.parse().ok()?))
    };
    let ends = session
        .map(|session| (session.account, session.session))
        .or_else(of_hint);
    if let Some((account, id)) = ends {
        let context = context.clone().for_actor(account.to_string());
        session::end_session(app.db(), &context, account, id).await?;
    }
    let mut response = match target {
        Some(target) => {
            let back: Vec<(&str, &str)> = state.map(|state| ("state", state)).into_iter().collect();
            page::see_other(&if back.is_empty() {
                target.to_owned()
            } else {
                RedirectUri::with(target, &back)
            })
        }
        None => Page::new(
            "You are signed out",
            html! { p { "You can close this page." } },
        )
        .render(app, None),
    };
    cookies::sign_out(app, response.headers_mut());
    Ok(response)
}

fn question(
    browser: &Browser,
    session: &BrowserSession,
    asking: Option<&Client>,
    target: Option<&str>,
    parameters: &Parameters,
) -> Page {
    let body = html! {
        p {
            "You are signed in as " strong { (session.username) } ". "
            @if let Some(client) = asking { strong { (client.client_name) } " asks to sign you out here." }
        }
        form method="post" action="/oauth2/end-session" {
            input type="hidden" name="token" value=(browser.form_token(ABOUT));
            // By name: an ID token that named it was of no use for the answer.
            @if let Some(client) = asking { input type="hidden" name="client_id" value=(client.client_id); }
            @for name in ["post_logout_redirect_uri", "state"] {
                @if let Some(value) = parameters.get(name) { input type="hidden" name=(name) value=(value); }
            }
            div.actions { button type="submit" name="decision" value="sign-out" { "Sign out" } }
        }
        p.muted { "To stay signed in, close this page." }
    };
    Page::new("Sign out?", body).leading_to(target)
}

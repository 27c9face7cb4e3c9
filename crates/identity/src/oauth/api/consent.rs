//! `/oauth2/consent`: the page that asks what a client may do.

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use kit::{App, Context};
use maud::{Markup, html};

use super::authorize::{Errand, over};
use super::pending::{Pending, Visit};
use crate::oauth::cookies::Browser;
use crate::oauth::domain::{Scopes, describe};
use crate::oauth::failure::{Failure, OAuthError};
use crate::oauth::origin;
use crate::oauth::page::{self, Page};
use crate::oauth::parameters::PageForm;
use crate::oauth::store::request::{self, Denied};
use crate::oauth::store::session::{self, BrowserSession};

/// Asks for consent.
///
/// Permissions: none; whoever is signed in with this browser decides.
#[utoipa::path(
    get,
    path = "/oauth2/consent",
    tag = "oauth2",
    params(("request" = String, Query, description = "The request that it is for")),
    responses(
        (status = 200, description = "The page", content_type = "text/html"),
        (status = 303, description = "To the login"),
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    Visit { browser, pending }: Visit,
) -> Result<Response, Failure> {
    let Some(session) = session_of(&app, &browser).await? else {
        return Ok(page::see_other(&pending.login()));
    };
    let (Errand::Authorize(request), Some(client)) =
        (&pending.kept.parameters, pending.client(&app).await?)
    else {
        return Ok(over(&app));
    };
    let about = about_decision(&pending.name, &session);
    let body = html! {
        p { strong { (client.client_name) } " wants to:" }
        (scope_list(&request.consent()))
        (how_long(&request.consent()))
        (who_is_asking(client.client_uri.as_deref(), client.self_registered))
        p.muted {
            "You are signed in as " strong { (session.username) } ". "
            a href=(pending.login()) { "Use another account" } " "
            (way_out())
        }
        form method="post" action="/oauth2/consent" {
            input type="hidden" name="request" value=(pending.name);
            input type="hidden" name="token" value=(browser.form_token(&about));
            div.actions {
                button type="submit" name="decision" value="allow" { "Allow" }
                button.second type="submit" name="decision" value="deny" { "Deny" }
            }
        }
        p.muted { "You can take this back at any time; the application loses its access at once." }
    };
    let page = Page::new("Allow access?", body).leading_to(Some(&request.redirect_uri));
    Ok(page.render(&app, Some(&browser)))
}

/// Decides.
///
/// Permissions: none; whoever is signed in with this browser decides.
#[utoipa::path(
    post,
    path = "/oauth2/consent",
    tag = "oauth2",
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 303, description = "Back to the client with a code or `access_denied`"),
        (status = 400, description = "A page: what was asked for is over", content_type = "text/html"),
        (status = 403, description = "The form did not come from our page", content_type = "text/html"),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    context: Context,
    headers: HeaderMap,
    PageForm(form): PageForm,
) -> Result<Response, Failure> {
    let browser = Browser::of(&app, &headers)?;
    let name = form.get("request").unwrap_or_default();
    if !origin::is_ours(&app, &headers) {
        return Ok(origin::refuse(&app));
    }
    let Some(pending) = Pending::find(&app, &browser, name).await? else {
        return Ok(over(&app));
    };
    let Some(session) = session_of(&app, &browser).await? else {
        return Ok(page::see_other(&pending.login()));
    };
    // The token is of this session too: nobody decides for an account that the page did not show.
    if !origin::token_fits(&browser, &about_decision(name, &session), &form) {
        return Ok(origin::refuse(&app));
    }
    let Errand::Authorize(wanted) = &pending.kept.parameters else {
        return Ok(over(&app));
    };
    if form.get("decision") == Some("allow") {
        return pending.go_on(&app, &context, &browser, true).await;
    }
    if pending.client(&app).await?.is_none() {
        return Ok(over(&app));
    }
    // One request, one answer.
    match request::deny(app.db(), &context, &pending.hash, session.account).await? {
        Denied::Denied => Ok(wanted.return_address().refuse(
            &app,
            &OAuthError::new("access_denied", "the person did not agree"),
        )),
        Denied::Over => Ok(over(&app)),
    }
}

fn about_decision(request: &str, session: &BrowserSession) -> String {
    format!("{request} {}", session.session)
}

pub(crate) async fn session_of(
    app: &App,
    browser: &Browser,
) -> Result<Option<BrowserSession>, Failure> {
    match browser.session() {
        Some(cookie) => Ok(session::find(app.db(), &cookie).await?),
        None => Ok(None),
    }
}

/// What is asked for, in words.
pub(crate) fn scope_list(scopes: &Scopes) -> Markup {
    html! {
        ul.scopes { @for scope in scopes.iter() { li { (describe(scope)) } } }
    }
}

/// For how long it is allowed (ASVS 10.7.2): the life of a grant, in words.
pub(crate) fn how_long(scopes: &Scopes) -> Markup {
    html! {
        p.muted {
            @if scopes.has("offline_access") { "It lasts up to 30 days, also when you have signed out." }
            @else { "It ends when you sign out." }
        }
    }
}

/// The way to sign out, on every page that says who is signed in.
pub(crate) fn way_out() -> Markup {
    html! { a href="/oauth2/end-session" { "Sign out" } }
}

/// What a person is told of an application besides its name.
pub(crate) fn who_is_asking(home: Option<&str>, self_registered: bool) -> Markup {
    html! {
        @if let Some(uri) = home { p.muted { "Its home page: " (uri) } }
        @if self_registered {
            p.alert { "This application has registered itself. Nobody here has looked at it: allow it only if you trust it." }
        }
    }
}

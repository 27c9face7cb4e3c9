//! `/oauth2/password/forgot`: the page where people ask for a link that replaces a forgotten password.

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use kit::{App, Context, Query};
use maud::html;

use super::authorize::over;
use super::login::{About, Pending, hidden, of_form};
use crate::api::password::ask_for_link;
use crate::oauth::cookies::Browser;
use crate::oauth::failure::Failure;
use crate::oauth::page::Page;
use crate::oauth::parameters::Form;

/// Shows the form.
///
/// Permissions: none.
#[utoipa::path(
    get,
    path = "/oauth2/password/forgot",
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
    let body = html! {
        form method="post" action="/oauth2/password/forgot" {
            (hidden(&browser, &pending.name))
            label for="email" { "E-mail address" }
            input type="text" id="email" name="email" inputmode="email" autocomplete="email" autocapitalize="none"
                spellcheck="false" required autofocus;
            div.actions { button type="submit" { "Mail me a link" } }
        }
        p.muted { a href=(format!("/oauth2/login?request={}", pending.name)) { "Back to the login" } }
    };
    let page = Page::new("Forgot your password?", body).leading_to(pending.redirect_uri());
    Ok(page.render(&app, Some(&browser)))
}

/// Asks for a link, as `POST /api/v1/auth/password/forgot` does. The same answer for every address.
///
/// Permissions: none.
#[utoipa::path(
    post,
    path = "/oauth2/password/forgot",
    tag = "oauth2",
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "If an account has the address, a mail is on its way", content_type = "text/html"),
        (status = 403, description = "The form did not come from our page", content_type = "text/html"),
    ),
)]
pub(crate) async fn create(
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
    ask_for_link(&app, &context, form.get("email").unwrap_or_default().trim()).await?;
    let body = html! {
        p { "If an account has this address, a link is on its way. It is good for half an hour, once." }
        p.muted { a href=(format!("/oauth2/login?request={}", pending.name)) { "Back to the login" } }
    };
    Ok(Page::new("Look into your mailbox", body).render(&app, Some(&browser)))
}

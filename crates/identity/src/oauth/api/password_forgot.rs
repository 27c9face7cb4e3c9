//! `/oauth2/password/forgot`: the page where people ask for a link that replaces a forgotten password.

use axum::extract::State;
use axum::response::Response;
use kit::{App, Context};
use maud::html;

use super::pending::{Submission, Visit, hidden};
use crate::api::password::ask_for_link;
use crate::oauth::failure::Failure;
use crate::oauth::page::Page;

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
    Visit { browser, pending }: Visit,
) -> Result<Response, Failure> {
    let body = html! {
        form method="post" action="/oauth2/password/forgot" {
            (hidden(&browser, &pending.name))
            label for="email" { "E-mail address" }
            input type="text" id="email" name="email" inputmode="email" autocomplete="email" autocapitalize="none"
                spellcheck="false" required autofocus;
            div.actions { button type="submit" { "Mail me a link" } }
        }
        p.muted { a href=(pending.login()) { "Back to the login" } }
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
    Submission {
        browser,
        pending,
        form,
    }: Submission,
) -> Result<Response, Failure> {
    ask_for_link(&app, &context, form.get("email").unwrap_or_default().trim()).await?;
    let body = html! {
        p { "If an account has this address, a link is on its way. It is good for half an hour, once." }
        p.muted { a href=(pending.login()) { "Back to the login" } }
    };
    Ok(Page::new("Look into your mailbox", body).render(&app, Some(&browser)))
}

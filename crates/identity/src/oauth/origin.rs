//! Whether a form came from a page of ours, in the browser that was given it.

use axum::response::Response;
use http::{HeaderMap, StatusCode, header};
use kit::App;
use subtle::ConstantTimeEq;

use super::cookies::Browser;
use super::page;
use super::parameters::Parameters;

/// What the browser says about where the form comes from: Fetch Metadata, else `Origin`. Old browsers say neither; for them the
/// token in the form decides alone.
pub(crate) fn is_ours(app: &App, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    match text(header::ORIGIN.as_str()) {
        None => true,
        Some(origin) => origin == app.config().public_url,
    }
}

/// Whether the form carries the token of this browser for what it is about.
pub(crate) fn token_fits(browser: &Browser, about: &str, form: &Parameters) -> bool {
    let token = form.get("token").unwrap_or_default();
    browser
        .form_token(about)
        .as_bytes()
        .ct_eq(token.as_bytes())
        .into()
}

pub(crate) fn refuse(app: &App) -> Response {
    page::error(
        app,
        StatusCode::FORBIDDEN,
        "This form was not sent by our page in this browser, or cookies are switched off.",
    )
}

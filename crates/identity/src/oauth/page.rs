//! What people see: rendered here from one stylesheet, with no script but the one file that a page names and its policy allows.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use kit::{App, Problem};
use maud::{DOCTYPE, Markup, html};

use super::cookies::Browser;
use super::domain::RedirectUri;
use super::script::Script;
use crate::policy::Policy;

/// The stylesheet, and where it is.
const STYLE: &str = include_str!("style.css");
pub(crate) const STYLE_PATH: &str = "/oauth2/style.css";

/// `GET /oauth2/style.css`.
pub(crate) async fn style() -> impl IntoResponse {
    (
        [
            (header::CONTENT_TYPE, "text/css; charset=utf-8"),
            (header::CACHE_CONTROL, "public, max-age=3600"),
        ],
        STYLE,
    )
}

/// What a person is told while all places for checking passwords are taken.
pub(crate) const BUSY: &str = "Many people are signing in right now. Try again in a moment.";

/// A page, ready to be answered.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) title: &'static str,
    pub(crate) body: Markup,
    /// Where its form may lead to in the end, besides ourselves.
    pub(crate) leads_to: Option<String>,
    /// What runs once the page is there. It works without.
    script: Option<Script>,
    /// Why it comes again.
    problem: Option<Problem>,
}

/// What a person is told of a problem on the page that comes again, and the problem, whose status and headers the page has.
pub(crate) struct Told<T> {
    pub(crate) text: T,
    pub(crate) problem: Problem,
}

impl<T> Told<T> {
    /// What was typed is wrong.
    pub(crate) fn wrong(text: T) -> Self {
        Self {
            text,
            problem: Problem::from_status(StatusCode::UNPROCESSABLE_ENTITY),
        }
    }
}

impl Page {
    pub(crate) fn new(title: &'static str, body: Markup) -> Self {
        Self {
            status: StatusCode::OK,
            title,
            body,
            leads_to: None,
            script: None,
            problem: None,
        }
    }

    /// The page again, for what is told on it.
    pub(crate) fn again<T>(mut self, told: Told<T>) -> Self {
        self.problem = Some(told.problem);
        self
    }

    pub(crate) fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Lets its form end at a client's redirect URI: browsers hold redirects after a form against `form-action` too.
    pub(crate) fn leading_to(mut self, redirect_uri: Option<&str>) -> Self {
        self.leads_to = redirect_uri.and_then(RedirectUri::form_action);
        self
    }

    /// Runs this script.
    pub(crate) fn running(mut self, script: Script) -> Self {
        self.script = Some(script);
        self
    }

    pub(crate) fn render(self, app: &App, browser: Option<&Browser>) -> Response {
        let markup = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="robots" content="noindex";
                    title { (self.title) " · Spindle" }
                    link rel="stylesheet" href=(STYLE_PATH);
                }
                body {
                    main {
                        p.brand { "Spindle" }
                        h1 { (self.title) }
                        (self.body)
                    }
                    @if let Some(script) = self.script { script src=(script.path) {} }
                }
            }
        };
        let mut response = (self.status, markup.into_string()).into_response();
        let target = self
            .leads_to
            .map_or(String::new(), |target| format!(" {target}"));
        // By its whole address: the origin serves other people's texts too.
        let script = self.script.map_or(String::new(), |script| {
            format!(" script-src {}{};", app.config().public_url, script.path)
        });
        let policy = format!(
            "default-src 'none'; style-src 'self';{script} form-action 'self'{target}; base-uri 'none'; frame-ancestors 'none'"
        );
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // Other sites learn nothing. With `no-referrer`, a form of ours would come with `Origin: null` (Fetch section 3.2), which browsers
        // without Fetch Metadata could not be told from a stranger's by.
        headers.insert(
            header::REFERRER_POLICY,
            HeaderValue::from_static("same-origin"),
        );
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        if let Some(browser) = browser {
            browser.mark(app, headers);
        }
        match self.problem {
            Some(problem) => problem.render_page(response),
            None => response,
        }
    }
}

/// The field for a password that is to be chosen, with what is asked of it.
pub(crate) fn new_password(policy: Policy, name: &str, label: &str, autofocus: bool) -> Markup {
    html! {
        label for=(name) { (label) }
        input type="password" id=(name) name=(name) autocomplete="new-password"
            minlength=(policy.password_min_length) aria-describedby="hint" required autofocus[autofocus];
        p.muted id="hint" {
            "At least " (policy.password_min_length) " characters; a few words that nobody would guess are good."
        }
    }
}

/// A message at the top of a page that a screen reader says at once.
pub(crate) fn alert(text: &str) -> Markup {
    html! { p.alert role="alert" { (text) } }
}

/// The page for what can't be told to a client.
pub(crate) fn error(app: &App, status: StatusCode, text: &str) -> Response {
    let body = html! {
        (alert(text))
        p.muted { "Nothing was shared. Go back to the application and try again; if that does not help, tell its makers." }
    };
    Page::new("This did not work", body)
        .status(status)
        .render(app, None)
}

/// The page for what is refused before a page is made, and for what fails.
pub(crate) fn problem(app: &App, problem: &Problem, request_id: &str) -> Response {
    let text = match problem.status() {
        StatusCode::TOO_MANY_REQUESTS => "That was too often. Wait a little before you try again.",
        StatusCode::SERVICE_UNAVAILABLE => {
            "This does not work at the moment. Try again in a little while."
        }
        status if status.is_server_error() => "Something went wrong here.",
        _ => "Your browser sent something that this page can't read.",
    };
    let body = html! {
        (alert(text))
        p.muted { "If it happens again, tell whoever runs this service the number of your request: " (request_id) }
    };
    Page::new("This did not work", body)
        .status(problem.status())
        .render(app, None)
}

/// 303, so that a browser asks with GET and sends no form on (RFC 9700 section 4.12).
pub(crate) fn see_other(location: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    match HeaderValue::from_str(location) {
        Ok(location) => {
            headers.insert(header::LOCATION, location);
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

//! Development's mailbox: the mails that production would hand to a provider. Elsewhere there is no such page: mails hold codes
//! and links.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, header};
use kit::pages::wants_page;
use kit::{App, Environment, Problem, Query, RawJson};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use platform::mail::mailbox;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// More than anybody reads; a test asks by address.
const SIZE: i64 = 100;

/// Mails come in frames of their own, without scripts and of an origin of their own; the frames are under this policy too.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

const SHEET: &str = "\
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}\
form{display:flex;gap:.5rem;margin:1rem 0 2rem}input{flex:1;font:inherit;padding:.4rem .6rem}button{font:inherit;padding:.4rem 1rem}\
article{border:1px solid color-mix(in srgb,currentColor 25%,transparent);border-radius:.6rem;margin:0 0 1.5rem;overflow:hidden}\
header{padding:.8rem 1rem}h2{font-size:1.05rem;margin:0;overflow-wrap:anywhere}p{margin:0;opacity:.75;font-size:.9rem;overflow-wrap:anywhere}\
iframe{display:block;width:100%;height:34rem;border:0;background:Canvas}summary{padding:.5rem 1rem;cursor:pointer}\
pre{margin:0;padding:.5rem 1rem 1rem;white-space:pre-wrap;overflow-wrap:anywhere}";

/// Whose mails.
#[derive(Deserialize)]
pub(crate) struct Filter {
    to: Option<String>,
}

/// A mail that was sent.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct DevMail {
    to: String,
    subject: String,
    /// The `text/plain` part.
    text: String,
    /// The `text/html` part.
    html: String,
    /// RFC 3339.
    at: String,
}

/// The newest 100 mails, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct DevMailList {
    items: Vec<DevMail>,
}

/// Development only: the mails that were sent, newest first, as JSON or, where `Accept` names `text/html`, as a page.
#[utoipa::path(
    get,
    path = "/dev/mail",
    tag = "development",
    params(("to" = Option<String>, Query, description = "Only those to this address")),
    responses(
        (status = 200, description = "The newest 100",
            content((DevMailList = "application/json"), (String = "text/html"))),
        (status = 404, description = "This is not development", body = kit::problem::ProblemDocument),
    ),
    security(())
)]
pub(crate) async fn show(
    State(app): State<App>,
    Query(filter): Query<Filter>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if app.config().environment != Environment::Development {
        return Err(Problem::not_found("resource"));
    }
    let to = filter
        .to
        .as_deref()
        .map(str::trim)
        .filter(|to| !to.is_empty());
    let items = mailbox::list(app.db(), to, SIZE).await?;
    if !wants_page(&headers) {
        return Ok(RawJson(format!("{{\"items\":{items}}}")).into_response());
    }
    let mails: Vec<DevMail> = serde_json::from_str(&items).map_err(Problem::internal)?;
    let answer_headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::VARY, "accept"),
    ];
    Ok((answer_headers, page(to, &mails).into_string()).into_response())
}

fn page(to: Option<&str>, mails: &[DevMail]) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                title { "Mails of development" }
                style { (PreEscaped(SHEET)) }
            }
            body {
                h1 { "Mails" }
                p { "What production would hand to a mail provider, newest first. " a href="/dev/mail" { "All" } }
                form method="get" {
                    input type="email" name="to" value=[to] placeholder="only to this address" aria-label="Recipient";
                    button { "Show" }
                }
                @if mails.is_empty() { p { "None yet." } }
                @for mail in mails {
                    article {
                        header {
                            h2 { (mail.subject) }
                            p { "to " (mail.to) ", " (mail.at) }
                        }
                        // Links open elsewhere: nothing of ours is shown in a frame.
                        iframe sandbox="allow-popups allow-popups-to-escape-sandbox" title=(mail.subject)
                            srcdoc=(mail.html.replacen("<head>", "<head><base target=\"_blank\">", 1)) {}
                        details { summary { "As text" } pre { (mail.text) } }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_development_has_a_mailbox() {
        for (environment, status) in [("production", 404), ("", 404), ("development", 503)] {
            let variables = std::collections::HashMap::from([
                ("environment".to_owned(), environment.to_owned()),
                ("limits".to_owned(), "off".to_owned()),
            ]);
            let ports = kit::Ports::none(std::sync::Arc::new(variables));
            let service = crate::api::service(kit::AppBuilder::new("gateway", ports));
            let request = http::Request::get("/dev/mail?to=a@b.example");
            let answer = service
                .call(request.body(axum::body::Body::empty()).unwrap())
                .await;
            // Without a database to read from, who may look is told that.
            assert_eq!(answer.status().as_u16(), status, "{environment}");
        }
    }

    #[test]
    fn a_mail_cannot_break_out_of_its_frame() {
        let hostile = "\"><script>alert(1)</script>".to_owned();
        let mail = DevMail {
            to: hostile.clone(),
            subject: hostile.clone(),
            text: hostile.clone(),
            html: format!("<html><head></head>{hostile}</html>"),
            at: "2026-11-21T07:00:00.000Z".to_owned(),
        };
        let page = page(Some(&hostile), &[mail]).into_string();
        assert!(!page.contains("<script"), "{page}");
        assert!(page.contains("sandbox=\"allow-popups allow-popups-to-escape-sandbox\""));
    }
}

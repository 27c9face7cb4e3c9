//! The page to read and try the interface: Swagger UI, from here alone.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use kit::{App, IfNoneMatch, Path, Problem};

use crate::asset::Asset;

const PAGE: &str = include_str!("docs.html");
const START: &str = include_str!("docs.js");

/// A page to read and try the interface.
#[utoipa::path(
    get,
    path = "/docs",
    tag = "documentation",
    responses((status = 200, description = "A page", body = String, content_type = "text/html")),
    security(())
)]
pub(crate) async fn page(State(app): State<App>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (header::CACHE_CONTROL, "public, max-age=60".to_owned()),
        (
            header::CONTENT_SECURITY_POLICY,
            policy(&app.config().public_url),
        ),
    ];
    (headers, PAGE).into_response()
}

/// Swagger UI writes style attributes and has pictures in its style sheet; it runs no inline script. It may call the
/// public address, which is another origin than the page's where that was opened by another name of the machine.
fn policy(public_url: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
         connect-src 'self' {public_url}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

/// The page's files.
pub(crate) async fn file(
    Path(name): Path<String>,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    if name == "start.js" {
        let headers = [
            (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
            (header::CACHE_CONTROL, "public, max-age=60"),
        ];
        return Ok((headers, START).into_response());
    }
    let asset = Asset::find(&name).ok_or_else(|| Problem::not_found("file"))?;
    // Every browser takes gzip; nobody else asks for these.
    let content = [
        (header::CONTENT_TYPE, asset.content_type()),
        (header::CONTENT_ENCODING, "gzip"),
    ];
    let file = known.answer(asset.etag.to_owned(), (content, asset.gzip));
    Ok(([(header::CACHE_CONTROL, "public, max-age=86400")], file).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_asks_nobody_else() {
        for text in [PAGE, START] {
            assert!(!text.contains("//") || !text.contains("http"), "{text}");
        }
        for name in ["swagger-ui.css", "swagger-ui-bundle.js"] {
            assert!(
                PAGE.contains(&format!("\"/docs/{name}\"")) && Asset::find(name).is_some(),
                "{name}"
            );
        }
        assert!(
            !PAGE.contains("<script>"),
            "the policy forbids inline scripts"
        );
    }

    #[test]
    fn the_policy_allows_no_foreign_script() {
        let policy = policy("https://spindle.example");
        assert!(
            policy.contains("script-src 'self';") && policy.starts_with("default-src 'none'"),
            "{policy}"
        );
    }
}

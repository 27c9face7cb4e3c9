//! The description of all components' interface.

use std::sync::OnceLock;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use kit::{App, Problem};
use serde_json::json;

/// `docs/openapi.json` without white space.
const GENERATED: &str = include_str!(concat!(env!("OUT_DIR"), "/openapi.json"));

/// The document with the server's address in it, made once.
#[derive(Default)]
pub(crate) struct Document(OnceLock<Bytes>);

/// The interface of all components, OpenAPI 3.1.
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "documentation",
    responses((status = 200, description = "An OpenAPI 3.1 document", body = Object)),
    security(())
)]
pub(crate) async fn document(State(app): State<App>) -> Result<Response, Problem> {
    let document = app
        .extension::<Document>()
        .ok_or_else(|| Problem::internal("no document"))?;
    let text = document
        .0
        .get_or_init(|| with_server(&app.config().public_url).into())
        .clone();
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "public, max-age=60"),
    ];
    Ok((headers, text).into_response())
}

/// Names the public address as the only server; without one, clients take the address that they have it from.
fn with_server(public_url: &str) -> String {
    match GENERATED.strip_prefix('{') {
        Some(members) if !public_url.is_empty() => {
            format!("{{\"servers\":{},{members}", json!([{ "url": public_url }]))
        }
        _ => GENERATED.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_public_address_is_the_server() {
        let text = with_server("https://spindle.example");
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            document["servers"],
            json!([{ "url": "https://spindle.example" }])
        );
        assert_eq!(document["openapi"], "3.1.0");
        let text = with_server("");
        assert!(!text.contains("\"servers\""));
    }
}

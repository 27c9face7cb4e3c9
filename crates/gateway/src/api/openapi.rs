//! The description of all components' interface.

use std::sync::OnceLock;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use kit::{App, Problem, RawJson};
use serde_json::{Value, json};

const GENERATED: &str = include_str!("../../../../docs/openapi.json");

/// The document with the server's address in it, made once.
#[derive(Default)]
pub(crate) struct Document(OnceLock<String>);

/// The interface of all components, OpenAPI 3.1.
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "documentation",
    responses((status = 200, description = "An OpenAPI 3.1 document", body = Object)),
    security(())
)]
pub(crate) async fn document(State(app): State<App>) -> Result<Response, Problem> {
    let cached = app
        .extension::<Document>()
        .ok_or_else(|| Problem::internal("no document"))?;
    let text = match cached.0.get() {
        Some(text) => text.clone(),
        None => {
            let text =
                with_server(GENERATED, &app.config().public_url).map_err(Problem::internal)?;
            cached.0.get_or_init(|| text).clone()
        }
    };
    Ok((
        [(header::CACHE_CONTROL, "public, max-age=60")],
        RawJson(text),
    )
        .into_response())
}

/// Names the public address as the only server; without one, clients take the address that they have it from.
fn with_server(document: &str, public_url: &str) -> Result<String, serde_json::Error> {
    let mut document: Value = serde_json::from_str(document)?;
    if let (Some(members), false) = (document.as_object_mut(), public_url.is_empty()) {
        members.insert("servers".to_owned(), json!([{ "url": public_url }]));
    }
    Ok(document.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_address_is_the_server() {
        let text = with_server(GENERATED, "https://spindle.example").unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            document["servers"],
            json!([{ "url": "https://spindle.example" }])
        );
        assert_eq!(document["openapi"], "3.1.0");
        let text = with_server(GENERATED, "").unwrap();
        assert!(!text.contains("\"servers\""));
    }
}

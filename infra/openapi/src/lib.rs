#![doc = include_str!("../README.md")]

mod conventions;

use std::path::PathBuf;

use anyhow::Context as _;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder};

/// The file that is written.
#[must_use]
pub fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json")
}

/// The description as JSON text with a line break at its end.
///
/// # Errors
/// If it cannot be serialised.
pub fn text() -> anyhow::Result<String> {
    let mut text = document()
        .to_pretty_json()
        .context("serialising the description")?;
    text.push('\n');
    Ok(text)
}

/// The description of all components.
#[must_use]
pub fn document() -> OpenApi {
    let mut document = OpenApiBuilder::new().info(info()).build();
    for service in services() {
        document.merge(service);
    }
    name_operations(&mut document);
    conventions::apply(&mut document);
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An access token (JWT) or an API key (`spk_…`)."))
        .build();
    document
        .components
        .get_or_insert_with(Components::new)
        .add_security_scheme("bearer", SecurityScheme::Http(bearer));
    document
}

fn info() -> utoipa::openapi::Info {
    InfoBuilder::new()
        .title("Spindle")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Identity, profiles, a blog and trading keys. Errors are problem documents (RFC 9457), lists have an opaque \
             cursor, single resources an ETag.",
        ))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
        .build()
}

/// Handlers of different resources have the same names; the route names an operation for good: `post_trading_keys`.
fn name_operations(document: &mut OpenApi) {
    for (path, item) in &mut document.paths.paths {
        let place: String = path
            .trim_start_matches("/api/v1")
            .chars()
            .filter(|c| !matches!(c, '{' | '}'))
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
            .collect();
        let operations = [
            ("get", &mut item.get),
            ("put", &mut item.put),
            ("post", &mut item.post),
            ("patch", &mut item.patch),
            ("delete", &mut item.delete),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                operation.operation_id = Some(format!("{method}{place}"));
            }
        }
    }
}

/// In the order in which a reader meets them.
fn services() -> Vec<OpenApi> {
    vec![
        identity::api::routes().into_openapi(),
        identity::oidc::routes().into_openapi(),
        profile::api::routes().into_openapi(),
        blog::api::routes().into_openapi(),
        trading::api::routes().into_openapi(),
        admin::api::routes().into_openapi(),
        gateway::api::routes().into_openapi(),
    ]
}

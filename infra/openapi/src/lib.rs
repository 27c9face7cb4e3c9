#![doc = include_str!("../README.md")]

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
    let mut text = document().to_pretty_json().context("serialising the description")?;
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

/// In the order in which a reader meets them.
fn services() -> Vec<OpenApi> {
    vec![
        trading::api::routes().into_openapi(),
        gateway::api::routes().into_openapi(),
    ]
}

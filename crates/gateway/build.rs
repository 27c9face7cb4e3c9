//! Takes the files of Swagger UI that the page needs out of their archive and compresses each, with a tag of its content; and
//! takes the white space out of the description.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{Cursor, Read, Write as _};
use std::path::Path;
use std::{env, fs};

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

const DESCRIPTION: &str = "../../docs/openapi.json";
const FILES: [&str; 2] = ["swagger-ui-bundle.js", "swagger-ui.css"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={DESCRIPTION}");
    let folder = env::var("OUT_DIR")?;
    let mut archive =
        zip::ZipArchive::new(Cursor::new(utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED))?;
    let mut text = String::from("pub(crate) const VENDORED: &[Asset] = &[\n");
    for file in FILES {
        let suffix = format!("/dist/{file}");
        let name = archive
            .file_names()
            .filter_map(Result::ok)
            .find(|name| name.ends_with(&suffix) && name.matches('/').count() == 2)
            .ok_or_else(|| format!("the archive of Swagger UI holds no {file}"))?
            .into_owned();
        let mut content = Vec::new();
        archive.by_name(&name)?.read_to_end(&mut content)?;
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&content)?;
        fs::write(Path::new(&folder).join(file), encoder.finish()?)?;
        let tag: String = Sha256::digest(&content)
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        writeln!(
            text,
            "    Asset {{ name: {file:?}, etag: \"\\\"{tag}\\\"\", gzip: include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{file}\")) }},"
        )?;
    }
    text.push_str("];\n");
    fs::write(Path::new(&folder).join("vendored.rs"), text)?;
    let description: serde_json::Value = serde_json::from_slice(&fs::read(DESCRIPTION)?)?;
    fs::write(
        Path::new(&folder).join("openapi.json"),
        description.to_string(),
    )?;
    Ok(())
}

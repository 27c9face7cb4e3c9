//! Writes `docs/openapi.json`.
#![expect(clippy::print_stdout, reason = "a program that says what it wrote")]

use std::fs;

use anyhow::Context as _;

fn main() -> anyhow::Result<()> {
    let path = spindle_openapi::path();
    fs::write(&path, spindle_openapi::text()?)
        .with_context(|| format!("writing {}", path.display()))?;
    println!("docs/openapi.json written");
    Ok(())
}

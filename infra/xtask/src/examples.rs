//! Which packages have examples in their documentation. rustdoc reads a package whole before it knows, a second each.

use std::{collections::BTreeMap, fs, io, path::Path};

use anyhow::Context;

use crate::runner::Program;

/// The packages with examples among those of these programs, as cargo's `--package` takes them.
pub(crate) fn packages(programs: &[Program]) -> anyhow::Result<Vec<&str>> {
    let packages: BTreeMap<_, _> = programs
        .iter()
        .map(|program| (program.package(), program.package_id()))
        .collect();
    let mut with_examples = Vec::new();
    for (folder, id) in packages {
        if has_some(folder).with_context(|| format!("reading {}", folder.display()))? {
            with_examples.push(id);
        }
    }
    Ok(with_examples)
}

/// Whether the sources below a folder, or a README that is part of them, have an example.
fn has_some(folder: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let kind = path.extension().and_then(|extension| extension.to_str());
        let found = if path.is_dir() {
            has_some(&path)?
        } else {
            matches!(kind, Some("rs" | "md")) && is_in(&fs::read_to_string(&path)?)
        };
        if found {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a text, a comment or not, has a block of code that rustdoc takes for Rust.
fn is_in(text: &str) -> bool {
    let mut inside = false;
    text.lines().any(|line| {
        let line = line.trim_start();
        let line = ["///", "//!"]
            .iter()
            .find_map(|comment| line.strip_prefix(comment))
            .unwrap_or(line);
        let Some(words) = line.trim_start().strip_prefix("```") else {
            return false;
        };
        inside = !inside;
        inside && words.split(',').map(str::trim).all(is_rust)
    })
}

fn is_rust(word: &str) -> bool {
    matches!(
        word,
        "" | "rust" | "ignore" | "no_run" | "should_panic" | "compile_fail"
    ) || word.starts_with("edition")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_is_a_block_of_rust() {
        for (text, expected) in [
            ("/// ```\n/// f();\n/// ```", true),
            ("    //! ```no_run\n    //! f();\n    //! ```", true),
            ("Text\n\n```rust,should_panic\nf();\n```\n", true),
            ("```sh\nls\n```\n", false),
            ("/// ```sql\n/// select 1\n/// ```", false),
            ("// `f` and ``g``", false),
        ] {
            assert_eq!(is_in(text), expected, "{text}");
        }
    }
}

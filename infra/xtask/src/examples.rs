//! Examples in documentation, which rustdoc runs. It reads a package whole, a second each, before it knows whether there are any: so
//! packages without one say `doctest = false`.

/// Whether a text, a comment or not, has a block of code that rustdoc takes for Rust.
pub(crate) fn are_in(text: &str) -> bool {
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
            assert_eq!(are_in(text), expected, "{text}");
        }
    }
}

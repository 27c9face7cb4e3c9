//! Which Debian this machine runs.

use std::fs;

/// The code name of this machine's Debian, e.g. `bookworm`; `None` on other systems.
pub fn codename() -> Option<String> {
    read(&fs::read_to_string("/etc/os-release").ok()?)
}

/// From the text of `os-release`.
fn read(text: &str) -> Option<String> {
    let field = |name: &str| {
        let value = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))?;
        Some(value.trim_matches(['"', '\'']).to_owned())
    };
    if field("ID")? != "debian" {
        return None;
    }
    field("VERSION_CODENAME")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_debian_has_a_code_name_of_debian() {
        for (text, expected) in [
            ("ID=debian\nVERSION_CODENAME=bookworm\n", Some("bookworm")),
            (
                "VERSION_CODENAME=\"trixie\"\nID=\"debian\"\n",
                Some("trixie"),
            ),
            ("ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\n", None),
            ("ID=debian\nPRETTY_NAME=sid\n", None),
        ] {
            assert_eq!(read(text).as_deref(), expected, "{text}");
        }
    }
}

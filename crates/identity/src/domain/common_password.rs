//! Passwords that are tried first, and those that the account's own data tells.
//!
//! The list is that of zxcvbn (MIT), the 30,000 commonest of several leaks, as far as they have eight letters: 11,600 (ASVS 6.2.4
//! asks for 3,000). It is sorted, one a line, and looked up as it lies there.

use case_folding::fold;

static LIST: &str = include_str!("common_passwords.txt");

/// Names of the product, which people take for passwords (ASVS 6.2.11).
const PRODUCT: &[&str] = &["spindle"];

/// Whether a password is one that is tried first, in any case.
#[must_use]
pub(crate) fn is_common(password: &str) -> bool {
    let wanted = fold(password);
    if wanted.contains('\n') {
        return false;
    }
    let (mut low, mut high) = (0, LIST.len());
    while low < high {
        // The line around the middle.
        let middle = low + (high - low) / 2;
        let start = LIST
            .get(..middle)
            .and_then(|before| before.rfind('\n'))
            .map_or(0, |newline| newline + 1);
        let line = LIST
            .get(start..)
            .and_then(|rest| rest.split('\n').next())
            .unwrap_or_default();
        match wanted.as_str().cmp(line) {
            std::cmp::Ordering::Equal => return !line.is_empty(),
            std::cmp::Ordering::Less => high = start,
            std::cmp::Ordering::Greater => low = start + line.len() + 1,
        }
    }
    false
}

/// Whether a password is nothing but the product's name, the username, or the address or its first part, with digits and
/// punctuation around at most.
#[must_use]
pub(crate) fn is_own_data(password: &str, username: &str, email: &str) -> bool {
    let bare = |text: &str| {
        fold(text)
            .trim_matches(|c: char| !c.is_alphabetic())
            .to_owned()
    };
    let password = bare(password);
    let local = email.split('@').next().unwrap_or_default();
    !password.is_empty()
        && [username, email, local]
            .iter()
            .chain(PRODUCT)
            .any(|known| bare(known) == password)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_folded_and_long_enough() {
        let lines: Vec<&str> = LIST.lines().collect();
        assert!(lines.len() > 3_000, "{}", lines.len());
        assert!(lines.is_sorted());
        for line in &lines {
            assert!(
                line.chars().count() >= 8,
                "{line} is short enough to be refused anyway"
            );
            assert_eq!(fold(line), *line, "a password is looked up folded");
        }
    }

    #[test]
    fn what_is_tried_first_is_found_in_any_case() {
        let (first, last) = (
            LIST.lines().next().unwrap(),
            LIST.lines().next_back().unwrap(),
        );
        for password in [
            "password123",
            "Iloveyou1",
            "QWERTYUIOP",
            "12345678",
            "password",
            first,
            last,
        ] {
            assert!(is_common(password), "{password}");
        }
        for password in [
            "",
            "\n",
            "correct horse battery staple",
            "password123 ",
            "zzzzzzzzzzzzzzzz~",
            "\u{0}",
            "aaaa bbbb cccc dddd",
        ] {
            assert!(!is_common(password), "{password:?}");
        }
        for line in LIST.lines() {
            assert!(is_common(line), "{line}");
        }
    }

    #[test]
    fn what_the_account_itself_tells_is_no_password() {
        for (password, own) in [
            ("ada.lovelace", true),
            ("Ada.Lovelace1815!", true),
            ("ada.lovelace@example.com", true),
            ("Countess1", true),
            ("Spindle2026", true),
            ("spindle spindle", false),
            ("ada.lovelace and her engine", false),
            ("20262026", false),
        ] {
            assert_eq!(
                is_own_data(password, "countess", "ada.lovelace@example.com"),
                own,
                "{password}"
            );
        }
    }
}

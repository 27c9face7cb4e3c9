#![doc = include_str!("../README.md")]

use unicode_normalization::UnicodeNormalization;

/// Compatibility-normalised and case-folded. Letter by letter to upper and to lower case is Unicode's full folding but for
/// a few letters that it folds too much (`ı` becomes `i`), which is the safe side for names.
#[must_use]
pub fn fold(text: &str) -> String {
    text.nfkc()
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .nfkc()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_look_alike_but_for_case_and_width_fold_alike() {
        for (one, other) in [
            ("ADA", "ada"),
            ("ＡＤＡ", "ada"),
            ("Straße", "STRASSE"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("e\u{301}", "É"),
            ("ﬁ", "FI"),
            ("İ", "i\u{307}"),
            ("K", "k"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} {other}");
        }
        assert_ne!(fold("a"), fold("ä"));
    }

    #[test]
    fn folding_twice_changes_nothing() {
        for text in ["Straße", "ΣΊΣΥΦΟΣ", "İI", "ﬀ", "ǅ"] {
            assert_eq!(fold(&fold(text)), fold(text), "{text}");
        }
    }
}

//! Fragments of headings, unique in their document.

use std::collections::{HashMap, HashSet};

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Characters of an anchor at most, a number behind it not counted.
const MAX_CHARS: usize = 80;

/// Hands out anchors.
#[derive(Default)]
pub(crate) struct Anchors {
    taken: HashSet<String>,
    /// The next number to try behind a text, so that a thousand equal headings cost a thousand steps.
    next: HashMap<String, usize>,
}

impl Anchors {
    /// An anchor for this heading that no other has.
    pub(crate) fn make(&mut self, text: &str) -> String {
        let base = base(text);
        let next = self.next.entry(base.clone()).or_insert(1);
        let mut anchor = base.clone();
        while !self.taken.insert(anchor.clone()) {
            *next += 1;
            anchor = format!("{base}-{next}");
        }
        anchor
    }
}

fn base(text: &str) -> String {
    let mut anchor = String::new();
    let mut letters = 0;
    for letter in text.nfkc().flat_map(char::to_lowercase) {
        if letters == MAX_CHARS {
            break;
        }
        if letter.is_alphanumeric() || is_combining_mark(letter) {
            anchor.push(letter);
        } else if letter == '\''
            || letter == '\u{2019}'
            || anchor.is_empty()
            || anchor.ends_with('-')
        {
            continue;
        } else {
            anchor.push('-');
        }
        letters += 1;
    }
    let anchor = anchor.trim_end_matches('-');
    match anchor {
        "" => "section".to_owned(),
        // `fn-1` is a footnote, `fnref-1` what refers to it.
        _ if anchor.starts_with("fn-") || anchor.starts_with("fnref-") => {
            format!("section-{anchor}")
        }
        _ => anchor.to_owned(),
    }
}

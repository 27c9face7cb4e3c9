//! The text without markup.

/// Ends a block: what follows is on a line of its own.
pub(crate) fn end_line(text: &mut String) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
}

/// Words for a reading time. Scripts without spaces between words count by character.
pub(crate) fn words(text: &str) -> u32 {
    let mut words: u32 = 0;
    let mut inside = false;
    for letter in text.chars() {
        if is_unspaced(letter) {
            words = words.saturating_add(1);
            inside = false;
        } else if letter.is_whitespace() {
            inside = false;
        } else if letter.is_alphanumeric() && !inside {
            words = words.saturating_add(1);
            inside = true;
        }
    }
    words
}

/// Han, Hiragana and Katakana.
fn is_unspaced(letter: char) -> bool {
    matches!(letter, '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
        && letter.is_alphanumeric()
}

//! How a post begins, for whom describes it where its author has not.

/// Characters that search engines show of a description.
const LENGTH: usize = 160;

/// The first words of rendered Markdown as plain text.
pub(super) fn opening(html: &str) -> Option<String> {
    let mut text = String::new();
    // Between tags is text, and a tag parts words as a space does.
    let shown = html
        .split('<')
        .filter_map(|piece| piece.split_once('>').map(|(_, text)| text));
    for word in shown.flat_map(str::split_whitespace) {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&decoded(word));
        if let Some((end, _)) = text.char_indices().nth(LENGTH) {
            // At a word's end, unless it is long or what is written without spaces.
            let cut = text.get(..end).unwrap_or_default();
            let whole = cut.rsplit_once(' ').map_or(cut, |(whole, _)| whole);
            let kept = if cut.len() - whole.len() > 60 {
                cut
            } else {
                whole
            };
            return Some(format!("{kept}…"));
        }
    }
    (!text.is_empty()).then_some(text)
}

/// What the renderer writes for characters that HTML has other uses for.
fn decoded(word: &str) -> String {
    word.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&nbsp;", " ")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_is_described_by_its_first_words() {
        for (html, expected) in [
            ("", None),
            ("<p></p>\n<hr>", None),
            (
                "<h1 id=\"hi\">Hi</h1>\n<p>Ada &amp; <em>Bob</em></p>",
                Some("Hi Ada & Bob"),
            ),
            ("<p>1 &lt; 2 &amp;amp; 3</p>", Some("1 < 2 &amp; 3")),
        ] {
            assert_eq!(opening(html).as_deref(), expected, "{html}");
        }
        let spaced = opening(&format!("<p>{}</p>", "word ".repeat(60))).unwrap();
        assert!(spaced.ends_with(" word…"), "{spaced}");
        let unspaced = opening(&format!("<p>{}</p>", "東".repeat(400))).unwrap();
        assert_eq!(unspaced.chars().count(), LENGTH + 1);
    }
}

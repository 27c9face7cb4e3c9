//! Headings of what people write, within the outline of a page: the page's own title is its only `h1`.

use std::borrow::Cow;

/// Rendered Markdown with its headings so much lower that the highest is at most this high.
pub(super) fn beneath(html: &str, highest: u8) -> Cow<'_, str> {
    let Some(top) = (1..highest).find(|level| html.contains(&format!("<h{level}"))) else {
        return Cow::Borrowed(html);
    };
    let mut text = html.to_owned();
    // From the lowest up, so that none is lowered twice.
    for level in (top..6).rev() {
        let lower = (level + highest - top).min(6);
        text = text
            .replace(&format!("<h{level}"), &format!("<h{lower}"))
            .replace(&format!("</h{level}>"), &format!("</h{lower}>"));
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::beneath;

    #[test]
    fn headings_stand_below_the_title_and_keep_their_distances() {
        for (html, highest, expected) in [
            ("<h2 id=\"a\">A</h2><hr>", 2, "<h2 id=\"a\">A</h2><hr>"),
            (
                "<h1 id=\"a\">A</h1><h2>B</h2><h6>C</h6>",
                2,
                "<h2 id=\"a\">A</h2><h3>B</h3><h6>C</h6>",
            ),
            ("<h2>B</h2><h3>C</h3>", 3, "<h3>B</h3><h4>C</h4>"),
            ("<h1>A</h1><h5>B</h5>", 3, "<h3>A</h3><h6>B</h6>"),
            ("<p>&lt;h1&gt;</p>", 3, "<p>&lt;h1&gt;</p>"),
        ] {
            assert_eq!(beneath(html, highest), expected, "{html}");
        }
    }
}

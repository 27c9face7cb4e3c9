//! Headings of what people write, within the outline of a page: the page's own title is its only `h1`.

use std::borrow::Cow;

use super::markup::{Piece, name, pieces};

/// Rendered Markdown with its headings where its reader looks for them who goes from one to the next: the first is this high, none is
/// higher, and none more than one below the heading that it stands under.
pub(super) fn beneath(html: &str, highest: usize) -> Cow<'_, str> {
    if !html.contains("<h") {
        return Cow::Borrowed(html);
    }
    let mut text = String::with_capacity(html.len());
    // The author's levels of the headings that the next one may stand under.
    let mut above: Vec<u8> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for piece in pieces(html) {
        let (Piece::Text(whole) | Piece::Tag(whole)) = piece;
        let heading = match piece {
            Piece::Tag(tag) => level(tag),
            Piece::Text(_) => None,
        };
        let written = match heading {
            Some((level, false)) => {
                above.retain(|higher| *higher < level);
                above.push(level);
                open.push((highest + above.len() - 1).min(6));
                open.last().copied()
            }
            Some((_, true)) => open.pop(),
            None => None,
        };
        match (written, whole.split_once(|c: char| c.is_ascii_digit())) {
            (Some(level), Some((before, after))) => {
                text.push_str(&format!("{before}{level}{after}"));
            }
            _ => text.push_str(whole),
        }
    }
    Cow::Owned(text)
}

/// Which heading a tag begins or ends.
fn level(tag: &str) -> Option<(u8, bool)> {
    let (name, ends) = name(tag);
    let level: u8 = name.strip_prefix('h')?.parse().ok()?;
    (1..=6).contains(&level).then_some((level, ends))
}

#[cfg(test)]
mod tests {
    use super::beneath;

    #[test]
    fn headings_stand_below_the_title_and_none_is_left_out_between_them() {
        for (html, highest, expected) in [
            ("<h2 id=\"a2\">A</h2><hr>", 2, "<h2 id=\"a2\">A</h2><hr>"),
            (
                "<h1 id=\"a\">A</h1><h2>B</h2><h6>C</h6><h2>D</h2>",
                2,
                "<h2 id=\"a\">A</h2><h3>B</h3><h4>C</h4><h3>D</h3>",
            ),
            ("<h2>B</h2><h3>C</h3>", 3, "<h3>B</h3><h4>C</h4>"),
            ("<h1>A</h1><h5>B</h5>", 3, "<h3>A</h3><h4>B</h4>"),
            ("<h3>A</h3><h3>B</h3>", 2, "<h2>A</h2><h2>B</h2>"),
            (
                "<h3>A</h3><h2>B</h2><h4>C</h4>",
                2,
                "<h2>A</h2><h2>B</h2><h3>C</h3>",
            ),
            (
                "<h1>A</h1><h2>B</h2><h3>C</h3><h4>D</h4><h5>E</h5><h6>F</h6>",
                3,
                "<h3>A</h3><h4>B</h4><h5>C</h5><h6>D</h6><h6>E</h6><h6>F</h6>",
            ),
            (
                "<h1>A<div><h2>B</h2></div></h1>",
                2,
                "<h2>A<div><h3>B</h3></div></h2>",
            ),
            (
                "<p title=\"<h1>\">&lt;h1&gt;</p><h7></h7>",
                2,
                "<p title=\"<h1>\">&lt;h1&gt;</p><h7></h7>",
            ),
        ] {
            assert_eq!(beneath(html, highest), expected, "{html}");
        }
    }
}

//! Code and tables that may be wider than the screen, and are moved sideways by themselves.

use std::borrow::Cow;

use super::markup::{Piece, name, pieces};

/// Rendered Markdown in which such parts are reached by the keyboard, so that who has no pointer can move them. A table stays one to
/// screen readers: what moves is around it.
pub(super) fn reachable(html: &str) -> Cow<'_, str> {
    if !html.contains("<pre") && !html.contains("<table") {
        return Cow::Borrowed(html);
    }
    let mut text = String::with_capacity(html.len() + 256);
    for piece in pieces(html) {
        match piece {
            Piece::Text(words) => text.push_str(words),
            Piece::Tag(tag) => match (name(tag), tag.strip_prefix("<pre")) {
                (("pre", false), Some(rest)) => {
                    text.push_str("<pre tabindex=\"0\"");
                    text.push_str(rest);
                }
                (("table", false), _) => {
                    text.push_str(
                        "<div class=\"scroll\" role=\"group\" aria-label=\"Table\" tabindex=\"0\">",
                    );
                    text.push_str(tag);
                }
                (("table", true), _) => {
                    text.push_str(tag);
                    text.push_str("</div>");
                }
                _ => text.push_str(tag),
            },
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::reachable;

    #[test]
    fn what_is_wide_is_reached_by_the_keyboard() {
        for (html, expected) in [
            ("<p>a</p>", "<p>a</p>"),
            (
                "<pre><code>a</code></pre>",
                "<pre tabindex=\"0\"><code>a</code></pre>",
            ),
            (
                "<pre title=\"<pre>\">a</pre><p>&lt;table&gt;</p>",
                "<pre tabindex=\"0\" title=\"<pre>\">a</pre><p>&lt;table&gt;</p>",
            ),
            (
                "<table><tr></tr></table>",
                "<div class=\"scroll\" role=\"group\" aria-label=\"Table\" tabindex=\"0\"><table><tr></tr></table></div>",
            ),
        ] {
            assert_eq!(reachable(html), expected, "{html}");
        }
    }
}

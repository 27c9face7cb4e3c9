//! Rendered Markdown, tag by tag. The sanitiser writes tags in one way: balanced, values in double quotes that are nowhere within them, and
//! `<` in no text.

/// A piece of it; the pieces put together are the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Text(&'a str),
    /// With its brackets.
    Tag(&'a str),
}

/// All pieces, in one pass.
pub(super) fn pieces(html: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = html;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let is_tag = rest.starts_with('<');
        let end = if is_tag {
            end_of_tag(rest)
        } else {
            rest.find('<').unwrap_or(rest.len())
        };
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(if is_tag {
            Piece::Tag(piece)
        } else {
            Piece::Text(piece)
        })
    })
}

fn end_of_tag(html: &str) -> usize {
    let mut is_quoted = false;
    html.find(|c: char| {
        is_quoted ^= c == '"';
        c == '>' && !is_quoted
    })
    .map_or(html.len(), |end| end + 1)
}

/// The name of a tag's element, and whether it ends there.
pub(super) fn name(tag: &str) -> (&str, bool) {
    let inside = tag.strip_prefix('<').unwrap_or(tag);
    let (inside, ends) = inside
        .strip_prefix('/')
        .map_or((inside, false), |inside| (inside, true));
    let end = inside.find(|c: char| !c.is_ascii_alphanumeric());
    (
        end.and_then(|end| inside.get(..end)).unwrap_or(inside),
        ends,
    )
}

/// A tag in pieces between its quotes: every second one is a value, and the name of its attribute ends the one before.
pub(super) fn values(tag: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    let mut pieces = tag.split('"');
    std::iter::from_fn(move || pieces.next().map(|names| (names, pieces.next())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_and_a_value_may_hold_anything() {
        let html = "a &lt; <p title=\"b > c\">d</p><br>";
        let found: Vec<Piece<'_>> = pieces(html).collect();
        assert_eq!(
            found,
            [
                Piece::Text("a &lt; "),
                Piece::Tag("<p title=\"b > c\">"),
                Piece::Text("d"),
                Piece::Tag("</p>"),
                Piece::Tag("<br>"),
            ]
        );
        for html in ["", "<", "<p", "<p title=\"", "a>b", "<p title=\"a>"] {
            let whole: String = pieces(html)
                .map(|piece| match piece {
                    Piece::Text(text) | Piece::Tag(text) => text,
                })
                .collect();
            assert_eq!(whole, html);
        }
    }

    #[test]
    fn a_tag_says_its_name_and_its_values() {
        assert_eq!(name("<h2 id=\"a\">"), ("h2", false));
        assert_eq!(name("</h2>"), ("h2", true));
        assert_eq!(name("<"), ("", false));
        let values: Vec<_> = values("<a href=\"#b\" title=\"\">").collect();
        assert_eq!(
            values,
            [("<a href=", Some("#b")), (" title=", Some("")), (">", None)]
        );
    }
}

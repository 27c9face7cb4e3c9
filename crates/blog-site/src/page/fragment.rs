//! Fragments of what several people write on one page.

use super::markup::{Piece, pieces, values};

/// Rendered Markdown whose headings and footnotes have ids of their own on the page, with the links to them: as many documents may have a
/// heading of the same words, and all have a first footnote.
pub(super) fn named_apart(html: &str, owner: &str) -> String {
    let mut text = String::with_capacity(html.len());
    for piece in pieces(html) {
        let tag = match piece {
            Piece::Text(words) => {
                text.push_str(words);
                continue;
            }
            Piece::Tag(tag) => tag,
        };
        for (names, value) in values(tag) {
            text.push_str(names);
            let Some(value) = value else {
                continue;
            };
            let fragment = value.strip_prefix('#').filter(|name| !name.is_empty());
            match fragment {
                _ if names.ends_with(" id=") => text.push_str(&format!("\"{owner}-{value}\"")),
                Some(name) if names.ends_with(" href=") => {
                    text.push_str(&format!("\"#{owner}-{name}\""));
                }
                _ => text.push_str(&format!("\"{value}\"")),
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::named_apart;

    #[test]
    fn a_link_leads_to_the_footnote_of_its_own_text() {
        let render = |source: &str| blog::renderer::native(source).html;
        let html = render(
            "# A\n\nb[^1] [c](#a) [d](#) [e](/f#a) `id=\"a\"` <a title=' id=' href=\"#a\">g</a>\n\n[^1]: h",
        );
        assert!(
            html.contains(" id=\"a\"") && html.contains("id=\"fn-1\""),
            "{html}"
        );
        let expected = html
            .replace("<h1 id=\"a\"", "<h1 id=\"x-a\"")
            .replace("id=\"fn-1\"", "id=\"x-fn-1\"")
            .replace("id=\"fnref-1\"", "id=\"x-fnref-1\"")
            .replace("href=\"#fnref-1\"", "href=\"#x-fnref-1\"")
            .replace("href=\"#fn-1\"", "href=\"#x-fn-1\"")
            .replace("href=\"#a\"", "href=\"#x-a\"");
        assert_eq!(named_apart(&html, "x"), expected);
        assert!(expected.contains("id=\"a\"</code>"), "{expected}");
        for html in ["", "a", "<p>a</p>", "<p title=\"\">a"] {
            assert_eq!(named_apart(html, "x"), html);
        }
    }
}

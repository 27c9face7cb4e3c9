//! Pictures in what people write. The style sheet keeps a place for each before it has come, as nothing may move when it does: for those
//! that have a line to themselves as wide as the text, for those between words as high as a line.

use std::borrow::Cow;

use super::markup::{Piece, name, pieces, values};

/// Elements that don't end a line.
const INLINE: &[&str] = &[
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "i", "img", "ins", "kbd",
    "mark", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strong", "sub", "sup", "time",
    "u", "var", "wbr",
];

/// A picture: where its attributes begin, whether it has one that describes it, and whether nothing else is on its line.
#[derive(Debug)]
struct Picture {
    at: usize,
    described: bool,
    apart: bool,
}

/// Rendered Markdown in which pictures that have a line to themselves are told from others. The first is loaded at once, as it may be
/// what is seen first; each has a description, if only that it needs none.
pub(super) fn told_apart(html: &str) -> Cow<'_, str> {
    let pictures = pictures(html);
    if pictures.is_empty() {
        return Cow::Borrowed(html);
    }
    let mut text = String::with_capacity(html.len() + pictures.len() * 64);
    let mut from = 0;
    for (number, picture) in pictures.iter().enumerate() {
        text.push_str(html.get(from..picture.at).unwrap_or_default());
        from = picture.at;
        if picture.apart {
            text.push_str(" class=\"picture\"");
        }
        if number > 0 {
            text.push_str(" loading=\"lazy\"");
        }
        text.push_str(" decoding=\"async\"");
        if !picture.described {
            text.push_str(" alt=\"\"");
        }
    }
    text.push_str(html.get(from..).unwrap_or_default());
    Cow::Owned(text)
}

/// The pictures in the order of the text.
fn pictures(html: &str) -> Vec<Picture> {
    let mut pictures = Vec::new();
    if !html.contains("<img") {
        return pictures;
    }
    let mut line = Line::default();
    let mut at = 0;
    for piece in pieces(html) {
        match piece {
            Piece::Text(text) => {
                line.text(text, &mut pictures);
                at += text.len();
            }
            Piece::Tag(tag) => {
                match name(tag) {
                    ("img", _) => pictures.push(Picture {
                        at: at + "<img".len(),
                        described: values(tag).any(|(names, _)| names.ends_with(" alt=")),
                        apart: false,
                    }),
                    (name, _) if !INLINE.contains(&name) => line.end(&mut pictures),
                    _ => {}
                }
                at += tag.len();
            }
        }
    }
    line.end(&mut pictures);
    pictures
}

/// The line that is being read.
#[derive(Default)]
struct Line {
    /// How many pictures were before it.
    first: usize,
    has_words: bool,
}

impl Line {
    fn text(&mut self, text: &str, pictures: &mut [Picture]) {
        let is_word = |text: &str| !text.trim().is_empty();
        match text.split_once('\n') {
            None => self.has_words |= is_word(text),
            Some((before, after)) => {
                self.has_words |= is_word(before);
                self.end(pictures);
                self.has_words = is_word(after.rsplit('\n').next().unwrap_or_default());
            }
        }
    }

    fn end(&mut self, pictures: &mut [Picture]) {
        if !self.has_words {
            for picture in pictures.iter_mut().skip(self.first) {
                picture.apart = true;
            }
        }
        self.first = pictures.len();
        self.has_words = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_on_a_line_of_its_own_is_told_from_one_between_words() {
        let render = |source: &str| blog::renderer::native(source).html;
        let (alone, between) = (true, false);
        for (source, expected) in [
            ("![](/a)", &[alone][..]),
            ("no picture", &[]),
            ("![a > b \"<c>\"](/a \"d > e\")", &[alone]),
            ("words ![](/a) words", &[between]),
            ("![](/a) words", &[between]),
            ("words\n![](/a)\n*words*", &[alone]),
            ("![](/a)\\\nwords", &[alone]),
            ("[![](/a)](/b)", &[alone]),
            ("[![](/a) words](/b)", &[between]),
            ("[words](/b) ![](/a)", &[between]),
            ("![](/a) ![](/b)", &[alone, alone]),
            ("![](/a)\n\nwords ![](/b)", &[alone, between]),
            (
                "- ![](/a)\n- words ![](/b)\n- [ ] ![](/c)",
                &[alone, between, alone],
            ),
            (
                "| a |\n|---|\n| ![](/a) |\n| words ![](/b) |",
                &[alone, between],
            ),
            ("> ![](/a)\n\n# A ![](/b)", &[alone, between]),
            ("<figure><img src=/a>words</figure>", &[between]),
            (
                "<figure><img src=/a><figcaption>words</figcaption></figure>",
                &[alone],
            ),
            ("`words` <img src=/a width=1>", &[between]),
        ] {
            let html = render(source);
            let found: Vec<bool> = pictures(&html).iter().map(|found| found.apart).collect();
            assert_eq!(found, expected, "{source}: {html}");
        }
    }

    #[test]
    fn nothing_else_is_changed() {
        for html in ["", "words", "<p>a &lt;img&gt; b</p>", "<img", "<p", "<"] {
            let told = told_apart(html);
            assert!(told.starts_with(html), "{html}: {told}");
        }
        assert_eq!(
            told_apart(
                "<p><img src=\"/a\" alt=\"b > c\"></p>\n<p>d <img src=\"/e\" title=\"x alt=\"> f</p>"
            ),
            "<p><img class=\"picture\" decoding=\"async\" src=\"/a\" alt=\"b > c\"></p>\n\
             <p>d <img loading=\"lazy\" decoding=\"async\" alt=\"\" src=\"/e\" title=\"x alt=\"> f</p>"
        );
    }

    #[test]
    fn a_page_full_of_pictures_costs_one_pass() {
        let html = "<img src=\"a\">".repeat(100_000);
        assert_eq!(told_apart(&html).matches("class=").count(), 100_000);
    }
}

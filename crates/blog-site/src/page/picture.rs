//! Pictures in what people write. The style sheet keeps a place for each before it has come, as nothing may move when it does: for those
//! that stand apart as wide as the text, for those between words as high as a line.

use std::borrow::Cow;

use super::markup::{Piece, name, pieces, values};

/// Elements that don't end a line.
const INLINE: &[&str] = &[
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "i", "img", "ins", "kbd",
    "mark", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strong", "sub", "sup", "time",
    "u", "var", "wbr",
];

/// A picture in what is read.
#[derive(Debug)]
struct Picture {
    /// Where its attributes begin.
    at: usize,
    /// Whether one of its attributes describes it.
    described: bool,
    /// Whether one of them says how large it is.
    sized: bool,
    /// Whether its paragraph has words before it.
    follows_words: bool,
    apart: bool,
}

/// Rendered Markdown in which pictures that stand apart are told from those between words: on a line of their own, or at either end of a
/// paragraph. The first is loaded at once, as it may be what is seen first; each has a description, if only that it needs none.
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
    let mut reader = Reader::default();
    if !html.contains("<img") {
        return reader.pictures;
    }
    let mut at = 0;
    for piece in pieces(html) {
        match piece {
            Piece::Text(text) => {
                reader.text(text);
                at += text.len();
            }
            Piece::Tag(tag) => {
                reader.tag(tag, at);
                at += tag.len();
            }
        }
    }
    reader.end_block();
    reader.pictures
}

#[derive(Default)]
struct Reader {
    pictures: Vec<Picture>,
    line: Line,
    paragraph: Option<Paragraph>,
}

#[derive(Default)]
struct Line {
    /// How many pictures were before it.
    first: usize,
    has_words: bool,
}

struct Paragraph {
    /// How many pictures were before it.
    first: usize,
    has_words: bool,
    /// How many pictures were before its last words.
    before_words: usize,
}

impl Reader {
    fn text(&mut self, text: &str) {
        for (number, line) in text.split('\n').enumerate() {
            if number > 0 {
                self.end_line();
            }
            // A full stop is none.
            if !line.contains(char::is_alphanumeric) {
                continue;
            }
            self.line.has_words = true;
            if let Some(paragraph) = &mut self.paragraph {
                paragraph.has_words = true;
                paragraph.before_words = self.pictures.len();
            }
        }
    }

    fn tag(&mut self, tag: &str, at: usize) {
        match name(tag) {
            ("img", _) => self.pictures.push(Picture {
                at: at + "<img".len(),
                described: has(tag, " alt="),
                sized: has(tag, " width=") || has(tag, " height="),
                follows_words: self.paragraph.as_ref().is_some_and(|read| read.has_words),
                apart: false,
            }),
            ("br", _) => self.end_line(),
            ("p", false) => {
                self.end_block();
                self.paragraph = Some(Paragraph {
                    first: self.pictures.len(),
                    has_words: false,
                    before_words: 0,
                });
            }
            (name, _) if !INLINE.contains(&name) => self.end_block(),
            _ => {}
        }
    }

    fn end_line(&mut self) {
        if !self.line.has_words {
            for picture in self.pictures.iter_mut().skip(self.line.first) {
                picture.apart = true;
            }
        }
        self.line = Line {
            first: self.pictures.len(),
            has_words: false,
        };
    }

    fn end_block(&mut self) {
        self.end_line();
        if let Some(read) = self.paragraph.take() {
            for (number, picture) in self.pictures.iter_mut().enumerate().skip(read.first) {
                // Of one that has its size, its author knows how it looks in a line.
                picture.apart |=
                    !(picture.sized || picture.follows_words && number < read.before_words);
            }
        }
    }
}

fn has(tag: &str, attribute: &str) -> bool {
    values(tag).any(|(names, _)| names.ends_with(attribute))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_that_stands_apart_is_told_from_one_between_words() {
        let render = |source: &str| blog::renderer::native(source).html;
        let (alone, between) = (true, false);
        for (source, expected) in [
            ("![](/a)", &[alone][..]),
            ("no picture", &[]),
            ("![a > b \"<c>\"](/a \"d > e\")", &[alone]),
            ("words ![](/a) words", &[between]),
            ("![](/a) words", &[alone]),
            ("words ![](/a)", &[alone]),
            ("words\nwords ![](/a)\nwords", &[between]),
            ("words ![](/a) words ![](/b)", &[between, alone]),
            ("words\n![](/a)\n*words*", &[alone]),
            ("![](/a)\\\nwords", &[alone]),
            ("[![](/a)](/b)", &[alone]),
            ("words [![](/a) words](/b)", &[between]),
            ("[words](/b) ![](/a) words", &[between]),
            ("![](/a) ![](/b)", &[alone, alone]),
            ("![](/a)\n\nwords ![](/b) words", &[alone, between]),
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
            ("`words` <img src=/a>.", &[alone]),
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

#![doc = include_str!("../README.md")]

mod anchor;
mod bounds;
mod highlight;
mod plain_text;
mod raw_html;
mod sanitise;

use std::borrow::Cow;

use pulldown_cmark::{Options, Parser, html};

use crate::bounds::Bounded;

/// Headings that the table of contents lists at most; a document with more is no document.
const MAX_TOC: usize = 500;

/// A rendered document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// Sanitised HTML.
    pub html: String,
    /// The text without markup, a line for each block.
    pub text: String,
    /// The first 500 headings.
    pub toc: Vec<Heading>,
    /// Words of `text`; a Chinese or Japanese character counts as one.
    pub words: u32,
}

/// One heading of the table of contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// 1 to 6.
    pub level: u8,
    /// Fragment that the heading can be linked by, unique in the document, without `#`.
    pub anchor: String,
    /// Plain text.
    pub text: String,
}

/// Renders Markdown to sanitised HTML. Never fails: whatever is not Markdown is text.
#[must_use]
pub fn render(source: &str) -> Document {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_FOOTNOTES;
    // CommonMark 2.3; the parser leaves it to us.
    let source = if source.contains('\0') {
        Cow::Owned(source.replace('\0', "\u{fffd}"))
    } else {
        Cow::Borrowed(source)
    };
    let mut events = Bounded::new(Parser::new_ext(&source, options));
    let mut raw = String::with_capacity(source.len() + source.len() / 2);
    html::push_html(&mut raw, events.by_ref());
    let (text, toc) = events.finish();
    Document {
        html: sanitise::clean(&raw),
        words: plain_text::words(&text),
        text,
        toc,
    }
}

#[cfg(test)]
mod tests;

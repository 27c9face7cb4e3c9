//! What reaches the HTML parser: the events of the Markdown parser with nesting, raw tags and table padding bounded, and on
//! the way the outline and the plain text.

use std::collections::{HashMap, HashSet, VecDeque};

use pulldown_cmark::{CodeBlockKind, CowStr, Event, Parser, Tag, TagEnd};

use crate::anchor::Anchors;
use crate::highlight;
use crate::raw_html::{Piece, pieces};
use crate::sanitise::{DONE, FLOW, HIDDEN, PHRASING, TO_DO};
use crate::{Heading, MAX_TOC, plain_text};

/// Elements inside each other at most. The HTML parser walks its stack of open elements for most tags.
const MAX_DEPTH: usize = 64;
/// Raw formatting elements inside each other at most: each is opened anew in every paragraph that follows.
const MAX_FORMATTING: usize = 4;
/// Cells of all tables of a document: the Markdown parser pads short rows to the width of the first.
const MAX_CELLS: usize = 50_000;

const VOID: &[&str] = &["br", "hr", "img", "wbr"];
/// HTML 13.2.4.3: what the HTML parser reopens after a misnested end.
const FORMATTING: &[&str] = &["a", "b", "code", "em", "i", "s", "small", "strong", "u"];
/// Closed by the next of their kind.
const SELF_CLOSING: &[&str] = &["p", "li", "dt", "dd"];

enum Open {
    /// An element of Markdown, and whether it was let through.
    Markdown(bool),
    /// A raw tag that was let through.
    Raw(String),
}

/// An iterator over bounded events.
pub(crate) struct Bounded<'a> {
    parser: Parser<'a>,
    ready: VecDeque<Event<'a>>,
    open: Vec<Open>,
    depth: usize,
    formatting: usize,
    cells: usize,
    /// The element whose content vanishes, and how many were open around it.
    hidden: Option<(String, usize)>,
    /// Raw lines of the HTML block that is being read.
    block: Option<String>,
    /// Where in `ready` the heading begins that is being read, and where its text begins in `text`.
    heading: Option<(usize, usize)>,
    /// Language and text of the code block that is being read, if it gets classes.
    code: Option<(String, String)>,
    /// Words of code that may still be marked.
    marks: usize,
    anchors: Anchors,
    footnotes: HashMap<String, usize>,
    /// Footnotes that something was referred to.
    referred: HashSet<usize>,
    /// Images that are open: what is in them becomes their description, which has no markup.
    images: usize,
    text: String,
    toc: Vec<Heading>,
}

impl<'a> Bounded<'a> {
    pub(crate) fn new(parser: Parser<'a>) -> Self {
        Self {
            parser,
            ready: VecDeque::new(),
            open: Vec::new(),
            depth: 0,
            formatting: 0,
            cells: 0,
            hidden: None,
            block: None,
            heading: None,
            code: None,
            marks: highlight::MAX_MARKS,
            anchors: Anchors::default(),
            footnotes: HashMap::new(),
            referred: HashSet::new(),
            images: 0,
            text: String::new(),
            toc: Vec::new(),
        }
    }

    /// Text and table of contents, once all events were taken.
    pub(crate) fn finish(mut self) -> (String, Vec<Heading>) {
        self.text.truncate(self.text.trim_end().len());
        (self.text, self.toc)
    }

    fn take(&mut self, event: Event<'a>) {
        match event {
            Event::Start(Tag::HtmlBlock) => self.block = Some(String::new()),
            Event::End(TagEnd::HtmlBlock) => self.end_html_block(),
            Event::Html(line) => {
                if let Some(block) = &mut self.block {
                    block.push_str(&line);
                }
            }
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::InlineHtml(tag) => self.raw(&tag, false),
            _ if self.hidden.is_some() => {}
            Event::FootnoteReference(name) => self.refer(&name),
            Event::TaskListMarker(done) => {
                // The parser's own has no name that a screen reader could say.
                let (name, checked) = if done {
                    (DONE, " checked=\"\"")
                } else {
                    (TO_DO, "")
                };
                self.push_html(format!(
                    "<input disabled=\"\" type=\"checkbox\" aria-label=\"{name}\"{checked}>\n"
                ));
            }
            Event::Text(text) if self.code.is_some() => {
                self.text.push_str(&text);
                if let Some((_, code)) = &mut self.code {
                    code.push_str(&text);
                }
            }
            event => {
                match &event {
                    Event::Text(text) | Event::Code(text) => self.text.push_str(text),
                    Event::SoftBreak | Event::HardBreak => self.text.push(' '),
                    _ => {}
                }
                self.ready.push_back(event);
            }
        }
    }

    fn start(&mut self, tag: Tag<'a>) {
        if matches!(tag, Tag::TableCell) {
            self.cells += 1;
        }
        let kept = self.hidden.is_none()
            && self.depth < MAX_DEPTH
            && !(self.cells > MAX_CELLS && matches!(tag, Tag::TableCell | Tag::TableRow));
        self.open.push(Open::Markdown(kept));
        if !kept {
            return;
        }
        self.depth += 1;
        if is_block(&tag.to_end()) {
            plain_text::end_line(&mut self.text);
        }
        match &tag {
            Tag::FootnoteDefinition(name) => return self.define(name),
            Tag::Heading { .. } => self.heading = Some((self.ready.len(), self.text.len())),
            Tag::Image { .. } => self.images += 1,
            _ => {}
        }
        if let Tag::CodeBlock(CodeBlockKind::Fenced(info)) = &tag {
            let name = info.split([' ', ',', '{']).next().unwrap_or("");
            if highlight::knows(name) {
                self.code = Some((name.to_owned(), String::new()));
            }
        }
        self.ready.push_back(Event::Start(tag));
    }

    fn end(&mut self, tag: TagEnd) {
        while let Some(Open::Raw(_)) = self.open.last() {
            self.close_raw();
        }
        let kept = matches!(self.open.pop(), Some(Open::Markdown(true)));
        if self
            .hidden
            .as_ref()
            .is_some_and(|(_, around)| self.open.len() < *around)
        {
            self.hidden = None;
        }
        if !kept {
            return;
        }
        self.depth -= 1;
        match tag {
            TagEnd::Heading(_) => self.end_heading(),
            TagEnd::Image => self.images -= 1,
            _ => {}
        }
        if tag == TagEnd::CodeBlock
            && let Some((name, code)) = self.code.take()
        {
            let html = highlight::highlight(&name, &code, &mut self.marks);
            self.push_html(html);
        }
        if is_block(&tag) {
            plain_text::end_line(&mut self.text);
        } else if tag == TagEnd::TableCell {
            self.text.push(' ');
        }
        self.ready.push_back(Event::End(tag));
    }

    fn end_heading(&mut self) {
        let Some((event, text)) = self.heading.take() else {
            return;
        };
        let text = self.text.get(text..).unwrap_or_default().trim().to_owned();
        let anchor = self.anchors.make(&text);
        if let Some(Event::Start(Tag::Heading { level, id, .. })) = self.ready.get_mut(event) {
            *id = Some(CowStr::from(anchor.clone()));
            if self.toc.len() < MAX_TOC {
                self.toc.push(Heading {
                    level: *level as u8,
                    anchor,
                    text,
                });
            }
        }
    }

    fn end_html_block(&mut self) {
        let block = self.block.take().unwrap_or_default();
        plain_text::end_line(&mut self.text);
        self.raw(&block, true);
        plain_text::end_line(&mut self.text);
        // A formatting element that stays open would be opened anew in each paragraph of the rest.
        while self.formatting > 0 && matches!(self.open.last(), Some(Open::Raw(_))) {
            self.close_raw();
        }
    }

    /// Lets raw HTML through: what is known of it, balanced.
    pub(crate) fn raw(&mut self, html: &str, is_block: bool) {
        for piece in pieces(html) {
            match piece {
                Piece::Close(name)
                    if self
                        .hidden
                        .as_ref()
                        .is_some_and(|(hidden, _)| *hidden == name) =>
                {
                    self.hidden = None
                }
                _ if self.hidden.is_some() => {}
                Piece::Text(text) => {
                    self.text.push_str(text);
                    self.push_html(text.replace('<', "&lt;"));
                }
                Piece::Open(name, _) if HIDDEN.contains(&name.as_str()) => {
                    self.hidden = Some((name, self.open.len()))
                }
                Piece::Open(name, tag) => self.open_raw(name, tag, is_block),
                Piece::Close(name) => {
                    let is_open = |open: &&Open| matches!(open, Open::Raw(raw) if *raw == name);
                    let inner = self
                        .open
                        .iter()
                        .rev()
                        .take_while(|open| matches!(open, Open::Raw(_)));
                    if inner.clone().any(|open| is_open(&open)) {
                        for _ in 0..=inner.take_while(|open| !is_open(open)).count() {
                            self.close_raw();
                        }
                    }
                }
            }
        }
    }

    fn open_raw(&mut self, name: String, tag: String, is_block: bool) {
        let known =
            PHRASING.contains(&name.as_str()) || (is_block && FLOW.contains(&name.as_str()));
        if !known {
            return;
        }
        if VOID.contains(&name.as_str()) {
            return self.push_html(tag);
        }
        if SELF_CLOSING.contains(&name.as_str())
            && matches!(self.open.last(), Some(Open::Raw(last)) if *last == name)
        {
            self.close_raw();
        }
        let formatting = FORMATTING.contains(&name.as_str());
        if self.depth >= MAX_DEPTH || (formatting && self.formatting >= MAX_FORMATTING) {
            return;
        }
        self.depth += 1;
        self.formatting += usize::from(formatting);
        self.open.push(Open::Raw(name));
        self.push_html(tag);
    }

    /// Closes the innermost element, which is raw.
    fn close_raw(&mut self) {
        if let Some(Open::Raw(name)) = self.open.pop() {
            self.depth -= 1;
            self.formatting -= usize::from(FORMATTING.contains(&name.as_str()));
            self.push_html(format!("</{name}>"));
        }
    }

    fn push_html(&mut self, html: String) {
        if self.images == 0 {
            self.ready.push_back(Event::InlineHtml(CowStr::from(html)));
        }
    }

    /// A reference to a footnote; the footnote leads back to the first.
    fn refer(&mut self, name: &str) {
        let number = self.footnote(name);
        if self.images > 0 {
            let text = CowStr::from(format!("[{number}]"));
            return self.ready.push_back(Event::Text(text));
        }
        let id = if self.referred.insert(number) {
            format!(" id=\"fnref-{number}\"")
        } else {
            String::new()
        };
        self.push_html(format!(
            "<sup class=\"footnote-reference\"{id}><a href=\"#fn-{number}\">{number}</a></sup>"
        ));
    }

    /// Begins a footnote.
    fn define(&mut self, name: &str) {
        let number = self.footnote(name);
        let label = if self.referred.contains(&number) {
            format!("<a href=\"#fnref-{number}\" title=\"Back to the text\">{number}</a>")
        } else {
            number.to_string()
        };
        self.push_html(format!(
            "<div class=\"footnote-definition\" id=\"fn-{number}\"><sup class=\"footnote-definition-label\">{label}</sup>"
        ));
    }

    /// The number of a footnote in the document: authors' own names could be any id.
    fn footnote(&mut self, name: &str) -> usize {
        let next = self.footnotes.len() + 1;
        *self.footnotes.entry(name.to_owned()).or_insert(next)
    }
}

impl<'a> Iterator for Bounded<'a> {
    type Item = Event<'a>;

    fn next(&mut self) -> Option<Event<'a>> {
        loop {
            // The id of a heading is known at its end.
            if self.heading.is_none()
                && let Some(event) = self.ready.pop_front()
            {
                return Some(event);
            }
            match self.parser.next() {
                Some(event) => self.take(event),
                None => {
                    self.heading = None;
                    while !self.open.is_empty() {
                        self.close_raw();
                    }
                    return self.ready.pop_front();
                }
            }
        }
    }
}

fn is_block(tag: &TagEnd) -> bool {
    !matches!(
        tag,
        TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::Strikethrough
            | TagEnd::Link
            | TagEnd::Image
            | TagEnd::Subscript
            | TagEnd::Superscript
            | TagEnd::TableCell
    )
}

//! The last word on what may be shown: an allow-list over the rendered HTML, whatever made it.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

/// Inline elements.
pub(crate) const PHRASING: &[&str] = &[
    "a", "abbr", "b", "bdi", "bdo", "br", "cite", "code", "del", "dfn", "em", "i", "img", "ins",
    "kbd", "mark", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strong", "sub", "sup",
    "time", "u", "var", "wbr",
];
/// Block elements.
pub(crate) const FLOW: &[&str] = &[
    "blockquote",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "summary",
    "ul",
];
/// Elements that only the renderer makes.
const RENDERED: &[&str] = &["input", "table", "tbody", "td", "th", "thead", "tr"];
/// Names of the boxes of task lists, as GitHub has them.
pub(crate) const DONE: &str = "Completed task";
pub(crate) const TO_DO: &str = "Incomplete task";
/// Elements that vanish with all that is in them.
pub(crate) const HIDDEN: &[&str] = &[
    "iframe", "math", "noembed", "noframes", "noscript", "object", "script", "select", "style",
    "svg", "template", "textarea", "title", "xmp",
];

/// What remains of rendered HTML.
pub(crate) fn clean(html: &str) -> String {
    static BUILDER: LazyLock<Builder<'static>> = LazyLock::new(builder);
    BUILDER.clean(html).to_string()
}

fn builder() -> Builder<'static> {
    let set = |names: &[&'static str]| names.iter().copied().collect::<HashSet<_>>();
    let mut attributes: HashMap<&'static str, HashSet<&'static str>> = HashMap::from([
        ("a", set(&["href"])),
        ("img", set(&["src", "alt", "width", "height"])),
        ("ol", set(&["start", "reversed"])),
        ("blockquote", set(&["cite"])),
        ("q", set(&["cite"])),
        ("del", set(&["cite", "datetime"])),
        ("ins", set(&["cite", "datetime"])),
        ("time", set(&["datetime"])),
        ("details", set(&["open"])),
        ("div", set(&["id"])),
        ("sup", set(&["id"])),
        ("input", set(&["checked", "disabled"])),
        // The renderer's alignment of columns; the property and its values are limited below.
        ("td", set(&["style"])),
        ("th", set(&["style"])),
    ]);
    for heading in ["h1", "h2", "h3", "h4", "h5", "h6"] {
        attributes.insert(heading, set(&["id"]));
    }
    let mut builder = Builder::empty();
    builder
        .tags(
            PHRASING
                .iter()
                .chain(FLOW)
                .chain(RENDERED)
                .copied()
                .collect(),
        )
        .clean_content_tags(set(HIDDEN))
        .tag_attributes(attributes)
        .tag_attribute_values(HashMap::from([(
            "input",
            HashMap::from([
                ("type", set(&["checkbox"])),
                ("aria-label", set(&[DONE, TO_DO])),
            ]),
        )]))
        .generic_attributes(set(&["title", "lang", "dir"]))
        .allowed_classes(HashMap::from([
            ("div", set(&["footnote-definition"])),
            (
                "span",
                set(&["hl-comment", "hl-keyword", "hl-number", "hl-string"]),
            ),
            (
                "sup",
                set(&["footnote-reference", "footnote-definition-label"]),
            ),
        ]))
        .attribute_filter(|element, attribute, value| match (element, attribute) {
            ("td" | "th", "style") => alignment(value).then(|| value.into()),
            ("code", "class") => language(value).map(Into::into),
            ("img", "width") => width(value).map(Into::into),
            ("img", "height") => pixels(value).map(Into::into),
            _ => Some(value.into()),
        })
        .filter_style_properties(set(&["text-align"]))
        .url_schemes(set(&["http", "https", "mailto"]))
        .url_relative(UrlRelative::PassThrough)
        .link_rel(Some("noopener noreferrer ugc"))
        .strip_comments(true);
    builder.add_tag_attributes("code", &["class"]);
    builder
}

/// The renderer's alignment of a column.
fn alignment(style: &str) -> bool {
    style
        .strip_prefix("text-align:")
        .is_some_and(|value| ["left", "center", "right"].contains(&value.trim()))
}

/// How wide a picture is, in CSS pixels or as a share of the text's width. A page keeps its place by it before it has come.
fn width(value: &str) -> Option<&str> {
    let value = value.trim();
    match value.strip_suffix('%') {
        Some(share) => share
            .parse()
            .is_ok_and(|share: u8| (1..=100).contains(&share) && !value.starts_with(['0', '+']))
            .then_some(value),
        None => pixels(value),
    }
}

/// CSS pixels, with their unit or without, as it would be in a style.
fn pixels(value: &str) -> Option<&str> {
    let value = value.trim();
    let value = value.strip_suffix("px").map_or(value, str::trim_end);
    ((1..=4).contains(&value.len())
        && value.bytes().all(|b| b.is_ascii_digit())
        && !value.starts_with('0'))
    .then_some(value)
}

/// `language-rust`, for highlighters; no other class.
fn language(class: &str) -> Option<&str> {
    let name = class.strip_prefix("language-")?;
    (name.len() <= 32
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_+#.".contains(c)))
    .then_some(class)
}

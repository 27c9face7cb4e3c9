//! Raw HTML inside Markdown, cut into tags and text.
//!
//! Not what makes it safe (that is `ammonia`, at the end), but what makes its cost known: only a tag that is understood
//! here reaches the HTML parser as a tag.

/// Longest tag, bytes. Duplicate attributes are found by comparing each with each.
const MAX_TAG: usize = 4096;

/// Attributes that authors may set on raw tags. No `id`, `class` or `name`: those are the renderer's.
const ATTRIBUTES: &[&str] = &[
    "href", "src", "alt", "title", "width", "height", "open", "start", "reversed", "cite",
    "datetime", "lang", "dir",
];

/// A piece of raw HTML.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// Text, entities in it as they were written.
    Text(&'a str),
    /// A start tag: its name in lower case, and the whole tag written anew.
    Open(String, String),
    /// An end tag.
    Close(String),
}

/// Cuts raw HTML into pieces. Comments, declarations and processing instructions vanish.
pub(crate) fn pieces(html: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = html;
    while !rest.is_empty() {
        let at = rest.find('<').unwrap_or(rest.len());
        let (text, from) = rest.split_at(at);
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        if from.is_empty() {
            break;
        }
        rest = if let Some(comment) = from.strip_prefix("<!--") {
            after_comment(comment)
        } else if from.starts_with("<!") || from.starts_with("<?") {
            from.find('>')
                .and_then(|end| from.get(end + 1..))
                .unwrap_or_default()
        } else if let Some((piece, after)) = tag(from) {
            pieces.push(piece);
            after
        } else {
            let (sign, after) = from.split_at(1);
            pieces.push(Piece::Text(sign));
            after
        };
    }
    pieces
}

/// What follows the comment that begins before `inside`. `<!-->` and `<!--->` are whole ones (CommonMark 6.6).
fn after_comment(inside: &str) -> &str {
    inside
        .strip_prefix('>')
        .or_else(|| inside.strip_prefix("->"))
        .or_else(|| inside.find("-->").and_then(|end| inside.get(end + 3..)))
        .unwrap_or_default()
}

/// The tag at the start of `from`, and what follows it. A tag that holds a further `<` is none, which keeps the scan
/// linear.
fn tag(from: &str) -> Option<(Piece<'_>, &str)> {
    let inside = from.get(1..)?;
    if let Some(closing) = inside.strip_prefix('/') {
        let (name, after) = name(closing)?;
        let after = after.trim_start().strip_prefix('>')?;
        return Some((Piece::Close(name), after));
    }
    let (name, mut rest) = name(inside)?;
    let mut written = format!("<{name}");
    loop {
        let trimmed = rest.trim_start();
        if from.len() - trimmed.len() > MAX_TAG {
            return None;
        }
        if let Some(after) = trimmed
            .strip_prefix("/>")
            .or_else(|| trimmed.strip_prefix('>'))
        {
            written.push('>');
            return Some((Piece::Open(name, written), after));
        }
        if trimmed.len() == rest.len() {
            return None;
        }
        let (key, value, after) = attribute(trimmed)?;
        if ATTRIBUTES.contains(&key.as_str()) {
            written.push_str(&format!(" {key}=\"{}\"", value.replace('"', "&quot;")));
        }
        rest = after;
    }
}

fn name(text: &str) -> Option<(String, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .unwrap_or(text.len());
    let (name, after) = text.split_at(end);
    (name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.len() <= 32)
        .then(|| (name.to_ascii_lowercase(), after))
}

/// Name and value of an attribute, and what follows. CommonMark 6.6.
fn attribute(text: &str) -> Option<(String, &str, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && !"-_:.@".contains(c))
        .unwrap_or(text.len());
    let (key, after) = text.split_at(end);
    if key.is_empty() {
        return None;
    }
    let key = key.to_ascii_lowercase();
    let Some(value) = after.trim_start().strip_prefix('=') else {
        return Some((key, "", after));
    };
    let value = value.trim_start();
    let (value, after) = match value.chars().next()? {
        quote @ ('"' | '\'') => {
            let inner = value.get(1..)?;
            let end = inner
                .find([quote, '<'])
                .filter(|end| !inner.get(*end..).is_some_and(|s| s.starts_with('<')))?;
            (inner.get(..end)?, inner.get(end + 1..)?)
        }
        _ => {
            let end = value
                .find(|c: char| c.is_ascii_whitespace() || "\"'=<>`".contains(c))
                .unwrap_or(value.len());
            (end > 0).then(|| value.split_at(end))?
        }
    };
    Some((key, value, after))
}

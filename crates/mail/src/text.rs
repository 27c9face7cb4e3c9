//! The `text/plain` part.

use crate::letter::{Block, Letter};

const WIDTH: usize = 72;

/// The letter as lines of text.
pub(crate) fn plain(letter: &Letter, public_url: &str) -> String {
    let mut parts = vec![wrapped(&letter.heading, "")];
    parts.extend(letter.blocks.iter().map(block));
    parts.push(format!(
        "-- \n{}\n{public_url}",
        wrapped(letter.reason.text(), "")
    ));
    let mut text = parts.join("\n\n");
    text.push('\n');
    text
}

fn block(block: &Block) -> String {
    match block {
        Block::Paragraph(text) | Block::Warning(text) => wrapped(text, ""),
        Block::Code(code) => format!("    {code}"),
        // A link is never broken: half of one leads nowhere.
        Block::Button { label, url } => format!("{label}:\n{url}"),
        Block::Facts(facts) => facts
            .iter()
            .map(|(name, value)| wrapped(&format!("{name}: {value}"), "  "))
            .collect::<Vec<_>>()
            .join("\n"),
        Block::List(items) => items
            .iter()
            .map(|item| wrapped(&format!("- {item}"), "  "))
            .collect::<Vec<_>>()
            .join("\n"),
    }
}

/// Lines of at most [`WIDTH`] characters; the ones after the first are indented.
fn wrapped(text: &str, indent: &str) -> String {
    textwrap::fill(
        text,
        textwrap::Options::new(WIDTH)
            .subsequent_indent(indent)
            .break_words(false),
    )
}

#[cfg(test)]
mod tests {
    use crate::{Mail, render};

    #[test]
    fn a_link_is_whole_however_long() {
        let url = format!("https://a.example/{}", "x-y".repeat(100));
        let mail = Mail::read(
            "password_reset",
            serde_json::json!({"url": url, "minutes": 30}),
        )
        .unwrap();
        let text = render(&mail, "https://a.example").text;
        assert!(text.lines().any(|line| line == url), "{text}");
    }
}

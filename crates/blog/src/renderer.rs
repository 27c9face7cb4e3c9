//! What turns Markdown into HTML that may be shown.

use contracts::content::markdown::Rendered;

/// Renders Markdown to sanitised HTML. The import of the component `markdown` is one.
pub trait Renderer: Send + Sync + 'static {
    /// Never fails: whatever is not Markdown is text.
    fn render(&self, source: &str) -> Rendered;
}

impl<F: Fn(&str) -> Rendered + Send + Sync + 'static> Renderer for F {
    fn render(&self, source: &str) -> Rendered {
        self(source)
    }
}

/// The renderer that the service was given.
pub(crate) struct Markdown(pub(crate) Box<dyn Renderer>);

/// The crate `markdown`, for native servers and tests.
#[cfg(not(target_family = "wasm"))]
#[must_use]
pub fn native(source: &str) -> Rendered {
    let document = markdown::render(source);
    let heading = |heading: markdown::Heading| contracts::content::markdown::Heading {
        level: heading.level,
        anchor: heading.anchor,
        text: heading.text,
    };
    Rendered {
        html: document.html,
        text: document.text,
        toc: document.toc.into_iter().map(heading).collect(),
        words: document.words,
    }
}

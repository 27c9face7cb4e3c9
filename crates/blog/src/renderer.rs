//! What turns Markdown into HTML that may be shown.

use contracts::content::markdown::Rendered;
use kit::{App, Problem};
use serde_json::{Map, Value, json};

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

/// The renderer that a service was given.
pub struct Markdown(pub Box<dyn Renderer>);

/// What the service's renderer makes of a text.
///
/// # Errors
/// 500 in a service that was given no [`Markdown`].
pub fn render(app: &App, source: &str) -> Result<Rendered, Problem> {
    let markdown = app
        .extension::<Markdown>()
        .ok_or_else(|| Problem::internal("no Markdown renderer was put in"))?;
    Ok(markdown.0.render(source))
}

/// Renders the body of a post and puts source and outcome where the database expects them.
///
/// # Errors
/// As [`render`].
pub fn render_into(
    target: &mut Map<String, Value>,
    app: &App,
    body: String,
) -> Result<(), Problem> {
    let rendered = render(app, &body)?;
    let toc: Vec<Value> = rendered
        .toc
        .into_iter()
        .map(|heading| {
            json!({"level": heading.level, "anchor": heading.anchor, "text": heading.text})
        })
        .collect();
    target.insert("body".into(), Value::String(body));
    target.insert("html".into(), Value::String(rendered.html));
    target.insert("toc".into(), Value::Array(toc));
    target.insert("text".into(), Value::String(rendered.text));
    target.insert(
        "words".into(),
        json!(i32::try_from(rendered.words).unwrap_or(i32::MAX)),
    );
    Ok(())
}

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

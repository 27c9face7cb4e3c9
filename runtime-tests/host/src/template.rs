//! `{{ variable }}` templates in the manifest.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

/// Replaces each `{{ name }}` by its value. `place` says in the error where the template stands.
pub(crate) fn render(
    template: &str,
    values: &BTreeMap<String, String>,
    place: &str,
) -> Result<String> {
    let mut rendered = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, after)) = after.split_once("}}") else {
            bail!("{place}: a `{{{{` is never closed");
        };
        let name = name.trim();
        let Some(value) = values.get(name) else {
            bail!("{place}: {name:?} is not declared in [variables]");
        };
        rendered.push_str(before);
        rendered.push_str(value);
        rest = after;
    }
    rendered.push_str(rest);
    Ok(rendered)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> BTreeMap<String, String> {
        [("host", "db.internal:5432"), ("empty", "")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    }

    #[test]
    fn each_name_is_replaced_by_its_value() {
        for (template, expected) in [
            ("postgres://{{ host }}", "postgres://db.internal:5432"),
            (
                "{{host}}{{empty}}{{ host }}",
                "db.internal:5432db.internal:5432",
            ),
            ("plain } text {", "plain } text {"),
        ] {
            assert_eq!(render(template, &values(), "x").unwrap(), expected);
        }
    }

    #[test]
    fn an_unknown_name_and_an_open_brace_are_refused_with_the_place() {
        for template in ["{{ hots }}", "{{ host"] {
            let error = render(template, &values(), "[component.a]")
                .unwrap_err()
                .to_string();
            assert!(error.contains("[component.a]"), "{error}");
        }
    }
}

//! The values of the application's variables, in Spin's order: command line, the providers of the runtime configuration,
//! the environment (`SPIN_VARIABLE_<UPPER>`, then `./.env`), the default of the manifest.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::manifest::Manifest;
use crate::runtime_config::VariablesProvider;
use crate::template;

/// Where the values come from besides the manifest.
#[derive(Debug, Default)]
pub(crate) struct Sources<'a> {
    /// From `--variable`, see [`from_argument`].
    pub(crate) command_line: BTreeMap<String, String>,
    /// From the runtime configuration.
    pub(crate) providers: &'a [VariablesProvider],
}

/// The environment of this process: a function, so that tests need not change it.
pub(crate) type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Parses one `--variable`: `name=value`, `name=@file` or `@file.toml`/`@file.json` with many.
pub(crate) fn from_argument(argument: &str) -> Result<Vec<(String, String)>> {
    if let Some(path) = argument.strip_prefix('@') {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("--variable {argument}"))?;
        let values: BTreeMap<String, String> = match Path::new(path)
            .extension()
            .and_then(|extension| extension.to_str())
        {
            Some("toml") => {
                toml::from_str(&text).with_context(|| format!("--variable {argument}"))?
            }
            Some("json") => {
                serde_json::from_str(&text).with_context(|| format!("--variable {argument}"))?
            }
            _ => bail!("--variable {argument}: a file with many variables ends in .toml or .json"),
        };
        return Ok(values.into_iter().collect());
    }
    let Some((name, value)) = argument.split_once('=') else {
        bail!("--variable {argument}: write name=value, name=@file or @file.toml");
    };
    let value = match value.strip_prefix('@') {
        Some(path) => {
            std::fs::read_to_string(path).with_context(|| format!("--variable {argument}"))?
        }
        None => value.to_owned(),
    };
    Ok(vec![(name.to_owned(), value)])
}

/// The values of all declared variables; an error names every required one that has none.
pub(crate) fn resolve(
    manifest: &Manifest,
    sources: &Sources<'_>,
    environment: Environment<'_>,
) -> Result<BTreeMap<String, String>> {
    for name in sources.command_line.keys() {
        if !manifest.variables.contains_key(name) {
            bail!("--variable {name}: the manifest declares no such variable in [variables]");
        }
    }
    let providers = sources
        .providers
        .iter()
        .map(Provider::new)
        .chain([Provider::new(&DEFAULT_PROVIDER)])
        .collect::<Result<Vec<_>>>()?;
    let mut values = BTreeMap::new();
    let mut missing = Vec::new();
    for (name, declaration) in &manifest.variables {
        let found = sources.command_line.get(name).cloned();
        let found = found.or_else(|| {
            providers
                .iter()
                .find_map(|provider| provider.get(name, environment))
        });
        match found.or_else(|| declaration.default.clone()) {
            Some(value) => drop(values.insert(name.clone(), value)),
            None => missing.push((name, declaration)),
        }
    }
    if !missing.is_empty() {
        let list = missing
            .iter()
            .map(|(name, declaration)| match &declaration.description {
                Some(description) => format!("\n  {name}: {description}"),
                None => format!("\n  {name}"),
            });
        bail!(
            "these variables are required and have no value:{}\ngive each by --variable {}=…, by the environment variable {}, or in ./.env",
            list.collect::<String>(),
            missing.first().map_or("name", |(name, _)| name),
            missing
                .first()
                .map_or_else(String::new, |(name, _)| environment_name(
                    "SPIN_VARIABLE",
                    name
                )),
        );
    }
    Ok(values)
}

/// What `spin:variables` answers to one component: its own table with the templates filled in.
pub(crate) fn of_component(
    manifest: &Manifest,
    id: &str,
    values: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>> {
    let table = manifest
        .components
        .get(id)
        .and_then(|component| component.variables.as_ref());
    let rendered = table.into_iter().flatten().map(|(name, template)| {
        let value = template::render(
            template,
            values,
            &format!("[component.{id}.variables] {name}"),
        )?;
        Ok((name.clone(), value))
    });
    rendered.collect()
}

const DEFAULT_PROVIDER: VariablesProvider = VariablesProvider::Env {
    prefix: None,
    dotenv_path: None,
};

enum Provider<'a> {
    Environment {
        prefix: &'a str,
        dotenv: BTreeMap<String, String>,
    },
    Static(&'a BTreeMap<String, String>),
}

impl<'a> Provider<'a> {
    fn new(config: &'a VariablesProvider) -> Result<Self> {
        Ok(match config {
            VariablesProvider::Env {
                prefix,
                dotenv_path,
            } => Self::Environment {
                prefix: prefix.as_deref().unwrap_or("SPIN_VARIABLE"),
                dotenv: dotenv(
                    dotenv_path.as_deref().unwrap_or(Path::new(".env")),
                    dotenv_path.is_some(),
                )?,
            },
            VariablesProvider::Static { values } => Self::Static(values),
        })
    }

    fn get(&self, name: &str, environment: Environment<'_>) -> Option<String> {
        match self {
            Self::Environment { prefix, dotenv } => {
                let name = environment_name(prefix, name);
                environment(&name).or_else(|| dotenv.get(&name).cloned())
            }
            Self::Static(values) => values.get(name).cloned(),
        }
    }
}

fn environment_name(prefix: &str, variable: &str) -> String {
    format!("{prefix}_{}", variable.to_ascii_uppercase())
}

/// Reads `NAME=value` lines, comments and `export`. A value is read as by Spin, where one line that it can't read hides all others.
fn dotenv(path: &Path, required: bool) -> Result<BTreeMap<String, String>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !required => {
            return Ok(BTreeMap::new());
        }
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let mut values = BTreeMap::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        let line = line.strip_prefix("export ").unwrap_or(line);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let place = || format!("{} line {}", path.display(), index + 1);
        let Some((name, value)) = line.split_once('=') else {
            bail!("{}: expected NAME=value", place());
        };
        let value = unquote(value.trim()).with_context(place)?;
        values.insert(name.trim().to_owned(), value);
    }
    Ok(values)
}

/// The value that stands for itself: a blank ends it outside of quotes, and then only a comment may follow. Spin replaces `$NAME`
/// outside of single quotes by another variable, which is refused here.
fn unquote(value: &str) -> Result<String> {
    let mut text = String::new();
    let mut quote = None;
    let mut rest = value.chars();
    if value.starts_with('#') {
        return Ok(text);
    }
    while let Some(c) = rest.next() {
        match (c, quote) {
            ('\'', Some('\'')) | ('"', Some('"')) => quote = None,
            (c, Some('\'')) => text.push(c),
            ('\\', _) => match rest.next() {
                Some('n') => text.push('\n'),
                Some(c @ ('\\' | '\'' | '"' | '$' | ' ')) => text.push(c),
                _ => bail!("a backslash stands before n, \\, ', \", $ or a blank only"),
            },
            ('$', _) => bail!("Spin replaces what follows a $: write it in single quotes"),
            (c, Some(_)) => text.push(c),
            ('\'' | '"', None) => quote = Some(c),
            (' ' | '\t', None) => {
                let after = rest.as_str().trim_start();
                if after.is_empty() || after.starts_with('#') {
                    return Ok(text);
                }
                bail!("a value with blanks stands in quotes");
            }
            (c, None) => text.push(c),
        }
    }
    if quote.is_some() {
        bail!("a quote is not closed");
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(variables: &str) -> Manifest {
        let text = format!(
            "spin_manifest_version = 2\n[application]\nname = \"t\"\n[variables]\n{variables}\n"
        );
        Manifest::parse(&text).unwrap()
    }

    #[test]
    fn all_missing_variables_are_named_at_once() {
        let manifest = manifest(
            "a = { required = true }\nb = { required = true, secret = true, description = \"the key\" }\nc = { default = \"\" }",
        );
        let error = resolve(&manifest, &Sources::default(), &|_| None)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("\n  a") && error.contains("\n  b: the key") && !error.contains("\n  c"),
            "{error}"
        );
        assert!(error.contains("SPIN_VARIABLE_A"), "{error}");
    }

    #[test]
    fn the_command_line_beats_a_provider_which_beats_the_environment_which_beats_the_default() {
        let manifest = manifest("x = { default = \"default\" }");
        let providers = [VariablesProvider::Static {
            values: [("x".to_owned(), "provider".to_owned())].into(),
        }];
        let environment =
            |name: &str| (name == "SPIN_VARIABLE_X").then(|| "environment".to_owned());
        let silent = |_: &str| None;
        let command_line: BTreeMap<_, _> = [("x".to_owned(), "argument".to_owned())].into();
        let mut sources = Sources {
            command_line,
            providers: &providers,
        };
        assert_eq!(
            resolve(&manifest, &sources, &environment).unwrap()["x"],
            "argument"
        );
        sources.command_line.clear();
        assert_eq!(
            resolve(&manifest, &sources, &environment).unwrap()["x"],
            "provider"
        );
        sources.providers = &[];
        assert_eq!(
            resolve(&manifest, &sources, &environment).unwrap()["x"],
            "environment"
        );
        assert_eq!(
            resolve(&manifest, &sources, &silent).unwrap()["x"],
            "default"
        );
    }

    #[test]
    fn an_argument_that_the_manifest_does_not_declare_is_refused() {
        let sources = Sources {
            command_line: [("y".to_owned(), String::new())].into(),
            providers: &[],
        };
        assert!(resolve(&manifest("x = { default = \"\" }"), &sources, &|_| None).is_err());
    }

    #[test]
    fn a_dotenv_file_may_quote_export_and_comment() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(
            file.path(),
            "# it's\nexport A=1\nB='x # $y'\nC=\"l\\\"i\\n\" \nD=v # c\n\nE=a=b#c\nF=\nG=# c\nH='a'b\\$\n",
        )
        .unwrap();
        let values = dotenv(file.path(), true).unwrap();
        let expected = [
            ("A", "1"),
            ("B", "x # $y"),
            ("C", "l\"i\n"),
            ("D", "v"),
            ("E", "a=b#c"),
            ("F", ""),
            ("G", ""),
            ("H", "ab$"),
        ];
        assert_eq!(
            values
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect::<Vec<_>>(),
            expected
        );
    }

    #[test]
    fn a_line_that_spin_could_not_read_or_would_read_otherwise_is_refused_by_its_number() {
        for line in ["A=b c", "A=$B", "A=\"${B}\"", "A=\"b", "A=b\\c", "A"] {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), format!("# c\n{line}\n")).unwrap();
            let error = format!("{:#}", dotenv(file.path(), true).unwrap_err());
            assert!(error.contains("line 2"), "{line}: {error}");
        }
    }
}

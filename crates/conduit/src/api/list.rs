//! `/articles` and `/articles/feed`: articles, newest first, without their bodies.

use ::profile::domain::username_key;
use axum::extract::State;
use blog::domain::tag;
use kit::{App, FieldError, Problem, Query, RawJson, Scope};
use serde::Deserialize;

use crate::caller::{Caller, Reader};
use crate::store::{self, Filter, Part};

const DEFAULT_LIMIT: i64 = 20;
/// More are not given, whatever is asked for.
const MAX_LIMIT: i64 = 100;
/// So far back a list reaches, which its count says too (`blog.conduit_list_articles`).
const MAX_OFFSET: i64 = 10_000;

/// Which articles, and which part of them.
#[derive(Default, Deserialize)]
pub(crate) struct Asked {
    tag: Option<String>,
    author: Option<String>,
    favorited: Option<String>,
    limit: Option<String>,
    offset: Option<String>,
}

/// Lists all articles.
///
/// Permissions: none.
#[utoipa::path(get, path = "/conduit/api/articles", tag = "conduit")]
pub(crate) async fn all(
    State(app): State<App>,
    reader: Reader,
    Query(asked): Query<Asked>,
) -> Result<RawJson, Problem> {
    let part = asked.part()?;
    let Some(filter) = asked.filter() else {
        return Ok(RawJson(NOTHING.to_owned()));
    };
    answer(store::list_articles(app.db(), filter, reader.0, part).await?)
}

/// Lists the articles of those whom the caller follows.
///
/// Permissions: `posts.read`.
#[utoipa::path(get, path = "/conduit/api/articles/feed", tag = "conduit")]
pub(crate) async fn feed(
    State(app): State<App>,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Result<RawJson, Problem> {
    let caller = caller.with(Scope::PostsRead)?;
    let part = asked.part()?;
    answer(store::list_feed(app.db(), caller.account, part).await?)
}

const NOTHING: &str = r#"{"articles":[],"articlesCount":0}"#;

fn answer(list: Option<String>) -> Result<RawJson, Problem> {
    list.map(RawJson)
        .ok_or_else(|| Problem::internal("the list answered nothing"))
}

impl Asked {
    /// The filter; none if no article can pass it. What is empty filters nothing.
    fn filter(self) -> Option<Filter> {
        let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let name = |text: Option<String>| given(text).map(|name| username_key(name.trim()));
        let tag = match given(self.tag).map(|text| tag::normalise(&text)) {
            None => None,
            Some(Ok(tag)) => Some(tag),
            Some(Err(_)) => return None,
        };
        Some(Filter {
            tag,
            author: name(self.author),
            favorited: name(self.favorited),
        })
    }

    fn part(&self) -> Result<Part, Problem> {
        let limit = number("limit", self.limit.as_deref(), DEFAULT_LIMIT, 1, MAX_LIMIT);
        let offset = number("offset", self.offset.as_deref(), 0, 0, MAX_OFFSET);
        match (limit, offset) {
            (Ok(limit), Ok(offset)) => Ok(Part { limit, offset }),
            (limit, offset) => Err(Problem::validation(
                [limit.err(), offset.err()].into_iter().flatten(),
            )),
        }
    }
}

/// A number of at least `min`; more than `max` is `max`.
fn number(
    name: &str,
    text: Option<&str>,
    default: i64,
    min: i64,
    max: i64,
) -> Result<i64, FieldError> {
    let wrong = || FieldError::new(name, format!("must be a whole number of at least {min}"));
    match text.map(str::trim) {
        None | Some("") => Ok(default),
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            // What is too long to be read is too much.
            let number = digits.parse().unwrap_or(i64::MAX);
            if number < min {
                Err(wrong())
            } else {
                Ok(number.min(max))
            }
        }
        Some(_) => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(limit: &str, offset: &str) -> Asked {
        Asked {
            limit: Some(limit.to_owned()),
            offset: Some(offset.to_owned()),
            ..Asked::default()
        }
    }

    #[test]
    fn too_much_is_cut_and_nonsense_is_refused() {
        for (limit, offset, part) in [
            ("", "", (20, 0)),
            ("1", "0", (1, 0)),
            ("100", "10000", (100, 10_000)),
            ("101", "10001", (100, 10_000)),
            (
                "99999999999999999999",
                "99999999999999999999",
                (100, 10_000),
            ),
        ] {
            let found = asked(limit, offset).part().unwrap();
            assert_eq!((found.limit, found.offset), part, "{limit} {offset}");
        }
        for (limit, offset, wrong) in [
            ("0", "0", ["limit"].as_slice()),
            ("-1", "0", &["limit"]),
            ("abc", "1.5", &["limit", "offset"]),
            ("20", "-1", &["offset"]),
            ("+1", "0x1", &["limit", "offset"]),
        ] {
            let problem = asked(limit, offset).part().unwrap_err();
            let fields: Vec<&str> = problem
                .errors()
                .iter()
                .map(|error| error.field.as_str())
                .collect();
            assert_eq!(fields, wrong, "{limit} {offset}");
        }
    }

    #[test]
    fn what_is_empty_filters_nothing_and_what_is_no_tag_finds_nothing() {
        let filter = Asked {
            tag: Some(" Rust ".to_owned()),
            author: Some("Ada".to_owned()),
            favorited: Some(String::new()),
            ..Asked::default()
        }
        .filter()
        .unwrap();
        assert_eq!(
            (filter.tag, filter.author, filter.favorited),
            (Some("rust".to_owned()), Some("ada".to_owned()), None)
        );
        let nonsense = Asked {
            tag: Some("<b>".to_owned()),
            ..Asked::default()
        };
        assert!(nonsense.filter().is_none());
    }
}

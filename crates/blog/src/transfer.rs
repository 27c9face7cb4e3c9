//! Posts of other programs, and ours for other programs. No I/O: text in, posts out.

pub(crate) mod archive;
pub(crate) mod date;
pub(crate) mod front_matter;
pub(crate) mod ghost;
mod html;
pub(crate) mod own;
pub(crate) mod wordpress;

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error as _, SeqAccess, Visitor};

pub(crate) use html::from_html;

/// Posts, pages and the like that a file may hold. Of those that are posts an import takes fewer.
pub(crate) const MAX_READ: usize = 20_000;
/// Tags of a post that are looked at.
pub(crate) const MAX_TAGS_READ: usize = 1_000;

/// A post as another program had it. What is missing is none; what is wrong is told when it is checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Foreign {
    /// What makes it the same post when it comes again.
    pub(crate) source: String,
    pub(crate) title: String,
    pub(crate) slug: Option<String>,
    pub(crate) summary: Option<String>,
    /// Markdown, in which HTML may stand.
    pub(crate) body: String,
    pub(crate) tags: Vec<String>,
    pub(crate) cover: Option<(String, String)>,
    pub(crate) canonical_url: Option<String>,
    pub(crate) series: Option<String>,
    pub(crate) comments: Option<String>,
    /// Whether it was to be seen.
    pub(crate) published: bool,
    /// RFC 3339, or what nobody could read.
    pub(crate) published_at: Option<String>,
    /// RFC 3339.
    pub(crate) created_at: Option<String>,
    /// Why it could not be read, if it couldn't; then there is nothing but its source.
    pub(crate) unread: Option<String>,
}

impl Foreign {
    /// One that could not be read.
    pub(crate) fn unread(source: String, why: impl std::fmt::Display) -> Self {
        Self {
            source,
            unread: Some(why.to_string()),
            ..Self::default()
        }
    }
}

/// A list of at most so many: `{}` a million times is short, and large once it is read.
pub(crate) struct Bounded<T, const MOST: usize>(pub(crate) Vec<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Deserialize<'de> for Bounded<T, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_seq(List::<T, MOST>(PhantomData))
            .map(Self)
    }
}

struct List<T, const MOST: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for List<T, MOST> {
    type Value = Vec<T>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "a list of at most {MOST}")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut all = Vec::new();
        while let Some(one) = list.next_element()? {
            if all.len() == MOST {
                return Err(A::Error::custom(format!(
                    "a list of more than {MOST}; split the file"
                )));
            }
            all.push(one);
        }
        Ok(all)
    }
}

/// A time as RFC 3339 writes it, if it is known how to read it; what it says otherwise, so that it can be named.
pub(crate) fn time(text: &str) -> String {
    date::rfc3339(text).unwrap_or_else(|| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A seed that is refused leads the fuzzer nowhere.
    #[test]
    fn the_seeds_of_infra_fuzz_are_posts() {
        let seed = include_str!("../../../infra/fuzz/seeds/exports/wordpress.xml");
        assert_eq!(wordpress::read(seed).unwrap().len(), 1);
        let seed = include_str!("../../../infra/fuzz/seeds/exports/ghost.json");
        assert_eq!(ghost::read(seed).unwrap().len(), 1);
        let seed = include_str!("../../../infra/fuzz/seeds/exports/own.json");
        assert_eq!(own::read(seed).unwrap().len(), 1);
        let seed = include_str!("../../../infra/fuzz/seeds/exports/front-matter.txt");
        assert_eq!(front_matter::read(seed).unwrap().tags, ["Spices", "food"]);
    }
}

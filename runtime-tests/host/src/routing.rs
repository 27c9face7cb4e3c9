//! Which trigger answers a path, by Spin's rules: an exact route beats a wildcard, then the longest literal beginning wins,
//! whatever the order in the manifest; of two equal routes the last one counts.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Result, bail};

/// All public routes.
#[derive(Debug)]
pub(crate) struct Router<T> {
    routes: Vec<(Pattern, Arc<T>)>,
}

/// One parsed route.
#[derive(Debug)]
pub(crate) struct Pattern {
    /// As the manifest has it.
    raw: String,
    /// Made absolute and without one trailing slash.
    based: String,
    segments: Vec<Segment>,
    wildcard: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    // The order decides precedence: a literal sorts before a parameter.
    Literal(String),
    Parameter(String),
}

/// A path that found its route.
#[derive(Debug, Clone)]
pub(crate) struct Match<T> {
    /// What the route leads to.
    pub(crate) target: Arc<T>,
    /// `spin-raw-component-route`.
    pub(crate) raw_route: String,
    /// `spin-matched-route`.
    pub(crate) based_route: String,
    /// `spin-path-info`: what the trailing wildcard took.
    pub(crate) path_info: String,
    /// `:name` → segment.
    pub(crate) parameters: BTreeMap<String, String>,
}

impl<T> Match<T> {
    /// How Spin describes a request from another component: as if all of it matched `/...`.
    pub(crate) fn chained(target: Arc<T>, path: &str) -> Self {
        Self {
            target,
            raw_route: "/...".to_owned(),
            based_route: "/...".to_owned(),
            path_info: path.to_owned(),
            parameters: BTreeMap::new(),
        }
    }

    /// `spin-component-route`.
    pub(crate) fn component_route(&self) -> &str {
        self.raw_route
            .strip_suffix("/...")
            .unwrap_or(&self.raw_route)
    }
}

impl Pattern {
    fn parse(raw: &str) -> Result<Self> {
        let based = if raw.starts_with('/') {
            raw.to_owned()
        } else {
            format!("/{raw}")
        };
        let based = based.strip_suffix('/').unwrap_or(&based).to_owned();
        let literal = based
            .strip_suffix("/...")
            .or_else(|| based.strip_suffix("/*"));
        let (literal, wildcard) = (literal.unwrap_or(&based), literal.is_some());
        let segments = split(literal)
            .map(|segment| match segment.strip_prefix(':') {
                Some("") => bail!("route {raw:?}: a `:` needs a name"),
                Some(name) => Ok(Segment::Parameter(name.to_owned())),
                None if segment.contains("...") || segment.contains('*') => {
                    bail!("route {raw:?}: a wildcard stands only at the end")
                }
                None => Ok(Segment::Literal(segment.to_owned())),
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Self {
            raw: raw.to_owned(),
            based,
            segments,
            wildcard,
        })
    }

    /// Of two patterns that match the same path the smaller one wins.
    fn rank(&self) -> (bool, std::cmp::Reverse<usize>, Vec<bool>) {
        let parameters = self
            .segments
            .iter()
            .map(|segment| matches!(segment, Segment::Parameter(_)))
            .collect();
        (
            self.wildcard,
            std::cmp::Reverse(self.segments.len()),
            parameters,
        )
    }

    fn captures(&self, path: &str) -> Option<(String, BTreeMap<String, String>)> {
        let mut parts = split(path);
        let mut parameters = BTreeMap::new();
        for segment in &self.segments {
            let part = parts.next()?;
            match segment {
                Segment::Literal(literal) if literal == part => {}
                Segment::Literal(_) => return None,
                Segment::Parameter(_) if part.is_empty() => return None,
                Segment::Parameter(name) => drop(parameters.insert(name.clone(), part.to_owned())),
            }
        }
        let mut rest = parts.collect::<Vec<_>>().join("/");
        if !self.wildcard {
            return rest.is_empty().then_some((rest, parameters));
        }
        // Spin keeps a trailing slash of the request in the path info.
        if !rest.is_empty() {
            rest.insert(0, '/');
        }
        if path.ends_with('/') {
            rest.push('/');
        }
        Some((rest, parameters))
    }
}

/// The segments of a path; slashes at its ends don't count.
fn split(path: &str) -> impl Iterator<Item = &str> {
    let trimmed = path.trim_matches('/');
    trimmed.split('/').filter(move |_| !trimmed.is_empty())
}

impl<T> Router<T> {
    /// Builds the router; the second value lists the routes that a later equal one replaced.
    pub(crate) fn new(
        routes: impl IntoIterator<Item = (String, Arc<T>)>,
    ) -> Result<(Self, Vec<String>)> {
        let mut sorted: Vec<(Pattern, Arc<T>)> = Vec::new();
        let mut replaced = Vec::new();
        for (route, target) in routes {
            let pattern = Pattern::parse(&route)?;
            if let Some(same) = sorted
                .iter_mut()
                .find(|(known, _)| known.based == pattern.based)
            {
                replaced.push(route);
                *same = (pattern, target);
            } else {
                sorted.push((pattern, target));
            }
        }
        sorted.sort_by_key(|(pattern, _)| pattern.rank());
        Ok((Self { routes: sorted }, replaced))
    }

    /// The route that answers `path`.
    pub(crate) fn find(&self, path: &str) -> Option<Match<T>> {
        self.routes.iter().find_map(|(pattern, target)| {
            let (path_info, parameters) = pattern.captures(path)?;
            Some(Match {
                target: target.clone(),
                raw_route: pattern.raw.clone(),
                based_route: pattern.based.clone(),
                path_info,
                parameters,
            })
        })
    }

    /// All routes, the one that is tried first standing first.
    pub(crate) fn routes(&self) -> impl Iterator<Item = (&str, bool, &T)> {
        self.routes.iter().map(|(pattern, target)| {
            let path = pattern.based.strip_suffix("/...").unwrap_or(&pattern.based);
            (
                if path.is_empty() { "/" } else { path },
                pattern.wildcard,
                target.as_ref(),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn router(routes: &[&str]) -> Router<String> {
        Router::new(
            routes
                .iter()
                .map(|route| ((*route).to_owned(), Arc::new((*route).to_owned()))),
        )
        .unwrap()
        .0
    }

    fn found(routes: &[&str], path: &str) -> Option<String> {
        router(routes)
            .find(path)
            .map(|found| found.target.to_string())
    }

    #[test]
    fn an_exact_route_beats_a_wildcard_and_then_the_longest_wins() {
        for routes in [
            ["/a/...", "/a/b", "/...", "/a/b/..."],
            ["/...", "/a/b/...", "/a/b", "/a/..."],
        ] {
            for (path, route) in [
                ("/a/b", "/a/b"),
                ("/a/b/c", "/a/b/..."),
                ("/a/c", "/a/..."),
                ("/ab", "/..."),
                ("/", "/..."),
            ] {
                assert_eq!(found(&routes, path).as_deref(), Some(route), "{path}");
            }
        }
    }

    #[test]
    fn a_wildcard_matches_its_own_stem_and_everything_below_but_not_a_longer_word() {
        for (path, matches) in [
            ("/x", true),
            ("/x/", true),
            ("/x/y/z", true),
            ("/xy", false),
            ("/", false),
        ] {
            assert_eq!(found(&["/x/..."], path).is_some(), matches, "{path}");
        }
    }

    #[test]
    fn an_exact_route_ignores_a_trailing_slash_on_both_sides() {
        assert!(found(&["/x/"], "/x").is_some());
        assert!(found(&["/x"], "/x/").is_some());
        assert!(found(&["x"], "/x").is_some());
        assert!(found(&["/x"], "/x/y").is_none());
    }

    #[test]
    fn a_parameter_takes_one_segment_and_gives_way_to_a_literal() {
        let router = router(&["/users/:id/edit", "/users/me/edit"]);
        let found = router.find("/users/7/edit").unwrap();
        assert_eq!(found.parameters["id"], "7");
        assert_eq!(
            router.find("/users/me/edit").unwrap().raw_route,
            "/users/me/edit"
        );
        assert!(router.find("/users/7/8/edit").is_none());
    }

    #[test]
    fn the_path_info_is_what_the_wildcard_took_with_its_slashes() {
        let router = router(&["/foo/..."]);
        for (path, info) in [
            ("/foo", ""),
            ("/foo/", "/"),
            ("/foo/bar", "/bar"),
            ("/foo/bar/", "/bar/"),
            ("/foo/bar/baz", "/bar/baz"),
        ] {
            assert_eq!(router.find(path).unwrap().path_info, info, "{path}");
        }
    }

    #[test]
    fn of_two_equal_routes_the_last_one_counts() {
        let routes = [
            ("/a".to_owned(), Arc::new(1)),
            ("/a/".to_owned(), Arc::new(2)),
        ];
        let (router, replaced) = Router::new(routes).unwrap();
        assert_eq!((*router.find("/a").unwrap().target, replaced.len()), (2, 1));
    }

    #[test]
    fn a_wildcard_in_the_middle_is_refused() {
        for route in ["/a/.../b", "/a*/b", "/a/:"] {
            assert!(
                Router::new([(route.to_owned(), Arc::new(()))]).is_err(),
                "{route}"
            );
        }
    }
}

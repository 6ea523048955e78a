//! Which component answers which path. A segment `:name` stands for any one segment, `/...` at the end for any rest; of
//! several routes that match, the more exact one wins.

use anyhow::{Result, ensure};

/// The routes of an application.
pub struct Routes(Vec<Route>);

/// One route.
pub struct Route {
    /// As in the manifest.
    pub raw: String,
    /// Without its wildcard.
    pub prefix: String,
    /// Whether it ends in `/...`.
    pub wildcard: bool,
    pub component: String,
}

/// What of a path stood where the route is open.
#[derive(Debug, PartialEq, Eq)]
pub struct Match<'a> {
    /// Where `/...` is: with its slash, or empty.
    pub rest: &'a str,
    /// Named segments, in order.
    pub named: Vec<(&'a str, &'a str)>,
}

impl Routes {
    /// # Errors
    /// What is no route.
    pub fn new(routes: impl Iterator<Item = (String, String)>) -> Result<Self> {
        let mut all = Vec::new();
        for (raw, component) in routes {
            ensure!(raw.starts_with('/'), "the route {raw} does not begin with a slash");
            let (prefix, wildcard) = match raw.strip_suffix("/...") {
                Some(prefix) => (prefix.to_owned(), true),
                None => (raw.clone(), false),
            };
            all.push(Route { raw, prefix, wildcard, component });
        }
        // The first that matches is the one.
        all.sort_by_key(|route| std::cmp::Reverse(route.exactness()));
        Ok(Self(all))
    }

    pub fn find<'a>(&'a self, path: &'a str) -> Option<(&'a Route, Match<'a>)> {
        self.0.iter().find_map(|route| route.matches(path).map(|found| (route, found)))
    }

    pub fn iter(&self) -> impl Iterator<Item = &Route> {
        self.0.iter()
    }
}

impl Route {
    /// Ends exactly before an open end, more segments before fewer, fixed ones before named ones.
    fn exactness(&self) -> (bool, usize, usize) {
        let segments = self.prefix.split('/');
        (
            !self.wildcard,
            segments.clone().count(),
            segments.filter(|segment| !segment.starts_with(':')).count(),
        )
    }

    fn matches<'a>(&'a self, path: &'a str) -> Option<Match<'a>> {
        let mut rest = path;
        let mut named = Vec::new();
        for wanted in self.prefix.split('/').skip(1) {
            let inner = rest.strip_prefix('/')?;
            let end = inner.find('/').unwrap_or(inner.len());
            let (segment, after) = inner.split_at(end);
            match wanted.strip_prefix(':') {
                Some(name) if !segment.is_empty() => named.push((name, segment)),
                None if segment == wanted => {}
                _ => return None,
            }
            rest = after;
        }
        (self.wildcard || rest.is_empty()).then_some(Match { rest, named })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(named: &[(&str, &str)]) -> Routes {
        Routes::new(named.iter().map(|(route, name)| ((*route).to_owned(), (*name).to_owned()))).unwrap()
    }

    #[test]
    fn the_longest_route_wins_and_an_exact_one_before_all() {
        let routes = routes(&[("/...", "all"), ("/v1/...", "v1"), ("/v1/x", "x"), ("/v1/a/...", "a")]);
        let found = |path| routes.find(path).map(|(route, _)| route.component.as_str());
        assert_eq!(found("/v1/x"), Some("x"));
        assert_eq!(found("/v1/x/y"), Some("v1"));
        assert_eq!(found("/v1/a"), Some("a"));
        assert_eq!(found("/v1/ab"), Some("v1"));
        assert_eq!(found("/v2"), Some("all"));
        assert_eq!(routes.find("/v1/a/b/c").unwrap().1.rest, "/b/c");
    }

    #[test]
    fn a_named_segment_is_any_one_segment() {
        let routes =
            routes(&[("/v1/:community/signup/...", "signup"), ("/v1/:community/meals/...", "meals")]);
        let (route, found) = routes.find("/v1/330105001001/meals/menus/7").unwrap();
        assert_eq!(route.component, "meals");
        assert_eq!(found, Match { rest: "/menus/7", named: vec![("community", "330105001001")] });
        assert!(routes.find("/v1//meals").is_none());
        assert!(routes.find("/v1/330105001001/points").is_none());
    }
}

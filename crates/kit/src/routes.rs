//! Routes with their documentation where it is wanted, and without where it is not.

use http::Method;
pub use utoipa_axum;

/// Whether a name as `POST /api/v1/auth/login` is this route's. HEAD is answered by whatever answers GET, and makes us work for it
/// all the same.
pub(crate) fn is_named(name: &str, method: &Method, route: &str) -> bool {
    let method = if method == Method::HEAD {
        &Method::GET
    } else {
        method
    };
    name.split_once(' ')
        .is_some_and(|(verb, path)| verb == method.as_str() && path == route)
}

/// Whether a path is of this route, whose `{name}` is any one segment. A slash at the end is no segment: none has routes of its own.
pub(crate) fn is_at(route: &str, path: &str) -> bool {
    let path = path.strip_suffix('/').unwrap_or(path);
    route.split('/').count() == path.split('/').count()
        && route.split('/').zip(path.split('/')).all(|(named, given)| {
            if named.starts_with('{') {
                !given.is_empty()
            } else {
                named == given
            }
        })
}

/// As `utoipa_axum::routes!`, with the whole documentation: the OpenAPI document is made natively.
#[cfg(not(target_family = "wasm"))]
#[macro_export]
macro_rules! routes {
    ($($handler:path),+ $(,)?) => {
        $crate::routes::utoipa_axum::routes!($($handler),+)
    };
}

/// As `utoipa_axum::routes!`, but operations and schemas stay empty: nobody reads them in a component, where they would be
/// built by each instance's first request and fill a tenth of its code.
#[cfg(target_family = "wasm")]
#[macro_export]
macro_rules! routes {
    ($($handler:path),+ $(,)?) => {{
        let mut paths = utoipa::openapi::path::Paths::new();
        let mut router = axum::routing::MethodRouter::new();
        $(
            // `paste` opens the path up for the macros inside.
            let (path, methods) = $crate::routes::utoipa_axum::paste! {(
                $crate::routes::utoipa_axum::routes!(@path [path()] of $handler),
                $crate::routes::utoipa_axum::routes!(@path [methods()] of $handler),
            )};
            for method in &methods {
                router = router.on(
                    $crate::routes::utoipa_axum::PathItemExt::to_method_filter(method),
                    $handler,
                );
            }
            paths.add_path_operation(&path, methods, utoipa::openapi::path::Operation::new());
        )+
        (Vec::new(), paths, router)
    }};
}

#[cfg(test)]
mod tests {
    use super::is_at;

    #[test]
    fn a_name_in_a_route_is_one_segment() {
        for (route, path, is_of) in [
            ("/blog", "/blog", true),
            ("/blog", "/blog/", true),
            ("/blog", "/blogs", false),
            ("/blog/{name}", "/blog/a-slug", true),
            ("/blog/{name}", "/blog/@ada/", true),
            ("/blog/{name}", "/blog", false),
            ("/blog/{name}", "/blog//", false),
            ("/blog/{name}", "/blog/a/b", false),
            ("/blog/tags/{tag}", "/blog/tags/c%2B%2B", true),
            ("/blog/tags/{tag}", "/blog/a/b", false),
        ] {
            assert_eq!(is_at(route, path), is_of, "{route}, {path}");
        }
    }
}

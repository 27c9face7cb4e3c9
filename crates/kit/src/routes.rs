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

//! Who may not use a route is told that, and nothing else about it: before a path, a query or a body is looked at.
//!
//! A handler's guard is its first statement, but its extractors have run by then, and what they refuse tells how the route is
//! made. So a service whose routes are for few lists what each needs, and this layer asks for it first. The handlers keep
//! their guards: what is not listed is still guarded.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::Method;

use crate::{App, AppBuilder, Permission, principal, routes};

/// What routes need, by names as `POST /api/v1/admin/roles`.
pub(crate) struct Permitted(&'static [(&'static str, Permission)]);

impl Permitted {
    fn find(&self, method: &Method, route: &str) -> Option<Permission> {
        self.0
            .iter()
            .find(|(name, _)| routes::is_named(name, method, route))
            .map(|(_, permission)| *permission)
    }
}

impl AppBuilder {
    /// Routes that need a permission, written as `POST /api/v1/admin/roles`. Call it once.
    #[must_use]
    pub fn permissions(self, routes: &'static [(&'static str, Permission)]) -> Self {
        self.extension(Permitted(routes))
    }
}

/// Answers 403 to those who lack the route's permission. Those without a good credential get their 401 from the handler's extractor.
pub(crate) async fn guard(
    State((app, permitted)): State<(App, Arc<Permitted>)>,
    matched: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let needed = matched.and_then(|route| permitted.find(request.method(), route.as_str()));
    let Some(permission) = needed else {
        return next.run(request).await;
    };
    let (mut parts, body) = request.into_parts();
    if let Ok(Some(principal)) = principal::authenticate_once(&mut parts, &app).await
        && let Err(problem) = principal.require_permission(permission)
    {
        return problem.into_response();
    }
    next.run(Request::from_parts(parts, body)).await
}

//! Limits: token buckets, rows in Postgres changed by one atomic statement, that all instances take from.
//!
//! [`Service`](crate::Service) puts them around every route of a component that has the variable `limits`. A route with an
//! unsafe method is of the class [`Write`](Class::Write), any other of [`Read`](Class::Read), which is free unless the
//! operator limits it; probes, scrapes and private routes are never counted. A service names what costs more:
//!
//! ```ignore
//! app.limits(&[
//!     ("POST /api/v1/auth/login", Class::Login),
//!     ("GET /api/v1/blog/search", Class::Search),
//! ])
//! .routes(routes())
//! ```
//!
//! Classes before authentication (login, register, otp, password) count by address, an IPv6 /64 being one; the others by
//! account, and by address for anonymous requests. What only a handler knows, as the account that a login names, it
//! takes itself, before it hashes: `limit::take(&app, Class::Account, login).await?`.
//!
//! Every limited answer has `RateLimit-Policy` and `RateLimit`; a refusal is 429 with `Retry-After`. The client's address is
//! the one that [`client_address`](crate::client_address) finds, so forged headers change nothing.

mod bucket;
mod class;
mod guard;
mod limits;
mod refusal;

use http::Method;

pub use class::Class;
pub(crate) use guard::{Limiter, guard};
pub use limits::{Limits, Rate};

use crate::{App, AppBuilder, Problem, routes};

/// Routes that a service gave a class, as `POST /api/v1/auth/login`.
pub(crate) struct Classes(&'static [(&'static str, Class)]);

impl Classes {
    fn find(&self, method: &Method, route: &str) -> Option<Class> {
        self.0
            .iter()
            .find(|(name, _)| routes::is_named(name, method, route))
            .map(|(_, class)| *class)
    }

    /// The routes that are neither in the service's description nor among its pages: misspelt, they would go unlimited.
    pub(crate) fn unknown(
        &self,
        document: &utoipa::openapi::OpenApi,
        pages: &[&str],
    ) -> Vec<&'static str> {
        let known = |name: &str| {
            let (verb, path) = name.split_once(' ').unwrap_or_default();
            let page = verb == "GET" && pages.contains(&path);
            page || document.paths.paths.get(path).is_some_and(|item| {
                match verb {
                    "GET" => &item.get,
                    "POST" => &item.post,
                    "PUT" => &item.put,
                    "PATCH" => &item.patch,
                    "DELETE" => &item.delete,
                    _ => &None,
                }
                .is_some()
            })
        };
        self.0
            .iter()
            .map(|(name, _)| *name)
            .filter(|name| !known(name))
            .collect()
    }
}

impl AppBuilder {
    /// Gives routes, written as `POST /api/v1/auth/login`, a class of their own. Call it once.
    #[must_use]
    pub fn limits(self, classes: &'static [(&'static str, Class)]) -> Self {
        self.extension(Classes(classes))
    }
}

/// Takes a token for a name that somebody entered, as the account that a login is for. Nothing where the class is not limited.
///
/// # Errors
/// 429 with `Retry-After`, 503 without the database.
pub async fn take(app: &App, class: Class, name: &str) -> Result<(), Problem> {
    let Some(rate) = app.config().limits.rate(class) else {
        return Ok(());
    };
    let standing = bucket::take(app.db(), &bucket::Key::of_name(class, name), rate).await?;
    if standing.allowed {
        return Ok(());
    }
    Err(guard::refused(class, rate, &standing))
}

//! The layer around every route: before a body is read, before anything is hashed.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, Method, header};

use super::bucket::{self, Key, Standing};
use super::refusal::Refusals;
use super::{Class, Classes, Rate};
use crate::principal;
use crate::{App, Context, Problem};

static POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
static LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// What the layer keeps for the life of an instance.
pub(crate) struct Limiter {
    app: App,
    refusals: Refusals,
}

impl Limiter {
    pub(crate) fn new(app: App) -> Arc<Self> {
        Arc::new(Self {
            app,
            refusals: Refusals::default(),
        })
    }

    fn class(&self, method: &Method, route: &str) -> Class {
        self.app
            .extension::<Classes>()
            .and_then(|classes| classes.find(method, route))
            .unwrap_or_else(|| Class::of_method(method))
    }

    async fn take(&self, key: Key, rate: Rate) -> Result<Standing, Problem> {
        let now = self.app.now_ms();
        if let Some(standing) = self.refusals.find(&key, now) {
            return Ok(standing);
        }
        let standing = bucket::take(self.app.db(), &key, rate).await?;
        if !standing.allowed {
            self.refusals.add(key, &standing, now);
        }
        Ok(standing)
    }
}

/// Takes a token for the request, or answers 429.
pub(crate) async fn guard(
    State(limiter): State<Arc<Limiter>>,
    matched: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    // What nobody serves costs nothing.
    let Some(route) = matched.filter(|route| is_counted(route.as_str())) else {
        return next.run(request).await;
    };
    let class = limiter.class(request.method(), route.as_str());
    let Some(rate) = limiter.app.config().limits.rate(class) else {
        return next.run(request).await;
    };
    let (mut parts, body) = request.into_parts();
    let known = if class.by_address() {
        None
    } else {
        match principal::authenticate_once(&mut parts, &limiter.app).await {
            Ok(principal) => principal.map(|principal| principal.subject.clone()),
            // What cannot be verified cannot be counted either, and must not be waited for twice.
            Err(problem) if problem.status().is_server_error() => return problem.into_response(),
            // Whether that matters is the handler's to say.
            Err(_) => None,
        }
    };
    let key = match known {
        Some(subject) => Key::of_principal(class, &subject),
        None => {
            let context = parts.extensions.get::<Context>();
            Key::of_address(
                class,
                context.and_then(|context| context.address.as_deref()),
            )
        }
    };
    let standing = match limiter.take(key, rate).await {
        Ok(standing) => standing,
        // Without the database no route does anything; and none is served unlimited.
        Err(problem) => return problem.into_response(),
    };
    if !standing.allowed {
        return refused(class, rate, &standing).into_response();
    }
    let mut response = next.run(Request::from_parts(parts, body)).await;
    for (name, value) in headers(class, rate, &standing) {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().entry(name).or_insert(value);
        }
    }
    response
}

/// Private routes are called by our own components. Probes and scrapes come often and from few addresses, and have to be answered
/// where there is no database to count in.
fn is_counted(route: &str) -> bool {
    !route.starts_with("/internal/") && !route.starts_with("/health/") && route != "/metrics"
}

/// draft-ietf-httpapi-ratelimit-headers-10: what is allowed, and what is left of it.
fn headers(class: Class, rate: Rate, standing: &Standing) -> [(HeaderName, String); 2] {
    let name = class.name();
    [
        (
            POLICY.clone(),
            format!("\"{name}\";q={};w={}", rate.burst, rate.period_s),
        ),
        (
            LIMIT.clone(),
            format!(
                "\"{name}\";r={};t={}",
                standing.remaining,
                seconds(standing.reset_ms)
            ),
        ),
    ]
}

pub(super) fn refused(class: Class, rate: Rate, standing: &Standing) -> Problem {
    let retry = seconds(standing.retry_ms).max(1);
    let problem = Problem::from_status(http::StatusCode::TOO_MANY_REQUESTS)
        .detail(format!(
            "{} requests of the class `{}` are allowed in {} s; try again in {retry} s.",
            rate.burst,
            class.name(),
            rate.period_s
        ))
        .header(header::RETRY_AFTER, &retry.to_string());
    headers(class, rate, standing)
        .into_iter()
        .fold(problem, |problem, (name, value)| {
            problem.header(name, &value)
        })
}

/// Rounded up: whoever waits so long has waited long enough.
fn seconds(ms: i64) -> i64 {
    ms.saturating_add(999) / 1_000
}

//! The only way an endpoint can start: what surrounds the routes of every service, from the outside in.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::{Router, middleware};
use http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use tower::ServiceExt;
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::access_log::{self, Route, Unlogged};
use crate::app::{Gate, ProblemPage, SameOrigin};
use crate::client_address::client_address;
use crate::config::Config;
use crate::current::{self, Current};
use crate::dialect::Dialect;
use crate::pages::wants_page;
use crate::permitted::Permitted;
use crate::routes::is_at;
use crate::{App, Context, Environment, Problem, id, limit, permitted};

/// A service, ready to answer.
pub struct Service {
    app: App,
    router: Router,
    /// The router inside the layers that need the configuration.
    stack: OnceLock<Router>,
}

impl Service {
    pub(crate) fn new(
        app: App,
        router: Router<App>,
        internal: Router<App>,
        body_limit: usize,
    ) -> Self {
        let internal = if internal.has_routes() {
            Router::new().nest(
                "/internal",
                internal.route_layer(middleware::from_fn(chained_only)),
            )
        } else {
            internal
        };
        let router = router.merge(internal);
        // Innermost: limits count those as well whom it sends away.
        let router = match app.extension::<Permitted>() {
            Some(permitted) => router.layer(middleware::from_fn_with_state(
                (app.clone(), permitted),
                permitted::guard,
            )),
            None => router,
        };
        let router = router
            // Inside the router, because only there the matched route is known. Limits come before bodies and handlers.
            .layer(middleware::from_fn_with_state(
                limit::Limiter::new(app.clone()),
                limit::guard,
            ))
            .layer(middleware::from_fn(access_log::note_route))
            // Extractors answer 413 beyond it; nothing reads a body past the limit.
            .layer(DefaultBodyLimit::max(body_limit))
            .with_state(app.clone());
        Self {
            app,
            router,
            stack: OnceLock::new(),
        }
    }

    /// What handlers share.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Answers one request. Never fails: whatever goes wrong becomes a problem document.
    pub async fn call(&self, mut request: Request) -> Response {
        let started = Instant::now();
        let method = request.method().clone();
        // The worker itself goes on until nothing is left, so what it calls need not tell it.
        let may_have_made_work =
            !method.is_safe() && !request.uri().path().starts_with("/internal/");
        let page = self.problem_page(&request);
        let mut context = context(&request);
        let current = Arc::new(Current::new(
            &context.request_id,
            context.traceparent.as_deref(),
        ));
        let response = current::within(current, async {
            let response = match self.app.prepare().await {
                Err(problem) => problem.into_response(),
                Ok(config) => {
                    context.address = client_address(request.headers(), config.trusted_proxies)
                        .map(|address| address.to_string());
                    request.extensions_mut().insert(context.clone());
                    self.answer(config, request).await
                }
            };
            self.finish(&context, &method, started, page.as_deref(), response)
        })
        .await;
        if may_have_made_work
            && (response.status().is_success() || response.status().is_redirection())
        {
            self.app.wake(&context.request_id);
        }
        response
    }

    async fn answer(&self, config: &Config, mut request: Request) -> Response {
        if let Some(gate) = self.app.extension::<Gate>()
            && let Err(problem) = (gate.0)(config)
        {
            return problem.into_response();
        }
        if let Some(dialect) = self.app.extension::<Dialect>() {
            dialect.translate(request.headers_mut());
        }
        // No text column can hold NUL, so no path or query with one names anything.
        let target = request
            .uri()
            .path_and_query()
            .map_or("", |target| target.as_str());
        if target.contains("%00") {
            return Problem::bad_request("The address holds a NUL character.").into_response();
        }
        if let Some(uri) = without_trailing_slash(request.uri()) {
            *request.uri_mut() = uri;
        }
        if self.is_same_origin(request.uri().path()) {
            return match self.router.clone().oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
        }
        let stack = self
            .stack
            .get_or_init(|| self.router.clone().layer(cors(config)));
        match stack.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }

    fn is_same_origin(&self, path: &str) -> bool {
        self.app
            .extension::<SameOrigin>()
            .is_some_and(|routes| routes.0.contains(&path))
    }

    /// The page that tells of a problem; none where a program reads the answer.
    fn problem_page(&self, request: &Request) -> Option<Arc<ProblemPage>> {
        let page: Arc<ProblemPage> = self.app.extension()?;
        let path = request.uri().path();
        let is_there = page.routes.iter().any(|route| is_at(route, path));
        (is_there && wants_page(request.headers())).then_some(page)
    }

    /// Renders problems, adds the headers that every answer has, and writes the log line.
    fn finish(
        &self,
        context: &Context,
        method: &Method,
        started: Instant,
        page: Option<&ProblemPage>,
        mut response: Response,
    ) -> Response {
        let route = response.extensions_mut().remove::<Route>();
        let problem = problem_of(&mut response);
        if let Some(problem) = &problem {
            let request_id = &context.request_id;
            let rendered = match (page, self.app.extension::<Dialect>()) {
                (Some(page), _) => problem.render_page((page.page)(&self.app, problem, request_id)),
                (None, Some(dialect)) => dialect.render(&self.app, problem, request_id),
                (None, None) => problem.render(request_id),
            };
            let bare = std::mem::replace(&mut response, rendered);
            // Keeps what inner layers said: Allow, Vary, CORS.
            for (name, value) in bare.headers() {
                if !matches!(*name, header::CONTENT_TYPE | header::CONTENT_LENGTH)
                    && !response.headers().contains_key(name)
                {
                    response.headers_mut().append(name.clone(), value.clone());
                }
            }
        }
        let headers = response.headers_mut();
        if let Ok(value) = HeaderValue::from_str(&context.request_id) {
            headers.insert("x-request-id", value);
        }
        for (name, value) in security_headers(self.app.config()) {
            headers.entry(name).or_insert(value);
        }
        let status = response.status();
        // axum counts the empty body. RFC 9110 section 8.6: 204 has no length, and that of 304 would be the one that 200 has.
        if matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
            response.headers_mut().remove(header::CONTENT_LENGTH);
        }
        let unlogged = response.extensions_mut().remove::<Unlogged>().is_some();
        if !unlogged || !status.is_success() {
            access_log::write(
                self.app.name(),
                context,
                method,
                route.as_ref(),
                status,
                started.elapsed(),
                problem.as_ref(),
            );
        }
        response
    }
}

/// Lets nobody but other components in. Routing does that already; this holds if a manifest is ever mistaken. The host
/// appends the peer's address last, and a chained call has none.
async fn chained_only(request: Request, next: Next) -> Response {
    match client_address(request.headers(), 0) {
        Some(peer) if !peer.is_unspecified() => Problem::not_found("resource").into_response(),
        _ => next.run(request).await,
    }
}

/// The problem that a handler returned, or that an error status without a body of ours stands for.
fn problem_of(response: &mut Response<Body>) -> Option<Problem> {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        return Some(problem);
    }
    let status = response.status();
    let has_body_of_ours = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| !kind.as_bytes().starts_with(b"text/plain"));
    (status.is_client_error() || status.is_server_error())
        .then(|| Problem::from_status(status))
        .filter(|_| !has_body_of_ours)
}

/// Who asks, under which id. The client's id is kept if it is a sane token, so that it can be found in logs. What is no trace context
/// goes no further: tasks keep it, and events tell it to others.
fn context(request: &Request) -> Context {
    let text = |name: &str| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let sane = |id: &&str| {
        (1..=128).contains(&id.len())
            && id
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b))
    };
    Context {
        request_id: text("x-request-id")
            .filter(sane)
            .map_or_else(|| id::new().to_string(), str::to_owned),
        traceparent: text("traceparent")
            .filter(|value| current::is_traceparent(value))
            .map(str::to_owned),
        address: None,
        agent: text("user-agent").map(|agent| agent.chars().take(256).collect()),
        actor: None,
        credential: None,
    }
}

fn without_trailing_slash(uri: &Uri) -> Option<Uri> {
    let path = uri
        .path()
        .strip_suffix('/')
        .filter(|path| !path.is_empty())?;
    let target = uri
        .query()
        .map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(target.parse().ok()?);
    Uri::from_parts(parts).ok()
}

fn cors(config: &Config) -> CorsLayer {
    let origins: Vec<HeaderValue> = config
        .cors_origins
        .iter()
        .filter_map(|origin| origin.parse().ok())
        .collect();
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            HeaderName::from_static("idempotency-key"),
            HeaderName::from_static("x-request-id"),
            // A page that traces its calls sends both (W3C Trace Context).
            HeaderName::from_static("traceparent"),
            HeaderName::from_static("tracestate"),
            HeaderName::from_static("dpop"),
        ])
        .expose_headers([
            header::ETAG,
            header::LOCATION,
            header::RETRY_AFTER,
            HeaderName::from_static("x-request-id"),
            HeaderName::from_static("idempotency-replayed"),
            HeaderName::from_static("ratelimit"),
            HeaderName::from_static("ratelimit-policy"),
            // What tells a client in a browser how to ask again (RFC 9449 section 8, RFC 6750 section 3).
            HeaderName::from_static("dpop-nonce"),
            header::WWW_AUTHENTICATE,
        ])
        .max_age(std::time::Duration::from_secs(600))
}

/// Set unless a handler set its own.
fn security_headers(config: &Config) -> Vec<(HeaderName, HeaderValue)> {
    let mut headers = vec![
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (
            header::REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        ),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
        ),
        // Answers differ by credential; a handler that knows better says so.
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    if config.environment == Environment::Production && config.public_url.starts_with("https://") {
        headers.push((
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000; includeSubDomains"),
        ));
    }
    headers
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use axum::response::Html;
    use axum::routing::get;
    use utoipa_axum::router::OpenApiRouter;

    use super::*;
    use crate::{AppBuilder, Ports};

    #[tokio::test]
    async fn an_answer_that_has_no_body_announces_no_length() {
        let variables = HashMap::from([("environment".to_owned(), "development".to_owned())]);
        let service = AppBuilder::new("test", Ports::none(Arc::new(variables))).routes(
            OpenApiRouter::new()
                .route("/gone", get(|| async { StatusCode::NO_CONTENT }))
                .route("/same", get(|| async { StatusCode::NOT_MODIFIED }))
                .route("/empty", get(|| async { StatusCode::OK })),
        );
        for (path, status, length) in [
            ("/gone", 204, None),
            ("/same", 304, None),
            ("/empty", 200, Some("0")),
        ] {
            let request = Request::get(path).body(Body::empty()).unwrap();
            let answer = service.call(request).await;
            assert_eq!(answer.status().as_u16(), status);
            let announced = answer.headers().get(header::CONTENT_LENGTH);
            let announced = announced.map(|value| value.to_str().unwrap());
            assert_eq!(announced, length, "{path}");
        }
    }

    #[tokio::test]
    async fn a_problem_is_a_page_where_people_read_and_ask_for_one() {
        let variables = HashMap::from([("environment".to_owned(), "development".to_owned())]);
        let service = AppBuilder::new("test", Ports::none(Arc::new(variables)))
            .problem_page(&["/read/{name}"], |_, problem, _| {
                (problem.status(), Html("a page")).into_response()
            })
            .routes(
                OpenApiRouter::new()
                    .route("/read/{name}", get(|| async { Problem::internal("x") }))
                    .route("/call/{name}", get(|| async { Problem::internal("x") })),
            );
        for (path, accept, kind) in [
            ("/read/a", "text/html,*/*;q=0.8", "text/html"),
            ("/read/a", "*/*", "application/problem+json"),
            ("/call/a", "text/html", "application/problem+json"),
        ] {
            let request = Request::get(path).header(header::ACCEPT, accept);
            let answer = service.call(request.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status(), 500, "{path}, {accept}");
            let said = answer.headers()[header::CONTENT_TYPE].to_str().unwrap();
            assert!(said.starts_with(kind), "{path}, {accept}: {said}");
        }
    }

    #[test]
    fn what_is_no_trace_context_is_not_carried_on() {
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        for (sent, kept) in [(trace, Some(trace)), ("00-a-b-01", None), ("x", None)] {
            let request = Request::get("/")
                .header("traceparent", sent)
                .body(Body::empty())
                .unwrap();
            assert_eq!(context(&request).traceparent.as_deref(), kept, "{sent}");
        }
    }
}

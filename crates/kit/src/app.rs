//! What handlers share: configuration, database, and the ways out.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::Duration;

use axum::response::Response;
use http::{HeaderValue, Method, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa_axum::router::OpenApiRouter;

use crate::config::{Config, Variables};
use crate::db::Db;
use crate::key_value::{Cache, KeyValue};
use crate::limit::Classes;
use crate::not_granted::NotGranted;
use crate::outbound::{CallError, Outbound};
use crate::pages::Pages;
use crate::trust::{TokenVerifier, Trust};
use crate::turn::Turn;
use crate::wake::Wake;
use crate::{Context, Problem, Service};

/// How long a private component may take. A login that waits for a hash slot is the longest.
const CALL_TIMEOUT: Duration = Duration::from_secs(15);

/// The outside world of a service: Spin's interfaces in a component, tokio's natively.
pub struct Ports {
    /// Spin variables.
    pub variables: Arc<dyn Variables>,
    /// The database.
    pub db: Db,
    /// The `tokens` component.
    pub verifier: Arc<dyn TokenVerifier>,
    /// Outbound HTTP.
    pub outbound: Arc<dyn Outbound>,
    /// The default key-value store.
    pub key_value: Arc<dyn KeyValue>,
    /// The way to the worker, which is told after every write.
    pub wake: Arc<dyn Wake>,
}

impl Ports {
    /// Variables alone. Every other port refuses what it is asked: the component was not granted it.
    #[must_use]
    pub fn none(variables: Arc<dyn Variables>) -> Self {
        Self {
            variables,
            db: Db::new(NotGranted),
            verifier: Arc::new(NotGranted),
            outbound: Arc::new(NotGranted),
            key_value: Arc::new(NotGranted),
            wake: Arc::new(NotGranted),
        }
    }
}

/// Handle to everything that a handler needs. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    name: &'static str,
    ports: Ports,
    variables: Vec<&'static str>,
    secrets: Vec<&'static str>,
    extensions: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
    config: OnceLock<Config>,
    loading: Turn,
    trust: Trust,
    cache: Cache,
}

impl App {
    /// Name of the component.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.0.name
    }

    /// The database.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.0.ports.db
    }

    /// The configuration. Loaded before the first handler runs.
    #[must_use]
    pub fn config(&self) -> &Config {
        static EMPTY: LazyLock<Config> = LazyLock::new(Config::default);
        self.0.config.get().unwrap_or(&EMPTY)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        crate::clock::now_ms()
    }

    /// The key-value store.
    #[must_use]
    pub fn key_value(&self) -> &dyn KeyValue {
        self.0.ports.key_value.as_ref()
    }

    /// Outbound HTTP.
    #[must_use]
    pub fn outbound(&self) -> &Arc<dyn Outbound> {
        &self.0.ports.outbound
    }

    /// What the service put in with [`AppBuilder::extension`].
    #[must_use]
    pub fn extension<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.0
            .extensions
            .get(&TypeId::of::<T>())
            .cloned()
            .and_then(|value| value.downcast().ok())
    }

    /// Posts JSON to a private component and reads its JSON answer.
    ///
    /// # Errors
    /// [`CallError`]; what it means is the caller's to say.
    pub async fn call<Q: Serialize + Sync, A: DeserializeOwned>(
        &self,
        context: &Context,
        component: &str,
        path: &str,
        body: &Q,
    ) -> Result<A, CallError> {
        let answer = self.post(context, None, component, path, body).await?;
        if answer.status().is_success() {
            return read(component, &answer);
        }
        Err(CallError::Refused {
            component: component.to_owned(),
            status: answer.status(),
            body: answer.into_body(),
        })
    }

    /// Posts JSON to a private component for whoever calls us, with their credential if they sent one. What it refuses is refused
    /// in its own words.
    ///
    /// # Errors
    /// The component's problem, or what [`CallError`] stands for.
    pub async fn pass_on<Q: Serialize + Sync, A: DeserializeOwned>(
        &self,
        context: &Context,
        authorization: Option<&HeaderValue>,
        component: &str,
        path: &str,
        body: &Q,
    ) -> Result<A, Problem> {
        let answer = self
            .post(context, authorization, component, path, body)
            .await?;
        if answer.status().is_success() {
            return Ok(read(component, &answer)?);
        }
        Err(Problem::of_answer(&answer).unwrap_or_else(|| {
            CallError::Refused {
                component: component.to_owned(),
                status: answer.status(),
                body: answer.into_body(),
            }
            .into()
        }))
    }

    async fn post<Q: Serialize + Sync>(
        &self,
        context: &Context,
        authorization: Option<&HeaderValue>,
        component: &str,
        path: &str,
        body: &Q,
    ) -> Result<http::Response<Vec<u8>>, CallError> {
        let body = serde_json::to_vec(body).map_err(|cause| nonsense(component, &cause))?;
        let mut request = http::Request::builder()
            .method(Method::POST)
            .uri(format!("http://{component}.spin.internal{path}"))
            .header(header::CONTENT_TYPE, "application/json")
            .header("x-request-id", &context.request_id);
        if let Some(trace) = &context.traceparent {
            request = request.header("traceparent", trace);
        }
        if let Some(credential) = authorization {
            request = request.header(header::AUTHORIZATION, credential);
        }
        let request = request
            .body(body)
            .map_err(|cause| nonsense(component, &cause))?;
        self.0
            .ports
            .outbound
            .send(request, CALL_TIMEOUT)
            .await
            .map_err(|cause| CallError::Unreachable {
                component: component.to_owned(),
                cause,
            })
    }

    pub(crate) fn cache(&self) -> &Cache {
        &self.0.cache
    }

    pub(crate) fn trust(&self) -> &Trust {
        &self.0.trust
    }

    /// Tells the worker that there may be work.
    pub(crate) fn wake(&self, request_id: &str) {
        self.0.ports.wake.wake(request_id);
    }

    pub(crate) fn verifier(&self) -> &dyn TokenVerifier {
        self.0.ports.verifier.as_ref()
    }

    /// Loads the configuration once; a failure is tried again by the next request.
    pub(crate) async fn prepare(&self) -> Result<&Config, Problem> {
        if let Some(config) = self.0.config.get() {
            return Ok(config);
        }
        let _loading = self.0.loading.take().await;
        if let Some(config) = self.0.config.get() {
            return Ok(config);
        }
        let config = Config::load(
            self.0.ports.variables.as_ref(),
            &self.0.variables,
            &self.0.secrets,
        )
        .await?;
        Ok(self.0.config.get_or_init(|| config))
    }
}

fn read<A: DeserializeOwned>(
    component: &str,
    answer: &http::Response<Vec<u8>>,
) -> Result<A, CallError> {
    serde_json::from_slice(answer.body()).map_err(|cause| nonsense(component, &cause))
}

fn nonsense(component: &str, cause: &dyn std::fmt::Display) -> CallError {
    CallError::Nonsense {
        component: component.to_owned(),
        cause: cause.to_string(),
    }
}

/// What must hold before any request is answered.
pub(crate) struct Gate(pub(crate) fn(&Config) -> Result<(), Problem>);

/// Routes that no other origin may read.
pub(crate) struct SameOrigin(pub(crate) &'static [&'static str]);

/// How people are told of a problem, and where.
pub(crate) struct ProblemPage {
    pub(crate) routes: &'static [&'static str],
    pub(crate) page: fn(&App, &Problem, &str) -> Response,
}

/// Makes a [`Service`]: what a component hands to its service crate, which adds what it needs.
pub struct AppBuilder {
    name: &'static str,
    ports: Ports,
    variables: Vec<&'static str>,
    secrets: Vec<&'static str>,
    extensions: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
    body_limit: usize,
    internal: axum::Router<App>,
    pages: Pages,
}

impl AppBuilder {
    /// A service of this name on these ports. Bodies are limited to 256 KiB.
    #[must_use]
    pub fn new(name: &'static str, ports: Ports) -> Self {
        Self {
            name,
            ports,
            variables: Vec::new(),
            secrets: Vec::new(),
            extensions: HashMap::new(),
            body_limit: 256 * 1024,
            internal: axum::Router::new(),
            pages: Pages::new(),
        }
    }

    /// Variables that the service reads besides the common ones.
    #[must_use]
    pub fn variables(mut self, names: &[&'static str]) -> Self {
        self.variables.extend(names);
        self
    }

    /// Secrets without which the service answers 503.
    #[must_use]
    pub fn secrets(mut self, names: &[&'static str]) -> Self {
        self.secrets.extend(names);
        self
    }

    /// Something of the service's own, for [`App::extension`].
    #[must_use]
    pub fn extension<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.extensions.insert(TypeId::of::<T>(), Arc::new(value));
        self
    }

    /// Routes that no other origin may read, whichever `cors_origins` lists: people's pages (RFC 9700 section 2.6). Call it once.
    #[must_use]
    pub fn same_origin(self, routes: &'static [&'static str]) -> Self {
        self.extension(SameOrigin(routes))
    }

    /// How people's pages, these routes, tell of a problem to whoever asks for a page (`Accept: text/html`), by the id of the request.
    /// `{name}` in a route is any one segment of a path. Call it once.
    #[must_use]
    pub fn problem_page(
        self,
        routes: &'static [&'static str],
        page: fn(&App, &Problem, &str) -> Response,
    ) -> Self {
        self.extension(ProblemPage { routes, page })
    }

    /// What must hold before any request is answered: that the operator's decisions can be honoured, or that they want the service at
    /// all. Call it once.
    #[must_use]
    pub fn gate(self, check: fn(&Config) -> Result<(), Problem>) -> Self {
        self.extension(Gate(check))
    }

    /// Longest body that the service reads, bytes.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Routes under `/internal` that other components call and nobody else: tasks (`/tasks/<kind>`), events
    /// (`/events/<topic>`). They are in no OpenAPI document; what comes from outside gets 404, whatever a trigger routes here.
    #[must_use]
    pub fn internal(mut self, routes: axum::Router<App>) -> Self {
        self.internal = self.internal.merge(routes);
        self
    }

    /// Routes for people, which are in no OpenAPI document. Call it once.
    #[must_use]
    pub fn pages(mut self, pages: Pages) -> Self {
        self.pages = pages;
        self
    }

    /// The service that answers these routes, and the pages.
    #[must_use]
    pub fn routes(self, routes: OpenApiRouter<App>) -> Service {
        let (router, document) = routes.split_for_parts();
        debug_assert!(
            self.extensions
                .get(&TypeId::of::<Classes>())
                .and_then(|classes| classes.downcast_ref::<Classes>())
                .is_none_or(|classes| classes.unknown(&document, &self.pages.paths).is_empty()),
            "a limit of {} names a route that is neither described nor a page",
            self.name
        );
        let app = App(Arc::new(Inner {
            name: self.name,
            ports: self.ports,
            variables: self.variables,
            secrets: self.secrets,
            extensions: self.extensions,
            config: OnceLock::new(),
            loading: Turn::default(),
            trust: Trust::default(),
            cache: Cache::default(),
        }));
        let router = router.merge(self.pages.router);
        Service::new(app, router, self.internal, self.body_limit)
    }
}

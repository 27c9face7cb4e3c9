//! The instances of one component. `ProxyHandler` reuses and expires them; this adds what it leaves to its user: how many
//! instances may live, how many requests may be under way, and which answer a request gets that no guest answered.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use anyhow::Result;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use tokio::sync::{Mutex, Notify, OwnedSemaphorePermit, Semaphore};
use wasmtime::component::{Component, Linker};
use wasmtime_wasi_http::handler::{
    ExpirationError, InstantiationError, ProxyHandler, Request, Response,
};
use wasmtime_wasi_http::p3::bindings::ServicePre;
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::{Error, WasiBody};

use crate::between::Between;
use crate::guest::{Grants, GuestState};
use crate::telemetry::Span;
use crate::worker::{Factory, Ticket, is_capacity};

/// How instances live and die.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InstanceLimits {
    /// Requests that an instance answers before it is replaced.
    pub(crate) max_reuse: Between<usize>,
    /// Requests that an instance answers at the same time.
    pub(crate) max_concurrent: Between<usize>,
    /// How long an instance without work is kept.
    pub(crate) idle_timeout: Between<Duration>,
    /// How long a guest may take for an answer, and for its work after it; zero is for ever.
    pub(crate) request_timeout: Between<Duration>,
    /// Instances of the component at the same time.
    pub(crate) max_instances: usize,
    /// Requests to the component at the same time, those that wait included.
    pub(crate) max_in_flight: usize,
}

/// How long a request may wait for an instance when all are busy.
const CAPACITY_WAIT: Duration = Duration::from_secs(5);
/// How often the first of the waiting requests looks again; an instance that becomes free tells nobody but its own queue.
const CAPACITY_POLL: Duration = Duration::from_millis(2);

/// Why no guest answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Too many requests or instances.
    Overloaded,
    /// It took longer than the request time-out.
    TimedOut,
    /// A trap, or an error instead of an answer.
    Failed,
}

impl Refusal {
    /// One word for it.
    fn kind(self) -> &'static str {
        match self {
            Self::Overloaded => "overloaded",
            Self::TimedOut => "timeout",
            Self::Failed => "failed",
        }
    }
}

/// The instances of one component.
pub(crate) struct InstancePool {
    handler: ProxyHandler<Factory>,
    in_flight: Arc<Semaphore>,
    /// Held by the one request that waits for an instance; the others queue behind it in their order.
    turn: Mutex<()>,
    waiting: AtomicUsize,
    limits: InstanceLimits,
}

impl std::fmt::Debug for InstancePool {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("InstancePool")
            .field("component", &self.handler.state().grants.component)
            .finish_non_exhaustive()
    }
}

impl InstancePool {
    /// The pool of a compiled component; its first instance is made by its first request.
    pub(crate) fn new(
        component: &Component,
        linker: &Linker<GuestState>,
        grants: Arc<Grants>,
        limits: InstanceLimits,
    ) -> Result<Self> {
        let pre = ServicePre::new(linker.instantiate_pre(component)?)?;
        let factory = Factory {
            pre,
            grants,
            limits,
            instances: Arc::new(Semaphore::new(limits.max_instances)),
            freed: Arc::new(Notify::new()),
        };
        Ok(Self {
            handler: ProxyHandler::new(factory),
            in_flight: Arc::new(Semaphore::new(limits.max_in_flight)),
            turn: Mutex::new(()),
            waiting: AtomicUsize::new(0),
            limits,
        })
    }

    /// Sends a request to an instance. It counts as under way until its answer's body has ended, also when the caller no longer
    /// waits: the guest goes on.
    pub(crate) async fn handle(
        self: &Arc<Self>,
        mut request: Request,
    ) -> Result<Response, Refusal> {
        let Ok(permit) = self.in_flight.clone().try_acquire_owned() else {
            return Err(Refusal::Overloaded);
        };
        let grants = &self.handler.state().grants;
        let span = grants.tracer.component(&grants.component, &mut request);
        let pool = self.clone();
        let answer = tokio::spawn(async move {
            let answer = pool.dispatch(request, &span).await;
            match &answer {
                Ok(response) => span.answered(response.status()),
                Err(refusal) => span.failed(refusal.kind()),
            }
            drop(span);
            Ok(answer?.map(|body| {
                CountedBody {
                    body,
                    _permit: permit,
                }
                .boxed_unsync()
            }))
        });
        answer.await.unwrap_or(Err(Refusal::Failed))
    }

    /// Waits until nothing is under way and all instances are gone.
    pub(crate) async fn drained(&self) {
        let all = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let _requests = self
            .in_flight
            .acquire_many(all(self.limits.max_in_flight))
            .await;
        let _instances = self
            .handler
            .state()
            .instances
            .acquire_many(all(self.limits.max_instances))
            .await;
    }

    async fn dispatch(&self, mut request: Request, span: &Span) -> Result<Response, Refusal> {
        if self.waiting.load(Ordering::Relaxed) == 0 {
            let ticket = Arc::new(Ticket::new(span.context()));
            match self.handler.handle(ticket.clone(), request).await {
                Ok(response) => return Ok(response),
                Err(error) => request = self.back(error, &ticket)?,
            }
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waiting = Decrement(&self.waiting);
        let deadline = tokio::time::Instant::now() + CAPACITY_WAIT;
        let Ok(turn) = tokio::time::timeout_at(deadline, self.turn.lock()).await else {
            return Err(Refusal::Overloaded);
        };
        let mut turn = Some(turn);
        loop {
            let ticket = Arc::new(Ticket::new(span.context()));
            let mut handling = std::pin::pin!(self.handler.handle(ticket.clone(), request));
            let result = tokio::select! {
                biased;
                result = &mut handling => result,
                () = ticket.accepted.notified() => {
                    turn.take();
                    handling.await
                }
            };
            match result {
                Ok(response) => return Ok(response),
                Err(error) => request = self.back(error, &ticket)?,
            }
            if tokio::time::Instant::now() >= deadline {
                return Err(Refusal::Overloaded);
            }
            // Whichever comes first: an instance ended, or one may have become free.
            let _ =
                tokio::time::timeout(CAPACITY_POLL, self.handler.state().freed.notified()).await;
        }
    }

    /// The request, if it only lacked an instance.
    fn back(&self, error: wasmtime::Error, ticket: &Ticket) -> Result<Request, Refusal> {
        match error.downcast::<InstantiationError<Arc<Ticket>>>() {
            Ok(error) if is_capacity(&error.error) => Ok(error
                .request
                .into_inner()
                .unwrap_or_else(std::sync::PoisonError::into_inner)),
            Ok(error) => {
                self.handler
                    .state()
                    .report("component cannot be instantiated", &error.error);
                Err(Refusal::Failed)
            }
            Err(error) if error.is::<ExpirationError>() || ticket.timed_out() => {
                Err(Refusal::TimedOut)
            }
            Err(error) => {
                // A trap is reported by the instance that it ends.
                if error.is::<ErrorCode>() {
                    self.handler
                        .state()
                        .report("guest answered with an error instead of a response", &error);
                }
                Err(Refusal::Failed)
            }
        }
    }
}

/// The body of an answer, which carries its request's permit to its end.
struct CountedBody {
    body: WasiBody,
    _permit: OwnedSemaphorePermit,
}

impl Body for CountedBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

struct Decrement<'a>(&'a AtomicUsize);

impl Drop for Decrement<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

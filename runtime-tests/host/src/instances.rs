//! The instances of one component. `ProxyHandler` reuses and expires them; this adds what it leaves to its user: how many
//! instances may live, how many requests may be under way, and which answer a request gets that no guest answered.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use anyhow::Result;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use serde_json::json;
use tokio::sync::{Mutex, Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::Sleep;
use wasmtime::component::{Component, GuestTaskId, Linker};
use wasmtime::{Store, StoreContextMut, UpdateDeadline};
use wasmtime_wasi_http::handler::{
    ExpirationError, HandlerState, Instance, InstantiationError, Proxy, ProxyHandler, Request,
    Response, ShouldAccept, WorkerExpiration, WorkerState, WorkerStatus,
};
use wasmtime_wasi_http::p3::bindings::ServicePre;
use wasmtime_wasi_http::{Error, WasiBody, WasiHttpView};

use crate::guest::{Grants, GuestState};

/// How instances live and die.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InstanceLimits {
    /// Requests that an instance answers before it is replaced.
    pub(crate) max_reuse: usize,
    /// Requests that an instance answers at the same time.
    pub(crate) max_concurrent: usize,
    /// How long an instance without work is kept.
    pub(crate) idle_timeout: Duration,
    /// How long a guest may take for an answer, and for its work after it.
    pub(crate) request_timeout: Option<Duration>,
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
    pub(crate) async fn handle(self: &Arc<Self>, request: Request) -> Result<Response, Refusal> {
        let Ok(permit) = self.in_flight.clone().try_acquire_owned() else {
            return Err(Refusal::Overloaded);
        };
        let pool = self.clone();
        let answer = tokio::spawn(async move {
            let response = pool.dispatch(request).await?;
            Ok(response.map(|body| {
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

    async fn dispatch(&self, mut request: Request) -> Result<Response, Refusal> {
        if self.waiting.load(Ordering::Relaxed) == 0 {
            let ticket = Arc::new(Ticket::default());
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
            let ticket = Arc::new(Ticket::default());
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
            Err(_) => Err(Refusal::Failed),
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

/// Follows one request to the instance that takes it.
#[derive(Default)]
pub(crate) struct Ticket {
    accepted: Notify,
    instance: std::sync::OnceLock<Arc<AtomicBool>>,
}

impl Ticket {
    fn timed_out(&self) -> bool {
        self.instance
            .get()
            .is_some_and(|timed_out| timed_out.load(Ordering::Acquire))
    }
}

/// All instances that the component may have exist.
#[derive(Debug)]
struct AtCapacity;

impl std::fmt::Display for AtCapacity {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("all instances of the component are in use")
    }
}

impl std::error::Error for AtCapacity {}

fn is_capacity(error: &wasmtime::Error) -> bool {
    error.is::<AtCapacity>() || error.is::<wasmtime::PoolConcurrencyLimitError>()
}

/// Makes instances.
pub(crate) struct Factory {
    pre: ServicePre<GuestState>,
    grants: Arc<Grants>,
    limits: InstanceLimits,
    instances: Arc<Semaphore>,
    freed: Arc<Notify>,
}

impl Factory {
    fn report(&self, message: &str, error: &wasmtime::Error) {
        self.grants.output.event(&json!({"level": "error", "message": message, "component": &*self.grants.component, "error": format!("{error:?}")}));
    }
}

impl HandlerState for Factory {
    type StoreData = GuestState;
    type WorkerExpiration = Expiration;
    type WorkerState = Worker;

    async fn instantiate(&self) -> wasmtime::Result<Instance<GuestState, Expiration, Worker>> {
        let permit = self
            .instances
            .clone()
            .try_acquire_owned()
            .map_err(|_| AtCapacity)?;
        let mut store = Store::new(self.pre.engine(), GuestState::new(&self.grants));
        store.limiter(|state| &mut state.limits);
        store.set_epoch_deadline(1);
        // Gives the thread back at every tick; whether the guest may go on, `Expiration` decides.
        store.epoch_deadline_callback(|_| Ok(UpdateDeadline::Yield(1)));
        let limit = self
            .limits
            .request_timeout
            .unwrap_or(Duration::from_secs(3600));
        let service = tokio::time::timeout(limit, self.pre.instantiate_async(&mut store))
            .await
            .map_err(|_| ExpirationError)??;
        let timed_out = Arc::new(AtomicBool::new(false));
        Ok(Instance {
            store,
            proxy: Proxy::P3(service),
            view: GuestState::http,
            expiration: Expiration {
                limits: self.limits,
                sleep: Box::pin(tokio::time::sleep(self.limits.idle_timeout)),
                timed_out: timed_out.clone(),
            },
            state: Worker {
                grants: self.grants.clone(),
                limits: self.limits,
                timed_out,
                freed: self.freed.clone(),
                _permit: permit,
            },
        })
    }
}

/// Ends an instance that has been without work, or with the same work, for too long. It is asked from outside of the guest's
/// event loop, so it also ends a guest that computes without end: every epoch the guest stands still for a moment.
pub(crate) struct Expiration {
    limits: InstanceLimits,
    sleep: Pin<Box<Sleep>>,
    timed_out: Arc<AtomicBool>,
}

impl WorkerExpiration for Expiration {
    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        status: WorkerStatus,
        start: Instant,
    ) -> Poll<()> {
        let limit = match status {
            WorkerStatus::Idle => self.limits.idle_timeout,
            WorkerStatus::Requests | WorkerStatus::PostReturn => {
                match self.limits.request_timeout {
                    Some(limit) => limit,
                    None => return Poll::Pending,
                }
            }
        };
        let deadline = tokio::time::Instant::from_std(start + limit);
        if self.sleep.deadline() != deadline {
            self.sleep.as_mut().reset(deadline);
        }
        ready!(self.sleep.as_mut().poll(cx));
        if status != WorkerStatus::Idle {
            self.timed_out.store(true, Ordering::Release);
        }
        Poll::Ready(())
    }
}

/// One instance, from the outside.
pub(crate) struct Worker {
    grants: Arc<Grants>,
    limits: InstanceLimits,
    timed_out: Arc<AtomicBool>,
    freed: Arc<Notify>,
    _permit: OwnedSemaphorePermit,
}

impl WorkerState for Worker {
    type StoreData = GuestState;
    type RequestData = Arc<Ticket>;

    fn should_accept_request(&self, concurrent: usize, total: usize) -> ShouldAccept {
        if total >= self.limits.max_reuse {
            ShouldAccept::Never
        } else if concurrent >= self.limits.max_concurrent {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    fn on_request_start(
        &self,
        _: StoreContextMut<'_, GuestState>,
        ticket: Arc<Ticket>,
        _: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + 'static + Send + Sync>> {
        // A ticket is used once.
        let _ = ticket.instance.set(self.timed_out.clone());
        ticket.accepted.notify_one();
        match self.limits.request_timeout {
            Some(limit) => Box::pin(tokio::time::sleep(limit)),
            None => Box::pin(std::future::pending()),
        }
    }

    fn drop(&self, store: Store<GuestState>, result: Result<(), wasmtime::Error>) {
        drop(store);
        if let Err(error) = result {
            let message = if self.timed_out.load(Ordering::Acquire) {
                "instance stopped: the request time-out passed"
            } else {
                "instance trapped"
            };
            self.grants.output.event(&json!({"level": "error", "message": message, "component": &*self.grants.component, "error": format!("{error:?}")}));
        }
        self.freed.notify_one();
    }
}

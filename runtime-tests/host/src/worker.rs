//! One instance of a component from the outside: how it is made, what it accepts, when it ends.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use opentelemetry::Context as TraceContext;
use serde_json::json;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::Sleep;
use wasmtime::component::GuestTaskId;
use wasmtime::{Store, StoreContextMut, UpdateDeadline};
use wasmtime_wasi_http::WasiHttpView;
use wasmtime_wasi_http::handler::{
    ExpirationError, HandlerState, Instance, Proxy, ShouldAccept, WorkerExpiration, WorkerState,
    WorkerStatus,
};
use wasmtime_wasi_http::p3::bindings::ServicePre;

use crate::guest::{Grants, GuestState};
use crate::instances::InstanceLimits;

/// Follows one request to the instance that takes it.
#[derive(Default)]
pub(crate) struct Ticket {
    /// Notified once an instance has taken the request.
    pub(crate) accepted: Notify,
    instance: std::sync::OnceLock<Arc<AtomicBool>>,
    trace: Option<TraceContext>,
}

impl Ticket {
    /// The ticket of a request whose spans stand below `trace`.
    pub(crate) fn new(trace: Option<&TraceContext>) -> Self {
        Self {
            trace: trace.cloned(),
            ..Self::default()
        }
    }

    /// Whether the instance that took it was stopped for taking too long.
    pub(crate) fn timed_out(&self) -> bool {
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

/// Whether an instance could not be made only because there are too many.
pub(crate) fn is_capacity(error: &wasmtime::Error) -> bool {
    error.is::<AtCapacity>() || error.is::<wasmtime::PoolConcurrencyLimitError>()
}

/// Makes instances.
pub(crate) struct Factory {
    /// The component, linked to the host.
    pub(crate) pre: ServicePre<GuestState>,
    /// What it may use.
    pub(crate) grants: Arc<Grants>,
    /// How instances live and die.
    pub(crate) limits: InstanceLimits,
    /// A permit for each instance that may live.
    pub(crate) instances: Arc<Semaphore>,
    /// Notified when an instance has ended.
    pub(crate) freed: Arc<Notify>,
}

impl Factory {
    /// Writes what went wrong to the log.
    pub(crate) fn report(&self, message: &str, error: &wasmtime::Error) {
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
        let guest = GuestState::new(&self.grants);
        let spent = guest.memory.spent();
        let mut store = Store::new(self.pre.engine(), guest);
        store.limiter(|state| &mut state.memory);
        store.set_epoch_deadline(1);
        // Gives the thread back at every tick; whether the guest may go on, `Expiration` decides.
        store.epoch_deadline_callback(|_| Ok(UpdateDeadline::Yield(1)));
        let lifetime = Lifetime::draw(&self.limits);
        let limit = lifetime
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
                lifetime,
                sleep: Box::pin(tokio::time::sleep(lifetime.idle_timeout)),
                timed_out: timed_out.clone(),
            },
            state: Worker {
                grants: self.grants.clone(),
                lifetime,
                spent,
                timed_out,
                freed: self.freed.clone(),
                _permit: permit,
            },
        })
    }
}

/// The limits of one instance, drawn when it is made.
#[derive(Debug, Clone, Copy)]
struct Lifetime {
    max_reuse: usize,
    max_concurrent: usize,
    idle_timeout: Duration,
    request_timeout: Option<Duration>,
}

impl Lifetime {
    fn draw(limits: &InstanceLimits) -> Self {
        let request_timeout = limits.request_timeout.draw();
        Self {
            max_reuse: limits.max_reuse.draw().max(1),
            max_concurrent: limits.max_concurrent.draw().max(1),
            idle_timeout: limits.idle_timeout.draw(),
            request_timeout: (!request_timeout.is_zero()).then_some(request_timeout),
        }
    }
}

/// Ends an instance that has been without work, or with the same work, for too long. It is asked from outside of the guest's
/// event loop, so it also ends a guest that computes without end: every epoch the guest stands still for a moment.
pub(crate) struct Expiration {
    lifetime: Lifetime,
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
            WorkerStatus::Idle => self.lifetime.idle_timeout,
            WorkerStatus::Requests | WorkerStatus::PostReturn => {
                match self.lifetime.request_timeout {
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
    lifetime: Lifetime,
    spent: Arc<AtomicBool>,
    timed_out: Arc<AtomicBool>,
    freed: Arc<Notify>,
    _permit: OwnedSemaphorePermit,
}

impl WorkerState for Worker {
    type StoreData = GuestState;
    type RequestData = Arc<Ticket>;

    fn should_accept_request(&self, concurrent: usize, total: usize) -> ShouldAccept {
        if total >= self.lifetime.max_reuse || self.spent.load(Ordering::Relaxed) {
            ShouldAccept::Never
        } else if concurrent >= self.lifetime.max_concurrent {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    fn on_request_start(
        &self,
        mut store: StoreContextMut<'_, GuestState>,
        ticket: Arc<Ticket>,
        task: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + 'static + Send + Sync>> {
        // A ticket is used once.
        let _ = ticket.instance.set(self.timed_out.clone());
        if let Some(trace) = &ticket.trace {
            store.data_mut().requests.insert(task, trace.clone());
        }
        ticket.accepted.notify_one();
        match self.lifetime.request_timeout {
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

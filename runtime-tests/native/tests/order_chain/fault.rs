//! A process that dies at one point: where it asks somebody for something, before that has any effect, or after it, when nobody
//! hears of it any more.

use std::future::pending;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// Where a process dies, if it does.
#[derive(Default)]
pub(crate) struct Fault {
    at: Option<usize>,
    passed: AtomicUsize,
    struck: OnceLock<String>,
    death: Notify,
}

impl Fault {
    /// At the point that is reached after so many others; none lives on.
    pub(crate) fn at(point: Option<usize>) -> Self {
        Self {
            at: point,
            ..Self::default()
        }
    }

    /// A point at which a process may die.
    pub(crate) async fn pass(&self, point: &str) {
        let here = self.passed.fetch_add(1, Ordering::SeqCst);
        if self.at == Some(here) {
            self.struck.set(point.to_owned()).unwrap();
            self.death.notify_one();
        }
        // The dead do nothing more, whatever else they had begun.
        if self.struck.get().is_some() {
            pending::<()>().await;
        }
    }

    /// What the work came to; none if the process died over it.
    pub(crate) async fn lives_through<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.death.notified() => None,
            done = work => Some(done),
        }
    }

    /// Where it died.
    pub(crate) fn struck(&self) -> Option<&str> {
        self.struck.get().map(String::as_str)
    }
}

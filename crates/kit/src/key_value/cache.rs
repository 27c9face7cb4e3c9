//! Answers kept for a while, as `{expires_at, value}`: no store has expiry of its own that Spin lets us reach.
//!
//! The store may be empty, slow or down; then the answer is made anew, which is all that is ever lost. Whatever goes wrong
//! is logged with the count so far, and for a second nobody asks again, so that a slow store slows nobody down.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::pin::pin;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use futures::future::{Either, select};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::KeyValueError;
use crate::log::{self, Level};
use crate::turn::Turn;
use crate::{App, clock};

/// What the store may take. Postgres answers in less.
const PATIENCE: Duration = Duration::from_millis(100);
/// How long a store that failed is left alone, milliseconds.
const PAUSE_MS: i64 = 1_000;

/// What an instance knows of its store.
#[derive(Default)]
pub(crate) struct Cache {
    /// Taken while making what is missing, so that one request makes it for all. Keys share them by hash.
    making: [Turn; 16],
    failures: AtomicU64,
    resting_until_ms: AtomicI64,
}

#[derive(Serialize, Deserialize)]
struct Envelope<T> {
    /// Milliseconds since the Unix epoch.
    expires_at: i64,
    value: T,
}

impl App {
    /// The value kept under this key, or what `make` makes, which is then kept for `life`.
    ///
    /// Only for what may be lost and may be `life` too old: rendered pages, lists, market data. Never for anything that
    /// decides who may do what. The key must name everything that the value depends on.
    ///
    /// # Errors
    /// Those of `make`; the store has none.
    pub async fn cached<T, E, F>(
        &self,
        key: &str,
        life: Duration,
        make: impl FnOnce() -> F,
    ) -> Result<T, E>
    where
        T: Serialize + DeserializeOwned,
        F: Future<Output = Result<T, E>>,
    {
        if let Some(value) = self.kept(key).await {
            return Ok(value);
        }
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let index = usize::try_from(hasher.finish() % 16).unwrap_or(0);
        let _making = match self.cache().making.get(index) {
            Some(turn) => Some(turn.take().await),
            None => None,
        };
        if let Some(value) = self.kept(key).await {
            return Ok(value);
        }
        let value = make().await?;
        self.keep(key, life, &value).await;
        Ok(value)
    }

    /// Forgets what is kept under this key, if the store can be reached; else it is forgotten when its time is over.
    pub async fn forget(&self, key: &str) {
        let gone = Envelope {
            expires_at: 0,
            value: (),
        };
        self.store(key, &gone).await;
    }

    async fn kept<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let bytes = self.in_time(key, self.key_value().get(key)).await??;
        // What another version of us wrote, or nobody, is nothing.
        let envelope: Envelope<T> = serde_json::from_slice(&bytes).ok()?;
        (envelope.expires_at > self.now_ms()).then_some(envelope.value)
    }

    async fn keep<T: Serialize>(&self, key: &str, life: Duration, value: &T) {
        let life = i64::try_from(life.as_millis()).unwrap_or(i64::MAX);
        let envelope = Envelope {
            expires_at: self.now_ms().saturating_add(life),
            value,
        };
        self.store(key, &envelope).await;
    }

    async fn store<T: Serialize>(&self, key: &str, envelope: &Envelope<T>) {
        if let Ok(bytes) = serde_json::to_vec(envelope) {
            self.in_time(key, self.key_value().set(key, &bytes)).await;
        }
    }

    /// The store's answer; none if it failed, took too long, or is resting from that.
    async fn in_time<T>(
        &self,
        key: &str,
        call: impl Future<Output = Result<T, KeyValueError>>,
    ) -> Option<T> {
        let cache = self.cache();
        if self.now_ms() < cache.resting_until_ms.load(Ordering::Relaxed) {
            return None;
        }
        let cause = match select(pin!(call), pin!(clock::sleep(PATIENCE))).await {
            Either::Left((Ok(value), _)) => return Some(value),
            Either::Left((Err(error), _)) => error.to_string(),
            Either::Right(((), _)) => {
                format!("no answer within {} ms", PATIENCE.as_millis())
            }
        };
        cache
            .resting_until_ms
            .store(self.now_ms().saturating_add(PAUSE_MS), Ordering::Relaxed);
        let failures = cache.failures.fetch_add(1, Ordering::Relaxed) + 1;
        log::line(
            Level::Warn,
            self.name(),
            "the key-value store failed; serving without it",
            json!({"key": key, "cause": cause, "failures": failures}),
        );
        None
    }

    /// How often the store has failed this instance.
    #[must_use]
    pub fn key_value_failures(&self) -> u64 {
        self.cache().failures.load(Ordering::Relaxed)
    }
}

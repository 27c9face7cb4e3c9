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

impl Cache {
    fn turn_of(&self, key: &str) -> &Turn {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let [first, ..] = &self.making;
        let index = usize::try_from(hasher.finish() % 16).unwrap_or(0);
        self.making.get(index).unwrap_or(first)
    }
}

#[derive(Serialize, Deserialize)]
struct Envelope<T> {
    /// Milliseconds since the Unix epoch.
    expires_at: i64,
    value: T,
}

/// A value, and what is another as soon as the value would be.
#[derive(Serialize, Deserialize)]
struct Stamped<T> {
    stamp: String,
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
        let _making = self.cache().turn_of(key).take().await;
        if let Some(value) = self.kept(key).await {
            return Ok(value);
        }
        let value = make().await?;
        self.keep(key, life, &value).await;
        Ok(value)
    }

    /// As [`Self::cached`], for what must not be old: `find` is told the stamp of what is kept, if anything is, and answers the present
    /// stamp with what a value is made of, which may be nothing if the stamps are the same: then what is kept is right. Otherwise `make`
    /// makes the new value. `life` is for what changes no stamp, as a new version of the program that makes the value.
    ///
    /// # Errors
    /// Those of `find` and `make`; the store has none.
    pub async fn cached_under_stamp<T, N, E, F>(
        &self,
        key: &str,
        life: Duration,
        find: impl FnOnce(Option<String>) -> F,
        make: impl FnOnce(N) -> Result<T, E>,
    ) -> Result<T, E>
    where
        T: Serialize + DeserializeOwned,
        F: Future<Output = Result<(String, N), E>>,
    {
        let turn = self.cache().turn_of(key);
        let mut kept: Option<Stamped<T>> = self.kept(key).await;
        // Where nothing is kept, one request finds out and makes it for all that come meanwhile.
        let mut first = None;
        if kept.is_none() {
            first = Some(turn.take().await);
            kept = self.kept(key).await;
        }
        // Who waited for it has nothing to make others wait for.
        let first = first.filter(|_| kept.is_none());
        let (stamp, news) = find(kept.as_ref().map(|kept| kept.stamp.clone())).await?;
        let is_right = |kept: &Stamped<T>| kept.stamp == stamp;
        if let Some(kept) = kept.filter(is_right) {
            return Ok(kept.value);
        }
        // All who ask right after a change find it out, and one of them makes the new value.
        let _making = match first {
            Some(first) => first,
            None => turn.take().await,
        };
        if let Some(kept) = self.kept::<Stamped<T>>(key).await.filter(is_right) {
            return Ok(kept.value);
        }
        let stamped = Stamped {
            value: make(news)?,
            stamp,
        };
        self.keep(key, life, &stamped).await;
        Ok(stamped.value)
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

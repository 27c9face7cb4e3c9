//! The trust snapshot: public keys and recent revocations, read at most once a second, handed to the `tokens` component.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use contracts::identity::tokens::{Presented, Refusal, TrustSnapshot, Verdict};

use crate::turn::{Turn, value};
use crate::{App, Problem, params};

/// A revoked session is refused everywhere within this time, milliseconds.
const MAX_AGE_MS: i64 = 1_000;

/// The `tokens` component, or its crate natively.
pub trait TokenVerifier: Send + Sync {
    /// Replaces the snapshot.
    fn trust(&self, snapshot: &TrustSnapshot);
    /// Decides about a credential.
    fn verify(&self, presented: &Presented) -> Result<Verdict, Refusal>;
}

/// When the snapshot was read, and what it was.
#[derive(Default)]
pub(crate) struct Trust {
    read_at_ms: AtomicI64,
    /// Taken while reading, so that one request reads for all.
    reading: Turn,
    text: Mutex<String>,
}

/// Sees to it that the verifier knows all keys and revocations of a second ago.
pub(crate) async fn refresh(app: &App) -> Result<(), Problem> {
    let trust = app.trust();
    let fresh =
        || (0..MAX_AGE_MS).contains(&(app.now_ms() - trust.read_at_ms.load(Ordering::Relaxed)));
    if fresh() {
        return Ok(());
    }
    let _reading = trust.reading.take().await;
    if fresh() {
        return Ok(());
    }
    let asked_at = app.now_ms();
    let text = app
        .db()
        .read_text(
            include_str!("../sql/trust_snapshot.sql"),
            params![app.config().issuer()],
        )
        .await?
        .ok_or_else(|| Problem::internal("identity.trust_snapshot answered nothing"))?;
    // Mostly nothing has changed since a second ago; then the verifier keeps what it has worked out.
    if *value(&trust.text) != text {
        let snapshot: TrustSnapshot = serde_json::from_str(&text).map_err(Problem::internal)?;
        app.verifier().trust(&snapshot);
        *value(&trust.text) = text;
    }
    trust.read_at_ms.store(asked_at, Ordering::Relaxed);
    Ok(())
}

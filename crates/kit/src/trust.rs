//! The trust snapshot: public keys and recent revocations, read at most once a second, handed to the `tokens` component.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use contracts::identity::tokens::{Presented, Refusal, TrustSnapshot, Verdict};

use crate::attempts::Attempts;
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
    attempts: Attempts<Problem>,
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
    let seen = trust.attempts.begun();
    let _reading = trust.reading.take().await;
    if fresh() {
        return Ok(());
    }
    let attempt = trust.attempts.begin(seen)?;
    read(app)
        .await
        .inspect_err(|problem| trust.attempts.failed(attempt, problem.clone()))
}

async fn read(app: &App) -> Result<(), Problem> {
    let trust = app.trust();
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

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;

    use async_trait::async_trait;
    use axum::body::Body;
    use axum::extract::Request;
    use axum::routing::get;
    use futures::future::join_all;
    use http::{StatusCode, header};
    use utoipa_axum::router::OpenApiRouter;

    use super::*;
    use crate::db::{Database, DbError, Row, Value};
    use crate::{AppBuilder, Db, Ports, Principal};

    /// A server that takes no connection, as one whose network swallows packets.
    struct Unreachable(Arc<AtomicUsize>);

    #[async_trait]
    impl Database for Unreachable {
        async fn query(&self, _: &'static str, _: &[Value]) -> Result<Vec<Row>, DbError> {
            self.0.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            Err(DbError::Unavailable("no connection within 2 s".to_owned()))
        }
    }

    #[tokio::test]
    async fn who_waits_for_the_snapshot_learns_with_the_others_that_there_is_none() {
        let asked = Arc::new(AtomicUsize::new(0));
        let variables = HashMap::from([("environment".to_owned(), "development".to_owned())]);
        let ports = Ports {
            db: Db::new(Unreachable(Arc::clone(&asked))),
            ..Ports::none(Arc::new(variables))
        };
        let service = AppBuilder::new("test", ports).routes(
            OpenApiRouter::new().route("/me", get(|_: Principal| async { StatusCode::OK })),
        );
        let calls = (0..16).map(|_| {
            let request = Request::get("/me").header(header::AUTHORIZATION, "Bearer x");
            service.call(request.body(Body::empty()).unwrap())
        });
        for answer in join_all(calls).await {
            assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        }
        // The first, and one that came while the first was asking.
        assert_eq!(asked.load(Ordering::Relaxed), 2);
    }
}

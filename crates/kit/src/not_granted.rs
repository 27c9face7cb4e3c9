//! What a component reaches that was granted nothing.

use std::time::Duration;

use async_trait::async_trait;
use contracts::identity::tokens::{Presented, Refusal, TrustSnapshot, Verdict};

use crate::db::{Database, DbError, Row, Value};
use crate::key_value::{KeyValue, KeyValueError};
use crate::outbound::{Outbound, OutboundError};
use crate::trust::TokenVerifier;
use crate::wake::Wake;

/// Refuses everything.
pub(crate) struct NotGranted;

const REASON: &str = "the component was not granted this; name it in kit::serve! and in spin.toml";

#[async_trait]
impl Database for NotGranted {
    async fn query(&self, _: &'static str, _: &[Value]) -> Result<Vec<Row>, DbError> {
        Err(DbError::Unavailable(REASON.to_owned()))
    }
}

impl TokenVerifier for NotGranted {
    fn trust(&self, _: &TrustSnapshot) {}

    fn verify(&self, _: &Presented) -> Result<Verdict, Refusal> {
        Err(Refusal::BadSignature)
    }
}

#[async_trait]
impl Outbound for NotGranted {
    async fn send(
        &self,
        _: http::Request<Vec<u8>>,
        _: Duration,
    ) -> Result<http::Response<Vec<u8>>, OutboundError> {
        Err(OutboundError::Failed(REASON.to_owned()))
    }
}

#[async_trait]
impl KeyValue for NotGranted {
    async fn get(&self, _: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        Err(KeyValueError(REASON.to_owned()))
    }

    async fn set(&self, _: &str, _: &[u8]) -> Result<(), KeyValueError> {
        Err(KeyValueError(REASON.to_owned()))
    }
}

/// The next scheduled tick finds the work.
impl Wake for NotGranted {
    fn wake(&self, _: &str) {}
}

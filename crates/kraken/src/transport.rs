//! The way out, left to whoever has a network: Spin's outbound HTTP in the component, any client in a test.

use std::future::Future;
use std::time::Duration;

/// How long a transport waits for the whole answer. Below the lease of 20 s on the key's lane, so that no later call of the
/// same key overtakes this one.
pub const TIMEOUT: Duration = Duration::from_secs(10);

/// One request: absolute address, headers and the exact bytes that were signed. The headers with key and signature are
/// marked sensitive.
pub type HttpCall = http::Request<Vec<u8>>;

/// One answer, whatever its status.
pub type HttpReply = http::Response<Vec<u8>>;

/// Why there is no answer. No text of it may contain headers or bodies.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The request never left: no connection was made, or it is not allowed.
    #[error("the request was not sent: {0}")]
    NotSent(String),
    /// No answer in time. The request may have been carried out.
    #[error("no answer within {} s", TIMEOUT.as_secs())]
    TimedOut,
    /// The connection broke. The request may have been carried out.
    #[error("the connection broke: {0}")]
    Interrupted(String),
}

/// Sends a request once. It never repeats one by itself, follows no redirect, and waits no longer than [`TIMEOUT`].
pub trait Transport {
    /// Sends it and returns the answer with any status.
    fn send(&self, call: HttpCall) -> impl Future<Output = Result<HttpReply, TransportError>>;
}

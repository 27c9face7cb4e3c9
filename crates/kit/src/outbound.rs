//! Calls to others: private components by service chaining, and the few outside hosts that the manifest grants.

use std::time::Duration;

use async_trait::async_trait;
use http::StatusCode;

/// Longest answer that is read, bytes. What a webhook's receiver sends is anybody's to choose, and an instance has one memory
/// for all its requests.
pub const MAX_ANSWER: usize = 8 * 1024 * 1024;

/// A call that brought no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum OutboundError {
    /// No answer in time. Whether the other side acted is not known.
    #[error("no answer within {0:?}")]
    Timeout(Duration),
    /// The connection failed or broke, the answer was longer than [`MAX_ANSWER`], or the manifest does not grant the host.
    #[error("{0}")]
    Failed(String),
}

/// Outbound HTTP.
#[async_trait]
pub trait Outbound: Send + Sync {
    /// Sends one request with an absolute URI and reads the whole answer. No redirects, no retries.
    async fn send(
        &self,
        request: http::Request<Vec<u8>>,
        timeout: Duration,
    ) -> Result<http::Response<Vec<u8>>, OutboundError>;
}

/// A call to a private component that did not lead to the wanted answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CallError {
    /// The component did not answer.
    #[error("{component} does not answer: {cause}")]
    Unreachable {
        /// Id of the component.
        component: String,
        /// What happened.
        cause: OutboundError,
    },
    /// It answered with an error status.
    #[error("{component} answered {status}")]
    Refused {
        /// Id of the component.
        component: String,
        /// Its status.
        status: StatusCode,
        /// Its body.
        body: Vec<u8>,
    },
    /// Its answer is not what the contract says.
    #[error("{component} answered nonsense: {cause}")]
    Nonsense {
        /// Id of the component.
        component: String,
        /// What is wrong.
        cause: String,
    },
}

impl From<CallError> for crate::Problem {
    fn from(error: CallError) -> Self {
        match &error {
            CallError::Unreachable { .. } => {
                Self::unavailable("A part of the service").caused_by(&error)
            }
            CallError::Refused { status, .. } if *status == StatusCode::SERVICE_UNAVAILABLE => {
                Self::unavailable("A part of the service").caused_by(&error)
            }
            CallError::Refused { .. } | CallError::Nonsense { .. } => Self::internal(&error),
        }
    }
}

//! The way out of the component: what its host lets it send.

use std::sync::Arc;
use std::time::Duration;

use kit::outbound::{Outbound, OutboundError};
use kit::{App, clock};

use crate::transport::{HttpCall, HttpReply, TIMEOUT, Transport, TransportError};

/// For all calls of one request: less than callers wait (15 s), and than the lease of the key's lane (20 s).
const BUDGET: Duration = Duration::from_secs(13);

/// The way out for one request, which has a budget of time.
pub(crate) struct Network {
    outbound: Arc<dyn Outbound>,
    deadline_ms: i64,
}

impl Network {
    pub(crate) fn new(app: &App) -> Self {
        let budget = i64::try_from(BUDGET.as_millis()).unwrap_or(0);
        Self {
            outbound: Arc::clone(app.outbound()),
            deadline_ms: clock::now_ms().saturating_add(budget),
        }
    }
}

impl Transport for Network {
    async fn send(&self, call: HttpCall) -> Result<HttpReply, TransportError> {
        let left = u64::try_from(self.deadline_ms.saturating_sub(clock::now_ms())).unwrap_or(0);
        if left == 0 {
            return Err(TransportError::NotSent("no time is left".to_owned()));
        }
        let timeout = TIMEOUT.min(Duration::from_millis(left));
        self.outbound
            .send(call, timeout)
            .await
            .map_err(|error| match error {
                OutboundError::Timeout(_) => TransportError::TimedOut,
                // Whether it left is not known here, so it may have been carried out.
                OutboundError::Failed(cause) => TransportError::Interrupted(cause),
            })
    }
}

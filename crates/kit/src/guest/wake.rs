//! The tick after a write, as a chained call that outlives its request's answer.
//!
//! `wasip3::spawn` keeps the request's component-model task alive until the future has ended; the host has its answer already.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::outbound::SpinOutbound;
use crate::log::{self, Level};
use crate::outbound::Outbound;
use crate::wake::{Coalesced, WAKE_URL, Wake};

/// The worker answers at once and drains afterwards.
const TIMEOUT: Duration = Duration::from_secs(2);

#[derive(Default)]
pub(super) struct SpinWake(Arc<Coalesced>);

impl Wake for SpinWake {
    fn wake(&self, request_id: &str) {
        let coalesced = Arc::clone(&self.0);
        let request_id = request_id.to_owned();
        spin_sdk::wasip3::spawn(async move {
            let Some(call) = coalesced.begin() else {
                return;
            };
            loop {
                tell(&request_id).await;
                if !call.again() {
                    return;
                }
            }
        });
    }
}

async fn tell(request_id: &str) {
    let request = http::Request::post(WAKE_URL)
        .header("x-request-id", request_id)
        .body(Vec::new());
    let failure = match request {
        Ok(request) => match SpinOutbound.send(request, TIMEOUT).await {
            Ok(answer) if answer.status().is_success() => return,
            Ok(answer) => answer.status().to_string(),
            Err(error) => error.to_string(),
        },
        Err(error) => error.to_string(),
    };
    // The scheduled tick finds the work all the same.
    log::line(
        Level::Warn,
        "kit",
        "the worker could not be told of new work",
        json!({"request_id": request_id, "cause": failure}),
    );
}

//! What a component asks of another belongs to the request that it answers, and is found with it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

extern crate spindle_kit as kit;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use http::{Request, Response};
use kit::outbound::{Outbound, OutboundError};
use kit::{AppBuilder, Context, Ports};
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// The other component: keeps what it is asked, and answers `{}`.
#[derive(Clone, Default)]
struct Other(Arc<Mutex<Vec<Request<Vec<u8>>>>>);

#[async_trait]
impl Outbound for Other {
    async fn send(
        &self,
        request: Request<Vec<u8>>,
        _: Duration,
    ) -> Result<Response<Vec<u8>>, OutboundError> {
        self.0.lock().unwrap().push(request);
        Ok(Response::new(b"{}".to_vec()))
    }
}

#[tokio::test]
async fn a_call_carries_the_request_id_and_the_trace_of_its_cause() {
    let other = Other::default();
    let ports = Ports {
        outbound: Arc::new(other.clone()),
        ..Ports::none(Arc::new(HashMap::<String, String>::new()))
    };
    let service = AppBuilder::new("test", ports).routes(OpenApiRouter::new());
    for trace in [Some(TRACE), None] {
        let context = Context {
            request_id: "r-1".to_owned(),
            traceparent: trace.map(str::to_owned),
            ..Context::default()
        };
        let _: Value = service
            .app()
            .call(&context, "signer", "/internal/x", &json!({}))
            .await
            .unwrap();
        let request = other.0.lock().unwrap().pop().unwrap();
        assert_eq!(request.uri(), "http://signer.spin.internal/internal/x");
        let header = |name: &str| {
            let value = request.headers().get(name);
            value.map(|value| value.to_str().unwrap())
        };
        assert_eq!(header("x-request-id"), Some("r-1"));
        assert_eq!(header("traceparent"), trace);
    }
}

//! One JSON line on stderr for each request from outside, written when its answer has ended.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use serde_json::json;
use wasmtime_wasi_http::{Error, WasiBody};

use crate::output::Output;

/// What is known about a request before its answer. There is no query: it may hold what must not be logged.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The method.
    pub(crate) method: http::Method,
    /// The path.
    pub(crate) path: String,
    /// The route that matched, empty if none did.
    pub(crate) route: String,
    /// The component that answered, empty if none did.
    pub(crate) component: String,
    /// When the request came.
    pub(crate) start: Instant,
}

/// A body that writes the line when it ends, or when the client stops reading it.
pub(crate) struct LoggedBody {
    body: WasiBody,
    line: Option<(Entry, http::StatusCode, Output)>,
    bytes: u64,
    /// Bytes that the answer announced: who counts them knows the end before the body says so.
    announced: Option<u64>,
    complete: bool,
}

impl LoggedBody {
    /// A body without a line.
    pub(crate) fn silent(body: WasiBody) -> Self {
        Self {
            body,
            line: None,
            bytes: 0,
            announced: None,
            complete: false,
        }
    }

    /// A body with a line.
    pub(crate) fn new(
        body: WasiBody,
        entry: Entry,
        status: http::StatusCode,
        announced: Option<u64>,
        output: Output,
    ) -> Self {
        let complete = body.is_end_stream() || announced == Some(0);
        Self {
            body,
            line: Some((entry, status, output)),
            bytes: 0,
            announced,
            complete,
        }
    }
}

impl Body for LoggedBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        match &frame {
            Poll::Ready(Some(Ok(frame))) => {
                let bytes = frame.data_ref().map_or(0, Bytes::len);
                self.bytes += u64::try_from(bytes).unwrap_or(u64::MAX);
                self.complete = self.body.is_end_stream() || self.announced == Some(self.bytes);
            }
            Poll::Ready(None) => self.complete = true,
            Poll::Ready(Some(Err(_))) | Poll::Pending => {}
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for LoggedBody {
    fn drop(&mut self) {
        let Some((entry, status, output)) = self.line.take() else {
            return;
        };
        let line = json!({
            "time": chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            "log": "access",
            "method": entry.method.as_str(),
            "path": entry.path,
            "route": entry.route,
            "component": entry.component,
            "status": status.as_u16(),
            "bytes": self.bytes,
            "complete": self.complete,
            "ms": (entry.start.elapsed().as_secs_f64() * 1e6).round() / 1e3,
        });
        output.event(&line);
    }
}

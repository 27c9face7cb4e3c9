//! A request's body that nobody reads to its end, such as one that is answered 413 at once.
//!
//! Spin closes a connection on which a part of the request was left unread; the kernel then resets it, and the client may lose the
//! answer that was on its way. So the rest is read and thrown away, within bounds, while the answer goes out.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use bytes::Bytes;
use futures::future::select;
use futures::{Stream, StreamExt};
use http::header::CONTENT_LENGTH;

/// As much the host has mostly read already, together with the request's head.
const SMALL: u64 = 8 * 1024;
/// Bytes that are thrown away; a client that sends more sees its connection closed.
const MOST: usize = 16 * 1024 * 1024;
/// How long that may take.
const LONGEST: Duration = Duration::from_secs(5);

/// Whether enough of the body could be left to matter.
pub(super) fn may_be_left<B>(request: &http::Request<B>) -> bool {
    let length = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse::<u64>().ok());
    !request.method().is_safe() && length.is_none_or(|length| length > SMALL)
}

/// The same body; its rest is read when it is dropped.
pub(super) fn read_to_its_end(body: Body) -> Body {
    Body::from_stream(Lingering {
        rest: Some(body.into_data_stream()),
        reading: false,
    })
}

struct Lingering {
    /// None when the end has been read.
    rest: Option<BodyDataStream>,
    /// A read is under way. It belongs to the task that began it, which may be about to end: then it ends, too.
    reading: bool,
}

impl Stream for Lingering {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let Some(rest) = &mut this.rest else {
            return Poll::Ready(None);
        };
        this.reading = true;
        let item = ready!(Pin::new(rest).poll_next(cx));
        this.reading = false;
        if !matches!(item, Some(Ok(_))) {
            this.rest = None;
        }
        Poll::Ready(item)
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        if let Some(rest) = self.rest.take().filter(|_| !self.reading) {
            spin_sdk::wasip3::spawn(throw_away(rest));
        }
    }
}

async fn throw_away(mut rest: BodyDataStream) {
    let reading = pin!(async {
        let mut read = 0;
        while read < MOST {
            match rest.next().await {
                Some(Ok(bytes)) => read += bytes.len(),
                Some(Err(_)) | None => break,
            }
        }
    });
    let alarm = pin!(spin_sdk::time::sleep(LONGEST));
    select(reading, alarm).await;
}

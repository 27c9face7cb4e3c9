//! A client's connection, in whose buffer nothing is left of a request that is over: the server uses it again for the next one, and
//! between the two it would hold whatever somebody entered, for as long as the connection stays open.

use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Wipes what is free of a buffer into which nothing was received.
pub(crate) struct Connection(TokioIo<TcpStream>);

impl Connection {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self(TokioIo::new(stream))
    }
}

impl Read for Connection {
    #[expect(
        unsafe_code,
        reason = "a buffer's free part can be had in no other way"
    )]
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        // SAFETY: no byte of it is made uninitialised: what is written are zeroes and what was received.
        let free = unsafe { buffer.as_mut() };
        let mut received = ReadBuf::uninit(free);
        let answer = Pin::new(&mut self.0).poll_read(cx, received.unfilled());
        let length = received.filled().len();
        if answer.is_pending() {
            free.fill(MaybeUninit::new(0));
        }
        // SAFETY: so many bytes at its beginning were received.
        unsafe { buffer.advance(length) };
        answer
    }
}

impl Write for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, slices)
    }
}

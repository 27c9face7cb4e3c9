//! Everything that the application writes: the guests' stdout and stderr, passed through and kept in
//! `<state>/logs/<component>_{stdout,stderr}.txt`, and the host's own lines. One thread writes it all, so that a slow
//! terminal never holds a guest for longer than the queue is full.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Stderr, Stdout, Write};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// Messages that may wait before a writer has to.
const QUEUE: usize = 16_384;
/// Bytes that are gathered for one write.
const BUFFER: usize = 64 << 10;
/// After a write, the time in which further lines gather: one write, and one waking of this thread, then serve many requests.
const GATHER: Duration = Duration::from_millis(2);

/// The two streams of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

enum Message {
    Bytes {
        component: Option<Arc<str>>,
        stream: Stream,
        bytes: Bytes,
    },
    Flush(std::sync::mpsc::Sender<()>),
}

/// The way to the writing thread.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    queue: SyncSender<Message>,
    quiet: bool,
}

impl Output {
    /// Starts the writing thread. `logs` is the folder for the guests' files; `quiet` keeps the guests' lines and the access
    /// log away from the process's own streams.
    pub(crate) fn start(logs: Option<PathBuf>, quiet: bool) -> anyhow::Result<Self> {
        if let Some(logs) = &logs {
            std::fs::create_dir_all(logs)?;
        }
        let (queue, messages) = sync_channel(QUEUE);
        std::thread::Builder::new()
            .name("output".to_owned())
            .spawn(move || {
                Writer::new(logs, quiet).run(&messages);
            })?;
        Ok(Self { queue, quiet })
    }

    /// One line of the host's own log, as JSON on stderr.
    pub(crate) fn event(&self, event: &serde_json::Value) {
        let mut line = event.to_string();
        line.push('\n');
        self.send(None, Stream::Stderr, line.into());
    }

    /// Whether access lines are wanted.
    pub(crate) fn wants_access_log(&self) -> bool {
        !self.quiet
    }

    /// Waits until all that was sent before is written.
    pub(crate) fn flush(&self) {
        let (done, wait) = std::sync::mpsc::channel();
        if self.queue.send(Message::Flush(done)).is_ok() {
            // The other end is only dropped after it wrote everything, or with the process.
            let _ = wait.recv();
        }
    }

    /// A stream of one component.
    pub(crate) fn guest(&self, component: &Arc<str>, stream: Stream) -> GuestStream {
        GuestStream {
            output: self.clone(),
            component: component.clone(),
            stream,
        }
    }

    fn send(&self, component: Option<Arc<str>>, stream: Stream, bytes: Bytes) {
        // Only fails after the writing thread died with the process.
        let _ = self.queue.send(Message::Bytes {
            component,
            stream,
            bytes,
        });
    }
}

struct Writer {
    logs: Option<PathBuf>,
    quiet: bool,
    stdout: BufWriter<Stdout>,
    stderr: BufWriter<Stderr>,
    files: HashMap<(Arc<str>, Stream), Option<BufWriter<File>>>,
}

impl Writer {
    fn new(logs: Option<PathBuf>, quiet: bool) -> Self {
        Self {
            logs,
            quiet,
            stdout: BufWriter::with_capacity(BUFFER, std::io::stdout()),
            stderr: BufWriter::with_capacity(BUFFER, std::io::stderr()),
            files: HashMap::new(),
        }
    }

    fn run(mut self, messages: &Receiver<Message>) {
        while let Ok(first) = messages.recv() {
            let mut asked = None;
            let gathered = std::iter::once(first).chain(messages.try_iter());
            for message in gathered.take(QUEUE) {
                match message {
                    Message::Bytes {
                        component,
                        stream,
                        bytes,
                    } => self.write(component, stream, &bytes),
                    Message::Flush(done) => {
                        asked = Some(done);
                        break;
                    }
                }
            }
            self.flush();
            match asked {
                Some(done) => drop(done),
                None => std::thread::sleep(GATHER),
            }
        }
    }

    // A closed terminal or a full disk must not end the application: what cannot be written is dropped.
    fn write(&mut self, component: Option<Arc<str>>, stream: Stream, bytes: &[u8]) {
        if component.is_none() || !self.quiet {
            let _ = match stream {
                Stream::Stdout => self.stdout.write_all(bytes),
                Stream::Stderr => self.stderr.write_all(bytes),
            };
        }
        let (Some(component), Some(logs)) = (component, &self.logs) else {
            return;
        };
        let file = self
            .files
            .entry((component.clone(), stream))
            .or_insert_with(|| {
                let suffix = if stream == Stream::Stdout {
                    "stdout"
                } else {
                    "stderr"
                };
                File::options()
                    .append(true)
                    .create(true)
                    .open(logs.join(format!("{component}_{suffix}.txt")))
                    .ok()
                    .map(|file| BufWriter::with_capacity(BUFFER, file))
            });
        if let Some(file) = file {
            let _ = file.write_all(bytes);
        }
    }

    fn flush(&mut self) {
        let _ = self.stdout.flush();
        let _ = self.stderr.flush();
        for file in self.files.values_mut().flatten() {
            let _ = file.flush();
        }
    }
}

/// Stdout or stderr of one component's instances.
#[derive(Debug, Clone)]
pub(crate) struct GuestStream {
    output: Output,
    component: Arc<str>,
    stream: Stream,
}

impl GuestStream {
    fn write(&self, bytes: Bytes) {
        self.output
            .send(Some(self.component.clone()), self.stream, bytes);
    }
}

impl IsTerminal for GuestStream {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for GuestStream {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(Lines {
            stream: self.clone(),
            pending: Vec::new(),
        })
    }
}

impl AsyncWrite for GuestStream {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        self.write(Bytes::copy_from_slice(bytes));
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// A WASI 0.2 stream that sends whole lines, because a guest may write one in pieces while another writes too.
struct Lines {
    stream: GuestStream,
    pending: Vec<u8>,
}

/// The longest line that is kept together.
const LONGEST_LINE: usize = 64 << 10;

impl OutputStream for Lines {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        let pending = &mut self.pending;
        if pending.is_empty() && bytes.ends_with(b"\n") {
            self.stream.write(bytes);
            return Ok(());
        }
        pending.extend_from_slice(&bytes);
        let whole = pending
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |end| end + 1);
        let whole = if whole == 0 && pending.len() > LONGEST_LINE {
            pending.len()
        } else {
            whole
        };
        if whole > 0 {
            let lines = pending.drain(..whole).collect::<Vec<u8>>();
            self.stream.write(lines.into());
        }
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(LONGEST_LINE)
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Lines {
    async fn ready(&mut self) {}
}

impl Drop for Lines {
    fn drop(&mut self) {
        if !self.pending.is_empty() {
            self.stream.write(std::mem::take(&mut self.pending).into());
        }
    }
}

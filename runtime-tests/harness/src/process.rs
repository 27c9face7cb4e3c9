//! Child processes that say on standard output when they are ready, in one line of JSON.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::FileExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use serde_json::Value;

/// As many lines are kept, from the first.
const MOST_LINES: usize = 20_000;
/// Of a process's memory, read at once.
const CHUNK: usize = 1 << 20;

/// A program of ours, killed with the handle.
pub struct Process {
    child: Child,
    /// What it said when it was ready.
    pub ready: Value,
    said: Arc<Mutex<Vec<Value>>>,
}

impl Process {
    /// Starts a program and waits until it is ready.
    ///
    /// The child dies with the thread that started it (`PR_SET_PDEATHSIG`), and a test's thread ends with the test, so a
    /// thread of its own starts the child and stays.
    #[must_use]
    pub fn start(mut command: Command) -> Self {
        let shown = format!("{command:?}");
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        if std::env::var_os("SPINDLE_TEST_LOG").is_none() {
            command.stderr(Stdio::null());
        }
        let (sender, receiver) = mpsc::channel();
        let said = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&said);
        std::thread::spawn(move || {
            let mut child = match command.spawn() {
                Ok(child) => child,
                Err(error) => {
                    let _ = sender.send(Err(error.to_string()));
                    return;
                }
            };
            let stdout = child.stdout.take();
            let mut lines = stdout.map(|stdout| BufReader::new(stdout).lines());
            let ready = lines.as_mut().and_then(|lines| {
                lines.map_while(Result::ok).find_map(|line| {
                    serde_json::from_str::<Value>(&line)
                        .ok()
                        .filter(|value| value.get("base_url").is_some())
                })
            });
            let _ = sender.send(
                ready
                    .map(|ready| (child, ready))
                    .ok_or_else(|| "it ended before it was ready".to_owned()),
            );
            // Reads on, so that the child never blocks on a full pipe, and keeps the thread alive.
            for line in lines.into_iter().flatten().map_while(Result::ok) {
                if std::env::var_os("SPINDLE_TEST_LOG").is_some() {
                    eprintln!("{line}");
                }
                // Requests are what tests look for; a long test writes a million of other lines.
                if line.contains("request_id")
                    && let Ok(line) = serde_json::from_str(&line)
                {
                    let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
                    if heard.len() < MOST_LINES {
                        heard.push(line);
                    }
                }
            }
            loop {
                std::thread::park();
            }
        });
        let (child, ready) = receiver
            .recv_timeout(Duration::from_secs(300))
            .unwrap_or_else(|_| Err("it was not ready within 300 s".to_owned()))
            .unwrap_or_else(|error| {
                panic!("{shown}: {error}; SPINDLE_TEST_LOG=1 shows what it says")
            });
        Self { child, ready, said }
    }

    /// The log lines of one request, and of what it caused.
    #[must_use]
    pub fn lines_of(&self, request_id: &str) -> Vec<Value> {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.iter()
            .filter(|line| line.get("request_id").and_then(Value::as_str) == Some(request_id))
            .cloned()
            .collect()
    }

    /// Whether any line about a request has this text in it.
    #[must_use]
    pub fn has_said(&self, text: &str) -> bool {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.iter().any(|line| line.to_string().contains(text))
    }

    /// Where it answers.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.ready
            .get("base_url")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .trim_end_matches('/')
            .to_owned()
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether these bytes are anywhere in what it has written into its memory.
    #[must_use]
    pub fn holds(&self, bytes: &[u8]) -> bool {
        let maps = fs::read_to_string(format!("/proc/{}/maps", self.id())).expect("its map");
        let memory = File::open(format!("/proc/{}/mem", self.id())).expect("its memory");
        maps.lines()
            .filter_map(writable)
            .any(|(start, end)| region_holds(&memory, start, end, bytes))
    }

    /// SIGKILL: nothing can be put in order first.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Where a line of the map of a process says that it may write.
fn writable(line: &str) -> Option<(u64, u64)> {
    let mut words = line.split_whitespace();
    let (start, end) = words.next()?.split_once('-')?;
    words.next()?.strip_prefix("rw")?;
    Some((
        u64::from_str_radix(start, 16).ok()?,
        u64::from_str_radix(end, 16).ok()?,
    ))
}

fn region_holds(memory: &File, start: u64, end: u64, bytes: &[u8]) -> bool {
    // Chunks overlap, so that nothing is cut in two.
    let mut buffer = vec![0; CHUNK + bytes.len()];
    let mut at = start;
    while at < end {
        let left = usize::try_from(end - at).unwrap_or(usize::MAX);
        let part = left.min(buffer.len());
        // What cannot be read has been given back since the map was drawn.
        let Ok(read) = memory.read_at(&mut buffer[..part], at) else {
            return false;
        };
        if memchr::memmem::find(&buffer[..read], bytes).is_some() {
            return true;
        }
        if read < part {
            return false;
        }
        at += CHUNK as u64;
    }
    false
}

//! The load: kept connections, each with one request under way, and what it saw.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval_at, timeout_at};

/// A request that can be sent again and again.
#[derive(Debug, Clone)]
pub(crate) struct Shot {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) token: Option<String>,
    pub(crate) body: Bytes,
    pub(crate) if_match: Option<String>,
}

impl Shot {
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            token: None,
            body: Bytes::new(),
            if_match: None,
        }
    }

    pub(crate) fn post(path: impl Into<String>, body: &Value) -> Self {
        Self {
            method: Method::POST,
            body: body.to_string().into(),
            ..Self::get(path)
        }
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self
        }
    }

    fn request(&self) -> anyhow::Result<Request<Full<Bytes>>> {
        let mut request = Request::builder()
            .method(&self.method)
            .uri(&self.path)
            .header("host", "localhost:3000")
            .header("user-agent", "spindle-bench");
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(tag) = &self.if_match {
            request = request.header("if-match", tag);
        }
        if !self.body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        Ok(request.body(Full::new(self.body.clone()))?)
    }
}

/// One kept connection.
pub(crate) struct Connection(SendRequest<Full<Bytes>>);

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address)
            .await
            .with_context(|| format!("connecting to {address}"))?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self(sender))
    }

    /// Sends a request and reads the whole answer.
    pub(crate) async fn send(&mut self, shot: &Shot) -> anyhow::Result<(StatusCode, Bytes)> {
        self.0.ready().await?;
        let answer = self.0.send_request(shot.request()?).await?;
        let status = answer.status();
        Ok((status, answer.into_body().collect().await?.to_bytes()))
    }
}

/// Sends one request on a connection of its own; anything but success is an error that shows the body.
pub(crate) async fn ask(address: SocketAddr, shot: &Shot) -> anyhow::Result<Value> {
    let (status, body) = Connection::open(address).await?.send(shot).await?;
    let text = String::from_utf8_lossy(&body);
    anyhow::ensure!(
        status.is_success(),
        "{} {} answered {status}: {text}",
        shot.method,
        shot.path
    );
    Ok(serde_json::from_str(&text)?)
}

/// What one drive saw.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    /// Of the good answers, sorted.
    pub(crate) latencies: Vec<Duration>,
    /// Answers other than 2xx, and broken connections.
    pub(crate) failures: usize,
    /// How long it took, with what was still under way at the end.
    pub(crate) elapsed: Duration,
}

impl Seen {
    /// Good answers a second.
    pub(crate) fn rate(&self) -> f64 {
        if self.elapsed.is_zero() {
            0.0
        } else {
            count(self.latencies.len()) / self.elapsed.as_secs_f64()
        }
    }

    /// The latency that this share of the answers did not exceed; `share` is 0 to 1.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a length is an index"
    )]
    pub(crate) fn quantile(&self, share: f64) -> Duration {
        let last = self.latencies.len().saturating_sub(1);
        self.latencies
            .get((count(last) * share).round() as usize)
            .copied()
            .unwrap_or_default()
    }

    fn absorb(&mut self, other: Self) {
        self.latencies.extend(other.latencies);
        self.failures += other.failures;
        self.elapsed = self.elapsed.max(other.elapsed);
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of requests are far below 2^52"
)]
fn count(number: usize) -> f64 {
    number as f64
}

/// How fast requests follow each other.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pace {
    /// The next when the answer to the last is there.
    Saturating,
    /// At this rate of all connections together. Latency counts from when a request was due, so that a stall is not
    /// hidden by the requests that were not sent during it.
    PerSecond(f64),
}

/// Drives a server: connection `n` begins with shot `n` and goes through all of them.
pub(crate) async fn drive(
    address: SocketAddr,
    shots: &Arc<[Shot]>,
    connections: usize,
    length: Duration,
    pace: Pace,
) -> anyhow::Result<Seen> {
    let mut opened = Vec::new();
    for _ in 0..connections {
        opened.push(Connection::open(address).await?);
    }
    let begin = Instant::now();
    let mut tasks = JoinSet::new();
    for (index, connection) in opened.into_iter().enumerate() {
        let client = Client {
            address,
            shots: Arc::clone(shots),
            first: index,
            begin,
            length,
        };
        let period = match pace {
            Pace::Saturating => None,
            Pace::PerSecond(rate) => {
                Some(Duration::from_secs_f64(count(connections) / rate.max(1.0)))
            }
        };
        let offset = period.map_or(Duration::ZERO, |period| {
            period.mul_f64(count(index) / count(connections))
        });
        tasks.spawn(client.run(connection, period.map(|period| (period, offset))));
    }
    let mut seen = Seen::default();
    while let Some(client) = tasks.join_next().await {
        seen.absorb(client??);
    }
    seen.latencies.sort_unstable();
    Ok(seen)
}

struct Client {
    address: SocketAddr,
    shots: Arc<[Shot]>,
    first: usize,
    begin: Instant,
    length: Duration,
}

impl Client {
    async fn run(
        self,
        mut connection: Connection,
        paced: Option<(Duration, Duration)>,
    ) -> anyhow::Result<Seen> {
        let mut seen = Seen::default();
        let end = self.begin + self.length;
        let mut due = paced.map(|(period, offset)| {
            let mut due = interval_at((self.begin + offset).into(), period);
            due.set_missed_tick_behavior(MissedTickBehavior::Burst);
            due
        });
        for shot in self
            .shots
            .iter()
            .cycle()
            .skip(self.first % self.shots.len().max(1))
        {
            let sent = match &mut due {
                None => Instant::now(),
                Some(due) => match timeout_at(end.into(), due.tick()).await {
                    Ok(due) => due.into_std(),
                    Err(_) => break,
                },
            };
            if sent >= end {
                break;
            }
            match connection.send(shot).await {
                Ok((status, _)) if status.is_success() => seen.latencies.push(sent.elapsed()),
                Ok(_) => seen.failures += 1,
                Err(_) => {
                    seen.failures += 1;
                    connection = Connection::open(self.address).await?;
                }
            }
        }
        seen.elapsed = self.begin.elapsed();
        Ok(seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_of_the_sorted_latencies() {
        let seen = Seen {
            latencies: (1..=101).map(Duration::from_millis).collect(),
            failures: 0,
            elapsed: Duration::from_secs(2),
        };
        assert_eq!(seen.quantile(0.5), Duration::from_millis(51));
        assert_eq!(seen.quantile(0.99), Duration::from_millis(100));
        assert!((seen.rate() - 50.5).abs() < 1e-9);
        assert_eq!(Seen::default().quantile(0.99), Duration::ZERO);
    }
}

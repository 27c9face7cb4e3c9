//! The first moments of the app: how soon it answers, what a cold component costs, a burst, and the memory at rest.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::load::{Connection, Shot};
use crate::machine::proportional_memory;
use crate::servers::{PROBE, Setup};

/// Starts that are timed; the median counts.
const STARTS: usize = 5;
/// Clients that come at the same moment.
const BURST: usize = 400;
/// Three times as long as an instance without work is kept.
const REST: Duration = Duration::from_secs(3);

/// One address of each component that answers the public.
const FIRST_REQUESTS: [(&str, &str); 9] = [
    ("gateway", "/nothing"),
    ("auth", "/api/v1/auth/me"),
    ("oidc", "/oauth2/jwks"),
    ("admin", "/api/v1/admin/users"),
    ("profile", "/api/v1/profile/users/nobody"),
    ("blog", "/api/v1/blog/posts/nothing"),
    ("blog-site", "/blog/nothing"),
    ("conduit", "/conduit/api/tags"),
    ("trading", "/api/v1/trading/keys"),
];

/// What the first moments were like.
#[derive(Debug)]
pub(crate) struct Start {
    /// From starting the process to the first answer, compiled components in the cache.
    pub(crate) first_answer: Duration,
    /// First request to each component.
    pub(crate) cold: Vec<(&'static str, Duration)>,
    /// Bytes at rest, after every component has answered.
    pub(crate) idle_memory: u64,
    pub(crate) burst: Burst,
}

/// Many clients on a cold app.
#[derive(Debug)]
pub(crate) struct Burst {
    pub(crate) clients: usize,
    /// Answers that were not 200, and connections that broke.
    pub(crate) failures: usize,
    /// Until the last answer.
    pub(crate) elapsed: Duration,
    /// A single request right after it.
    pub(crate) after: Duration,
}

pub(crate) async fn measure(setup: &Setup, connections: usize) -> anyhow::Result<Start> {
    // Fills the cache of compiled components, and makes the first signing key.
    let host = setup.host()?;
    for (_, path) in FIRST_REQUESTS {
        time(host.address, path).await?;
    }
    drop(host);

    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let begin = Instant::now();
        let host = setup.host()?;
        time(host.address, PROBE).await?;
        starts.push(begin.elapsed());
    }
    starts.sort_unstable();

    let host = setup.host()?;
    let mut cold = Vec::new();
    for (component, path) in FIRST_REQUESTS {
        cold.push((component, time(host.address, path).await?));
    }
    tokio::time::sleep(REST).await;
    let idle_memory = proportional_memory(host.id())?;
    drop(host);

    let host = setup.host()?;
    let burst = burst(host.address, BURST.max(connections)).await?;
    let first_answer = starts.get(STARTS / 2).copied().unwrap_or_default();
    Ok(Start {
        first_answer,
        cold,
        idle_memory,
        burst,
    })
}

/// Time of one request on a connection that is already open, whatever the status.
async fn time(address: SocketAddr, path: &str) -> anyhow::Result<Duration> {
    let mut connection = Connection::open(address).await?;
    let begin = Instant::now();
    connection.send(&Shot::get(path)).await?;
    Ok(begin.elapsed())
}

pub(crate) async fn burst(address: SocketAddr, clients: usize) -> anyhow::Result<Burst> {
    let mut connections = Vec::new();
    for _ in 0..clients {
        connections.push(Connection::open(address).await?);
    }
    let begin = Instant::now();
    let mut tasks = JoinSet::new();
    for mut connection in connections {
        tasks.spawn(async move { connection.send(&Shot::get(PROBE)).await });
    }
    let mut failures = 0;
    while let Some(answer) = tasks.join_next().await {
        failures += usize::from(!answer?.is_ok_and(|(status, _)| status.is_success()));
    }
    Ok(Burst {
        clients,
        failures,
        elapsed: begin.elapsed(),
        after: time(address, PROBE).await?,
    })
}

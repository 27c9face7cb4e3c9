//! The queue beside Celery with Redis, the same statement for each task and the same Postgres, in turns.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use spindle_debian::Program;
use spindle_harness::{App, Options, WORKER_TOKEN, unique};
use spindle_postgres::{Server, die_with_parent};
use tokio_postgres::Client;

use crate::lag::{self, Lag};
use crate::peer::Python;
use crate::tell;

/// Tasks of a round, and rounds; the median counts.
const TASKS: i64 = 4_000;
const ROUNDS: usize = 3;
/// The newest 1,000 notifications of a user are kept, so there are users for all of a round.
const USERS: i64 = 10;
/// How long a round may take.
const ROUND_LIMIT: Duration = Duration::from_secs(180);
/// The section of the results begins with it, and this one is behind it.
const HEADING: &str = "## Queue\n";
const NEXT: &str = "## Details\n";

/// What Celery needs.
pub(crate) struct Peer {
    python: Python,
    redis: Program,
}

impl Peer {
    pub(crate) fn ensure(root: &Path) -> anyhow::Result<Self> {
        Ok(Self {
            python: Python::ensure(root, "celery")?,
            redis: Program::find("redis-server", "redis-server")?,
        })
    }

    /// The versions that are measured.
    fn versions(&self) -> anyhow::Result<String> {
        let packages = self.python.versions(&["celery", "redis", "psycopg"])?;
        let output = self.redis.command().arg("--version").output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let redis = text.split(' ').find_map(|word| word.strip_prefix("v="));
        Ok(format!("{packages}; Redis {}", redis.unwrap_or("unknown")))
    }
}

/// What was seen.
#[derive(Debug)]
pub(crate) struct Queue {
    /// Tasks a second of each round.
    ours: Vec<f64>,
    theirs: Vec<f64>,
    lag: Lag,
    versions: String,
    cores: usize,
    load_before: String,
}

/// Measures both on an app of its own on this server.
pub(crate) async fn run(
    root: &Path,
    postgres: &Server,
    peer: &Peer,
    load_before: &str,
) -> anyhow::Result<Queue> {
    let app = App::start(Options {
        server: Some(postgres.url("postgres")),
        arguments: vec!["--variable".to_owned(), "limits=off".to_owned()],
        ..Options::default()
    })
    .await;
    let database = app.database().context("an app of our own")?;
    let tables = database.connect().await?;
    let lag = lag::measure(&app, &tables).await?;
    tell(format_args!(
        "consumers' lag: {:.0} ms, 95 % {:.0} ms",
        lag.quantile(0.5),
        lag.quantile(0.95)
    ));
    let users = users(&tables).await?;
    let celery = Celery::start(root, peer, &database.app_url())?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        let key = format!("{users}-ours-{round}");
        let rate = drain(&app, &tables, &users, &key).await?;
        tell(format_args!(
            "round {round}/{ROUNDS}, queue: Spindle {rate:.0} tasks/s"
        ));
        ours.push(rate);
        let key = format!("{users}-theirs-{round}");
        let rate = celery.drain(&tables, &users, &key).await?;
        tell(format_args!(
            "round {round}/{ROUNDS}, queue: Celery {rate:.0} tasks/s"
        ));
        theirs.push(rate);
    }
    Ok(Queue {
        ours,
        theirs,
        lag,
        versions: peer.versions()?,
        cores: celery.cores,
        load_before: load_before.to_owned(),
    })
}

/// Accounts that tasks tell something; answers what their names begin with.
async fn users(tables: &Client) -> anyhow::Result<String> {
    let prefix = unique("q");
    tables
        .batch_execute(&format!(
            "insert into identity.accounts (id, email, username, username_key, created_at, updated_at)
             select gen_random_uuid(), '{prefix}' || n || '@example.com', '{prefix}' || n, '{prefix}' || n,
                    platform.now(), platform.now()
             from generate_series(1, {USERS}) n;
             -- No mail: it would be a task of its own.
             insert into platform.notification_preferences (user_id, preferences, updated_at)
             select m.user_id, '{{\"order_completed\": {{\"email\": false}}}}', platform.now()
             from identity.mail_addresses m where m.username like '{prefix}%'"
        ))
        .await?;
    Ok(prefix)
}

/// Spindle: tasks are put into the queue, then four ticks at once drain it.
async fn drain(app: &App, tables: &Client, users: &str, key: &str) -> anyhow::Result<f64> {
    tables
        .batch_execute(&format!(
            "select platform.enqueue('{{}}', 'notify', '{key}:' || n, jsonb_build_object(
                 'user_id', a.user_id, 'type', 'order_completed',
                 'data', '{{\"pair\": \"XBT/EUR\", \"side\": \"buy\", \"volume\": \"1\", \"price\": \"2\"}}'::jsonb))
             from generate_series(1, {TASKS}) n
             join (select m.user_id, row_number() over (order by m.username) - 1 as n
                   from identity.mail_addresses m where m.username like '{users}%') a on a.n = n % {USERS}"
        ))
        .await?;
    let ticking = async {
        loop {
            let tick = || {
                app.call("POST", "/internal/worker/tick")
                    .bearer(WORKER_TOKEN)
                    .try_send()
            };
            let _ = tokio::join!(tick(), tick(), tick(), tick());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        rate = observe(tables, key, || Ok(())) => rate,
        () = ticking => bail!("ticks never end"),
    }
}

/// Celery with a Redis of its own.
struct Celery {
    python: Python,
    folder: PathBuf,
    broker: String,
    database: String,
    log: PathBuf,
    /// A process for each.
    cores: usize,
    _redis: Running,
}

impl Celery {
    fn start(root: &Path, peer: &Peer, database: &str) -> anyhow::Result<Self> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
            .local_addr()?
            .port();
        let mut command = peer.redis.command();
        // In memory alone: whatever Redis would write costs us in Postgres, too, and there it stays.
        command
            .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
            .args(["--save", "", "--appendonly", "no"])
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        die_with_parent(&mut command);
        let redis = Running(command.spawn().context("starting Redis")?);
        Ok(Self {
            python: peer.python.clone(),
            folder: root.join("infra/load/peers/celery"),
            broker: format!("redis://127.0.0.1:{port}/0"),
            database: database.to_owned(),
            log: root.join("target/bench/celery.log"),
            cores: std::thread::available_parallelism()?.get(),
            _redis: redis,
        })
    }

    fn command(&self) -> anyhow::Result<Command> {
        let mut command = self.python.command();
        command
            .current_dir(&self.folder)
            // No traces in the source folder.
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PEER_BROKER", &self.broker)
            .env("PEER_DATABASE", &self.database)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&self.log).context("creating Celery's log")?);
        die_with_parent(&mut command);
        Ok(command)
    }

    /// Tasks are put into the queue, then a worker drains it.
    async fn drain(&self, tables: &Client, users: &str, key: &str) -> anyhow::Result<f64> {
        let failed = || format!("Celery failed; see {}", self.log.display());
        let produced = self
            .command()?
            .args(["app.py", "produce", key, users, &TASKS.to_string()])
            .status()?;
        ensure!(produced.success(), failed());
        let worker = self
            .command()?
            .args(["-m", "celery", "-A", "app", "worker", "-P", "prefork"])
            .args(["-c", &self.cores.to_string()])
            .spawn()?;
        let mut worker = Running(worker);
        observe(tables, key, || match worker.0.try_wait()? {
            Some(status) => bail!("{}: {status}", failed()),
            None => Ok(()),
        })
        .await
    }
}

/// A program that is asked to end when the value is dropped: killed, Celery would leave its processes behind.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(id) = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(id, Signal::TERM);
        }
        let _ = self.0.wait();
    }
}

/// Tasks a second, from the first that is seen done to the last; `alive` is asked at each look.
async fn observe(
    tables: &Client,
    key: &str,
    mut alive: impl FnMut() -> anyhow::Result<()>,
) -> anyhow::Result<f64> {
    let deadline = Instant::now() + ROUND_LIMIT;
    let mut begun: Option<(Instant, i64)> = None;
    loop {
        ensure!(Instant::now() < deadline, "not done within {ROUND_LIMIT:?}");
        alive()?;
        let done: i64 = tables
            .query_one(
                "select count(*) from platform.notifications where idempotency_key like $1 || ':%'",
                &[&key],
            )
            .await?
            .get(0);
        match begun {
            Some((at, first)) if done >= TASKS => {
                return Ok((done - first) as f64 / at.elapsed().as_secs_f64());
            }
            None if done > 0 => begun = Some((Instant::now(), done)),
            _ => {}
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn median(rates: &[f64]) -> f64 {
    let mut rates = rates.to_vec();
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}

/// The section of the report.
pub(crate) fn render(queue: &Queue) -> String {
    let (ours, theirs) = (median(&queue.ours), median(&queue.theirs));
    format!(
        "{HEADING}
Measured {}; {} runnable programs in the minute before. {TASKS} tasks, each the statement that ends in a notification; {ROUNDS}
rounds in turns on the same machine and the same Postgres, median, from the first task done to the last. Spindle: four parallel
ticks, each task a claim and an end in Postgres and a call to the component that owns it. Celery: {} processes, prefork, acknowledged
when done, 16 fetched ahead, Redis in memory without persistence for queue and results; {}.

| | tasks a second |
|---|---:|
| Spindle on `spindle-host` | {ours:.0} |
| Celery with Redis | {theirs:.0} |
| ratio | {:.2}× |

{}",
        chrono::Utc::now().format("%Y-%m-%d %H:%M UTC"),
        queue.load_before,
        queue.cores,
        queue.versions,
        ours / theirs,
        lag::render(&queue.lag),
    )
}

/// Results with this section in place of an earlier one, or of none.
pub(crate) fn replace(results: &str, section: &str) -> String {
    let (before, after) = if let Some((before, earlier)) = results.split_once(HEADING) {
        let after = earlier.split_once("\n## ");
        (before, after.map(|(_, rest)| format!("## {rest}")))
    } else if let Some((before, rest)) = results.split_once(NEXT) {
        (before, Some(format!("{NEXT}{rest}")))
    } else {
        (results, None)
    };
    let after = after.map(|rest| format!("\n{rest}")).unwrap_or_default();
    format!("{}\n\n{section}{after}", before.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_takes_the_place_of_the_earlier_one_and_nothing_else_moves() {
        let first = replace("# Results\n\n## Details\n\nd\n", "## Queue\n\n1\n");
        assert_eq!(first, "# Results\n\n## Queue\n\n1\n\n## Details\n\nd\n");
        let second = replace(&first, "## Queue\n\n2\n");
        assert_eq!(second, first.replace('1', "2"));
        assert_eq!(
            replace("# Results\n", "## Queue\n\n1\n"),
            "# Results\n\n## Queue\n\n1\n"
        );
    }

    #[test]
    fn the_median_round_counts() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
    }
}

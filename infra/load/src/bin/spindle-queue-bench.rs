//! Measures Spindle's queue beside Celery with Redis: the same statement for each task, on the same Postgres, in turns. Writes
//! the section "Queue" of `infra/load/RESULTS.md`, and the same as `infra/load/QUEUE.md`.
#![expect(
    clippy::print_stderr,
    reason = "a program that takes minutes tells how far it is"
)]

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use spindle_debian::Program;
use spindle_harness::{App, Options, WORKER_TOKEN, unique};
use spindle_postgres::Server;
use tokio_postgres::Client;

/// Tasks of a round, and rounds; the median counts.
const TASKS: i64 = 4_000;
const ROUNDS: usize = 3;
/// The newest 1,000 notifications of a user are kept, so there are users for all of a round.
const USERS: i64 = 10;
/// Processes of Celery.
const PROCESSES: &str = "2";
const BEGIN: &str = "<!-- queue -->";

/// Stopped when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    // This thread lives as long as the program, and Postgres with it.
    let postgres = Server::start_ephemeral().context("starting Postgres")?;
    let app = App::start(Options {
        server: Some(postgres.url("postgres")),
        ..Options::default()
    })
    .await;
    let database = app.database().context("an app of our own")?;
    let tables = database.connect().await?;
    let prefix = unique("q");
    tables
        .batch_execute(&format!(
            "insert into identity.accounts (id, email, username, username_key, created_at, updated_at)
             select gen_random_uuid(), '{prefix}' || n || '@example.com', '{prefix}' || n, '{prefix}' || n,
                    platform.now(), platform.now()
             from generate_series(1, {USERS}) n;
             -- No mail: it would be a task of its own.
             insert into platform.notification_preferences (user_id, preferences, updated_at)
             select m.user_id, '{{\"order_completed\": {{\"email\": false}}}}', platform.now() from identity.mail_addresses m"
        ))
        .await?;
    let python = python(&root)?;
    let redis = Program::find("redis-server", "redis-server")?;
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port();
    let mut server = redis.command();
    // In memory alone: whatever Redis would write costs us in Postgres, too, and there it stays.
    server
        .args([
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--port",
        ])
        .arg(port.to_string())
        .stdout(Stdio::null());
    let _redis = Running(server.spawn().context("starting Redis")?);
    let celery = |arguments: &[&str]| {
        let mut command = Command::new(&python);
        command
            .current_dir(root.join("infra/load/peers/celery"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PEER_BROKER", format!("redis://127.0.0.1:{port}/0"))
            .env("PEER_DATABASE", database.app_url())
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    };

    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        let key = format!("{prefix}-ours-{round}");
        tables
            .batch_execute(&format!(
                "select platform.enqueue('{{}}', 'notify', '{key}:' || n, jsonb_build_object(
                     'user_id', a.user_id, 'type', 'order_completed',
                     'data', '{{\"pair\": \"XBT/EUR\", \"side\": \"buy\", \"volume\": \"1\", \"price\": \"2\"}}'::jsonb))
                 from generate_series(1, {TASKS}) n
                 join (select m.user_id, row_number() over (order by m.username) - 1 as n from identity.mail_addresses m) a
                   on a.n = n % {USERS}"
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
        let rate = tokio::select! {
            rate = observe(&tables, &key) => rate?,
            () = ticking => bail!("ticks never end"),
        };
        eprintln!("· round {round}/{ROUNDS}: Spindle {rate:.0} tasks/s");
        ours.push(rate);

        let key = format!("{prefix}-theirs-{round}");
        let produced = celery(&["app.py", "produce", &key, &TASKS.to_string()]).status()?;
        ensure!(produced.success(), "Celery's producer failed");
        let worker = celery(&[
            "-m", "celery", "-A", "app", "worker", "-P", "prefork", "-c", PROCESSES,
        ])
        .spawn()?;
        let mut worker = Running(worker);
        let rate = observe(&tables, &key).await?;
        // Its processes end with it if it is asked, not if it is killed.
        let _ = Command::new("kill").arg(worker.0.id().to_string()).status();
        let _ = worker.0.wait();
        eprintln!("· round {round}/{ROUNDS}: Celery {rate:.0} tasks/s");
        theirs.push(rate);
    }
    let text = section(median(&mut ours), median(&mut theirs));
    eprintln!("\n{text}");
    std::fs::write(root.join("infra/load/QUEUE.md"), &text)?;
    let path = root.join("infra/load/RESULTS.md");
    let results = std::fs::read_to_string(&path).unwrap_or_default();
    let before = results.split(BEGIN).next().unwrap_or_default().trim_end();
    std::fs::write(path, format!("{before}\n\n{BEGIN}\n{text}"))?;
    Ok(())
}

/// Tasks a second, from the first that is seen done to the last.
async fn observe(tables: &Client, key: &str) -> anyhow::Result<f64> {
    let deadline = Instant::now() + Duration::from_secs(180);
    let mut begun: Option<(Instant, i64)> = None;
    loop {
        ensure!(Instant::now() < deadline, "not done within 180 s");
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

fn median(rates: &mut [f64]) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}

fn section(ours: f64, theirs: f64) -> String {
    format!(
        "## Queue

Written by `cargo run -p spindle-bench --bin spindle-queue-bench`. {TASKS} tasks, each the statement that ends in a notification; {ROUNDS} rounds in
turns on the same machine and the same Postgres, median, from the first task done to the last. Spindle: four parallel ticks, each task
a claim and an end in Postgres and a call to the component that owns it. Celery 5.7: {PROCESSES} processes, prefork, acknowledged when
done, 16 fetched ahead, Redis 7 in memory without persistence for queue and results.

| | tasks a second |
|---|---:|
| Spindle on `spindle-host` | {ours:.0} |
| Celery with Redis | {theirs:.0} |
| ratio | {:.2}× |
",
        ours / theirs
    )
}

/// An environment with the peer's packages, kept under `target`.
fn python(root: &Path) -> anyhow::Result<PathBuf> {
    let environment = root.join("target/bench/celery");
    let python = environment.join("bin/python");
    let run = |command: &mut Command| {
        let status = command.status()?;
        ensure!(status.success(), "{command:?} failed");
        anyhow::Ok(())
    };
    if !python.exists() {
        run(Command::new("python3")
            .args(["-m", "venv"])
            .arg(&environment))
        .context(
            "making a Python environment; Celery needs Python 3.10 or later with its module venv",
        )?;
    }
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--requirement"])
        .arg(root.join("infra/load/peers/celery/requirements.txt")))
    .context("installing Celery")?;
    Ok(python)
}

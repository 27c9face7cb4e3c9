//! `cargo xtask up`: everything that a running Spindle takes, and its orderly end.

use std::{
    fs::{self, File},
    net::SocketAddr,
    process::ExitCode,
    time::Instant,
};

use anyhow::{Context, bail};
use clap::Args;
use signal_hook::{
    consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};

use crate::{
    app::{self, Runner},
    build::{self, Program},
    child::Child,
    database::Database,
    env_file::EnvFile,
    migrate, progress,
    secrets::{self, PUBLIC_URL, variable},
    simulator::{self, Simulator},
    ticks,
    workspace::Workspace,
};

/// Run Spindle: builds it, provides Postgres, migrates, makes development secrets, starts the Kraken simulator and the app.
///
/// Takes the Postgres in DATABASE_URL, else an embedded one under .spin/. Runs on Spin 4.1 or later if that is on PATH, else
/// on this repository's own host. Takes the exchange in SPIN_VARIABLE_KRAKEN_API_BASE_URL, else the simulator. Ctrl-C stops
/// everything; data stays.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Start from an empty database and an empty key-value store
    #[arg(long)]
    reset: bool,
    /// The address to listen on
    #[arg(long, default_value = "127.0.0.1:3000", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let start = Instant::now();
    let _alone = lock(workspace)?;
    if arguments.reset {
        Database::reset(workspace)?;
        forget_key_values(workspace)?;
    }
    let runner = Runner::choose();
    let exchange = simulator::chosen_exchange(workspace)?;
    build::components(workspace)?;
    let mut programs = vec![Program::Migrate];
    programs.extend((runner == Runner::Host).then_some(Program::Host));
    programs.extend(exchange.is_none().then_some(Program::Simulator));
    build::programs(workspace, &programs)?;

    // From here on something runs that wants to be stopped in order.
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGCHLD])?;
    let mut database = Database::provide(workspace)?;
    let mut variables = migrate::apply(workspace, &database)?.database.to_vec();
    variables.extend(public_url(workspace, arguments.listen)?);
    // Our host has a schedule, and beside Spin we tick.
    variables.push((variable("self_tick"), "off".to_owned()));
    let mut simulator = None;
    match exchange {
        Some(url) => variables.push((variable(simulator::VARIABLE), url)),
        None => {
            let started = Simulator::start(workspace)?;
            variables.push((variable(simulator::VARIABLE), started.base_url.clone()));
            simulator = Some(started);
        }
    }
    variables.retain(|(name, _)| std::env::var_os(name).is_none());
    secrets::check(workspace, &variables)?;
    let (mut app, base_url) =
        runner.start(workspace, &workspace.state()?, arguments.listen, &variables)?;
    app::wait_until_ready(&base_url, &mut app)?;
    if matches!(runner, Runner::Spin(_)) {
        ticks::start(workspace, &base_url)?;
    }
    greet(&base_url, simulator.as_ref(), start);

    let code = wait(
        &mut signals,
        &mut app,
        simulator.as_mut().map(|simulator| &mut simulator.child),
        &mut database,
    );
    progress::step("Stopping");
    app.stop();
    drop(simulator);
    if let Database::Embedded(server) = database {
        // One that ran before we came goes on, and one that has ended needs nothing.
        drop(server);
    }
    Ok(code)
}

/// Holds off a second `up` in this folder.
fn lock(workspace: &Workspace) -> anyhow::Result<File> {
    let path = workspace.state()?.join("up.lock");
    let file = File::create(&path).with_context(|| format!("creating {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => {
            bail!("`cargo xtask up` is already running in this folder: end that one first")
        }
        Err(fs::TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("locking {}", path.display()))
        }
    }
}

/// What was kept of the old data would be shown for the new.
fn forget_key_values(workspace: &Workspace) -> anyhow::Result<()> {
    for entry in fs::read_dir(workspace.state()?)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().contains("key_value") {
            let path = entry.path();
            let removed = if entry.file_type()?.is_dir() {
                fs::remove_dir_all(&path)
            } else {
                fs::remove_file(&path)
            };
            removed.with_context(|| format!("removing {}", path.display()))?;
        }
    }
    Ok(())
}

/// Another port than the usual needs another public address, unless the user chose one.
fn public_url(
    workspace: &Workspace,
    listen: SocketAddr,
) -> anyhow::Result<Option<(String, String)>> {
    let name = variable("public_url");
    let chosen = EnvFile::read(&workspace.env_file())?
        .get(&name)
        .is_some_and(|url| url != PUBLIC_URL);
    if chosen || listen.port() == 3000 {
        return Ok(None);
    }
    Ok(Some((name, format!("http://localhost:{}", listen.port()))))
}

fn greet(base_url: &str, simulator: Option<&Simulator>, start: Instant) {
    // A passkey belongs to a name, never to an address.
    let base_url = base_url.replace("//127.0.0.1:", "//localhost:");
    println!(
        "\nSpindle is ready after {:.1} s.\n",
        start.elapsed().as_secs_f64()
    );
    println!("  API               {base_url}/api/v1");
    println!("  Documentation     {base_url}/docs");
    if let Some(simulator) = simulator {
        simulator.show_keys();
    }
    println!("\nA first request:\n");
    println!("  curl -i {base_url}/api/v1/auth/register -H 'content-type: application/json' \\");
    println!(
        "    -d '{{\"email\":\"ada@example.com\",\"username\":\"ada\",\"password\":\"correct horse battery\"}}'\n"
    );
    println!("Ctrl-C stops everything; data stays in .spin/.\n");
}

/// Until the user ends it, or the app ends by itself.
fn wait(
    signals: &mut Signals,
    app: &mut Child,
    mut simulator: Option<&mut Child>,
    database: &mut Database,
) -> ExitCode {
    let mut database_runs = true;
    loop {
        // Looked at first: what ended before the signals were counted sent its signal to nobody.
        if let Some(status) = app.ended() {
            progress::step(format_args!("{} ended by itself ({status})", app.name()));
            return ExitCode::FAILURE;
        }
        if let Some(status) = simulator.as_mut().and_then(|child| child.ended()) {
            progress::step(format_args!(
                "the Kraken simulator ended by itself ({status}); the app goes on without an exchange"
            ));
            simulator = None;
        }
        if let Database::Embedded(server) = database
            && database_runs
            && server.has_ended()
        {
            progress::step(
                "Postgres ended by itself; `cargo xtask db start` brings it back on the same port",
            );
            database_runs = false;
        }
        for signal in signals.wait() {
            if signal != SIGCHLD {
                return ExitCode::SUCCESS;
            }
        }
    }
}

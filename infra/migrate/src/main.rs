//! `migrate`: brings a database to the state that this version of Spindle needs.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command that tells its user what it did"
)]

use std::{path::PathBuf, process::ExitCode, time::Instant};

use clap::Parser;
use spindle_migrate::{APP_ROLE, Schema, Settings, migrate};

/// Brings a Postgres database to the state that this version of Spindle needs: migrations, functions, role and grants.
///
/// Safe to run at any time and from several places at once; a second run changes nothing.
#[derive(Parser)]
#[command(name = "migrate", version)]
struct Arguments {
    /// The owner's address: postgres://user:password@host:port/database
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,

    /// The password that the application, role spindle_app, will log in with; unchanged if absent
    #[arg(long, env = "SPINDLE_APP_PASSWORD", hide_env_values = true)]
    app_password: Option<String>,

    /// Certificates (PEM) to trust instead of the public authorities, where the address says sslmode=require
    #[arg(long, env = "PGSSLROOTCERT")]
    ca_file: Option<PathBuf>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let start = Instant::now();
    let with_password = arguments.app_password.is_some();
    let settings = Settings {
        app_password: arguments.app_password,
        ca_file: arguments.ca_file,
    };
    let report = migrate(&arguments.database_url, &Schema::embedded(), &settings).await?;
    for migration in &report.applied {
        println!("applied {migration}");
    }
    if report.role_created && !with_password {
        println!(
            "created the role {APP_ROLE} without a password: it can't log in until one is given with --app-password"
        );
    }
    if report.came_from_elsewhere {
        println!(
            "this database came from another server by a dump: positions of events and of the audit log go on after those that it brought"
        );
    }
    println!(
        "database up to date: {} new migrations, {} function files, {} ms",
        report.applied.len(),
        report.functions,
        start.elapsed().as_millis()
    );
    Ok(())
}

//! `cargo xtask load`: many users of all kinds on an app of its own, by the program that measures, and a report with plots.

use std::{
    fs,
    path::PathBuf,
    process::{Command, ExitCode},
};

use anyhow::Context;
use clap::Args;

use crate::{bench, cargo, progress, workspace::Workspace};

/// Let many users of all kinds use an app of its own, with faults if wanted, and write a report with plots. What was
/// acknowledged and is not there at the end fails it.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Users at the same time: of twenty, twelve read, five change their profile, two write posts, one signs in and out
    #[arg(long, default_value_t = 200)]
    users: u32,
    /// For so many seconds
    #[arg(long, default_value_t = 600, value_name = "SECONDS")]
    duration: u64,
    /// Milliseconds between two rounds of a user
    #[arg(long, default_value_t = 1_000, value_name = "MILLISECONDS")]
    pause: u64,
    /// Kill Postgres, kill the app, stop Postgres as a disk that does not answer, take Redis away if there is one: in turns
    #[arg(long)]
    faults: bool,
    /// Seconds from one fault to the next
    #[arg(long, default_value_t = 120, value_name = "SECONDS")]
    fault_every: u64,
    /// Keep the key-value store in Redis: the machine's, else Debian's
    #[arg(long)]
    redis: bool,
    /// Also the report as a picture; needs Python and Chromium
    #[arg(long)]
    png: bool,
    /// The folder of report.html, summary.md and report.png
    #[arg(long, default_value = "target/load", value_name = "FOLDER")]
    output: PathBuf,
    /// Also put figures and picture into docs/operations/soak.md and docs/images/soak.png
    #[arg(long, requires = "png")]
    record: bool,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let mut program = bench::program(workspace)?;
    program
        .arg("load")
        .arg("--users")
        .arg(arguments.users.to_string())
        .arg("--duration")
        .arg(arguments.duration.to_string())
        .arg("--pause")
        .arg(arguments.pause.to_string())
        .arg("--fault-every")
        .arg(arguments.fault_every.to_string())
        .arg("--output")
        .arg(&arguments.output);
    if arguments.faults {
        program.arg("--faults");
    }
    if arguments.redis {
        program.arg("--redis");
    }
    if arguments.record {
        program.arg("--record");
    }
    let code = cargo::code_of(&mut program)?;
    let page = workspace.root().join(&arguments.output).join("report.html");
    // Also of a load that failed: its plots tell more than its words.
    if arguments.png && page.exists() {
        progress::step("Drawing the report");
        let mut picture = Command::new(workspace.path("infra/load/picture"));
        let file = page.with_extension("png");
        cargo::run(picture.arg(&page).arg(&file))?;
        if arguments.record {
            let kept = workspace.path("docs/images/soak.png");
            fs::copy(&file, &kept).with_context(|| format!("writing {}", kept.display()))?;
        }
    }
    Ok(code)
}

//! `cargo xtask backup` and `restore`: whole copies of the database of this set-up.

use std::{
    path::PathBuf,
    process::ExitCode,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, bail};
use clap::Args;
use spindle_postgres::Server;

use crate::{
    database::{Database, given},
    migrate, progress,
    workspace::Workspace,
};

/// Copy all data of the database, the embedded one or that of DATABASE_URL, and verify the copy.
#[derive(Args)]
pub(crate) struct BackUp {
    /// A folder that is not there yet; without it, one below .spin/backups
    folder: Option<PathBuf>,
}

/// Put a copy back as the data of the embedded Postgres; what was there is kept beside it.
#[derive(Args)]
pub(crate) struct Restore {
    /// What `cargo xtask backup` made
    folder: PathBuf,
}

pub(crate) fn back_up(workspace: &Workspace, arguments: &BackUp) -> anyhow::Result<ExitCode> {
    let folder = match &arguments.folder {
        Some(folder) => folder.clone(),
        None => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
            workspace.state()?.join("backups").join(now.to_string())
        }
    };
    let database = Database::provide(workspace)?;
    progress::timed(format_args!("Copying to {}", folder.display()), || {
        spindle_postgres::back_up(&database.owner_url(), &folder)
    })?;
    if let Database::Embedded(server) = &database {
        let password = server.directory().join("password");
        std::fs::copy(&password, folder.join("password"))
            .with_context(|| format!("copying {}", password.display()))?;
    }
    progress::detail("every file of it was compared with what the server said");
    progress::detail(
        "without the master keys in .env it opens no sealed secret: keep those elsewhere",
    );
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn restore(workspace: &Workspace, arguments: &Restore) -> anyhow::Result<ExitCode> {
    if given().is_some() {
        bail!(
            "DATABASE_URL names a Postgres of yours: docs/operations/backup.md, \"Restore\", says how; unset it for the embedded one"
        );
    }
    let directory = workspace.postgres()?;
    if let Some(server) = Server::attach(&directory) {
        progress::step("Stopping Postgres");
        server.stop()?;
    }
    let kept = progress::timed("Verifying the copy and putting it in its place", || {
        spindle_postgres::restore(&directory, &arguments.folder)
    })?;
    if let Some(kept) = kept {
        progress::detail(format_args!("what was there is in {}", kept.display()));
    }
    // Also starts it once: a copy that does not start is none.
    migrate::run(workspace)?;
    Ok(ExitCode::SUCCESS)
}

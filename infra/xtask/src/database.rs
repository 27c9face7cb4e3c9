//! The database of a development set-up: the one in DATABASE_URL, or an embedded server under `.spin/`.

use std::{env, fs, process::ExitCode};

use anyhow::{Context, bail};
use clap::Subcommand;
use spindle_postgres::{Binaries, Options, Server};

use crate::{migrate, progress, workspace::Workspace};

/// The name of the embedded database.
const NAME: &str = "spindle";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Start it in the background, migrated, for `spin up` and for your own programs.
    Start,
    /// Stop it.
    Stop,
    /// Open psql on it as the owner, or on DATABASE_URL; what follows is passed on.
    Psql {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

/// Where the application's data is.
pub(crate) enum Database {
    Given(String),
    Embedded(Server),
}

impl Database {
    /// The owner's address.
    pub(crate) fn owner_url(&self) -> String {
        match self {
            Self::Given(url) => url.clone(),
            Self::Embedded(server) => server.url(NAME),
        }
    }

    pub(crate) fn is_embedded(&self) -> bool {
        matches!(self, Self::Embedded(_))
    }

    /// DATABASE_URL, else the embedded server: the running one, else one that is started and ends with the value.
    pub(crate) fn provide(workspace: &Workspace) -> anyhow::Result<Self> {
        Self::provide_with(workspace, false)
    }

    fn provide_with(workspace: &Workspace, detached: bool) -> anyhow::Result<Self> {
        if let Some(url) = given() {
            progress::step("Using the Postgres in DATABASE_URL");
            return Ok(Self::Given(url));
        }
        progress::step("Starting Postgres");
        let folder = workspace.postgres()?;
        let server = match Server::attach(&folder) {
            Some(server) => server,
            None => {
                let options = Options {
                    database: Some(NAME.to_owned()),
                    detached,
                    ..Options::development(&folder)
                };
                Server::start(&options)?
            }
        };
        progress::detail(format_args!(
            "{}, 127.0.0.1:{}",
            server.origin(),
            server.port()
        ));
        Ok(Self::Embedded(server))
    }

    /// Throws all data of the embedded server away.
    pub(crate) fn reset(workspace: &Workspace) -> anyhow::Result<()> {
        if given().is_some() {
            bail!(
                "--reset empties only the embedded database, and DATABASE_URL names another: empty that one yourself \
                 (dropdb, createdb), or unset DATABASE_URL"
            );
        }
        progress::step("Starting from an empty database");
        let folder = workspace.postgres()?;
        if let Some(server) = Server::attach(&folder) {
            server.stop()?;
        }
        for folder in Server::directories(&folder)? {
            if folder.exists() {
                fs::remove_dir_all(&folder)
                    .with_context(|| format!("removing {}", folder.display()))?;
            }
        }
        Ok(())
    }
}

/// The Postgres of the user's own.
pub(crate) fn given() -> Option<String> {
    env::var("DATABASE_URL").ok().filter(|url| !url.is_empty())
}

pub(crate) fn run(workspace: &Workspace, command: &Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Start => {
            start(workspace)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Stop => {
            match Server::attach(&workspace.postgres()?) {
                Some(server) => {
                    server.stop()?;
                    progress::step("Postgres stopped");
                }
                None => progress::step("No Postgres is running under .spin/"),
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Psql { arguments } => psql(workspace, arguments),
    }
}

/// Starts the embedded server in the background and brings it up to date.
pub(crate) fn start(workspace: &Workspace) -> anyhow::Result<()> {
    if given().is_some() {
        bail!(
            "DATABASE_URL names a Postgres of yours: start that, or unset DATABASE_URL for the embedded one"
        );
    }
    let database = Database::provide_with(workspace, true)?;
    migrate::migrate(workspace, &database)?;
    progress::detail(
        "runs in the background until `cargo xtask db stop`; the app's address is in .env, the owner's way in is `cargo xtask db psql`",
    );
    Ok(())
}

/// For `setup`: the embedded server in the background, or the one in DATABASE_URL, and `.env` for either.
pub(crate) fn set_up(workspace: &Workspace) -> anyhow::Result<()> {
    if given().is_none() {
        return start(workspace);
    }
    let database = Database::provide(workspace)?;
    migrate::migrate(workspace, &database).map(drop)
}

fn psql(workspace: &Workspace, arguments: &[String]) -> anyhow::Result<ExitCode> {
    let url = match given() {
        Some(url) => url,
        None => match Server::attach(&workspace.postgres()?) {
            Some(server) => server.url(NAME),
            None => bail!("no Postgres is running under .spin/: `cargo xtask db start` starts one"),
        },
    };
    // Beside the server if it is there, since that one knows the server's version; else what PATH has.
    let bundled = Binaries::find(None)
        .ok()
        .filter(|binaries| binaries.program("psql").exists());
    let mut command = bundled.map_or_else(
        || std::process::Command::new("psql"),
        |binaries| binaries.command("psql"),
    );
    command.arg(&url).args(arguments);
    let status = command
        .status()
        .with_context(|| format!("starting psql; the address is {url}"))?;
    Ok(ExitCode::from(
        u8::try_from(status.code().unwrap_or(1)).unwrap_or(1),
    ))
}

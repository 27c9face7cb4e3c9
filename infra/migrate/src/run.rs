//! One run: lock, role, migrations, functions, grants.

use std::path::PathBuf;

use anyhow::{Context, anyhow};
use refinery::{Migration, Runner};
use tokio_postgres::{
    Client, Transaction,
    error::{ErrorPosition, SqlState},
};

use crate::{
    connection::connect,
    role,
    schema::{Schema, SqlFile},
};

/// Names our lock among a database's advisory locks: "spindle", in letters of the alphabet's position.
const LOCK: i64 = 19_160_914_041_205;

/// How a run is made.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The password of the application's role; without one a new role can't log in, and an old one keeps its own.
    pub app_password: Option<String>,
    /// Certificates, PEM, to trust instead of the public authorities.
    pub ca_file: Option<PathBuf>,
}

/// What a run did.
#[derive(Debug)]
pub struct Report {
    /// The migrations applied, oldest first; empty when the database was up to date.
    pub applied: Vec<String>,
    /// How many files of functions were applied again.
    pub functions: usize,
    /// Whether the application's role was created.
    pub role_created: bool,
    /// Whether a logical dump had brought the database from another server, so that positions had to be moved.
    pub came_from_elsewhere: bool,
}

/// Brings the database at `url`, an owner's address, to `schema`.
///
/// # Errors
/// When the database can't be reached, when an applied migration is missing or was edited, and when a statement fails:
/// then the file and the line are named, all of that file is undone, and what came before it stays.
pub async fn migrate(url: &str, schema: &Schema, settings: &Settings) -> anyhow::Result<Report> {
    let mut client = connect(url, settings.ca_file.as_deref()).await?;
    // Held until the connection ends, so nothing has to be released after an error.
    client
        .batch_execute("set statement_timeout = 0; set lock_timeout = 0")
        .await?;
    client
        .execute("select pg_advisory_lock($1)", &[&LOCK])
        .await
        .context("waiting for another run")?;
    // A migration that can't get its lock would stop every request behind it for as long as it waits.
    client.batch_execute("set lock_timeout = '30s'").await?;

    let role_created = role::ensure(&client, settings.app_password.as_deref()).await?;
    let applied = apply_migrations(&mut client, &schema.migrations).await?;
    let came_from_elsewhere = apply_replaceable(&mut client, schema).await?;
    Ok(Report {
        applied,
        functions: schema.functions.len(),
        role_created,
        came_from_elsewhere,
    })
}

async fn apply_migrations(client: &mut Client, files: &[SqlFile]) -> anyhow::Result<Vec<String>> {
    let migrations: Vec<Migration> = files
        .iter()
        .map(|file| Migration::unapplied(file.stem(), &file.sql).with_context(|| file.path.clone()))
        .collect::<Result<_, _>>()?;
    let outcome = Runner::new(&migrations)
        .set_abort_divergent(true)
        .set_abort_missing(true)
        .run_async(client)
        .await;
    match outcome {
        Ok(report) => Ok(report
            .applied_migrations()
            .iter()
            .map(ToString::to_string)
            .collect()),
        Err(error) => Err(explain(error)),
    }
}

/// Adds the way out to what stops a run.
fn explain(error: refinery::Error) -> anyhow::Error {
    let advice = match error.kind() {
        refinery::error::Kind::DivergentVersion(..) => {
            "an applied migration is never edited: restore the file and write a new one (in development, \
             `cargo xtask up --reset` starts from an empty database)"
        }
        refinery::error::Kind::MissingVersion(..) => {
            "the database has a migration that this version of Spindle doesn't know, or one was added below those already \
             applied: run the newer version, or number the new file after the last"
        }
        _ => "the migration was undone, those before it stay",
    };
    anyhow!(error).context(advice)
}

/// Functions, grants, and what has to follow a restore, all or nothing. Answers whether there was anything to follow.
async fn apply_replaceable(client: &mut Client, schema: &Schema) -> anyhow::Result<bool> {
    let transaction = client.transaction().await?;
    transaction
        .batch_execute("set local check_function_bodies = off")
        .await?;
    for file in schema.functions.iter().chain(&schema.grants) {
        transaction
            .batch_execute(&file.sql)
            .await
            .map_err(|error| locate(error, file))?;
    }
    let came_from_elsewhere = after_restore(&transaction).await?;
    transaction
        .commit()
        .await
        .context("applying functions and grants")?;
    Ok(came_from_elsewhere)
}

/// Calls what a schema has for a database that was restored from a logical dump, if it has it.
async fn after_restore(transaction: &Transaction<'_>) -> anyhow::Result<bool> {
    let known = transaction
        .query_one(
            "select to_regprocedure('platform.after_restore()') is not null",
            &[],
        )
        .await?;
    if !known.get::<_, bool>(0) {
        return Ok(false);
    }
    let moved = transaction
        .query_one("select platform.after_restore()", &[])
        .await
        .context("platform.after_restore()")?;
    Ok(moved.get(0))
}

/// Names the file and the line of a failed statement.
fn locate(error: tokio_postgres::Error, file: &SqlFile) -> anyhow::Error {
    let line = match error.as_db_error().and_then(|cause| cause.position()) {
        Some(ErrorPosition::Original(position)) => {
            let before = usize::try_from(*position)
                .unwrap_or(usize::MAX)
                .saturating_sub(1);
            format!(
                ":{}",
                1 + file
                    .sql
                    .chars()
                    .take(before)
                    .filter(|letter| *letter == '\n')
                    .count()
            )
        }
        _ => String::new(),
    };
    let advice = match error.code() {
        Some(&SqlState::INVALID_FUNCTION_DEFINITION) => {
            "; a function whose result or parameter names change needs a migration that drops the old one"
        }
        _ => "",
    };
    anyhow!(error).context(format!("applying {}{line}{advice}", file.path))
}

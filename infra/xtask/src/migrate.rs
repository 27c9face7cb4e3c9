//! Runs the `migrate` program, which the cluster runs too.

use std::process::Command;

use crate::{
    build::{self, Program},
    cargo,
    database::Database,
    progress,
    secrets::{self, APP_PASSWORD, Secrets},
    workspace::Workspace,
};

/// `cargo xtask migrate`.
pub(crate) fn run(workspace: &Workspace) -> anyhow::Result<()> {
    let database = Database::provide(workspace)?;
    migrate(workspace, &database).map(drop)
}

/// Builds the program if need be, and runs it.
pub(crate) fn migrate(workspace: &Workspace, database: &Database) -> anyhow::Result<Secrets> {
    build::programs(workspace, &[Program::Migrate])?;
    apply(workspace, database)
}

/// Makes the secrets that are missing, the application's password among them, and runs the program that was built.
pub(crate) fn apply(workspace: &Workspace, database: &Database) -> anyhow::Result<Secrets> {
    let secrets = secrets::ensure(workspace, database)?;
    progress::step("Migrating the database");
    let mut command = Command::new(workspace.program(Program::Migrate.name()));
    command
        .env("DATABASE_URL", database.owner_url())
        .env(APP_PASSWORD, &secrets.app_password);
    cargo::run(&mut command)?;
    Ok(secrets)
}

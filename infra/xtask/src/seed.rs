//! `cargo xtask seed`: a database with many posts.

use std::process::Command;

use clap::Args;

use crate::{
    build::{self, Program},
    cargo,
    database::Database,
    migrate, progress,
    workspace::Workspace,
};

/// Fill the database in DATABASE_URL, else the embedded one, with a plausible large blog.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Seeded posts that there are to be; those of an earlier run count
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    posts: u64,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<()> {
    let database = Database::provide(workspace)?;
    build::programs(workspace, &[Program::Migrate, Program::Seed])?;
    migrate::apply(workspace, &database)?;
    progress::step(format_args!("Seeding {} posts", arguments.posts));
    let mut command = Command::new(workspace.program(Program::Seed.name()));
    command
        .env("DATABASE_URL", database.owner_url())
        .args(["--posts", &arguments.posts.to_string()]);
    cargo::run(&mut command)
}

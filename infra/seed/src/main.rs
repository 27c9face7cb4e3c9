//! `spindle-seed`: what `cargo xtask seed` runs.
#![expect(
    clippy::print_stdout,
    reason = "a program that takes minutes tells what it did"
)]

use std::time::Instant;

use clap::Parser;

/// Fills a migrated database with a plausible large blog.
#[derive(Parser)]
struct Arguments {
    /// The owner's address
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
    /// Seeded posts that there are to be
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    posts: u64,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Arguments {
        database_url,
        posts,
    } = Arguments::parse();
    let begin = Instant::now();
    spindle_seed::run(&database_url, posts).await?;
    println!("{posts} posts, {:.1} s", begin.elapsed().as_secs_f64());
    Ok(())
}

//! Serves Spindle's routers natively.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use clap::Parser;
use spindle_native::{Application, Settings, serve};
use tokio::net::TcpListener;

/// Serves Spindle's routers natively: the limit that the host is compared with.
#[derive(Parser)]
struct Arguments {
    /// The address to listen on
    #[arg(long, default_value = "127.0.0.1:3001")]
    listen: SocketAddr,
    /// Address of a migrated database
    #[arg(long, env = "DATABASE_URL")]
    database_url: String,
    /// Connections to it
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// A variable of spin.toml. May be repeated
    #[arg(long = "variable", value_name = "NAME=VALUE", value_parser = variable)]
    variables: Vec<(String, String)>,
}

fn variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("not NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Arguments {
        listen,
        database_url,
        connections,
        variables,
    } = Arguments::parse();
    let application = Application::new(Settings {
        database_url,
        connections,
        variables: variables.into_iter().collect::<HashMap<_, _>>(),
    })?;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("listening on {listen}"))?;
    serve(listener, Arc::new(application)).await?;
    Ok(())
}

//! What users find, and whether at the end all is there that they were told is done.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Context;
use http::StatusCode;
use serde_json::{Value, json};

use crate::ledger::Ledger;
use crate::load::{Connection, Shot, ask};
use crate::seed::PASSWORD;
use crate::user::{Kind, email};

/// How long the app may take to be ready after the last fault.
const READY_LIMIT: Duration = Duration::from_secs(60);

/// Shared by all users.
pub(crate) struct Stage {
    pub(crate) address: SocketAddr,
    pub(crate) begin: Instant,
    pub(crate) length: Duration,
    /// Between two rounds of a user.
    pub(crate) pause: Duration,
    /// Posts to read, which nobody changes.
    pub(crate) slugs: Vec<String>,
}

/// An account for every user who has one.
pub(crate) async fn register(address: SocketAddr, users: usize) -> anyhow::Result<()> {
    for number in (0..users).filter(|number| Kind::of(*number).has_account()) {
        let account = json!({"email": email(number), "username": format!("load-{number}"), "password": PASSWORD});
        ask(address, &Shot::post("/api/v1/auth/register", &account)).await?;
    }
    Ok(())
}

/// What is not as somebody was told.
pub(crate) async fn broken_promises(
    address: SocketAddr,
    ledgers: &[Ledger],
) -> anyhow::Result<Vec<String>> {
    let deadline = Instant::now() + READY_LIMIT;
    while let Err(error) = ask(address, &Shot::get("/health/ready")).await {
        anyhow::ensure!(
            Instant::now() < deadline,
            "the app is not ready again: {error:#}"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut connection = Connection::open(address).await?;
    let mut found = Vec::new();
    for ledger in ledgers {
        let there = ledger.there.iter().map(|slug| (slug, true));
        let gone = ledger.gone.iter().map(|slug| (slug, false));
        for (slug, wanted) in there.chain(gone) {
            let shot = Shot::get(format!("/api/v1/blog/posts/{slug}"));
            let (status, _) = connection.send(&shot).await?;
            if (status == StatusCode::OK) != wanted {
                let told = if wanted { "published" } else { "deleted" };
                found.push(format!("{slug} was {told}, and answers {status}"));
            }
        }
        if !ledger.bios.is_empty() {
            let login = json!({"login": ledger.email, "password": PASSWORD});
            let tokens = ask(address, &Shot::post("/api/v1/auth/login", &login)).await?;
            let token = tokens.get("access_token").and_then(Value::as_str);
            let token = token.context("a login without access_token")?;
            let profile = ask(address, &Shot::get("/api/v1/profile").bearer(token)).await?;
            let bio = profile.get("bio").and_then(Value::as_str);
            if !ledger
                .bios
                .iter()
                .any(|possible| Some(possible.as_str()) == bio)
            {
                found.push(format!(
                    "{}: the profile says {bio:?}, and not {:?}",
                    ledger.email, ledger.bios
                ));
            }
        }
    }
    Ok(found)
}

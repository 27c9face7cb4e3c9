//! What users find, and whether at the end all is there that they were told is done.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::ledger::Ledger;
use crate::load::{Connection, Shot, ask};
use crate::seed::PASSWORD;
use crate::user::{Kind, email};

/// How long the app may take to answer again after the last fault.
const READY_LIMIT: Duration = Duration::from_secs(60);
/// Within so long, or a tenth of the time if that is less, all users have come.
const ARRIVALS: Duration = Duration::from_secs(60);
/// How long before the next attempt when it does not.
const RETRY: Duration = Duration::from_millis(100);

/// Shared by all users.
pub(crate) struct Stage {
    pub(crate) address: SocketAddr,
    pub(crate) begin: Instant,
    pub(crate) length: Duration,
    /// Between two rounds of a user.
    pub(crate) pause: Duration,
    pub(crate) users: usize,
    /// Posts to read, which nobody changes.
    pub(crate) slugs: Vec<String>,
}

impl Stage {
    /// When a user comes, from the beginning: one after the other, since people whose passwords are all checked in the same second
    /// measure nothing but the queue for that.
    pub(crate) fn arrival(&self, number: usize) -> Duration {
        let all = ARRIVALS.min(self.length / 10);
        let share = number as f64 / self.users.max(1) as f64;
        all.mul_f64(share.min(1.0))
    }
}

/// An account for every user who has one.
pub(crate) async fn register(address: SocketAddr, users: usize) -> anyhow::Result<()> {
    for number in (0..users).filter(|number| Kind::of(*number).has_account()) {
        let account = json!({"email": email(number), "username": format!("load-{number}"), "password": PASSWORD});
        ask(address, &Shot::post("/api/v1/auth/register", &account)).await?;
    }
    Ok(())
}

/// Notes what is not as somebody was told.
pub(crate) async fn broken_promises(
    address: SocketAddr,
    ledgers: &[Ledger],
    found: &mut Vec<String>,
) -> anyhow::Result<()> {
    let mut asker = Asker {
        address,
        connection: None,
    };
    asker.ask(&Shot::get("/health/ready")).await?;
    for ledger in ledgers {
        let there = ledger.there.iter().map(|slug| (slug, true));
        let gone = ledger.gone.iter().map(|slug| (slug, false));
        for (slug, wanted) in there.chain(gone) {
            let shot = Shot::get(format!("/api/v1/blog/posts/{slug}"));
            let (status, _) = asker.ask(&shot).await?;
            let expected = if wanted {
                StatusCode::OK
            } else {
                StatusCode::NOT_FOUND
            };
            if status != expected {
                let told = if wanted { "published" } else { "deleted" };
                found.push(format!("{slug} was {told}, and answers {status}"));
            }
        }
        if !ledger.bios.is_empty() {
            let login = json!({"login": ledger.email, "password": PASSWORD});
            let (_, tokens) = asker.ask(&Shot::post("/api/v1/auth/login", &login)).await?;
            let token = tokens.get("access_token").and_then(Value::as_str);
            let token = token.context("a login without access_token")?;
            let (_, profile) = asker
                .ask(&Shot::get("/api/v1/profile").bearer(token))
                .await?;
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
    Ok(())
}

/// Asks again while nobody answers or the server fails: a fault may just be over, and what is asked for is whether it is there.
struct Asker {
    address: SocketAddr,
    connection: Option<Connection>,
}

impl Asker {
    async fn ask(&mut self, shot: &Shot) -> anyhow::Result<(StatusCode, Value)> {
        let deadline = Instant::now() + READY_LIMIT;
        loop {
            let failure = match timeout(READY_LIMIT, self.attempt(shot)).await {
                Ok(Ok((status, body))) if !status.is_server_error() => {
                    return Ok((status, serde_json::from_slice(&body).unwrap_or_default()));
                }
                Ok(Ok((status, _))) => anyhow!("it answers {status}"),
                Ok(Err(error)) => error,
                Err(_) => anyhow!("no answer in time"),
            };
            if Instant::now() >= deadline {
                let what = format!("{} {}, for {READY_LIMIT:?}", shot.method, shot.path);
                return Err(failure.context(what));
            }
            self.connection = None;
            sleep(RETRY).await;
        }
    }

    async fn attempt(&mut self, shot: &Shot) -> anyhow::Result<(StatusCode, Bytes)> {
        if self.connection.is_none() {
            self.connection = Some(Connection::open(self.address).await?);
        }
        let connection = self.connection.as_mut().context("no connection")?;
        connection.send(shot).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_come_one_after_the_other_and_all_come() {
        let arrivals = |length, users| {
            let stage = Stage {
                address: ([127, 0, 0, 1], 1).into(),
                begin: Instant::now(),
                length: Duration::from_secs(length),
                pause: Duration::ZERO,
                users,
                slugs: Vec::new(),
            };
            [0, users / 2, users].map(|number| stage.arrival(number).as_secs())
        };
        assert_eq!(arrivals(3_600, 200), [0, 30, 60]);
        assert_eq!(arrivals(100, 40), [0, 5, 10]);
        assert_eq!(arrivals(10, 0), [0, 0, 0]);
    }
}

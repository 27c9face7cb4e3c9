//! Any message on the channel ticks Spindle's worker. What the message says does not matter: the queue is in Postgres, and a
//! message that is lost costs the time until the next scheduled tick.
#![expect(unsafe_code, reason = "the SDK's macro exports the component with it")]

use std::pin::pin;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail, ensure};
use bytes::Bytes;
use futures::future::{Either, select};
use http_body_util::Empty;
use spin_sdk::variables;

/// A tick answers within 55 s. Spin itself would wait for ten minutes, and it hands over one message after the other.
const LIMIT: Duration = Duration::from_secs(60);

#[spin_sdk::redis_subscriber]
async fn on_message(_message: Bytes) -> Result<()> {
    let origin = variable("spindle_origin").await?;
    let token = variable("worker_token").await?;
    let request = http::Request::post(format!(
        "{}/internal/worker/tick",
        origin.trim_end_matches('/')
    ))
    .header(http::header::AUTHORIZATION, format!("Bearer {token}"))
    .body(Empty::<Bytes>::new())?;
    let asking = pin!(spin_sdk::http::send(request));
    let alarm = pin!(spin_sdk::time::sleep(LIMIT));
    let answer = match select(asking, alarm).await {
        Either::Left((answer, _)) => answer
            .map_err(|error| anyhow!("{error:?}"))
            .context("Spindle does not answer")?,
        Either::Right(((), _)) => bail!("Spindle has not answered within {LIMIT:?}"),
    };
    ensure!(
        answer.status().is_success(),
        "Spindle answered {}",
        answer.status()
    );
    Ok(())
}

async fn variable(name: &str) -> Result<String> {
    variables::get(name.to_owned())
        .await
        .with_context(|| format!("the variable {name}"))
}

//! Any message on the channel ticks Spindle's worker. What the message says does not matter: the queue is in Postgres, and a
//! message that is lost costs the time until the next scheduled tick.
#![expect(unsafe_code, reason = "the SDK's macro exports the component with it")]

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use http_body_util::Empty;
use spin_sdk::variables;

#[spin_sdk::redis_subscriber]
async fn on_message(_message: Bytes) -> Result<()> {
    let origin = variables::get("spindle_origin".to_owned())
        .await
        .context("the variable spindle_origin")?;
    let token = variables::get("worker_token".to_owned())
        .await
        .context("the variable worker_token")?;
    let request = http::Request::post(format!(
        "{}/internal/worker/tick",
        origin.trim_end_matches('/')
    ))
    .header(http::header::AUTHORIZATION, format!("Bearer {token}"))
    .body(Empty::<Bytes>::new())?;
    let answer = spin_sdk::http::send(request)
        .await
        .map_err(|error| anyhow::anyhow!("{error:?}"))
        .context("Spindle does not answer")?;
    ensure!(
        answer.status().is_success(),
        "Spindle answered {}",
        answer.status()
    );
    Ok(())
}

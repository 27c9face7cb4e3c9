//! `/internal/deliver`: one attempt to take a message to its address.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use http::{Request, header};
use kit::outbound::OutboundError;
use kit::{App, Problem, clock};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::secret::{Whose, derive};
use crate::address;

/// How long a receiver may take.
const TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Deserialize)]
pub(crate) struct Message {
    #[serde(flatten)]
    whose: Whose,
    url: String,
    message_id: Uuid,
    body: String,
}

/// What came of an attempt.
#[derive(Debug, Serialize)]
pub(crate) struct Attempt {
    /// Of the receiver's answer, if it gave one.
    status: Option<u16>,
    /// What went wrong, for the webhook's owner.
    error: Option<String>,
}

pub(crate) async fn deliver(
    State(app): State<App>,
    Json(message): Json<Message>,
) -> Result<Json<Attempt>, Problem> {
    // Rules may have changed since the webhook was made.
    let url = match address::check(&message.url) {
        Ok(url) => url,
        Err(rule) => {
            return Ok(Json(Attempt {
                status: None,
                error: Some(format!("the address {rule}")),
            }));
        }
    };
    let timestamp = clock::now_s();
    let signature =
        derive(&app, &message.whose)?.sign(message.message_id, timestamp, message.body.as_bytes());
    let request = Request::post(url.as_str())
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::USER_AGENT, "Spindle-Webhooks/1.0")
        .header("webhook-id", message.message_id.to_string())
        .header("webhook-timestamp", timestamp.to_string())
        .header("webhook-signature", signature)
        .body(message.body.into_bytes())
        .map_err(Problem::internal)?;
    Ok(Json(match app.outbound().send(request, TIMEOUT).await {
        Ok(answer) => {
            let status = answer.status();
            // A redirect is not followed: it could lead anywhere.
            Attempt {
                status: Some(status.as_u16()),
                error: (!status.is_success()).then(|| format!("the receiver answered {status}")),
            }
        }
        Err(OutboundError::Timeout(limit)) => Attempt {
            status: None,
            error: Some(format!("no answer within {} s", limit.as_secs())),
        },
        // What exactly failed may tell about our network.
        Err(OutboundError::Failed(_)) => Attempt {
            status: None,
            error: Some("the receiver cannot be reached".to_owned()),
        },
    }))
}

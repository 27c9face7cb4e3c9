//! `GET /oauth2/jwks`: the keys to verify our tokens with.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::response::IntoResponse;
use http::header;
use kit::{App, Context, Json, Problem, clock};

use crate::store::signing_key::{self, KeySet};

/// How long clients may keep the keys. Whoever rotates keys must publish the new one for longer before it signs.
const CACHE_CONTROL: &str = "public, max-age=300";
/// How often it is looked whether the keys that another request asked for are there.
const LOOK: Duration = Duration::from_millis(250);

/// Whether a request of this instance is having the keys made. Making them takes seconds of CPU time: each instance of the signer that
/// is asked meanwhile would begin anew.
static ASKING: AtomicBool = AtomicBool::new(false);

/// The one request that asks.
struct Asking;

impl Asking {
    fn begin() -> Option<Self> {
        (!ASKING.swap(true, Ordering::Relaxed)).then_some(Self)
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        ASKING.store(false, Ordering::Relaxed);
    }
}

/// The public keys of this issuer (RFC 7517).
///
/// Permissions: none.
#[utoipa::path(
    get,
    path = "/oauth2/jwks",
    tag = "oauth2",
    responses((status = 200, description = "The key set", body = KeySet)),
)]
pub(crate) async fn show(
    State(app): State<App>,
    context: Context,
) -> Result<impl IntoResponse, Problem> {
    let mut set = signing_key::list_public_keys(app.db()).await?;
    // Before the first login: a set without them would be cached and the first tokens refused.
    while !is_complete(&set) {
        let asking = Asking::begin();
        if asking.is_some() {
            let _: serde_json::Value = app
                .call(&context, "signer", "/internal/keys", &serde_json::json!({}))
                .await?;
        } else {
            clock::sleep(LOOK).await;
        }
        set = signing_key::list_public_keys(app.db()).await?;
        if asking.is_some() {
            break;
        }
    }
    Ok(([(header::CACHE_CONTROL, CACHE_CONTROL)], Json(set)))
}

fn is_complete(set: &KeySet) -> bool {
    ["EdDSA", "RS256"]
        .iter()
        .all(|alg| set.keys.iter().any(|key| key.alg == *alg))
}

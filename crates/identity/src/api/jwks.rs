//! `GET /oauth2/jwks`: the keys to verify our tokens with.

use std::sync::LazyLock;

use axum::extract::State;
use axum::response::IntoResponse;
use http::header;
use kit::{App, Context, Json, Problem, Turn};

use crate::store::signing_key::{self, KeySet};

/// How long clients may keep the keys. Whoever rotates keys must publish the new one for longer before it signs.
const CACHE_CONTROL: &str = "public, max-age=300";

/// Whose turn it is to have the keys made. Making them takes seconds of CPU time: each instance of the signer that is asked meanwhile
/// would begin anew.
static MAKING: LazyLock<Turn> = LazyLock::new(Turn::default);

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
    if !is_complete(&set) {
        let _turn = MAKING.take().await;
        set = signing_key::list_public_keys(app.db()).await?;
        if !is_complete(&set) {
            let _: serde_json::Value = app
                .call(&context, "signer", "/internal/keys", &serde_json::json!({}))
                .await?;
            set = signing_key::list_public_keys(app.db()).await?;
        }
    }
    Ok(([(header::CACHE_CONTROL, CACHE_CONTROL)], Json(set)))
}

fn is_complete(set: &KeySet) -> bool {
    ["EdDSA", "RS256"]
        .iter()
        .all(|alg| set.keys.iter().any(|key| key.alg == *alg))
}

//! `/internal/refresh-successor`: the one refresh token that may follow another.

use axum::extract::State;
use kit::{App, Json, Problem};
use serde::{Deserialize, Serialize};

use crate::keys::Keys;
use crate::refresh_token;

#[derive(Serialize, Deserialize, garde::Validate)]
pub(crate) struct RefreshToken {
    #[garde(length(min = 1, max = 256))]
    refresh_token: String,
}

pub(crate) async fn successor(
    State(app): State<App>,
    Json(presented): Json<RefreshToken>,
) -> Result<Json<RefreshToken>, Problem> {
    let keys = Keys::of(&app)?;
    refresh_token::successor(keys.keyring(&app)?, &presented.refresh_token)
        .map(|refresh_token| Json(RefreshToken { refresh_token }))
        .ok_or_else(|| Problem::internal("a derived key is not a key"))
}

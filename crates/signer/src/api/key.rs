//! `/internal/keys`: sees to it that there are keys that sign.

use axum::extract::State;
use kit::{App, Context, Json, Problem};
use serde::Serialize;

use crate::keys::Keys;

#[derive(Serialize)]
pub(crate) struct KeyId {
    kid: String,
}

pub(crate) async fn ensure(
    State(app): State<App>,
    context: Context,
) -> Result<Json<KeyId>, Problem> {
    let keys = Keys::of(&app)?;
    let key = keys.signing_key(&app, &context).await?;
    // Published before the first client asks for a token signed with it.
    keys.rsa_key(&app, &context).await?;
    Ok(Json(KeyId {
        kid: key.kid().to_owned(),
    }))
}

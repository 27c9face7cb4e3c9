//! `/internal/sign`: access tokens.

use axum::extract::State;
use kit::{App, Context, Json, Problem};

use crate::keys::Keys;
use crate::{AccessToken, Grant};

pub(crate) async fn sign(
    State(app): State<App>,
    context: Context,
    Json(grant): Json<Grant>,
) -> Result<Json<AccessToken>, Problem> {
    let key = Keys::of(&app)?.signing_key(&app, &context).await?;
    AccessToken::sign(&key, &app.config().issuer(), &grant)
        .map(Json)
        .map_err(Problem::internal)
}

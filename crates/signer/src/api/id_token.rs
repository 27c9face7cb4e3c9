//! `/internal/sign-id-token`: ID tokens, with the algorithm that the client registered.

use axum::extract::State;
use kit::{App, Context, Json, Problem};

use crate::id_token::Key;
use crate::keys::Keys;
use crate::{Algorithm, IdToken, Statement};

pub(crate) async fn sign(
    State(app): State<App>,
    context: Context,
    Json(statement): Json<Statement>,
) -> Result<Json<IdToken>, Problem> {
    let keys = Keys::of(&app)?;
    let issuer = app.config().issuer();
    let signed = match statement.alg {
        Algorithm::EdDSA => {
            let key = keys.signing_key(&app, &context).await?;
            IdToken::sign(&Key::EdDSA(&key), &issuer, &statement)
        }
        Algorithm::RS256 => {
            let key = keys.rsa_key(&app, &context).await?;
            IdToken::sign(&Key::RS256(&key), &issuer, &statement)
        }
    };
    signed.map(Json).map_err(Problem::internal)
}

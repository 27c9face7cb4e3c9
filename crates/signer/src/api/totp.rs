//! Private routes for authenticator apps: seeds are made and looked at here, and leave in an envelope.

use axum::extract::State;
use kit::{App, Json, Problem};
use serde::{Deserialize, Serialize};

use crate::TotpSeed;
use crate::keys::Keys;

#[derive(Deserialize, garde::Validate)]
pub(crate) struct SeedRequest {
    #[garde(length(min = 1, max = 64))]
    owner: String,
    #[garde(length(min = 1, max = 64))]
    id: String,
}

#[derive(Serialize)]
pub(crate) struct Seed {
    sealed: String,
    secret: String,
}

/// `POST /internal/totp/create`: a new seed, sealed for its row, and once in the clear for its owner's app.
pub(crate) async fn create(
    State(app): State<App>,
    Json(request): Json<SeedRequest>,
) -> Result<Json<Seed>, Problem> {
    let keys = Keys::of(&app)?;
    let seed = TotpSeed::generate().map_err(Problem::internal)?;
    let sealed = seed
        .seal(keys.keyring(&app)?, &request.owner, &request.id)
        .map_err(Problem::internal)?;
    Ok(Json(Seed {
        sealed,
        secret: seed.base32(),
    }))
}

#[derive(Deserialize, garde::Validate)]
pub(crate) struct CheckRequest {
    #[garde(length(min = 1, max = 64))]
    owner: String,
    #[garde(length(min = 1, max = 64))]
    id: String,
    #[garde(length(min = 1, max = 1024))]
    sealed: String,
    #[garde(length(min = 1, max = 32))]
    code: String,
}

#[derive(Serialize)]
pub(crate) struct Checked {
    /// The step that the code is of; none for a wrong one.
    step: Option<i64>,
}

/// `POST /internal/totp/check`: whether a code is right now. Whether it was used before is the caller's to know.
pub(crate) async fn check(
    State(app): State<App>,
    Json(request): Json<CheckRequest>,
) -> Result<Json<Checked>, Problem> {
    let keys = Keys::of(&app)?;
    let seed = TotpSeed::open(
        keys.keyring(&app)?,
        &request.owner,
        &request.id,
        &request.sealed,
    )
    .map_err(Problem::internal)?;
    Ok(Json(Checked {
        step: seed.step_of(&request.code, app.now_ms().div_euclid(1_000)),
    }))
}
